"""Whether two samples come from one population: counts, shares, distributions, with what may be called large."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from clientela.statistics.tails import binomial_tail, chi_square_tail, normal_tail

Floats = NDArray[np.float64]

LEAST_EXPECTED = 5.0
"""Bins with a smaller pooled expectation are joined (Cochran 1954)."""

FLAT = 1e-12
"""Standard deviation, by the largest value, up to which values are one and the same but for rounding."""

LEAST_KNOWN = 100
"""Values from which a density is estimated."""

WIDTH, PLACES = 1.7, 512
"""Width of the kernel in Silverman's units, and places at which the density is known; it is rather smooth, for slopes
are rougher than densities."""

WORTH_IT = 1.1
"""Gain over plain means from which the density is used; it was estimated, and looks a little better than it is."""


def rate_p(found: int, size: int, known: int, base: int) -> float:
    """Return the two-sided p-value that two shares are one (conditional binomial test, Przyborowski and Wilenski 1940).

    Given the sum of both counts, the first is binomial with the share of its sample; exact for rare events, and
    conservative where the shares are large.

    Args:
        found: Events in the first sample.
        size: Rows of the first sample.
        known: Events in the second sample.
        base: Rows of the second sample.

    Returns:
        Twice the smaller tail, at most 1.

    >>> rate_p(0, 100, 0, 100), rate_p(10, 100, 0, 1000) < 1e-9
    (1.0, True)
    """
    total = found + known
    if total == 0 or size == 0 or base == 0:
        return 1.0
    share = size / (size + base)
    # the tail on the other side of the median, which lies within one of the mean, is above a half
    upper = binomial_tail(found, total, share) if found > total * share - 1.0 else 1.0
    lower = binomial_tail(known, total, 1.0 - share) if found < total * share + 1.0 else 1.0
    return min(1.0, 2.0 * min(lower, upper))


def share_p(found: int, size: int, known: int, base: int) -> float:
    """Return `rate_p` of the rarer side of two shares, which is nearly exact, be they small or large.

    >>> share_p(98, 100, 900, 1000) == rate_p(2, 100, 100, 1000)
    True
    """
    rare = 2 * (found + known) <= size + base
    return rate_p(found, size, known, base) if rare else rate_p(size - found, size, base - known, base)


def homogeneity(batch: Floats, base: Floats) -> tuple[float, int]:
    """Return the chi-square of two count vectors and its degrees of freedom; sparse bins are joined.

    Args:
        batch: Counts per bin of the first sample.
        base: Counts per bin of the second, which may be weighted.

    Returns:
        Statistic and degrees of freedom; (0, 0) where nothing can be compared.

    >>> homogeneity(np.array([50.0, 50.0]), np.array([500.0, 500.0]))
    (0.0, 1)
    """
    if batch.sum() <= 0 or base.sum() <= 0:
        return 0.0, 0
    statistics, freedoms = homogeneities(batch, base[None, :])
    return float(statistics[0]), int(freedoms[0])


def homogeneities(batch: Floats, bases: Floats) -> tuple[Floats, Floats]:
    """Return `homogeneity` of one count vector with several others, one a row; all hold something.

    >>> homogeneities(np.array([50.0, 50.0]), np.array([[500.0, 500.0], [500.0, 0.0]]))[1].tolist()
    [1.0, 1.0]
    """
    size, known = float(batch.sum()), bases.sum(axis=1, keepdims=True)
    total = batch + bases
    kept = total * np.minimum(size, known) / (size + known) >= LEAST_EXPECTED
    gap = np.sqrt(known / size) * batch - np.sqrt(size / known) * bases
    rest, rest_total = np.where(kept, 0.0, gap).sum(axis=1), np.where(kept, 0.0, total).sum(axis=1)
    statistics = np.sum(np.where(kept, gap * gap / np.where(kept, total, 1.0), 0.0), axis=1)
    statistics = statistics + rest * rest / np.where(rest_total > 0, rest_total, 1.0)
    freedoms = kept.sum(axis=1) + (rest_total > 0) - 1
    return np.where(freedoms > 0, statistics, 0.0), np.maximum(freedoms, 0).astype(np.float64)


def homogeneity_p(batch: Floats, base: Floats) -> float:
    """Return the p-value of `homogeneity`.

    >>> homogeneity_p(np.array([90.0, 10.0]), np.array([500.0, 500.0])) < 1e-9
    True
    """
    statistic, freedom = homogeneity(batch, base)
    return chi_square_tail(freedom, statistic) if freedom else 1.0


def normal_p(score: float) -> float:
    """Return the two-sided p-value of a standard normal score.

    >>> round(normal_p(1.959964), 4)
    0.05
    """
    return 2.0 * normal_tail(abs(score))


def moved(batch: Floats, base: Floats) -> float:
    """Return how far the mean of one sample lies from the other's, in standard errors (Welch 1947).

    >>> moved(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]))
    0.0
    """
    if batch.size < 3 or base.size < 3:
        return 0.0
    error = math.sqrt(float(batch.var(ddof=1)) / batch.size + float(base.var(ddof=1)) / base.size)
    gap = float(batch.mean() - base.mean())
    return gap / error if error > 0 else 0.0


def shifted(batch: Floats, base: Floats) -> float:
    """Return how far one sample was moved from the other's place, in standard errors, whatever its law.

    The means are compared of what each value says of a shift: the slope of the log density that is estimated from the
    base (score test of location; Stone 1975). For a normal law that is the value itself, for one with a long tail the
    tail says less. Where the density gains little, the values themselves are compared. The spread is the base's for
    both samples, as it is without a shift: that of a small sample is too uncertain for small chances.

    Args:
        batch: Values of the first sample.
        base: Values of the second, which gives the law.

    >>> rng = np.random.default_rng(0)
    >>> shifted(rng.standard_t(2, 200) + 0.5, rng.standard_t(2, 2000)) > 4
    True
    """
    spread = float(base.std()) if base.size > 2 else 0.0
    if batch.size < 3 or spread <= FLAT * float(np.abs(base).max()):
        return 0.0
    if base.size >= LEAST_KNOWN:
        grid, scores = _scores(base)
        step = 0.1 * spread
        now, up, down = (np.interp(base + by, grid, scores) for by in (0.0, step, -step))
        slope, noise = float((up - down).mean()) / (2 * step), float(now.std())
        if noise > 0 and slope / noise >= WORTH_IT / spread:
            return _apart(np.interp(batch, grid, scores), now)
    return _apart(batch, base)


def _apart(batch: Floats, base: Floats) -> float:
    """Return how far two means lie apart, in standard errors of samples that have the spread of the second."""
    return float(batch.mean() - base.mean()) / (float(base.std()) * math.sqrt(1 / batch.size + 1 / base.size))


def _scores(base: Floats) -> tuple[Floats, Floats]:
    """Return places, and the falling slope of the log of the smoothed density at each of them."""
    low, high = np.quantile(base, [0.25, 0.75])
    width = WIDTH * min(float(base.std()), float(high - low) / 1.349 or float(base.std())) * base.size**-0.2
    edges = np.linspace(base.min() - 4 * width, base.max() + 4 * width, PLACES + 1)
    counts = np.histogram(base, edges)[0].astype(np.float64)
    grid = (edges[1:] + edges[:-1]) / 2
    reach = np.arange(-int(4 * width / (grid[1] - grid[0])) - 1, int(4 * width / (grid[1] - grid[0])) + 2)
    offsets = reach * (grid[1] - grid[0]) / width
    kernel = np.exp(-0.5 * offsets**2)
    density = np.convolve(counts, kernel, mode="same") + kernel.sum() * 1e-3
    slope = np.convolve(counts, -offsets / width * kernel, mode="same")
    return grid, -slope / density
