"""Rows put into groups by likeness, and whether there are groups at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import threadpoolctl
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.cluster import KMeans

from clientela.models.values import numbers, texts

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_KMEANS: Callable[..., Any] = KMeans
_POOLS: Callable[..., Any] = threadpoolctl.ThreadpoolController

MOST_LEVELS = 8
"""Most values of a category that are told apart; rarer ones are one."""
FAR = 3.0
"""Standardised numbers are cut here, so that single rows make no group of their own."""
SKEWED = 2.0
"""From so much skewness on a number is taken by its logarithm."""
RARE = 0.02
"""Values of a category in a smaller share of the rows are one: linked by a few rows, they would look like groups."""
STARTS = 4
ROUNDS = 6
SHUFFLES = 19
FLAT = 1e-6
EVERY = slice(None)
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
        sources: Number of the source of each column: those that one join brought share it, others have their own.
    """

    names: tuple[str, ...]
    parts: tuple[FloatArray, ...]
    orders: tuple[IntArray, ...]
    links: FloatArray
    sources: tuple[int, ...]


def blocks(frame: pl.DataFrame, columns: Sequence[str], seed: int, joined: Sequence[Collection[str]] = ()) -> Blocks:
    """Make mixed columns comparable (factor analysis of mixed data, Pages 2004).

    Args:
        frame: Rows.
        columns: Numbers, text or booleans; one whose cells are all the same is left out.
        seed: Seed for the order of equal cells.
        joined: Columns that one join brought, per join.

    Returns:
        The columns, a row without a value at the mean of a number and as a value of a category.
    """
    found = [(name, made) for name in columns if (made := _block(frame.get_column(name))) is not None]
    if not found:
        return Blocks((), (), (), np.empty((0, 0)), ())
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
    names = tuple(name for name, _ in found)
    return Blocks(names, parts, tuple(orders), links, _sources(names, joined))


def _sources(names: Sequence[str], joined: Sequence[Collection[str]]) -> tuple[int, ...]:
    own = range(len(joined), len(joined) + len(names))
    found = tuple(
        next((place for place, columns in enumerate(joined) if name in columns), alone)
        for name, alone in zip(names, own, strict=True)
    )
    # links within one source cannot be told from links of visitors where there is no other source
    return found if len(set(found)) > 1 else tuple(own)


def dimensions(made: Blocks, seed: int) -> int:
    """Return in how many dimensions sources are linked beyond chance.

    Visitors of a kind show it in several sources at once; so kinds link sources that else
    would know nothing of each other. Parallel analysis (Horn 1965): the strength of a
    dimension must exceed that of the first in every one of `SHUFFLES` tables whose sources
    are shuffled against each other.

    Args:
        made: The columns.
        seed: Seed of the shuffles.
    """
    rng = np.random.default_rng(seed)
    white = _whitened(made.parts, made.sources, EVERY)
    strongest = max(
        _strengths(np.hstack([part[rng.permutation(len(part))] for part in white]))[0].max() for _ in range(SHUFFLES)
    )
    return int((_strengths(np.hstack(white))[0] > strongest).sum())


def shared(
    parts: Sequence[FloatArray], sources: Sequence[int], count: int, some: IntArray | slice = EVERY
) -> FloatArray:
    """Return where rows stand in what sources have in common.

    Generalised canonical correlation (Kettenring 1971, MAXVAR): each source is whitened, so
    that neither its size nor links within it count, and what is left in common is taken by
    principal components, each with the variance that links sources.

    Args:
        parts: One matrix per column.
        sources: Source of each column.
        count: Number of dimensions.
        some: Rows that the dimensions are found on; all rows are placed.

    Returns:
        Rows by `count`.
    """
    return np.asarray(sum(variates(parts, sources, count, some)))


