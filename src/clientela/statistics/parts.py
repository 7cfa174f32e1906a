"""How a part of the rows differs from what was expected of it, and from the other rows.

Tails of counts agree with their convolution to ten digits (`tests/statistics/test_parts.py`).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr, stdtrit

from clientela.domain.estimate import Estimate
from clientela.statistics.intervals import LEVEL, wilson

FloatArray = NDArray[np.float64]
Flags = NDArray[np.bool_]

EXACT = 100.0
"""Variance of a count up to which its distribution is worked out whole; above it is normal but for its skewness."""
FAR = 12
"""Standard deviations from the mean beyond which a count is not met."""
FEWEST = 2
"""Units that a spread is seen in."""


def count_chance(chances: FloatArray, seen: int) -> float:
    """Return how likely a count as far from its mean as this one is, where every row has a chance of its own.

    The count is Poisson-binomial; twice the smaller tail, the count itself included. Up to a variance of 100 its
    distribution is worked out from the characteristic function (Hong 2013), above it is the normal one with its
    skewness (Volkova 1996).

    Args:
        chances: Chance of every row, 0 to 1.
        seen: How many rows it came true for.

    >>> round(count_chance(np.full(126, 2.65 / 126), 1), 2)
    0.51
    """
    mean, variance = float(chances.sum()), float((chances * (1 - chances)).sum())
    if variance <= EXACT:
        below, above = _tails(chances, seen, mean, math.sqrt(variance))
    else:
        skewness = float((chances * (1 - chances) * (1 - 2 * chances)).sum()) / variance**1.5
        at_most, fewer = (_skewed((seen + step - mean) / math.sqrt(variance), skewness) for step in (0.5, -0.5))
        below, above = at_most, 1 - fewer
    return float(min(1.0, 2 * max(0.0, min(below, above))))


def _tails(chances: FloatArray, seen: int, mean: float, deviation: float) -> tuple[float, float]:
    """Return the chances of at most and of at least the count, from as many counts around the mean as can be met."""
    reach = math.ceil(FAR * deviation) + 2
    first, width = max(0, math.floor(mean) - reach), 2 * reach + 2
    if not first <= seen < first + width:
        return (0.0, 1.0) if seen < first else (1.0, 0.0)
    turns = np.exp(2j * math.pi * np.arange(width) / width)
    whole = np.ones(width, dtype=np.complex128)
    for start in range(0, len(chances), 1024):
        whole *= (1 + chances[start : start + 1024, None] * (turns - 1)).prod(axis=0)
    # the counts come round after `width`, and no two that can be met share a place
    places = np.clip(np.fft.fft(whole).real / width, 0, 1)
    met = places[(first + np.arange(width)) % width]
    place = seen - first
    return float(met[: place + 1].sum()), float(met[place:].sum())


def _skewed(far: float, skewness: float) -> float:
    """Return the share of counts up to so many deviations from the mean."""
    return float(ndtr(far) + skewness * (1 - far**2) * math.exp(-(far**2) / 2) / (6 * math.sqrt(2 * math.pi)))


def gap_of(chances: FloatArray, seen: Flags, units: NDArray[Any]) -> tuple[Estimate, float]:
    """Return how much more is expected of a part than is seen, and how likely so much is by chance.

    The interval is a score interval (Wilson 1927), which holds where few are seen too, of as many rows as have the
    spread of the chances. Where rows of a unit go together there are as many fewer of them, by the sums of units
    (Korn and Graubard 1998), and both ends and chance are Student's of the units (those of equal size that would tell
    as much, Kish 1965).

    Args:
        chances: Chance of every row, 0 to 1.
        seen: Whether it came true.
        units: Unit of every row.

    Returns:
        Mean chance less share seen with its interval, and the two-sided chance; NaN where there is one unit.
    """
    rest = seen - chances
    row = max(float((chances * (1 - chances)).mean()), float(rest.var()))
    share, mean = float(seen.mean()), float(chances.mean())
    spread = max(share * (1 - share), mean * (1 - mean))
    found = _share(seen, units, (rest - rest.mean(), row, spread))
    gap = Estimate(mean - share, mean - found.high, mean - found.low, found.n, found.method, LEVEL)
    chance = count_chance(chances, int(seen.sum()))
    if found.n == len(seen):
        return gap, chance
    _, codes = np.unique(units, return_inverse=True)
    sums = np.bincount(codes.reshape(-1), weights=rest)
    if found.n < FEWEST:
        return gap, math.nan
    free = _alike(codes) - 1
    error = math.sqrt(_clustered(rest - rest.mean(), codes))
    far = abs(float(sums.sum())) / error if error > 0 else 0.0
    return gap, max(chance, 2 * float(stdtr(free, -far))) if free > 0 else math.nan


def share_of(seen: Flags, units: NDArray[Any]) -> Estimate:
    """Return the share of rows with its score interval, of as many rows as their units are worth (as `gap_of`).

    Args:
        seen: Whether it came true, per row.
        units: Unit of every row.
    """
    share = float(seen.mean())
    apart = (seen - share).astype(np.float64)
    return _share(seen, units, (apart, share * (1 - share), share * (1 - share)))


def _share(seen: Flags, units: NDArray[Any], spread: tuple[FloatArray, float, float]) -> Estimate:
    """Return the share seen; of `spread` the rows' distances, their variance, and that of a share of rows alike."""
    names, codes = np.unique(units, return_inverse=True)
    codes = codes.reshape(-1)
    apart, row, alike = spread
    rows, level = float(len(seen)), LEVEL
    if row > 0:
        rows *= alike / row
    if len(names) < len(seen):
        own = float((apart**2).sum())
        # where none or all was seen, nothing shows how far rows of a unit go together
        rows *= min(1.0, own / _clustered(apart, codes)) if own > 0 else len(names) / len(seen)
        free = _alike(codes) - 1
        level = 2 * float(ndtr(-stdtrit(free, (1 - LEVEL) / 2))) - 1 if free > 0 else math.nan
    share = float(seen.mean())
    if math.isnan(level):
        return Estimate(share, math.nan, math.nan, len(names), "wilson", LEVEL)
    found = wilson(share * rows, rows, min(level, 1 - 1e-12))
    return replace(found, value=share, n=len(names), level=LEVEL)


