"""Two means compared so that each tail keeps its level: skewed, rare, unequal in size.

A plain t statistic divides by a deviation that rises and falls with the mean it is compared with: where outcomes are
skewed and one arm is small, a low mean looks surer than it is. Here the arms are brought to where they would be alike
if the hypothesis held (one divided by the ratio of the means, or moved by their difference), and the split of all
values is judged as a permutation test judges it, exactly where the arms are alike.

Means can be equal, or in a ratio, while spreads are not. A larger mean comes from more buyers or from larger orders;
the variance is taken to rise as far between both as the arms tell, and an arm whose own variance is surely another one
keeps its own.

Sources: Tweedie (1984) and Jorgensen (1987) for variance as a power of the mean; Welch (1938) and Satterthwaite (1946)
for variances of each arm's own; Hall (1992) for their skew; Wallace (1959) for the normal score of t; Janssen (1997)
for permutation tests whose studentised form holds where variances differ. The permutation is in `permuted`.
`bench/experiments_error.py` holds it against others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtri

from clientela.statistics.cumulants import Cumulants
from clientela.statistics.permuted import Pool, permuted_score, pooled

Floats = NDArray[np.float64]
Score = Callable[[Floats], Floats]

BUYERS, ORDERS = 1.0, 2.0
"""Powers by which the variance rises with the mean: where there are more buyers, and where orders are larger."""

BETWEEN = (BUYERS + ORDERS) / 2
"""The power where nobody knows which."""

SURELY = 3.0
"""Standard errors from which on an arm's own variance counts as another than the common one."""

LEAST = 0.05
"""An arm's variance is never taken to be below this share of the common one."""

POSITIVE = 0.9
"""Least power + mean² / variance of values that are never negative: 1, less what pooling two arms takes off."""

DOUBLINGS = 6
"""Ends of an interval are looked for within 2 to this power times where a normal mean has them."""

MOST_SHIFT = 0.25
"""Part of a score by which the skew of single arms moves it at most."""

MOST_STEPS = 60
CLOSE = 1e-8
"""A score this near its bound is at it."""

RATIOS = 1e-12, 1e12
"""Means' ratios that are looked at."""


@dataclass(frozen=True)
class _Held:
    """A hypothesis: the first mean is `ratio` times the second, plus `difference`; arrays of one shape.

    Attributes:
        ratio: Above 0.
        difference: In the unit of the measure.
        power: By which the variance rises with the mean.
        lever: What the first arm's place counts beside the second's in the statistic.
    """

    ratio: Floats
    difference: Floats
    power: Floats
    lever: Floats


def contrast_score(first: Cumulants, second: Cumulants, difference: ArrayLike = 0.0) -> Floats:
    """Return the normal score of "mean of the first = mean of the second + difference".

    Args:
        first: One arm; or many, as arrays.
        second: The other, in the same shape.
        difference: What the hypothesis says, in the unit of the measure.

    Returns:
        Standard normal where the hypothesis holds; positive where the first arm lies above it. NaN where neither arm
        varies.

    >>> from clientela.statistics.cumulants import from_values
    >>> arm = from_values(np.array([0.0, 0.0, 1.0, 5.0])).cumulants()
    >>> abs(float(contrast_score(arm, arm)))
    0.0
    """
    gap = np.asarray(difference, float) + 0 * first.mean
    ratio = _ratio_of(first, second, gap)
    power, usable = _power(first, second, ratio)
    ratio = np.where(usable, ratio, 1.0)
    return _score(first, second, _Held(ratio, np.where(usable, 0.0, gap), np.where(usable, power, 0.0), ratio))


def ratio_score(first: Cumulants, second: Cumulants, ratio: ArrayLike = 1.0) -> Floats:
    """Return the normal score of "mean of the first = ratio x mean of the second".

    Args:
        first: One arm; or many, as arrays.
        second: The other, in the same shape.
        ratio: What the hypothesis says, above 0.

    Returns:
        Standard normal where the hypothesis holds; positive where the first arm lies above it.
    """
    rho = np.asarray(ratio, float) + 0 * first.mean
    power, _ = _power(first, second, rho)
    held = _Held(rho, 0 * rho, power, np.ones_like(rho))
    with np.errstate(all="ignore"):
        score, pool = _scored(first, second, held)
        return _skewed_apart(score, pool, held)


def _score(first: Cumulants, second: Cumulants, held: _Held) -> Floats:
    with np.errstate(all="ignore"):
        return _scored(first, second, held)[0]


def _scored(first: Cumulants, second: Cumulants, held: _Held) -> tuple[Floats, Pool]:
    pool = pooled(first, second, held.ratio, held.difference)
    score = permuted_score(pool, np.asarray(second.mean))
    return np.asarray(-_spread_apart(first, second, pool, (held, score))), pool


