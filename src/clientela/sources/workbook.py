"""Workbooks: xlsx, xlsm, xls, xlsb and ods.

Read with python-calamine. On 100,000 rows by 10 columns fastexcel takes 0.6 s and
python-calamine 0.6 s for the cells and 1.1 s with text and kinds written out, but fastexcel
gives text without the kind a cell is stored as, nor the merged ranges; without these a number
stored as text cannot be told from a number, and a merged cell looks like a missing value.
What the reader drops (error values, hidden parts, formulas without value) is taken from the
XML of xlsx files (`archive`).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from clientela.domain.errors import ClientelaError, InputError, NoRowsError, SourceNotFoundError, listed, quoted
from clientela.domain.letters import letter
from clientela.domain.progress import SILENT, Progress
from clientela.domain.reading import Reading
from clientela.sources.archive import SheetFacts, check_archive, check_size, check_spread, sheet_facts
from clientela.sources.delimited import check_width
from clientela.sources.fingerprint import told, unchanged
from clientela.sources.layout import find_layout
from clientela.sources.shapes import BLANKS, Kind
from clientela.sources.sheet import LOOKED_AT, Sheet, to_table
from clientela.sources.streams import arrow
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine

Value = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
ZIPPED = ("xlsx", "xlsm", "xlsb", "ods")
BATCH = 20_000
MOST_FILLED = 5_000_000
"""Most cells that are filled from merged ranges."""

EXACT = 1e22
"""Whole numbers below are written out in digits."""


@dataclass
class Merges:
    """Merged ranges of a sheet, and the values they repeat.

    Attributes:
        cells: By row: the column of a cell to fill, and the row and column of its value.
        across: Rows with cells merged across columns.
        seen: Values of first cells, by row and column.
        filled: Number of cells filled, by column.
    """

    cells: dict[int, list[tuple[int, tuple[int, int]]]] = field(default_factory=dict)
    across: set[int] = field(default_factory=set)
    seen: dict[tuple[int, int], Value] = field(default_factory=dict)
    filled: dict[int, int] = field(default_factory=dict)
    ranges: int = 0


def sheet_names(path: Path, kind: str) -> tuple[str, ...]:
    """Return the names of a workbook's sheets, in order.

    Raises:
        InputError: The workbook is protected, damaged or a bomb.
    """
    if kind in ZIPPED:
        check_archive(path)
    with _told(path), CalamineWorkbook.from_path(str(path)) as book:
        return _names(book)


def open_workbook(
    path: Path, kind: str, engine: Engine, sheet: str | None = None, progress: Progress = SILENT
) -> DuckTable:
    """Read a sheet of a workbook.

    Args:
        path: The workbook.
        kind: "xlsx", "xlsm", "xls", "xlsb" or "ods".
        engine: Where the rows are held.
        sheet: Name of the sheet; may be left out where one sheet only holds data.
        progress: Told how far it is.

    Raises:
        InputError: The workbook cannot be read, or several sheets hold data and none is named.
        SourceNotFoundError: There is no sheet of that name.
    """
    with unchanged([path]) as mark:
        progress.update("opening the workbook")
        if kind in ZIPPED:
            check_archive(path)
        if kind == "ods":
            check_spread(path, path.name)
        with _told(path), CalamineWorkbook.from_path(str(path)) as book:
            names = _names(book)
            hidden = _hidden_sheets(book)
            chosen, notes = _choose(book, names, path, kind, sheet)
            facts = _facts(path, kind, chosen)
            cells = book.get_sheet_by_name(chosen)
            check_width(cells.width, path.name)
            progress.update(f"reading sheet {chosen}")
            loaded, merges = _load(cells, facts, engine)
    reading = Reading(
        source=path.name,
        format=kind,
        sheet=chosen,
        sheets=names,
        merged=merges.ranges,
        hidden=(*hidden, *_hidden_parts(facts)),
        formulas_without_value=facts.formulas_without_value,
        notes=notes,
        fingerprint=mark,
    )
    return to_table(loaded, reading, progress)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the reader says about a workbook into one sentence."""
    damaged = f"The workbook {quoted(path.name)} is damaged or cut off: get it again, or save it anew."
    try:
        with told(path):
            yield
    except PasswordError as error:
        raise InputError(protected(path)) from error
    except ClientelaError:
        raise
    except (CalamineError, ValueError, OverflowError) as error:
        raise InputError(protected(path) if "password" in str(error).lower() else damaged) from error
    except BaseException as error:
        # The reader is written in Rust; what breaks inside it arrives as a panic, which is no Exception.
        if type(error).__name__ == "PanicException":
            raise InputError(damaged) from error
        raise


