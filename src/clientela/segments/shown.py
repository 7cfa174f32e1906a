"""Classes as a few readable questions show them: which columns tell classes, and what has to be asked of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.models.latent import likeliest, settled
from clientela.models.values import numbers, texts
from clientela.segments.result import Condition

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SmallArray = NDArray[np.float32]

MOST_COLUMNS = 10
"""Most columns that classes are found in anew, and so most columns of a rule."""
BINS = 4
"""A number may be asked for at its quarters."""
MOST_LEVELS = 8
"""Most values of a category that may be asked for."""
ENOUGH = 1e-5
"""Gain in log-likelihood per row below which a further round is not worth its time: few columns settle quickly."""
NOTHING = 1e-12
"""Information that counts as none, in nats."""


@dataclass(frozen=True)
class Askable:
    """A column as the cells that may be asked for; every visit lies in one.

    Attributes:
        name: The column.
        source: Number of the source that it comes from.
        bounds: Bounds between the cells of a number, ascending; empty for a category.
        levels: Values of a category that have a cell of their own; empty for a number.
        codes: The cell of each visit; those of numbers or listed values, then that of all other values of a
            category, then that of visits without a value.
    """

    name: str
    source: int
    bounds: tuple[float, ...]
    levels: tuple[str, ...]
    codes: IntArray

    @property
    def others(self) -> int:
        """The cell of values that are not listed; no visit lies there where the column is a number."""
        return len(self.levels) if self.levels else len(self.bounds) + 1

    @property
    def missing(self) -> int:
        """The cell of visits without a value."""
        return self.others + 1

    @property
    def matrix(self) -> SmallArray:
        """Visits by cells, 1 where a visit lies in the cell."""
        return np.eye(self.missing + 1, dtype=np.float32)[self.codes]


@dataclass(frozen=True)
class Asked:
    """What is asked of visits.

    Attributes:
        conditions: One condition per line, those of one column together.
        holds: Visits by conditions, 1 where it is fulfilled.
    """

    conditions: tuple[Condition, ...]
    holds: SmallArray


def askable(frame: pl.DataFrame, sources: Sequence[int]) -> tuple[Askable, ...]:
    """Return what may be asked of the columns of a frame: numbers at their quarters, common values, missing cells.

    Args:
        frame: Visits.
        sources: Number of the source of each column.
    """
    return tuple(
        _of_numbers(column, source) if column.dtype.is_numeric() else _of_values(column, source)
        for column, source in zip(frame.iter_columns(), sources, strict=True)
    )


def _of_numbers(column: pl.Series, source: int) -> Askable:
    values = numbers(column)
    known = values[np.isfinite(values)]
    whole = bool((known == np.floor(known)).all())
    quarters = np.quantile(known, np.arange(1, BINS) / BINS, method="lower") if len(known) else np.empty(0)
    rounded = (float(f"{bound:.2g}") for bound in quarters)
    bounds = tuple(sorted({float(np.floor(bound)) if whole else bound + 0.0 for bound in rounded}))
    codes = np.where(np.isfinite(values), np.searchsorted(bounds, values, side="left"), len(bounds) + 2)
    return Askable(column.name, source, bounds, (), codes.astype(np.int64))


def _of_values(column: pl.Series, source: int) -> Askable:
    words = texts(column)
    counts = words.drop_nulls().value_counts(name="n").sort(["n", column.name], descending=[True, False])
    levels = counts.get_column(column.name).head(MOST_LEVELS).to_list()
    places = {level: place for place, level in enumerate(levels)}
    codes = words.replace_strict(places, default=len(levels), return_dtype=pl.Int64)
    codes = pl.select(pl.when(words.is_null()).then(len(levels) + 1).otherwise(codes)).to_series()
    return Askable(column.name, source, (), tuple(levels), codes.to_numpy().astype(np.int64))


@dataclass(frozen=True)
class Narrowed:
    """Classes found anew in the columns that tell most of them.

    Attributes:
        kept: The columns.
        count: Number of classes.
        some: Visits that classes were found on.
        sure: How sure each of these belongs to each class.
    """

    kept: tuple[Askable, ...]
    count: int
    some: IntArray
    sure: SmallArray


def narrowed(may: Sequence[Askable], codes: IntArray, some: IntArray) -> Narrowed:
    """Return classes found anew in few columns.

    Of each source the column that tells most of the classes is kept (the largest mutual
    information), and classes are found anew in these alone, from where they were: a latent class
    model with a selection of variables (Dean and Raftery 2010).

    Args:
        may: What may be asked.
        codes: The class of each visit, found in all columns.
        some: Visits that classes are found on.
    """
    kept, count = _telling(may, codes, some), int(codes.max()) + 1
    matrix, firsts = _cells([own.matrix[some] for own in kept])
    return Narrowed(tuple(kept), count, some, settled(matrix, firsts, codes[some], count, ENOUGH))


def shown(found: Narrowed, lines: int) -> tuple[IntArray, Asked]:
    """Return classes as a few questions show them.

    Cells of a column are joined, always the two whose joining loses least information on the
    classes (agglomerative information bottleneck, Slonim and Tishby 1999), until so few lines
    tell them apart. Given its class, what a visit shows in one column says nothing of the
    others; so joining cells leaves the model as it is, and the class is the likeliest one given
    the joined cells.

    Args:
        found: Classes in few columns.
        lines: Most lines.

    Returns:
        One class per visit, and the lines that tell it.
    """
    groups = _joined(found.kept, found.sure, found.some, lines)
    left = [(own, cells) for own, cells in zip(found.kept, groups, strict=True) if len(cells) > 1]
    count = len(found.kept[0].codes)
    if not left:
        return np.zeros(count, dtype=np.int64), Asked((), np.empty((count, 0), dtype=np.float32))
    matrix, firsts = _cells(
        [np.column_stack([own.matrix[:, cell].sum(axis=1) for cell in cells]) for own, cells in left]
    )
    asks = [line for own, cells in left for line in _lines(own, cells)]
    conditions = tuple(condition for condition, _ in asks)
    holds = np.column_stack([holds for _, holds in asks]) if asks else np.empty((count, 0), dtype=np.float32)
    return likeliest(matrix, firsts, found.sure, found.some), Asked(conditions, holds)


def _cells(parts: Sequence[SmallArray]) -> tuple[SmallArray, IntArray]:
    return np.hstack(parts), np.cumsum([0, *(part.shape[1] for part in parts[:-1])])


def _telling(may: Sequence[Askable], codes: IntArray, some: IntArray) -> list[Askable]:
    """Return the columns that tell most of the classes (mutual information), at most one of each source."""
    sure = np.eye(int(codes.max()) + 1, dtype=np.float32)[codes[some]]
    tables = [_table(own, sure, some) for own in may]
    told = [float(_sharp(table).sum() - _sharp(table.sum(axis=0))) for table in tables]
    best: dict[int, int] = {}
    for place, own in enumerate(may):
        if own.source not in best or told[place] > told[best[own.source]]:
            best[own.source] = place
    return [may[place] for place in sorted(best.values(), key=lambda place: -told[place])[:MOST_COLUMNS]]


def _table(own: Askable, sure: SmallArray, some: IntArray) -> FloatArray:
    """Return the share of visits in each cell and class."""
    return np.asarray(own.matrix[some].T @ sure / len(some), dtype=np.float64)


def _sharp(shares: FloatArray) -> FloatArray:
    """Return how unevenly the last axis is shared out, times its sum: entropy turned round, in nats."""
    whole = shares.sum(axis=-1)
    return np.asarray(
        (shares * np.log(np.maximum(shares, 1e-300))).sum(axis=-1) - whole * np.log(np.maximum(whole, 1e-300))
    )


def _joined(kept: Sequence[Askable], sure: SmallArray, some: IntArray, lines: int) -> list[list[list[int]]]:
    """Return for each column its cells, joined until at most so many lines are left over all columns."""
    tables = [_table(own, sure, some) for own in kept]
    groups = [[[cell] for cell in range(own.missing + 1)] for own in kept]
    cheapest = [_cheapest(own, cells, table) for own, cells, table in zip(kept, groups, tables, strict=True)]
    # cells that no visit lies in are joined whatever the number of lines: that loses nothing
    while sum(len(cells) - 1 for cells in groups) > lines or min(cheapest)[0] < NOTHING:
        place = min(range(len(kept)), key=lambda place: cheapest[place][0])
        _, first, second = cheapest[place]
        groups[place][first] += groups[place].pop(second)
        cheapest[place] = _cheapest(kept[place], groups[place], tables[place])
    return groups


def _cheapest(own: Askable, cells: Sequence[list[int]], table: FloatArray) -> tuple[float, int, int]:
    """Return what joining two cells of a column loses at least, and which two; infinity where none may be joined."""
    rows = np.array([table[cell].sum(axis=0) for cell in cells])
    lost = _sharp(rows)[:, None] + _sharp(rows) - _sharp(rows[:, None] + rows)
    pairs = [pair for pair in combinations(range(len(cells)), 2) if _may_be_one(own, cells[pair[0]], cells[pair[1]])]
    return min(((float(lost[pair]), *pair) for pair in pairs), default=(np.inf, 0, 0))


def _may_be_one(own: Askable, first: Sequence[int], second: Sequence[int]) -> bool:
    """Return whether two cells may be asked for as one: numbers only side by side, no value with any."""
    if own.levels:
        return True
    low, high = (sorted(set(cells) - {own.others, own.missing}) for cells in (first, second))
    return not low or not high or low[-1] + 1 == high[0] or high[-1] + 1 == low[0]


def _lines(own: Askable, cells: Sequence[list[int]]) -> list[tuple[Condition, SmallArray]]:
    """Return the lines that tell joined cells of a column apart, one fewer than cells."""
    if own.levels:
        # values that are not listed cannot be asked for, so their cell is the one without a line
        return [_line(own, _listed(own, cell), cell) for cell in cells if own.others not in cell]
    ordered = sorted((cell for cell in cells if min(cell) < own.others), key=min)
    unknown = [cell for cell in cells if min(cell) >= own.others]
    found = [_line(own, Condition(own.name, "missing"), cell) for cell in unknown if ordered]
    for place in range(1, len(ordered)):
        above = list(chain(*ordered[place:]))
        bound = own.bounds[min(ordered[place]) - 1]
        found.append(_line(own, Condition(own.name, ">", bound, missing_too=own.missing in above), above))
    return found


def _listed(own: Askable, cell: Sequence[int]) -> Condition:
    values = tuple(sorted(own.levels[place] for place in cell if place < own.others))
    if not values:
        return Condition(own.name, "missing")
    return Condition(own.name, "in", None, values, missing_too=own.missing in cell)


def _line(own: Askable, condition: Condition, cells: Sequence[int]) -> tuple[Condition, SmallArray]:
    return condition, own.matrix[:, list(cells)].sum(axis=1)
