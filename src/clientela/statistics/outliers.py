"""Outliers and tails, robust against the very rows they look for.

Bounds agree with pandas and scipy to nine digits (`bench/oracles.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FAR_OUT = 3.0


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
