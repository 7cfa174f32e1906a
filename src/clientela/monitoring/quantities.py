"""Whole numbers that are quantities although their frequencies rise and fall: amounts are multiplied by them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from clientela.monitoring.columns import Flags, Floats, Kind, as_numbers

LEAST = 100
"""Rows in which all three numbers must be there, so that they show that one is the product of the others."""

SEVERAL = 30
"""Rows of a quantity above 1, of at least two different ones: times 1 shows nothing."""

SLACK = 0.001
"""Share of the rows that may break the product."""

ROUNDED = 0.0050001
"""How far rounding to cents may part a product from its factors."""


def quantities_among(frame: pl.DataFrame, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return whole numbers taken for codes by which one number is multiplied to give another one, as numbers.

    Two seats are sold more often than one or three, so that their frequencies alone look like those of codes. Nobody
    multiplies by a code.
    """
    numbers = [name for name, kind in kinds.items() if kind is Kind.NUMBER]
    codes = [name for name, kind in kinds.items() if kind is Kind.CATEGORY and frame[name].dtype.is_integer()]
    values = {name: as_numbers(frame[name]) for name in (*numbers, *codes)}
    return {name: Kind.NUMBER for name in codes if _multiplied(values, name, numbers)}


def _multiplied(values: Mapping[str, Floats], name: str, numbers: list[str]) -> bool:
    times = values[name]
    with np.errstate(invalid="ignore"):
        told = times > 1
    if np.any(times < 0) or told.sum() < SEVERAL or np.unique(times[told]).size < 2:
        return False
    for part in numbers:
        given = values[part] * times
        for whole in numbers:
            if whole != part and _same(values[whole], given, told):
                return True
    return False


def _same(whole: Floats, given: Floats, told: Flags) -> bool:
    """Tell whether two columns are the same wherever both are something, in rows that tell and in all others."""
    with np.errstate(invalid="ignore"):
        both = (whole != 0) & (given != 0) & ~np.isnan(whole + given)
        if (both & told).sum() < SEVERAL or both.sum() < LEAST:
            return False
        near = np.abs(whole[both] - given[both]) <= ROUNDED
    return bool(np.mean(~near) <= SLACK)