def protected(path: Path) -> str:
    """Return the sentence about a workbook with a password."""
    return f"The workbook {quoted(path.name)} is protected by a password: save it without one."


def _names(book: CalamineWorkbook) -> tuple[str, ...]:
    return tuple(item.name for item in book.sheets_metadata if item.typ is SheetTypeEnum.WorkSheet)


def _hidden_sheets(book: CalamineWorkbook) -> tuple[str, ...]:
    hidden = [item.name for item in book.sheets_metadata if item.visible is not SheetVisibleEnum.Visible]
    return tuple(f"sheet {quoted(name)}" for name in hidden)


def _visible(book: CalamineWorkbook) -> frozenset[str]:
    return frozenset(item.name for item in book.sheets_metadata if item.visible is SheetVisibleEnum.Visible)


def _hidden_parts(facts: SheetFacts) -> Iterator[str]:
    for first, last in facts.hidden_columns[:LOOKED_AT]:
        low, high = letter(first - 1), letter(last - 1)
        yield f"column {low}" if low == high else f"columns {low} to {high}"
    if facts.hidden_rows:
        yield f"{facts.hidden_rows} row{'s' if facts.hidden_rows > 1 else ''}"


def _choose(
    book: CalamineWorkbook, names: tuple[str, ...], path: Path, kind: str, sheet: str | None
) -> tuple[str, tuple[str, ...]]:
    if sheet is not None:
        if sheet in names:
            return sheet, ()
        near = [name for name in names if name.casefold() == sheet.casefold()]
        hint = f"did you mean {listed(near)}?" if near else f"the sheets are {listed(names)}."
        raise SourceNotFoundError(f"There is no sheet {quoted(sheet)} in {quoted(path.name)}: {hint}")
    if len(names) == 1:
        return names[0], ()
    full = []
    for name in names:
        facts = _facts(path, kind, name)
        if book.get_sheet_by_name(name).height or facts.errors:
            full.append(name)
    if len(full) == 1:
        return full[0], (f"The sheet {quoted(full[0])} was taken: the other sheets are empty.",)
    shown = [name for name in full if name in _visible(book)]
    if len(shown) == 1:
        return shown[0], (f"The sheet {quoted(shown[0])} was taken: the others are hidden or empty.",)
    if not full:
        raise NoRowsError(f"The workbook {quoted(path.name)} is empty: choose one that holds a table.")
    raise InputError(
        f"The workbook {quoted(path.name)} has {len(names)} sheets ({listed(names)}): choose one with --sheet NAME."
    )


def _facts(path: Path, kind: str, name: str) -> SheetFacts:
    if kind not in ("xlsx", "xlsm"):
        return SheetFacts()
    facts = sheet_facts(path, name)
    check_size(facts, name)
    return facts


def _load(cells: CalamineSheet, facts: SheetFacts, engine: Engine) -> tuple[Sheet, Merges]:
    # The reader gives blank rows above the first cell, but no blank columns left of it.
    left = cells.start[1] if cells.start else 0
    merges = _merges(cells, left)
    rows = _with_errors(cells.iter_rows(), facts, left)
    head = list(itertools.islice(rows, LOOKED_AT))
    texts = [tuple(_text(value).strip(BLANKS) for value in row) for row in head]
    first = find_layout(texts, (), len(head), frozenset(merges.across)).first
    filled = _filled(itertools.chain(head, rows), merges, first)
    width = max(cells.width, 1)
    schema = arrow.schema(
        [(f"c{index}", arrow.string()) for index in range(width)]
        + [(f"k{index}", arrow.uint8()) for index in range(width)]
    )
    reader = arrow.RecordBatchReader.from_batches(schema, _batches(filled, schema, width))
    table = engine.load(reader)
    counts = tuple(merges.filled.get(index, 0) for index in range(width))
    return Sheet(engine, table, width, True, left, frozenset(merges.across), counts), merges


