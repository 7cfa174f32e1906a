"""Intervals for shares and for any statistic, by resampling independent units.

The score interval agrees with statsmodels and scipy, the shares of draws below the ends of BCa with scipy on the same
draws, to nine digits (`bench/oracles.py`); with more than 40 units the acceleration is that of groups.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from clientela.domain.estimate import Estimate

FloatArray = NDArray[np.float64]

LEVEL = 0.95
JACKKNIFE_GROUPS = 40
MOST_BIAS = 2.0
"""Bound on the bias correction in normal quantiles: beyond it too few draws lie on one side to tell."""


def wilson(successes: float, n: float, level: float = LEVEL) -> Estimate:
    """Return a share with its score interval (Wilson 1927).

    Args:
        successes: How many of the n, 0 to n.
        n: Number of independent trials.
        level: Confidence level.

    Returns:
        The share with its interval; all NaN where n is 0.

    Raises:
        ValueError: Fewer than 0 or more than n successes.

    >>> wilson(5, 50)
    0.1 [0.04348, 0.2136]
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n} trials are not possible")
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, n=0, method="wilson", level=level)
    z = float(ndtri(0.5 + level / 2))
    share = float(successes) / float(n)
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Estimate(share, float(low), float(high), n=int(n), method="wilson", level=level)


def sure_share(found: Estimate, units: NDArray[Any]) -> Estimate:
    """Return a share with the score interval of its units where none or all was seen: resampling sees no spread there.

    Args:
        found: The share, with any interval.
        units: Unit of every row that the share is of.

    Returns:
        The same share; its interval is another one only where it is 0 or 1.

    >>> sure_share(Estimate(0.0, 0.0, 0.0, 12, "bootstrap by row", LEVEL), np.arange(12))
    0 [0, 0.2425]
    """
    if found.value not in {0.0, 1.0}:
        return found
    count = len(np.unique(units))
    return wilson(found.value * count, count)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """Return first less second of two estimates from rows that have nothing to do with each other.

    Each end is as far away as the ends of both that lead there, taken together as independent errors are (MOVER, Zou
    and Donner 2008): so ends that are not symmetric, as those of shares, keep their shape.

    Args:
        first: An estimate with its interval.
        second: Another one of the same level.

    >>> difference(Estimate(0.8, 0.77, 0.82, 90, "wilson"), Estimate(0.7, 0.66, 0.74, 50, "wilson"))
    0.1 [0.05, 0.1447]
    """
    gap = first.value - second.value
    low = gap - math.hypot(first.value - first.low, second.high - second.value)
    high = gap + math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(gap, low, high, min(first.n, second.n), "difference of independent estimates", first.level)


def bootstrap(
    statistic: Callable[[FloatArray], float],
    units: NDArray[Any],
    resamples: int = 500,
    seed: int = 0,
    unit: str = "row",
) -> Estimate:
    """Return a statistic with its interval by resampling whole units.

    The statistic is asked with one weight per row: how often the row's unit was drawn. So
    nothing is copied or sorted again in a resample, and a rank statistic prepared once
    (`scores.Ranking`) costs one pass over the rows. Units are drawn with replacement as
    often as there are units (Davison and Hinkley 1997, 3.8); the interval is BCa (Efron
    1987), its acceleration from a jackknife that leaves out a fortieth of the units at a time.

    Args:
        statistic: Takes weights (one per row, 1 for the data as they are), returns a number;
            NaN where a resample does not define it.
        units: Unit of every row, such as the visitor; any values that sort.
        resamples: Number of resamples.
        seed: Seed.
        unit: What a unit is, for the name of the method.

    Returns:
        The statistic on all rows with its interval; the ends are NaN with fewer than two
        units, or where fewer than half of the resamples define the statistic.

    >>> values = np.arange(100.0)
    >>> bootstrap(lambda w: float(w @ values / w.sum()), np.arange(100), seed=1).value
    49.5
    """
    return bootstrap_each(lambda weights: np.array([statistic(weights)]), units, resamples, seed, unit)[0]


def bootstrap_each(
    statistics: Callable[[FloatArray], FloatArray],
    units: NDArray[Any],
    resamples: int = 500,
    seed: int = 0,
    unit: str = "row",
    few: Sequence[int | None] = (),
) -> tuple[Estimate, ...]:
    """Return several statistics, each with its own interval, from the same resamples.

    A statistic of few among many units, as the ranking of the few that bought, varies less in resamples than in
    samples: by the root of (n - 1) / n of the few, and it has the tails of Student's t. Where `few` says so, the ends
    are taken as far out as both ask for ("expanded percentiles", Hesterberg 2015, 5.3).

    Args:
        statistics: Takes weights (one per row), returns an array of numbers.
        units: Unit of every row.
        resamples: Number of resamples.
        seed: Seed.
        unit: What a unit is, for the name of the method.
        few: For each number, in order, the units that it is a mean over; None, or nothing, where it is one over all.

    Returns:
        One estimate per number, each made as in `bootstrap`; the ends are NaN where the few are fewer than two.
    """
    names, codes = np.unique(units, return_inverse=True)
    codes = codes.reshape(-1)
    drawing = _Drawing(len(names), resamples, seed, unit)
    return _resampled(lambda counts: statistics(counts[codes]), drawing, few)


