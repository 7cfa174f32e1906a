"""Two means compared so that each tail keeps its level: skewed, rare, unequal in size.

A plain t statistic divides by a deviation that rises and falls with the mean it is compared with: where outcomes are
skewed and one arm is small, a low mean looks surer than it is. Here the variance of each arm is brought to where it
would lie if the hypothesis held (by the variance function of all rows together), the skew that is left is taken out,
and the freedom left in the variances is counted. Everything follows from the first four cumulants of each arm.

Sources: Tweedie (1984) and Jorgensen (1987) for variance as a power of the mean; Efron (1981) for tilting as the
least favourable family; Hall (1992) for what skew does to a studentised mean; Wilson and Hilferty (1931) for the
normal score of a gamma; Satterthwaite (1946) for degrees of freedom; Wallace (1959) for the normal score of t.
`bench/experiments_error.py` holds it against others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtri

from clientela.statistics.cumulants import Cumulants

Floats = NDArray[np.float64]
Score = Callable[[Floats], Floats]

STEPS = 4
"""Rounds in which variances and the means under the hypothesis settle."""

LEAST = 0.05
"""A variance is never brought below this share of what its mean alone would give."""

POSITIVE = 0.9
"""Least power + mean² / variance of values that are never negative: 1, less what pooling two arms takes off."""

HALVINGS = 40
WIDEST = 64.0
"""Ends of an interval are looked for within this many standard errors."""

SKEW_MOST = 1.0
"""Skewness of a difference from which on no statement is made.

In `bench/experiments_error.py` the tails leave 2 to 3 % where the skewness of the smaller arm's mean is beyond about
a half; at one the lower tail holds about 4 %.
"""


@dataclass(frozen=True)
class _Shape:
    """Variance as a power of the mean, and the fourth cumulant, of all rows together."""

    mean: Floats
    variance: Floats
    slope: Floats
    fourth: Floats

    def at(self, mean: Floats) -> Floats:
        """Return the variance where the mean is `mean`."""
        away = (mean - self.mean) * self.slope / _some(self.variance)
        power, usable = self.power()
        with np.errstate(all="ignore"):
            risen = np.where(mean > 0, np.power(np.maximum(mean / self.mean, 1e-300), power), 0.0)
        return self.variance * np.where(usable, risen, np.exp(np.clip(away, -50, 50)))

    def rise(self, mean: Floats) -> Floats:
        """Return how fast the variance rises with the mean at `mean`: the third cumulant over the variance."""
        power, usable = self.power()
        with np.errstate(all="ignore"):
            return np.where(usable & (mean > 0), power * self.at(mean) / mean, self.slope)

    def power(self) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the power by which the variance rises with the mean, and whether values are such that it does.

        Only values that are never negative have no variance left where their mean is 0. Of such, by Cauchy and
        Schwarz, the squared second moment is at most the first times the third: power + mean² / variance >= 1.
        """
        with np.errstate(all="ignore"):
            power = self.slope * self.mean / self.variance
            positive = power + self.mean**2 / self.variance >= POSITIVE
        return power, (self.mean > 0) & (power > 0) & (power <= 3) & positive


def contrast_score(first: Cumulants, second: Cumulants, difference: ArrayLike = 0.0, ratio: ArrayLike = 1.0) -> Floats:
    """Return the normal score of "mean of the first = ratio x mean of the second + difference".

    Args:
        first: One arm; or many, as arrays.
        second: The other, in the same shape.
        difference: What the hypothesis says, in the unit of the measure.
        ratio: What it says the means' ratio is, above 0.

    Returns:
        Standard normal where the hypothesis holds; positive where the first arm lies above it. NaN where neither arm
        varies.

    >>> arm = Cumulants(np.float64(4000), np.float64(.1), np.float64(.09), np.float64(.072), np.float64(.05))
    >>> float(contrast_score(arm, arm))
    0.0
    """
    gap, rho = np.asarray(difference, float), np.asarray(ratio, float)
    shape = _pooled(first, second)
    apart = first.mean - rho * second.mean - gap
    left, right = shape.variance + 0 * apart, shape.variance + 0 * apart
    at_first, at_second = first.mean, second.mean
    for _ in range(STEPS):
        share = left / first.n / _some(left / first.n + rho**2 * right / second.n)
        at_first, at_second = first.mean - apart * share, second.mean + apart * (1 - share) / rho
        left, right = _brought(first, shape, at_first), _brought(second, shape, at_second)
    return _normal(first, second, shape, (apart, rho, at_first, at_second, left, right))


