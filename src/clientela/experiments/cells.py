"""Cells that a calculation can use: none missing, and numbers where numbers are due."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import InputError, quoted

LARGEST = 1e50
"""Numbers beyond it cannot be squared, and squared again, and added up."""


def complete(frame: pl.DataFrame, names: Sequence[str]) -> None:
    """Check that no cell of some columns is missing.

    Raises:
        InputError: A cell is missing; the sentence names the column and says how many.

    >>> complete(pl.DataFrame({"reward": [0.0, 1.0]}), ["reward"])
    """
    for name in names:
        missing = frame[name].null_count()
        if missing == len(frame):
            raise InputError(f"The column {quoted(name)} is empty: name another one, or fill it.")
        if missing:
            raise InputError(
                f"{missing:,} of {len(frame):,} cells of {quoted(name)} are missing: a reward that did not come is 0, "
                "and a row whose variant, propensity or visitor is not known must be left out by you."
            )


def numbers(frame: pl.DataFrame, name: str) -> NDArray[np.float64]:
    """Return a column without missing cells as numbers; true counts 1.

    Raises:
        InputError: It holds no numbers, or one that cannot be calculated with.

    >>> numbers(pl.DataFrame({"reward": [True, False]}), "reward").tolist()
    [1.0, 0.0]
    """
    series = frame[name]
    if not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
        raise InputError(f"The column {quoted(name)} holds no numbers: name another one.")
    values = series.cast(pl.Float64).to_numpy()
    if not (np.abs(values) <= LARGEST).all():
        raise InputError(
            f"The column {quoted(name)} holds numbers that are infinite, undefined or beyond {LARGEST:g}: "
            "mend those rows."
        )
    return np.asarray(values, dtype=np.float64)
