"""Parquet files as one table that stays on disk, every row with its position."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from sqlglot import exp

from clientela.domain.errors import InputError, quoted
from clientela.domain.reading import Reading
from clientela.tables import sql
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine

POSITION = "position"


def scan_parquet(engine: Engine, paths: Sequence[Path], reading: Reading, *, owner: bool = False) -> DuckTable:
    """Return a table over Parquet files with the same columns, rows in the order of the files.

    Nothing is copied: each request reads the columns it needs, out of core.

    Args:
        engine: Engine that reads them.
        paths: The files, at least one.
        reading: How they were found.
        owner: Whether closing the table closes the engine.

    Raises:
        InputError: A file cannot be read, or its columns are not those of the first.
    """
    names = _names(engine, paths)
    inner = [f"c{index}" for index in range(len(names))]
    flag = exp.PropertyEQ(this=exp.to_identifier("hive_partitioning"), expression=exp.false())
    files = sql.call("read_parquet", _paths(paths), flag)
    alias = exp.TableAlias(
        this=exp.to_identifier("f"), columns=[exp.to_identifier(name, quoted=True) for name in inner]
    )
    items = [*(sql.column(name) for name in inner), sql.named(_position(engine, paths), POSITION)]
    view = engine.create_view(exp.Select(expressions=items).from_(exp.Table(this=files, alias=alias)))
    return DuckTable.over(engine, view, reading, names, position=POSITION, owner=owner)


def _paths(paths: Sequence[Path]) -> exp.Expr:
    return exp.Array(expressions=[sql.text(_literal(path)) for path in paths])


def _literal(path: Path) -> str:
    """Return `path` as a pattern that matches itself alone."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


def _position(engine: Engine, paths: Sequence[Path]) -> exp.Expr:
    row = exp.column("file_row_number")
    if len(paths) == 1:
        return row
    metadata = sql.call("parquet_file_metadata", _paths(paths))
    counts = engine.frame(exp.select("num_rows").from_(exp.Table(this=metadata)))["num_rows"].to_list()
    starts = exp.Array(expressions=[sql.number(start) for start in accumulate([0, *counts[:-1]])])
    place = exp.Add(this=sql.cast(exp.column("file_index"), "BIGINT"), expression=sql.number(1))
    return exp.Add(this=sql.call("list_extract", starts, place), expression=row)


def _names(engine: Engine, paths: Sequence[Path]) -> list[str]:
    schema = sql.call("parquet_schema", _paths(paths))
    columns = [exp.column(name) for name in ("file_name", "name", "num_children")]
    found = engine.frame(exp.Select(expressions=columns).from_(exp.Table(this=schema)))
    first: list[str] = []
    for (file,), parts in found.group_by("file_name", maintain_order=True):
        names = _roots(parts["name"].to_list(), parts["num_children"].to_list())
        first = first or names
        if names != first:
            raise InputError(f"The file {quoted(Path(str(file)).name)} has other columns than the first of the files.")
    return first


def _roots(names: Sequence[str], children: Sequence[int | None]) -> list[str]:
    roots: list[str] = []
    place = 1
    while place < len(names):
        roots.append(names[place])
        pending = 1
        while pending:
            pending += (children[place] or 0) - 1
            place += 1
    return roots
