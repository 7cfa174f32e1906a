"""Whether effects of several groups differ at all, where each then lies, and where the next will.

Sources: Cochran (1954) for Q; DerSimonian and Laird (1986) for the spread between groups; Efron and Morris (1975)
for drawing each estimate to the common one; Higgins, Thompson and Spiegelhalter (2009) for the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr

Floats = NDArray[np.float64]

_root: Any = scipy.optimize.brentq

LEVEL = 0.95
SCALE = 0.1
"""Scale, and median, of what is thought of a common spread of logarithms of ratios before any is seen: about as far as
the best forecasts of monthly and quarterly series are off (Makridakis, Spiliotis and Assimakopoulos 2020, M4)."""
WIDEST = 2.0
"""Spreads up to this one are looked at, or up to four times the largest error."""
STEPS = 400
"""Spreads that are looked at."""


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


def reach(errors: Floats, variances: Floats, own: float, level: float = LEVEL) -> float:
    """Return how far from 0 the next error will lie at most, from a few past ones.

    Past errors are normal around 0 with their known variance and one more in common, which nothing tells but the
    errors themselves; its root is half-Cauchy before any was seen (Gelman 2006), which leaves
    room for the wildest. What comes next is the mixture of normals over all it may be (Higgins, Thompson and
    Spiegelhalter 2009), so few errors make it long-tailed.

    Args:
        errors: Past errors, as logarithms of ratios.
        variances: The part of the variance of each that is known.
        own: The same of the next one; above 0.
        level: Probability with which it is nearer.

    >>> round(reach(np.empty(0), np.empty(0), 0.01), 2), round(reach(np.full(4, 0.1), np.zeros(4), 0.0001), 2)
    (0.67, 0.26)
    """
    seen, known = np.asarray(errors, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    most = max(WIDEST, 4 * float(np.abs(seen).max(initial=0.0)))
    common = (np.arange(STEPS) + 0.5) / STEPS * most
    spread = common[:, None] ** 2 + known
    fits = -(np.log(spread) + seen**2 / spread).sum(axis=1) / 2 - np.log1p((common / SCALE) ** 2)
    weight = np.exp(fits - fits.max())
    weight /= weight.sum()
    deviation = np.sqrt(common**2 + own)

    def beyond(far: float) -> float:
        return float((weight * ndtr(-far / deviation)).sum()) - (1 - level) / 2

    return float(_root(beyond, 0.0, 40 * float(deviation.max())))
