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

Words = NDArray[np.uint16]
_FULL = 2**MOST_LEAVES - 1
_both, _running = np.bitwise_and.reduce, np.add.accumulate
_WORDS = np.arange(2**MOST_LEAVES)
_FIRST = np.zeros(2**MOST_LEAVES, dtype=np.uint8)
"""Place of the lowest bit of every word: the leaf furthest to the left."""
_FIRST[1:] = np.log2(_WORDS[1:] & -_WORDS[1:]).astype(np.uint8)


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
        order, words = _words(grove)
        self._lines: list[_Lines] = []
        tables: list[Words] = [np.full((1, self.size), _FULL, dtype=np.uint16)]
        for column in np.unique(grove.columns[grove.columns >= 0]).tolist():
            cuts, table = _table(grove, words, column)
            start = sum(len(one) for one in tables)
            self._lines.append(_Lines(column, start, cuts, start + len(table) - 1))
            tables.append(table)
        self._table = np.concatenate(tables)
        self._starts = MOST_LEAVES * np.arange(self.size)
        self._values = np.take_along_axis(grove.leaves, order, axis=1).ravel()

    def log_odds(self, matrix: FloatArray, rounds: int | None = None) -> FloatArray:
        """Return the log-odds of every row of a tree matrix.

        Args:
            matrix: Tree matrix, NaN where missing.
            rounds: How many trees to use, from the first one on; None for all.
        """
        found = np.empty(len(matrix))
        last = self.size if rounds is None else min(rounds, self.size)
        lines = self._lines_of(matrix)
        for start in range(0, len(matrix), CHUNK):
            part = slice(start, start + CHUNK)
            words = np.full((len(lines[part]), last), _FULL, dtype=np.uint16)
            for column in lines[part].T:
                words &= self._table[column, :last]
            # one after the other, as LightGBM adds them
            values = self._values[_FIRST[words] + self._starts[:last]]
            found[part] = np.add.accumulate(values, axis=1)[:, -1]
        return found

    def _lines_of(self, matrix: FloatArray) -> IntArray:
        lines = np.empty((len(matrix), len(self._lines)), dtype=np.int64)
        for place, one in enumerate(self._lines):
            cells = matrix[:, one.column]
            lines[:, place] = np.where(np.isnan(cells), one.gap, one.start + np.searchsorted(one.cuts, cells))
        return lines


def single(forests: Sequence[Forest]) -> Callable[[Sequence[float]], list[float]]:
    """Return what answers one row of the tree matrix at a time with the log-odds of every forest.

    A cell is looked up once for all of them. What is returned holds arrays that each row is written to: make one
    for each thread.

    Args:
        forests: Forests of one tree matrix.

    Returns:
        Takes plain numbers, NaN where missing.
    """
    plan, lines = _plan(forests)
    ends = np.cumsum([0, *(one.size for one in forests)]).tolist()
    words, starts = np.empty(ends[-1], dtype=np.uint16), np.empty(ends[-1], dtype=np.int64)
    values = np.concatenate([one._values for one in forests]) if forests else np.empty(0)
    places, added = starts.copy(), np.empty(ends[-1])
    parts, sums = [], []
    for one, mine, start, end in zip(forests, lines, ends, ends[1:], strict=False):
        starts[start:end] = one._starts + MOST_LEAVES * start
        reached = np.empty((len(plan) + 1, one.size), dtype=np.uint16)
        parts.append((one._table.take, mine.take, reached, words[start:end]))
        sums.append((added[start:end], np.empty(one.size)))

    def log_odds(row: Sequence[float]) -> list[float]:
        asked = [0]
        for column, cuts, start, gap in plan:
            cell = row[column]
            asked.append(start + bisect_left(cuts, cell) if cell == cell else gap)
        at = np.array(asked)
        # no place is ever out of reach; to clip is the way that copies nothing twice
        for table, line, reached, mine in parts:
            table(line(at), 0, reached, "clip")
            _both(reached, axis=0, out=mine)
        np.add(_FIRST.take(words, mode="clip"), starts, out=places)
        values.take(places, out=added, mode="clip")
        # one after the other, as LightGBM adds them
        return [_running(mine, out=run).item(-1) for mine, run in sums]

    return log_odds


def _plan(forests: Sequence[Forest]) -> tuple[list[tuple[int, list[float], int, int]], IntArray]:
    """Return how to look up a cell for several forests at once, and the line of each forest for every answer.

    Returns:
        Column, cuts, place of the first interval and of missing, for each column that is asked; and one line of the
        table per forest and place, the first of them the one where all leaves are in reach.
    """
    plan = []
    lines = [np.zeros((len(forests), 1), dtype=np.int64)]
    place = 1
    for column in sorted({line.column for one in forests for line in one._lines}):
        mine = [next((line for line in one._lines if line.column == column), None) for one in forests]
        cuts = np.unique(np.concatenate([line.cuts for line in mine if line is not None]))
        found = np.zeros((len(forests), len(cuts) + 2), dtype=np.int64)
        for row, line in zip(found, mine, strict=True):
            if line is not None:
                row[:-1] = line.start + np.searchsorted(line.cuts, np.append(cuts, np.inf))
                row[-1] = line.gap
        plan.append((column, cuts.tolist(), place, place + len(cuts) + 1))
        lines.append(found)
        place += found.shape[1]
    return plan, np.ascontiguousarray(np.concatenate(lines, axis=1))


def _words(grove: Grove) -> tuple[IntArray, Words]:
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
    return order, (_FULL ^ ((1 << end) - (1 << start))).astype(np.uint16)


def _table(grove: Grove, words: Words, column: int) -> tuple[FloatArray, Words]:
    """Return the cuts of a column and its lines: one for each interval between them, and one for missing."""
    tree, node = np.nonzero(grove.columns == column)
    mine, sets = words[tree, node], grove.sets[tree, node]
    if (sets >= 0).all():
        away = ~grove.codes[sets]
        cuts = np.arange(away.shape[1], dtype=np.float64)
        table = np.full((len(cuts) + 2, len(words)), _FULL, dtype=np.uint16)
        at, code = np.nonzero(np.column_stack([away, np.ones((len(away), 2), dtype=np.bool_)]))
        np.bitwise_and.at(table, (code, tree[at]), mine[at])
        return cuts, table
    cuts, above = np.unique(grove.thresholds[tree, node], return_inverse=True)
    table = np.full((len(cuts) + 2, len(words)), _FULL, dtype=np.uint16)
    np.bitwise_and.at(table, (above + 1, tree), mine)
    np.bitwise_and.accumulate(table[:-1], axis=0, out=table[:-1])
    gap = ~grove.gap_left[tree, node]
    np.bitwise_and.at(table[-1], tree[gap], mine[gap])
    return cuts, table
