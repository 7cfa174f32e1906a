"""Tables from frames in memory: Polars, pandas, Arrow, and whatever offers an Arrow stream."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from clientela.domain.errors import InputError, listed, quoted
from clientela.domain.reading import Reading
from clientela.tables.duck import DuckTable, check_names
from clientela.tables.engine import Engine


def from_frame(data: object, reading: Reading | None = None, engine: Engine | None = None) -> DuckTable:
    """Copy a frame into a table.

    Args:
        data: A Polars frame (a lazy one is collected), a pandas frame (its NaN are null, as
            pandas means them), an Arrow table or any object with the Arrow PyCapsule interface.
        reading: How the frame came to be; a plain record where None.
        engine: Engine that shall hold the rows; an own one, closed with the table, where None.

    Returns:
        The table, rows in the order of the frame.

    Raises:
        InputError: `data` is none of these, or its columns cannot be taken.

    >>> with from_frame(pl.DataFrame({"page": ["start", "basket"]})) as table:
    ...     table.rows
    2
    """
    names, columns, notes = _parts(data)
    check_names(names)
    record = reading or Reading(source="frame", format="frame", header_row=0, header_lines=0)
    record = replace(record, notes=(*record.notes, *notes))
    plain = pl.DataFrame([_typed(column).alias(f"c{index}") for index, column in enumerate(columns)])
    held = engine or Engine()
    return DuckTable.over(held, held.load(plain), record, names, owner=engine is None)


def _parts(data: Any) -> tuple[list[str], list[pl.Series], tuple[str, ...]]:
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if type(data).__module__.split(".")[0] == "pandas" and hasattr(data, "columns"):
        return _pandas(data)
    if not isinstance(data, pl.DataFrame) and not hasattr(data, "__arrow_c_stream__"):
        raise InputError(
            f"A {type(data).__name__} is no frame: give a Polars, pandas or Arrow frame, or one with an Arrow stream."
        )
    names = [str(name) for name in getattr(data, "column_names", [])]
    check_names(names)
    frame = data if isinstance(data, pl.DataFrame) else _streamed(data)
    return frame.columns, frame.get_columns(), ()


def _streamed(data: Any) -> pl.DataFrame:
    try:
        return pl.DataFrame(data)
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise InputError(f"The Arrow stream cannot be taken as a table: {str(error).splitlines()[0]}") from error


def _pandas(data: Any) -> tuple[list[str], list[pl.Series], tuple[str, ...]]:
    names = [str(name) for name in data.columns]
    notes = []
    index = data.index
    if not (type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1):
        notes.append("The index of the frame was left out.")
    columns = []
    mixed = []
    for place, name in enumerate(names):
        series = data.iloc[:, place]
        try:
            columns.append(pl.from_pandas(series))
        except (TypeError, ValueError):
            mixed.append(name)
            columns.append(
                pl.Series([None if missing else str(cell) for cell, missing in zip(series, series.isna(), strict=True)])
            )
    if mixed:
        notes.append(f"Columns of mixed types were taken as text: {listed(mixed)}.")
    return names, columns, tuple(notes)


def _typed(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Object:
        raise InputError(f"The column {quoted(column.name)} holds Python objects: turn them into text or numbers.")
    return column.cast(pl.String) if column.dtype == pl.Null else column
