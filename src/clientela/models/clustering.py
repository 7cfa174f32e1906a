"""Rows put into groups by likeness, and whether there are groups at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.cluster import KMeans

from clientela.models.values import numbers, texts

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_KMEANS: Callable[..., Any] = KMeans

MOST_LEVELS = 8
"""Most values of a category that are told apart; rarer ones are one."""
FAR = 3.0
"""Standardised numbers are cut here, so that single rows make no group of their own."""
SKEWED = 2.0
"""From so much skewness on a number is taken by its logarithm."""
STARTS = 4
ROUNDS = 6
MOST_LINK = 0.995


@dataclass(frozen=True)
class Blocks:
    """Columns made comparable: one matrix per column, and the order of its cells.

    Attributes:
        names: Columns.
        parts: One matrix per column, rows by one or more dimensions, each column with the same
            inertia: numbers standardised, categories as in multiple correspondence analysis.
        orders: Rows of each column from the lowest cell to the highest; for categories their
            values in the order of the first principal component.
        links: Correlations of a normal cloud that, cut into these cells, is linked as the columns are.
    """

    names: tuple[str, ...]
    parts: tuple[FloatArray, ...]
    orders: tuple[IntArray, ...]
    links: FloatArray

    @property
    def matrix(self) -> FloatArray:
        """All columns side by side."""
        return np.hstack(self.parts)


def blocks(frame: pl.DataFrame, columns: Sequence[str], seed: int) -> Blocks:
    """Make mixed columns comparable (factor analysis of mixed data, Pages 2004).

    Args:
        frame: Rows.
        columns: Numbers, text or booleans; one whose cells are all the same is left out.
        seed: Seed for the order of equal cells.

    Returns:
        The columns, a row without a value at the mean of a number and as a value of a category.
    """
    found = [(name, made) for name in columns if (made := _block(frame.get_column(name))) is not None]
    if not found:
        return Blocks((), (), (), np.empty((0, 0)))
    parts = tuple(part for _, part in found)
    whole = np.hstack(parts)
    _, _, axes = np.linalg.svd(whole - whole.mean(axis=0), full_matrices=False)
    first = whole @ axes[0]
    noise = np.random.default_rng(seed)
    orders, heights = [], []
    for _, part in found:
        # rows with the same cell lie together, cells in the order of their mean on the first component
        _, codes = np.unique(part, axis=0, return_inverse=True)
        codes = codes.reshape(-1)
        height = part[:, 0] if part.shape[1] == 1 else (np.bincount(codes, first) / np.bincount(codes))[codes]
        orders.append(np.lexsort((noise.random(len(height)), height)))
        heights.append(rankdata(height))
    links = _links(np.column_stack(heights), orders, noise)
    return Blocks(tuple(name for name, _ in found), parts, tuple(orders), links)


def resembling(made: Blocks, seed: int) -> FloatArray:
    """Return rows drawn from one cloud: every column with its own cells, linked two by two as they are, no groups.

    A Gaussian copula with the rank correlations of the columns; so neither the shape of a
    column nor links between columns count as groups (null model of the gap statistic,
    Tibshirani et al. 2001, with a copula in place of the box).

    Args:
        made: The columns.
        seed: Seed.

    Returns:
        A matrix of the same shape as `made.matrix`.
    """
    drawn = np.random.default_rng(seed).normal(size=(len(made.orders[0]), len(made.orders)))
    taken = _taken(drawn, made.links, made.orders)
    return np.hstack([part[rows] for part, rows in zip(made.parts, taken, strict=True)])


def _links(heights: FloatArray, orders: Sequence[IntArray], rng: np.random.Generator) -> FloatArray:
    """Return correlations of a normal cloud that come out as those of the ranks once it is cut into cells.

    Cutting weakens correlations; what is lacking is added until it is not (Cario and Nelson 1997).
    """
    wanted = np.corrcoef(heights, rowvar=False).reshape(len(orders), -1)
    links = wanted.copy()
    drawn = rng.normal(size=heights.shape)
    for _ in range(ROUNDS):
        taken = _taken(drawn, links, orders)
        made = np.column_stack([heights[rows, place] for place, rows in enumerate(taken)])
        links = links + wanted - np.corrcoef(made, rowvar=False).reshape(len(orders), -1)
        links = np.clip((links + links.T) / 2, -MOST_LINK, MOST_LINK)
        np.fill_diagonal(links, 1.0)
    return links


def _taken(drawn: FloatArray, links: FloatArray, orders: Sequence[IntArray]) -> list[IntArray]:
    """Return for each column which rows' cells a normal cloud with these correlations takes."""
    values, vectors = np.linalg.eigh(links)
    latent = drawn * np.sqrt(np.maximum(values, 0)) @ vectors.T
    ranks = np.argsort(np.argsort(latent, axis=0), axis=0)
    return [order[ranks[:, place]] for place, order in enumerate(orders)]


def clustered(matrix: FloatArray, count: int, seed: int) -> tuple[IntArray, FloatArray, float]:
    """Part rows into groups by k-means (Lloyd 1982, started as by Arthur and Vassilvitskii 2007).

    Args:
        matrix: Rows by dimensions.
        count: Number of groups.
        seed: Seed.

    Returns:
        Group of every row, centres, and the sum of squared distances to them.
    """
    # no more groups than different rows, or k-means warns of empty ones
    count = min(count, len(np.unique(matrix, axis=0)))
    model = _KMEANS(count, n_init=STARTS, random_state=seed).fit(matrix)
    return model.labels_.astype(np.int64), np.asarray(model.cluster_centers_), float(model.inertia_)


def nearest(matrix: FloatArray, centres: FloatArray) -> IntArray:
    """Return the nearest centre of every row.

    >>> nearest(np.array([[0.0], [5.0]]), np.array([[4.0], [1.0]])).tolist()
    [1, 0]
    """
    far = (centres**2).sum(axis=1) - 2 * matrix @ centres.T
    return np.asarray(far.argmin(axis=1), dtype=np.int64)


def _block(column: pl.Series) -> FloatArray | None:
    if column.dtype.is_numeric() and column.drop_nulls().n_unique() > 2:
        return _of_numbers(numbers(column))
    words = texts(column).fill_null("\0")
    common = words.value_counts(name="n").sort(["n", words.name], descending=[True, False]).head(MOST_LEVELS)
    levels = common.get_column(words.name).to_list()
    codes = words.replace_strict({name: code for code, name in enumerate(levels)}, default=len(levels)).to_numpy()
    shares = np.bincount(codes, minlength=len(levels) + 1) / len(codes)
    shown = np.flatnonzero(shares > 0)
    if len(shown) < 2:
        return None
    indicator = (codes[:, None] == shown) / np.sqrt(shares[shown]) - np.sqrt(shares[shown])
    return np.asarray(indicator / np.sqrt(len(shown) - 1))


def _of_numbers(values: FloatArray) -> FloatArray | None:
    known = np.isfinite(values)
    if known.sum() < 3 or np.ptp(values[known]) == 0:
        return None
    values = np.where(known, values, np.median(values[known]))
    scaled = (values - values.mean()) / max(float(values.std()), 1e-300)
    if abs(float((scaled**3).mean())) > SKEWED:
        values = np.sign(values) * np.log1p(np.abs(values))
        scaled = (values - values.mean()) / max(float(values.std()), 1e-300)
    scaled = np.clip(scaled, -FAR, FAR)
    spread = float(scaled.std())
    return None if spread == 0 else np.asarray(((scaled - scaled.mean()) / spread)[:, None])
