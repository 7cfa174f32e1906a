"""Tails of the laws a batch is tested by, in plain Python.

Loading SciPy takes as long as a check of a small batch itself, so what every check needs is computed here; the tests
hold it against SciPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable

ENOUGH = 1e-14
"""Relative change at which a series or continued fraction ends."""

TINY = 1e-300
MOST_TERMS, HALVINGS = 100_000, 200

Terms = Callable[[int], tuple[float, float]]


def normal_tail(score: float) -> float:
    """Return the chance that a standard normal lies above a score.

    >>> round(normal_tail(1.959964), 4)
    0.025
    """
    return 0.5 * math.erfc(score / math.sqrt(2.0))


def chi_square_tail(freedom: float, statistic: float) -> float:
    """Return the chance that a chi-square lies above a statistic (series and continued fraction of the gamma integral).

    Args:
        freedom: Degrees of freedom; with none the law is at 0.
        statistic: The statistic; below 0 counts as 0.

    >>> round(chi_square_tail(1, 3.841459), 4)
    0.05
    """
    shape, place = freedom / 2.0, statistic / 2.0
    if not place > 0:
        return 1.0
    if math.isinf(place) or shape <= 0:
        return 0.0
    front = math.exp(shape * math.log(place) - place - math.lgamma(shape))
    if place < shape + 1:
        term = total = 1.0 / shape
        step = shape
        while term > total * ENOUGH:
            step += 1.0
            term *= place / step
            total += term
        return max(0.0, 1.0 - front * total)
    start = place + 1 - shape
    return min(1.0, front / _fraction(start, lambda n: (n * (shape - n), start + 2 * n)))


def chi_square_limit(freedom: float, chance: float) -> float:
    """Return the statistic above which a chi-square lies with a chance.

    >>> round(chi_square_limit(1, 0.05), 4)
    3.8415
    """
    return _crossing(lambda statistic: chi_square_tail(freedom, statistic), chance)


def student_limit(freedom: float, chance: float) -> float:
    """Return the value above which Student's t lies with a chance below a half; NaN without a degree of freedom.

    >>> round(student_limit(10, 0.025), 4)
    2.2281
    """
    if freedom < 1:
        return math.nan
    return _crossing(lambda t: 0.5 * beta_share(freedom / 2.0, 0.5, freedom / (freedom + t * t)), chance)


def binomial_tail(least: int, trials: int, share: float) -> float:
    """Return the chance of at least so many successes in independent trials with one chance each.

    >>> round(binomial_tail(2, 3, 0.5), 12)
    0.5
    """
    if least <= 0:
        return 1.0
    return beta_share(least, trials - least + 1.0, share) if least <= trials else 0.0


def beta_share(first: float, second: float, place: float) -> float:
    """Return the incomplete beta function, regularised, by its continued fraction.

    >>> round(beta_share(2.0, 2.0, 0.5), 12)
    0.5
    """
    if place <= 0.0 or place >= 1.0:
        return 0.0 if place <= 0.0 else 1.0
    if place > (first + 1.0) / (first + second + 2.0):
        return max(0.0, 1.0 - beta_share(second, first, 1.0 - place))
    weight = math.lgamma(first + second) - math.lgamma(first) - math.lgamma(second)
    front = math.exp(weight + first * math.log(place) + second * math.log1p(-place)) / first

    def terms(n: int) -> tuple[float, float]:
        half = n // 2
        below = first + 2 * half
        if n % 2:
            return -(first + half) * (first + second + half) * place / (below * (below + 1)), 1.0
        return half * (second - half) * place / ((below - 1) * below), 1.0

    return min(1.0, front / _fraction(1.0, terms))


def _fraction(start: float, terms: Terms) -> float:
    """Return start + a1 / (b1 + a2 / (b2 + ...)) (Lentz 1976, as modified by Thompson and Barnett 1986)."""
    value = upper = start or TINY
    lower = 0.0
    for n in range(1, MOST_TERMS):
        over, plus = terms(n)
        lower = 1.0 / (plus + over * lower or TINY)
        upper = plus + over / upper or TINY
        value *= upper * lower
        if abs(upper * lower - 1.0) < ENOUGH:
            break
    return value


def _crossing(tail: Callable[[float], float], chance: float) -> float:
    """Return where a tail that falls from 0 on comes down to a chance."""
    low, high = 0.0, 1.0
    while tail(high) > chance:
        low, high = high, 2.0 * high
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (middle, high) if tail(middle) > chance else (low, middle)
    return high
