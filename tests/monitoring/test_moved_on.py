"""Values that stand one column on are one shift, where no column is left empty too."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame

ROWS = pl.int_range(pl.len()) % 10 == 0


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    """What is learnt from made visits without their times."""
    return learn_baseline(from_frame(visits(5000, 0).drop("at")), "bought")


def _moved(frame: pl.DataFrame, names: list[str], first: pl.Expr) -> pl.DataFrame:
    """Return rows of which a tenth hold in the first column what is given, and in each next one that before it."""
    texts = frame.with_columns(pl.col(names).cast(pl.String))
    taken = [first.cast(pl.String), *map(pl.col, names[:-1])]
    return texts.with_columns(
        pl.when(ROWS).then(value).otherwise(name).alias(name) for name, value in zip(names, taken, strict=True)
    )


SHIFTS = {
    "a block of words and numbers": (["device", "pages", "seconds"], pl.col("shop")),
    "what follows a part of a text": (["shop", "device", "pages"], pl.lit("Rue 5")),
    "numbers beside a truth": (["seconds", "bought", "paid"], pl.lit(0)),
    "back": (["paid", "bought", "seconds", "pages"], pl.lit(None)),
}


@pytest.mark.parametrize("name", SHIFTS)
def test_values_that_the_neighbour_holds_are_one_shift(name: str, baseline: Baseline, clean: pl.DataFrame) -> None:
    """A tenth of the rows hold what belongs one column before, told with all columns and their share.

    The column that the values came from keeps its own at times, and is then not named.
    """
    names, first = SHIFTS[name]
    (found,) = check(baseline, from_frame(_moved(clean.drop("at"), names, first))).incidents
    assert found.cause is Cause.COLUMN_SHIFT
    assert set(found.columns) == set(names)
    assert found.strength is not None
    assert found.strength.value == pytest.approx(0.1, abs=0.005)


def test_the_number_that_a_comma_split_belongs_to_the_shift(baseline: Baseline, clean: pl.DataFrame) -> None:
    """Seconds of which the fraction stands in the next column are named with it, and are not told as rounded."""
    frame, names = clean.drop("at"), ["seconds", "bought", "paid", "visit"]
    baseline = learn_baseline(from_frame(visits(5000, 0).select("shop", "device", *names)), "bought")
    parts = frame["seconds"].cast(pl.String).str.split(".")
    fraction = parts.list.get(1, null_on_oob=True).fill_null("0")
    moved = _moved(frame.select("shop", "device", *names), names[1:], pl.lit(fraction))
    moved = moved.with_columns(pl.when(ROWS).then(pl.col("seconds").floor()).otherwise("seconds").alias("seconds"))
    (found,) = check(baseline, from_frame(moved)).incidents
    assert found.cause is Cause.COLUMN_SHIFT
    assert set(found.columns) == set(names)


def test_amounts_in_a_smaller_unit_are_no_shift() -> None:
    """Amounts a hundred times larger may lie where their neighbours do, and are put back by no place."""

    def amounts(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        net = np.round(rng.lognormal(6, 0.5, rows), 2)
        fee = np.round(net * rng.uniform(0.05, 0.14, rows), 2)
        shop = rng.choice(["Rome", "Oslo", "Paris"], rows)
        return pl.DataFrame({"shop": shop, "net": net, "tax": np.round(0.19 * net, 2), "fee": fee})

    cents = [pl.when(ROWS).then(pl.col(name) * 100).otherwise(name).round(2).alias(name) for name in ("tax", "fee")]
    result = check(learn_baseline(from_frame(amounts(5000, 1))), from_frame(amounts(1000, 2).with_columns(cents)))
    assert {found.cause for found in result.incidents} == {Cause.UNIT_SCALE}


def test_one_column_with_words_of_its_neighbour_is_no_shift(baseline: Baseline, clean: pl.DataFrame) -> None:
    """Shops in the column of devices alone, while its own neighbours are as before, are another cause."""
    frame = clean.drop("at").with_columns(pl.when(ROWS).then("shop").otherwise("device").alias("device"))
    assert Cause.COLUMN_SHIFT not in {found.cause for found in check(baseline, from_frame(frame)).incidents}


@pytest.mark.parametrize("left", [None, "2026-02-01 00:00:00"])
def test_a_time_that_its_value_left_for_the_next_column_belongs_to_the_shift(
    left: str | None, clean: pl.DataFrame
) -> None:
    """Times that stand in the next column leave theirs empty, or but for the day, which is told with the shift."""
    baseline = learn_baseline(from_frame(visits(5000, 0)), "bought")
    moved = _moved(clean, ["at", "shop", "device", "pages"], pl.lit(left))
    stamps = moved.with_columns(pl.col("at").str.to_datetime())
    (found,) = check(baseline, from_frame(stamps)).incidents
    assert (found.cause, found.columns) == (Cause.COLUMN_SHIFT, ("at", "shop", "device", "pages"))


def _counted(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    tariff, handset, other = rng.poisson(1.1, rows), rng.poisson(0.7, rows), rng.poisson(1.5, rows) + 1
    names = [f"v{seed}-{place:06d}" for place in range(rows)]
    pages = tariff + handset + other
    return pl.DataFrame({"visit": names, "pages": pages, "tariff": tariff, "handset": handset, "other": other})


def test_a_count_that_leaves_out_a_part_is_no_shift() -> None:
    """Pages without the others are 0 where there were no tariffs and handsets, so that all hold what one holds."""
    baseline = learn_baseline(from_frame(_counted(6000, 1)))
    left_out = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.col("tariff") + pl.col("handset")).otherwise("pages")
    found = check(baseline, from_frame(_counted(1000, 2).with_columns(left_out.alias("pages")))).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.METRIC_DEFINITION, ("pages",))]
    assert check(baseline, from_frame(_counted(1000, 2))).incidents == ()
