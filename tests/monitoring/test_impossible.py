"""Numbers where there were none are told, however few they are."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.impossible import by_one_factor
from clientela.tables.frames import from_frame


def _made(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    made = {
        "rate": np.round(rng.beta(2, 5, rows), 4),
        "pages": rng.poisson(6, rows),
        "points": np.round(rng.lognormal(8.4, 1.2, rows)).astype(np.int64),
        "change": np.round(rng.normal(0, 3, rows), 2),
    }
    return pl.DataFrame(made)


@pytest.fixture(scope="module")
def learnt() -> Baseline:
    """What is learnt from rates, counts, points and changes."""
    return learn_baseline(from_frame(_made(6000, 1)))


def _told(learnt: Baseline, changed: pl.Expr, rows: int = 12) -> list[tuple[Cause, tuple[str, ...]]]:
    some = pl.int_range(pl.len()) % (1000 // rows) == 0
    name = changed.meta.output_name()
    turned = _made(1000, 2).with_columns(pl.when(some).then(changed).otherwise(name).alias(name))
    return [(item.cause, item.columns) for item in check(learnt, from_frame(turned)).incidents]


@pytest.mark.parametrize(
    "changed",
    [(-pl.col("pages") - 1).alias("pages"), pl.lit(7.5).alias("rate"), (pl.col("change") - 400).alias("change")],
)
def test_few_numbers_where_none_were_are_told(learnt: Baseline, changed: pl.Expr) -> None:
    """A dozen negative counts, rates of 7.5, or changes far beyond both ends are an incident of their column."""
    (found,) = _told(learnt, changed)
    assert found[1] == (changed.meta.output_name(),)


def test_signs_and_counters_are_named_where_they_show(learnt: Baseline) -> None:
    """Numbers whose sign was turned, and those beyond a type that begin anew below zero, have their names."""
    for name in ("rate", "pages", "points"):  # of points, few may not pass for rates in the wrong column
        for rows in (20, 50, 100):
            assert _told(learnt, -pl.col(name), rows) == [(Cause.METRIC_DEFINITION, (name,))]
    beyond = pl.when(pl.col("points") > 32767).then(pl.col("points") - 65536).otherwise("points").alias("points")
    some = _made(20_000, 3).filter((pl.col("points") <= 32767) | (pl.int_range(pl.len()) % 3 == 0))
    found = check(learnt, from_frame(some.with_columns(beyond))).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.OVERFLOW, ("points",))]


def test_numbers_that_a_column_never_held_came_from_no_other(learnt: Baseline) -> None:
    """Points far below zero in few rows, in which rates are above them, are no rates in the wrong column."""
    for rows in (20, 50, 100):
        told = _told(learnt, (-4000 - pl.int_range(pl.len()) * 7).alias("points"), rows)
        assert [columns for _, columns in told] == [("points",)]


def test_few_counts_beyond_a_byte_that_begin_anew_are_no_turned_signs() -> None:
    """Thirty counts beyond 127 that stand below zero lie near -128, where turned signs would lie near zero."""
    rng = np.random.default_rng(5)
    known, now = (pl.DataFrame({"pages": np.rint(rng.lognormal(2.9, 1.1, n)).astype(np.int64)}) for n in (6000, 1000))
    turned = now.with_columns((pl.col("pages") + 128) % 256 - 128)
    found = check(learn_baseline(from_frame(known)), from_frame(turned)).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.OVERFLOW, ("pages",))]


def test_a_larger_largest_number_is_none(learnt: Baseline) -> None:
    """Other draws of the same laws, and numbers a little beyond the ends, break nothing."""
    assert check(learnt, from_frame(_made(20_000, 4))).incidents == ()
    assert _told(learnt, (pl.col("change") + 10).alias("change"), 6) == []


@pytest.mark.parametrize("rows", [5, 8, 19, 30])
def test_a_small_batch_that_lies_below_zero_throughout_is_told(learnt: Baseline, rows: int) -> None:
    """Where no other row is left to hold the numbers against, they are an incident and no exception."""
    below = _made(rows, 5).with_columns(-pl.col("points"))
    found = check(learnt, from_frame(below)).incidents
    assert [item.columns for item in found] == [("points",)]


def test_a_missing_cell_does_not_hide_a_counter_that_begins_anew(learnt: Baseline) -> None:
    """A dozen counters below zero are named where all of them begin anew, beside a cell that is missing."""
    rows = _made(400, 6).filter(pl.col("points") < 32_768)[:300]
    points = pl.Series(np.linspace(-32_000, -3_000, 12)).round().cast(pl.Int64)
    place = pl.int_range(pl.len())
    turned = rows.with_columns(pl.when(place >= 299).then(None).otherwise("points").alias("points"))
    turned = pl.concat([rows[:12].with_columns(points.alias("points")), turned[12:]])
    causes = {item.cause for item in check(learnt, from_frame(turned)).incidents if item.columns == ("points",)}
    assert Cause.OVERFLOW in causes


def _tanks(rows: int, seed: int) -> pl.DataFrame:
    """Return returned cars with the fuel in per cent, by eighths, most of them full."""
    rng = np.random.default_rng(seed)
    fuel = np.where(rng.random(rows) < 0.6, 100.0, 12.5 * rng.integers(1, 8, rows))
    cars = [f"c{seed}-{place:06d}" for place in range(rows)]
    return pl.DataFrame({"car": cars, "fuel": fuel, "km": rng.lognormal(5, 0.6, rows).round(1)})


def test_values_that_are_others_times_one_number_are_another_unit() -> None:
    """Of eighths in place of per cent the 8 of a full tank is no stand-in, for all others are an eighth of theirs."""
    baseline = learn_baseline(from_frame(_tanks(5000, 1)))
    some = pl.int_range(pl.len()) % 5 < 2
    for fresh, cause in ((pl.col("fuel") / 12.5, Cause.UNIT_SCALE), (pl.lit(-1.0), Cause.NULL_SEMANTICS)):
        full = some if cause is Cause.UNIT_SCALE else some & pl.lit(pl.Series(np.arange(1000) % 25 < 5))
        turned = _tanks(1000, 2).with_columns(pl.when(full).then(fresh).otherwise("fuel").alias("fuel"))
        told = [(item.cause, item.columns) for item in check(baseline, from_frame(turned)).incidents]
        assert told == [(cause, ("fuel",))]
    assert check(baseline, from_frame(_tanks(1000, 2))).incidents == ()


def test_one_value_alone_is_no_factor() -> None:
    """A stand-in may be any number times a usual one; it takes several values to tell a factor."""
    known = _tanks(5000, 1)["fuel"].to_numpy()
    now = np.where(np.arange(1000) % 5 == 0, 999.0, known[:1000])
    assert not by_one_factor(known, now)[1].any()
    factor, rows = by_one_factor(known, np.where(np.arange(1000) % 5 == 0, known[:1000] / 12.5, known[:1000]))
    assert (round(factor, 6), int(rows.sum())) == (0.08, 200)
