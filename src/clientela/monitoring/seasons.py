"""How far a number moves from one time to another within the reference: what a season may do, and what it cannot."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

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

FEW, LEAST_STRETCHES = 30, 3
"""Values from which a mean is near to normal, and stretches from which they tell what is usual."""

SPRING, AUTUMN = (66, 98), (266, 312)
"""Days of the year (from 0) between the first and the last country's change of the clock."""

MOST = 0.9
"""Share of a batch's rows that must lie in a half of the year that the reference has."""

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


def beyond_places(case: Case, base: Floats, batch: Floats) -> bool:
    """Tell whether the mean of a score is further from the reference's than those of times within it are.

    One mean varies less than a whole distribution: it shows a factor, or an offset, that `beyond_season` does not.

    Args:
        case: The batch.
        base: The score of each row of the reference, such as the logarithm of an amount; NaN where there is none.
        batch: The same of the batch.
    """
    held, now = ~np.isnan(base), batch[~np.isnan(batch)]
    pairs = [(base[part & held], base[~part & held]) for part in _stretches(case)]
    pairs = [(part, rest) for part, rest in pairs if min(part.size, rest.size) >= FEW]
    if len(pairs) < LEAST_STRETCHES or now.size < FEW:
        return False
    usual = max(abs(float(part.mean() - rest.mean())) for part, rest in pairs)
    chance = float(base[held].std()) * float(np.sqrt(1 / now.size + 1 / held.sum()))
    return abs(float(now.mean() - base[held].mean())) - SPREADS * chance > TIMES * usual


def same_half_year(base: Floats, batch: Floats) -> bool:
    """Tell whether most times of a batch lie where the reference has times of the same clock: summer's or winter's.

    Clocks are put forward and back, in one country or another, in the weeks between; there neither is known.
    """
    known, now = _clock(base), _clock(batch)
    seen = [half for half in (0, 1) if (known == half).sum() >= LEAST]
    return bool(np.mean(np.isin(now, seen)) > MOST) if now.size else False


def in_summer(moments: Floats) -> bool:
    """Tell whether most moments lie where clocks of the north are put forward; none of them may lie in winter."""
    clock = _clock(moments)
    return bool(clock.size) and bool(np.mean(clock == 1) > 0.5) and not bool(np.any(clock == 0))


def _clock(moments: Floats) -> NDArray[np.int64]:
    """Return 1 for days of summer time, 0 for those of winter time in the north, -1 for the weeks between."""
    days = moments[~np.isnan(moments)] // 86_400
    of_year = days - (days.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64))
    between = ((of_year >= SPRING[0]) & (of_year < SPRING[1])) | ((of_year >= AUTUMN[0]) & (of_year < AUTUMN[1]))
    summer = (of_year >= SPRING[1]) & (of_year < AUTUMN[0])
    return np.where(between, -1, summer).astype(np.int64)


def least_share(case: Case, rows: Flags) -> float:
    """Return the share of some rows of the reference that a season leaves: a part of the least of any stretch."""
    return min((float(rows[part].mean()) for part in _stretches(case)), default=0.0) / TIMES


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
