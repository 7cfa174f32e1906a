"""New prices of one brand are a list kept up to date; of a part of it, or against what follows from them, a break."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.made import month_of

from clientela.domain.incident import Cause, ShiftKind
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame

Change = Callable[[pl.DataFrame], pl.DataFrame]
Told = list[tuple[Cause, tuple[str, ...]]]

MINE = pl.col("brand") == "brand 3"
CONTRADICTED: Told = [(Cause.METRIC_DEFINITION, ("price",))]


def _sold(rows: int, seed: int, month: int) -> pl.DataFrame:
    """Return visits to 500 articles of twelve brands, with price, tier and what is to be paid."""
    rng, fixed = np.random.default_rng(seed), np.random.default_rng(0)
    article, tier = rng.integers(0, 500, rows), rng.choice(["gold", "silver", "none"], rows)
    price = np.round(fixed.gamma(3, 20, 500) + 5, 2)[article]
    return pl.DataFrame(
        {
            "visit": [f"v{seed}-{number:06d}" for number in range(rows)],
            "at": month_of(rng, rows, month),
            "article": [f"a{one:04d}" for one in article],
            "brand": [f"brand {one % 12}" for one in article],
            "price": price,
            "tier": tier,
        }
    ).pipe(_paid)


def _paid(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the visits with what is to be paid at their prices."""
    return frame.with_columns(
        (pl.col("price") * pl.col("tier").replace_strict({"gold": 0.8, "silver": 0.9, "none": 1.0}))
        .round(2)
        .alias("paid")
    )


def _times(factor: float, where: pl.Expr) -> Change:
    return lambda frame: frame.with_columns(
        pl.when(where).then((pl.col("price") * factor).round(2)).otherwise("price").alias("price")
    )


@pytest.fixture(scope="module")
def learnt() -> Baseline:
    """What is learnt from 6,000 visits of two months."""
    with from_frame(pl.concat([_sold(3000, 1, 1), _sold(3000, 2, 2)])) as table:
        return learn_baseline(table)


def test_new_prices_of_one_brand_are_a_renewed_list(learnt: Baseline) -> None:
    """A brand whose articles all cost 3 % more in all their rows, as what is paid tells, has a new list."""
    with from_frame(_paid(_times(1.03, MINE)(_sold(1000, 3, 3)))) as table:
        result = check(learnt, table)
    assert result.incidents == ()
    (shift,) = result.shifts
    assert (shift.cause, shift.columns) == (ShiftKind.RENEWED, ("price",))
    assert "for all of brand 'brand 3'" in shift.title


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_times(1.03, MINE), [(Cause.METRIC_DEFINITION, ("price",))]),  # what is paid says otherwise
        (lambda frame: _paid(_times(1.19, MINE)(frame)), CONTRADICTED),  # with a tax
        (lambda frame: _paid(_times(1.03, pl.col("article").hash(7) % 12 == 0)(frame)), CONTRADICTED),  # of any brand
        (lambda frame: _paid(_times(1.03, MINE & (pl.int_range(pl.len()) % 2 == 0))(frame)), CONTRADICTED),
    ],
)
def test_other_new_prices_are_a_break(change: Change, expected: Told, learnt: Baseline) -> None:
    """A tax, articles of any brand, every other row, and prices that what is paid contradicts are no new list."""
    with from_frame(change(_sold(1000, 3, 3))) as table:
        assert [(one.cause, one.columns) for one in check(learnt, table).incidents] == expected


def test_what_else_befell_the_renewed_number_is_told(learnt: Baseline) -> None:
    """Beside a new list, cents in a fifth of the other prices are still another unit."""
    renewed = _paid(_times(1.03, MINE)(_sold(1000, 3, 3)))
    with from_frame(_times(100, ~MINE & (pl.int_range(pl.len()) % 5 == 0))(renewed)) as table:
        assert (Cause.UNIT_SCALE, ("price",)) in [(one.cause, one.columns) for one in check(learnt, table).incidents]


def test_rules_that_another_break_explains_contradict_no_new_list() -> None:
    """Where what is paid and the same with tax are exchanged, rates of it say nothing of the new prices of a brand."""

    def taxed(frame: pl.DataFrame) -> pl.DataFrame:
        tax = (pl.col("paid") * 0.19).round(2)
        return _paid(frame).with_columns(tax.alias("tax"), (pl.col("paid") + tax).round(2).alias("gross"))

    with from_frame(taxed(pl.concat([_sold(3000, 1, 1), _sold(3000, 2, 2)]))) as table:
        baseline = learn_baseline(table)
    some = pl.int_range(pl.len()) % 4 == 0
    exchanged = {one: pl.when(some).then(other).otherwise(one) for one, other in (("paid", "gross"), ("gross", "paid"))}
    with from_frame(taxed(_times(1.03, MINE)(_sold(1000, 3, 3))).with_columns(**exchanged)) as table:
        found = check(baseline, table).incidents
    assert [(one.cause, set(one.columns)) for one in found] == [(Cause.COLUMN_SWAP, {"paid", "gross"})]
