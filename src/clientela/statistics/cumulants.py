"""What inference needs of a sample, from additive sums of powers: mean and the first cumulants.

Sums add up over days, segments and arms, so one pass over the rows answers every question about them. They are
taken about an origin near the mean, so nothing cancels however far from zero the values lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ORDER = 4
"""Highest power that is summed: the third cumulant corrects for skew, the fourth tells how sure the variance is."""

POWERS = tuple((i, j) for total in range(1, ORDER + 1) for i in range(total, -1, -1) for j in (total - i,))
"""The pairs of powers (of the first, of the second column) whose sums are additive and sufficient."""


@dataclass(frozen=True)
class Cumulants:
    """Samples described by their first four cumulants; every field is a number or an array of one shape.

    Attributes:
        n: Units (visitors, else visits).
        mean: Mean.
        variance: Variance of one unit (n - 1 below the line).
        third: Third cumulant of one unit.
        fourth: Fourth cumulant of one unit.
    """

    n: Floats
    mean: Floats
    variance: Floats
    third: Floats
    fourth: Floats

    def scaled(self, factor: float) -> Cumulants:
        """Return the cumulants of the values times `factor`."""
        return Cumulants(
            self.n,
            self.mean * factor,
            self.variance * factor**2,
            self.third * factor**3,
            self.fourth * factor**4,
        )


@dataclass(frozen=True)
class PowerSums:
    """Sums of products of powers of two columns about an origin; the second may be left at zero.

    Attributes:
        n: Rows where both are finite numbers.
        origin: Where the first and the second column are taken from.
        sums: Sum of (first - origin)^i * (second - origin)^j by (i, j) of `POWERS`; what is absent is 0.

    >>> from_values(np.array([1.0, 2.0, 6.0])).cumulants().mean
    array(3.)
    """

    n: float
    origin: tuple[float, float]
    sums: Mapping[tuple[int, int], float]

    def __add__(self, other: PowerSums) -> PowerSums:
        if self.origin != other.origin:
            raise ValueError("sums about different origins cannot be added")
        keys = self.sums.keys() | other.sums.keys()
        added = {key: self.sums.get(key, 0.0) + other.sums.get(key, 0.0) for key in keys}
        return PowerSums(self.n + other.n, self.origin, added)

    @property
    def means(self) -> tuple[float, float]:
        """Means of both columns."""
        return (
            self.origin[0] + self.sums.get((1, 0), 0.0) / self.n,
            self.origin[1] + self.sums.get((0, 1), 0.0) / self.n,
        )

    def covariances(self) -> tuple[float, float, float]:
        """Return variance of the first, covariance, variance of the second (n - 1 below the line)."""
        n, s = self.n, self.sums
        first, second = s.get((1, 0), 0.0), s.get((0, 1), 0.0)
        return (
            (s.get((2, 0), 0.0) - first * first / n) / (n - 1),
            (s.get((1, 1), 0.0) - first * second / n) / (n - 1),
            (s.get((0, 2), 0.0) - second * second / n) / (n - 1),
        )

    def cumulants(self, slope: float = 0.0, around: float = 0.0) -> Cumulants:
        """Return the cumulants of first - slope * (second - around).

        Args:
            slope: Factor of the second column, first column's unit per unit of the second.
            around: Value of the second column at which nothing is taken off.

        Returns:
            Cumulants of one value each.
        """
        raw = [self._raw(power, slope) / self.n for power in range(1, ORDER + 1)]
        shift = self.origin[0] - slope * (self.origin[1] - around)
        return from_moments(np.asarray(self.n), [np.asarray(value) for value in raw], shift)

    def _raw(self, power: int, slope: float) -> float:
        terms = [
            comb(power, j) * (-slope) ** j * self.sums.get((power - j, j), 0.0)
            for j in range(power + 1 if slope else 1)
        ]
        return float(sum(terms))


def stacked(parts: list[Cumulants]) -> Cumulants:
    """Return samples side by side, as arrays."""
    names = ("n", "mean", "variance", "third", "fourth")
    return Cumulants(*(np.array([float(getattr(part, name)) for part in parts]) for name in names))


def from_moments(n: Floats, raw: list[Floats], origin: float = 0.0) -> Cumulants:
    """Return cumulants from mean powers about an origin.

    Args:
        n: Units.
        raw: Means of the first four powers of (value - origin).
        origin: Where the powers are taken from.

    Returns:
        The cumulants; the variance with n - 1 below the line.
    """
    m1, m2, m3, m4 = raw
    central = np.maximum(m2 - m1**2, 0.0)
    third = m3 - 3 * m1 * m2 + 2 * m1**3
    fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4 - 3 * central**2
    return Cumulants(
        np.asarray(n, float),
        np.asarray(m1 + origin),
        np.asarray(central * n / np.maximum(n - 1, 1)),
        np.asarray(third),
        np.asarray(fourth),
    )


def from_values(first: Floats, second: Floats | None = None) -> PowerSums:
    """Return the sums of columns held in memory.

    Args:
        first: Finite values.
        second: Finite values of a second column, as many; zeros where None.

    Returns:
        Sums about the means.
    """
    origin = (float(first.mean()) if first.size else 0.0, float(second.mean()) if second is not None else 0.0)
    u = first - origin[0]
    w = np.zeros(1) if second is None else second - origin[1]
    powers = [(i, j) for i, j in POWERS if second is not None or j == 0]
    return PowerSums(float(first.size), origin, {(i, j): float((u**i * w**j).sum()) for i, j in powers})
