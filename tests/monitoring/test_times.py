"""Times out of range, moved, or with hours that are gone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


@pytest.mark.parametrize("days", [365, 20_000, -20_000])
def test_some_rows_far_off_are_out_of_range(days: int, checked: Checked, clean: pl.DataFrame) -> None:
    """Five per cent of rows in the far past or future are one incident."""
    rows = pl.int_range(pl.len()) % 20 == 0
    far = clean.with_columns(pl.when(rows).then(pl.col("at") + pl.duration(days=days)).otherwise("at").alias("at"))
    assert [(i.cause, i.columns) for i in checked(far).incidents] == [(Cause.TIME_RANGE, ("at",))]


@pytest.mark.parametrize("hours", [-7, 5])
def test_an_offset_is_named_with_its_hours(hours: int, checked: Checked, clean: pl.DataFrame) -> None:
    """A profile over the day that is moved tells by how much."""
    found = checked(clean.with_columns(pl.col("at") + pl.duration(hours=hours))).incidents
    assert [incident.cause for incident in found] == [Cause.TIMEZONE]
    assert found[0].evidence["hours"] == hours


def test_another_day_altogether_is_unknown(checked: Checked, clean: pl.DataFrame) -> None:
    """Rows of all hours alike are no offset and no outage."""
    flat = clean.with_columns(pl.col("at").dt.truncate("1d") + pl.duration(minutes=pl.int_range(pl.len()) * 7 % 1440))
    assert [incident.cause for incident in checked(flat).incidents] == [Cause.UNKNOWN]


def test_days_without_hours_have_no_profile(checked: Checked, clean: pl.DataFrame) -> None:
    """Dates alone raise no incident about the day's hours."""
    found = checked(clean.with_columns(pl.col("at").dt.truncate("1d"))).incidents
    assert Cause.TIMEZONE not in {incident.cause for incident in found}


def test_one_hour_that_is_gone_is_told(checked: Checked) -> None:
    """A single hour without rows, where sixty are usual, is an outage though the day's profile hardly moved."""
    frame = visits(1100, 84).filter(pl.col("at").dt.hour() != 20)
    (found,) = checked(frame).incidents
    assert (found.cause, found.evidence["hours"]) == (Cause.SAMPLING, [20])


def test_a_day_of_the_week_that_is_not_collected(checked: Checked) -> None:
    """Without Sundays for weeks a part of the traffic was not collected; a batch of one week may lack them."""
    frame = visits(1500, 5)
    found = checked(frame.filter(pl.col("at").dt.weekday() != 7)).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.SAMPLING, ("at",))]
    assert found[0].evidence["weekdays"] == ["Sundays"]


@pytest.mark.parametrize(("hours", "told"), [((7, 8, 9, 10), True), ((7,), False)])
def test_a_shop_that_opens_four_hours_later_lost_its_mornings(hours: tuple[int, ...], told: bool) -> None:
    """In the next month the first hours of the day are no season where they are many; the first one alone may be."""

    def opened(rows: int, seed: int, month: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        minutes = 1440 * rng.integers(0, 28, rows) + 60 * rng.integers(7, 21, rows) + rng.integers(0, 60, rows)
        frame = pl.DataFrame({"minutes": minutes, "amount": rng.lognormal(3, 0.5, rows)})
        return frame.select(pl.datetime(2026, month, 1) + pl.duration(minutes="minutes"), "amount").rename(
            {"datetime": "at"}
        )

    known = learn_baseline(from_frame(opened(4000, 1, 3)))
    found = check(known, from_frame(opened(1500, 2, 4).filter(~pl.col("at").dt.hour().is_in(hours)))).incidents
    assert [(incident.cause, incident.columns) for incident in found] == ([(Cause.SAMPLING, ("at",))] if told else [])


def test_a_tail_goes_on_beyond_the_largest_value() -> None:
    """In a batch as large as the reference some days lie further ahead than any seen, but not one in twenty."""

    def ahead(rows: int, seed: int) -> pl.DataFrame:
        days = pl.Series(np.random.default_rng(seed).exponential(40, rows).astype(int))
        return visits(rows, seed).with_columns((pl.col("at").dt.date() + pl.duration(days=days)).alias("due"))

    with from_frame(ahead(1500, 0)) as table:
        known = learn_baseline(table)
    end = ahead(1500, 0)["due"].to_numpy().max()
    beyond = ahead(1500, 3).filter(pl.col("due") <= end + np.timedelta64(1, "D")).with_row_index("row")
    told = []
    for far in (12, 75):
        late = pl.lit(end) + pl.duration(days=2 + pl.col("row") % 5)
        due = pl.when(pl.col("row") < far).then(late).otherwise("due").alias("due")
        with from_frame(beyond.with_columns(due).drop("row")) as table:
            told.append([incident.cause for incident in check(known, table).incidents])
    assert told == [[], [Cause.TIME_RANGE]]


@pytest.mark.parametrize(("cut", "step"), [("1h", 3600.0), ("1m", 60.0)])
def test_times_cut_to_hours_or_minutes_are_rounded(
    cut: str, step: float, checked: Checked, clean: pl.DataFrame
) -> None:
    """The step to which times were cut is told; the hours of the day are as they were."""
    (found,) = checked(clean.with_columns(pl.col("at").dt.truncate(cut))).incidents
    assert (found.cause, found.columns, found.evidence["step"]) == (Cause.PRECISION, ("at",), step)


@pytest.mark.parametrize("share", [1.0, 0.2])
def test_times_that_lost_their_hours_are_told(share: float, checked: Checked, clean: pl.DataFrame) -> None:
    """Moments at midnight, in all rows or in some, are one loss of precision and no hours that were not collected."""
    rows = (pl.int_range(pl.len()) * 0.6180339887 % 1) < share
    cut = pl.when(rows).then(pl.col("at").dt.truncate("1d")).otherwise("at").alias("at")
    (found,) = checked(clean.with_columns(cut)).incidents
    assert (found.cause, found.columns, found.evidence["step"]) == (Cause.PRECISION, ("at",), 86_400.0)
