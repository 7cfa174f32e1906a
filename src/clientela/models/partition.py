"""Parting rows by a few readable conditions: a small regression tree over raw columns."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeRegressor

from clientela.domain.record import Record
from clientela.models.values import numbers, texts

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_TREE: Callable[..., Any] = DecisionTreeRegressor

MOST_VALUES = 5
"""Most category values one condition lists."""
MOST_CATEGORIES = 50
"""Most values of a column that may be listed at all; the others are one pool that is never listed."""
LEAST_CATEGORY_ROWS = 20
"""A rarer value belongs to the pool: too few rows to say anything about it."""
SHRINKAGE = 10.0
"""Rows of the node's own mean that a category's mean is pulled by."""
KEPT_GAIN = 0.95
"""A bound is rounded as far as this share of the gain stays."""
LEAST_GAIN = 0.5
"""A split that keeps less of its gain once it is made readable is dropped."""
TRIES = 3
"""Columns tried in a node before it is left as it is."""


@dataclass(frozen=True)
class Limits(Record):
    """How far a tree may grow.

    Attributes:
        leaves: Most leaves.
        depth: Most conditions on the way to a leaf.
        least_rows: Fewest rows of a leaf.
        seed: Seed for ties.
    """

    leaves: int
    depth: int
    least_rows: int
    seed: int


@dataclass(frozen=True)
class Branch(Record):
    """One question that parts rows; rows that fulfil it go to `yes`, all others to `no`.

    Attributes:
        column: Column name.
        operator: "<=", "in" or "missing".
        value: The bound for "<=".
        values: The values for "in", as text.
        missing: Whether rows without a value go to `yes`.
        missing_seen: Whether there were rows without a value.
        yes: Next question, or None where the tree ends.
        no: Next question, or None where the tree ends.
    """

    column: str
    operator: str
    value: float | None = None
    values: tuple[str, ...] = ()
    missing: bool = False
    missing_seen: bool = False
    yes: Branch | None = None
    no: Branch | None = None


@dataclass(frozen=True)
class _Numeric:
    """A numeric column: every row's position among the sorted distinct values, -1 where missing."""

    name: str
    levels: FloatArray
    codes: NDArray[np.int64]


@dataclass(frozen=True)
class _Category:
    """A column of categories: every row's position in `names`, len(names) for the pool, -1 where missing."""

    name: str
    names: tuple[str, ...]
    codes: NDArray[np.int64]


_Prepared = _Numeric | _Category


@dataclass(frozen=True)
class _Cut:
    branch: Branch
    mask: BoolArray
    gain: float


class _Node:
    """A leaf while the tree grows, with its best cut; then a question with two nodes below."""

    def __init__(self, rows: NDArray[np.int64], depth: int) -> None:
        self.rows = rows
        self.depth = depth
        self.cut: _Cut | None = None
        self.below: tuple[_Node, _Node] | None = None

    def plain(self) -> Branch | None:
        if self.cut is None or self.below is None:
            return None
        return replace(self.cut.branch, yes=self.below[0].plain(), no=self.below[1].plain())


def grow(frame: pl.DataFrame, target: FloatArray, limits: Limits) -> Branch | None:
    """Grow a small regression tree, best gain first, with conditions a person can read.

    Least-squares splits (Breiman et al. 1984), found node by node on ranks, so that units,
    outliers and huge values do not matter; categories are ordered by their mean in the node,
    which makes the best set of values a contiguous one (Fisher 1958). Then each bound is
    rounded and each list shortened, and the gain measured again. Rows without a value go to
    the side where they fit better; infinities and NaN count as without a value.

    Args:
        frame: The columns to ask about: numbers, or text and booleans as categories.
        target: What should differ between leaves, one finite number per row.
        limits: How far to grow.

    Returns:
        The first question, or None where no split is worth its rows.

    >>> visits = pl.DataFrame({"pages": [1, 2, 3, 4, 5, 6, 7, 8]})
    >>> grow(visits, np.array([0.0, 0, 0, 0, 1, 1, 1, 1]), Limits(leaves=2, depth=1, least_rows=2, seed=0)).value
    4.0
    """
    prepared = [column for name in frame.columns if (column := _prepare(frame.get_column(name))) is not None]
    root = _Node(np.arange(frame.height), 0)
    if not prepared or frame.height < 2 * limits.least_rows:
        return None
    waiting: list[tuple[float, int, _Node]] = []
    order = itertools.count()

    def consider(node: _Node) -> None:
        if node.depth < limits.depth and len(node.rows) >= 2 * limits.least_rows:
            node.cut = _best_cut(prepared, target, node.rows, limits)
            if node.cut is not None:
                heapq.heappush(waiting, (-node.cut.gain, next(order), node))

    consider(root)
    leaves = 1
    while waiting and leaves < limits.leaves:
        node = heapq.heappop(waiting)[2]
        if node.cut is None:
            continue
        node.below = (
            _Node(node.rows[node.cut.mask], node.depth + 1),
            _Node(node.rows[~node.cut.mask], node.depth + 1),
        )
        leaves += 1
        for child in node.below:
            consider(child)
    return root.plain()


