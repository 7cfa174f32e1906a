"""What stays for a visitor: learnt where rows come again, and which side of a broken join is named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.test_cuts import spent

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.constants import changed
from clientela.monitoring.contract import from_toml, to_toml
from clientela.tables.frames import from_frame


@pytest.fixture(scope="module")
def learnt() -> Baseline:
    """What is learnt from 4,000 orders."""
    with from_frame(spent(4000, 0)) as table:
        return learn_baseline(table, "group")


def test_joined_columns_stay_for_each_customer(learnt: Baseline) -> None:
    """Age and town stay for a customer, pages and amounts do not; contract.toml keeps the rules."""
    told = [rule.told for rule in learnt.contract.rules if rule.kind == "constant"]
    assert told == ["age stays the same for each who", "town stays the same for each who"]
    assert from_toml(to_toml(learnt.contract)).rules == learnt.contract.rules


BREAKS: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], list[tuple[Cause, tuple[str, ...]]]]] = {
    "age on other rows": (lambda f: f.with_columns(pl.col("age").shuffle(1)), [(Cause.ROW_MISALIGNMENT, ("age",))]),
    "customers on other rows": (
        lambda f: f.with_columns(pl.col("who").shuffle(1)),
        [(Cause.ROW_MISALIGNMENT, ("who",))],
    ),
    "year of birth": (lambda f: f.with_columns(age=2026 - pl.col("age")), [(Cause.METRIC_DEFINITION, ("age",))]),
    "few moved house": (
        lambda f: f.with_columns(
            pl.when(pl.int_range(pl.len()) % 20 == 0).then(pl.lit("Graz")).otherwise("town").alias("town")
        ),
        [],
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_side_that_broke_is_named(name: str, learnt: Baseline) -> None:
    """One column on the rows of others is named, all of them together are the customer's; a few changes are life."""
    change, expected = BREAKS[name]
    with from_frame(change(spent(1200, 3))) as table:
        assert [(item.cause, item.columns) for item in check(learnt, table).incidents] == expected


def test_unknown_customers_break_nothing(learnt: Baseline) -> None:
    """Rows of customers that the reference never had cannot be held against it."""
    rule = next(rule for rule in learnt.contract.rules if rule.kind == "constant")
    side = learnt.side.put("who", pl.Series(["new"] * learnt.side.rows))
    assert not changed(rule, side, learnt.side).any()


def test_a_level_that_was_never_seen_to_stay_may_change() -> None:
    """A visitor who was new in the reference returns in the batch; returning ones who turn new are told."""
    reference = pl.DataFrame(
        {
            "who": [f"r{n % 400}" for n in range(1600)] + [f"n{n}" for n in range(800)],
            "type": ["returning"] * 1600 + ["new"] * 800,
            "pages": [n * 7 % 23 for n in range(2400)],
        }
    )
    with from_frame(reference) as table:
        baseline = learn_baseline(table)
    rule = next(rule for rule in baseline.contract.rules if rule.kind == "constant" and rule.right == "type")
    back = baseline.side.put("type", pl.Series(["returning"] * 2400))
    assert not changed(rule, back, baseline.side).any()
    turned = baseline.side.put("type", pl.Series(["new"] * 2400))
    assert changed(rule, turned, baseline.side).sum() == 1600


def _gifts(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of supporters of whom each keeps the number of gifts before, of whom a third give."""
    rng, fixed = np.random.default_rng(seed), np.random.default_rng(0)
    before, who = fixed.poisson(fixed.gamma(1, 3, 800)), rng.integers(0, 800, rows)
    made = {"visit": [f"v{seed}-{n:06d}" for n in range(rows)], "who": [f"s{one:04d}" for one in who]}
    return pl.DataFrame({**made, "gifts": before[who], "gave": rng.random(rows) < 0.33, "pages": rng.poisson(4, rows)})


SOME = pl.int_range(pl.len()) % 3 == 0
COUNTS: dict[str, tuple[pl.Expr, list[Cause]]] = {
    "read after the gift": (pl.col("gifts") + pl.col("gave").cast(pl.Int64), [Cause.TRAIN_SERVE_SKEW]),
    "one more in some rows": (pl.col("gifts") + SOME.cast(pl.Int64), [Cause.METRIC_DEFINITION]),
    "on other rows": (pl.col("gifts").shuffle(1), [Cause.ROW_MISALIGNMENT]),
    "as it was": (pl.col("gifts"), []),
}


@pytest.mark.parametrize("name", COUNTS)
def test_one_difference_for_all_visitors_is_no_value_of_another(name: str) -> None:
    """A number that is one more for all who gave was read after it, one more for any is another count."""
    changed_to, causes = COUNTS[name]
    with from_frame(_gifts(5000, 1)) as table:
        baseline = learn_baseline(table, "gave")
    with from_frame(_gifts(1000, 2).with_columns(changed_to.alias("gifts"))) as table:
        assert [item.cause for item in check(baseline, table).incidents] == causes


def _taxed(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of customers of whom most have one rate of tax."""
    rng, fixed = np.random.default_rng(seed), np.random.default_rng(0)
    rate, who = fixed.choice([0.19, 0.21, 0.23, 0.25], 800, p=[0.85, 0.05, 0.05, 0.05]), rng.integers(0, 800, rows)
    made = {"visit": [f"v{seed}-{n:06d}" for n in range(rows)], "who": [f"s{one:04d}" for one in who]}
    return pl.DataFrame({**made, "rate": rate[who], "pages": rng.poisson(4, rows)})


RATES = {
    "rounded": (pl.when(SOME).then(pl.col("rate").round(1)).otherwise("rate"), Cause.PRECISION),
    "raised": (pl.when(SOME).then(pl.col("rate") + 0.01).otherwise("rate").round(2), Cause.METRIC_DEFINITION),
}


@pytest.mark.parametrize("name", RATES)
def test_rates_rounded_alike_are_no_higher_ones(name: str) -> None:
    """A tenth for 0.19, 0.21 and 0.23 is rounded, though most rows have 0.01 more; the same for all is another rate."""
    changed_to, cause = RATES[name]
    with from_frame(_taxed(5000, 1)) as table:
        baseline = learn_baseline(table)
    with from_frame(_taxed(1000, 2).with_columns(changed_to.alias("rate"))) as table:
        assert [item.cause for item in check(baseline, table).incidents] == [cause]
