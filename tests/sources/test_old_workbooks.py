"""Workbooks of other formats than xlsx: xls and ods as LibreOffice wrote them, xlsb record by record."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from pathlib import Path

import pytest

from clientela.domain.column import Storage
from clientela.domain.errors import InputError, SourceNotFoundError
from clientela.sources.opening import open_table, sheets

from .contract import rows_of

DATA = Path(__file__).parent / "data"
DAYS = (dt.date(2026, 1, 2), dt.date(2026, 2, 3), dt.date(2026, 3, 4))


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_same_cells(ending: str) -> None:
    """Names, text, numbers, dates and missing cells come out the same (xls keeps booleans as numbers)."""
    with open_table(DATA / f"small.{ending}", sheet="visits") as table:
        assert [field.name for field in table.fields] == ["id", "name", "price", "day", "flag"]
        assert [field.storage for field in table.fields][:4] == [
            Storage.INTEGER,
            Storage.TEXT,
            Storage.NUMBER,
            Storage.DATE,
        ]
        rows = rows_of(table)
    assert [row[:4] for row in rows] == [
        (1, "Zoë", 1.5, DAYS[0]),
        (2, None, -2.25, DAYS[1]),
        (3, "=1+1", None, DAYS[2]),
    ]
    assert [bool(row[4]) for row in rows] == [True, False, True]


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_sheets_are_listed(ending: str) -> None:
    """The sheets are known in their order, and one that is not there is told with those that are."""
    assert sheets(DATA / f"small.{ending}") == ("visits", "notes")
    with pytest.raises(SourceNotFoundError, match="'visits', 'notes'"):
        open_table(DATA / f"small.{ending}", sheet="orders")


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_cut_files_are_one_sentence(ending: str, tmp_path: Path) -> None:
    """A file cut anywhere is a sentence or a table, nothing else."""
    whole = (DATA / f"small.{ending}").read_bytes()
    for part in range(1, 10):
        path = tmp_path / f"cut.{ending}"
        path.write_bytes(whole[: len(whole) * part // 10])
        with pytest.raises(InputError):
            open_table(path, sheet="visits")


def record(kind: int, content: bytes = b"") -> bytes:
    """Return one record of the binary workbook format (MS-XLSB 2.1.4)."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(content)]) + content


def wide(text: str) -> bytes:
    """Return a text with its length before it."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def cell(column: int, value: object) -> bytes:
    """Return the record of one cell."""
    place = struct.pack("<II", column, 0)
    if isinstance(value, bool):
        return record(4, place + bytes([value]))
    if isinstance(value, float):
        return record(5, place + struct.pack("<d", value))
    return record(6, place + wide(str(value)))


def write_xlsb(path: Path, rows: list[tuple[object, ...]]) -> Path:
    """Write a binary workbook with one sheet."""
    lines = b"".join(
        record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0))
        + b"".join(cell(column, value) for column, value in enumerate(row) if value is not None)
        for number, row in enumerate(rows)
    )
    size = record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1))
    sheet = record(129) + size + record(145) + lines + record(146) + record(130)
    bundle = record(143) + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("visits")) + record(144)
    relation = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Target="worksheets/sheet1.bin" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/worksheet"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", record(131) + bundle + record(132))
        archive.writestr("xl/_rels/workbook.bin.rels", relation)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def test_xlsb(tmp_path: Path) -> None:
    """Text, numbers, booleans and missing cells of a binary workbook come out typed."""
    rows = [("id", "name", "paid"), (1.0, "Zoë", True), (2.5, None, False), (3.0, "<b>", True)]
    with open_table(write_xlsb(tmp_path / "a.xlsb", rows)) as table:
        assert table.reading.format == "xlsb"
        assert [field.storage for field in table.fields] == [Storage.NUMBER, Storage.TEXT, Storage.BOOLEAN]
        assert rows_of(table) == rows[1:]
