"""The engine: one DuckDB connection with its threads, its memory and a private folder to spill to."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import duckdb
import polars as pl
from sqlglot import exp

from clientela.domain.errors import ClientelaError, InputError, OutputError, RefusedError
from clientela.tables import sql

MEMORY_SHARE = 0.6
"""Share of the memory that is free which the engine may take where no limit is given."""

MEMORY_MOST = 2048
"""MiB the engine takes at most where no limit is given; beyond it spills, which costs little."""

MIB = 1024 * 1024

DISTRUSTED = "SET disabled_optimizers = 'statistics_propagation'"
"""Statistics of Parquet files leave NaN out; trusting them would make NaN vanish from counts."""

TRUSTED = "SET disabled_optimizers = ''"

_DISK_FULL = ("No space left on device", "max_temp_directory_size")


class Engine:
    """One DuckDB database in memory that spills to a private folder, removed on `close`.

    Args:
        threads: Number of threads; all cores where None.
        memory: Most memory the engine may take, in MiB; 60 % of what is free where None,
            2 GiB at most.
        folder: Where the private folder for spilling is made; the system's place for
            temporary files where None.

    >>> from sqlglot import exp
    >>> with Engine(threads=1, memory=256) as engine:
    ...     engine.frame(exp.select(exp.convert(1).as_("one"))).item()
    1
    """

    def __init__(
        self, threads: int | None = None, memory: int | None = None, folder: str | os.PathLike[str] | None = None
    ) -> None:
        self._names = (f"t{number}" for number in itertools.count())
        self._folder = _spill_folder(folder)
        settings: dict[str, Any] = {
            "threads": threads or os.cpu_count() or 1,
            "memory_limit": f"{memory or _default_memory()}MiB",
            "temp_directory": self._folder,
            "preserve_insertion_order": True,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self._connection = duckdb.connect(":memory:", config=settings)
        self._end = weakref.finalize(self, _end, self._connection, self._folder)
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(DISTRUSTED)

    def name(self) -> str:
        """Return a fresh internal name for a table or view."""
        return next(self._names)

    def create_view(self, expression: exp.Query) -> str:
        """Create a view of the query `expression` and return its internal name."""
        return self._create("VIEW", expression)

    def create_table(self, expression: exp.Query) -> str:
        """Create a table that holds the rows of `expression`, in their order, and return its internal name."""
        return self._create("TABLE", expression)

    def store(self, expression: exp.Query) -> tuple[str, int]:
        """Create a table of the rows of `expression`, and return its internal name and how many they are."""
        name = self.name()
        with told():
            made = self._run(exp.Create(this=sql.table(name), kind="TABLE", expression=expression)).fetchall()
        return name, int(made[0][0])

    def drop(self, name: str) -> None:
        """Drop the table called `name`, if the engine is still open."""
        if self._end.alive:
            self._execute(exp.Drop(tables=[sql.table(name)], kind="TABLE"))

    def load(self, data: Any) -> str:
        """Copy a frame, an Arrow table or any Arrow stream into a table and return its internal name.

        Column names of `data` must differ by more than case.
        """
        given = self.name()
        with told():
            self._connection.register(given, _stream(data))
        try:
            return self.create_table(exp.select("*").from_(sql.table(given)))
        finally:
            self._connection.unregister(given)

    def frame(self, expression: exp.Expr) -> pl.DataFrame:
        """Run a query and return its rows."""
        with told():
            return _polars(self._connection.sql(sql.written(expression)).to_arrow_table())

    def trusting(self, expression: exp.Expr) -> pl.DataFrame:
        """Run a query sooner, with statistics of columns trusted, and return its rows.

        It is for sums whose answer tells whether a NaN was among the values: then it counts for nothing.
        """
        with told():
            self._connection.execute(TRUSTED)
        try:
            return self.frame(expression)
        finally:
            with told():
                self._connection.execute(DISTRUSTED)

    def batches(self, expression: exp.Expr, size: int) -> Iterator[pl.DataFrame]:
        """Run a query and yield its rows in order, in frames of at most `size` rows."""
        with told():
            cursor = self._connection.cursor()
            try:
                reader = cursor.sql(sql.written(expression)).to_arrow_reader(size)
                for batch in reader:
                    frame = _polars(batch)
                    yield from (frame.slice(start, size) for start in range(0, frame.height, size))
            finally:
                cursor.close()

    def types(self, name: str) -> list[tuple[str, str]]:
        """Return names and DuckDB types of the columns of the table or view `name`, in order."""
        with told():
            described = self._run(exp.Describe(this=sql.table(name))).fetchall()
        return [(str(row[0]), str(row[1])) for row in described]

    def close(self) -> None:
        """Close the connection and remove the folder; the engine cannot be used afterwards."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _create(self, kind: str, expression: exp.Query) -> str:
        name = self.name()
        self._execute(exp.Create(this=sql.table(name), kind=kind, expression=expression))
        return name

    def _execute(self, expression: exp.Expr) -> None:
        with told():
            self._run(expression)

    def _run(self, expression: exp.Expr) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(sql.written(expression))


def _spill_folder(parent: str | os.PathLike[str] | None) -> str:
    try:
        return tempfile.mkdtemp(prefix="clientela-", dir=parent)
    except OSError as error:
        raise OutputError(f"No temporary folder can be made: {error.strerror}.") from error


def _end(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)


def _default_memory() -> int:
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(MEMORY_MOST, max(256, int(free * MEMORY_SHARE) // MIB))


def _stream(data: Any) -> Any:
    return data.to_arrow() if isinstance(data, pl.DataFrame) else data


def _polars(arrow: Any) -> pl.DataFrame:
    frame = pl.from_arrow(arrow)
    return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()


@contextmanager
def told() -> Iterator[None]:
    """Turn the errors that a user can cause or mend into one sentence."""
    try:
        yield
    except duckdb.Error as error:
        raise _sentence(error) from error


def _sentence(error: duckdb.Error) -> ClientelaError:
    message = str(error).partition("\n")[0].partition(": ")[2] or type(error).__name__
    if any(sign in str(error) for sign in _DISK_FULL):
        return OutputError("The disk has no room left for temporary files: free some space and run again.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return RefusedError("The memory does not suffice for this table: give more of it, or take fewer columns.")
    if isinstance(error, duckdb.ConnectionException):
        return InputError("The table is closed and cannot be asked any more.")
    if isinstance(error, (duckdb.IOException, duckdb.InvalidInputException, duckdb.DataError)):
        return InputError(f"The data cannot be read: {message}")
    return ClientelaError(f"The engine cannot do this: {message}")
