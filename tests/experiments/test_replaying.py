"""A policy replayed on a log: right on known logs, refused where the log cannot tell."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import ColumnError, InputError, RefusedError
from clientela.experiments.policy import Policy, read_policy
from clientela.experiments.replay import Columns, Replay
from clientela.experiments.replaying import replay

MEANS = {"A": 0.2, "B": 0.4}


def log_of(rows: int = 400, seed: int = 0, share: float = 0.5) -> pl.DataFrame:
    """Return decisions of two variants whose rewards are known; on phones B is of no use."""
    rng = np.random.default_rng(seed)
    device, shown = rng.choice(["phone", "desk"], rows), rng.random(rows) < share
    means = np.where(shown & (device == "desk"), 0.6, 0.2)
    return pl.DataFrame(
        {
            "variant": np.where(shown, "B", "A"),
            "propensity": np.where(shown, share, 1 - share),
            "reward": (rng.random(rows) < means).astype(float),
            "device": device,
            "who": rng.integers(0, rows // 4, rows),
        }
    )


def policy(**given: object) -> Policy:
    """Return the policy that a file with these keys holds."""
    return read_policy(json.dumps(given).encode())


DESK = policy(rules=[{"when": {"device": "desk"}, "show": {"B": 1}}], default={"A": 1})


def test_the_value_of_a_policy_is_found() -> None:
    """The policy that shows each device its better variant earns .4: the interval holds it, and the gain is told."""
    found = replay(log_of(2000), DESK, Columns())
    assert not found.value.excludes(0.4)
    assert found.gain.low > 0
    assert found.decisions == 2000
    assert found.unit == "decision"
    assert found.doubts == ()
    assert found.value == found.estimates["doubly robust"]


def test_plain_sums_are_those_of_numpy() -> None:
    """Inverse propensity, self-normalised, effective size and heaviest share equal plain numpy on the same log."""
    log = log_of(500, share=0.3)
    found = replay(log, DESK, Columns())
    device, shown, chance, reward = (log[name].to_numpy() for name in ("device", "variant", "propensity", "reward"))
    weights = (shown == np.where(device == "desk", "B", "A")) / chance
    assert found.estimates["inverse propensity"].value == pytest.approx((weights * reward).mean())
    assert found.estimates["self-normalised"].value == pytest.approx((weights * reward).sum() / weights.sum())
    assert found.effective == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert found.heaviest == pytest.approx(weights.max() / weights.sum())
    assert found.weight == pytest.approx(weights.mean())
    assert found.logged.value == pytest.approx(reward.mean())


def test_visitors_count_once() -> None:
    """With the visitor named, sizes are of visitors."""
    found = replay(log_of(400), DESK, Columns(visitor="who"))
    assert found.unit == "visitor"
    assert found.value.n <= 100
    assert found.effective <= found.value.n


def test_the_policy_of_the_log_gains_nothing() -> None:
    """Replaying the log's own policy gives what was logged, without gain, and nothing unsupported."""
    found = replay(log_of(), policy(default={"A": 0.5, "B": 0.5}), Columns())
    assert found.estimates["inverse propensity"].value == pytest.approx(found.logged.value)
    assert not found.gain.excludes(0.0)
    assert (found.effective, found.unsupported) == (400, 0)


def test_amounts_are_told_in_their_own_unit() -> None:
    """Fifty times the reward less ten gives fifty times the value less ten, and such an interval."""
    clicks, money = (replay(log_of(1000).with_columns(reward=scaled), DESK, Columns()) for scaled in _SCALES)
    assert money.value.value == pytest.approx(50 * clicks.value.value - 10)
    assert money.value.low == pytest.approx(50 * clicks.value.low - 10, abs=0.2)
    assert money.value.high == pytest.approx(50 * clicks.value.high - 10, abs=0.2)
    assert money.gain.value == pytest.approx(50 * clicks.gain.value)


_SCALES = (pl.col("reward"), 50 * pl.col("reward") - 10)


def test_wrong_propensities_are_doubted() -> None:
    """Where the propensities are not those that decided, the weights tell, and a doubt says so."""
    log = log_of(600, share=0.7).with_columns(propensity=0.5)
    found = replay(log, policy(default={"B": 1}), Columns())
    assert any("propensities are not those that decided" in doubt for doubt in found.doubts)


def test_what_was_never_shown_is_doubted_then_refused() -> None:
    """A variant that the log never shows is a doubt at two per cent, and a refusal at a tenth."""
    found = replay(log_of(), policy(default={"A": 0.98, "C": 0.02}), Columns())
    assert any("never shows 2.0%" in doubt for doubt in found.doubts)
    with pytest.raises(RefusedError, match="never shows 10% of what the policy would show, 'C' above all"):
        replay(log_of(), policy(default={"A": 0.9, "C": 0.1}), Columns())


def test_one_heavy_decision_is_doubted() -> None:
    """One decision that carries more than a thirtieth of all weight is named."""
    log = log_of(200).with_columns(
        propensity=pl.when(pl.int_range(pl.len()) == 0).then(0.05).otherwise(pl.col("propensity"))
    )
    first = log["variant"][0]
    found = replay(log, policy(default={first: 0.8, "A" if first == "B" else "B": 0.2}), Columns())
    assert any(doubt.startswith("One decision carries") for doubt in found.doubts)


