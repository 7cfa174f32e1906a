"""A table or a query of a DuckDB file, opened for reading only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from clientela.domain.errors import InputError, SourceNotFoundError, listed, quoted
from clientela.domain.reading import Reading
from clientela.sources.fingerprint import unchanged
from clientela.sources.streams import load_stream
from clientela.tables import sql
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine

BATCH = 100_000


def table_names(path: Path) -> tuple[str, ...]:
    """Return the names of the tables and views of a DuckDB file.

    Raises:
        InputError: The file is damaged or written by another version.
    """
    with _connected(path) as connection:
        return _tables(connection)


def open_duckdb(path: Path, engine: Engine, table: str | None = None, query: str | None = None) -> DuckTable:
    """Read a table or the answer of a query from a DuckDB file; types are kept.

    Args:
        path: The file.
        engine: Where the rows are held; closed with the table.
        table: Name of a table or view; may be left out where there is one only.
        query: A query that the file can answer, instead of a table.

    Raises:
        InputError: The file or the query cannot be used, or several tables are there and none is named.
        SourceNotFoundError: There is no table of that name.
    """
    with unchanged([path]) as mark, _connected(path) as connection:
        names = _tables(connection)
        asked = query if query is not None else _whole(_chosen(names, path, table))
        reader = _answer(connection, asked)
        reading = Reading(
            source=path.name,
            format="duckdb",
            sheet="query" if query is not None else _chosen(names, path, table),
            sheets=names,
            header_row=0,
            header_lines=0,
            fingerprint=mark,
        )
        return load_stream(reader, reading, engine)


@contextmanager
def _connected(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    # Nothing outside the file may be read by a query, and no extension is fetched.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
    }
    try:
        connection = duckdb.connect(str(path), read_only=True, config=settings)
    except duckdb.Error as error:
        raise InputError(
            f"The DuckDB file {quoted(path.name)} cannot be opened: it is damaged, in use or of another version."
        ) from error
    try:
        yield connection
    finally:
        connection.close()


def _tables(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    found = exp.select("table_name").from_("information_schema.tables").order_by("table_name")
    return tuple(str(row[0]) for row in connection.execute(found.sql(sql.DIALECT)).fetchall())


def _chosen(names: tuple[str, ...], path: Path, table: str | None) -> str:
    if table is None and len(names) == 1:
        return names[0]
    if table is None:
        say = f"choose one of {listed(names)} with --sheet NAME." if names else "it holds no tables."
        raise InputError(f"The DuckDB file {quoted(path.name)} has {len(names)} tables: {say}")
    if table not in names:
        near = [name for name in names if name.casefold() == table.casefold()]
        hint = f"did you mean {listed(near)}?" if near else f"the tables are {listed(names)}."
        raise SourceNotFoundError(f"There is no table {quoted(table)} in {quoted(path.name)}: {hint}")
    return table


def _whole(table: str) -> str:
    return sql.select([exp.Star()], table).sql(sql.DIALECT)


def _answer(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    """Return the answer as a stream of Arrow batches."""
    try:
        relation = connection.sql(query)
        if relation is None:
            raise InputError("The query cannot be answered: it must select rows.")
        return relation.to_arrow_reader(BATCH)
    except duckdb.Error as error:
        first = (str(error).splitlines() or [""])[0]
        raise InputError(f"The query cannot be answered: {first[:200]}") from error
