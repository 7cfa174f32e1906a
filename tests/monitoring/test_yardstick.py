"""The yardstick tells the label as a plain model can, and its record on parts of the reference is honest."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tests.monitoring.conftest import visits

from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.columns import Side
from clientela.monitoring.question import Question
from clientela.monitoring.yardstick import apart, auc, calibrated, chances_of, expected_auc, learn_yardstick, scored
from clientela.tables.frames import from_frame


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=4, max_size=60))
def test_the_area_is_the_one_of_the_field(rows: list[tuple[int, bool]]) -> None:
    """With ties and all, it is scikit-learn's area; with one class only there is none."""
    scores = np.array([row[0] for row in rows], dtype=float)
    truth = np.array([row[1] for row in rows], dtype=float)
    if 0 < truth.sum() < truth.size:
        assert auc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))
    else:
        assert np.isnan(auc(scores, truth))


def test_the_expected_area_is_the_mean_of_drawn_ones() -> None:
    """Labels drawn with the chances give areas whose mean is the expected one."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=300)
    chances = 1 / (1 + np.exp(-2 * scores))
    drawn = [auc(scores, (rng.random(300) < chances).astype(float)) for _ in range(200)]
    assert expected_auc(scores, chances) == pytest.approx(np.mean(drawn), abs=0.005)


def test_chances_rise_with_the_score_and_keep_the_mean() -> None:
    """Pooled groups never fall, and their mean over the rows is the share of the label."""
    rng = np.random.default_rng(1)
    scores = rng.normal(size=2000)
    truth = (rng.random(2000) < 0.3 + 0.1 * np.sin(scores)).astype(float)
    cuts, chances = calibrated(scores, truth)
    assert list(chances) == sorted(chances)
    assert chances_of(scores, cuts, chances).mean() == pytest.approx(truth.mean())


def test_samples_of_one_population_are_not_apart() -> None:
    """The distance is about 0 by chance, and large where shares moved."""
    rng = np.random.default_rng(2)
    base = [rng.integers(0, 4, 3000) for _ in range(5)]
    same = [rng.integers(0, 4, 800) for _ in range(5)]
    assert abs(apart(same, base)) < 0.01
    assert apart([np.minimum(code, 1) for code in same], base) > 0.2
    assert apart([], []) == 0.0


def test_the_yardstick_is_as_good_as_a_logistic_regression(baseline: Baseline) -> None:
    """On new visits it tells buyers as well as the same columns do in the field's model, without the leaking amount."""
    yardstick = baseline.facts.yardstick
    assert yardstick is not None
    assert "paid" not in {form.name for form in yardstick.columns}
    new = visits(3000, 9)
    side = _side(new)
    truth = new["bought"].to_numpy().astype(float)
    columns = ("pages", "seconds")
    model = LogisticRegression().fit(visits(5000, 0).select(columns).to_numpy(), visits(5000, 0)["bought"].to_numpy())
    field = roc_auc_score(truth, model.decision_function(new.select(columns).to_numpy()))
    assert auc(scored(yardstick, side), truth) > field - 0.02
    assert len(yardstick.blocks) >= 3


def _side(frame: pl.DataFrame) -> Side:
    with from_frame(frame) as table:
        return learn_baseline(table, "").side


def test_a_column_that_gives_the_label_away_is_no_feature(baseline: Baseline) -> None:
    """Groups made of the amount are not told by the amount, though no rule ties them."""
    terms = [term for term in baseline.contract.terms if term.name != "bought"]
    amounts = np.where(baseline.side.numbers["paid"] > 20, 1.0, 0.0)
    side = baseline.side.put("group", pl.Series(np.where(amounts > 0, "much", "little")))
    learnt = learn_yardstick(side, terms, (), Question("group", ("much",)), "at")
    assert learnt is not None
    assert "paid" not in {form.name for form in learnt.columns}
    assert 0.5 < learnt.auc < 0.9


def test_a_label_with_few_buyers_has_no_yardstick() -> None:
    """With less than twenty of a kind nothing is learnt."""
    frame = visits(400, 3).with_columns((pl.int_range(pl.len()) < 8).alias("bought")).drop("paid")
    with from_frame(frame) as table:
        assert learn_baseline(table, "bought").facts.yardstick is None


def test_without_times_the_parts_are_months_by_name_or_drawn() -> None:
    """Month names part the rows; without them, fifths drawn in order do."""
    frame = visits(1200, 4).drop("at")
    with from_frame(frame) as table:
        drawn = learn_baseline(table, "bought").facts.yardstick
    names = pl.Series("month", (["May", "June", "Jul", "Aug"] * 300)[:1200])
    with from_frame(frame.with_columns(names)) as table:
        named = learn_baseline(table, "bought").facts.yardstick
    assert drawn is not None
    assert named is not None
    assert {block.name for block in drawn.blocks} == {f"fifth {n}" for n in range(1, 6)}
    assert {block.name for block in named.blocks} == {"May", "June", "Jul", "Aug"}
