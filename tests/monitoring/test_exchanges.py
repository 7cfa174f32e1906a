"""Two columns that hold each other's values are told by the order that they break, and by how far they are apart."""

from __future__ import annotations

import functools

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.case import Case, Found
from clientela.monitoring.exchanges import search_order
from clientela.tables.frames import from_frame


def _bills(rows: int, seed: int) -> pl.DataFrame:
    """Return bills with a tax that is at most what they bring in points."""
    rng = np.random.default_rng(seed)
    points = np.round(rng.lognormal(3.6, 0.5, rows), 1)
    return pl.DataFrame({"tax": np.round(points * rng.uniform(0.3, 0.9, rows), 2), "points": points})


@functools.cache
def _learnt() -> Baseline:
    return learn_baseline(from_frame(_bills(6000, 1)))


def _told(frame: pl.DataFrame) -> list[Found]:
    baseline = _learnt()
    batch = baseline.side.only(np.arange(baseline.side.rows) < frame.height)
    for name in frame.columns:
        batch = batch.put(name, frame[name].to_numpy())
    case = Case(baseline, baseline.side, batch, np.full(frame.height, np.nan))
    search_order(case)
    return case.found


@pytest.mark.parametrize(("seed", "times", "part"), [(4, 1.15, 8), (7, 1.15, 10), (24, 1.14, 5), (37, 1.14, 8)])
def test_a_number_that_grew_beyond_another_is_not_exchanged(seed: int, times: float, part: int) -> None:
    """A tax by another rule is above the points where both were near each other, which no exchange would make."""
    some = pl.int_range(pl.len()) % 10 < part
    grown = pl.when(some).then((pl.col("tax") * times).round(2)).otherwise("tax").alias("tax")
    assert _told(_bills(1000, seed).with_columns(grown)) == []


@pytest.mark.parametrize("every", [2, 5])
def test_columns_that_are_as_far_apart_the_other_way_round_are_exchanged(every: int) -> None:
    """Half of the rows, or a fifth, in which each holds the other's values are a swap; clean ones are none."""
    some = pl.int_range(pl.len()) % every == 0
    pairs = (("tax", "points"), ("points", "tax"))
    turned = [pl.when(some).then(other).otherwise(name).alias(name) for name, other in pairs]
    (found,) = _told(_bills(1000, 4).with_columns(turned))
    assert (found.cause, found.columns) == (Cause.COLUMN_SWAP, ("tax", "points"))
    assert _told(_bills(1000, 4)) == []
