"""How far a number moves from one time to another within the reference: what a season may do, and what it cannot."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from clientela.monitoring.calendars import calendar
from clientela.monitoring.case import Case
from clientela.monitoring.columns import Flags, Floats, Kind
from clientela.monitoring.fitting import Bins
from clientela.statistics.two_samples import homogeneity

BLOCKS = 6
"""Stretches of time into which a reference with times is parted."""

LEAST = 100
"""Rows from which a stretch is held against the others."""

TIMES = 3.0
"""How many times further than any stretch of the reference a season may carry a number: the reference seldom holds a
whole year."""

SPREADS = 2.0
"""Standard deviations of chance that are granted on top."""


def beyond_season(case: Case, base: Floats, batch: Floats) -> bool:
    """Tell whether a number is further from the reference than times within it are from each other.

    The distance is the two-sample chi-square over what a fixed difference of shares would make of it, so that it does
    not depend on the numbers of rows; each stretch is held against all others.
    """
    bins = Bins.made(base, batch)
    usual = [_distance(bins, base[part], base[~part], plus=SPREADS) for part in _stretches(case)]
    return bool(usual) and _distance(bins, batch, base, plus=0.0) > TIMES * max(usual)


def usual_swing(case: Case, rows: Flags) -> float:
    """Return how far the share of some rows moves among the stretches of the reference, beyond chance.

    Args:
        case: The batch.
        rows: Which rows of the reference they are.
    """
    share = float(rows.mean())
    beyond = (
        abs(float(rows[part].mean()) - share) - SPREADS * float(np.sqrt(share * (1 - share) / part.sum()))
        for part in _stretches(case)
    )
    return max((0.0, *beyond))


def _distance(bins: Bins, some: Floats, others: Floats, *, plus: float) -> float:
    first, second = bins.counts(some), bins.counts(others)
    chi2, freedom = homogeneity(first, second)
    if not freedom:
        return 0.0
    excess = max(0.0, chi2 - freedom) + plus * float(np.sqrt(2.0 * freedom))
    return excess * float(1 / first.sum() + 1 / second.sum())


def _stretches(case: Case) -> Iterator[Flags]:
    """Yield the rows of each stretch: parts of the main time with equally many rows, else months or days by name."""
    times = [name for name in case.baseline.facts.times if name in case.reference.numbers]
    if times:
        moments = case.reference.numbers[times[0]]
        edges = np.nanquantile(moments, np.linspace(0, 1, BLOCKS + 1)) if not np.isnan(moments).all() else np.zeros(0)
        for low, high in itertools.pairwise(edges.tolist()):
            with np.errstate(invalid="ignore"):
                inside = (moments >= low) & (moments < high)
            if min(inside.sum(), (~inside).sum()) >= LEAST:
                yield inside
        return
    for term in case.baseline.contract.terms:
        if term.kind is Kind.CATEGORY and calendar(term.levels):
            for level in term.levels:
                inside = (case.reference.texts[term.name] == level).fill_null(value=False).to_numpy()
                if min(inside.sum(), (~inside).sum()) >= LEAST:
                    yield inside
