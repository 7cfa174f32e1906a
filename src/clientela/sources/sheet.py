"""From a sheet of raw cells to a table: layout, names, typing, totals, and the reading that says so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from clientela.domain.errors import NoRowsError, quoted
from clientela.domain.letters import letter
from clientela.domain.progress import SILENT, Progress
from clientela.domain.reading import Reading, SetAside
from clientela.sources.layout import Layout, Row, find_layout, shown
from clientela.sources.naming import unique_names
from clientela.sources.shapes import trimmed
from clientela.sources.typing_cells import RawColumn, RawTable, TypedTable, type_cells
from clientela.tables import sql
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine

LOOKED_AT = 60
"""Rows looked at from the start and from the end."""

MOST_LISTED = 100
GROUP = 100
LEAST_ROWS = 3
CLOSE = 1e-9


@dataclass(frozen=True)
class Sheet:
    """Raw cells of a sheet or text file inside an engine, in columns `c0`, `c1`, ...

    Attributes:
        engine: The engine that holds them.
        table: Name of the table.
        width: Number of columns.
        typed: Whether columns `k0`, `k1`, ... hold the stored kinds.
        left: Columns of the sheet left of the first one held.
        merged_rows: Positions of rows with cells merged across columns.
        merged: Cells filled from merged ranges, by column; empty where there are none.
    """

    engine: Engine
    table: str
    width: int
    typed: bool = False
    left: int = 0
    merged_rows: frozenset[int] = frozenset()
    merged: tuple[int, ...] = ()


def to_table(sheet: Sheet, reading: Reading, progress: Progress = SILENT) -> DuckTable:
    """Find the table in a sheet and type it.

    Args:
        sheet: Raw cells.
        reading: What is known so far; completed here.
        progress: Told how far it is.

    Returns:
        The table; closing it closes the engine.

    Raises:
        InputError: There is no data.
    """
    rows = _rows(sheet)
    head, tail = _window(sheet, 0, LOOKED_AT), _window(sheet, max(0, rows - LOOKED_AT), rows)
    layout = find_layout(head, tail, rows, sheet.merged_rows)
    layout = _beyond(sheet, layout, rows, head)
    _check(layout, head, reading)
    sheet, layout, blank, blank_count = _without_blank(sheet, layout)
    raw, notes = _columns(sheet, layout)
    typed = type_cells(raw, progress)
    total = _sum_row(raw, typed)
    if total is not None:
        layout = replace(layout, last=layout.last - 1)
        raw = replace(raw, last=raw.last - 1)
        sheet.engine.drop(typed.table)
        typed = type_cells(raw, progress)
    sheet.engine.drop(sheet.table)
    aside = [*layout.set_aside(), *blank]
    if total is not None:
        aside.append(SetAside(layout.last + blank_count + 1, "total", total))
    aside.sort(key=lambda item: item.row)
    hidden_blank = blank_count - len(blank)
    complete = replace(
        reading,
        header_row=layout.header_position + 1 if layout.header_lines else 0,
        header_lines=layout.header_lines,
        set_aside=tuple(aside[:MOST_LISTED]),
        set_aside_count=len(aside) + hidden_blank,
        columns=typed.columns,
        notes=(*reading.notes, *notes, *typed.notes),
    )
    names = [column.name for column in typed.columns]
    return DuckTable.over(sheet.engine, typed.table, complete, names, owner=True)


def _rows(sheet: Sheet) -> int:
    return int(sheet.engine.frame(sql.select([exp.Count(this=exp.Star())], sheet.table)).item())


def _cells(sheet: Sheet) -> list[str]:
    return [f"c{index}" for index in range(sheet.width)]


def _window(sheet: Sheet, first: int, last: int) -> list[Row]:
    items = [sql.named(trimmed(sql.column(cell)), cell) for cell in _cells(sheet)]
    query = sql.select(items, sheet.table).where(_between(first, last))
    return [tuple(row) for row in sheet.engine.frame(query).iter_rows()]


def _between(first: int, last: int) -> exp.Expr:
    position = sql.column("rowid")
    return exp.and_(
        exp.GTE(this=position, expression=sql.number(first)),
        exp.LT(this=position.copy(), expression=sql.number(last)),
    )


def _beyond(sheet: Sheet, layout: Layout, rows: int, head: list[Row]) -> Layout:
    """Look further up where none of the rows looked at from below holds data."""
    reach = min(rows, LOOKED_AT)
    while layout.last == rows - reach and layout.first < layout.last:
        reach = min(rows, reach * 8)
        layout = find_layout(head, _window(sheet, rows - reach, rows), rows, sheet.merged_rows)
    return layout


def _check(layout: Layout, head: Sequence[Row], reading: Reading) -> None:
    what = f"sheet {quoted(reading.sheet)}" if reading.sheet else f"file {quoted(reading.source)}"
    if not any(any(row) for row in head) and layout.last <= layout.first:
        raise NoRowsError(f"The {what} is empty: choose one that holds a table.")
    if layout.last <= layout.first:
        raise NoRowsError(f"The {what} holds a header but no rows of data: choose one that holds a table.")


def _without_blank(sheet: Sheet, layout: Layout) -> tuple[Sheet, Layout, list[SetAside], int]:
    """Leave out blank rows among the data."""
    blank = exp.and_(*(exp.EQ(this=trimmed(sql.column(cell)), expression=sql.text("")) for cell in _cells(sheet)))
    inside = exp.and_(_between(layout.first, layout.last), blank)
    counted = sql.select([exp.Count(this=exp.Star())], sheet.table).where(inside)
    count = int(sheet.engine.frame(counted).item())
    if not count:
        return sheet, layout, [], 0
    listed = sql.select([sql.named(sql.column("rowid"), "position")], sheet.table).where(inside)
    listed = listed.order_by(sql.column("position")).limit(MOST_LISTED)
    rows = [SetAside(int(place) + 1, "blank", "") for place in sheet.engine.frame(listed)["position"]]
    kept = sql.select([exp.Star()], sheet.table).where(exp.Not(this=exp.paren(inside)))
    table = sheet.engine.create_table(kept)
    sheet.engine.drop(sheet.table)
    return replace(sheet, table=table), replace(layout, last=layout.last - count), rows, count


def _columns(sheet: Sheet, layout: Layout) -> tuple[RawTable, list[str]]:
    """Name the columns, and leave out those without header and cells."""
    headers = [*layout.headers, *("",) * (sheet.width - len(layout.headers))][: sheet.width]
    blank = _blank_columns(sheet, layout, [index for index, header in enumerate(headers) if not header])
    kept = [index for index in range(sheet.width) if index not in blank]
    names, notes = unique_names([headers[index] for index in kept])
    merged = sheet.merged or (0,) * sheet.width
    columns = tuple(
        RawColumn(
            cell=f"c{index}",
            kind=f"k{index}" if sheet.typed else None,
            name=name,
            header=headers[index],
            letter=letter(index + sheet.left),
            merged=merged[index],
        )
        for index, name in zip(kept, names, strict=True)
    )
    said = [f"{len(blank)} blank {'column was' if len(blank) == 1 else 'columns were'} left out."] if blank else []
    unnamed = notes if layout.header_lines else ("No header was found: the columns were named column_1, column_2, ...",)
    return RawTable(sheet.engine, sheet.table, columns, layout.first, layout.last), [*said, *unnamed]


def _blank_columns(sheet: Sheet, layout: Layout, suspects: Sequence[int]) -> set[int]:
    blank: set[int] = set()
    for start in range(0, len(suspects), GROUP):
        group = suspects[start : start + GROUP]
        items = [
            sql.named(sql.counted(exp.NEQ(this=trimmed(sql.column(f"c{index}")), expression=sql.text(""))), f"c{index}")
            for index in group
        ]
        counts = sheet.engine.frame(sql.select(items, sheet.table).where(_between(layout.first, layout.last))).row(0)
        blank.update(index for index, count in zip(group, counts, strict=True) if not count)
    return blank


def _sum_row(raw: RawTable, typed: TypedTable) -> str | None:
    """Return the text of the last row where its numbers are the sums of those above, else None."""
    count = raw.last - raw.first
    if count <= LEAST_ROWS:
        return None
    last = raw.engine.frame(
        sql.select([sql.column(column.cell) for column in raw.columns], typed.table).where(_between(count - 1, count))
    ).row(0)
    numeric = [index for index, column in enumerate(typed.columns) if column.storage.numeric]
    filled = [index for index in numeric if last[index] is not None]
    words = sum(1 for value, column in zip(last, typed.columns, strict=True) if value is not None) - len(filled)
    if not filled or words > 1 or all(value is not None for value in last):
        return None
    sums = raw.engine.frame(
        sql.select(
            [
                sql.named(sql.call("sum", sql.cast(sql.column(raw.columns[index].cell), "DOUBLE")), f"s{index}")
                for index in filled
            ],
            typed.table,
        ).where(_between(0, count - 1))
    ).row(0)
    pairs = list(zip((last[index] for index in filled), sums, strict=True))
    if not any(value for value, _ in pairs):
        return None
    if all(sum_ is not None and math.isclose(value, sum_, rel_tol=CLOSE, abs_tol=CLOSE) for value, sum_ in pairs):
        return shown(tuple("" if value is None else str(value) for value in last))
    return None
