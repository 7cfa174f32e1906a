"""LightGBM's text as arrays: the nodes and leaves of every tree."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from clientela.models.values import FloatArray, IntArray

MOST_LEAVES = 32
"""Leaves of a tree at most."""
MOST_NODES = MOST_LEAVES - 1
END = "end of trees"
_WIDTH = re.compile(r"^max_feature_idx=(\d+)$", re.MULTILINE)
_CATEGORY, _LEFT, _ZERO, _NAN = 1, 2, 4, 8
_NOTHING = float(np.float32(1e-35))
"""Cells up to this, on both sides of zero, are zero to LightGBM."""
_NODES = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
_SETS = ("cat_boundaries", "cat_threshold")


@dataclass(frozen=True)
class Grove:
    """The trees of one question; one row per tree, one column per node, the root first.

    A row that answers yes goes left: a number up to the threshold, or a category of the set.

    Attributes:
        width: Columns of the tree matrix.
        columns: Column of the tree matrix that a node asks; -1 where the tree has no such node.
        thresholds: Numbers up to this go left.
        sets: Row of `codes` where a node asks for a category; -1 where it asks for a number.
        codes: One row per set: which codes go left.
        gap_left: Whether a missing cell goes left.
        left: Next node; leaves count on from `MOST_NODES`.
        right: The same.
        leaves: What a leaf adds to the log-odds; one column per leaf.
        counts: Leaves of every tree.
    """

    width: int
    columns: IntArray
    thresholds: FloatArray
    sets: IntArray
    codes: NDArray[np.bool_]
    gap_left: NDArray[np.bool_]
    left: IntArray
    right: IntArray
    leaves: FloatArray
    counts: IntArray


def read(text: str) -> Grove:
    """Return the trees of LightGBM's text.

    Raises:
        ValueError: The text is damaged, or holds trees of another kind than are learned here.
    """
    width = _WIDTH.search(text)
    head, ended, _ = text.partition(END)
    if width is None or not ended:
        raise ValueError("no trees, or not all of them")
    try:
        return _grove(int(width[1]) + 1, _lines(head))
    except IndexError as error:
        raise ValueError("a tree lacks a part") from error


def _grove(width: int, lines: dict[str, list[str]]) -> Grove:
    leaves, counts = _padded(lines, "leaf_value", MOST_LEAVES)
    parts = [_padded(lines, name, MOST_NODES) for name in _NODES]
    columns, thresholds, decisions, left, right = (part for part, _ in parts)
    if any(not np.array_equal(many, counts - 1) for _, many in parts):
        raise ValueError("a tree lacks a part")
    asked = np.arange(MOST_NODES)[None, :] < counts[:, None] - 1
    how = decisions.astype(np.int64)
    category = asked & (how & _CATEGORY > 0)
    sets, codes = _sets(lines, category, thresholds)
    if (how & _ZERO).any() or set(lines["is_linear"]) - {"0"} or columns.max() >= width:
        raise ValueError("trees of another kind")
    # without gaps in what was learned from, LightGBM takes a missing cell for 0; of a category it goes right
    gap_left = ~category & np.where(how & _NAN > 0, how & _LEFT > 0, thresholds >= 0)
    ways = [np.where(to < 0, MOST_NODES - 1 - to, to).astype(np.int64) for to in (left, right)]
    if any((way <= np.arange(MOST_NODES))[asked].any() or way.max() >= MOST_NODES + MOST_LEAVES for way in ways):
        raise ValueError("a node leads nowhere")
    places = np.where(asked, columns, -1).astype(np.int64)
    return Grove(width, places, _apart(thresholds), sets, codes, gap_left, ways[0], ways[1], leaves, counts)


def _apart(thresholds: FloatArray) -> FloatArray:
    """Move thresholds next to zero: LightGBM takes every cell that near for zero itself."""
    moved = np.where((thresholds >= 0) & (thresholds < _NOTHING), _NOTHING, thresholds)
    return np.where((moved < 0) & (moved >= -_NOTHING), np.nextafter(-_NOTHING, -np.inf), moved)


def _lines(text: str) -> dict[str, list[str]]:
    """Return what every tree that has it says of something, by the name of the thing."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in text.split("\n"):
        name, _, value = line.partition("=")
        found[name].append(value)
    return found


def _padded(lines: dict[str, list[str]], name: str, most: int) -> tuple[FloatArray, IntArray]:
    """Return the numbers of every tree side by side, 0 where it has fewer, and how many it has."""
    rows = [row.split() for row in lines[name]]
    counts = np.array([len(row) for row in rows], dtype=np.int64)
    if not rows or counts.max() > most:
        raise ValueError(f"there is a tree with more than {most} parts of a kind, or none at all")
    found = np.zeros((len(rows), most))
    found[np.arange(most)[None, :] < counts[:, None]] = list(map(float, chain.from_iterable(rows)))
    return found, counts


def _sets(
    lines: dict[str, list[str]], category: NDArray[np.bool_], thresholds: FloatArray
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the number of every node's set of codes, and which codes the sets hold."""
    trees = np.flatnonzero(category.any(axis=1)).tolist()
    bounds, held = ([list(map(int, row.split())) for row in lines[name]] for name in _SETS)
    if not len(trees) == len(bounds) == len(held):
        raise ValueError("a tree lacks its categories")
    words: list[list[int]] = []
    for tree, ends, all_words in zip(trees, bounds, held, strict=True):
        mine = thresholds[tree, category[tree]].astype(np.int64).tolist()
        words += [all_words[ends[place] : ends[place + 1]] for place in mine]
    longest = max((len(one) for one in words), default=0)
    filled = np.array([one + [0] * (longest - len(one)) for one in words], dtype="<u4").reshape(len(words), longest)
    sets = np.full(category.shape, -1, dtype=np.int64)
    sets[category] = np.arange(len(words))
    return sets, np.unpackbits(filled.view(np.uint8), axis=1, bitorder="little").astype(np.bool_)
