"""Intervals by empirical likelihood for means under importance weights.

A weight has mean 1 whatever the data, and knowing so is worth as much as many rows. The
likelihood may also put mass on pairs of weight and reward that were possible and did not
occur, so that a log in which the heaviest weights happened to meet no reward does not look
sure of itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize
import scipy.special
from numpy.typing import NDArray

from clientela.domain.estimate import Estimate
from clientela.statistics.intervals import LEVEL

FloatArray = NDArray[np.float64]

METHOD = "empirical likelihood"
CORNER = 1e-3
"""Rows that each possible but unseen extreme counts for: enough to keep it possible, too little to move the answer."""
STEPS = 60
CLOSE = 1e-9
NEAR = 1e-5
"""How exact an end is, as a share of its distance from the middle and of itself."""
LEAST = 1e-150
"""Largest size below which a column is all 0: its inverse could not be calculated with."""
STRETCH = 2.0
MOST_STRETCHES = 60
_quantile: Any = scipy.special.stdtrit
_root: Any = scipy.optimize.brentq


def effective_size(weights: FloatArray) -> float:
    """Return how many rows of equal weight would tell as much (Kish 1965): the squared sum by the sum of squares.

    Args:
        weights: Not negative, one per row.

    Returns:
        1 to the number of rows; 0 where all weights are 0.

    >>> effective_size(np.array([1.0, 1.0, 0.0])), effective_size(np.ones(5))
    (2.0, 5.0)
    """
    largest = float(weights.max(initial=0.0))
    if largest == 0.0:
        return 0.0
    scaled = weights / largest
    return float(scaled.sum() ** 2 / (scaled @ scaled))


def likelihood_interval(
    scores: FloatArray,
    weights: FloatArray,
    value: float,
    corners: FloatArray,
    units: NDArray[Any] | None = None,
) -> Estimate:
    """Return the interval of a mean of scores, knowing that weights have mean 1.

    Empirical likelihood (Owen 1990), for importance weights as in Karampatziakis, Langford and Mineiro (2020).

    A value v belongs to the interval where twice the empirical log-likelihood ratio of "scores have mean v, weights
    have mean 1" stays below the squared t quantile with as many degrees of freedom as the effective sample has
    (Owen 2001, 2.6, has the same correction for the number of rows).

    Args:
        scores: One per row, such as weight times reward.
        weights: Importance weight of every row, not negative.
        value: The estimate to put in the interval.
        corners: Possible extremes as (score, weight), shape (corners, 2).
        units: Unit of every row, such as the visitor; each row is its own where None.

    Returns:
        The value with its interval; the ends are NaN with an effective size below 2.

    >>> rewards = np.tile([0.0, 1.0], 100)
    >>> likelihood_interval(rewards, np.ones(200), 0.5, np.array([[0.0, 1.0], [1.0, 1.0]]))
    0.5 [0.4306, 0.5694]
    """
    pairs = np.column_stack([scores, weights]).astype(np.float64)
    counts = np.ones(len(pairs))
    if units is not None:
        codes = np.unique(units, return_inverse=True)[1].reshape(-1)
        counts = np.bincount(codes).astype(np.float64)
        pairs = np.column_stack([np.bincount(codes, weights=column) for column in pairs.T])
    size, units_of = effective_size(pairs[:, 1]), len(pairs)
    if size < 2:
        return Estimate(value, math.nan, math.nan, n=units_of, method=METHOD)
    spread = max(float(np.std(pairs[:, 0])) / math.sqrt(units_of) / float(np.mean(counts)), CLOSE)
    # equal rows are one row that counts for several: logs have few different weights
    distinct, often = np.unique(np.column_stack([pairs, counts]), axis=0, return_counts=True)
    points, counts, rows_of = distinct[:, :2], distinct[:, 2], often.astype(np.float64)
    slopes, known = _ratio((points[:, 1] - counts)[:, None], corners[:, 1:] - 1.0, rows_of)
    # the weights alone are already unlikely by so much, whatever the mean of the scores is
    limit = known + float(_quantile(size - 1, 0.5 + LEVEL / 2)) ** 2 / 2
    shares = rows_of / (1.0 + slopes[0] * (points[:, 1] - counts))
    middle = float(shares @ points[:, 0] / (shares @ counts))
    last = np.array([0.0, slopes[0]])

    def ratio(level: float) -> float:
        nonlocal last
        gaps = np.column_stack([points[:, 0] - level * counts, points[:, 1] - counts])
        edges = np.column_stack([corners[:, 0] - level, corners[:, 1] - 1.0])
        last, found = _ratio(gaps, edges, rows_of, last)
        return found - limit

    bounds = float(corners[:, 0].min()), float(corners[:, 0].max())
    low = _end(ratio, middle, -spread, bounds[0])
    high = _end(ratio, middle, spread, bounds[1])
    return Estimate(value, min(low, value), max(high, value), n=units_of, method=METHOD)


def likelihood_ratio(gaps: FloatArray) -> float:
    """Return the empirical log-likelihood ratio of "the mean is 0" (Owen 1988); twice it is chi-square with one degree.

    Args:
        gaps: One number per independent unit.

    Returns:
        0 or more; infinite where all numbers lie on one side of 0.

    >>> likelihood_ratio(np.array([-1.0, 1.0])), likelihood_ratio(np.array([1.0, 2.0]))
    (0.0, inf)
    """
    if not gaps.any():
        return 0.0
    if gaps.min() >= 0 or gaps.max() <= 0:
        return math.inf
    return _ratio(gaps[:, None], np.empty((0, 1)), np.ones(len(gaps)))[1]


def _end(ratio: Callable[[float], float], middle: float, step: float, bound: float) -> float:
    """Return where the ratio crosses its limit, walking from the middle in growing steps."""
    inside, outside = middle, middle + step
    for _ in range(MOST_STRETCHES):
        if (outside - bound) * step >= 0:
            # nothing beyond the possible extremes can be the mean
            outside = bound
            break
        if ratio(outside) > 0:
            break
        inside, outside, step = outside, outside + STRETCH * step, STRETCH * step
    if ratio(outside) <= 0 or ratio(inside) >= 0:
        return outside if ratio(outside) <= 0 else inside
    return float(_root(ratio, inside, outside, xtol=NEAR * abs(outside - inside), rtol=NEAR))


def _ratio(
    rows: FloatArray, edges: FloatArray, counts: FloatArray, start: FloatArray | None = None
) -> tuple[FloatArray, float]:
    """Return slopes and empirical log-likelihood ratio of "every column has mean 0" (Owen 2001, 3.14).

    The ratio is the largest sum of log(1 + row @ slopes); the edges keep every possible row's factor above 0.
    """
    scale = np.abs(np.vstack([rows, edges])).max(axis=0)
    scale[scale < LEAST] = 1.0
    points = np.vstack([rows, edges]) / scale
    shares = np.concatenate([counts, np.full(len(edges), CORNER)])
    slopes, best = np.zeros(points.shape[1]), 0.0
    if start is not None and (1.0 + points @ (start * scale)).min() > 0:
        slopes = start * scale
        best = float(shares @ np.log1p(points @ slopes))
    for _ in range(STEPS):
        factors = 1.0 + points @ slopes
        pulls = shares / factors
        gradient = points.T @ pulls
        curve = (points * (pulls / factors)[:, None]).T @ points
        step = np.linalg.lstsq(curve, gradient, rcond=1e-12)[0]
        rise = float(gradient @ step)
        if rise < NEAR:
            break
        best, slopes = _stepped(points, shares, slopes, step, best)
    return slopes / scale, max(0.0, best)


def _stepped(
    points: FloatArray, shares: FloatArray, slopes: FloatArray, step: FloatArray, best: float
) -> tuple[float, FloatArray]:
    """Go along a Newton step as far as the sum rises."""
    length = 1.0
    for _ in range(STEPS):
        tried = slopes + length * step
        factors = 1.0 + points @ tried
        if factors.min() > 0:
            found = float(shares @ np.log(factors))
            if found > best:
                return found, tried
        length /= 2
    return best, slopes
