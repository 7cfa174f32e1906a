"""How many units an experiment needs.

Sizes agree with statsmodels to the unit (`bench/oracles.py`).
"""

from __future__ import annotations

import math
from typing import Any

import scipy.optimize
from scipy.special import nctdtr, ndtri, stdtrit

_root: Any = scipy.optimize.brentq


def two_proportion_size(base: float, changed: float, power: float = 0.8, level: float = 0.95) -> int:
    """Return the units per arm that a two-sided test of two shares needs.

    Args:
        base: Share of successes without the change, strictly between 0 and 1.
        changed: Share with the change that is to be seen, strictly between 0 and 1.
        power: Chance of seeing it where it is there.
        level: Confidence level of the test.

    Returns:
        Units (independent visitors) per arm, rounded up.

    Raises:
        ValueError: A share is outside (0, 1), or the two are equal.

    Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions,
    equation 4.14, without the continuity correction.

    >>> two_proportion_size(0.05, 0.0525)
    122124
    """
    if not (0 < base < 1 and 0 < changed < 1):
        raise ValueError(f"both shares must lie between 0 and 1, not {base} and {changed}")
    if base == changed:
        raise ValueError("the two shares must differ")
    pooled = (base + changed) / 2
    spread = _two_sided(level) * math.sqrt(2 * pooled * (1 - pooled))
    spread += float(ndtri(power)) * math.sqrt(base * (1 - base) + changed * (1 - changed))
    return math.ceil((spread / (changed - base)) ** 2)


def two_mean_size(deviation: float, difference: float, power: float = 0.8, level: float = 0.95) -> int:
    """Return the units per arm that a two-sided test of two means needs (normal approximation).

    Args:
        deviation: Standard deviation of the measure in either arm, in its unit; above 0.
        difference: Difference of the means that is to be seen, in the same unit; not 0.
        power: Chance of seeing it where it is there.
        level: Confidence level of the test.

    Returns:
        Units (independent visitors) per arm, rounded up.

    Raises:
        ValueError: The deviation is not positive, or the difference is 0.

    Source: van Belle (2008), Statistical Rules of Thumb, equation 2.1.

    >>> two_mean_size(deviation=10, difference=1)
    1570
    """
    if not deviation > 0:
        raise ValueError(f"the deviation must be above 0, not {deviation}")
    if difference == 0:
        raise ValueError("the difference must not be 0")
    spread = _two_sided(level) + float(ndtri(power))
    return math.ceil(2 * (spread * deviation / difference) ** 2)


def student_size(effect: float, power: float = 0.8, level: float = 0.95) -> float:
    """Return the units per arm that Student's two-sided test needs, exact where few units make a t of a z.

    Args:
        effect: Difference of the means in standard deviations of either arm; not 0.
        power: Chance of seeing it where it is there.
        level: Confidence level of the test.

    Returns:
        Units per arm, not rounded.

    Raises:
        ValueError: The effect is 0, or so large that two units per arm do.

    Source: Cohen (1988), Statistical Power Analysis, chapter 2, by the noncentral t.

    >>> round(student_size(0.5), 2)
    63.77
    """
    if effect == 0:
        raise ValueError("the effect must not be 0")

    def short(units: float) -> float:
        freedom = 2 * units - 2
        away = abs(effect) * math.sqrt(units / 2)
        return float(power - nctdtr(freedom, -away, -float(stdtrit(freedom, (1 + level) / 2))))

    high = 2.0
    while short(high) > 0:
        high *= 2
    if high == 2.0:
        raise ValueError(f"an effect of {effect} needs fewer than two units per arm")
    return float(_root(short, high / 2, high))


def unequal_total(per_arm: int, share: float) -> int:
    """Return the units in all that are worth two equal arms, where one arm gets only a `share`.

    Args:
        per_arm: Units per arm where both arms are equal.
        share: Share of all units in the smaller arm, strictly between 0 and 1.

    Returns:
        Units of both arms together, rounded up; 2 x `per_arm` for a share of 0.5.

    Raises:
        ValueError: The share is outside (0, 1).

    Source: van Belle (2008), Statistical Rules of Thumb, section 2.7: the variance of the
    difference is proportional to 1/n1 + 1/n2.

    >>> unequal_total(900, 0.5), unequal_total(900, 0.1)
    (1800, 5000)
    """
    if not 0 < share < 1:
        raise ValueError(f"the share must lie between 0 and 1, not {share}")
    return math.ceil(round(per_arm * (1 / share + 1 / (1 - share)) / 2, 6))


def _two_sided(level: float) -> float:
    return float(ndtri((1 + level) / 2))
