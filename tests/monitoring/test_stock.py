"""Rows drawn again and again from a small stock count once."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.case import Case
from clientela.monitoring.checking import check
from clientela.monitoring.columns import Side
from clientela.monitoring.stock import count_once
from clientela.tables.frames import from_frame


@pytest.mark.parametrize("anew", [(), ("score",), ("score", "shop")])
def test_rows_that_come_again_count_once(anew: tuple[str, ...]) -> None:
    """A large batch drawn again and again from few visits, with some columns made anew, raises no alarm and says so."""
    rng = np.random.default_rng(1)
    whole = visits(6000, 71).with_columns(pl.Series("score", rng.random(6000)))
    with from_frame(whole.head(3000)) as table:
        baseline = learn_baseline(table, "bought")
    again = whole.tail(3000)[rng.choice(3000, 40_000).tolist()]
    again = again.with_columns(pl.Series("visit", [f"n{place:09d}" for place in range(again.height)]))
    again = again.with_columns(pl.Series(name, rng.permutation(again[name].to_numpy())) for name in anew)
    with from_frame(again) as table:
        found = check(baseline, table)
    assert found.incidents == ()
    assert "rows repeat others in" in " ".join(found.notes)


def test_the_stock_is_kept_and_new_rows_are_left_alone() -> None:
    """Of a stock, as many rows go on as it has; of a batch whose rows are all its own, all of them."""
    with from_frame(visits(2000, 5)) as table:
        baseline = learn_baseline(table, "bought")
    for batch, left in ((_side(baseline.side, 4000, 500), 500), (_side(baseline.side, 1500, 2000), 1500)):
        case = Case(baseline, baseline.side, batch, np.full(batch.rows, np.nan))
        count_once(case)
        assert case.batch.rows == pytest.approx(left, abs=20)


@pytest.mark.parametrize("seed", [2, 4, 6])
def test_rows_that_rounding_made_equal_are_no_stock(seed: int) -> None:
    """Customers whose worth was rounded to tens repeat each other and are all kept: the cause is the precision."""
    with from_frame(_customers(6000, 1)) as table:
        baseline = learn_baseline(table)
    rounded = pl.Series(np.random.default_rng(seed).random(1000) < 0.4)
    tens = pl.when(rounded).then((pl.col("worth") / 10).round(0) * 10).otherwise(pl.col("worth")).alias("worth")
    with from_frame(_customers(1000, seed).with_columns(tens)) as table:
        found = check(baseline, table)
    assert [(one.cause, one.columns) for one in found.incidents] == [(Cause.PRECISION, ("worth",))]
    assert found.incidents[0].evidence["step"] == 10
    assert found.notes == ()


def _customers(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "worth": np.round(rng.gamma(0.9, 220, rows) + 29.99 * (rng.random(rows) < 0.1), 2),
            "months": rng.integers(1, 13, rows),
            "area": rng.choice(["town", "land", "city"], rows),
            "new": rng.random(rows) < 0.5,
            "way": rng.choice(["web", "phone"], rows),
            "news": rng.choice(["yes", "no"], rows),
        }
    )


def _side(side: Side, rows: int, stock: int) -> Side:
    """Return rows of a side: each of the first ones in turn, some of them more than once where there are too few."""
    place = np.arange(rows) % stock
    texts = {name: values.gather(place.tolist()) for name, values in side.texts.items()}
    return Side(rows, {name: values[place] for name, values in side.numbers.items()}, texts)
