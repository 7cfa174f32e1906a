"""Workbooks: stored kinds, headers, merged cells, hidden parts, and what is refused."""

from __future__ import annotations

import datetime as dt
import random
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from clientela.domain.column import Storage
from clientela.domain.errors import ClientelaError, InputError, SourceNotFoundError
from clientela.domain.reading import SetAside
from clientela.sources import archive
from clientela.sources.opening import open_table

from .contract import rows_of

MOMENT = dt.datetime
OPTIONS = {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd hh:mm"}


def small(path: Path) -> Path:
    """Write a small plain workbook."""
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        sheet = book.add_worksheet("data")
        for number, row in enumerate([("id", "name", "price"), *((i, f"n{i}", i / 2) for i in range(1, 6))]):
            sheet.write_row(number, 0, row)
    return path


def test_everything_at_once(tmp_path: Path) -> None:
    """A dirty sheet off the corner: title, groups, stored kinds, errors, merges, hidden parts, total, note."""
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        other = book.add_worksheet("other")
        sheet = book.add_worksheet("data")
        sheet.activate()
        other.hide()
        sheet.set_first_sheet()
        sheet.merge_range("B1:F1", "Visits of May")
        sheet.merge_range("B3:C3", "base")
        sheet.merge_range("D3:F3", "money")
        for number, row in enumerate([("id", "name", "price", "when", "ok"), (1, "a", "1,5"), (2, None, 2.5)]):
            sheet.write_row(3 + number, 1, row)
        sheet.merge_range("C5:C6", "same")
        sheet.write_datetime("E5", MOMENT(2026, 5, 1, 10, 30))
        sheet.write_datetime("E6", MOMENT(2026, 5, 2))
        sheet.write_boolean("F5", True)
        sheet.write_formula("F6", "=NA()", None, "#N/A")
        sheet.write_row("B8", (3, "c", 4))
        sheet.write_formula("E8", "=E5", None, "")
        sheet.write("F8", False)
        sheet.write_row("B9", ("Total", None, 8))
        sheet.write("B11", "Source: the shop")
        sheet.set_row(5, None, None, {"hidden": True})
        sheet.set_column("D:D", None, None, {"hidden": True})
    with open_table(path) as table:
        reading = table.reading
        assert rows_of(table) == [
            (1, "same", 1.5, MOMENT(2026, 5, 1, 10, 30), True),
            (2, "same", 2.5, MOMENT(2026, 5, 2), None),
            (3, "c", 4.0, None, False),
        ]
    assert [column.letter for column in reading.columns] == ["B", "C", "D", "E", "F"]
    assert (reading.header_row, reading.header_lines, reading.merged) == (4, 2, 4)
    assert [item.kind for item in reading.set_aside if item.kind != "blank"] == ["title", "header", "total", "note"]
    assert SetAside(7, "blank", "") in reading.set_aside
    assert dict(reading.columns[1].coercions) == {"merged": 1}
    assert dict(reading.columns[2].kinds) == {"text": 1, "number": 2}
    assert dict(reading.columns[2].coercions) == {"number_as_text": 1, "decimal_comma": 1}
    assert dict(reading.columns[4].coercions) == {"error": 1}
    assert reading.hidden == ("sheet 'other'", "column D", "1 row")
    assert reading.formulas_without_value == 1
    assert "the other sheets are empty" in reading.notes[0]


def test_values(tmp_path: Path) -> None:
    """Times are times, long durations stay text, numbers beyond 15 digits are told."""
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["time", "long", "id"])
        clock, hours = book.add_format({"num_format": "hh:mm"}), book.add_format({"num_format": "[h]:mm"})
        for row in (1, 2):
            sheet.write_datetime(row, 0, dt.time(9, 30), clock)
            sheet.write_number(row, 1, 1.25, hours)
            sheet.write_number(row, 2, 12345678901234567)
    with open_table(path) as table:
        assert rows_of(table)[0][:2] == (dt.time(9, 30), "30:00:00")
        assert dict(table.reading.columns[2].coercions) == {"id_precision_lost": 2}
        assert table.reading.columns[2].storage is Storage.NUMBER


