"""What lies between two times of a row tells which of them moved."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause, Incident
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame

Told = Callable[[pl.DataFrame], list[Incident]]


def _asked(rows: int, seed: int) -> pl.DataFrame:
    """Visits with a question at some moment, answered by a machine in seconds or by a person in an hour."""
    frame = visits(rows, seed).sort("at")
    rng = np.random.default_rng(seed)
    slow = (frame["shop"] == "Oslo").to_numpy()
    waits = np.where(slow, rng.lognormal(8.2, 0.5, rows), rng.lognormal(3.2, 0.6, rows)).round() + 3
    return frame.with_columns(answered=pl.col("at") + pl.duration(seconds=pl.Series(waits.astype(np.int64))))


@pytest.fixture(scope="module")
def known() -> Baseline:
    """What is learnt of 5,000 questions with their answers."""
    with from_frame(_asked(5000, 0)) as table:
        return learn_baseline(table)


@pytest.fixture(scope="module")
def told(known: Baseline) -> Told:
    """Hold a frame against it."""

    def run(frame: pl.DataFrame) -> list[Incident]:
        with from_frame(frame) as table:
            return list(check(known, table).incidents)

    return run


def test_answers_an_hour_late_from_some_time_on_are_an_offset(told: Told) -> None:
    """A whole hour more between question and answer, in a third of the rows, is a clock; the day does not show it."""
    frame = _asked(1000, 5)
    late = pl.when(pl.int_range(pl.len()) >= 650).then(pl.col("answered") + pl.duration(hours=1)).otherwise("answered")
    (found,) = told(frame.with_columns(answered=late))
    assert (found.cause, found.columns, found.evidence["hours"]) == (Cause.TIMEZONE, ("answered",), 1.0)


def test_answers_that_all_come_minutes_later_are_counted_otherwise(told: Told) -> None:
    """Where hardly a wait is as short as the shortest were, and no offset gives it, the time has another meaning."""
    frame = _asked(1000, 5)
    more = pl.Series(np.random.default_rng(1).exponential(900, frame.height).astype(np.int64))
    (found,) = told(frame.with_columns(answered=pl.col("answered") + pl.duration(seconds=more)))
    assert (found.cause, found.columns) == (Cause.METRIC_DEFINITION, ("answered",))
    assert found.evidence["median"] > 10 * found.evidence["before"]


def test_a_wait_that_moves_the_day_as_well_is_told_by_the_wait(told: Told) -> None:
    """Answers that come an hour or two later move their day's hours, which is no offset, for no two are as late."""
    frame = _asked(1000, 5)
    more = pl.Series(np.random.default_rng(2).exponential(5400, frame.height).astype(np.int64))
    (found,) = told(frame.with_columns(answered=pl.col("answered") + pl.duration(seconds=more)))
    assert (found.cause, found.columns) == (Cause.METRIC_DEFINITION, ("answered",))


def test_two_times_moved_by_the_same_hours_are_one_cause(told: Told) -> None:
    """As much lies between them as before, so both were moved; one alone is told alone."""
    frame, later = _asked(1000, 5), pl.duration(hours=6)
    (found,) = told(frame.with_columns(pl.col("at") + later, pl.col("answered") + later))
    assert (found.cause, found.columns) == (Cause.TIMEZONE, ("at", "answered"))
    (found,) = told(frame.with_columns(pl.col("at") - later))
    assert (found.cause, found.columns) == (Cause.TIMEZONE, ("at",))


def test_rows_that_were_not_collected_lack_both_times(told: Told) -> None:
    """Evenings that are gone are gone by either time, which is one incident."""
    (found,) = told(_asked(1500, 5).filter(pl.col("at").dt.hour() < 18))
    assert (found.cause, found.columns) == (Cause.SAMPLING, ("at",))


def test_fewer_rows_of_those_that_wait_long_change_no_wait(told: Told) -> None:
    """Without most of a shop whose answers take an hour, no time of the others means another thing."""
    frame = _asked(1200, 5).filter((pl.col("shop") != "Oslo") | (pl.int_range(pl.len()) % 10 == 0))
    assert not [found for found in told(frame) if "answered" in found.columns]


