"""What inference needs of a sample, from additive sums: mean, variance, skew, the zeros, and the largest values.

Sums add up over days, segments and arms, so one pass over the rows answers every question about them. They are
taken about an origin near the mean, so nothing cancels however far from zero the values lie. A few large values decide
how sure a mean of skewed outcomes is: they are kept as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ORDER = 3
"""Highest power that is summed: the third tells how skewed the values are beside the largest."""

FIELDS = ("n", "mean", "variance", "third")

POWERS = tuple((i, j) for total in range(1, ORDER + 1) for i in range(total, -1, -1) for j in (total - i,))
"""The pairs of powers (of the first, of the second column) whose sums are additive and sufficient."""

KEPT = 20
"""Values farthest from the origin that are kept as they are: with 20 both tails of the score in `contrasts` are those
that all values give, also where few customers bring a third of the revenue (`bench/experiments_error.py`).
"""


ROUNDING = 1e-12
"""A variance below this part of the mean square about the origin is what rounding leaves."""


@dataclass(frozen=True)
class Part:
    """Units of a sample taken together; every field is a number or an array of one shape.

    Attributes:
        n: Units.
        mean: Their mean; 0 where there are none.
        variance: Mean squared deviation from it.
        third: Mean cubed deviation from it.
    """

    n: Floats
    mean: Floats
    variance: Floats
    third: Floats

    @classmethod
    def of(cls, n: Floats, sums: list[Floats], origin: Floats | float = 0.0) -> Part:
        """Return a part from its units and the sums of the first three powers about an origin."""
        some = np.where(n > 0, n, 1.0)
        m1, m2, m3 = (total / some for total in sums)
        variance = m2 - m1**2
        third = m3 - 3 * m1 * m2 + 2 * m1**3
        # what is left of equal numbers once they are added up is rounding, and no variance
        varied = variance > ROUNDING * m2
        held = np.where(varied, variance, 0.0), np.where(varied, third, 0.0)
        return cls(np.asarray(n, float), np.asarray(m1 + origin), *held)

    def moved(self, factor: Floats | float = 1.0, by: Floats | float = 0.0) -> Part:
        """Return the part with each value times `factor` plus `by`."""
        return Part(self.n, self.mean * factor + by, self.variance * factor**2, self.third * factor**3)

    def __add__(self, other: Part) -> Part:
        n = self.n + other.n
        some = np.where(n > 0, n, 1.0)
        mean = (self.n * self.mean + other.n * other.mean) / some
        variance, third = np.zeros(np.shape(mean)), np.zeros(np.shape(mean))
        for part in (self, other):
            away = part.mean - mean
            variance = variance + part.n * (part.variance + away**2) / some
            third = third + part.n * (part.third + 3 * part.variance * away + away**3) / some
        return Part(n, mean, variance, third)


@dataclass(frozen=True)
class Cumulants:
    """Samples described by what inference needs; every field is a number or an array of one shape.

    Attributes:
        n: Units (visitors, else visits).
        mean: Mean.
        variance: Variance of one unit (n - 1 below the line).
        third: Third cumulant of one unit.
        zeros: The units whose outcome is exactly zero.
        rest: The units that are neither zero nor among the largest.
        largest: The values farthest from the mean, along a last axis of its own; NaN where there are fewer.
    """

    n: Floats
    mean: Floats
    variance: Floats
    third: Floats
    zeros: Part
    rest: Part
    largest: Floats

    @classmethod
    def of(cls, zeros: Part, rest: Part, largest: Floats) -> Cumulants:
        """Return what three kinds of units are together."""
        there = ~np.isnan(largest)
        middle = (zeros + rest).mean
        away = np.where(there, largest - middle[..., None], 0.0)
        top = Part.of(there.sum(-1).astype(float), [(away**power).sum(-1) for power in (1, 2, 3)], middle)
        whole = zeros + rest + top
        variance = whole.variance * whole.n / np.maximum(whole.n - 1, 1)
        return cls(whole.n, whole.mean, variance, whole.third, zeros, rest, largest)

    def moved(self, factor: float = 1.0, by: float = 0.0) -> Cumulants:
        """Return the cumulants of the values times `factor` plus `by`."""
        return Cumulants(
            self.n,
            self.mean * factor + by,
            self.variance * factor**2,
            self.third * factor**3,
            self.zeros.moved(factor, by),
            self.rest.moved(factor, by),
            self.largest * factor + by,
        )


@dataclass(frozen=True)
class PowerSums:
    """Sums of products of powers of two columns about an origin; the second may be left at zero.

    Attributes:
        n: Rows where both are finite numbers.
        origin: Where the first and the second column are taken from.
        sums: Sum of (first - origin)^i * (second - origin)^j by (i, j) of `POWERS`; what is absent is 0.
        zeros: Of the rows whose first column is exactly 0: how many, and the sums of the first three powers of
            (second - origin).
        largest: (first - origin, second - origin) of the `KEPT` rows where the first is not 0 and farthest from its
            origin; fewer where there are fewer.

    >>> from_values(np.array([1.0, 2.0, 6.0])).cumulants().mean
    array(3.)
    """

    n: float
    origin: tuple[float, float]
    sums: Mapping[tuple[int, int], float]
    zeros: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    largest: tuple[tuple[float, float], ...] = ()

    def __add__(self, other: PowerSums) -> PowerSums:
        if self.origin != other.origin:
            raise ValueError("sums about different origins cannot be added")
        keys = self.sums.keys() | other.sums.keys()
        added = {key: self.sums.get(key, 0.0) + other.sums.get(key, 0.0) for key in keys}
        none, few, square, cube = (one + two for one, two in zip(self.zeros, other.zeros, strict=True))
        both = sorted((*self.largest, *other.largest), key=lambda pair: (-abs(pair[0]), pair))
        return PowerSums(self.n + other.n, self.origin, added, (none, few, square, cube), tuple(both[:KEPT]))

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
        shift = self.origin[0] - slope * (self.origin[1] - around)
        whole = [np.asarray(self._raw(power, slope)) for power in range(1, ORDER + 1)]
        none = [np.asarray(self._raw_zeros(power, slope)) for power in range(1, ORDER + 1)]
        top = np.array([first - slope * second for first, second in self.largest])
        rest = [whole[power - 1] - none[power - 1] - np.asarray((top**power).sum()) for power in range(1, ORDER + 1)]
        left = np.asarray(max(self.n - self.zeros[0] - len(top), 0.0))
        everything = Part.of(np.asarray(self.n), whole, shift)
        kept = np.full(KEPT, np.nan)
        kept[: len(top)] = top + shift
        return Cumulants(
            np.asarray(self.n),
            everything.mean,
            np.asarray(everything.variance * self.n / max(self.n - 1, 1)),
            everything.third,
            Part.of(np.asarray(self.zeros[0]), none, shift),
            Part.of(left, rest, shift),
            kept,
        )

    def _raw(self, power: int, slope: float) -> float:
        terms = [
            comb(power, j) * (-slope) ** j * self.sums.get((power - j, j), 0.0)
            for j in range(power + 1 if slope else 1)
        ]
        return float(sum(terms))

    def _raw_zeros(self, power: int, slope: float) -> float:
        terms = [
            comb(power, j) * (-slope) ** j * (-self.origin[0]) ** (power - j) * self.zeros[j]
            for j in range(power + 1 if slope else 1)
        ]
        return float(sum(terms))


def stacked(parts: list[Cumulants]) -> Cumulants:
    """Return samples side by side, as arrays."""
    plain = {
        name: np.array([float(getattr(one, name)) for one in parts]) for name in ("n", "mean", "variance", "third")
    }
    return Cumulants(
        **plain,
        zeros=_beside([one.zeros for one in parts]),
        rest=_beside([one.rest for one in parts]),
        largest=np.stack([one.largest for one in parts]),
    )


def _beside(parts: list[Part]) -> Part:
    return Part(
        *(np.array([float(getattr(one, name)) for one in parts]) for name in ("n", "mean", "variance", "third"))
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
    w = np.zeros(first.size) if second is None else second - origin[1]
    none = first == 0
    zeros = [float(none.sum()), *(float(power.sum()) for power in _powers(w[none])[1:])]
    there = np.flatnonzero(~none)
    if there.size > KEPT:
        there = there[np.argpartition(-np.abs(u[there]), KEPT)[:KEPT]]
    kept = sorted(((float(u[i]), float(w[i])) for i in there), key=lambda pair: (-abs(pair[0]), pair))
    # products, since a power of a float costs many times as much
    ups, downs = _powers(u), _powers(w)
    sums = {(i, j): float(ups[i] @ downs[j]) for i, j in POWERS if second is not None or j == 0}
    return PowerSums(float(first.size), origin, sums, (zeros[0], zeros[1], zeros[2], zeros[3]), tuple(kept))


def _powers(values: Floats) -> list[Floats]:
    """Return the powers of values, from the zeroth to the highest that is summed."""
    powers = [np.ones(values.size)]
    for _ in range(ORDER):
        powers.append(powers[-1] * values)
    return powers
