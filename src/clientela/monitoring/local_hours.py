"""Hours of the place: a number from 0 to 23 that a time gives once another column tells where the row comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Floats, Kind, Side
from clientela.monitoring.contract import Term
from clientela.monitoring.levels import spelled
from clientela.monitoring.seasons import same_half_year
from clientela.statistics.two_samples import rate_p

HOUR, HOURS = 3_600.0, 24
LEAST_HOURS = 12
"""Different hours that a column must hold, so that it tells hours of the day."""

GIVEN, NOT_ALONE = 0.98, 0.9
"""Share of the reference's rows whose hour place and time must give; and up to which the time alone gives it."""

LEAST = 5
"""Rows of a place in the reference from which its offset is known, and rows of the batch that must have another."""

ONE_OFFSET = 0.8
"""Share of the rows with another hour that must have the commonest other offset of their place, as a clock gives."""


@dataclass(frozen=True)
class Local:
    """How far the hour of the place is from that of a time.

    Attributes:
        hour: Column of the hour.
        time: Column of the time.
        place: Column of the place.
        offsets: Hours of each place ahead of the time, 0 to 23.
        exceptions: Rows of the reference with another offset.
    """

    hour: str
    time: str
    place: str
    offsets: pl.DataFrame
    exceptions: int


def search_local_hours(case: Case) -> None:
    """Look for hours that are no longer those of their place, while time and place are as before."""
    times = [name for name in case.baseline.facts.times if case.batch.has(name) and name not in case.explained][:1]
    for time in times:
        for term in case.terms(Kind.NUMBER, Kind.CATEGORY):
            if not _may_be(term):
                continue
            hours = _hours(case.reference, term.name)
            if not _of_day(hours) or np.unique(hours[~np.isnan(hours)]).size < LEAST_HOURS:
                continue
            places = list(_places(case, term.name, time, hours))
            if places:
                _moved(case, min(places, key=lambda one: (one.exceptions, one.offsets.height)))


def _may_be(term: Term) -> bool:
    """Tell cheaply whether a column may hold hours."""
    if term.kind is Kind.NUMBER:
        return term.low >= 0 and term.high < HOURS
    return len(term.levels) <= HOURS and all(level.isdecimal() for level in term.levels)


def _hours(side: Side, name: str) -> Floats:
    if name in side.numbers:
        return side.numbers[name]
    return side.texts[name].cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()


def _of_day(hours: Floats) -> bool:
    held = hours[~np.isnan(hours)]
    return bool(held.size and held.min() >= 0 and held.max() < HOURS and np.all(held % 1 == 0))


def _ahead(side: Side, hour: str, time: str, place: str) -> pl.DataFrame:
    """Return place and offset of each row with all three, and the number of the row."""
    offset = (_hours(side, hour) - side.numbers[time] // HOUR) % HOURS
    frame = pl.DataFrame({"place": side.texts[place], "offset": pl.Series(offset, nan_to_null=True)})
    return frame.with_row_index("row").drop_nulls()


def _places(case: Case, hour: str, time: str, hours: Floats) -> Iterator[Local]:
    """Yield categories that give, with the time, the hour of nearly all rows of the reference."""
    alone = (hours - case.reference.numbers[time] // HOUR) % HOURS
    held = alone[~np.isnan(alone)].astype(np.int64) if _of_day(alone) else np.zeros(0, dtype=np.int64)
    if not held.size or np.bincount(held).max() > NOT_ALONE * held.size:
        return
    for term in case.terms(Kind.CATEGORY):
        if term.name == hour:
            continue
        words, codes, _ = spelled(case, term.name)
        there = ~np.isnan(alone) & (codes < len(words))
        counts = np.bincount(codes[there] * HOURS + alone[there].astype(np.int64), minlength=len(words) * HOURS)
        by_place = counts.reshape(len(words), HOURS)
        rows, most = by_place.sum(axis=1), by_place.max(axis=1, initial=0)
        often = rows >= LEAST
        kept, size = int(most[often].sum()), int(rows[often].sum())
        if kept >= GIVEN * rows.sum() and np.count_nonzero(often) > 1:
            offsets = pl.Series(by_place.argmax(axis=1).astype(np.float64))
            known = pl.DataFrame({"place": words, "offset": offsets}).filter(pl.Series(often))
            yield Local(hour, time, term.name, known, size - kept)


def _moved(case: Case, local: Local) -> None:
    rows = _ahead(case.batch, local.hour, local.time, local.place).join(local.offsets, on="place", suffix="_known")
    by = ((pl.col("offset") - pl.col("offset_known") + HOURS / 2) % HOURS - HOURS / 2).alias("by")
    other = rows.with_columns(by).filter(pl.col("by") != 0)
    size, base = rows.height, case.reference.rows
    chance = rate_p(other.height, size, local.exceptions, base)
    gained = other.height - local.exceptions * size / base
    if gained < max(LEAST, FLOOR * case.batch.rows) or chance > case.alpha(len(case.baseline.contract.terms)):
        return
    counted = other.group_by("place", "by").len().sort("len", "place", descending=[True, False])
    firsts = counted.group_by("place", maintain_order=True).first()
    if firsts["len"].sum() < ONE_OFFSET * other.height:
        return  # hours of other rows have all offsets
    steps = sorted(set(firsts.filter(pl.col("len") >= LEAST)["by"].to_list()))
    if not steps or (set(steps) <= {-1.0, 1.0} and not _same_clock(case, local.time)):
        return  # clocks are put forward at another date in each place
    flags = np.zeros(case.batch.rows, dtype=np.bool_)
    flags[other["row"].to_numpy()] = True
    where = firsts["place"].head(3).to_list()
    hours = " or ".join(f"{step:+g}" for step in steps)
    evidence = {"hours": steps, "rows": other.height, "share": other.height / case.batch.rows, "by": local.place}
    what = f"is moved by {hours} hours in {other.height:,} rows, where {local.place} is {', '.join(where)}"
    others = (Cause.METRIC_DEFINITION, Cause.ROW_MISALIGNMENT)
    case.add(Found(Cause.TIMEZONE, (local.hour,), evidence, flags, others, what))


def _same_clock(case: Case, time: str) -> bool:
    return same_half_year(case.reference.numbers[time], case.batch.numbers[time])