class _Error(str):
    """An error value of a cell."""

    __slots__ = ()


def _with_errors(rows: Iterator[list[Value]], facts: SheetFacts, left: int) -> Iterator[list[Value]]:
    if not facts.errors:
        yield from rows
        return
    for number, row in enumerate(rows):
        for column, value in facts.errors.get(number, {}).items():
            if 0 <= column - left < len(row):
                row[column - left] = _Error(value)
        yield row


def _merges(cells: CalamineSheet, left: int) -> Merges:
    """Return the cells to fill, relative to the first cell held."""
    merges = Merges()
    height = cells.end[0] + 1 if cells.end else 0
    for (top, first), (bottom, last) in cells.merged_cell_ranges or ():
        merges.ranges += 1
        rows = range(top, min(bottom, height - 1) + 1)
        columns = range(max(0, first - left), min(last - left, cells.width - 1) + 1)
        if len(columns) > 1:
            merges.across.update(rows[:1])
        section = len(columns) == cells.width > 1
        if section or merges.ranges > MOST_FILLED or len(rows) * len(columns) > MOST_FILLED:
            continue
        anchor = (top, first - left)
        for row in rows:
            for column in columns:
                merges.cells.setdefault(row, []).append((column, anchor))
    return merges


def _filled(rows: Iterator[list[Value]], merges: Merges, first: int) -> Iterator[list[Value]]:
    """Repeat the value of a merged range in its cells, among the data."""
    for number, row in enumerate(rows):
        for column, anchor in merges.cells.pop(number, ()):
            if anchor == (number, column):
                merges.seen[anchor] = row[column]
            elif number >= first and anchor[0] >= first and row[column] == "" and merges.seen.get(anchor, "") != "":
                row[column] = merges.seen[anchor]
                merges.filled[column] = merges.filled.get(column, 0) + 1
        yield row


def _batches(rows: Iterator[list[Value]], schema: Any, width: int) -> Iterator[Any]:
    size = max(1, min(BATCH, 10 * BATCH // width))
    while batch := list(itertools.islice(rows, size)):
        columns = [_column(values) for values in zip(*batch, strict=True)]
        arrays = [arrow.array(texts, arrow.string()) for texts, _ in columns]
        arrays += [arrow.array(kinds, arrow.uint8()) for _, kinds in columns]
        yield arrow.RecordBatch.from_arrays(arrays, schema=schema)


def _column(values: Sequence[Value]) -> tuple[list[str], list[Kind]]:
    """Return the text and the stored kind of each cell."""
    return [_text(value) for value in values], [_KINDS[type(value)] if value != "" else Kind.EMPTY for value in values]


def _text(value: Value) -> str:
    return _TEXTS[type(value)](value)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)


def _duration(value: dt.timedelta) -> str:
    seconds = int(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{second:02}"


_TEXTS: dict[type, Callable[..., str]] = {
    str: lambda value: value,
    _Error: str,
    float: _number,
    int: str,
    bool: lambda value: "true" if value else "false",
    dt.date: dt.date.isoformat,
    dt.datetime: lambda value: value.isoformat(" "),
    dt.time: dt.time.isoformat,
    dt.timedelta: _duration,
}
_KINDS: dict[type, Kind] = {
    str: Kind.TEXT,
    _Error: Kind.ERROR,
    float: Kind.NUMBER,
    int: Kind.NUMBER,
    bool: Kind.BOOLEAN,
    dt.date: Kind.DATE,
    dt.datetime: Kind.DATE,
    dt.time: Kind.DATE,
    dt.timedelta: Kind.DATE,
}