def bootstrap_ratio(
    top: FloatArray,
    bottom: FloatArray,
    units: NDArray[Any],
    resamples: int = 500,
    seed: int = 0,
    unit: str = "row",
) -> Estimate:
    """Return sum(top) / sum(bottom) with its interval by resampling whole units.

    Means (bottom all 1) and shares of a total are such ratios; only sums per unit are needed.

    Args:
        top: One number per row.
        bottom: One number per row, not negative.
        units: Unit of every row.
        resamples: Number of resamples.
        seed: Seed.
        unit: What a unit is, for the name of the method.

    Returns:
        The ratio with its interval, made as in `bootstrap`; NaN where the bottom is 0.

    >>> bootstrap_ratio(np.array([1.0, 0, 1, 0]), np.ones(4), np.arange(4)).value
    0.5
    """
    names, codes = np.unique(units, return_inverse=True)
    codes = codes.reshape(-1)
    tops = np.bincount(codes, weights=np.asarray(top, dtype=np.float64), minlength=len(names))
    bottoms = np.bincount(codes, weights=np.asarray(bottom, dtype=np.float64), minlength=len(names))

    def ratio(counts: FloatArray) -> FloatArray:
        whole = float((counts * bottoms).sum())
        return np.array([float((counts * tops).sum()) / whole if whole > 0 else math.nan])

    return _resampled(ratio, _Drawing(len(names), resamples, seed, unit))[0]


@dataclass(frozen=True)
class _Drawing:
    """How many units there are, how often and by which seed they are drawn, and what one is called."""

    units: int
    resamples: int
    seed: int
    unit: str


def _resampled(
    statistics: Callable[[FloatArray], FloatArray], drawing: _Drawing, few: Sequence[int | None] = ()
) -> tuple[Estimate, ...]:
    """Return estimates of statistics that take one count per unit."""
    units = drawing.units
    values = np.asarray(statistics(np.ones(units)), dtype=np.float64)
    rng = np.random.default_rng(drawing.seed)
    draws = np.full((drawing.resamples, len(values)), math.nan)
    if units >= 2:
        for index in range(drawing.resamples):
            drawn = np.bincount(rng.integers(0, units, size=units), minlength=units)
            draws[index] = statistics(drawn.astype(np.float64))
    accelerations = _accelerations(statistics, units, len(values), rng)
    found = []
    for value, column, acceleration, n in zip_longest(values, draws.T, accelerations, few):
        ends = _ends(float(value), column, float(acceleration), _far(n))
        found.append(Estimate(float(value), *ends, units, f"bootstrap by {drawing.unit}"))
    return tuple(found)


def _far(few: int | None) -> float:
    """Return how many standard errors the ends are away: more where the units are few, NaN where they are below two."""
    if few is None:
        return float(ndtri(0.5 + LEVEL / 2))
    return float(stdtrit(few - 1, 0.5 + LEVEL / 2)) * math.sqrt(few / (few - 1)) if few >= 2 else math.nan


def _accelerations(
    statistics: Callable[[FloatArray], FloatArray], units: int, width: int, rng: np.random.Generator
) -> FloatArray:
    """Return the accelerations of BCa from a jackknife over groups of units."""
    groups = min(JACKKNIFE_GROUPS, units)
    if groups < 3:
        return np.zeros(width)
    member = rng.permutation(units) % groups
    left = np.array([statistics(np.asarray(member != group, dtype=np.float64)) for group in range(groups)])
    gaps = left.mean(axis=0) - left
    spread = (gaps**2).sum(axis=0) ** 1.5
    skew = (gaps**3).sum(axis=0)
    known = np.isfinite(skew) & (spread > 0)
    return np.asarray(np.divide(skew, 6 * spread, out=np.zeros(width), where=known))


def _ends(value: float, draws: FloatArray, acceleration: float, far: float) -> tuple[float, float]:
    """Return the ends of the BCa interval of one statistic."""
    finite = draws[np.isfinite(draws)]
    if not math.isfinite(value + far) or 2 * len(finite) < max(1, len(draws)) or len(finite) == 0:
        return math.nan, math.nan
    below = (np.count_nonzero(finite < value) + 0.5 * np.count_nonzero(finite == value)) / len(finite)
    bias = float(np.clip(ndtri(below), -MOST_BIAS, MOST_BIAS))
    ends = []
    for z in (-far, far):
        scale = 1 - acceleration * (bias + z)
        moved = bias + (bias + z) / scale if scale > 0 else math.copysign(math.inf, bias + z)
        # Of n draws the k-th smallest stands for k / (n + 1) of them (Davison and Hinkley 1997, 5.2.1); numpy's own
        # way takes it for (k - 1) / (n - 1), and the ends come too near.
        ends.append(float(np.quantile(finite, ndtr(moved), method="weibull")))
    return min(ends[0], value), max(ends[1], value)
