"""Times of the day, and whole days, whose rows were not collected: most or all of them, while the others are there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Floats
from clientela.monitoring.wording import since
from clientela.statistics.tails import chi_square_limit, chi_square_tail
from clientela.statistics.two_samples import homogeneity, homogeneity_p, rate_p

DAY = 86_400.0
HOURS = 24
MOST_HOURS = 8
"""Hours in a row that may have lost rows; more of them are what the day is, and the others gained."""

LEAST_LOST = 0.2
"""Share of their rows that hours must have lost."""

AS_BEFORE = 1e-3
"""Chance above which the day is as before, but for the rows that its hours lost."""

NEAR = 0.5
"""Part of the chi-square that must be reached by a rougher one, for hours in a row to be looked at more closely."""

LEAST_DAYS, LONGER = 2, 1.5
"""Days in a row without rows, and times the longest such run of the reference, from which they are no chance."""

WEEK, MOST_DAYS, STRETCHES = 7, 3, 6
"""Days of a week, days in a row that may have lost rows, and stretches of the reference that show how they swing."""

HALF, STEADY, SWING = 0.5, 20.0, 0.2
"""Part of the fewest rows that such days had in any stretch, rows that they must have had in a stretch on average, and
distance (share of the rows) by which another season may change the other days."""

LEAST_ROWS = 0.1
"""Share of the rows that must lie before such a run, and after it: a few that come late are another day's."""

SLOW, EXPECTED = 0.1, 20.0
"""Part of the days with fewer rows than a slow one; and rows that as slow days would have had together at least."""


@dataclass(frozen=True)
class Lost:
    """Hours in a row that lost rows.

    Attributes:
        hours: Which, from 0.
        share: Share of their rows that is gone.
        left: Chi-square of the day once they are given back, with a penalty for what was estimated.
    """

    hours: tuple[int, ...]
    share: float
    left: float

    @property
    def found(self) -> tuple[dict[str, object], str]:
        """Evidence and words."""
        ends = f"between hour {self.hours[0]} and {(self.hours[-1] + 1) % HOURS}"
        evidence: dict[str, object] = {"hours": list(self.hours), "lost": self.share}
        return evidence, f"has lost about {self.share:.0%} of the rows {ends}, the others are as before"


