"""Plants in a workbook: what a sheet holds that is no data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter

ROWS = 400
Writer = Callable[[Path, pl.DataFrame, np.random.Generator, int], None]


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def write(path: Path, frame: pl.DataFrame, above: list[list[str]], headers: list[list[str]]) -> tuple[Any, Any, int]:
    """Write a sheet with lines above the header; return workbook, sheet and the first row of data."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("data")
    lines = [*above, *headers]
    for place, line in enumerate(lines):
        sheet.write_row(place, 0, line)
    for place, row in enumerate(frame.rows()):
        sheet.write_row(len(lines) + place, 0, [_cell(value) for value in row])
    return book, sheet, len(lines)


def plain(path: Path, frame: pl.DataFrame, chance: np.random.Generator, strength: int) -> None:
    """The table alone."""
    del chance, strength
    write(path, frame, [], [frame.columns])[0].close()


def header_row(path: Path, frame: pl.DataFrame, chance: np.random.Generator, strength: int) -> None:
    """Lines above the table, a header of two lines and a total; or the header again inside, notes below."""
    if chance.random() < 0.4:
        _pages(path, frame, chance, strength)
        return
    above = [["Report of visits"], *([["as of Monday"], []] if strength else [])]
    captions = ["SHOP" if place < len(frame.columns) // 2 else "CRM" for place in range(len(frame.columns))]
    headers = [captions, frame.columns] if strength == 2 else [frame.columns]
    book, sheet, first = write(path, frame, above, headers)
    if strength == 2:
        sheet.write(first + frame.height, 0, "Total")
        sheet.write(first + frame.height, 5, int(chance.integers(1000, 9999)))
    book.close()


def _pages(path: Path, frame: pl.DataFrame, chance: np.random.Generator, strength: int) -> None:
    """Write pages below each other, each with its header, and a note below the last."""
    book, sheet, _ = write(path, frame, [], [frame.columns])
    breaks = sorted(int(row) for row in chance.choice(np.arange(20, frame.height - 20), (1, 3, 8)[strength], False))
    line = 1
    for place, row in enumerate(frame.rows()):
        if place in breaks:
            sheet.write_row(line, 0, frame.columns)
            line += 1
        sheet.write_row(line, 0, ["" if value is None else _cell(value) for value in row])
        line += 1
    if strength:
        sheet.write(line + 1, 0, "* without visits of our own staff")
    book.close()


def empty_rows_columns(path: Path, frame: pl.DataFrame, chance: np.random.Generator, strength: int) -> None:
    """One blank row; an empty column under a name; both, several."""
    blank = sorted(chance.choice(frame.height, 1 + strength, replace=False)) if strength != 1 else []
    if strength:
        frame = frame.with_columns(pl.lit(None).alias("reserve"))
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("data")
    sheet.write_row(0, 0, frame.columns)
    line = 1
    for place, row in enumerate(frame.rows()):
        line += place in blank
        sheet.write_row(line, 0, [_cell(value) for value in row])
        line += 1
    book.close()


def merged_cells(path: Path, frame: pl.DataFrame, chance: np.random.Generator, strength: int) -> None:
    """One, three or ten merged ranges of four cells in a text column."""
    book, sheet, first = write(path, frame, [], [frame.columns])
    place = next(i for i, kind in enumerate(frame.dtypes) if kind == pl.String)
    for start in chance.choice(frame.height // 6, (1, 3, 10)[strength], replace=False):
        sheet.merge_range(
            first + 6 * int(start), place, first + 6 * int(start) + 3, place, frame[6 * int(start), place]
        )
    book.close()


def hidden_parts(path: Path, frame: pl.DataFrame, chance: np.random.Generator, strength: int) -> None:
    """A hidden column, hidden rows, a hidden sheet."""
    book, sheet, _ = write(path, frame, [], [frame.columns])
    if strength == 0:
        sheet.set_column(2, 2, None, None, {"hidden": True})
    elif strength == 1:
        for row in chance.choice(frame.height, 5, replace=False):
            sheet.set_row(int(row) + 1, None, None, {"hidden": True})
    else:
        book.add_worksheet("old").hide()
    book.close()


def formula_without_value(path: Path, frame: pl.DataFrame, chance: np.random.Generator, strength: int) -> None:
    """Formulas that were never calculated, in 3, 20 or all rows."""
    book, sheet, first = write(path, frame, [], [[*frame.columns, "total"]])
    count = (3, 20, frame.height)[strength]
    formulas = set(chance.choice(frame.height, count, replace=False))
    for row in range(frame.height):
        if row in formulas:
            sheet.write_formula(first + row, frame.width, f"=E{first + row + 1}*2", None, "")
        else:
            sheet.write(first + row, frame.width, row * 3.5)
    book.close()


SHEETS: dict[str, Writer] = {
    writer.__name__: writer
    for writer in (header_row, empty_rows_columns, merged_cells, hidden_parts, formula_without_value)
}
