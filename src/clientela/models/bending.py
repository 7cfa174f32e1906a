"""Expected revenue bent to what was seen: class means say too little of the rows at either end.

Chances times class means can never exceed the mean of the highest class, though rows that are sure of it bring more.
Tenths of rows by what is expected, the highest parted once more, are held against what they brought; where their ratios
differ beyond chance, each is believed as far as the spread between them speaks for it (DerSimonian and Laird 1986,
Morris 1983), what is told never falls (Ayer et al. 1955) and sums to what came, and rows between lie on straight lines.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec
import numpy as np
from scipy.special import chdtri

from clientela.models.values import FloatArray, IntArray

EDGES = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98])
"""Shares of the rows below the parts that are held against what they brought."""
LEAST_PAID = 40
"""Rows with revenue in a part; parts with fewer go together with the one below."""
LEAST_PARTS = 3
DOUBT = 0.05
"""Chance that ratios of right expectations differ as much, from which nothing is bent."""
SURE = 1e-3
"""Share of the highest ratio that each is known to at best: where all pay the same, rows vary by less."""
DIGITS = 9


class Bend(msgspec.Struct, frozen=True):
    """A line of straight pieces from what is expected to what is told.

    Attributes:
        knots: Where pieces begin, in money, rising; the first piece and the last go on without end.
        heights: What is told there, in money.
        slopes: Rise of each piece.
    """

    knots: tuple[float, ...]
    heights: tuple[float, ...]
    slopes: tuple[float, ...]

    def all(self, expected: FloatArray) -> FloatArray:
        """Return what is told of every row, in money."""
        place = np.maximum(np.searchsorted(np.array(self.knots), expected, side="right") - 1, 0)
        knots, heights, slopes = (np.array(part) for part in (self.knots, self.heights, self.slopes))
        return np.asarray(heights[place] + slopes[place] * (expected - knots[place]), dtype=np.float64)

    def one(self, expected: float) -> float:
        """Return what is told of one row: the very number that `all` gives."""
        place = max(bisect_right(self.knots, expected) - 1, 0)
        return self.heights[place] + self.slopes[place] * (expected - self.knots[place])


def fit_bend(expected: FloatArray, revenue: FloatArray) -> Bend | None:
    """Fit on rows that the models behind the expectation have not seen.

    Args:
        expected: Expected revenue of every row in money.
        revenue: What each brought; NaN where unknown.

    Returns:
        The bend; None where amounts are negative, rows too few, or what they brought is as expected but for chance.
    """
    known = np.isfinite(revenue)
    told, paid = expected[known], revenue[known]
    if len(told) == 0 or (paid < 0).any() or told.min() <= 0:
        return None
    parts = _parts(told, paid)
    counts = np.bincount(parts).astype(np.float64)
    if len(counts) < LEAST_PARTS:
        return None
    middle, mean = np.bincount(parts, told) / counts, np.bincount(parts, paid) / counts
    spread = np.bincount(parts, (paid - mean[parts]) ** 2) / (counts * (counts - 1))
    # the mean of ratios by their precision would be too low: parts with few large amounts are low and look precise
    whole = float(paid.sum() / told.sum())
    ratios = _believed(mean / middle, np.sqrt(spread) / middle, whole)
    if ratios is None:
        return None
    heights = _rising(ratios * middle, counts)
    heights *= paid.sum() / (counts @ heights)
    slopes = np.append(np.diff(heights) / np.diff(middle), heights[-1] / middle[-1])
    knots, heights, slopes = (
        np.concatenate([[first], part])
        for first, part in ((0.0, middle), (0.0, heights), (heights[0] / middle[0], slopes))
    )
    return Bend(*(tuple(float(f"{value:.{DIGITS}g}") for value in part) for part in (knots, heights, slopes)))


def _parts(told: FloatArray, paid: FloatArray) -> IntArray:
    """Return the part of every row: shares of the rows, each with enough that paid; equal expectations go together."""
    found = np.searchsorted(np.unique(np.quantile(told, EDGES)), told, side="left")
    buyers = np.bincount(found, paid > 0)
    lower = np.arange(len(buyers))
    for part in range(len(buyers) - 1, 0, -1):
        if buyers[part] < LEAST_PAID:
            lower[lower == part] = part - 1
            buyers[part - 1] += buyers[part]
    if buyers[0] < LEAST_PAID:
        # the lowest has none below: it goes with the one above
        above = np.unique(lower)[1:2]
        lower[lower == 0] = above[0] if len(above) else 0
    return np.unique(lower[found], return_inverse=True)[1].reshape(-1).astype(np.int64)


def _believed(ratios: FloatArray, errors: FloatArray, whole: float) -> FloatArray | None:
    """Return ratios drawn to that of all rows as far as chance explains how they differ; None where it explains all."""
    weights = 1 / np.maximum(errors, SURE * ratios.max()) ** 2
    mean = float(weights @ ratios / weights.sum())
    excess = float(weights @ (ratios - mean) ** 2) - (len(ratios) - 1)
    if excess + len(ratios) - 1 < float(chdtri(len(ratios) - 1, DOUBT)):
        return None
    between = excess / float(weights.sum() - weights @ weights / weights.sum())
    return np.asarray(whole + (ratios - whole) * between / (between + 1 / weights), dtype=np.float64)


def _rising(heights: FloatArray, counts: FloatArray) -> FloatArray:
    """Return heights that never fall: neighbours that do take their common mean."""
    blocks: list[tuple[float, float, int]] = []
    for height, count in zip(heights.tolist(), counts.tolist(), strict=True):
        blocks.append((height, count, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (low, few, one), (high, many, other) = blocks.pop(-2), blocks.pop()
            blocks.append(((low * few + high * many) / (few + many), few + many, one + other))
    return np.concatenate([np.full(size, height) for height, _, size in blocks])