def _normal(first: Cumulants, second: Cumulants, shape: _Shape, held: tuple[Floats, ...]) -> Floats:
    """Return the normal score of a gap, given where means and variances lie under the hypothesis."""
    apart, rho, at_first, at_second, left, right = held
    spread_first, spread_second = left / first.n, rho**2 * right / second.n
    square = spread_first + spread_second
    model_first, model_second = shape.at(at_first), shape.at(at_second)
    rise_first, rise_second = shape.rise(at_first), shape.rise(at_second)
    model = model_first / first.n + rho**2 * model_second / second.n
    third = rise_first * model_first / first.n**2 - rho**3 * rise_second * model_second / second.n**2
    with np.errstate(all="ignore"):
        skew = third / (model * np.sqrt(square))
        # an arm whose mean is 0 under the hypothesis has no variance to be unsure of
        unsure = np.where(spread_first > 0, spread_first**2 * _noise(first, shape, rise_first, model_first), 0.0)
        unsure += np.where(spread_second > 0, spread_second**2 * _noise(second, shape, rise_second, model_second), 0.0)
        freedom = 2 * square**2 / unsure
        return _unskewed(_untailed(apart / np.sqrt(square), freedom), skew)


def skewness(first: Cumulants, second: Cumulants) -> Floats:
    """Return the skewness of the difference of two means, as far as all rows together show it."""
    shape = _pooled(first, second)
    square = shape.variance * (1 / first.n + 1 / second.n)
    third = shape.slope * shape.variance * (1 / first.n**2 - 1 / second.n**2)
    return np.asarray(third / _some(square) ** 1.5)


def p_value(score: ArrayLike) -> Floats:
    """Return the two-sided p-value of a normal score, without underflow down to 1e-308.

    >>> float(p_value(22.5)) > 1e-112
    True
    """
    return np.asarray(np.exp(np.minimum(np.log(2) + log_ndtr(-np.abs(np.asarray(score, float))), 0.0)))


def difference_interval(first: Cumulants, second: Cumulants, bound: ArrayLike) -> tuple[Floats, Floats]:
    """Return the differences of means that are not rejected.

    Args:
        first: One arm; or many, as arrays.
        second: The other.
        bound: Scores beyond which a hypothesis is rejected, such as 1.96.

    Returns:
        Lower and upper ends, in the unit of the measure; infinite where everything on that side is compatible.
    """
    scale = np.sqrt(_pooled(first, second).variance * (1 / first.n + 1 / second.n))
    middle = first.mean - second.mean
    limit = np.asarray(bound, float)

    signs = _signs(middle)
    steps = _root(
        lambda steps: signs * contrast_score(first, second, middle - signs * steps * scale) - limit, (2, *middle.shape)
    )
    return np.asarray(middle - _away(steps[0], scale)), np.asarray(middle + _away(steps[1], scale))


