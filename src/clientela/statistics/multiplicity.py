"""Many tests at once.

Adjusted p-values agree with statsmodels to nine digits (`bench/oracles.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values for the number of tests, so that the chance of any false one is kept (Holm 1979).

    Args:
        p_values: One p-value per test, 0 to 1; NaN stands for a test that was not made.

    Returns:
        Adjusted p-values in the same order; NaN stays NaN and does not count.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    adjusted = np.full(p_values.shape, np.nan)
    made = np.flatnonzero(~np.isnan(p_values))
    order = made[np.argsort(p_values[made], kind="stable")]
    steps = p_values[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def benjamini_hochberg(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values so that the expected share of false ones among those called is kept (1995).

    Args:
        p_values: One p-value per test, 0 to 1; NaN stands for a test that was not made.

    Returns:
        Adjusted p-values in the same order; NaN stays NaN and does not count.

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    adjusted = np.full(p_values.shape, np.nan)
    made = np.flatnonzero(~np.isnan(p_values))
    order = made[np.argsort(-p_values[made], kind="stable")]
    steps = p_values[order] * order.size / np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.minimum.accumulate(steps), 1.0)
    return adjusted
