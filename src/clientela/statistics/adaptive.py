"""Means of variants from logs whose assignment learned on the way.

A bandit shows less of what looked bad, so a variant with bad luck at first keeps its bad
mean: plain means are too low, and their intervals do not hold. Weighting each decision by
its propensity mends the mean but not the interval, as the weights grow where little is
shown; stabilised weights mend both.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.domain.estimate import Estimate
from clientela.statistics.intervals import LEVEL
from clientela.statistics.likelihood import effective_size

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

METHOD = "stabilised inverse propensity"
_quantile: Any = special.stdtrit


def stabilised(shown: BoolArray, chances: FloatArray, rewards: FloatArray, level: float = LEVEL) -> Estimate:
    """Return the mean reward of one variant from an adaptive log, with an interval that holds.

    Every decision counts by the root of its propensity, so that each adds about as much
    variance as any other (Hadad, Hirshberg, Zhan, Wager and Athey 2021, PNAS 118; Bibaut et
    al. 2021 for the theory with contexts). What is foreseen is the variant's mean before the
    decision. The interval is Student's, with as many degrees of freedom as large squares the variance rests on.

    Args:
        shown: Whether the variant was shown, one per decision, in the order in which they were made.
        chances: Probability with which it was to be shown, given all that came before; above 0.
        rewards: What came of the decision, in units of the reward.
        level: Confidence level of the interval.

    Returns:
        The mean in units of the reward; NaN where the variant was never shown.

    Raises:
        ValueError: A chance is not above 0 and at most 1.

    >>> shown = np.tile([True, False], 200)
    >>> round(stabilised(shown, np.full(400, 0.5), np.where(shown, 2.0, 0.0)).value, 1)
    2.0
    """
    value, parts = _parts(shown, chances, rewards)
    return _estimate(value, parts, level)


def stabilised_gap(
    first: tuple[BoolArray, FloatArray], second: tuple[BoolArray, FloatArray], rewards: FloatArray, level: float = LEVEL
) -> Estimate:
    """Return by how much the second variant's mean exceeds the first's, as in `stabilised`.

    Args:
        first: Whether the first variant was shown, and its chances.
        second: The same of the second.
        rewards: What came of the decisions.
        level: Confidence level of the interval.

    Returns:
        The difference in units of the reward; NaN where one of them was never shown.

    Raises:
        ValueError: A chance is not above 0 and at most 1.

    >>> shown = np.tile([True, False], 200)
    >>> half = np.full(400, 0.5)
    >>> round(stabilised_gap((shown, half), (~shown, half), np.where(shown, 2.0, 3.0)).value, 1)
    1.0
    """
    low, low_parts = _parts(*first, rewards)
    high, high_parts = _parts(*second, rewards)
    return _estimate(high - low, high_parts - low_parts, level)


def _estimate(value: float, parts: FloatArray, level: float) -> Estimate:
    # the variance is a sum of squares of which few may be large: so many it rests on, as for a t
    freedom = max(effective_size(parts**2) - 1, 1.0)
    half = float(_quantile(freedom, 0.5 + level / 2)) * float(np.sqrt(parts @ parts))
    return Estimate(value, value - half, value + half, n=len(parts), method=METHOD, level=level)


def _parts(shown: BoolArray, chances: FloatArray, rewards: FloatArray) -> tuple[float, FloatArray]:
    """Return the mean, and what each decision adds to its error."""
    if len(chances) == 0 or not ((chances > 0) & (chances <= 1)).all():
        raise ValueError("every chance must be above 0 and at most 1")
    if not shown.any():
        return math.nan, np.full(len(chances), math.nan)
    counts = np.concatenate([[0.0], np.cumsum(shown)[:-1]])
    sums = np.concatenate([[0.0], np.cumsum(np.where(shown, rewards, 0.0))[:-1]])
    # nothing is foreseen before the variant was shown once
    before = np.divide(sums, counts, out=np.zeros(len(counts)), where=counts > 0)
    scores = before + np.where(shown, (rewards - before) / chances, 0.0)
    weights = np.sqrt(chances)
    whole = float(weights.sum())
    value = float(weights @ scores / whole)
    return value, weights * (scores - value) / whole
