"""Rows that were left out: ends of amounts that break off, weekdays without rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.damage import squeezed
from clientela.audit.checks.encoding import coded
from clientela.audit.checks.processing import ERROR
from clientela.audit.draws import draws
from clientela.audit.facts import ColumnFacts
from clientela.audit.lexicon import CALENDAR, ID, mentions
from clientela.audit.wording import figure, several
from clientela.domain.column import Role, Storage
from clientela.domain.finding import Finding, Severity
from clientela.statistics.edges import Edge, edge
from clientela.statistics.uniformity import uniform_p

Floats = NDArray[np.float64]

NATURAL = frozenset({-1.0, 0.0, 1.0, 100.0})
"""Ends that many measures have by nature: shares, counts, percentages, correlations."""

ASK = "Ask whether rows were left out by this column: what is learned holds only for those that stayed."

DAY = 86_400.0
LEAST_DAYS = 20
LEAST_WEEKS = 4
LEAST_WEEKDAYS = 3
QUIET = 0.1
"""Share of a usual weekday's rows that a day on which people rest still has."""

GONE = 0.01
"""Share of a usual weekday's rows up to which a weekday counts as left out: a few rows come back by other ways."""

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def filtered(context: Context) -> Checked:
    """Find ends where a distribution breaks off although many rows lie just before, and weekdays without rows.

    Null model: density falls to nothing at least as fast as a straight line (`statistics.edges`,
    binomial, error shared among columns and ends). Natural ends (0, 1, -1, 100), heaps at the end
    (`capped`), names of the calendar, and columns that are level from end to end
    (Kolmogorov-Smirnov against uniform, 1 %) are left out, and so are codes: identifiers that lost digits, and whole
    numbers whose frequencies dip and jump (as in `label_encoded`). In columns that belong to a key,
    keys are counted. A cut far out in a tail is missed.

    Dates: weekdays with at most a hundredth of the rows of the usual one, over four weeks and twenty days or more,
    three weekdays or more being there. Null model: a day of rest still has a tenth of the rows (Poisson, error shared
    among columns and weekdays). A business that is shut on a day looks the same, and the sentence says so.
    """
    tested = [c for c in context.measured if c.distinct >= 30 and _open_ended(context, c)]
    found: dict[str, dict[str, Any]] = {}
    for column in tested:
        values = draws(context, column.name)
        ends = [_cliff(values, low, ERROR / (2 * len(tested))) for low in (True, False)]
        if any(ends) and not _level(values) and not coded(values, ERROR / len(tested)):
            sides = ("low", "high")
            found[column.name] = {
                side: {"value": end.value, "just_before": end.outer, "window": end.inside, "p_value": end.p_value}
                for side, end in zip(sides, ends, strict=True)
                if end is not None
            }
    findings = []
    if found:
        names = tuple(found)
        parts = [f"{name} {_beyond(ends)}" for name, ends in found.items()]
        title = f"Values break off where many rows lie: {several(parts)}."
        findings = [Finding("filtered", Severity.NOTICE, names, title, found, ASK)]
    dates = [c for c in context.facts.stored(Storage.DATE, Storage.TIMESTAMP) if c.distinct >= LEAST_DAYS]
    gone = {c.name: days for c in dates if (days := _weekdays_gone(context, c, ERROR / (7 * len(dates))))}
    if gone:
        parts = [f"{name} on {several(list(days['gone']), 7)}" for name, days in gone.items()]
        title = f"No rows lie in {several(parts)}: nothing happens on these days, or their rows were left out."
        findings.append(Finding("filtered", Severity.NOTICE, tuple(gone), title, gone, ASK))
    how = "ends with many rows just before and none beyond, weekdays without rows"
    return conclude("filtered", findings, len(tested) + len(dates), how)


def _weekdays_gone(context: Context, column: ColumnFacts, error: float) -> dict[str, Any] | None:
    """Return the weekdays that have next to no rows, with the rows of all of them."""
    days = np.floor(context.facts.arrays.finite(column.name) / DAY).astype(np.int64)
    if days.size == 0 or np.ptp(days) < 7 * LEAST_WEEKS or np.unique(days).size < LEAST_DAYS:
        return None
    # Day 0, the first of January 1970, was a Thursday.
    counts = np.bincount((days + 3) % 7, minlength=7)
    usual = float(np.median(counts[counts > GONE * counts.max()]))
    gone = counts <= GONE * usual
    if not gone.any() or (~gone).sum() < LEAST_WEEKDAYS:
        return None
    chance = float(special.pdtr(int(counts[gone].max()), QUIET * usual))
    if chance >= error:
        return None
    names = [name for name, so in zip(WEEKDAYS, gone, strict=True) if so]
    return {"gone": names, "rows": dict(zip(WEEKDAYS, counts.tolist(), strict=True)), "p_value": chance}


def _open_ended(context: Context, column: ColumnFacts) -> bool:
    role = context.roles.column(column.name).role
    measure = role in (Role.FEATURE, Role.REVENUE, Role.OUTCOME) and not mentions(column.name, CALENDAR | ID)
    return measure and not squeezed(context.facts, column)


def _cliff(values: Floats, low: bool, error: float) -> Edge | None:
    found = edge(values, low)
    if found is None or found.p_value >= error:
        return None
    natural = any(abs(found.value - end) <= 0.1 * found.width for end in NATURAL)
    return None if natural or found.heap else found


def _level(values: Floats) -> bool:
    different = np.unique(values)
    # On a lattice each value stands for the step around it.
    step = float(np.diff(different).min()) if different.size < values.size / 2 else 0.0
    placed = (values - different[0] + step / 2) / (different[-1] - different[0] + step)
    return uniform_p(placed) > 0.01


def _beyond(ends: dict[str, dict[str, Any]]) -> str:
    words_of = {"low": "below", "high": "above"}
    return "has none " + " and none ".join(f"{words_of[side]} {figure(end['value'])}" for side, end in ends.items())
