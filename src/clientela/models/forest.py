"""Boosted trees as tables: what LightGBM answers, to the last digit, in a fraction of its time.

Walking down hundreds of small trees costs a wrong guess of the processor at every other node. Here every tree is a
word with one bit per leaf, and every interval between two thresholds of a column holds, for all trees at once, the
leaves that are still in reach. A row takes one line of the table per column; what remains after all of them are put
together by AND is one leaf per tree (QuickScorer, Lucchese et al. 2015, with the lines put together beforehand).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientela.models.grove import MOST_LEAVES, Grove, read
from clientela.models.values import FloatArray, IntArray

CHUNK = 256
"""Rows at a time, so that what they need stays in the cache."""

LARGEST = 1 << 25
"""Bytes of one table of all forests together, for single rows; beyond it each forest keeps its own."""

Words = NDArray[np.uint16] | NDArray[np.uint32]
FEW_LEAVES = 16
"""Trees of so many leaves at most have words of half the length."""
_both = np.bitwise_and.reduce
_WORDS = np.arange(2**FEW_LEAVES)
_FIRST = np.zeros(2**FEW_LEAVES, dtype=np.uint8)
"""Place of the lowest bit of every short word: the leaf furthest to the left."""
_FIRST[1:] = np.log2(_WORDS[1:] & -_WORDS[1:]).astype(np.uint8)
_SPREAD, _SHIFT = np.uint32(0x077CB531), np.uint32(27)
"""A lowest bit times this has another number for each place in its highest five bits (Leiserson et al. 1998)."""
_PLACES = np.zeros(MOST_LEAVES, dtype=np.uint8)
_PLACES[(np.uint32(1) << np.arange(MOST_LEAVES, dtype=np.uint32)) * _SPREAD >> _SHIFT] = np.arange(MOST_LEAVES)


def _firsts(words: Words) -> NDArray[np.uint8]:
    """Return the place of the lowest bit of every word."""
    if words.dtype == np.uint16:
        return _FIRST.take(words, mode="clip")
    lowest = words & -words
    lowest *= _SPREAD
    lowest >>= _SHIFT
    return _PLACES.take(lowest, mode="clip")


def _filled(shape: tuple[int, ...], leaves: int) -> Words:
    """Return words in which all leaves are in reach."""
    if leaves == FEW_LEAVES:
        return np.full(shape, 0xFFFF, dtype=np.uint16)
    return np.full(shape, 0xFFFFFFFF, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of the table that belong to one column of the matrix: its intervals, and the last one for missing."""

    column: int
    start: int
    cuts: FloatArray
    gap: int


