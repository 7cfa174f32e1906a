"""Open any source as a table: the content decides which adapter reads it."""

from __future__ import annotations

import glob
from collections.abc import Callable, Mapping
from pathlib import Path

from clientela.domain.errors import InputError, SourceNotFoundError, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.sources.arrow_ipc import open_arrow
from clientela.sources.delimited import open_delimited
from clientela.sources.detecting import FileKind, detect
from clientela.sources.duckdb_file import open_duckdb, table_names
from clientela.sources.json_lines import open_json_lines
from clientela.sources.parquet import open_parquet, parquet_files
from clientela.sources.workbook import open_workbook, sheet_names
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame
from clientela.tables.table import Table


def open_table(
    source: str | Path | object, *, sheet: str | None = None, query: str | None = None, progress: Progress = SILENT
) -> Table:
    """Open a file, a folder or glob of parquet files, or a frame as a table.

    Args:
        source: Path of a workbook, csv (any delimiter), parquet, JSON lines, Arrow or DuckDB
            file; or a Polars, pandas or Arrow frame.
        sheet: Sheet of a workbook or table of a DuckDB file; may be left out where there is one only.
        query: Query of a DuckDB file, instead of a table.
        progress: Told how far the reading is.

    Returns:
        The table; `Table.reading` tells what was set aside and every cell that was changed.

    Raises:
        SourceNotFoundError: The file, folder, sheet or table is not there.
        InputError: The source cannot be read, or a sheet must be named.

    >>> import polars as pl
    >>> with open_table(pl.DataFrame({"page": ["start", "basket"]})) as table:
    ...     table.rows
    2
    """
    if not isinstance(source, (str, Path)):
        _refuse_parts("frame", sheet, query)
        return from_frame(source)
    path = Path(source)
    engine = Engine()
    try:
        return _open(path, engine, sheet, query, progress)
    except BaseException:
        engine.close()
        raise


def sheets(path: str | Path) -> tuple[str, ...]:
    """Return the names of a workbook's sheets or a DuckDB file's tables, in order; else none.

    Raises:
        SourceNotFoundError: There is no such file.
        InputError: The file cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        return ()
    kind = detect(path)
    if kind.is_workbook:
        return sheet_names(path, kind)
    return table_names(path) if kind is FileKind.DUCKDB else ()


def _open(path: Path, engine: Engine, sheet: str | None, query: str | None, progress: Progress) -> DuckTable:
    if path.is_dir() or (glob.has_magic(str(path)) and not path.exists()):
        _refuse_parts("folder", sheet, query)
        return open_parquet(parquet_files(path), path.name, engine)
    kind = detect(path)
    if kind is FileKind.DUCKDB:
        return open_duckdb(path, engine, sheet, query)
    _refuse_parts(str(kind), None if kind.is_workbook else sheet, query)
    if kind.is_workbook:
        return open_workbook(path, kind, engine, sheet, progress)
    if kind is FileKind.TEXT:
        return open_delimited(path, engine, progress)
    return _TYPED[kind](path, engine)


def _open_parquet_file(path: Path, engine: Engine) -> DuckTable:
    return open_parquet((path,), path.name, engine)


_TYPED: Mapping[FileKind, Callable[[Path, Engine], DuckTable]] = {
    FileKind.PARQUET: _open_parquet_file,
    FileKind.ARROW: open_arrow,
    FileKind.JSON_LINES: open_json_lines,
}


def _refuse_parts(what: str, sheet: str | None, query: str | None) -> None:
    if sheet is not None:
        raise SourceNotFoundError(f"There is no sheet {quoted(sheet)}: a {what} source has none; leave it out.")
    if query is not None:
        raise InputError(f"A query is for DuckDB files only: a {what} source has no tables to query; leave it out.")
