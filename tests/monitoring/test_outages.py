"""Hours that lost most of their rows, and days that have none."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.outages import lost_days, lost_hours
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def test_hours_that_lost_most_of_their_rows_were_not_collected(checked: Checked) -> None:
    """Four hours with a fifth of their rows, the others as before, are named with the share that is gone."""
    frame = visits(1500, 5)
    lost = pl.col("at").dt.hour().is_in([18, 19, 20, 21]) & (pl.int_range(pl.len()) % 5 != 0)
    (found,) = checked(frame.filter(~lost)).incidents
    assert (found.cause, found.columns) == (Cause.SAMPLING, ("at",))
    assert found.evidence["hours"] == [18, 19, 20, 21]
    assert 0.7 < found.evidence["lost"] < 0.9


@pytest.mark.parametrize("turned", [2, 10, 30])
def test_a_day_that_is_moved_lost_nothing(turned: int) -> None:
    """An offset takes rows from some hours and gives them to others; that is no loss."""
    known = 50.0 + 40 * np.sin(np.arange(48) / 48 * 2 * np.pi)
    assert lost_hours(np.roll(known, turned) / 3, known, 1e-3) is None
    assert lost_hours(known / 3, known, 1e-3) is None


def _daily(rows: int, seed: int, month: int, days: list[int]) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    start = datetime.datetime(2026, month, 1, tzinfo=datetime.UTC).replace(tzinfo=None)
    minutes = pl.Series(1440 * (rng.choice(days, rows) - 1) + rng.integers(0, 1440, rows))
    at = (pl.lit(start) + pl.duration(minutes=minutes)).alias("at")
    return pl.DataFrame({"amount": rng.lognormal(3, 0.5, rows)}).with_columns(at)


def test_days_without_rows_between_others_are_an_outage() -> None:
    """Five whole days that are gone are told of a later month too; in a batch of few rows they are chance."""
    with from_frame(_daily(4000, 1, 3, list(range(1, 31)))) as table:
        baseline = learn_baseline(table)
    kept = [day for day in range(1, 31) if not 10 <= day <= 14]
    with from_frame(_daily(900, 2, 6, kept)) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, found.columns) == (Cause.SAMPLING, ("at",))
    assert (found.evidence["from"], found.evidence["to"]) == ("2026-06-10", "2026-06-14")
    with from_frame(_daily(40, 3, 6, kept)) as table:
        assert check(baseline, table).incidents == ()


def test_days_that_never_had_rows_are_no_outage() -> None:
    """A shop that opens in the first ten days of each month has no rows between them by nature."""
    opened = list(range(1, 11))
    frames = [_daily(1500, month, month, opened) for month in (1, 2, 3)]
    with from_frame(pl.concat(frames)) as table:
        baseline = learn_baseline(table)
    with from_frame(pl.concat([_daily(600, 7, 4, opened), _daily(600, 8, 5, opened)])) as table:
        assert check(baseline, table).incidents == ()


def test_few_rows_that_come_late_show_no_outage() -> None:
    """A day's batch with some rows of the week before has no rows between them, which is no lost day."""
    with from_frame(_daily(4000, 1, 3, list(range(1, 31)))) as table:
        baseline = learn_baseline(table)
    late = pl.concat([_daily(12, 2, 4, [2, 3]), _daily(800, 3, 4, [11, 12])])
    with from_frame(late) as table:
        assert check(baseline, table).incidents == ()


def test_hours_that_lost_half_of_their_rows_are_told_though_the_whole_day_does_not(checked: Checked) -> None:
    """Half of the rows of two hours are gone: told of these hours, where all 24 together are within chance."""
    frame = visits(1500, 24)
    lost = pl.col("at").dt.hour().is_in([20, 21]) & (pl.int_range(pl.len()) % 2 == 0)
    assert checked(frame).incidents == ()
    (found,) = checked(frame.filter(~lost)).incidents
    assert (found.cause, found.evidence["hours"]) == (Cause.SAMPLING, [20, 21])


