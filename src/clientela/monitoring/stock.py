"""Rows drawn again and again from a small stock: they count once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.monitoring.case import Case
from clientela.monitoring.columns import Flags, Kind, Side

Hashes = NDArray[np.uint64]

LEAST_COLUMNS = 4
MOST = 10_000
"""Rows of either side on which repeats are compared."""

UNLIKE = 0.9
"""Share of different rows that the reference must have."""

AGAIN = 0.1
"""Share of the rows, beyond those of as many rows of the reference, that must repeat others."""

GAIN = 0.02
"""Rise of that share for which a column is left out."""

TELLING = 0.5
"""Share of different values from which a column alone tells rows apart."""

KEPT = 0.8
"""Part of its values that a column must have kept for each part of the rows that are left: fewer rows have more."""

FEW = 20
GONE = 0.05
"""Share of cells lost from which a column no longer tells rows apart."""


def count_once(case: Case) -> None:
    """Go on with each row once, where rows of a small stock come again under new keys, times or a few new columns.

    Their distributions are no surer than the stock is large; taken for so many rows, chance would look like a break.
    """
    terms = case.terms(Kind.NUMBER, Kind.CATEGORY)
    names = [term.name for term in terms if case.batch.missing(term.name).mean() <= term.nulls + GONE]
    names = stock_columns(case, names)
    if not names:
        return
    first = pl.Series(_rows(_hashes(case.batch, names), names)).is_first_distinct().to_numpy()
    told = f"{first.size - first.sum():,} of {first.size:,} rows repeat others in {len(names)} columns"
    case.notes.append(f"{told}: what follows is tested on each row once.")
    case.keep(first)


def stock_columns(case: Case, names: list[str]) -> list[str]:
    """Return the columns in which rows of the batch repeat each other and those of the reference do not.

    As many rows of either side are compared, so that what is equal by chance is equal on both. Columns that were made
    anew for each row are left out one by one, as long as more of the batch's rows turn out to be repeats.
    """
    size = min(MOST, *case.sizes)
    if len(names) < LEAST_COLUMNS or size < 2:
        return []
    chosen = [np.random.default_rng(0).permutation(rows)[:size] for rows in case.sizes]
    now = {name: values[chosen[0]] for name, values in _hashes(case.batch, names).items()}
    known = {name: values[chosen[1]] for name, values in _hashes(case.reference, names).items()}
    names = [name for name in names if not _fresh(now[name], known[name])]
    found = _fewest(now, known, names)
    poor = _poorer(now, known, found)
    return _fewest(now, known, [name for name in found if name not in poor]) if poor else found


def _fewest(now: Mapping[str, Hashes], known: Mapping[str, Hashes], names: list[str]) -> list[str]:
    """Return the columns that are left when no other one hides repeats; none where there are few repeats."""
    best = _excess(now, known, names)
    while len(names) > LEAST_COLUMNS:
        tried = [(_excess(now, known, rest), rest) for name in names if (rest := [n for n in names if n != name])]
        gain, rest = max(tried, key=lambda item: item[0])
        if gain < best + GAIN:
            break
        best, names = gain, rest
    return names if best >= AGAIN and len(names) >= LEAST_COLUMNS else []


def _poorer(now: Mapping[str, Hashes], known: Mapping[str, Hashes], names: list[str]) -> list[str]:
    """Return columns that lost more values than rows, or whose one value holds the repeats.

    Rounding, a cap or a column that stands still make rows equal too; a stock repeats rows of all values alike.
    """
    if not names:
        return []
    rows = _rows(now, names)
    left = _distinct(rows) / _distinct(_rows(known, names))
    again = pl.Series(rows).is_duplicated().to_numpy()
    return [
        name
        for name in names
        if _distinct(now[name]) < KEPT * left * _distinct(known[name])
        or _of_one_value(now[name], again)
        or _of_few_values(now[name], known[name], rows, again)
    ]


def _of_few_values(now: Hashes, known: Hashes, rows: Hashes, again: Flags) -> bool:
    """Tell whether the rows that repeat hold far fewer values than so many rows of the reference: they were rounded."""
    first = now[again & pl.Series(rows).is_first_distinct().to_numpy()]
    return bool(first.size >= FEW and _distinct(first) < KEPT * _distinct(known[: first.size]))


def _of_one_value(values: Hashes, again: Flags) -> bool:
    """Tell whether rows without a column's commonest value are repeats far less often."""
    levels, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    others = places != int(np.argmax(counts))
    return bool(levels.size > 1 and others.sum() >= FEW and again[others].mean() < 0.5 * again.mean())


def _rows(hashes: Mapping[str, Hashes], names: list[str]) -> Hashes:
    summed: Hashes = np.sum([hashes[name] for name in names], axis=0, dtype=np.uint64)
    return summed


def row_hashes(side: Side, names: list[str]) -> Hashes:
    """Return a number for each row, equal where the rows are in some columns."""
    return _rows(_hashes(side, names), names)


def _hashes(side: Side, names: list[str]) -> dict[str, Hashes]:
    """Return a number for each value, which differs from column to column; sums of them stand for rows."""
    return {
        name: (side.texts[name] if name in side.texts else pl.Series(side.numbers[name])).hash(place).to_numpy()
        for place, name in enumerate(names)
    }


def _fresh(now: Hashes, known: Hashes) -> bool:
    """Tell whether a column alone tells most rows apart, in the batch as in the reference."""
    before = _distinct(known)
    return before > TELLING and _distinct(now) > before - GAIN


def _excess(now: Mapping[str, Hashes], known: Mapping[str, Hashes], names: list[str]) -> float:
    """Return the share of the batch's rows that are repeats, less the reference's; -1 where that has too many."""
    if not names:
        return -1.0
    before = _distinct(_rows(known, names))
    return before - _distinct(_rows(now, names)) if before >= UNLIKE else -1.0


def _distinct(values: Hashes) -> float:
    return float(np.unique(values).size / max(1, values.size))