def test_answers_that_are_not_there_yet_shorten_no_wait(told: Told) -> None:
    """Where long waits are not over, the short ones are left; that the others are missing is told, and no more."""
    waits = (pl.col("answered") - pl.col("at")).dt.total_seconds()
    soon = pl.when(waits < 120 * pl.Series(np.random.default_rng(3).random(1000))).then("answered").alias("answered")
    found = told(_asked(1000, 5).with_columns(soon))
    assert {one.cause for one in found if "answered" in one.columns} == {Cause.MISSINGNESS}


def test_a_birthday_is_no_part_of_a_visit() -> None:
    """Another time, long before, has a distance of its own, and no clock of it is told from that."""

    def born(rows: int, seed: int) -> pl.DataFrame:
        days = pl.Series(np.random.default_rng(seed).integers(7000, 30_000, rows))
        return visits(rows, seed).with_columns(born=pl.col("at").dt.date() - pl.duration(days=days))

    with from_frame(born(4000, 0)) as table:
        baseline = learn_baseline(table)
    with from_frame(born(800, 5)) as table:
        assert check(baseline, table).incidents == ()


def test_hours_that_were_not_collected_are_lost_of_both_times() -> None:
    """Evening rows that are gone are one loss, although the end of each visit is counted from its start."""

    def lasting(rows: int, seed: int) -> pl.DataFrame:
        frame = visits(rows, seed).with_columns(seconds=pl.col("seconds").round().cast(pl.Int64))
        return frame.with_columns(ended=pl.col("at") + pl.duration(seconds=pl.col("seconds")))

    with from_frame(lasting(5000, 0)) as table:
        baseline = learn_baseline(table)
    rng = np.random.default_rng(1)
    frame = lasting(1500, 5)
    gone = frame["at"].dt.hour().is_between(18, 21) & pl.Series(rng.random(1500) < 0.8)
    with from_frame(frame.filter(~gone)) as table:
        found = check(baseline, table).incidents
    assert [(one.cause, one.columns) for one in found] == [(Cause.SAMPLING, ("at",))]


def _paid(rows: int, seed: int, month: int, hours: int = 0) -> pl.DataFrame:
    """Return orders of a month and the next with their payment some minutes later, by a clock so many hours ahead."""
    rng = np.random.default_rng(seed)
    first = np.datetime64(f"2025-{month:02d}-01", "s").astype(np.int64)
    days, seconds = rng.integers(0, 55, rows) * 86_400, rng.normal(14 * 3600, 3 * 3600, rows).astype(np.int64)
    ordered = np.sort(first + days + seconds)
    paid = ordered + rng.lognormal(6, 0.6, rows).astype(np.int64) + 3_600 * hours
    times = {name: pl.from_epoch(pl.Series(part), "s") for name, part in (("ordered", ordered), ("paid", paid))}
    return pl.DataFrame({"order": [f"o{seed}x{n:05}" for n in range(rows)], **times, "items": rng.poisson(3, rows)})


@pytest.mark.parametrize(
    ("known", "now", "hours", "told"),
    [(7, 11, 1, [(Cause.TIMEZONE, ("paid",))]), (7, 11, 0, []), (1, 6, 1, [])],
    ids=["another clock in winter", "the same clock in winter", "put forward in summer"],
)
def test_times_that_one_clock_told_in_summer_are_not_parted_by_its_change(
    known: int, now: int, hours: int, told: list[tuple[Cause, tuple[str, ...]]]
) -> None:
    """A clock that agrees with UTC in winter is an hour ahead in summer; one that agreed in summer is UTC itself."""
    with from_frame(_paid(5000, 1, known)) as table:
        baseline = learn_baseline(table)
    with from_frame(_paid(1000, 2, now, hours)) as table:
        assert [(i.cause, i.columns) for i in check(baseline, table).incidents] == told