def variates(
    parts: Sequence[FloatArray], sources: Sequence[int], count: int, some: IntArray | slice = EVERY
) -> list[FloatArray]:
    """Return what each source adds to where rows stand in what sources have in common, one matrix per source.

    Args:
        parts: One matrix per column.
        sources: Source of each column.
        count: Number of dimensions.
        some: Rows that the dimensions are found on; all rows are placed.

    Returns:
        Matrices of rows by `count`, in the order in which sources are first named; their sum is `shared`.
    """
    white = _whitened(parts, sources, some)
    strengths, axes = _strengths(np.hstack([own[some] for own in white]))
    top = np.argsort(-strengths)[:count]
    turned = axes[:, top] * np.sqrt(np.maximum(strengths[top] - 1, 0) / np.maximum(strengths[top], FLAT))
    ends = np.cumsum([own.shape[1] for own in white])
    return [own @ below for own, below in zip(white, np.split(turned, ends[:-1]), strict=True)]


def _whitened(parts: Sequence[FloatArray], sources: Sequence[int], some: IntArray | slice) -> list[FloatArray]:
    """Return each source turned and stretched so that its dimensions are unlinked, each with variance 1."""
    white = []
    for source in dict.fromkeys(sources):
        whole = np.hstack([part for part, own in zip(parts, sources, strict=True) if own == source])
        fitted = whole[some]
        middle = fitted.mean(axis=0)
        _, lengths, axes = np.linalg.svd(fitted - middle, full_matrices=False)
        kept = lengths > FLAT * np.sqrt(len(fitted))
        white.append((whole - middle) @ (axes[kept].T / lengths[kept]) * np.sqrt(len(fitted)))
    return white


def _strengths(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    values, axes = np.linalg.eigh(matrix.T @ matrix / len(matrix))
    return values, axes


def resembling(made: Blocks, seed: int) -> list[FloatArray]:
    """Return rows drawn from one cloud: every column with its own cells, linked two by two as they are, no groups.

    A Gaussian copula with the rank correlations of the columns; so neither the shape of a
    column nor links between columns count as groups (null model of the gap statistic,
    Tibshirani et al. 2001, with a copula in place of the box).

    Args:
        made: The columns.
        seed: Seed.

    Returns:
        One matrix per column, of the same shapes as `made.parts`.
    """
    drawn = np.random.default_rng(seed).normal(size=(len(made.orders[0]), len(made.orders)))
    taken = _taken(drawn, made.links, made.orders)
    return [part[rows] for part, rows in zip(made.parts, taken, strict=True)]


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


def clustered(matrix: FloatArray, count: int, seed: int, starts: int = STARTS) -> tuple[IntArray, FloatArray, float]:
    """Part rows into groups by k-means (Lloyd 1982, started as by Arthur and Vassilvitskii 2007).

    Args:
        matrix: Rows by dimensions.
        count: Number of groups.
        seed: Seed.
        starts: Starts, of which the best is kept.

    Returns:
        Group of every row, centres, and the sum of squared distances to them.
    """
    # no more groups than different rows, or k-means warns of empty ones
    count = min(count, len(np.unique(matrix, axis=0)))
    # a few thousand rows are parted in less time than threads need to meet, and many times less on a busy machine
    with _pools().limit(limits=1):
        model = _KMEANS(count, n_init=starts, random_state=seed).fit(matrix)
    return model.labels_.astype(np.int64), np.asarray(model.cluster_centers_), float(model.inertia_)


@cache
def _pools() -> Any:
    return _POOLS()


def _block(column: pl.Series) -> FloatArray | None:
    if column.dtype.is_numeric() and column.drop_nulls().n_unique() > 2:
        return _of_numbers(numbers(column))
    words = texts(column).fill_null("\0")
    common = words.value_counts(name="n").sort(["n", words.name], descending=[True, False]).head(MOST_LEVELS)
    levels = common.filter(pl.col("n") >= RARE * len(words)).get_column(words.name).to_list()
    codes = words.replace_strict({name: code for code, name in enumerate(levels)}, default=len(levels)).to_numpy()
    if (codes == len(levels)).mean() < RARE:
        codes = np.where(codes == len(levels), 0, codes)
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
