"""DuckDB answers the requests of the table seam, wherever it finds the rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlglot import exp

from clientela.domain.reading import Reading
from clientela.tables import counting, sql, summaries
from clientela.tables.duck import DuckTable
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame
from clientela.tables.parquet import scan_parquet
from clientela.tables.table import Table

from .contract import TableContract

READING = Reading(source="rows", format="test")
NULL = "no cell at all"
TYPES: dict[Any, str] = {
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP",
    pl.Time: "TIME",
    pl.String: "VARCHAR",
}


@pytest.fixture(scope="module")
def engine() -> Any:
    """Return one engine for all tables of the module."""
    with Engine(threads=2, memory=1000) as engine:
        yield engine


class DuckContract(TableContract):
    """The contract on one shared engine and a folder for files."""

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def place(cls, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> None:
        """Give the class its engine and its folder."""
        cls.engine = engine
        cls.folder = tmp_path_factory.mktemp("rows")
        cls.numbers = itertools.count()

    engine: Engine
    folder: Path
    numbers: itertools.count[int]


class TestPolars(DuckContract):
    """Frames of Polars."""

    def open(self, frame: pl.DataFrame) -> Table:
        """Copy the frame."""
        return from_frame(frame, engine=self.engine)


class TestCountedAnew(DuckContract):
    """Frames of Polars whose columns all have too many different values for their counts to be kept."""

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def nothing_kept(cls) -> Iterator[None]:
        """Keep no counts, as of columns with very many different values."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(counting, "KEPT", -1)
            patch.setattr(summaries, "STEP_ROWS", 2)
            yield

    def open(self, frame: pl.DataFrame) -> Table:
        """Copy the frame."""
        return from_frame(frame, engine=self.engine)


class TestArrow(DuckContract):
    """Tables of Arrow."""

    def open(self, frame: pl.DataFrame) -> Table:
        """Copy the frame as an Arrow table."""
        return from_frame(frame.to_arrow(), engine=self.engine)


class TestPandas(DuckContract):
    """Frames of pandas, whose columns rest on Arrow."""

    def open(self, frame: pl.DataFrame) -> Table:
        """Copy the frame as one of pandas."""
        return from_frame(frame.to_pandas(use_pyarrow_extension_array=True), engine=self.engine)


class TestParquet(DuckContract):
    """One Parquet file, read where it lies."""

    def open(self, frame: pl.DataFrame) -> Table:
        """Write the frame to a file in row groups of odd size."""
        path = self.folder / f"rows {next(self.numbers)}.parquet"
        frame.write_parquet(path, row_group_size=70_001)
        return scan_parquet(self.engine, [path], READING)


class TestManyParquet(DuckContract):
    """Several Parquet files as one table."""

    def open(self, frame: pl.DataFrame) -> Table:
        """Write the frame to three files, one of them empty."""
        number = next(self.numbers)
        cut = frame.height // 3
        parts = [frame[:cut], frame.clear(), frame[cut:]]
        paths = [self.folder / f"[rows] {number}_{place}*.parquet" for place in range(3)]
        for part, path in zip(parts, paths, strict=True):
            part.write_parquet(path)
        return scan_parquet(self.engine, paths, READING)


class TestCsv(DuckContract):
    """A csv file that DuckDB reads with given types."""

    def open(self, frame: pl.DataFrame) -> Table:
        """Write the frame as csv and read it back."""
        path = self.folder / f"rows {next(self.numbers)}.csv"
        plain = frame.rename({name: f"c{place}" for place, name in enumerate(frame.columns)})
        plain.write_csv(path, quote_style="non_numeric", null_value=NULL)
        items = [
            exp.PropertyEQ(this=sql.text(name), expression=sql.text(self.kind(kind)))
            for name, kind in plain.schema.items()
        ]
        options = {
            "columns": exp.Struct(expressions=items),
            "header": exp.true(),
            "nullstr": sql.text(NULL),
            "allow_quoted_nulls": exp.false(),
            "parallel": exp.false(),
            "delim": sql.text(","),
            "quote": sql.text('"'),
            "escape": sql.text('"'),
        }
        read = sql.call(
            "read_csv",
            sql.text(str(path)),
            *(exp.PropertyEQ(this=exp.to_identifier(name), expression=value) for name, value in options.items()),
        )
        rows = exp.select("*").from_(exp.Table(this=read))
        return DuckTable.over(self.engine, self.engine.create_table(rows), READING, frame.columns)

    @staticmethod
    def kind(kind: pl.DataType) -> str:
        """Return DuckDB's name of a type."""
        return f"DECIMAL({kind.precision},{kind.scale})" if isinstance(kind, pl.Decimal) else TYPES[type(kind)]


@pytest.mark.parametrize("step", [1, 1000])
@pytest.mark.parametrize("kind", [pl.Int64, pl.UInt32, pl.Int8, pl.String])
def test_visitors_are_told_apart_in_any_order(step: int, kind: type[pl.DataType]) -> None:
    """Whether they rise, are mixed, far apart, text, or one is missing: each is there once, or one twice."""
    size = 100 if kind is pl.Int8 else 2000
    rising = [place * (1 if kind is pl.Int8 else step) for place in range(size)]
    for values in (rising, rising[::-1], [*rising[5:], *rising[:5]], [*rising[1:], None]):
        for again, wanted in ((values, 0), ([*values[1:], values[1]], 1)):
            with from_frame(pl.DataFrame({"who": pl.Series(again).cast(kind)})) as table:
                assert table.duplicates(["who"])["extra"].item() == wanted
