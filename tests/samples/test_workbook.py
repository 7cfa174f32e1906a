"""Tests of the workbook, read by another library and from its raw parts."""

import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from clientela.samples.columns import COLUMNS
from clientela.samples.dirt import Extract
from clientela.samples.visits import generate
from clientela.samples.workbook import orders_frame, visitors_frame
from clientela.samples.writing import write_sample

ROWS = 2000
NAMES = [column.name for column in COLUMNS]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workbook of 2,000 rows."""
    return write_sample(tmp_path_factory.mktemp("book") / "shop.xlsx", ROWS, 6)[0]


@pytest.fixture(scope="module")
def lines(path: Path) -> list[list[Any]]:
    """Return all rows of sample_03."""
    book = CalamineWorkbook.from_path(path)
    return book.get_sheet_by_name("sample_03").to_python(skip_empty_area=False)


@pytest.fixture(scope="module")
def data(lines: list[list[Any]]) -> list[list[Any]]:
    """Return the rows of data alone."""
    return [row for row in lines[4:-1] if row[0] != ""]


def test_sheets_and_notes(path: Path) -> None:
    """There are notes, two other extracts and the visits; the notes say that the data are generated, and how."""
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["notes", "sample_01", "sample_02", "sample_03"]
    notes = "\n".join(str(row[0]) for row in book.get_sheet_by_name("notes").to_python())
    assert "This is generated data" in notes
    assert "--rows 2000 --seed 6" in notes


def test_title_header_and_total(lines: list[list[Any]]) -> None:
    """A title, a blank row, captions over the names, and a total of the order values at the end."""
    assert "generated" in lines[0][0]
    assert set(lines[1]) == {""}
    assert [text for text in lines[2] if text] == ["TRACKING", "EXT-1", "EXT-2", "CRM", "MKT", "AFF", "DWH"]
    assert lines[3] == NAMES
    place = NAMES.index("order_value")
    assert lines[-1][0] == "Total"
    assert lines[-1][place] == pytest.approx(sum(row[place] for row in lines[4:-1] if row[place] != ""), abs=0.01)
    assert sum(cell != "" for cell in lines[-1]) == 2


def test_blank_rows_lie_between_the_data(lines: list[list[Any]], data: list[list[Any]]) -> None:
    """Two rows are blank, and without them there are as many as asked for."""
    assert sum(set(row) == {""} for row in lines[4:]) == 2
    assert len(data) == ROWS


def test_cells_are_the_visits_but_for_the_dirt(data: list[list[Any]]) -> None:
    """Cell by cell the sheet holds the generated visits, text where numbers and dates were made text."""
    rows = list(dict.fromkeys(tuple(row) for row in data))
    clean = generate(len(rows), 6).with_columns(
        pl.col("temp_c").fill_null(-999.0),
        pl.col("pp_idx").cast(pl.String).str.replace(".", ",", literal=True),
        pl.col("crm_since").dt.strftime("%d.%m.%Y"),
    )
    place = NAMES.index("cmp_chan")
    for found, expected in zip(rows, clean.rows(), strict=True):
        trimmed = [cell.strip() if index == place else cell for index, cell in enumerate(found)]
        assert trimmed == ["" if cell is None else cell for cell in expected]
    assert 2000 - len(rows) in (4, 5)
    assert any(row[place] != row[place].strip() for row in rows)
    assert isinstance(rows[0][2], datetime)


def test_raw_parts(path: Path) -> None:
    """Captions are merged, one column is hidden, there is no formula or link, and the dates inside are fixed."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
        stamps = {item.date_time for item in book.infolist()}
    sheet = parts["xl/worksheets/sheet4.xml"]
    assert len(re.findall("<mergeCell ", sheet)) == 7
    hidden = re.findall(r'<col min="(\d+)" max="\d+"[^>]*hidden="1"', sheet)
    assert [NAMES[int(place) - 1] for place in hidden] == ["src_ref"]
    for text in parts.values():
        assert "<f>" not in text
        assert "<hyperlink" not in text
    assert "2026-09-30T00:00:00Z" in parts["docProps/core.xml"]
    assert stamps == {(1980, 1, 31, 0, 0, 0)}


def test_no_cell_can_act(path: Path) -> None:
    """No text of any sheet begins as a formula or holds markup or control characters."""
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        for row in book.get_sheet_by_name(name).to_python():
            for cell in row:
                assert not re.search(r"^[=+\-@]|[<>\x00-\x1f]", cell if isinstance(cell, str) else "")


@pytest.mark.parametrize("lines", [500, 6000])
def test_other_extracts(lines: int) -> None:
    """sample_01 has a visitor a line with all visits and sums of the same world, sample_02 an order a line."""
    extract = Extract.opened(lines, 6)
    visits = generate(extract.shop.rows, 6)
    people, orders = visitors_frame(extract), orders_frame(extract)
    assert people["visitor_id"].is_unique().all()
    assert people.height == min(800, visits["visitor_id"].n_unique())
    sums = visits.group_by("visitor_id").agg(total=pl.len(), spent=pl.col("order_value").sum())
    beside = people.join(sums, on="visitor_id", how="left")
    assert beside["visits"].equals(beside["total"])
    assert (beside["turnover"] - beside["spent"]).abs().max() < 0.01
    assert orders["order_id"].is_unique().all()
    bought = visits.filter(pl.col("order_value") > 0).select(
        "visitor_id", amount="order_value", ordered_at="visit_time"
    )
    assert orders.join(bought, on=["visitor_id", "amount", "ordered_at"], how="anti").is_empty()
    assert orders["items"].min() >= 1
    assert 50 < orders.height < lines
