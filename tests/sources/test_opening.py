"""Every format, through the one door; and every wrong input, in one sentence."""

from __future__ import annotations

import csv
import gzip
import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest
import xlsxwriter

from clientela.domain.errors import ClientelaError, InputError, SourceNotFoundError
from clientela.sources.opening import open_table, sheets

from .contract import ROWS, SourceContract, as_text, rows_of


def write_csv(path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]], delimiter: str) -> Path:
    """Write a text file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(headers)
        writer.writerows([as_text(value) for value in row] for row in rows)
    return path


def write_xlsx(path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """Write a workbook of one sheet."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("data")
        for number, row in enumerate([headers, *rows]):
            sheet.write_row(number, 0, row)
    return path


def frame_of(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> pl.DataFrame:
    """Return a frame with the types of the contract."""
    types = [pl.Int64, pl.Float64, pl.String, pl.String, pl.Date, pl.Boolean, pl.String]
    return pl.DataFrame(list(rows), schema=list(zip(headers, types, strict=True)), orient="row")


def write_ods(path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """Write a minimal OpenDocument sheet."""

    def cell(value: object) -> str:
        if value is None:
            return "<table:table-cell/>"
        text = str(value).replace("&", "&amp;").replace("<", "&lt;")
        if isinstance(value, bool):
            kind, stored = "boolean", f'office:boolean-value="{text.lower()}"'
        elif isinstance(value, (int, float)):
            kind, stored = "float", f'office:value="{text}"'
        elif isinstance(value, str):
            kind, stored = "string", ""
        else:
            kind, stored = "date", f'office:date-value="{text}"'
        return f'<table:table-cell office:value-type="{kind}" {stored}><text:p>{text}</text:p></table:table-cell>'

    body = "".join("<table:table-row>" + "".join(map(cell, row)) + "</table:table-row>" for row in [headers, *rows])
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="data">{body}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mime, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


class TestCsv(SourceContract):
    """Comma separated."""

    format = "csv"
    untyped = True
    delimiter = ","

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write text."""
        return write_csv(path / "plain text.csv", headers, rows, self.delimiter)


class TestSemicolons(TestCsv):
    """Semicolons."""

    delimiter = ";"


class TestTabs(TestCsv):
    """Tabs."""

    delimiter = "\t"


class TestPipes(TestCsv):
    """Pipes."""

    delimiter = "|"


class TestUtf16(TestCsv):
    """UTF-16 with a byte order mark."""

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write text in another encoding."""
        source = super().write(path, headers, rows)
        source.write_bytes(source.read_text("utf-8").encode("utf-16"))
        return source


class TestPacked(TestCsv):
    """Packed by gzip, under a name that a pattern would misread."""

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write packed text."""
        source = super().write(path, headers, rows)
        target = path / "a[1]*.csv.gz"
        target.write_bytes(gzip.compress(source.read_bytes()))
        return target


class TestXlsx(SourceContract):
    """Workbooks of today."""

    format = "xlsx"
    untyped = True

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write a workbook."""
        return write_xlsx(path / "book.xlsx", headers, rows)


class TestOds(SourceContract):
    """OpenDocument sheets."""

    format = "ods"
    untyped = True

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write a sheet."""
        return write_ods(path / "book.ods", headers, rows)


class TestParquet(SourceContract):
    """One parquet file."""

    format = "parquet"

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write a file."""
        frame_of(headers, rows).write_parquet(path / "odd [name]?.parquet")
        return path / "odd [name]?.parquet"


class TestParquetFolder(SourceContract):
    """A folder of parquet files."""

    format = "parquet"

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write two files."""
        frame = frame_of(headers, rows)
        half = (frame.height + 1) // 2
        folder = path / "parts"
        folder.mkdir()
        frame[:half].write_parquet(folder / "a.parquet")
        frame[half:].write_parquet(folder / "b.parquet")
        return folder


class TestParquetGlob(TestParquetFolder):
    """A glob of parquet files."""

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write two files."""
        return super().write(path, headers, rows) / "*.parquet"


class TestArrowFile(SourceContract):
    """An Arrow IPC file."""

    format = "arrow"

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write a file."""
        frame_of(headers, rows).write_ipc(path / "x.arrow")
        return path / "x.arrow"


class TestArrowStream(SourceContract):
    """An Arrow IPC stream."""

    format = "arrow"

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write a stream."""
        frame_of(headers, rows).write_ipc_stream(path / "x.arrows")
        return path / "x.arrows"


class TestJsonLines(SourceContract):
    """JSON lines; dates are told by the engine."""

    format = "jsonl"

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write lines."""
        lines = (
            json.dumps({h: v if v is None or isinstance(v, (int, float, str)) else str(v) for h, v in pairs})
            for pairs in (list(zip(headers, row, strict=True)) for row in rows)
        )
        (path / "x.jsonl").write_text("\n".join(lines), encoding="utf-8")
        return path / "x.jsonl"

    @pytest.mark.parametrize("rows", [ROWS])
    def test_one_row(self, tmp_path: Path, rows: Sequence[Sequence[object]]) -> None:
        """A column that is null in every row has no type; the others keep theirs."""
        with open_table(self.write(tmp_path, ("a", "b"), [row[:2] for row in rows[:1]])) as table:
            assert rows_of(table) == [(1, 1.5)]


class TestDuckdb(SourceContract):
    """A table of a DuckDB file."""

    format = "duckdb"

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write a file."""
        with duckdb.connect(str(path / "x.duckdb")) as connection:
            connection.register("given", frame_of(headers, rows).to_arrow())
            connection.execute('CREATE TABLE "t;1" AS SELECT * FROM given')
        return path / "x.duckdb"


def test_frames() -> None:
    """Polars and pandas frames and Arrow tables are tables too."""
    frame = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})
    for data in (frame, frame.to_arrow(), pd.DataFrame({"a": pd.array([1, None], "Int64"), "b": ["x", "y"]})):
        with open_table(data) as table:
            assert rows_of(table) == [(1, "x"), (None, "y")]
            assert table.reading.format == "frame"


