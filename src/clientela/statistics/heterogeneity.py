"""Whether effects of several groups differ at all, and where each then lies.

Sources: Cochran (1954) for Q; DerSimonian and Laird (1986) for the spread between groups; Efron and Morris (1975)
for drawing each estimate to the common one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Between:
    """What several estimates of one quantity say together.

    Attributes:
        p: p-value of "all the same".
        spread: Standard deviation of the true values between groups; 0 where chance explains all.
        common: The common value.
        drawn: Each estimate drawn to the common one.
        errors: Standard error of each drawn estimate.
    """

    p: float
    spread: float
    common: float
    drawn: Floats
    errors: Floats


def between(estimates: Floats, errors: Floats) -> Between:
    """Judge whether estimates differ, and draw them together as far as chance explains them.

    Args:
        estimates: One per group, two groups or more.
        errors: Standard error of each, above 0.

    Returns:
        What they say together.

    >>> found = between(np.array([1.0, 1.1, 0.9]), np.array([0.5, 0.5, 0.5]))
    >>> found.spread, found.drawn.round(3).tolist()
    (0.0, [1.0, 1.0, 1.0])
    """
    weights = 1 / errors**2
    mean = float((weights * estimates).sum() / weights.sum())
    q = float((weights * (estimates - mean) ** 2).sum())
    freedom = estimates.size - 1
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    square = max(0.0, (q - freedom) / float(scale))
    random = 1 / (errors**2 + square)
    common = float((random * estimates).sum() / random.sum())
    share = square / (square + errors**2)
    drawn = common + share * (estimates - common)
    spread_common = 1 / random.sum()
    variance = share * errors**2 + (1 - share) ** 2 * spread_common
    return Between(float(chdtrc(freedom, q)), square**0.5, common, drawn, np.sqrt(variance))
