"""The rows behind a finding: the planted ones, bounded, masked, and with a query that selects them."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from clientela.audit.auditing import audit
from clientela.audit.listing import MOST_ROWS, Listing, called, chosen, list_rows
from clientela.audit.pointing import POINTERS
from clientela.audit.result import AuditResult
from clientela.domain.column import Storage
from clientela.domain.errors import InputError
from clientela.domain.finding import CODES
from clientela.domain.reading import ReadColumn, Reading
from clientela.domain.roles import Ask
from clientela.tables.frames import from_frame

Plant = Callable[[pl.DataFrame], pl.DataFrame]


def at(name: str, values: dict[int, object]) -> Plant:
    """Return a plant that puts values into rows of a column."""

    def plant(frame: pl.DataFrame) -> pl.DataFrame:
        cells = frame[name].to_list()
        for row, value in values.items():
            cells[row] = value
        return frame.with_columns(pl.Series(name, cells, dtype=frame.schema[name], strict=False))

    return plant


def column(name: str, make: Callable[[int], object]) -> Plant:
    """Return a plant that adds a column, one value per row number."""
    return lambda frame: frame.with_columns(pl.Series(name, [make(row) for row in range(frame.height)]))


PLANTED: dict[str, tuple[Plant, list[int]]] = {
    "missing": (at("amount_seen", {5: None, 9: None}), [5, 9]),
    "sentinel": (at("temper", dict.fromkeys((3, 8, 13, 21), -9999.0)), [3, 8, 13, 21]),
    "outliers": (at("temper", {7: 9e5, 70: -9e5}), [7, 70]),
    "near_constant": (column("flag", lambda row: "odd" if row in (4, 44) else "even"), [4, 44]),
    "duplicate_rows": (lambda frame: pl.concat([frame, frame[[2, 11]]]), [2, 11, 2000, 2001]),
    "duplicate_key": (at("visit_id", {30: 10_001}), [0, 30]),
    "mixed_types": (column("size", lambda row: "see note" if row % 40 == 6 else str(row % 9)), [*range(6, 2000, 40)]),
    "encoding_damage": (at("device", {12: "m\ufffdbile"}), [12]),
    "stray_space_case": (at("device", {15: "Mobile", 16: "MOBILE"}), [15, 16]),
    "number_as_text": (column("count", lambda row: "many" if row % 100 == 1 else str(row % 7)), []),
    "small_sample": (column("group", lambda row: "few" if row in (10, 20, 30) else "most"), [10, 20, 30]),
    "impossible_value": (column("age", lambda row: {8: -2, 9: 190}.get(row, 20 + row % 50)), [8, 9]),
    "imputed_constant": (
        column("spend", lambda row: 51.5 if row % 10 == 3 else round(row * 7919 % 100_003 / 1000, 3)),
        [*range(3, 2000, 10)],
    ),
    "personal_data": (column("contact", lambda row: f"person{row}@shop.example"), [*range(2000)]),
    "id_precision_lost": (column("card_id", lambda row: float(2**54 + 4 * row) if row > 3 else 5.0), [*range(4, 2000)]),
}


def rows_of(frame: pl.DataFrame, code: str, ask: Ask, reading: Reading | None = None) -> tuple[AuditResult, Listing]:
    """Audit a frame and list the rows behind the first finding of a code."""
    with from_frame(frame, reading) as table:
        result = audit(table, ask)
        return result, list_rows(table, result, chosen(result, code)[0])


@pytest.mark.parametrize("code", [code for code, (_, rows) in PLANTED.items() if rows])
def test_planted_rows_are_listed(code: str, plain: pl.DataFrame) -> None:
    """The rows in which something was planted come back, the first ones in order, numbered from 1."""
    plant, rows = PLANTED[code]
    _, listing = rows_of(plant(plain), code, Ask(label="group" if code == "small_sample" else "converted"))
    assert [place for place, _ in listing.rows] == [row + 1 for row in rows[:MOST_ROWS]]
    assert listing.more == (len(rows) > MOST_ROWS)
    assert listing.means == POINTERS[code].means
    assert listing.sql.startswith('SELECT * FROM "frame" WHERE ')
    assert listing.reason == ""


def test_cells_are_text(plain: pl.DataFrame) -> None:
    """The key of the row and the columns of the finding are shown; a missing cell is None."""
    _, listing = rows_of(PLANTED["missing"][0](plain), "missing", Ask(label="converted"))
    assert listing.columns == ("visit_id", "amount_seen")
    assert listing.rows[0] == (6, ("10006", None))


def test_personal_data_are_masked_everywhere(plain: pl.DataFrame) -> None:
    """No letter of an address is in any listing, nor in the profile of its column."""
    frame = pl.concat([PLANTED["personal_data"][0](plain), PLANTED["personal_data"][0](plain)[:1]])
    for code in ("personal_data", "duplicate_rows"):
        result, listing = rows_of(frame, code, Ask(label="converted"))
        told = str(listing.to_dict()) + str(result.to_dict())
        assert "shop.example" not in told
        assert "xxxxxxx@xxxx.xxxxxxx" in told
    assert result.profile("contact").top[0][0].startswith("xxx")


def test_no_rows_is_said(plain: pl.DataFrame) -> None:
    """A finding about whole columns, about the sheet, or about cells already read as they mean says so."""
    columns = (ReadColumn("clicks", "clicks", "F", Storage.INTEGER, coercions={"number_as_text": 2000}),)
    reading = Reading("shop.csv", "csv", header_row=3, columns=columns)
    ask = Ask(label="converted")
    said = {}
    for code in ("grain", "header_row", "number_as_text"):
        _, listing = rows_of(plain, code, ask, reading)
        assert (listing.rows, listing.sql, listing.columns) == ((), "", ())
        said[code] = listing.reason
    assert "whole columns or the whole table" in said["grain"]
    assert "about the sheet" in said["header_row"]
    assert "read as what they mean" in said["number_as_text"]


def test_left_as_text_is_listed(plain: pl.DataFrame) -> None:
    """Of numbers kept as text the rows with a number are listed, the others are not."""
    _, listing = rows_of(PLANTED["number_as_text"][0](plain), "number_as_text", Ask(label="converted"))
    assert [place for place, _ in listing.rows[:3]] == [1, 3, 4]


def test_findings_are_chosen_by_number_or_code(plain: pl.DataFrame) -> None:
    """A number or code is found; whatever else is one sentence that says what there is."""
    with from_frame(plain) as table:
        result = audit(table, Ask(label="converted"))
    codes = [finding.code for finding in result.findings]
    assert chosen(result, "1") == (1,)
    assert chosen(result, codes[-1])[-1] == len(codes)
    for wanted, words in {
        "0": "findings 1 to",
        "99999999999": "findings 1 to",
        "capped": "it was tested for",
        "hidden_parts": "it was not tested for",
        "sentinal": "'sentinel'",
        "\x1b[31m": "take a number",
    }.items():
        with pytest.raises(InputError, match=words):
            chosen(result, wanted)


def test_pointers_are_about_known_codes() -> None:
    """Each pointer belongs to a code, and says in words what its rows have in common."""
    assert set(POINTERS) <= set(CODES)
    assert all(
        pointer.means.split()[0] in {"with", "where", "at", "that", "of", "whose"} for pointer in POINTERS.values()
    )


def test_a_table_has_a_name() -> None:
    """Queries name the sheet, else the file without endings."""
    assert called(Reading("May visits.csv.gz", "csv")) == "May visits"
    assert called(Reading("a.xlsx", "xlsx", sheet="S 1")) == "S 1"
    assert called(Reading(".csv", "csv")) == "table"