@pytest.mark.parametrize(("lost", "told"), [(0.88, True), (0.4, False)])
def test_hours_of_a_later_month_that_lost_nearly_all_rows_were_not_collected(
    lost: float, told: bool, checked: Checked
) -> None:
    """Evening hours with an eighth of their rows are told of a later month, with those beside; fewer visits not."""
    frame = visits(1500, 5).with_columns(pl.col("at") + pl.duration(days=120))
    drawn = pl.Series(np.random.default_rng(2).random(1500))
    gone = pl.col("at").dt.hour().is_between(18, 20) & (drawn < lost)
    found = [one for one in checked(frame.filter(~gone)).incidents if one.cause is Cause.SAMPLING]
    assert [one.evidence["hours"] for one in found] == ([[18, 19, 20]] if told else [])


def test_two_times_of_one_row_lose_the_same_hours() -> None:
    """Appointments of the afternoon that were not collected, with what was sent some days before, are one loss."""

    def slots(rows: int, seed: int) -> pl.DataFrame:
        days = np.random.default_rng((seed, 1)).integers(1, 4, rows)
        return visits(rows, seed).with_columns(sent=pl.col("at") - pl.duration(days=pl.Series(days)))

    with from_frame(slots(4000, 0)) as table:
        baseline = learn_baseline(table)
    kept = ~pl.col("at").dt.hour().is_between(16, 19)
    with from_frame(slots(1500, 5).filter(kept)) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, set(found.columns)) == (Cause.SAMPLING, {"at", "sent"})


def _rented(rows: int, seed: int, first: datetime.date, weeks: int, weekend: float = 1.0) -> pl.DataFrame:
    """Return rentals booked at any time before they begin, on weekends less than, or as often as, on other days."""
    rng = np.random.default_rng(seed)
    weights = np.array([1.0, 0.9, 0.8, 1.0, 1.3, 1.1 * weekend, 0.8 * weekend])
    day = rng.integers(0, weeks, rows) * 7 + rng.choice(7, rows, p=weights / weights.sum())
    begin = pl.Series(day * 1440 + rng.integers(360, 1380, rows))
    booked = begin - pl.Series(rng.integers(60, 90_000, rows))
    start = pl.lit(datetime.datetime.combine(first, datetime.time()))
    return pl.DataFrame(
        {"rental": [f"r{seed}-{n:06d}" for n in range(rows)], "price": rng.lognormal(4, 0.4, rows)}
    ).select(
        "rental", booked=start + pl.duration(minutes=booked), begin=start + pl.duration(minutes=begin), price="price"
    )


@pytest.mark.parametrize("first", [datetime.date(2026, 1, 5), datetime.date(2026, 7, 6)])
def test_weekdays_of_any_time_that_lost_most_of_their_rows_were_not_collected(first: datetime.date) -> None:
    """Weekends with a quarter of their beginnings are told, in a later time too; a swing by a third is not."""
    baseline = learn_baseline(from_frame(_rented(6000, 1, datetime.date(2026, 1, 5), 20)))
    (found,) = check(baseline, from_frame(_rented(900, 2, first, 8, 0.25))).incidents
    assert (found.cause, found.columns) == (Cause.SAMPLING, ("begin",))
    assert found.evidence["weekdays"] == ["Saturdays", "Sundays"]
    assert 0.65 < found.evidence["lost"] < 0.85
    for swing in (0.7, 1.0, 1.4):
        assert check(baseline, from_frame(_rented(900, 3, first, 8, swing))).incidents == ()


def test_few_weeks_or_rows_tell_no_weekday() -> None:
    """A day of the week whose share swings from time to time, or has hardly a row, lost nothing."""
    known = np.concatenate([np.repeat(np.arange(140) * 86_400.0, 9), np.repeat(np.arange(3, 70, 7) * 86_400.0, 30)])
    steady = np.repeat(np.arange(140) * 86_400.0, 12)
    without = steady[(steady // 86_400) % 7 != 3]
    assert lost_days(without, steady, 1e-4, later=False) is not None
    assert lost_days(steady, steady, 1e-4, later=False) is None
    assert lost_days(steady, np.sort(known), 1e-4, later=False) is None
    assert lost_days(without[::50], steady[::12], 1e-4, later=False) is None