def _skewed_apart(score: Floats, pool: Pool, held: _Held) -> Floats:
    """Return a score with the skew that the arms have, where permuting gives both the same.

    A third cumulant rises with the mean to the power of 2 x that of the variance, less 1 (Jorgensen 1987). What is left
    of the skew of the difference, and of its covariance with the variance of all values, is taken off to the first
    order of an Edgeworth expansion of a studentised mean (Hall 1992).
    """
    one, two = pool.first, pool.second
    steeper, skewer = held.ratio ** (held.power - 2), held.ratio ** (2 * held.power - 4)
    skew = pool.power(3)
    third = skew * pool.n / (one * skewer + two)
    variance = pool.n / (one * steeper + two) * (steeper / one + 1 / two)
    permuted = skew * (1 / one**2 - 1 / two**2) / (1 / one + 1 / two) ** 1.5
    left = third * (skewer / one**2 - 1 / two**2) / variance**1.5 - permuted
    shared = third * (skewer - 1) / pool.n / np.sqrt(variance)
    shift = left * (score**2 - 1) / 6 - shared * score**2 / 2
    # an expansion is for small terms: a larger one would turn the order of scores round
    most = np.abs(score) * MOST_SHIFT
    return np.asarray(score - np.clip(np.nan_to_num(shift), -most, most))


def _spread_apart(first: Cumulants, second: Cumulants, pool: Pool, told: tuple[_Held, Floats]) -> Floats:
    """Return a score with the spread that the arms have, where permuting gives both the same."""
    held, score = told
    n = pool.n
    steeper = held.ratio ** (held.power - 2)
    common = n / (first.n * steeper + second.n)
    skew = pool.power(3)
    noise = np.maximum(pool.power(4) - 3 - skew**2, 0.0) + 2
    whole, unsure = np.zeros_like(score), np.zeros_like(score)
    for (mean, variance), size, law, lever in (
        (
            ((first.mean - held.difference) / held.ratio, first.variance / held.ratio**2),
            first.n,
            steeper * common,
            held.lever,
        ),
        ((second.mean, second.variance), second.n, common, np.ones_like(score)),
    ):
        place = (mean - pool.mean) / pool.deviation
        # a variance rises and falls with its mean: what both share says nothing about the spread
        other = (variance / pool.deviation**2 - skew * place) / law - 1
        weight = np.maximum(0.0, 1 - SURELY**2 * noise / size / np.maximum(other**2, 1e-300))
        part = lever**2 * np.maximum(1 + weight * other, LEAST) * law / size
        whole += part
        unsure += (weight * part) ** 2 * noise / size
    permuted = (held.lever * second.n / first.n + 1) ** 2 * first.n / (second.n * n)
    freedom = np.minimum(2 * whole**2 / np.maximum(unsure, 1e-300), 1e12)
    return _untailed(score * np.sqrt(permuted / whole), freedom)


def variance_power(first: Cumulants, second: Cumulants, ratio: Floats) -> Floats:
    """Return the most by which the variance rises with the mean, where the means are in a ratio.

    What more buyers and what larger orders bring make up the ratio; both are estimated under that condition, by least
    squares on the logarithms. Before anything is seen each is taken to bring half of it, give or take half of it; so it
    stays where everybody buys, as more orders of one visitor look like larger ones.

    Args:
        first: One arm; or many, as arrays.
        second: The other, in the same shape.
        ratio: First mean over second, above 0.

    Returns:
        Powers from `BUYERS` to `ORDERS`.
    """
    n = first.n + second.n
    one, two = first.n - first.zeros.n, second.n - second.zeros.n
    share = (one + two) / n
    mean = (first.n * first.mean + second.n * second.mean) / n
    square = (first.n * (first.variance + first.mean**2) + second.n * (second.variance + second.mean**2)) / n
    with np.errstate(all="ignore"):
        whole, few = np.log(ratio), 1 / one + 1 / two
        noise = np.maximum(1 - share, 0.0) * few, np.maximum(share * square / mean**2 - 1, 0.0) * few
        both = np.maximum(noise[0] + noise[1], 1e-300)
        buyers = np.log(one / first.n * second.n / two)
        seen = np.log(first.mean / second.mean)
        orders = seen - buyers - noise[1] / both * (seen - whole)
        half = whole / 2
        weight = (1 - share) * half**2 / np.maximum(half**2 + noise[0] * noise[1] / both, 1e-300)
        power = BUYERS + (half + weight * (orders - half)) / whole
    return np.clip(np.where(np.isfinite(power), power, BETWEEN), BUYERS, ORDERS)


