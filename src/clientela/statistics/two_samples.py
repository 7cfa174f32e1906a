"""Whether two samples come from one population: counts, shares, distributions, with what may be called large."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

LEAST_EXPECTED = 5.0
"""Bins with a smaller pooled expectation are joined (Cochran 1954)."""


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
    lower = float(special.bdtr(found, total, share))
    upper = 1.0 - float(special.bdtr(found - 1, total, share)) if found > 0 else 1.0
    if found > 0 and upper < 1e-12:
        upper = float(special.bdtrc(found - 1, total, share))
    return min(1.0, 2.0 * min(lower, upper))


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
    size, known = float(batch.sum()), float(base.sum())
    if size <= 0 or known <= 0:
        return 0.0, 0
    pooled = (batch + base) * min(size, known) / (size + known)
    thin = pooled < LEAST_EXPECTED
    kept_batch = np.append(batch[~thin], batch[thin].sum())
    kept_base = np.append(base[~thin], base[thin].sum())
    total = kept_batch + kept_base
    held = total > 0
    first, second, total = kept_batch[held], kept_base[held], total[held]
    if total.size < 2:
        return 0.0, 0
    gap = math.sqrt(known / size) * first - math.sqrt(size / known) * second
    return float(np.sum(gap * gap / total)), int(total.size - 1)


def homogeneity_p(batch: Floats, base: Floats) -> float:
    """Return the p-value of `homogeneity`.

    >>> homogeneity_p(np.array([90.0, 10.0]), np.array([500.0, 500.0])) < 1e-9
    True
    """
    statistic, freedom = homogeneity(batch, base)
    return float(special.chdtrc(freedom, statistic)) if freedom else 1.0


def normal_p(score: float) -> float:
    """Return the two-sided p-value of a standard normal score.

    >>> round(normal_p(1.959964), 4)
    0.05
    """
    return float(2.0 * special.ndtr(-abs(score)))


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
