"""How cells are written although they read well: national orders of dates, units of times, whole numbers."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.sources.opening import open_table

START = datetime.datetime.combine(datetime.date(2026, 3, 2), datetime.time())
GERMAN, BRITISH, AMERICAN, PLAIN = "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M"
DATES = pl.col("at").dt.strftime


def orders(rows: int, seed: int, days: tuple[int, int] = (0, 60)) -> pl.DataFrame:
    """Return orders with a time, a customer that is there in most rows, and an amount."""
    rng = np.random.default_rng(seed)
    at = pl.Series(np.sort(rng.integers(days[0] * 1440, days[1] * 1440, rows)) * 60_000_000).cast(pl.Duration("us"))
    customers = pl.Series(rng.integers(40_000, 49_000, rows))
    return pl.DataFrame(
        {
            "at": at + START,
            "customer": pl.select(pl.when(pl.Series(rng.random(rows) < 0.8)).then(customers)).to_series(),
            "amount": np.round(rng.gamma(2, 20, rows), 2),
        }
    )


def written(path: Path, frame: pl.DataFrame) -> Path:
    """Write rows as csv."""
    frame.write_csv(path)
    return path


def learnt(path: Path, frame: pl.DataFrame) -> Baseline:
    """Learn a baseline of rows written as csv."""
    with open_table(written(path / "reference.csv", frame)) as table:
        return learn_baseline(table)


def held(baseline: Baseline, path: Path, frame: pl.DataFrame) -> CheckResult:
    """Hold rows written as csv against it."""
    with open_table(written(path / "batch.csv", frame)) as table:
        return check(baseline, table)


@pytest.mark.parametrize(
    ("before", "after"), [(GERMAN, AMERICAN), (BRITISH, AMERICAN), (BRITISH, GERMAN), (PLAIN, GERMAN)]
)
def test_another_national_order_of_dates_is_one_incident(before: str, after: str, tmp_path: Path) -> None:
    """Dates of a whole column in another order or with other marks are read, and told; the same order is not."""
    baseline = learnt(tmp_path, orders(1500, 0).with_columns(DATES(before)))
    found = held(baseline, tmp_path, orders(400, 1).with_columns(DATES(after))).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.DTYPE_FORMAT, ("at",))]
    assert held(baseline, tmp_path, orders(400, 2).with_columns(DATES(before))).incidents == ()


def test_a_writing_without_seconds_is_one_break(tmp_path: Path) -> None:
    """Times in another order that lost their seconds are told once, with the loss as what else it may be called."""
    seconds = pl.col("at") + pl.duration(seconds=pl.int_range(pl.len()) * 7 % 60)
    baseline = learnt(tmp_path, orders(1500, 0).with_columns(seconds).with_columns(DATES("%Y-%m-%d %H:%M:%S")))
    later = orders(400, 1).with_columns(DATES("%d.%m.%Y %H:%M"))
    (found,) = held(baseline, tmp_path, later).incidents
    assert (found.cause, found.columns, found.alternatives) == (Cause.DTYPE_FORMAT, ("at",), (Cause.PRECISION,))


def test_shares_in_per_cent_are_one_break(tmp_path: Path) -> None:
    """A sign behind every share, which reading takes off, makes them a hundred times larger and is told once."""

    def shares(rows: int, seed: int) -> pl.DataFrame:
        part = np.random.default_rng(seed).beta(2, 3, rows).round(3)
        return orders(rows, seed).with_columns(part=pl.Series(part))

    baseline = learnt(tmp_path, shares(1500, 0))
    signed = shares(600, 1).with_columns(part=(pl.col("part") * 100).round(1).cast(pl.String) + "%")
    (found,) = held(baseline, tmp_path, signed).incidents
    assert (found.cause, found.columns, found.alternatives) == (Cause.DTYPE_FORMAT, ("part",), (Cause.UNIT_SCALE,))


def test_a_short_batch_is_read_in_the_order_of_the_reference(tmp_path: Path) -> None:
    """Days up to the twelfth fit both orders: the month stands first where it did."""
    baseline = learnt(tmp_path, orders(1500, 0).with_columns(DATES(AMERICAN)))
    result = held(baseline, tmp_path, orders(400, 1, (32, 40)).with_columns(DATES(AMERICAN)))
    assert result.incidents == ()
    assert result.first[:7] == result.last[:7] == "2026-04"


def test_times_counted_since_1970_are_times(tmp_path: Path) -> None:
    """Seconds are times; milliseconds in some rows are another unit, and dates another writing."""
    seconds = orders(1500, 0).with_columns(pl.col("at").dt.epoch("s"))
    baseline = learnt(tmp_path, seconds)
    assert baseline.facts.times == ("at",)
    batch = orders(400, 1)
    some = pl.when(pl.int_range(pl.len()) % 3 == 0).then(1000).otherwise(1) * pl.col("at").dt.epoch("s")
    found = held(baseline, tmp_path, batch.with_columns(some.alias("at"))).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.UNIT_SCALE, ("at",))]
    found = held(baseline, tmp_path, batch).incidents
    assert [(item.cause, item.columns) for item in found] == [(Cause.DTYPE_FORMAT, ("at",))]


def test_numbers_of_customers_are_names(tmp_path: Path) -> None:
    """A fraction on them is a writing, one in many rows a lost key, and one in place of none a stand-in for missing."""
    baseline, batch = learnt(tmp_path, orders(2500, 0)), orders(600, 1)
    rows = pl.int_range(pl.len()) % 5 == 0
    tried = {
        Cause.DTYPE_FORMAT: pl.col("customer").cast(pl.Float64),
        Cause.KEY_BREAK: pl.when(rows).then(99_999).otherwise("customer"),
        Cause.NULL_SEMANTICS: pl.col("customer").fill_null(0),
    }
    for cause, cells in tried.items():
        found = held(baseline, tmp_path, batch.with_columns(cells.alias("customer"))).incidents
        assert [(item.cause, item.columns) for item in found] == [(cause, ("customer",))]


ISO = "%Y-%m-%dT%H:%M:%S"


def zoned(hours: int) -> pl.Expr:
    """Write the moments in a zone so many hours from UTC."""
    return (pl.col("at") + pl.duration(hours=hours)).dt.strftime(ISO) + f"{hours:+03d}:00"


@pytest.fixture(scope="module")
def in_utc(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """What is learnt of times written with +00:00."""
    return learnt(tmp_path_factory.mktemp("utc"), orders(1500, 0).with_columns(zoned(0)))


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        (DATES(ISO) + "Z", Cause.DTYPE_FORMAT),
        (DATES(ISO), Cause.DTYPE_FORMAT),
        (DATES("%Y-%m-%d %H:%M:%S") + "+00:00", Cause.DTYPE_FORMAT),
        (zoned(2), Cause.DTYPE_FORMAT),
        (DATES(ISO) + pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit("Z")).otherwise(pl.lit("+00:00")), None),
        (DATES("%Y-%m-%d"), Cause.PRECISION),
    ],
)
def test_another_zone_or_mark_of_times_is_told(
    in_utc: Baseline, cells: pl.Expr, cause: Cause | None, tmp_path: Path
) -> None:
    """A zone that appears, goes or changes, in some rows too, is one incident though the moments are the same."""
    found = held(in_utc, tmp_path, orders(400, 1).with_columns(cells)).incidents
    assert [(item.cause, item.columns) for item in found] == [(cause or Cause.DTYPE_FORMAT, ("at",))]


def test_summer_time_is_no_other_writing(in_utc: Baseline, tmp_path: Path) -> None:
    """An hour more is summer time in a later batch; within the reference's time, or by two hours, it is not."""
    assert held(in_utc, tmp_path, orders(400, 1, (80, 100)).with_columns(zoned(0))).incidents == ()
    assert held(in_utc, tmp_path, orders(400, 1, (80, 100)).with_columns(zoned(1))).incidents == ()
    for days, hours in (((0, 60), 1), ((80, 100), 2)):
        found = held(in_utc, tmp_path, orders(400, 1, days).with_columns(zoned(hours))).incidents
        assert [item.cause for item in found] == [Cause.DTYPE_FORMAT]


def test_a_lost_zone_and_the_hours_it_moved_are_one_incident(tmp_path: Path) -> None:
    """Local times without their zone are read as others; where UTC was written, they were stored in local time."""
    known, batch = (visits(rows, seed).select("at", "seconds") for rows, seed in ((2000, 0), (600, 1)))
    for zone, moved, cause in ((2, 2, Cause.DTYPE_FORMAT), (0, 3, Cause.TIMEZONE)):
        baseline = learnt(tmp_path, known.with_columns(zoned(zone)))
        local = (pl.col("at") + pl.duration(hours=moved)).dt.strftime(ISO)
        found = held(baseline, tmp_path, batch.with_columns(local)).incidents
        assert [(item.cause, item.columns) for item in found] == [(cause, ("at",))]
