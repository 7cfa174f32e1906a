"""Typing of cells: the type is chosen on the full column and every change is counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.domain.column import Storage
from clientela.sources.shapes import Kind
from clientela.sources.typing_cells import RawColumn, RawTable, type_cells
from clientela.tables import sql
from clientela.tables.engine import Engine

D = dt.date
T = dt.datetime


def typed(engine: Engine, cells: Sequence[str | None], kinds: Sequence[Kind] | None = None) -> tuple[Any, list[Any]]:
    """Return how a column was read, with its values."""
    frame = pl.DataFrame({"c0": list(cells)}, schema={"c0": pl.String})
    if kinds:
        frame = frame.with_columns(pl.Series("k0", list(kinds), pl.UInt8))
    name = engine.load(frame)
    raw = RawTable(engine, name, (RawColumn("c0", "k0" if kinds else None, "x", "x", "A"),), 0, len(cells))
    table = type_cells(raw)
    values = engine.frame(sql.select([sql.column("c0")], table.table))["c0"].to_list()
    return (table.columns[0], table.notes), values


@pytest.fixture(scope="module")
def engine() -> Any:
    """Return an engine for the module."""
    with Engine(threads=1, memory=256) as held:
        yield held


CASES: list[tuple[list[str | None], Storage, list[Any], dict[str, int]]] = [
    (["1", "-2", "+3"], Storage.INTEGER, [1, -2, 3], {}),
    (["+491701234567", "+12025550100"], Storage.TEXT, ["+491701234567", "+12025550100"], {}),
    (
        ["1234567890.1700000001", "123456789.1600000000"],
        Storage.TEXT,
        ["1234567890.1700000001", "123456789.1600000000"],
        {},
    ),
    (["1234567890.17", "12345678.2700000000"], Storage.NUMBER, [1234567890.17, 12345678.27], {}),
    (["1.5", "2", ".5", "1e3", "5."], Storage.NUMBER, [1.5, 2.0, 0.5, 1000.0, 5.0], {}),
    (["1,5", "2,25", "3"], Storage.NUMBER, [1.5, 2.25, 3.0], {"decimal_comma": 2}),
    (["1.234,50", "7,5"], Storage.NUMBER, [1234.5, 7.5], {"decimal_comma": 2, "thousands": 1}),
    (["1,234.50", "7.5"], Storage.NUMBER, [1234.5, 7.5], {"thousands": 1}),
    (["1,234,567", "5"], Storage.INTEGER, [1234567, 5], {"thousands": 1}),
    (["1.234.567", "5"], Storage.INTEGER, [1234567, 5], {"thousands": 1}),
    (["1 234", "1 234 567"], Storage.INTEGER, [1234, 1234567], {"thousands": 2}),
    (["1 234,5", "1"], Storage.NUMBER, [1234.5, 1.0], {"decimal_comma": 1, "thousands": 1}),
    (["1'234.5", "1"], Storage.NUMBER, [1234.5, 1.0], {"thousands": 1}),
    (["€ 5", "7 €", "3"], Storage.INTEGER, [5, 7, 3], {"currency": 2}),
    (["-5,00 EUR", "7 EUR"], Storage.NUMBER, [-5.0, 7.0], {"currency": 2, "decimal_comma": 1}),
    (["5 %", "7.5%"], Storage.NUMBER, [5.0, 7.5], {"percent": 2}),
    (["1.5E+11", "2"], Storage.NUMBER, [1.5e11, 2.0], {"id_precision_lost": 1}),
    (["inf", "1", "-inf"], Storage.NUMBER, [float("inf"), 1.0, float("-inf")], {}),
    (["1", "", None, "n/a", "Keine Angabe", "-"], Storage.INTEGER, [1, *[None] * 5], {"blank": 2, "null_word": 3}),
    (["1", "#DIV/0!", "nan"], Storage.INTEGER, [1, None, None], {"error": 1, "null_word": 1}),
    (["-999", "999"], Storage.INTEGER, [-999, 999], {}),
    (["a", "n/a", "", "-"], Storage.TEXT, ["a", "n/a", None, "-"], {"blank": 1}),
    (["n/a", "-"], Storage.TEXT, ["n/a", "-"], {}),
    (["", None], Storage.TEXT, [None, None], {"blank": 2}),
    (["00123", "45"], Storage.TEXT, ["00123", "45"], {}),
    (["1234567890123456", "1"], Storage.TEXT, ["1234567890123456", "1"], {}),
    (["TRUE", "false", "n/a"], Storage.BOOLEAN, [True, False, None], {"null_word": 1}),
    (["yes", "no"], Storage.TEXT, ["yes", "no"], {}),
    ([" A ", "\u00a0b\t", "c"], Storage.TEXT, ["A", "b", "c"], {"stray_space": 2}),
    (["2026-01-02", "2026/1/3"], Storage.DATE, [D(2026, 1, 2), D(2026, 1, 3)], {}),
    (["2026-01-02", "2026-01-02 03:04"], Storage.TIMESTAMP, [T(2026, 1, 2), T(2026, 1, 2, 3, 4)], {}),
    (["2026-01-02T03:04:05.5"], Storage.TIMESTAMP, [T(2026, 1, 2, 3, 4, 5, 500000)], {}),
    (["2026-01-02T03:04:05+02:00"], Storage.TIMESTAMP, [T(2026, 1, 2, 1, 4, 5)], {}),
    (
        ["2026-01-02 00:04Z", "2026-01-02 00:04-0130"],
        Storage.TIMESTAMP,
        [T(2026, 1, 2, 0, 4), T(2026, 1, 2, 1, 34)],
        {},
    ),
    (["31.12.2026", "1.2.2026"], Storage.DATE, [D(2026, 12, 31), D(2026, 2, 1)], {"date_as_text": 2}),
    (["1.2.2026 10:30"], Storage.TIMESTAMP, [T(2026, 2, 1, 10, 30)], {"date_as_text": 1}),
    (["13/01/2026", "02/01/2026"], Storage.DATE, [D(2026, 1, 13), D(2026, 1, 2)], {"date_as_text": 2}),
    (["01/13/2026", "02/01/2026, 5:06"], Storage.TIMESTAMP, [T(2026, 1, 13), T(2026, 2, 1, 5, 6)], {"date_as_text": 2}),
    (
        ["01/13/2026 7:56 PM", "2/1/2026 12:05:30am"],
        Storage.TIMESTAMP,
        [T(2026, 1, 13, 19, 56), T(2026, 2, 1, 0, 5, 30)],
        {"date_as_text": 2},
    ),
    (["13.01.2026 12:05 p.m."], Storage.TIMESTAMP, [T(2026, 1, 13, 12, 5)], {"date_as_text": 1}),
    (["13-01-2026"], Storage.DATE, [D(2026, 1, 13)], {"date_as_text": 1}),
    (["9:30", "23:59:59"], Storage.TIME, [dt.time(9, 30), dt.time(23, 59, 59)], {}),
    (["x\ufffdy", "Ã¤"], Storage.TEXT, ["x\ufffdy", "Ã¤"], {"encoding_damage": 2}),
]


@pytest.mark.parametrize(("cells", "storage", "values", "coercions"), CASES, ids=lambda value: str(value)[:30])
def test_text(
    engine: Engine, cells: list[str | None], storage: Storage, values: list[Any], coercions: dict[str, int]
) -> None:
    """Each way of writing is read as what it says, and what was changed is counted."""
    (column, _), found = typed(engine, cells)
    assert (column.storage, found, dict(column.coercions), column.mixed) == (storage, values, coercions, 0)


@pytest.mark.parametrize(
    ("cells", "mixed", "says"),
    [
        (["1", "2", "3", "x"], 1, ""),
        (["1,5", "2,5", "2.5"], 1, "two conventions"),
        (["€5", "$5", "$6"], 1, "different units"),
        (["5%", "7", "8"], 1, "different units"),
        (["31.02.2026", "01.02.2026"], 1, "impossible"),
        (["13/01/2026", "01/13/2026", "01/14/2026"], 1, "impossible"),
        (["01/13/2026 13:05 PM", "01/14/2026 1:05 PM"], 1, "impossible"),
        (["2026-01-02", "01.02.2026", "02.02.2026"], 1, "several ways"),
        (["1,234,567,890,123,456,789,012", "1"], 1, "too large"),
        (["true", "false", "5"], 1, ""),
    ],
)
def test_mixed(engine: Engine, cells: list[str], mixed: int, says: str) -> None:
    """One cell that does not fit keeps the whole column as text, and is shown."""
    (column, notes), found = typed(engine, cells)
    assert (column.storage, found, column.mixed) == (Storage.TEXT, cells, mixed)
    assert column.examples
    assert set(column.examples) <= set(cells)
    assert says in " ".join(notes)


def test_stored_kinds(engine: Engine) -> None:
    """A number stored as text is told from a stored number, whose dot is a decimal dot always."""
    (column, _), found = typed(engine, ["1.5", "2,5", "", "1.234"], [Kind.NUMBER, Kind.TEXT, Kind.EMPTY, Kind.NUMBER])
    assert found == [1.5, 2.5, None, 1.234]
    assert dict(column.kinds) == {"number": 2, "text": 1}
    assert dict(column.coercions) == {"blank": 1, "number_as_text": 1, "decimal_comma": 1}


def test_stored_dates_and_errors(engine: Engine) -> None:
    """Dates stored as dates may stand beside dates written as text; errors are missing."""
    kinds = [Kind.DATE, Kind.TEXT, Kind.ERROR]
    (column, _), found = typed(engine, ["2026-01-02", "3.1.2026", "#REF!"], kinds)
    assert found == [D(2026, 1, 2), D(2026, 1, 3), None]
    assert dict(column.coercions) == {"date_as_text": 1, "error": 1}
    (column, _), found = typed(engine, ["true", "FALSE", "12345678901234567168"], [Kind.BOOLEAN, Kind.TEXT, Kind.EMPTY])
    assert column.storage is Storage.TEXT
    (column, _), found = typed(engine, ["true", "FALSE"], [Kind.BOOLEAN, Kind.TEXT])
    assert (found, dict(column.coercions)) == ([True, False], {"boolean_as_text": 1})
    (column, _), found = typed(engine, ["12345678901234567168", "1"], [Kind.NUMBER, Kind.NUMBER])
    assert (column.storage, dict(column.coercions)) == (Storage.NUMBER, {"id_precision_lost": 1})
    (column, _), found = typed(engine, ["x", "#N/A"], [Kind.TEXT, Kind.ERROR])
    assert (found, dict(column.coercions)) == (["x", None], {"error": 1})


def test_open_conventions(read_text: Callable[..., Any]) -> None:
    """What a column leaves open is settled by the other columns, else said."""
    alone = read_text("x;y\n1.234;01/02/2026\n2.345;03/02/2026\n", "alone.csv")
    assert next(alone.batches()).rows()[0] == (1.234, D(2026, 2, 1))
    assert len(alone.reading.notes) == 2
    table = read_text("x;y;z;w\n1.234;01/02/2026;0,5;01/13/2026\n2.345;03/02/2026;0,5;01/14/2026\n", "settled.csv")
    assert next(table.batches()).rows()[0] == (1234, D(2026, 1, 2), 0.5, D(2026, 1, 13))
    assert table.reading.notes == ()


CELLS = st.sampled_from(
    ["", " ", "1", "2.5", "1,5", "1.234", "n/a", "#N/A", "x", "true", "2026-01-01", "1.1.2026", "007", "5 %", "nan"]
)


@given(st.lists(CELLS, min_size=1, max_size=12), st.booleans())
def test_nothing_is_lost(cells: list[str], stored: bool) -> None:
    """Nulls out are blanks, null words and errors in; nothing else becomes null."""
    kinds = [Kind.TEXT if cell else Kind.EMPTY for cell in cells] if stored else None
    with Engine(threads=1, memory=256) as engine:
        (column, _), found = typed(engine, cells, kinds)
    counted = sum(column.coercions.get(name, 0) for name in ("blank", "null_word", "error"))
    assert found.count(None) == counted
    assert len(found) == len(cells)
    if column.storage is Storage.TEXT:
        assert [value or "" for value in found] == [cell.strip() for cell in cells]