def test_sheets(tmp_path: Path) -> None:
    """Workbooks and DuckDB files list what they hold, in order; other sources hold one table."""
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        book.add_worksheet("b").write(0, 0, 1)
        book.add_worksheet("a")
    assert sheets(tmp_path / "x.xlsx") == ("b", "a")
    assert sheets(TestDuckdb().write(tmp_path, ("a",) * 0 or [f"c{i}" for i in range(7)], ROWS)) == ("t;1",)
    assert sheets(TestCsv().write(tmp_path, "ab", [(1, 2)])) == ()
    assert sheets(tmp_path) == ()


def test_duckdb_query(tmp_path: Path) -> None:
    """A query is answered by the file alone, and what it cannot answer is said."""
    source = TestDuckdb().write(tmp_path, [f"c{i}" for i in range(7)], ROWS)
    with open_table(source, query='SELECT count(*) AS n FROM "t;1"') as table:
        assert rows_of(table) == [(4,)]
        assert table.reading.sheet == "query"
    for query in ("SELECT nothing", f"SELECT * FROM '{tmp_path}/x.csv'", 'DROP TABLE "t;1"'):
        with pytest.raises(InputError, match="cannot be answered"):
            open_table(source, query=query)


def test_duckdb_tables(tmp_path: Path) -> None:
    """With several tables one must be named; a wrong name gets the nearest."""
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute("CREATE TABLE first AS SELECT 1 AS a")
        connection.execute("CREATE TABLE second AS SELECT 2 AS a")
    with open_table(tmp_path / "x.duckdb", sheet="second") as table:
        assert rows_of(table) == [(2,)]
    with pytest.raises(InputError, match="'first', 'second' with --sheet NAME"):
        open_table(tmp_path / "x.duckdb")
    with pytest.raises(SourceNotFoundError, match="did you mean 'first'"):
        open_table(tmp_path / "x.duckdb", sheet="FIRST")
    with duckdb.connect(str(tmp_path / "none.duckdb")):
        pass
    with pytest.raises(InputError, match="holds no tables"):
        open_table(tmp_path / "none.duckdb")


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "x.csv", "is empty"),
        (b"\n\n  \n", "x.csv", "is empty"),
        (b"a,b\n", "x.csv", "a header but no rows"),
        (b"%PDF-1.7", "x.xlsx", "a PDF document"),
        (b"\x89PNG\r\n", "x.csv", "a PNG image"),
        (b"<html><table></table></html>", "x.xls", "a web page"),
        (bytes(range(1, 32)) * 20, "x.bin", "binary file"),
        (b"PK\x03\x04 no archive", "x.xlsx", "damaged or cut off"),
        (b"PAR1 no parquet", "x.parquet", "damaged or cut off"),
        (b"ARROW1 no arrow", "x.arrow", "damaged or cut off"),
        (b"12345678DUCK", "x.duckdb", "cannot be opened"),
        (b'{"a": 1}\n{"a": ', "x.jsonl", "cannot be read"),
        (b"\x1f\x8b\x08\x00nothing", "x.csv.gz", "damaged or cut off"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "x.doc", "without a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "x.xls", "damaged or cut off"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "x.xlsx", "protected by a password"),
    ],
)
def test_wrong_files(tmp_path: Path, content: bytes, name: str, says: str) -> None:
    """What cannot be read is named for what it is, in one sentence."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        open_table(tmp_path / name)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("member", "says"),
    [("word/document.xml", "a Word document"), ("ppt/presentation.xml", "a PowerPoint deck"), ("a.csv", "'a.csv'")],
)
def test_other_archives(tmp_path: Path, member: str, says: str) -> None:
    """A zip that is no workbook is not guessed at."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(member, "a,b\n1,2\n")
    with pytest.raises(InputError, match=says):
        open_table(tmp_path / "x.zip")


