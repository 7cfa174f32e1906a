"""What follows from a key by itself: a cut or a formula of a number, a part of a date. No join brought it."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.audit.facts import Facts
from clientela.audit.joins.determining import DETERMINED, LEAST_KEYS, Cells, Pairs, holds_across
from clientela.audit.joins.keys import DAY, Key
from clientela.domain.column import Storage
from clientela.statistics.cuts import cut_of

Codes = NDArray[np.int64]

MONOTONE = 0.95
"""Rank correlation with a numeric key from which a number follows from it; by chance, 1 of 3000 with eight keys."""

ERROR = 1e-4
"""Chance of levels in one piece each, below which a category is cut from the number."""

ALWAYS = 0.99
"""Share of pairs on which a part of a date must say the column."""


def computed(facts: Facts, cells: Cells, key: Key, pairs: Pairs, name: str) -> bool:
    """Tell whether a column that a key determines follows from the key by itself.

    A number that names nothing (no identifier by name) may be an amount: what rises or falls with it, or is cut
    from it, is computed. Of a date, whatever is the same on all Mondays, in all Mays and so on
    is a part of it, numbers with fractions aside: those are measured.

    Args:
        facts: Facts with the sample.
        cells: The different rows.
        key: The key.
        pairs: Its pairs.
        name: The column.
    """
    codes, column = cells.codes[name], facts.columns[name]
    if key.moment or facts.columns[key.columns[0]].storage.temporal:
        fractions = column.storage is Storage.NUMBER and column.whole < column.filled
        return column.storage.temporal or (not fractions and _part_of_date(facts, cells, key, pairs, codes))
    if key.names or key.columns[0] not in facts.arrays.numbers:
        return False
    numbers = facts.arrays.numbers[key.columns[0]][cells.rows]
    known = ~np.isnan(numbers) & (codes > 0)
    numbers, codes = numbers[known], codes[known]
    if column.storage.numeric and monotone(numbers, codes):
        return True
    cut = cut_of(numbers, codes) if numbers.size else None
    return cut is not None and cut.share >= DETERMINED and cut.log_p <= np.log(ERROR)


def monotone(numbers: NDArray[np.float64], codes: Codes) -> bool:
    """Tell whether numbers (as codes in their order) rise or fall with the key, each key counting once."""
    first = np.unique(numbers, return_index=True)[1]
    ranks = pl.Series(codes[first]).rank().to_numpy()
    if first.size < LEAST_KEYS or np.ptp(ranks) == 0:
        return False
    return bool(abs(np.corrcoef(np.arange(first.size), ranks)[0, 1]) >= MONOTONE)


def _part_of_date(facts: Facts, cells: Cells, key: Key, pairs: Pairs, codes: Codes) -> bool:
    for part in _parts(facts.arrays.numbers[key.columns[0]][cells.rows]):
        held = Pairs.of(part, cells.seed)
        if holds_across(held, pairs.key, codes) and held.equal(codes).mean() >= ALWAYS:
            return True
    return False


def _parts(seconds: NDArray[np.float64]) -> list[Codes]:
    """Return weekday, month, day of the month and year per row, -1 where the date is not known."""
    known = ~np.isnan(seconds)
    days = np.nan_to_num(seconds // DAY, nan=0).astype(np.int64)
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    month = months.astype(np.int64)
    of_month = days - months.astype("datetime64[D]").astype(np.int64)
    parts = (days % 7, month % 12, of_month, month // 12 - int((month // 12).min()))
    return [np.where(known, part, -1) for part in parts]
