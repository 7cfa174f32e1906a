"""How the faults of the made tables act: on a share of the rows, where a condition holds, at a strength."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

Made = Callable[[pl.DataFrame, np.random.Generator, float], pl.DataFrame]


@dataclass(frozen=True)
class Planted:
    """A fault: what may be said of it, the columns it is in, and how it is made of a clean batch at a strength."""

    causes: tuple[str, ...]
    columns: tuple[str, ...]
    make: Made


def cells(causes: str, column: str, new: pl.Expr, share: float = 1.0, where: pl.Expr | None = None) -> Planted:
    """Return new cells of a column in a share of the rows where a condition holds; causes are parted by a bar."""

    def make(frame: pl.DataFrame, rng: np.random.Generator, times: float) -> pl.DataFrame:
        rows = pl.Series(rng.random(frame.height) < min(1.0, share * times))
        held = rows if where is None else rows & frame.select(where.alias("held"))["held"].fill_null(value=False)
        return frame.with_columns(pl.when(held).then(new).otherwise(pl.col(column)).alias(column))

    return Planted(tuple(causes.split("|")), (column,), make)


def shuffled(column: str, share: float) -> Planted:
    """Return a share of a column's cells on each other's rows."""

    def make(frame: pl.DataFrame, rng: np.random.Generator, times: float) -> pl.DataFrame:
        rows = np.flatnonzero(rng.random(frame.height) < min(1.0, share * times))
        places = np.arange(frame.height)
        places[rows] = rng.permutation(rows)
        return frame.with_columns(frame[column][places.tolist()])

    return Planted(("row_misalignment",), (column,), make)


def exchanged(first: str, second: str, share: float) -> Planted:
    """Return two columns that hold each other's cells in a share of the rows."""

    def make(frame: pl.DataFrame, rng: np.random.Generator, times: float) -> pl.DataFrame:
        rows = pl.Series(rng.random(frame.height) < min(1.0, share * times))
        return frame.with_columns(
            pl.when(rows).then(pl.col(second)).otherwise(pl.col(first)).alias(first),
            pl.when(rows).then(pl.col(first)).otherwise(pl.col(second)).alias(second),
        )

    return Planted(("column_swap",), (first, second), make)