def _clustered(apart: FloatArray, codes: NDArray[np.int64]) -> float:
    """Return the variance of a sum of rows by the sums of their units; at least that of rows on their own."""
    sums = np.bincount(codes, weights=apart)
    return max(float((sums**2).sum()) * len(sums) / max(1, len(sums) - 1), float((apart**2).sum()))


def _alike(codes: NDArray[np.int64]) -> float:
    """Return how many units of equal size would tell as much."""
    sizes = np.bincount(codes).astype(np.float64)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def ranked_apart(scores: FloatArray, truth: Flags, inside: Flags, units: NDArray[Any]) -> tuple[Estimate, float, float]:
    """Return the area under the ROC curve of a part less that of the other rows.

    Its variance is that of DeLong, DeLong and Clarke-Pearson (1988), summed by unit (Obuchowski 1997), so that a unit
    may have rows on both sides; ends are Student's of the fewest units behind an area.

    Args:
        scores: Score of every row, higher meaning more likely true.
        truth: Whether it came true.
        inside: Rows of the part.
        units: Unit of every row.

    Returns:
        The gap with its interval, the area of the other rows, and the chance of a gap as far below 0 where both are
        ranked alike; NaN where one side of either has no two units.
    """
    names, codes = np.unique(units, return_inverse=True)
    codes = codes.reshape(-1)
    moves, areas, fewest = np.zeros(len(scores)), [], math.inf
    for part, sign in ((inside, 1.0), (~inside, -1.0)):
        place, yes = np.flatnonzero(part), truth[part]
        fewest = min([fewest, *(_alike(_dense(codes[place[side]])) if side.any() else 0.0 for side in (yes, ~yes))])
        if fewest == 0:
            return Estimate(math.nan, math.nan, math.nan, len(names), "DeLong", LEVEL), math.nan, math.nan
        area, pull = _pulls(scores[place], yes)
        areas.append(area)
        moves[place] = sign * pull
    gap = areas[0] - areas[1]
    error = math.sqrt(float((np.bincount(codes, weights=moves) ** 2).sum()))
    if fewest < FEWEST or error == 0:
        return Estimate(gap, math.nan, math.nan, len(names), "DeLong", LEVEL), areas[1], math.nan
    half = error * float(-stdtrit(fewest - 1, (1 - LEVEL) / 2))
    found = Estimate(gap, max(-1.0, gap - half), min(1.0, gap + half), len(names), "DeLong", LEVEL)
    return found, areas[1], float(stdtr(fewest - 1, gap / error))


def _dense(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(np.unique(codes, return_inverse=True)[1].reshape(-1), dtype=np.int64)


def _pulls(scores: FloatArray, yes: Flags) -> tuple[float, FloatArray]:
    """Return the area of rows, and how far each moves it."""
    parts = (scores[yes], scores[~yes])
    found = np.zeros(len(scores))
    area = 0.0
    for own, others, sign, side in ((*parts, 1.0, yes), (*parts[::-1], -1.0, ~yes)):
        ranked = np.sort(others)
        below = np.searchsorted(ranked, own, "left"), np.searchsorted(ranked, own, "right")
        share = (below[0] + below[1]) / (2 * len(others))
        area = float(share.mean()) if sign > 0 else area
        few = math.sqrt(len(own) / (len(own) - 1)) if len(own) > 1 else 1.0
        found[side] = sign * few * (share - share.mean()) / len(own)
    return area, found
