"""What lies between two times of a row: an answer comes some time after its question, whatever the day is like."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Floats, Kind
from clientela.monitoring.contract import SPANS
from clientela.monitoring.fitting import Bins
from clientela.monitoring.seasons import beyond_season, in_summer, same_half_year
from clientela.statistics.tails import chi_square_limit, chi_square_tail
from clientela.statistics.two_samples import homogeneity, homogeneity_p

DAY, STEP = 86_400.0, 1_800.0
LEAST = 100
"""Rows of the reference with both times, from which it is known what lies between them."""

IN_ORDER, TIED = 0.99, 0.1
"""Share of the rows in which one time is not before the other; and the spread of what lies between, by that of the
times, up to which they belong together: a birthday is no part of a visit."""

MOST_STEPS, HOUR = 28, 2
"""Half hours by which clocks may differ, and those of an hour."""

SHARES = (1.0, 0.75, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05)

AS_BEFORE = 1e-3
"""Chance above which what lies between is as before."""

SURER = 10.0
"""How much surer a wait must have changed that no offset explains."""

SHORT, FEWER = 0.2, 0.25
"""Part of the reference's shortest waits, and what part of as many must be left where all grew; likewise the longest.
Fewer of one kind of rows, as those that a person answers, leave the shortest of the others."""

TELLS = 6.0
"""Chi-square by which the day of the first time must tell the offset better than that of the second."""


@dataclass(frozen=True)
class Wait:
    """Two times of which the second comes hardly later than the first.

    Attributes:
        start: Column of the first.
        end: Column of the second.
        known: Seconds between them in the reference; NaN where one is missing.
        now: The same of the batch.
    """

    start: str
    end: str
    known: Floats
    now: Floats


def moved_along(case: Case, name: str) -> bool:
    """Take a time's change for that of another one which was told already, where as much lies between as before.

    Times that were moved by the same hours are one cause, with both columns; rows that were not collected lack both.

    Args:
        case: The batch.
        name: The column.

    Returns:
        Whether it is so; the column is explained then.
    """
    for place, item in enumerate(case.found):
        if item.cause not in (Cause.TIMEZONE, Cause.SAMPLING) or len(item.columns) != 1 or item.columns[0] == name:
            continue
        pair = next((wait for wait in _pairs(case) if {wait.start, wait.end} == {item.columns[0], name}), None)
        if pair is None or _chance(pair.now, pair.known) < AS_BEFORE:
            continue
        if item.cause is Cause.TIMEZONE:
            offset = item.evidence["hours"] * 3_600.0
            if not all(_chance(pair.now + by, pair.known) < AS_BEFORE for by in (offset, -offset)):
                continue  # what lies between is too wide to show that both were moved
            case.found[place] = replace(item, columns=(*item.columns, name))
        elif np.nanquantile(np.abs(pair.known), 1 - SHORT / 2) > DAY / 4:
            continue
        case.explained.add(name)
        return True
    return False


def search_waits(case: Case) -> None:
    """Look for times that come later, or sooner, after another than before: an offset, or another rule."""
    waits = list(_waits(case))
    for wait in waits:
        if {wait.start, wait.end} & case.explained:
            continue
        level = case.alpha(len(waits))
        if _chance(wait.now, wait.known) > level:
            continue
        if not _offset(case, wait, level):
            _another(case, wait, level / SURER)


def _waits(case: Case) -> Iterator[Wait]:
    """Yield pairs of times that belong together, and that no number counts the time between."""
    spans = [set(rule.columns) for rule in case.baseline.contract.rules if rule.kind in SPANS]
    for wait in _pairs(case):
        if not any({wait.start, wait.end} <= columns for columns in spans):
            yield wait


def _pairs(case: Case) -> Iterator[Wait]:
    """Yield pairs of times that belong together."""
    names = [term.name for term in case.baseline.contract.terms if term.kind is Kind.TIME]
    names = [name for name in names if name in case.batch.numbers and name in case.reference.numbers]
    for start, end in itertools.permutations(names, 2):
        known, now = (side.numbers[end] - side.numbers[start] for side in (case.reference, case.batch))
        held = known[~np.isnan(known)]
        if held.size < LEAST or np.isnan(now).all() or np.mean(held >= 0) < IN_ORDER or np.median(held) <= 0:
            continue
        if held.std() <= TIED * np.nanstd(case.reference.numbers[start]):
            yield Wait(start, end, known, now)


def _chance(now: Floats, known: Floats) -> float:
    bins = Bins.made(known[~np.isnan(known)], now[~np.isnan(now)])
    return homogeneity_p(bins.counts(now), bins.counts(known))


def _offset(case: Case, wait: Wait, level: float) -> bool:
    """Look for half hours that were added in a share of the rows, and name the time whose day fits them better."""
    bins = Bins.made(wait.known[~np.isnan(wait.known)], wait.now[~np.isnan(wait.now)])
    now, known = bins.counts(wait.now), bins.counts(wait.known)
    start = homogeneity(now, known)[0]
    tried = []
    for step in (*range(-MOST_STEPS, 0), *range(1, MOST_STEPS + 1)):
        moved = bins.counts(wait.known + step * STEP)
        for share in SHARES:
            left, freedom = homogeneity(now, (1 - share) * known + share * moved)
            tried.append((left + 4 * (share < 1), freedom, share, step))
    left, freedom, share, step = min(tried)
    if start - left < chi_square_limit(2, level / len(tried)) or chi_square_tail(freedom, left) < AS_BEFORE:
        return False
    times = (side.numbers[wait.start] for side in (case.reference, case.batch))
    if case.later and abs(step) == HOUR and not (same_half_year(*times) or _by_one_clock(case, wait)):
        return True  # one of the two is told by a clock that is put forward
    gains = [_of_day(case, name, step * way, share) for name, way in ((wait.start, -1), (wait.end, 1))]
    first = gains[0] > gains[1] + TELLS
    name, hours = (wait.start, -step / 2) if first else (wait.end, step / 2)
    evidence = {"hours": hours, "share": share, "after" if not first else "before": wait.end if first else wait.start}
    other = f"before {wait.end}" if first else f"after {wait.start}"
    what = f"is moved by {hours:+g} hours in about {share:.0%} of the rows, as the time {other} tells"
    case.add(Found(Cause.TIMEZONE, (name,), evidence, None, (Cause.METRIC_DEFINITION,), what))
    return True


def _by_one_clock(case: Case, wait: Wait) -> bool:
    """Tell whether both times were told by one clock in summer, so that no change of the clock parts them.

    A clock that is put forward is an hour or more ahead of UTC in summer, by which all answers would seem later; in
    winter it may agree with it.
    """
    soon = float(np.nanquantile(wait.known, SHORT)) < DAY / 48
    return soon and in_summer(case.reference.numbers[wait.start])


def _of_day(case: Case, name: str, step: int, share: float) -> float:
    """Return how much better the day of a time fits with an offset in a share of the rows (chi-square)."""
    now, known = (_halves(side.numbers[name]) for side in (case.batch, case.reference))
    return homogeneity(now, known)[0] - homogeneity(now, (1 - share) * known + share * np.roll(known, step))[0]


def _halves(values: Floats) -> Floats:
    held = values[~np.isnan(values)]
    return np.bincount(((held % DAY) // STEP).astype(np.int64), minlength=int(DAY / STEP)).astype(np.float64)


def _another(case: Case, wait: Wait, level: float) -> None:
    """Look for waits that all grew, so that hardly one is as short as the shortest were, or that all fell."""
    known, now = (part[~np.isnan(part)] for part in (wait.known, wait.now))
    low, high = np.quantile(known, [SHORT, 1 - SHORT])
    grew, fell = np.mean(now < low), np.mean(now > high)
    before = float(np.mean(known < low)), float(np.mean(known > high))
    if not (grew < FEWER * before[0] or fell < FEWER * before[1]) or _chance(now, known) > level:
        return
    kept = [part[part >= low] if grew < FEWER * before[0] else part[part <= high] for part in (now, known)]
    if _chance(kept[0], kept[1]) > AS_BEFORE:
        return  # the others are as before: rows were lost, and none changed
    if case.later and not beyond_season(case, wait.known, wait.now):
        return
    middles = [_words(float(np.median(part))) for part in (now, known)]
    evidence = {"median": float(np.median(now)), "before": float(np.median(known)), "after": wait.start}
    what = f"comes {middles[0]} after {wait.start} in the middle, before {middles[1]}"
    others = (Cause.TIMEZONE, Cause.SAMPLING)
    case.add(Found(Cause.METRIC_DEFINITION, (wait.end,), evidence, None, others, what))


def _words(seconds: float) -> str:
    for unit, size in (("days", DAY), ("hours", 3_600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} seconds"
