"""Parquet: one file, a folder or a glob. Rows stay in the files and are read when asked for."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyarrow import parquet
from sqlglot import exp

from clientela.domain.errors import ClientelaError, InputError, SourceNotFoundError, quoted
from clientela.domain.reading import Reading
from clientela.sources.fingerprint import unchanged
from clientela.sources.naming import unique_names
from clientela.sources.streams import arrow, with_rows
from clientela.tables import sql
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine

POSITION = "__position__"
_read_schema: Any = parquet.read_schema


def parquet_files(source: Path) -> tuple[Path, ...]:
    """Return the parquet files of a folder or glob, sorted.

    Raises:
        SourceNotFoundError: There are none.
    """
    if source.is_dir():
        found = sorted(source.rglob("*.parquet"))
        if not found:
            raise SourceNotFoundError(
                f"The folder {quoted(source.name)} holds no parquet files: name a file, or a folder of parquet files."
            )
        return tuple(found)
    plain = next((index for index, part in enumerate(source.parts) if glob.has_magic(part)), len(source.parts) - 1)
    found = sorted(Path(*source.parts[:plain]).glob("/".join(source.parts[plain:])))
    if not found:
        raise SourceNotFoundError(f"No file fits {quoted(str(source))}: check the name and the folder.")
    return tuple(path for path in found if path.is_file())


def open_parquet(files: Sequence[Path], name: str, engine: Engine) -> DuckTable:
    """Read parquet files of one schema as one table; its types are kept.

    Args:
        files: The files, in order.
        name: What the source is called.
        engine: Which reads them; closed with the table.

    Raises:
        InputError: A file is damaged, the files differ in their columns, or there are no rows.
    """
    try:
        with unchanged(files) as mark:
            names, notes = unique_names(_names(files))
            view = engine.create_view(_query(files))
            reading = Reading(
                source=name, format="parquet", header_row=0, header_lines=0, notes=notes, fingerprint=mark
            )
            return with_rows(DuckTable.over(engine, view, reading, names, position=POSITION, owner=True))
    except InputError:
        raise
    except (arrow.ArrowException, ClientelaError, OSError, ValueError) as error:
        raise InputError(
            f"The parquet source {quoted(name)} is damaged or cut off: get it again, or write it anew."
        ) from error


def _names(files: Sequence[Path]) -> list[str]:
    first = list(_read_schema(files[0]).names)
    for path in files[1:]:
        if list(_read_schema(path).names) != first:
            raise InputError(
                f"The files {quoted(files[0].name)} and {quoted(path.name)} differ in their columns: name one of them."
            )
    return first


def _query(files: Sequence[Path]) -> exp.Select:
    paths = exp.Array(expressions=[sql.text(glob.escape(str(path))) for path in files])
    single = len(files) == 1
    options = [exp.EQ(this=exp.column("hive_partitioning"), expression=exp.false())]
    if single:
        options.append(exp.EQ(this=exp.column("file_row_number"), expression=exp.true()))
    source = exp.Anonymous(this="read_parquet", expressions=[paths, *options])
    position = (
        sql.column("file_row_number")
        if single
        else exp.Sub(this=exp.Window(this=sql.call("row_number")), expression=sql.number(1))
    )
    kept = exp.Star(except_=[exp.to_identifier("file_row_number", quoted=True)]) if single else exp.Star()
    return exp.select(sql.named(position, POSITION), kept).from_(source)