def test_missing(tmp_path: Path) -> None:
    """A missing file, an empty folder and a glob without files are said to be missing."""
    for source in (tmp_path / "no.csv", tmp_path, tmp_path / "*.parquet"):
        with pytest.raises(SourceNotFoundError):
            open_table(source)
    with pytest.raises(SourceNotFoundError, match="no file"):
        sheets(tmp_path / "no.csv")


def test_sheet_of_nothing(tmp_path: Path) -> None:
    """A sheet or query asked of a source that has none is refused."""
    source = TestCsv().write(tmp_path, "ab", [(1, 2)])
    with pytest.raises(SourceNotFoundError, match="has none"):
        open_table(source, sheet="x")
    with pytest.raises(InputError, match="DuckDB files only"):
        open_table(source, query="x")
    with pytest.raises(SourceNotFoundError, match="frame source"):
        open_table(pl.DataFrame({"a": [1]}), sheet="x")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_no_permission(tmp_path: Path) -> None:
    """A file that may not be read is said to be so."""
    source = TestCsv().write(tmp_path, "ab", [(1, 2)])
    source.chmod(0)
    with pytest.raises(InputError, match="may not be read"):
        open_table(source)


def test_parquet_that_differs(tmp_path: Path) -> None:
    """Files of a folder with other columns are refused, and so is a table without rows."""
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"b": [1]}).write_parquet(tmp_path / "2.parquet")
    with pytest.raises(InputError, match="differ in their columns"):
        open_table(tmp_path)
    pl.DataFrame({"a": []}).write_parquet(tmp_path / "3.parquet")
    with pytest.raises(InputError, match="holds no rows"):
        open_table(tmp_path / "3.parquet")
    pl.DataFrame().write_ipc(tmp_path / "4.arrow")
    with pytest.raises(InputError, match="no columns"):
        open_table(tmp_path / "4.arrow")


def test_errors_are_of_the_house(tmp_path: Path) -> None:
    """Every refusal is a ClientelaError, and its text one sentence."""
    with pytest.raises(ClientelaError) as caught:
        open_table(tmp_path / "x")
    assert caught.value.sentence == str(caught.value)


def test_real_files(real_data: object, tmp_path: Path) -> None:
    """Real files have the rows and columns that are known of them."""
    assert callable(real_data)
    with zipfile.ZipFile(real_data("bank-additional.zip")) as archive:
        name = next(item for item in archive.namelist() if item.endswith("bank-additional-full.csv"))
        (tmp_path / "bank.csv").write_bytes(archive.read(name))
    facts = {
        real_data("online_shoppers.csv"): (12330, 18, ","),
        tmp_path / "bank.csv": (41188, 21, ";"),
        real_data("hillstrom.csv.gz"): (64000, 12, ","),
        real_data("cdnow_master.txt.gz"): (69659, 4, " "),
        real_data("online_retail.parquet"): (541909, 8, ""),
    }
    for path, (rows, columns, delimiter) in facts.items():
        with open_table(path) as table:
            assert (table.rows, len(table.fields), table.reading.delimiter) == (rows, columns, delimiter)
            assert not any(column.mixed for column in table.reading.columns)