def ratio_interval(first: Cumulants, second: Cumulants, bound: ArrayLike) -> tuple[Floats, Floats]:
    """Return the ratios of means (first / second) that are not rejected.

    Args:
        first: One arm; or many, as arrays.
        second: The other, whose mean is above 0.
        bound: Scores beyond which a hypothesis is rejected.

    Returns:
        Lower and upper ends; 0 and infinity where everything on that side is compatible, NaN where a mean is not
        above 0.
    """
    with np.errstate(all="ignore"):
        middle = np.log(first.mean / second.mean)
        scale = np.sqrt(first.variance / first.n / first.mean**2 + second.variance / second.n / second.mean**2)
    limit = np.asarray(bound, float)

    signs = _signs(middle)

    def gap(steps: Floats) -> Floats:
        with np.errstate(all="ignore"):
            ratio = np.exp(np.clip(middle - signs * steps * scale, -40, 40))
        return np.asarray(signs * contrast_score(first, second, 0.0, ratio) - limit, dtype=np.float64)

    steps = _root(gap, (2, *middle.shape))
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = np.exp(middle - _away(steps[0], scale)), np.exp(middle + _away(steps[1], scale))
    defined = (first.mean > 0) & (second.mean > 0)
    return np.where(defined, low, np.nan), np.where(defined, high, np.nan)


def bound(level: float) -> float:
    """Return the score beyond which a two-sided test of a fixed horizon rejects.

    >>> round(bound(0.95), 4)
    1.96
    """
    return float(ndtri((1 + level) / 2))


def _signs(middle: Floats) -> Floats:
    """Return 1 and -1 along a first axis: both ends of an interval are looked for at once."""
    return np.array([1.0, -1.0]).reshape(2, *np.ones(middle.ndim, int))


def _away(steps: Floats, scale: Floats) -> Floats:
    """Return steps in units of the scale; infinity where nothing varies, as nothing can be excluded there."""
    return np.where(scale > 0, steps * np.where(scale > 0, scale, 1.0), np.inf)


def _pooled(first: Cumulants, second: Cumulants) -> _Shape:
    n = first.n + second.n
    variance = (first.n * first.variance + second.n * second.variance) / n
    third = (first.n * first.third + second.n * second.third) / n
    fourth = (first.n * first.fourth + second.n * second.fourth) / n
    mean = (first.n * first.mean + second.n * second.mean) / n
    return _Shape(mean, variance, np.asarray(third / _some(variance)), np.asarray(fourth / _some(variance)))


def _brought(arm: Cumulants, shape: _Shape, mean: Floats) -> Floats:
    """Return the arm's variance as it would be if its mean were `mean`."""
    there, here = shape.at(mean), shape.at(arm.mean)
    # towards a lower variance in proportion, so that it stays above 0; upwards by the rise, as an arm without any
    # outcome has none of its own
    with np.errstate(all="ignore"):
        brought = np.where(there < here, arm.variance * there / here, arm.variance + there - here)
    return np.maximum(brought, LEAST * there)


def _noise(arm: Cumulants, shape: _Shape, rise: Floats, model: Floats) -> Floats:
    """Return the squared relative error of an arm's variance, beyond what it shares with the mean."""
    # a variance that was brought down from where it was seen is as sure as there
    variance = np.maximum(model, shape.at(arm.mean))
    return (np.maximum((shape.fourth - rise**2) / _some(variance), 0.0) + 2) / arm.n


def _untailed(t: Floats, freedom: Floats) -> Floats:
    stretched = np.sqrt(freedom * np.log1p(t * t / freedom)) * (8 * freedom + 1) / (8 * freedom + 3)
    return np.sign(t) * stretched


def _unskewed(t: Floats, skew: Floats) -> Floats:
    small = np.abs(skew) < 1e-6
    g = np.where(small, 1.0, skew)
    cube = np.cbrt(np.maximum(1 + g * t / 2, 0.0))
    return np.where(small, t, (cube - 1 + g * g / 36) * 6 / g)


def _some(value: Floats) -> Floats:
    return np.where(value > 0, value, np.nan)


def _root(gap: Score, shape: tuple[int, ...]) -> Floats:
    """Return where a function that rises from below 0 crosses it; infinity where it does not within reach."""
    low, high = np.zeros(shape), np.ones(shape)
    for _ in range(6):
        short = (gap(high) < 0) & (high < WIDEST)
        low, high = np.where(short, high, low), np.where(short, high * 2, high)
    never = ~(gap(high) >= 0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = gap(middle) < 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(never, np.inf, high)
