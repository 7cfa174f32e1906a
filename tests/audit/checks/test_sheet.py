"""What the sheet holds that is no data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from clientela.audit.checks import sheet
from clientela.domain.column import Storage
from clientela.domain.finding import Severity
from clientela.domain.reading import ReadColumn, Reading, SetAside

FRAME = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None]})
CLEAN = Reading("visits.xlsx", "xlsx", sheet="one")


def test_a_moved_header_and_a_total_are_told(said: Callable[..., Any]) -> None:
    """Title, total and a second header line are counted in one sentence."""
    aside = (SetAside(1, "title", "Visits"), SetAside(2, "header", "of which"), SetAside(9, "total", "Sum"))
    reading = Reading("v.xlsx", "xlsx", header_row=3, header_lines=2, set_aside=aside, set_aside_count=3)
    finding = said(sheet.header_row, FRAME, reading=reading).findings[0]
    assert finding.severity is Severity.NOTICE
    assert "row 3" in finding.title
    assert "spans 2 rows" in finding.title
    assert "1 total row" in finding.title
    assert finding.evidence["rows"] == [1, 2, 9]


def test_no_header_is_told(said: Callable[..., Any]) -> None:
    """A file without header says so."""
    finding = said(sheet.header_row, FRAME, reading=Reading("v.csv", "csv", header_row=0)).findings[0]
    assert finding.title.startswith("There is no header row")


def test_a_header_in_the_first_row_is_not_found(said: Callable[..., Any]) -> None:
    """A plain sheet passes, a frame is refused."""
    assert said(sheet.header_row, FRAME, reading=CLEAN).tested[0].code == "header_row"
    assert said(sheet.header_row, FRAME) is None


def test_empty_rows_and_columns(said: Callable[..., Any]) -> None:
    """Blank rows and empty columns are counted; a full table has none."""
    reading = Reading("v.csv", "csv", set_aside=(SetAside(4, "blank", ""),), set_aside_count=1)
    frame = FRAME.with_columns(pl.lit(None, dtype=pl.String).alias("c"))
    both = said(sheet.empty_rows_columns, frame, reading=reading).findings[0]
    assert both.columns == ("c",)
    assert both.evidence == {"blank_rows": 1, "empty_columns": 1}
    assert said(sheet.empty_rows_columns, FRAME, reading=reading).findings[0].severity is Severity.INFO
    assert not said(sheet.empty_rows_columns, FRAME).findings


@pytest.mark.parametrize(
    ("check", "reading"),
    [
        (sheet.merged_cells, Reading("v.xlsx", "xlsx", merged=2)),
        (sheet.hidden_parts, Reading("v.xlsx", "xlsx", hidden=("sheet notes",))),
        (sheet.formula_without_value, Reading("v.xlsx", "xlsx", formulas_without_value=5)),
    ],
)
def test_parts_of_workbooks(said: Callable[..., Any], check: Any, reading: Reading) -> None:
    """Each part is found where it is, not found in a clean workbook, refused elsewhere."""
    assert [f.code for f in said(check, FRAME, reading=reading).findings] == [check.__name__]
    assert [t.code for t in said(check, FRAME, reading=CLEAN).tested] == [check.__name__]
    assert said(check, FRAME) is None


def test_merged_cells_name_the_filled_columns(said: Callable[..., Any]) -> None:
    """Cells filled from a merged one are counted by column."""
    columns = (ReadColumn("b", "b", "B", Storage.TEXT, coercions={"merged": 3}),)
    finding = said(sheet.merged_cells, FRAME, reading=Reading("v.xlsx", "xlsx", merged=1, columns=columns)).findings[0]
    assert finding.columns == ("b",)
    assert finding.severity is Severity.NOTICE


def test_row_limits(said: Callable[..., Any]) -> None:
    """The most rows of a tool is a warning, a round number a notice, others pass, few rows are refused."""
    rows = {n: said(sheet.row_limit, pl.DataFrame({"a": range(n)})) for n in (65_535, 5_000, 4_321, 99)}
    assert rows[65_535].findings[0].severity is Severity.WARNING
    assert rows[5_000].findings[0].severity is Severity.NOTICE
    assert rows[4_321].tested
    assert rows[99] is None


@pytest.mark.parametrize(
    ("rows", "stated"), [(2_000, True), (9_999, True), (25_000, True), (2_001, False), (12_330, False)]
)
def test_round_limits(said: Callable[..., Any], rows: int, stated: bool) -> None:
    """A round number, or one less with the header as the last line, is a limit; others are not."""
    assert bool(said(sheet.row_limit, pl.DataFrame({"a": range(rows)})).findings) is stated


def test_headers_and_totals_among_the_data(said: Callable[..., Any]) -> None:
    """Pages pasted below each other leave headers, and a report its totals; a class called total does not count."""
    page = pl.DataFrame({"city": ["Bonn", "Ulm"] * 100, "visits": ["3", "14"] * 100, "spent": [1.5, 2.5] * 100})
    head = pl.DataFrame({"city": ["City "], "visits": ["visits"], "spent": [None]}, schema=page.schema)
    finding = said(sheet.header_row, pl.concat([page, head, page, head, page])).findings[0]
    assert finding.evidence["headers_inside"] == 2
    assert finding.severity is Severity.WARNING
    total = pl.DataFrame({"city": ["Summe:"], "visits": [None], "spent": [400.0]}, schema=page.schema)
    finding = said(sheet.header_row, pl.concat([page, total, page])).findings[0]
    assert (finding.evidence["totals_inside"], finding.evidence["headers_inside"]) == (1, 0)
    usual = page.with_columns(pl.Series("city", ["total", "part"] * 100))
    assert said(sheet.header_row, usual) is None
    assert said(sheet.header_row, pl.DataFrame({"a": [1, 2]})) is None