def _prepare(column: pl.Series) -> _Prepared | None:
    """Code a column; None where it has nothing to part."""
    if column.dtype.is_numeric():
        values = numbers(column)
        known = np.isfinite(values)
        levels, inverse = np.unique(values[known] + 0.0, return_inverse=True)
        codes = np.full(len(values), -1, dtype=np.int64)
        codes[known] = inverse.reshape(-1)
        return _Numeric(column.name, levels, codes) if len(levels) + int(not known.all()) > 1 else None
    text = texts(column)
    counts = (
        text.drop_nulls().value_counts(name="n").filter(pl.col("n") >= LEAST_CATEGORY_ROWS)
        .sort(["n", column.name], descending=[True, False]).head(MOST_CATEGORIES)
    )  # fmt: skip
    names = tuple(counts.get_column(column.name).to_list())
    if not names:
        return None
    listed = {name: index for index, name in enumerate(names)}
    raw = text.replace_strict(listed, default=len(names), return_dtype=pl.Int64)
    codes = np.where(text.is_null().to_numpy(), -1, raw.fill_null(-1).to_numpy())
    return _Category(column.name, names, codes.astype(np.int64))


def _best_cut(prepared: list[_Prepared], target: FloatArray, rows: NDArray[np.int64], limits: Limits) -> _Cut | None:
    """Return the best readable cut of a node, or None."""
    y = target[rows] - target[rows].mean()
    matrix = np.full((len(rows), len(prepared)), np.nan, dtype=np.float32)
    for index, column in enumerate(prepared):
        codes = column.codes[rows]
        place = codes if isinstance(column, _Numeric) else _by_mean(codes, y)[codes]
        matrix[codes >= 0, index] = place[codes >= 0]
    for _ in range(TRIES):
        stump = _TREE(max_depth=1, min_samples_leaf=limits.least_rows, random_state=limits.seed)
        tree = stump.fit(matrix, y).tree_
        if tree.node_count == 1:
            return None
        chosen = int(tree.feature[0])
        places = matrix[:, chosen]
        missing = np.isnan(places)
        left = np.where(missing, bool(tree.missing_go_to_left[0]), places <= tree.threshold[0])
        if not missing.any():
            missing_left = bool(2 * np.count_nonzero(left) >= len(left))
        else:
            missing_left = bool(tree.missing_go_to_left[0])
        cut = _readable(prepared[chosen], rows, y, left, missing_left)
        if cut is not None and min(cut.mask.sum(), (~cut.mask).sum()) >= limits.least_rows:
            return cut
        matrix[:, chosen] = 0
    return None


def _by_mean(codes: NDArray[np.int64], y: FloatArray) -> NDArray[np.int64]:
    """Return the place of each category when ordered by its mean, pulled towards the node's mean (0)."""
    known = codes >= 0
    sums = np.bincount(codes[known], weights=y[known], minlength=1)
    sizes = np.bincount(codes[known], minlength=1)
    places = np.empty(len(sums), dtype=np.int64)
    places[np.argsort(sums / (sizes + SHRINKAGE), kind="stable")] = np.arange(len(sums))
    return places


def _gain(mask: BoolArray, y: FloatArray) -> float:
    """Return by how much a cut lowers the sum of squares; y has mean 0."""
    first = int(np.count_nonzero(mask))
    if first in (0, len(mask)):
        return 0.0
    total = float(y[mask].sum())
    return total * total / first + total * total / (len(mask) - first)


def _readable(
    column: _Prepared, rows: NDArray[np.int64], y: FloatArray, left: BoolArray, missing_left: bool
) -> _Cut | None:
    """Turn a cut into a readable question, or return None where too little of it stays."""
    codes = column.codes[rows]
    missing = codes < 0
    seen = bool(missing.any())
    best = _gain(left, y)
    if seen and bool((left[~missing]).all() or (~left[~missing]).all()):
        branch = Branch(column.name, "missing", missing=True, missing_seen=True)
        return _Cut(branch, missing, best)
    kept: _Cut | None = None
    if isinstance(column, _Numeric):
        below, above = column.levels[codes[left & ~missing].max()], column.levels[codes[~left & ~missing].min()]
        values = column.levels[codes]
        whole = bool((column.levels == np.floor(column.levels)).all())
        for bound in _bounds(float(below), float(above), whole):
            mask = np.where(missing, missing_left, values <= bound)
            kept = _Cut(Branch(column.name, "<=", bound, (), missing_left, seen), mask, _gain(mask, y))
            if kept.gain >= KEPT_GAIN * best:
                break
    else:
        kept = _listed(column, codes, y, left, missing_left)
    return kept if kept is not None and kept.gain >= LEAST_GAIN * best > 0 else None


def _bounds(below: float, above: float, whole: bool) -> Iterator[float]:
    """Yield bounds between two neighbouring values, the most readable first; the last one parts exactly."""
    if below <= 0 < above:
        yield 0.0
    middle = below / 2 + above / 2
    for digits in range(1, 7):
        bound = float(f"{middle:.{digits}g}") + 0.0
        yield float(np.floor(bound)) if whole else bound
    yield below


def _listed(
    column: _Category, codes: NDArray[np.int64], y: FloatArray, left: BoolArray, missing_left: bool
) -> _Cut | None:
    """List the shorter side of a cut of categories, never the side that holds the pool."""
    missing = codes < 0
    sides = [np.unique(codes[left & ~missing]), np.unique(codes[~left & ~missing])]
    pool = len(column.names)
    listed_left = len(sides[0]) <= len(sides[1])
    if pool in sides[0] or pool in sides[1]:
        listed_left = pool in sides[1]
    members = sides[0] if listed_left else sides[1]
    if len(members) > MOST_VALUES:
        pull = np.abs([float(y[codes == member].sum()) for member in members])
        members = members[np.argsort(-pull, kind="stable")[:MOST_VALUES]]
    missing_listed = missing_left == listed_left
    mask = np.where(missing, missing_listed, np.isin(codes, members))
    names = tuple(sorted(column.names[member] for member in members))
    branch = Branch(column.name, "in", None, names, missing_listed, bool(missing.any()))
    return _Cut(branch, mask, _gain(mask, y))
