"""Whether levels of a category have fewer rows because the mix of another category is another one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clientela.monitoring.calendars import calendar
from clientela.monitoring.case import Case
from clientela.monitoring.columns import Floats, Kind
from clientela.monitoring.crediting import USUAL, rows_of
from clientela.monitoring.levels import STEADY, Levels, counted, weights
from clientela.monitoring.seasons import least_share
from clientela.statistics.two_samples import homogeneity, share_p

AS_GIVEN = 0.01
"""Chance above which levels have the rows that the mix of another category gives them."""

PER_LEVEL = 2.0
"""Chi-square that a share which may be another one must explain (Akaike 1974)."""


def carried(case: Case, name: str, places: Sequence[int]) -> bool:
    """Tell whether the mix of another category gives levels the rows that they have, and not the other way round.

    Fewer heavy articles come in large parcels less often. Rows of large parcels that are lost take heavy articles
    along, and leave the others in proportion: the mix must explain more than the loss.

    Args:
        case: The batch, of another time than the reference.
        name: The category.
        places: Its levels that lost rows.
    """
    levels = counted(case, name)
    pairs = ((r.left, r.right) for r in case.baseline.contract.rules if r.kind == "determines" and name in r.columns)
    tied = {column for pair in pairs for column in pair} | {name}
    for term in case.terms(Kind.CATEGORY):
        other = counted(case, term.name)
        if term.name in tied or calendar(term.levels) or not other.now.sum() or other.moved() > STEADY:
            continue
        if not at_all_times(case, term.name, other):
            continue  # versions come and go, and tell nothing of a season
        given = _given(case, name, levels, term.name)
        as_given = share_p(*_rows(places, levels.now, given)) > AS_GIVEN
        lost = [np.array([part[places].sum(), part.sum() - part[places].sum()]) for part in (levels.now, levels.known)]
        if as_given and _told(other.now, other.known, 1) > _told(lost[0], lost[1], len(places)):
            return True
    return False


def at_all_times(case: Case, name: str, levels: Levels, also: Sequence[int] = ()) -> bool:
    """Tell whether all usual levels of a category, and some more, had rows in every stretch of the reference.

    Args:
        case: The batch.
        name: The category.
        levels: Its levels.
        also: Places of those more.
    """
    expected = levels.known * float(levels.now.sum() / levels.known.sum())
    usual = {int(place) for place in np.flatnonzero(expected >= USUAL)} | set(also)
    return all(least_share(case, rows_of(case.reference, name, levels.names[place])) > 0 for place in usual)


def _told(now: Floats, known: Floats, least: int) -> float:
    """Return how much of what became of the rows other shares explain, beyond what each would by chance."""
    chi2, freedom = homogeneity(now, known)
    return chi2 - PER_LEVEL * max(freedom, least)


def _rows(places: Sequence[int], now: Floats, known: Floats) -> tuple[int, int, int, int]:
    return int(now[places].sum()), int(now.sum()), int(known[places].sum()), int(known.sum())


def _given(case: Case, name: str, levels: Levels, by: str) -> Floats:
    """Return the rows that the reference would have of each level, with the batch's mix of another category."""
    ratios = weights(case, by, counted(case, by))
    rows = np.array([ratios[rows_of(case.reference, name, level)].sum() for level in levels.names])
    return np.asarray(rows * levels.known.sum() / max(1e-9, float(rows.sum())))
