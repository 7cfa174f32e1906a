"""Free text as the words that its cells share."""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np

from clientela.models.reading import Reading
from clientela.models.values import FloatArray, IntArray

MOST_WORDS = 100
"""Most words with a column of their own."""
LEAST_ROWS = 5
"""Rows that must hold a word, and rows that must not."""
SEVERAL = 2
"""Words a cell of free text holds on average, at least."""


class Text(msgspec.Struct, frozen=True, tag="text"):
    """A column of free text: which of the words that training rows share a cell holds.

    Words are kept as they are and not hashed into places (Weinberger et al. 2009): those of rows enough to learn from
    are few, two never share a place, and an explanation can name them.

    Attributes:
        column: Column name.
        words: Words with a column of their own, by falling number of training rows; see `values.words_of`.
        filled: Share of the training cells that held a text.
    """

    column: str
    words: tuple[str, ...]
    filled: float


def fit_text(cells: Reading, known: float) -> Text | None:
    """Return the step of a column of free text.

    Args:
        cells: The training rows.
        known: Share of the filled cells that are told by their whole value.

    Returns:
        The step; None where cells hold hardly more than a word each, or no more of them share a word than are told by
        their whole value.
    """
    bags = cells.column.bags
    rows = np.bincount(cells.codes + 1, minlength=len(bags) + 1)[1:].tolist()
    filled = sum(rows)
    counted: Counter[str] = Counter()
    for bag, count in zip(bags, rows, strict=True):
        if count:
            counted.update(dict.fromkeys(bag, count))
    if counted.total() < SEVERAL * filled:
        return None
    most = len(cells) - LEAST_ROWS
    often = sorted((-count, word) for word, count in counted.items() if LEAST_ROWS <= count <= most)[:MOST_WORDS]
    words = tuple(word for _, word in often)
    wanted = set(words)
    told = sum(count for bag, count in zip(bags, rows, strict=True) if not wanted.isdisjoint(bag))
    return Text(cells.name, words, filled / len(cells)) if told > known * filled else None


def holding(step: Text, cells: Reading) -> FloatArray:
    """Return which words each cell holds, as 1 and 0: rows by words; a missing cell holds none."""
    places = {word: place for place, word in enumerate(step.words)}
    bags = cells.column.bags
    # the last one is for -1, what is missing
    table = np.zeros((len(bags) + 1, len(step.words)))
    for code, bag in enumerate(bags):
        table[code, [places[word] for word in bag if word in places]] = 1.0
    return np.asarray(table[cells.codes])


def strangers(cells: Reading, before: IntArray, after: IntArray) -> int:
    """Return how many later cells hold words and none that an earlier cell held.

    Args:
        cells: A column.
        before: Rows that came before.
        after: Rows that came later.
    """
    bags, codes = cells.column.bags, cells.codes
    met: set[str] = set().union(*(bags[code] for code in np.unique(codes[before]) if code >= 0))
    strange = np.array([*(bool(bag) and met.isdisjoint(bag) for bag in bags), False])
    return int(np.count_nonzero(strange[codes[after]]))