def test_sheets_to_choose(tmp_path: Path) -> None:
    """Several sheets with data must be told apart by the user, by their exact names."""
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("Visits", "Orders"):
            book.add_worksheet(name).write_column(0, 0, ["a", 1, 2])
    with pytest.raises(InputError, match="'Visits', 'Orders'.*--sheet NAME"):
        open_table(path)
    with pytest.raises(SourceNotFoundError, match="did you mean 'Visits'"):
        open_table(path, sheet="visits")
    with pytest.raises(SourceNotFoundError, match="the sheets are"):
        open_table(path, sheet="x")
    with open_table(path, sheet="Orders") as table:
        assert (table.rows, table.reading.sheet, table.reading.sheets) == (2, "Orders", ("Visits", "Orders"))


def test_empty(tmp_path: Path) -> None:
    """Empty sheets are refused, one or many."""
    for count in (1, 2):
        with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
            for _ in range(count):
                book.add_worksheet()
        with pytest.raises(InputError, match="is empty"):
            open_table(tmp_path / "x.xlsx")


def changed(path: Path, member: str, old: bytes, new: bytes) -> Path:
    """Rewrite a member of a workbook."""
    target = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in given.namelist():
            content = given.read(name)
            out.writestr(name, content.replace(old, new) if name == member else content)
    return target


def test_entities(tmp_path: Path) -> None:
    """Declared entities are refused before anything expands them."""
    path = changed(
        small(tmp_path / "x.xlsx"),
        "xl/worksheets/sheet1.xml",
        b"<worksheet",
        b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet',
    )
    with pytest.raises(InputError, match="XML entities"):
        open_table(path)


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Archives that unpack to too much, or have too many members, are refused before reading."""
    path = small(tmp_path / "x.xlsx")
    bomb = changed(path, "xl/worksheets/sheet1.xml", b"<sheetData>", b" " * 100_000_000 + b"<sheetData>")
    with pytest.raises(InputError, match="unpacks to far more"):
        open_table(bomb)
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)
    with pytest.raises(InputError, match="unpacks to far more"):
        open_table(path)


def test_far_cell(tmp_path: Path) -> None:
    """A cell in the far corner does not make the reader hold a sheet of billions."""
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("data")
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write(1048575, 16383, 1)
    with pytest.raises(InputError, match="1048576 rows and 16384 columns"):
        open_table(path)


def test_wide(tmp_path: Path) -> None:
    """More columns than can be worked on are refused."""
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("data").write_row(0, 0, [f"c{i}" for i in range(16000)])
    with pytest.raises(InputError, match="16000 columns"):
        open_table(path)


def test_damage(tmp_path: Path) -> None:
    """Truncated and altered xlsx and text files give a table or one clear sentence."""
    source = small(tmp_path / "x.xlsx").read_bytes()
    (tmp_path / "x.csv").write_text("id,name\n" + "".join(f'{i},"n{i}"\n' for i in range(20)))
    chance = random.Random(5)
    target = tmp_path / "damaged"
    said = []
    for content in (source, (tmp_path / "x.csv").read_bytes()):
        for _ in range(25):
            broken = bytearray(content[: chance.randrange(1, len(content))] if chance.random() < 0.4 else content)
            for _ in range(chance.randrange(4)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            target.write_bytes(bytes(broken))
            try:
                with open_table(target) as table:
                    assert table.rows == len(rows_of(table))
            except ClientelaError as error:
                said.append(str(error))
    assert said
    assert all(sentence.endswith((".", "?")) for sentence in said)


def test_ods_that_repeats(tmp_path: Path) -> None:
    """An OpenDocument sheet that repeats one filled cell without measure is refused."""
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    with zipfile.ZipFile(tmp_path / "x.ods", "w") as out:
        out.writestr("content.xml", f"<x>{row}</x>")
    with pytest.raises(InputError, match="more than can be held"):
        open_table(tmp_path / "x.ods")


def test_protected_members(tmp_path: Path) -> None:
    """An archive with encrypted members is said to be protected."""
    path = small(tmp_path / "x.xlsx")
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match="protected by a password"):
        open_table(path)


def test_hidden_sheets_do_not_count(tmp_path: Path) -> None:
    """With one visible sheet of data the hidden ones are no choice to make; it is said, and they are named."""
    path = tmp_path / "lookup.xlsx"
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        for name in ("data", "codes"):
            sheet = book.add_worksheet(name)
            for number, row in enumerate([("id", "price"), *((i, i / 2) for i in range(1, 6))]):
                sheet.write_row(number, 0, row)
        sheet.hide()
    with open_table(path) as table:
        assert table.reading.sheet == "data"
        assert table.reading.hidden == ("sheet 'codes'",)
        assert table.reading.notes[0] == "The sheet 'data' was taken: the others are hidden or empty."
    with open_table(path, sheet="codes") as table:
        assert table.rows == 5