class Forest:
    """The trees of one question.

    Args:
        text: LightGBM's text.

    Raises:
        ValueError: The text is damaged, or holds trees of another kind than are learned here.
    """

    def __init__(self, text: str) -> None:
        grove = read(text)
        self.width, self.size = grove.width, len(grove.leaves)
        self.leaves = FEW_LEAVES if grove.counts.max() <= FEW_LEAVES else MOST_LEAVES
        order, words = _words(grove, self.leaves)
        self._lines: list[_Lines] = []
        tables: list[Words] = [_filled((1, self.size), self.leaves)]
        for column in np.unique(grove.columns[grove.columns >= 0]).tolist():
            cuts, table = _table(grove, words, column, self.leaves)
            start = sum(len(one) for one in tables)
            self._lines.append(_Lines(column, start, cuts, start + len(table) - 1))
            tables.append(table)
        self._table = np.concatenate(tables)
        self._starts = self.leaves * np.arange(self.size)
        self._values = np.take_along_axis(grove.leaves, order, axis=1)[:, : self.leaves].ravel()

    def log_odds(self, matrix: FloatArray) -> FloatArray:
        """Return the log-odds of every row of a tree matrix.

        Args:
            matrix: Tree matrix, NaN where missing.
        """
        found = np.empty(len(matrix))
        lines = self._lines_of(matrix)
        for start in range(0, len(matrix), CHUNK):
            part = slice(start, start + CHUNK)
            words = _filled((len(lines[part]), self.size), self.leaves)
            for column in lines[part].T:
                words &= self._table[column]
            # one after the other, as LightGBM adds them
            values = self._values[_firsts(words) + self._starts]
            found[part] = np.add.accumulate(values, axis=1)[:, -1]
        return found

    def _lines_of(self, matrix: FloatArray) -> IntArray:
        lines = np.empty((len(matrix), len(self._lines)), dtype=np.int64)
        for place, one in enumerate(self._lines):
            cells = matrix[:, one.column]
            lines[:, place] = np.where(np.isnan(cells), one.gap, one.start + np.searchsorted(one.cuts, cells))
        return lines


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value of one column of the tree matrix is looked up.

    Attributes:
        cuts: Upper ends of the intervals, rising.
        start: Place of the first interval.
        gap: Place of what is missing.
    """

    cuts: list[float]
    start: int
    gap: int

    def place(self, value: float) -> int:
        """Return the place of a value, NaN where missing."""
        return self.start + bisect_left(self.cuts, value) if value == value else self.gap


def single(forests: Sequence[Forest], width: int) -> tuple[list[Spot], Callable[[Sequence[int]], list[float]]]:
    """Return what answers one row of the tree matrix at a time with the log-odds of every forest.

    A cell is looked up once for all of them. What is returned holds arrays that each row is written to: make one
    for each thread.

    Args:
        forests: Forests of one tree matrix.
        width: Its columns.

    Returns:
        Where each column is looked up, and what takes the places found, one per column.
    """
    spots, lines = _plan(forests, width)
    bytes_of_word = 2 if all(one.leaves == FEW_LEAVES for one in forests) else 4
    together = sum(one.size for one in forests) * lines.shape[1] * bytes_of_word <= LARGEST
    bunches = [range(len(forests))] if together else [range(place, place + 1) for place in range(len(forests))]
    answers = [_bunch([forests[place] for place in bunch], lines[bunch], width) for bunch in bunches if forests]

    def log_odds(asked: Sequence[int]) -> list[float]:
        at = np.array(asked)
        return [found for answer in answers for found in answer(at)]

    return spots, log_odds


def _bunch(forests: Sequence[Forest], lines: IntArray, width: int) -> Callable[[IntArray], list[float]]:
    """Return what takes a place per column and answers for several forests in one go.

    A tree of every forest in turn, so that their sums run beside each other; short forests are filled with nothing.
    """
    count, most, wide = len(forests), max(one.size for one in forests), max(one.leaves for one in forests)
    values = np.zeros((most, count, wide))
    for place, one in enumerate(forests):
        values[: one.size, place, : one.leaves] = one._values.reshape(-1, one.leaves)
    leaves, starts = values.ravel(), wide * np.arange(most * count)
    owners = np.tile(np.arange(count), most)
    if count == 1:
        table, moved = forests[0]._table, lines[0].take
    else:
        filled = _filled((lines.shape[1], most, count), wide)
        for place, (one, mine) in enumerate(zip(forests, lines, strict=True)):
            filled[:, : one.size, place] = one._table[mine]
        table, moved = filled.reshape(lines.shape[1], -1), None
    words, places, added = np.empty(most * count, dtype=table.dtype), np.empty_like(starts), np.empty(most * count)
    take, reached = table.take, np.empty((width, most * count), dtype=table.dtype)

    def log_odds(at: IntArray) -> list[float]:
        # no place is ever out of reach; to clip is the way that copies nothing twice
        take(at if moved is None else moved(at), 0, reached, "clip")
        _both(reached, axis=0, out=words)
        np.add(_firsts(words), starts, out=places)
        leaves.take(places, out=added, mode="clip")
        # one after the other, as LightGBM adds them
        found: list[float] = np.bincount(owners, added).tolist()
        return found

    return log_odds


def _plan(forests: Sequence[Forest], width: int) -> tuple[list[Spot], IntArray]:
    """Return how to look up a cell for several forests at once, and the line of each forest for every answer.

    Returns:
        Where each column is looked up; and one line of the table per forest and place, the first of them the one
        where all leaves are in reach, for columns that no forest asks.
    """
    spots = []
    lines = [np.zeros((len(forests), 1), dtype=np.int64)]
    place = 1
    for column in range(width):
        mine = [next((line for line in one._lines if line.column == column), None) for one in forests]
        asked = [line for line in mine if line is not None]
        if not asked:
            spots.append(Spot([], 0, 0))
            continue
        cuts = np.unique(np.concatenate([line.cuts for line in asked]))
        found = np.zeros((len(forests), len(cuts) + 2), dtype=np.int64)
        for row, line in zip(found, mine, strict=True):
            if line is not None:
                row[:-1] = line.start + np.searchsorted(line.cuts, np.append(cuts, np.inf))
                row[-1] = line.gap
        spots.append(Spot(cuts.tolist(), place, place + len(cuts) + 1))
        lines.append(found)
        place += found.shape[1]
    return spots, np.ascontiguousarray(np.concatenate(lines, axis=1))


def _words(grove: Grove, leaves: int) -> tuple[IntArray, Words]:
    """Return the leaves of every tree from left to right, and the leaves that each node's no leaves in reach."""
    trees, nodes = grove.columns.shape
    rows = np.arange(trees)
    # leaves below every node and leaf, then the place of the first of them; leaves stand behind the nodes
    below = np.ones((trees, nodes + MOST_LEAVES), dtype=np.int64)
    for node in reversed(range(nodes)):
        below[:, node] = below[rows, grove.left[:, node]] + below[rows, grove.right[:, node]]
    first = np.zeros_like(below)
    for node in range(nodes):
        used = rows[grove.columns[:, node] >= 0]
        left, right = grove.left[used, node], grove.right[used, node]
        first[used, left] = first[used, node]
        first[used, right] = first[used, node] + below[used, left]
    order = np.zeros((trees, MOST_LEAVES), dtype=np.int64)
    own = np.arange(MOST_LEAVES)[None, :] < grove.counts[:, None]
    tree, leaf = np.nonzero(own)
    order[tree, first[tree, nodes + leaf]] = leaf
    start = first[:, :nodes]
    end = start + np.take_along_axis(below, grove.left, axis=1)
    full = _filled((1, 1), leaves)
    return order, (int(full[0, 0]) ^ ((1 << end) - (1 << start))).astype(full.dtype)


def _table(grove: Grove, words: Words, column: int, leaves: int) -> tuple[FloatArray, Words]:
    """Return the cuts of a column and its lines: one for each interval between them, and one for missing."""
    tree, node = np.nonzero(grove.columns == column)
    mine, sets = words[tree, node], grove.sets[tree, node]
    if (sets >= 0).all():
        away = ~grove.codes[sets]
        cuts = np.arange(away.shape[1], dtype=np.float64)
        table = _filled((len(cuts) + 2, len(words)), leaves)
        at, code = np.nonzero(np.column_stack([away, np.ones((len(away), 2), dtype=np.bool_)]))
        np.bitwise_and.at(table, (code, tree[at]), mine[at])
        return cuts, table
    cuts, above = np.unique(grove.thresholds[tree, node], return_inverse=True)
    table = _filled((len(cuts) + 2, len(words)), leaves)
    np.bitwise_and.at(table, (above + 1, tree), mine)
    np.bitwise_and.accumulate(table[:-1], axis=0, out=table[:-1])
    gap = ~grove.gap_left[tree, node]
    np.bitwise_and.at(table[-1], tree[gap], mine[gap])
    return cuts, table
