"""Numbers that stand for missing, found before anything is measured by them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import NO_ZERO, mentions
from clientela.domain.column import Storage

_NINES = (99.9, 999.9, 999.99, 9999.99, 99999.99, *(float("9" * n) for n in range(1, 10)))
_SURVEY = (77.0, 88.0, 97.0, 98.0, 777.0, 888.0, 997.0, 998.0, 8888.0, 9998.0)
_LIMITS = (32767.0, 65535.0, 2147483647.0, 4294967295.0, 1e9, 1e10)
CODES = frozenset({0.0, -1.0, -32768.0, -2147483648.0, *_NINES, *_SURVEY, *_LIMITS, *(-code for code in _NINES)})
"""Numbers that people, surveys and tools write where they know nothing."""

LARGE = 99
LEAST_ROWS = 3
ERROR = 1e-4
"""Chance that the rows of a column without codes fall together as a code does; a hundredth over 100 columns."""

DENSE = 0.8
"""Share of the whole numbers between least and largest that occur, from which a column is a scale without holes."""

TAIL = 20
SCALE_ENDS = (10.0, 100.0)
"""Ends of scales that begin at zero, such as how likely people are to recommend."""

NINE = 3
"""Steps from which a nine behind a short scale is a code: nearer it belongs to a scale up to ten without an eight."""


def missing_codes(facts: Facts, left: frozenset[str]) -> dict[str, tuple[float, int]]:
    """Return the number that stands for missing and its rows, by column.

    A usual code counts where it is the least or largest value, at least three rows hold it, and one of these holds:

    - its distance to the next value is more than all others span;
    - it is negative, nothing else is, and it is more than three times as frequent as the typical value;
    - the others are whole numbers without holes, or differ on nearly all rows. Null model: rows beyond the second
      value lie evenly, at best, on the steps up to the code, so that k of them fall on the last of w steps
      with a chance of at most w^-k; it must be below one in ten thousand;
    - it is zero, its name says that zero cannot be (an age, a weight), and the next value is further away than
      half of all others span from one to the next; not on a scale that ends at 10 or 100, which begins at zero.

    Args:
        facts: Facts with the sample.
        left: Columns that are not looked at, such as identifiers and the label.
    """
    found = {column.name: _code(facts, column) for column in facts.numeric if column.name not in left}
    return {name: pair for name, pair in found.items() if pair is not None}


def _code(facts: Facts, column: ColumnFacts) -> tuple[float, int] | None:
    values, counts = np.unique(facts.arrays.finite(column.name), return_counts=True)
    if values.size < 3:
        return None
    for flip in (False, True):
        ordered, rows = (values[::-1], counts[::-1]) if flip else (values, counts)
        value = float(ordered[0])
        if value in CODES and rows[0] >= LEAST_ROWS and _stands_out(column, ordered, rows):
            text = str(int(value)) if column.storage is Storage.INTEGER else repr(value)
            exact = column.count_of(text)
            return value, exact if exact is not None else round(int(rows[0]) * facts.scale)
    return None


def _stands_out(column: ColumnFacts, values: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    """Whether the first of some values, in order from it on, is no part of the others."""
    value, rest = float(values[0]), values[1:]
    gap, span = abs(value - float(rest[0])), abs(float(rest[-1] - rest[0]))
    if value == 0:
        if float(rest.max()) in SCALE_ENDS:
            return False
        return mentions(column.name, NO_ZERO) and bool(rest.min() > 0) and _away(gap, rest, int(counts[0]))
    if value == 9 and gap < NINE:
        return False
    if abs(value) >= LARGE and gap > span:
        return True
    if value < 0 <= float(rest.min()) and rest.size >= 5 and _often(int(counts[0]), counts):
        return True
    return (value < 0 or value >= 9) and _away(gap, rest, int(counts[0])) and not _repeated(rest, counts)


def _away(gap: float, rest: NDArray[np.float64], rows: int) -> bool:
    """Whether so many rows on one value, so far from the rest, are no tail of it."""
    whole = bool((rest == np.round(rest)).all())
    span = abs(float(rest[-1] - rest[0]))
    if whole and rest.size < DENSE * (span + 1) and rest.size < TAIL:
        return False
    step = max(1.0 if whole else 0.0, float(np.median(np.abs(np.diff(rest[: TAIL + 1])))))
    width = gap / step
    return width >= 2 and -rows * np.log(width) < np.log(ERROR)


def _repeated(rest: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    """Whether other far values are as frequent, as prices are: then this one is a usual value too."""
    whole = bool((rest == np.round(rest)).all())
    dense = whole and rest.size >= DENSE * (abs(float(rest[-1] - rest[0])) + 1)
    return not dense and bool(3 * counts[1 : TAIL + 1].max() >= counts[0])


def _often(rows: int, counts: NDArray[np.int64]) -> bool:
    """Whether the least value is far more frequent than the typical one: a code is, a stray minus is not."""
    return rows > 3 * float(np.median(counts))
