"""Numbers that are the time between two dates: days, hours, months, years, age."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.audit.checking import Context
from clientela.audit.formulas.deriving import HOLDS, LEAST_ROWS, LEAST_VALUES, Rule
from clientela.domain.column import Storage

Floats = NDArray[np.float64]

MOST_DATES = 5
DAY = 86_400.0


def _months(late: pl.Series, early: pl.Series) -> pl.Series:
    """Return the full months between two dates, by the calendar."""
    months = (late.dt.year() - early.dt.year()) * 12 + late.dt.month().cast(pl.Int32) - early.dt.month().cast(pl.Int32)
    return months - (late.dt.day() < early.dt.day()).cast(pl.Int32)


_CALENDAR: Mapping[str, Callable[[pl.Series, pl.Series], pl.Series]] = MappingProxyType(
    {
        "full years": lambda late, early: (_months(late, early) / 12).floor(),
        "full months": _months,
        "calendar years": lambda late, early: late.dt.year() - early.dt.year(),
    }
)
_UNITS = MappingProxyType({"days": DAY, "weeks": 7 * DAY, "hours": DAY / 24, "minutes": 60.0, "seconds": 1.0})


def spans(context: Context, left: set[str]) -> dict[str, Rule]:
    """Find numbers that are the time between two date columns on 95 % of rows, whole or to their rounding.

    Args:
        context: What the checks share.
        left: Columns whose rule is known already.

    Returns:
        One rule per column.
    """
    facts = context.facts
    dates = facts.stored(Storage.DATE, Storage.TIMESTAMP)[:MOST_DATES]
    targets = [c for c in facts.numeric if c.name not in left and c.distinct >= LEAST_VALUES]
    found: dict[str, Rule] = {}
    for late, early in permutations([column.name for column in dates], 2):
        guesses = _guesses(context, late, early)
        for target in targets:
            cells = facts.arrays.numbers[target.name]
            words = None if target.name in found else _unit(cells, guesses)
            if words is not None:
                share = float(_told(cells, guesses[words]).mean())
                rows = int((~np.isnan(cells) & ~np.isnan(guesses[words])).sum())
                text = f"{words} from {early} to {late}"
                found[target.name] = Rule(target.name, (early, late), text, share, rows)
    return found


def _guesses(context: Context, late: str, early: str) -> dict[str, Floats]:
    facts = context.facts
    seconds = facts.arrays.numbers[late] - facts.arrays.numbers[early]
    guesses = {words: seconds / unit for words, unit in _UNITS.items()}
    series = [facts.sample.get_column(name) for name in (late, early)]
    for words, between in _CALENDAR.items():
        guesses[words] = between(*series).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    guesses["years"] = seconds / (365.25 * DAY)
    return guesses


def _unit(cells: Floats, guesses: Mapping[str, Floats]) -> str | None:
    """Return the unit in which the cells are the time between, tried on a few rows first."""
    for words, guess in guesses.items():
        known = np.flatnonzero(~np.isnan(cells) & ~np.isnan(guess))
        few = known[:: max(1, known.size // 200)]
        if known.size < LEAST_ROWS or _told(cells[few], guess[few]).mean() < HOLDS - 0.05:
            continue
        shifted = float(_told(cells[known], np.roll(guess[known], known.size // 2)).mean())
        share = float(_told(cells[known], guess[known]).mean())
        if share >= HOLDS and (share - shifted) >= HOLDS * (1 - shifted):
            return words
    return None


def _told(cells: Floats, guess: Floats) -> NDArray[np.bool_]:
    """Mark the rows where the cell is the guess exactly, rounded down, rounded, or to two decimals."""
    known = ~np.isnan(cells) & ~np.isnan(guess)
    cells, guess = cells[known], guess[known]
    near = np.minimum(np.abs(cells - np.floor(guess + 1e-9)), np.abs(cells - guess))
    return np.asarray((near < 5.001e-3) | (cells == np.rint(guess)), dtype=np.bool_)
