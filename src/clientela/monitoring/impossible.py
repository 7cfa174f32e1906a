"""Numbers where the reference has none: below zero, or far beyond both of its ends."""

from __future__ import annotations

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Flags, Floats, Kind
from clientela.monitoring.fitting import SHARES, binned
from clientela.monitoring.restored import MOST, SPANS_OF_BITS
from clientela.monitoring.transforms import LARGE
from clientela.statistics.two_samples import homogeneity, rate_p

LEAST, KNOWN = 5, 500
"""Rows that must lie there, and rows of the reference from which it tells where nothing lies."""

FAR = 3.0
"""Ranges of the reference beyond either end: the largest of a heavy tail seldom grows so far, and few of them do."""

LEAST_VALUES, LIKELY, SAME, NEARER = 4, 3, 1e-6, 0.5
"""Different values that must be multiples by one number, how many of the commonest values they are held against,
relative distance of numbers that are one, and part of the chi-square that they may leave once they are put back."""

QUARTERS = (0.25, 0.5, 0.75)

AS_BEFORE, FEW = 1e-3, 20
"""Chance above which values with their sign turned are the reference's, and values that tell it."""


def beyond_all(case: Case, name: str) -> Flags:
    """Return which rows lie where no row of the reference does, whatever the season: below zero, or far beyond it."""
    known, now = (side.numbers[name] for side in (case.reference, case.batch))
    held = known[~np.isnan(known)]
    if held.size < KNOWN:
        return np.zeros(now.size, dtype=np.bool_)
    low, high = float(held.min()), float(held.max())
    with np.errstate(invalid="ignore", over="ignore"):
        reach = FAR * (high - low)
        below = now < 0 if low >= 0 else now < low - reach
        beyond: Flags = below | (now > high + reach)
    return beyond


def search_impossible(case: Case, *, named: bool) -> None:
    """Look for numbers where there were none, too few for their distribution to show it, and name what put them there.

    Counters that begin anew below zero and signs that were turned are named; the rest is unknown.

    Args:
        case: The batch.
        named: Whether only few numbers are looked at of which the cause is known: of so few rows no other search
            tries the share of a change.
    """
    terms = case.terms(Kind.NUMBER)
    for term in terms:
        odd = beyond_all(case, term.name)
        count, (size, base) = int(odd.sum()), case.sizes
        if count < max(LEAST, FLOOR * size) or rate_p(count, size, 0, base) > case.alpha(len(terms)):
            continue
        values = case.batch.numbers[term.name][odd]
        cause, words = _named(case.reference.numbers[term.name], case.batch.numbers[term.name][~odd], values)
        if named and (cause is Cause.UNKNOWN or count > min(SHARES) * size):
            continue
        where = "below zero" if bool((values < 0).all()) else "far beyond all that it held"
        evidence = {"rows": count, "share": count / size, "lowest": float(values.min()), "highest": float(values.max())}
        causes = (Cause.OVERFLOW, Cause.UNIT_SCALE, Cause.METRIC_DEFINITION)
        others = tuple(one for one in causes if one is not cause)
        case.add(Found(cause, (term.name,), evidence, odd, others, f"lies {where} in {count:,} rows{words}"))


def by_one_factor(known: Floats, now: Floats) -> tuple[float, Flags]:
    """Return the number by which values that were never there are multiples of the values there were, and their rows.

    A share in eighths holds whole numbers up to 8 where it held 100, 87.5 and so on: put back all are known again, and
    the distribution is as it was, or much nearer to it. 1, and no rows, where there is no such number.

    Args:
        known: Values of the reference.
        now: Values of the batch.
    """
    none = 1.0, np.zeros(now.size, dtype=np.bool_)
    levels, counts = np.unique(known[~np.isnan(known) & (known != 0)], return_counts=True)
    fresh, rows = np.unique(now[~np.isnan(now) & (now != 0) & ~np.isin(now, known)], return_counts=True)
    if levels.size < LEAST_VALUES or fresh.size < LEAST_VALUES:
        return none
    likely = levels[np.argsort(-counts, kind="stable")[:LIKELY]]
    for factor in (float(fresh[rows.argmax()]) / likely).tolist():
        back = fresh / factor
        places = np.clip(np.searchsorted(levels, back), 1, levels.size - 1)
        near = np.minimum(np.abs(levels[places - 1] - back), np.abs(levels[places] - back))
        fits = near <= SAME * np.abs(back)
        large = max(abs(factor), 1 / abs(factor)) >= LARGE
        if not large or fits.sum() < LEAST_VALUES or rows[fits].sum() <= MOST * rows.sum():
            continue
        changed = np.isin(now, fresh[fits])
        left, start = (homogeneity(*binned(known, part))[0] for part in (np.where(changed, now / factor, now), now))
        if left < NEARER * start:
            return factor, changed
    return none


def _named(known: Floats, now: Floats, values: Floats) -> tuple[Cause, str]:
    """Return what may have put the values there: a sign that was turned, or a counter that began anew."""
    held = known[~np.isnan(known)]
    low, high = float(held.min()), float(held.max())
    tried = [(Cause.METRIC_DEFINITION, ", as with the sign turned", -values, held)]
    for span in SPANS_OF_BITS:
        # a type that holds the half below zero: what is beyond its largest number begins anew at its least
        inside, most = held[(held >= span / 2) & (held < span)], span / 2 - 1
        if inside.size >= FEW and values.min() >= -span / 2:
            words = f", as numbers beyond {most:,.0f} that begin anew"
            tried.append((Cause.OVERFLOW, words, values + span, inside))
    # the sign first: there are many types, one of which fits few values by chance
    for cause, words, back, whole in tried:
        inside_range = np.mean((back >= low) & (back <= high)) > MOST
        told = inside_range and (values.size >= FEW or not np.any(now >= whole.min()))
        if told and _alike(whole, back) > AS_BEFORE:
            return cause, words
    return Cause.UNKNOWN, ""


def _alike(known: Floats, values: Floats) -> float:
    """Return the chance that few values are of a law, by the shares beyond its quarters; bins would be too sparse."""
    sizes = values.size, known.size
    beyond = ((int((values > end).sum()), int((known > end).sum())) for end in np.quantile(known, QUARTERS))
    return len(QUARTERS) * min(rate_p(now, sizes[0], before, sizes[1]) for now, before in beyond)
