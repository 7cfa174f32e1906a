"""Numbers that count the time between two columns are learnt, and what broke one is named."""

from __future__ import annotations

import functools

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.errors import InputError
from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.contract import from_toml, to_sql, to_toml
from clientela.tables.frames import from_frame

DAY = 86_400_000_000
HALF = pl.int_range(pl.len()) % 2 == 0


def bookings(rows: int, seed: int) -> pl.DataFrame:
    """Return bookings: booked at a time, from a day to a later one, with nights, days ahead and minutes on the site."""
    rng = np.random.default_rng(seed)
    booked = pl.Series(rng.integers(20_000 * DAY, 20_150 * DAY, rows)).cast(pl.Datetime("us"))
    ahead, nights = rng.gamma(1.2, 20, rows).astype(int), 1 + rng.poisson(1.5, rows)
    first = booked.dt.date() + pl.Series(ahead * DAY).cast(pl.Duration("us"))
    minutes = np.round(rng.gamma(2, 9, rows), 1)
    return pl.DataFrame(
        {
            "booked": booked,
            "left": booked + pl.Series((minutes * 60e6).astype(np.int64)).cast(pl.Duration("us")),
            "first": first,
            "last": first + pl.Series(nights * DAY).cast(pl.Duration("us")),
            "ahead": ahead,
            "nights": nights,
            "minutes": minutes,
            "people": 1 + rng.poisson(1, rows),
        }
    )


@functools.cache
def learnt() -> Baseline:
    """What is learnt of 2,000 bookings."""
    with from_frame(bookings(2000, 0)) as table:
        return learn_baseline(table)


def told(frame: pl.DataFrame) -> list[tuple[Cause, tuple[str, ...]]]:
    """Return causes and columns of the incidents of a batch."""
    with from_frame(frame) as table:
        return [(incident.cause, incident.columns) for incident in check(learnt(), table).incidents]


def test_spans_are_learnt_in_their_units() -> None:
    """Days from date to date, and minutes with a fraction; what counts no time is in none; a clean batch keeps all."""
    rules = [rule.told for rule in learnt().contract.rules if rule.parts]
    assert set(rules) == {
        "ahead = first - booked, in days from date to date",
        "nights = last - first, in days from date to date",
        "minutes = left - booked, in minutes",
    }
    assert told(bookings(600, 1)) == []


CHANGES: dict[str, tuple[list[pl.Expr], Cause, tuple[str, ...]]] = {
    "both ends counted": (
        [pl.when(HALF).then(pl.col("ahead") + 1).otherwise("ahead").alias("ahead")],
        Cause.METRIC_DEFINITION,
        ("ahead",),
    ),
    "one row on": ([pl.col("first").shift(1).backward_fill()], Cause.ROW_MISALIGNMENT, ("first",)),
    "exchanged": (
        [
            pl.when(HALF).then("last").otherwise("first").alias("first"),
            pl.when(HALF).then("first").otherwise("last").alias("last"),
        ],
        Cause.COLUMN_SWAP,
        ("last", "first"),
    ),
    "an hour on": ([pl.col("left") + pl.duration(hours=1)], Cause.TIMEZONE, ("left", "booked")),
    "kept to the minute in most": (
        [
            pl.when(pl.int_range(pl.len()) % 5 < 3)
            .then(pl.col("left").dt.truncate("1m"))
            .otherwise("left")
            .alias("left")
        ],
        Cause.PRECISION,
        ("left",),
    ),
    "hours back in half": (
        [pl.when(HALF).then(pl.col("left") - pl.duration(hours=7)).otherwise("left").alias("left")],
        Cause.TIMEZONE,
        ("left", "booked"),
    ),
    "an hour more counted in half": (
        [pl.when(HALF).then(pl.col("minutes") + 60).otherwise("minutes").alias("minutes")],
        Cause.METRIC_DEFINITION,
        ("minutes",),
    ),
    "a byte with sign": ([(pl.col("ahead") + 64) % 128 - 64], Cause.OVERFLOW, ("ahead",)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_broke_a_span_is_named(name: str) -> None:
    """Each change that hardly moves any distribution is one incident on its column."""
    change, cause, columns = CHANGES[name]
    assert told(bookings(600, 2).with_columns(change)) == [(cause, columns)]


def test_a_time_in_two_spans_on_other_rows_is_told_and_not_their_numbers() -> None:
    """What broke several rules is in them all, wherever chance puts the distributions."""
    for seed in range(4):
        moved = bookings(600, 10 + seed).sort("booked").with_columns(pl.col("first").shift(1).backward_fill())
        assert told(moved) == [(Cause.ROW_MISALIGNMENT, ("first",))]


def test_times_exchanged_without_a_number_between_them_are_a_swap() -> None:
    """Where nothing counts the days, the order of two times tells: they are as far apart as before, turned round."""
    change, cause, _ = CHANGES["exchanged"]
    with from_frame(bookings(2000, 0).drop("nights", "ahead")) as table:
        known = learn_baseline(table)
    with from_frame(bookings(600, 2).drop("nights", "ahead").with_columns(change)) as table:
        found = check(known, table).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(cause, ("first", "last"))]


def test_a_span_is_written_and_read() -> None:
    """The contract keeps spans; SQL leaves them out; a span of a number and a word is refused."""
    text = to_toml(learnt().contract)
    assert from_toml(text).rules == learnt().contract.rules
    assert "in minutes" not in to_sql(learnt().contract)
    with pytest.raises(InputError, match="of kind 'minutes'"):
        from_toml(text.replace('"+left"', '"+people"'))


def test_a_span_of_those_who_booked_is_learnt_and_held() -> None:
    """Nights between two days that most rows lack are counted where they are there, and one night more is told."""

    def stays(rows: int, seed: int, more: int = 0) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        booked, nights = rng.random(rows) < 0.3, rng.integers(1, 9, rows)
        start = np.datetime64("2026-03-01") + rng.integers(0, 90, rows)
        frame = pl.DataFrame(
            {"seen": rng.poisson(4, rows), "from": start, "to": start + nights, "nights": nights + more}
        )
        return frame.with_columns(
            pl.when(pl.lit(pl.Series(booked))).then(name).alias(name) for name in frame.columns[1:]
        )

    baseline = learn_baseline(from_frame(stays(3000, 1)))
    assert "nights = to - from, in days from date to date" in {rule.told for rule in baseline.contract.rules}
    assert not check(baseline, from_frame(stays(1000, 2))).incidents
    (found,) = check(baseline, from_frame(stays(1000, 2, more=1))).incidents
    assert (found.cause, found.columns) == (Cause.METRIC_DEFINITION, ("nights",))


def test_seconds_read_too_early_make_no_moment_less_exact() -> None:
    """A part of the seconds of a visit breaks what its times give; these are right, however large their numbers are."""

    def timed(rows: int, seed: int) -> pl.DataFrame:
        frame = visits(rows, seed).with_columns(seconds=pl.col("seconds").round().cast(pl.Int64) + 5)
        return frame.with_columns(ended=pl.col("at") + pl.duration(seconds=pl.col("seconds")))

    with from_frame(timed(4000, 0)) as table:
        baseline = learn_baseline(table)
    rng = np.random.default_rng(4)
    part = pl.Series(np.where(rng.random(1000) < 0.8, rng.uniform(0.05, 0.5, 1000), 1.0))
    early = timed(1000, 5).with_columns((pl.col("seconds") * part).floor().cast(pl.Int64))
    with from_frame(early) as table:
        found = check(baseline, table).incidents
    assert found[0].columns == ("seconds",)
    assert Cause.PRECISION not in [one.cause for one in found]