def lost_hours(now: Floats, known: Floats, level: float) -> Lost | None:
    """Return hours in a row that all lost one share of their rows, where the day is as before without that.

    Args:
        now: Rows of the batch by half hours of the day, of shape (48,).
        known: The same of the reference.
        level: Chance that a day which lost nothing is taken for one.
    """
    limit = chi_square_limit(3, level / (HOURS * MOST_HOURS))
    if _deficit(now, known) < NEAR * limit:
        return None
    start = homogeneity(now, known)[0]
    fits = []
    for first in range(HOURS):
        for length in range(1, MOST_HOURS + 1):
            hours = (first + np.arange(length)) % HOURS
            inside = np.isin(np.arange(2 * HOURS) // 2, hours)
            fit = _fit(now, known, inside)
            if fit is not None:
                fits.append((*fit, tuple(hours.tolist())))
    left, share, freedom, hours_lost = min(fits, default=(math.inf, 0.0, 0, ()))
    if not start - left > limit:
        return None
    return Lost(hours_lost, share, left + 3) if chi_square_tail(freedom, left) > AS_BEFORE else None


def _deficit(now: Floats, known: Floats) -> float:
    """Return the largest chi-square by which any hours in a row have fewer rows than before, beside all others."""
    held, base = (np.tile(part.reshape(HOURS, -1).sum(axis=1), 2) for part in (now, known))
    sums = [np.concatenate(([0.0], part.cumsum())) for part in (held, base)]
    first, length = np.arange(HOURS)[:, None], np.arange(1, MOST_HOURS + 1)[None, :]
    mine, usual = (part[first + length] - part[first] for part in sums)
    share = (mine + usual) / (now.sum() + known.sum())
    error = share * (1 - share) * (1 / now.sum() + 1 / known.sum())
    fewer = np.minimum(0.0, mine / now.sum() - usual / known.sum())
    return float((fewer**2 / np.maximum(error, 1e-12)).max())


def _fit(now: Floats, known: Floats, inside: NDArray[np.bool_]) -> tuple[float, float, int] | None:
    """Return the chi-square that is left, the share that is lost and the degrees of freedom; None without a loss."""
    rest = now[~inside].sum() / max(1.0, known[~inside].sum())
    expected = rest * known[inside].sum()
    if not expected or now[inside].sum() > (1 - LEAST_LOST) * expected:
        return None
    kept = float(now[inside].sum() / expected)
    left, freedom = homogeneity(now, np.where(inside, kept, 1.0) * known)
    return left, 1 - kept, freedom


def by_weekday(values: Floats) -> Floats:
    """Count rows by day of the week, Monday first; 1970 began on a Thursday."""
    held = values[~np.isnan(values)]
    return np.bincount((held // DAY + 3).astype(np.int64) % WEEK, minlength=WEEK).astype(np.float64)


def lost_days(now: Floats, known: Floats, level: float, *, later: bool) -> tuple[tuple[int, ...], float] | None:
    """Return days of the week in a row that lost most of their rows, with the share lost, where no week had as few.

    The reference shows in each of some stretches of its weeks how many rows these days have beside the others; half of
    the fewest is no swing. In another season the others may differ somewhat.

    Args:
        now: Times of the batch in seconds; NaN where there is none.
        known: The same of the reference.
        level: Chance that a batch which lost nothing is taken for one.
        later: Whether the batch is of another time.
    """
    days, before = by_weekday(now), by_weekday(known)
    weeks = np.quantile(known[~np.isnan(known)], np.linspace(0, 1, STRETCHES + 1))
    parts = [by_weekday(known[(known >= low) & (known < high)]) for low, high in pairwise(weeks)]
    told = []
    for first in range(WEEK):
        for length in range(1, MOST_DAYS + 1):
            run = (first + np.arange(length)) % WEEK
            rest = np.delete(np.arange(WEEK), run)
            least = min(float(part[run].sum() / max(1.0, part[rest].sum())) for part in parts)
            ratio = float(days[run].sum() / max(1.0, days[rest].sum()))
            if before[run].sum() < STEADY * len(parts) or ratio >= HALF * least:
                continue
            chance = rate_p(int(days[run].sum()), int(days.sum()), int(before[run].sum()), int(before.sum()))
            if chance >= level / (WEEK * MOST_DAYS):
                continue
            apart = 0.5 * float(np.abs(days[rest] / days[rest].sum() - before[rest] / before[rest].sum()).sum())
            usual = apart < SWING if later else homogeneity_p(days[rest], before[rest]) > AS_BEFORE
            if usual:
                lost = 1 - ratio * float(before[rest].sum() / before[run].sum())
                told.append((chance, tuple(run.tolist()), lost))
    return min(told)[1:] if told else None


def search_days(case: Case, name: str) -> None:
    """Look for days in a row without rows, between others that have theirs.

    The reference must know no run nearly as long, and days as slow as its slowest would have had rows by far: a batch
    of few rows has days without any by chance, and a shop that is closed on Sundays has them by nature.

    Args:
        case: The batch.
        name: A column of times; others than the main one have days without rows by their own law.
    """
    if case.baseline.facts.times[:1] != (name,):
        return
    days, known = (_by_day(part) for part in (case.batch.numbers[name], case.reference.numbers[name]))
    first, length = _longest(days)
    if length < max(LEAST_DAYS, LONGER * _longest(known)[1]):
        return
    sides = days[:first], days[first + length :]
    few = any(side.size < LEAST_DAYS or side.sum() < LEAST_ROWS * days.sum() for side in sides)
    expected = 0.0 if few else length * min(float(np.quantile(side, SLOW)) for side in sides)
    if expected < EXPECTED or -expected > math.log(case.alpha(days.size)):
        return
    values = case.batch.numbers[name]
    start = (np.nanmin(values) // DAY + first) * DAY
    ends = [since(float(moment))[:10] for moment in (start, start + (length - 1) * DAY)]
    evidence = {"days": length, "from": ends[0], "to": ends[1], "rows expected": expected}
    what = f"no rows on the {length} days from {ends[0]} to {ends[1]}"
    case.add(Found(Cause.SAMPLING, (name,), evidence, None, (Cause.VOLUME,), what))


def _by_day(values: Floats) -> NDArray[np.int64]:
    """Count rows by day, from the first day that has any to the last."""
    days = (values[~np.isnan(values)] // DAY).astype(np.int64)
    return np.bincount(days - days.min()) if days.size else np.zeros(1, dtype=np.int64)


def _longest(counts: NDArray[np.int64]) -> tuple[int, int]:
    """Return where the longest run of days without rows begins, and how long it is."""
    filled = np.flatnonzero(counts)
    gaps = np.diff(filled) - 1
    if not gaps.size:
        return 0, 0
    place = int(np.argmax(gaps))
    return int(filled[place]) + 1, int(gaps[place])
