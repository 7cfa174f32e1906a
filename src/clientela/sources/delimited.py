"""Delimited text files: csv, tsv and their like, in any delimiter, quoting and encoding.

The file is decoded, cut into cells by the engine, and kept there as text; nothing but a few
lines at either end is held in Python. A file that the engine's strict reader refuses (ragged
lines, quotes that do not close) is first written anew, line by line, so that no cell is lost.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlglot import exp

from clientela.domain.errors import ClientelaError, InputError, OutputError, RefusedError, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.domain.reading import Reading
from clientela.sources.dialect import Dialect, find_dialect, records
from clientela.sources.encoding import PlainText, to_plain_text
from clientela.sources.fingerprint import unchanged
from clientela.sources.sheet import Sheet, to_table
from clientela.tables import sql
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine

LONGEST_LINE = 1 << 25
"""Most bytes of a line."""

MOST_COLUMNS = 4096
"""Most columns of an untyped source."""


def open_delimited(path: Path, engine: Engine, progress: Progress = SILENT) -> DuckTable:
    """Read a delimited text file, packed by gzip or not.

    Args:
        path: The file.
        engine: Where the rows are held.
        progress: Told how far it is.

    Raises:
        InputError: The file is empty, damaged, too wide or changes while it is read.
        OutputError: There is no room for temporary files.
    """
    with unchanged([path]) as mark, _temporary() as name:
        progress.update("decoding")
        folder = Path(name)
        plain = to_plain_text(path, folder)
        dialect = find_dialect(plain.path)
        check_width(dialect.width, path.name)
        progress.update("parting into cells")
        table, ragged = _load(plain, dialect, folder, engine)
    reading = Reading(
        source=path.name,
        format="csv",
        delimiter=dialect.delimiter,
        encoding=plain.encoding,
        notes=(*plain.notes, *ragged),
        fingerprint=mark,
    )
    width = len(engine.types(table))
    return to_table(Sheet(engine, table, width), reading, progress)


def check_width(width: int, name: str) -> None:
    """Refuse a table with more columns than can be worked on.

    Raises:
        InputError: There are more than `MOST_COLUMNS`.
    """
    if width > MOST_COLUMNS:
        raise InputError(
            f"The file {quoted(name)} has {width} columns and at most {MOST_COLUMNS} can be read: keep those you need."
        )


def _temporary() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="clientela-")
    except OSError as error:
        raise OutputError(f"No temporary folder can be made: {error.strerror}.") from error


def _load(plain: PlainText, dialect: Dialect, folder: Path, engine: Engine) -> tuple[str, tuple[str, ...]]:
    """Return the table of text cells, and sentences about lines that are not like the others."""
    if dialect.delimiter != " ":
        # A link has a name without characters that the engine would take for a pattern.
        link = folder / "cells.csv"
        link.symlink_to(plain.path.resolve())
        try:
            return engine.create_table(_query(link, dialect)), ()
        except (RefusedError, OutputError):
            raise
        except ClientelaError:
            link.unlink()
    even = folder / "even.csv"
    width, odd = _rewrite(plain.path, even, dialect)
    check_width(width, plain.path.name)
    rewritten = Dialect(",", width=width)
    notes = (f"{odd} lines have fewer or more cells than the widest.",) if odd and dialect.delimiter else ()
    return engine.create_table(_query(even, rewritten)), notes


def _query(path: Path, dialect: Dialect) -> exp.Select:
    columns = [
        exp.PropertyEQ(this=exp.to_identifier(f"c{index}"), expression=sql.text("VARCHAR"))
        for index in range(dialect.width)
    ]
    options: dict[str, exp.Expr] = {
        "header": exp.false(),
        "auto_detect": exp.false(),
        "strict_mode": exp.true(),
        "delim": sql.text(dialect.separator),
        "quote": sql.text(dialect.quote),
        "escape": sql.text(dialect.escape),
        "max_line_size": sql.number(LONGEST_LINE),
        "columns": exp.Struct(expressions=columns),
    }
    named = [exp.EQ(this=exp.column(name), expression=value) for name, value in options.items()]
    return exp.select("*").from_(exp.ReadCSV(this=sql.text(str(path)), expressions=named))


def _rewrite(source: Path, target: Path, dialect: Dialect) -> tuple[int, int]:
    """Write a file anew with all lines equally wide; return the width and the number of odd lines."""
    widths: dict[int, int] = {}
    with source.open(encoding="utf-8", newline=None) as file:
        for row in _rows(file, dialect):
            widths[len(row)] = widths.get(len(row), 0) + 1
    width = max(widths, default=1)
    with source.open(encoding="utf-8", newline=None) as file, target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerows([*row, *[""] * (width - len(row))] for row in _rows(file, dialect))
    return width, sum(widths.values()) - widths.get(width, 0)


def _rows(file: Iterable[str], dialect: Dialect) -> Iterator[list[str]]:
    if dialect.delimiter == " ":
        return (line.split() for line in file if line.strip())
    return records(file, dialect)
