"""Outliers and tails, robust against the very rows they look for.

Bounds agree with pandas and scipy to nine digits (`bench/oracles.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

FAR_OUT = 3.0

BODY = 0.975
"""Quantile up to which a column must look like a bell on one scale, so that its tail can be foretold from it."""

HEAVIER = 3.8
"""How much further out than a bell's that quantile may lie, times the root of the rows: two standard errors of its
distance to the median in units of that of the ninth decile, as the normal distribution gives them."""

FALSE_SHARE = 0.05
"""Largest share of false ones among the marked (Benjamini and Hochberg 1995)."""

ERROR = 1e-3
"""Chance that rows of a bell-shaped column are marked at all, over both ends."""

MOST = 0.02
LEAST_ROWS = 200


def fences(values: Floats, factor: float = FAR_OUT) -> tuple[float, float]:
    """Return the bounds beyond which a value is far out, wider on the side of the longer tail.

    Tukey's (1977) fences; where the quartile lies further from the median than half the
    interquartile range, that distance takes its place (Kimber 1990), so that a skewed column is not all outliers.

    Args:
        values: Finite numbers.
        factor: Interquartile ranges beyond the quartile; 3 is Tukey's "far out".

    Returns:
        Lower and upper bound in the unit of the values; infinite where the quartiles are
        equal, and without values.

    >>> fences(np.arange(101.0))
    (-125.0, 225.0)
    """
    if values.size == 0:
        return -np.inf, np.inf
    low, middle, high = (float(q) for q in np.quantile(values, [0.25, 0.5, 0.75]))
    if low == high:
        return -np.inf, np.inf
    below, above = max(high - low, 2 * (middle - low)), max(high - low, 2 * (high - middle))
    return low - factor * below, high + factor * above


def outlying(values: Floats) -> NDArray[np.bool_]:
    """Mark values that are far out both as they are and, where all are positive, on the log scale.

    A lognormal column has a long tail but no outliers; a slip of the decimal point is out
    on both scales. Zeros are left aside where they are a quarter of the values or more.

    Args:
        values: Finite numbers.

    Returns:
        One flag per value.
    """
    zero = values == 0
    main = values[~zero] if zero.mean() >= 0.25 else values
    lower, upper = fences(main)
    flags = (values < lower) | (values > upper)
    if main.size and main.min() > 0:
        low, high = fences(np.log(main))
        with np.errstate(divide="ignore"):
            logs = np.log(values)
        flags &= (logs < low) | (logs > high)
    result: NDArray[np.bool_] = flags & ~zero
    return result


def beyond(values: Floats) -> NDArray[np.bool_]:
    """Mark values that are more, and further out, than the body of the column allows.

    The scale (plain, square or cube root, logarithm) is chosen on which the deciles lie evenly around the
    median. Where the body up to the quantile .975 is no wider there than a normal distribution's, its tail
    is foretold: of the values from some point on as many are expected by chance as the normal tail holds. They are
    marked where that is at most 5 % of them (tail-area false discovery rate, Efron 2010) and so many would come by
    chance (Poisson, Bonferroni over the points) once in a thousand columns at most. Columns with heavier tails,
    or with less than 200 different values, have none.

    Args:
        values: Finite numbers.

    Returns:
        One flag per value, at most 2 % at each end.
    """
    flags = np.zeros(values.size, dtype=bool)
    zero = (values == 0) & ((values == 0).mean() >= 0.25)
    main = values[~zero]
    if main.size < LEAST_ROWS or np.unique(main).size < LEAST_ROWS:
        return flags
    found = np.zeros(main.size, dtype=bool)
    for sign in (1.0, -1.0):
        found |= _beyond_one_end(sign * _even(main))
    flags[~zero] = found
    return flags


def _even(values: Floats) -> Floats:
    """Return the values on the scale on which the outer deciles lie most evenly around the median."""
    if values.min() <= 0:
        return values
    scales = [values, np.sqrt(values), np.cbrt(values), np.log(values)]
    skew = []
    for scale in scales:
        low, middle, high = np.quantile(scale, [0.1, 0.5, 0.9])
        skew.append(abs(high + low - 2 * middle) / max(high - low, 1e-300))
    return scales[int(np.argmin(skew))]


def _beyond_one_end(values: Floats) -> NDArray[np.bool_]:
    middle, tenth, outer = np.quantile(values, [0.5, 0.9, BODY])
    spread = float(tenth - middle) / float(special.ndtri(0.9))
    flags = np.zeros(values.size, dtype=bool)
    wider = 1 + HEAVIER / np.sqrt(values.size)
    if spread <= 0 or (outer - middle) / spread > wider * special.ndtri(BODY):
        return flags
    most = max(1, int(MOST * values.size))
    order = np.argsort(-values, kind="stable")[:most]
    expected = values.size * special.ndtr(-(values[order] - middle) / spread)
    count = np.arange(1, most + 1)
    chance = special.gammainc(count, expected)  # Poisson: so many or more
    fits = (expected <= FALSE_SHARE * count) & (chance <= ERROR / (2 * most))
    if fits.any():
        flags[order[: int(np.flatnonzero(fits)[-1]) + 1]] = True
    return flags


def unusual_rows(columns: Floats, correlation: Floats) -> NDArray[np.bool_]:
    """Mark rows whose values are unusual together, each being usual on its own.

    Normal scores of ranks let no single value be far out; the squared Mahalanobis distance by their correlation
    is chi-squared where the columns are related as in a Gaussian copula. A row is marked where it is
    beyond that by Bonferroni over rows (error .1 %), and far out of the distances of the other rows: beyond Tukey's
    outer fence of their cube roots, which are nearly normal (Wilson and Hilferty 1931).

    Args:
        columns: Normal scores, shape (rows, columns), without gaps.
        correlation: Their correlation, shape (columns, columns).

    Returns:
        One flag per row.
    """
    rows, size = columns.shape
    values, vectors = np.linalg.eigh(correlation)
    held = values > 1e-6
    distance = ((columns @ vectors[:, held]) ** 2 / values[held]).sum(axis=1)
    level = float(special.chdtri(size, ERROR / rows))
    roots = np.cbrt(distance)
    _, high = fences(roots)
    result: NDArray[np.bool_] = (roots > high) & (distance > level)
    return result


def normal_scores(values: Floats) -> Floats:
    """Return the normal scores of the average ranks of some numbers (van der Waerden 1952).

    >>> normal_scores(np.array([3.0, 1.0, 2.0])).round(3)
    array([ 0.674, -0.674,  0.   ])
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[inverse]
    scores: Floats = special.ndtri(ranks / (values.size + 1))
    return scores


def top_share(values: Floats, share: float = 0.01) -> float:
    """Return what the largest `share` of rows hold of the total.

    Args:
        values: Numbers not below zero.
        share: Share of rows, 0 to 1; at least one row is taken.

    Returns:
        0 to 1; NaN where the total is zero or there are negatives.

    >>> top_share(np.ones(100))
    0.01
    """
    if values.size == 0 or values.min() < 0 or values.sum() <= 0:
        return float("nan")
    count = max(1, round(values.size * share))
    top = np.partition(values, values.size - count)[values.size - count :]
    return float(top.sum() / values.sum())
