"""Two columns that hold each other's values are told by the order that they break, and by how far they are apart."""

from __future__ import annotations

import functools

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.case import Case, Found
from clientela.monitoring.checking import check
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


def _asked_for(rows: int, seed: int) -> pl.DataFrame:
    """Return visits that are asked for one of a few amounts, and of which one in four gives that or another one.

    What an item weighs and how large it is are on its list.
    """
    rng, fixed = np.random.default_rng(seed), np.random.default_rng(0)
    asked = rng.choice([10, 15, 20, 30, 50], rows)
    given = np.where(rng.random(rows) < 0.6, asked, np.round(asked * rng.lognormal(0, 0.4, rows)))
    item, sizes = rng.integers(0, 50, rows), (fixed.lognormal(2, 1, 50).round(1), fixed.lognormal(-1, 1, 50).round(3))
    made = {"visit": [f"v{seed}-{n:06d}" for n in range(rows)], "asked": asked, "pages": rng.poisson(5, rows)}
    made |= {"given": np.where(rng.random(rows) < 0.25, given, 0.0), "item": [f"i{one:02d}" for one in item]}
    return pl.DataFrame({**made, "weight": sizes[0][item], "volume": sizes[1][item]})


SOME = pl.int_range(pl.len()) % 3 == 0
ASKED = {
    "asked given": [pl.when(SOME).then(b).otherwise(a).alias(a) for a, b in (("asked", "given"), ("given", "asked"))],
    "weight volume": [
        pl.when(SOME).then(b).otherwise(a).alias(a) for a, b in (("weight", "volume"), ("volume", "weight"))
    ],
}


@pytest.mark.parametrize("pair", ASKED)
def test_a_number_changes_places_with_a_category_of_numbers_and_with_its_fellow_on_a_list(pair: str) -> None:
    """Each column holds in the same rows what the other one does, or should by the list; that is one swap."""
    baseline = learn_baseline(from_frame(_asked_for(6000, 1)))
    (found,) = check(baseline, from_frame(_asked_for(1000, 2).with_columns(ASKED[pair]))).incidents
    assert (found.cause, found.columns) == (Cause.COLUMN_SWAP, tuple(pair.split()))


def test_a_lost_or_copied_number_and_a_new_amount_are_no_swap() -> None:
    """What one column holds of the other one while that is as ever, or a new amount that is asked for, is no swap."""
    baseline = learn_baseline(from_frame(_asked_for(6000, 1)))
    for value in (pl.col("given"), pl.lit(0), pl.lit(75)):
        taken = pl.when(SOME).then(value).otherwise("asked").cast(pl.Int64).alias("asked")
        found = check(baseline, from_frame(_asked_for(1000, 2).with_columns(taken))).incidents
        assert Cause.COLUMN_SWAP not in [item.cause for item in found]
    assert check(baseline, from_frame(_asked_for(1000, 3))).incidents == ()