def test_estimators_that_exclude_each_other_are_doubted() -> None:
    """With propensities of the wrong variant, weights mix what foreseen rewards do not, and a doubt says so."""
    log = log_of(800).with_columns(
        reward=pl.when(pl.col("variant") == "B").then(5.0 + pl.col("reward")).otherwise(pl.col("reward")),
        propensity=pl.when(pl.col("variant") == "B").then(0.75).otherwise(0.25),
    )
    found = replay(log, policy(default={"A": 0.5, "B": 0.5}), Columns())
    assert "The estimators do not agree: self-normalised outside the interval of the answer." in found.doubts


def test_too_small_an_effective_sample_is_refused() -> None:
    """A policy that the log hardly ever follows is refused, with the size in decisions or visitors."""
    log = log_of(300, share=0.02)
    with pytest.raises(RefusedError, match=r"The 300 decisions tell as much about the policy as \d decisions of its"):
        replay(log, policy(default={"B": 1}), Columns())
    few = log_of(300).with_columns(who=pl.int_range(300) % 3)
    with pytest.raises(RefusedError, match="as 3 visitors of its own would, and fewer than 30"):
        replay(few, policy(default={"B": 1}), Columns(visitor="who"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"propensity": pl.lit(0.0)},
            "400 of 400 propensities in 'propensity' are not above 0 and at most 1 .such as 0",
        ),
        ({"propensity": pl.lit(1.5)}, "such as 1.5"),
        ({"propensity": pl.lit("high")}, "'propensity' holds no numbers"),
        ({"reward": pl.lit(None)}, "'reward' is empty"),
        ({"reward": pl.lit("yes")}, "'reward' holds no numbers"),
        ({"who": pl.when(pl.int_range(400) < 3).then(None).otherwise(1)}, "3 of 400 cells of 'who' are missing"),
        ({"variant": pl.int_range(400).map_elements(lambda n: f"v{n}", return_dtype=pl.String)}, "never shows"),
    ],
)
def test_wrong_cells_are_told(change: dict[str, pl.Expr], said: str) -> None:
    """Each kind of wrong cell is one sentence."""
    with pytest.raises((InputError, RefusedError), match=said):
        replay(log_of().with_columns(**change), policy(default={"A": 0.5, "B": 0.5}), Columns(visitor="who"))


def test_wrong_tables_are_told() -> None:
    """A missing column, a column with two roles, no rows, one variant, too many variants: one sentence each."""
    even = policy(default={"A": 0.5, "B": 0.5})
    with pytest.raises(ColumnError, match="no column 'reward'"):
        replay(log_of().drop("reward"), even, Columns())
    with pytest.raises(ColumnError, match="no column 'device'"):
        replay(log_of().drop("device"), DESK, Columns())
    with pytest.raises(InputError, match="'variant' cannot be two things"):
        replay(log_of(), even, Columns(reward="variant"))
    with pytest.raises(InputError, match="no rows"):
        replay(log_of().head(0), even, Columns())
    with pytest.raises(RefusedError, match="shows nothing but 'A'"):
        replay(log_of().filter(pl.col("variant") == "A"), even, Columns())
    many = pl.DataFrame({"variant": range(10_001), "propensity": 0.5, "reward": 1.0})
    with pytest.raises(InputError, match="10,001 variants"):
        replay(many, even, Columns())


@pytest.fixture(scope="module")
def bandit(real_data: Callable[[str], Path]) -> Callable[[str, str], pl.DataFrame]:
    """Return a function that reads the log of a policy in one campaign of Open Bandit."""

    def read(made_by: str, campaign: str) -> pl.DataFrame:
        path = real_data("open_bandit") / made_by / campaign / f"{campaign}.csv.gz"
        return pl.read_csv(path, columns=["item_id", "position", "propensity_score", "click"])

    return read


def _onto(log: pl.DataFrame, own: pl.DataFrame, even: bool) -> Replay:
    """Replay the even policy, or the shares by position of the other one's own log."""
    if even:
        items = own["item_id"].unique()
        asked = policy(default={str(item): 1 / len(items) for item in items})
    else:
        rules = []
        for (position,), part in own.group_by("position"):
            counts = part["item_id"].value_counts().iter_rows()
            shares = {str(item): count / len(part) for item, count in counts}
            rules.append({"when": {"position": position}, "show": shares})
        asked = policy(rules=rules)
    return replay(log, asked, Columns("item_id", "propensity_score", "click"))


def test_open_bandit_is_told_and_refused(bandit: Callable[[str, str], pl.DataFrame]) -> None:
    """From random to Thompson the interval holds the clicks that Thompson had; back, an effective 2 is refused."""
    random, learned = bandit("random", "women"), bandit("bts", "women")
    found = _onto(random, learned, even=False)
    assert not found.value.excludes(float(learned["click"].to_numpy().mean()))
    assert 3000 < found.effective < 4000
    with pytest.raises(RefusedError, match="as 2 decisions of its own would"):
        _onto(learned, random, even=True)
