"""Columns as the recipe reads them: each in each way once, however many parts of the rows ask."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.models.values import FloatArray, IntArray, moments, numbers, seconds, texts, truths, words_of

Flags = NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)


class Column:
    """The cells of a column, read when first asked for.

    Args:
        series: The cells.
    """

    def __init__(self, series: pl.Series) -> None:
        self.series = series
        self._fields: dict[str, FloatArray] = {}

    @cached_property
    def numbers(self) -> FloatArray:
        """The cells as numbers, see `values.numbers`."""
        return numbers(self.series)

    @cached_property
    def truths(self) -> FloatArray:
        """Yes as 1, no as 0, see `values.truths`."""
        return truths(self.series)

    @cached_property
    def seconds(self) -> FloatArray:
        """Dates and times as seconds since 1970, see `values.seconds`."""
        return seconds(self.series)

    @cached_property
    def dated(self) -> Flags:
        """Whether the text of each cell reads as a date or time."""
        return moments(self._texts).is_not_null().to_numpy()

    @cached_property
    def codes(self) -> IntArray:
        """Place of the text of each cell in `words`; -1 for what is missing or blank."""
        if not self.words:
            return np.full(len(self.series), -1, dtype=np.int64)
        places = pl.Series(range(len(self.words)), dtype=pl.Int64)
        found = self._texts.replace_strict(self._known, places, default=-1, return_dtype=pl.Int64)
        return found.to_numpy()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The distinct texts, in no order."""
        return tuple(self._known.to_list())

    @cached_property
    def bags(self) -> tuple[frozenset[str], ...]:
        """The words of each of `words`, see `values.words_of`."""
        return tuple(map(words_of, self.words))

    def field(self, name: str) -> FloatArray:
        """Return the "month", "weekday" or "hour" of each cell, NaN for what is no date or time."""
        if name not in self._fields:
            clock = self._moments.dt
            found = {"month": clock.month, "weekday": clock.weekday, "hour": clock.hour}[name]()
            self._fields[name] = found.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)
        return self._fields[name]

    @cached_property
    def _texts(self) -> pl.Series:
        return texts(self.series)

    @cached_property
    def _known(self) -> pl.Series:
        return self._texts.drop_nulls().unique()

    @cached_property
    def _moments(self) -> pl.Series:
        return moments(self.series)


class Reading:
    """The cells of some rows of a column.

    Args:
        column: The column.
        rows: The rows; None for all.
    """

    def __init__(self, column: Column, rows: IntArray | None = None) -> None:
        self.column, self._rows = column, rows
        self.name, self.dtype = column.series.name, column.series.dtype

    @classmethod
    def of(cls, series: pl.Series) -> Reading:
        """Return all cells of a column."""
        return cls(Column(series))

    def __len__(self) -> int:
        return len(self.column.series) if self._rows is None else len(self._rows)

    @property
    def numbers(self) -> FloatArray:
        """See `Column.numbers`."""
        return self._mine(self.column.numbers)

    @property
    def truths(self) -> FloatArray:
        """See `Column.truths`."""
        return self._mine(self.column.truths)

    @property
    def seconds(self) -> FloatArray:
        """See `Column.seconds`."""
        return self._mine(self.column.seconds)

    @property
    def dated(self) -> Flags:
        """See `Column.dated`."""
        return self._mine(self.column.dated)

    @property
    def codes(self) -> IntArray:
        """See `Column.codes`."""
        return self._mine(self.column.codes)

    def field(self, name: str) -> FloatArray:
        """See `Column.field`."""
        return self._mine(self.column.field(name))

    def _mine(self, values: NDArray[T]) -> NDArray[T]:
        return values if self._rows is None else values[self._rows]


class Readings:
    """Some rows of a frame, column by column.

    Args:
        frame: All rows.

    >>> cells = Readings(pl.DataFrame({"n": ["1", "x", "3"]}))
    >>> cells.take(np.array([2, 1]))["n"].numbers.tolist()
    [3.0, nan]
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self._columns: dict[str, Column] = {}
        self._rows: IntArray | None = None

    @classmethod
    def of(cls, rows: pl.DataFrame | Readings) -> Readings:
        """Return the rows of a frame, or readings as they are."""
        return rows if isinstance(rows, Readings) else cls(rows)

    def take(self, rows: IntArray) -> Readings:
        """Return some of the rows, by position, sharing what has been read."""
        taken = Readings(self.frame)
        taken._columns = self._columns
        taken._rows = rows if self._rows is None else self._rows[rows]
        return taken

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return self.frame.columns

    def __len__(self) -> int:
        return len(self.frame) if self._rows is None else len(self._rows)

    def __getitem__(self, name: str) -> Reading:
        if name not in self._columns:
            self._columns[name] = Column(self.frame[name])
        return Reading(self._columns[name], self._rows)
