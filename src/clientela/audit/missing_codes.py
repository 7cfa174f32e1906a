"""Numbers that stand for missing, found before anything is measured by them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clientela.audit.facts import ColumnFacts, Facts
from clientela.domain.column import Storage

CODES = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0, 9999999.0)
LARGE = 99
LEAST_ROWS = 3


def missing_codes(facts: Facts, left: frozenset[str]) -> dict[str, tuple[float, int]]:
    """Return the number that stands for missing and its rows, by column.

    A usual code counts where it is the least or largest value, at least three rows hold it
    and its distance to the next value is more than all others span; a negative code also
    where nothing else is negative and it is more than three times as frequent as the typical value.

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
    for end, inside, rest in ((0, 1, values[1:]), (-1, -2, values[:-1])):
        value, rows = float(values[end]), int(counts[end])
        lonely = abs(value) >= LARGE and abs(value - float(values[inside])) > float(rest[-1] - rest[0])
        minus = value < 0 and float(rest[0]) >= 0 and rest.size >= 5 and _often(rows, counts)
        if value in CODES and rows >= LEAST_ROWS and (lonely or minus):
            text = str(int(value)) if column.storage is Storage.INTEGER else repr(value)
            exact = column.count_of(text)
            return value, exact if exact is not None else round(rows * facts.scale)
    return None


def _often(rows: int, counts: NDArray[np.int64]) -> bool:
    """Whether the least value is far more frequent than the typical one: a code is, a stray minus is not."""
    return rows > 3 * float(np.median(counts))
