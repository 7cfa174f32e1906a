"""Sums of one column and a weighted sum of others, from the sums of products of them all.

A linear prediction can be taken off a column only when its slopes are known, and they follow from the very sums that
are asked for. So one pass brings the products of all columns, and the powers of the prediction are made of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from math import prod

import numpy as np
from numpy.typing import NDArray

from clientela.statistics.cumulants import ORDER, POWERS, PowerSums

Floats = NDArray[np.float64]
Product = tuple[int, ...]


@dataclass(frozen=True)
class MixedSums:
    """Sums of products of a first column and others, each about an origin of its own.

    Attributes:
        n: Rows where all are finite numbers.
        origins: Where each column is taken from, the first one's first.
        sums: Sum of the product of columns (0 the first) by their numbers, rising; of one, two and three of them.
        zeros: The same over the rows whose first column is exactly 0, of the others only; how many they are by ().
        largest: All columns, from their origins, of the rows whose first is farthest from its origin.
    """

    n: float
    origins: tuple[float, ...]
    sums: Mapping[Product, float]
    zeros: Mapping[Product, float]
    largest: tuple[tuple[float, ...], ...] = ()

    def __add__(self, other: MixedSums) -> MixedSums:
        """Return the sums of both; the largest of each are left out."""
        if self.origins != other.origins:
            raise ValueError("sums about different origins cannot be added")
        sums = {key: value + other.sums[key] for key, value in self.sums.items()}
        zeros = {key: value + other.zeros[key] for key, value in self.zeros.items()}
        return MixedSums(self.n + other.n, self.origins, sums, zeros)

    def means(self) -> list[float]:
        """Return the mean of each column."""
        return [origin + self.sums[(place,)] / self.n for place, origin in enumerate(self.origins)]


def products_of(columns: int) -> list[Product]:
    """Return the products whose sums are asked for, powers of the first column alone left out.

    >>> products_of(2)
    [(1,), (0, 1), (1, 1), (0, 0, 1), (0, 1, 1), (1, 1, 1)]
    """
    every = [kept for power in range(1, ORDER + 1) for kept in combinations_with_replacement(range(columns), power)]
    return [kept for kept in every if kept[-1]]


def slopes(whole: MixedSums) -> list[float]:
    """Return the slopes of the best linear prediction of the first column by the others; 1 for one alone.

    Args:
        whole: Sums of all rows.
    """
    size = len(whole.origins)
    if size == 2:
        return [1.0]
    first = np.array([whole.sums[(place,)] for place in range(size)])
    squares = np.array([[whole.sums[tuple(sorted((one, two)))] for two in range(size)] for one in range(size)])
    about = squares - np.outer(first, first) / whole.n
    found: list[float] = np.linalg.lstsq(about[1:, 1:], about[1:, 0], rcond=None)[0].tolist()
    return found


def blended(part: MixedSums, weights: Sequence[float], centres: Sequence[float]) -> PowerSums:
    """Return the sums of the first column and of the sum of weight * (other - centre) over the others.

    Args:
        part: Sums of some rows.
        weights: One for each of the others.
        centres: Where each of the others counts nothing.
    """
    numbers = range(1, len(part.origins))

    def raised(i: int, j: int, sums: Mapping[Product, float]) -> float:
        terms = product(numbers, repeat=j)
        return sum(prod(weights[at - 1] for at in some) * sums[(0,) * i + tuple(sorted(some))] for some in terms)

    zeros = [raised(0, j, part.zeros) for j in range(ORDER + 1)]
    origin = sum(w * (o - c) for w, o, c in zip(weights, part.origins[1:], centres, strict=True))
    largest = tuple((row[0], sum(w * value for w, value in zip(weights, row[1:], strict=True))) for row in part.largest)
    return PowerSums(
        part.n,
        (part.origins[0], origin),
        {(i, j): raised(i, j, part.sums) for i, j in POWERS},
        (zeros[0], zeros[1], zeros[2], zeros[3]),
        largest,
    )
