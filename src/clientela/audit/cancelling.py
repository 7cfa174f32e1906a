"""A letter before order numbers that marks cancelled or returned rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.audit.facts import Facts
from clientela.tables.condition import Like

MOSTLY = 0.95
LEAST = 30
MOST = 2_000_000
_MARKED = r"^[A-Za-z]+[-_ ]?\d"


@dataclass(frozen=True)
class Mark:
    """A sign at the start of a text, and the amount that is below zero there.

    Attributes:
        column: Text column.
        sign: Its first letter.
        amount: Numeric column.
        rows: Rows with the sign, in the whole table.
        share: Share of them, in the sample, where the amount is below zero.
        without: Share of the other rows where it is.
    """

    column: str
    sign: str
    amount: str
    rows: int
    share: float
    without: float


def find_mark(facts: Facts) -> Mark | None:
    """Find a text column, digits otherwise, whose leading letter goes with an amount below zero.

    The letter must be on at most half of the rows and on 30 of the sample, the amount below zero on 95 % of
    these and on at most 5 % of the others.
    """
    below = {c.name: facts.arrays.numbers[c.name] < 0 for c in facts.numeric if 0 < c.negatives < c.filled / 2}
    texts = [c for c in facts.text if below and any(not mask[:1].isalpha() for mask, _ in c.masks[:1])]
    for column in texts:
        cells = facts.sample.get_column(column.name)
        lettered = cells.str.contains(_MARKED).fill_null(value=False)
        if not LEAST <= int(lettered.sum()) <= cells.len() / 2:
            continue
        sign = str(cells.filter(lettered).str.head(1).value_counts(sort=True)[column.name][0])
        marked = (cells.str.head(1) == sign).fill_null(value=False).to_numpy() & lettered.to_numpy()
        for amount, negative in below.items():
            share, without = float(negative[marked].mean()), float(negative[~marked].mean())
            if share >= MOSTLY and without <= 1 - MOSTLY:
                return Mark(column.name, sign, amount, _rows(facts, column.name, sign, marked), share, without)
    return None


def _rows(facts: Facts, column: str, sign: str, marked: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    if facts.sampled == facts.rows or facts.rows > MOST:
        return round(int(marked.sum()) * facts.scale)
    found: pl.DataFrame = facts.table.matching(Like(column, f"^{sign}[-_ ]?[0-9]"), [column], facts.rows)
    return found.height