def _power(first: Cumulants, second: Cumulants, ratio: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the power by which the variance rises with the mean, and whether values are such that it does.

    Only values that are never negative have no variance left where their mean is 0. Of such, by Cauchy and
    Schwarz, the squared second moment is at most the first times the third: power + mean² / variance >= 1.
    """
    n = first.n + second.n
    mean, variance, third = (
        (first.n * one + second.n * two) / n
        for one, two in ((first.mean, second.mean), (first.variance, second.variance), (first.third, second.third))
    )
    with np.errstate(all="ignore"):
        power = third * mean / variance**2
        usable = (mean > 0) & (power > 0) & (power + mean**2 / variance >= POSITIVE)
    usable &= (first.mean > 0) & (second.mean > 0)
    return np.clip(np.nan_to_num(power), 0.0, variance_power(first, second, ratio)), usable


def _ratio_of(first: Cumulants, second: Cumulants, difference: Floats) -> Floats:
    """Return the ratio of means at which all values together have the difference of means."""
    one, two = first.n * first.mean, second.n * second.mean
    middle = one - two - (first.n + second.n) * difference
    with np.errstate(all="ignore"):
        root = np.sqrt(middle**2 + 4 * one * two)
        ratio = np.where(middle > 0, 2 * one / (middle + root), (root - middle) / (2 * two))
    return np.asarray(np.clip(np.nan_to_num(ratio, nan=1.0, posinf=RATIOS[1]), *RATIOS))


def expected_outcomes(first: Cumulants, second: Cumulants) -> Floats:
    """Return how many units with an outcome other than zero the smaller arm was to expect, were both alike."""
    n = first.n + second.n
    share = 1 - (first.zeros.n + second.zeros.n) / n
    return np.asarray(share * np.minimum(first.n, second.n))


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
    n = first.n + second.n
    scale = np.sqrt((first.n * first.variance + second.n * second.variance) / n * (1 / first.n + 1 / second.n))
    middle = first.mean - second.mean
    limit = np.asarray(bound, float)

    signs = _signs(middle)
    steps = _root(
        lambda steps: signs * contrast_score(first, second, middle - signs * steps * scale) - limit,
        _start(limit, middle),
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
            ratio = np.exp(np.clip(middle - signs * steps * scale, np.log(RATIOS[0]), np.log(RATIOS[1])))
        return np.asarray(signs * ratio_score(first, second, ratio) - limit, dtype=np.float64)

    steps = _root(gap, _start(limit, middle))
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


def _start(limit: Floats, middle: Floats) -> Floats:
    return np.asarray(1.25 * limit + np.zeros((2, *middle.shape)))


def _away(steps: Floats, scale: Floats) -> Floats:
    """Return steps in units of the scale; infinity where nothing varies, as nothing can be excluded there."""
    return np.where(scale > 0, steps * np.where(scale > 0, scale, 1.0), np.inf)


def _untailed(t: Floats, freedom: Floats) -> Floats:
    stretched = np.sqrt(freedom * np.log1p(t * t / freedom)) * (8 * freedom + 1) / (8 * freedom + 3)
    return np.asarray(np.sign(t) * stretched)


def _root(gap: Score, start: Floats) -> Floats:
    """Return where a function that rises from below 0 crosses it; infinity where it does not within reach.

    Regula falsi with the weights of Illinois (Dowell and Jarratt 1971), from a bracket that is doubled until it holds.
    """
    low, high = np.zeros_like(start), start
    at_low, at_high = gap(low), gap(high)
    for _ in range(DOUBLINGS):
        short = at_high < 0
        if not short.any():
            break
        low, at_low = np.where(short, high, low), np.where(short, at_high, at_low)
        high = np.where(short, high * 2, high)
        at_high = gap(high)
    never = ~(at_high >= 0)
    stayed = np.zeros_like(start)
    for _ in range(MOST_STEPS):
        with np.errstate(all="ignore"):
            between = low - at_low * (high - low) / (at_high - at_low)
        middle = np.where((between > low) & (between < high), between, (low + high) / 2)
        found = gap(middle)
        if (never | (np.abs(found) < CLOSE)).all():
            return np.where(never, np.inf, middle)
        below = found < 0
        # an end that stays twice weighs half, so that both close in
        at_high = np.where(below, np.where(stayed > 0, at_high / 2, at_high), found)
        at_low = np.where(below, found, np.where(stayed < 0, at_low / 2, at_low))
        low, high = np.where(below, middle, low), np.where(below, high, middle)
        stayed = np.where(below, 1.0, -1.0)
    return np.where(never, np.inf, high)
