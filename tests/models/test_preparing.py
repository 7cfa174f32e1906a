"""Tests of the rows and columns a model learns from."""

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from clientela.domain.column import Column, Role, Storage
from clientela.domain.errors import RefusedError
from clientela.domain.roles import Roles
from clientela.models.options import ModelOptions
from clientela.models.preparing import prepare
from clientela.tables.table import ROW


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_row_index(ROW).with_columns(pl.col(ROW).cast(pl.Int64))


def test_time_enters_by_its_cycles(visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions) -> None:
    """The time of the row is a feature through weekday and hour; where it has none it is left out."""
    roles = roles_of(visits, "bought")
    assert prepare(_numbered(visits), roles, quick).clock == "time"
    yearly = _numbered(visits.with_columns(time=pl.int_range(pl.len())))
    found = prepare(yearly, roles, quick)
    assert found.clock is None
    assert any(item.column == "time" and "orders" in item.reason for item in found.left_out)
    assert found.ahead is not None


def test_revenue_never_is_a_feature(visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions) -> None:
    """A revenue column is left out whatever its role; one without numbers gives no expected revenue."""
    roles = roles_of(visits, "bought", revenue=Role.FEATURE)
    found = prepare(_numbered(visits), roles, quick)
    assert "revenue" not in found.columns
    assert found.revenue is not None
    bare = prepare(_numbered(visits.with_columns(revenue=pl.lit("n/a"))), roles, quick)
    assert bare.revenue is None
    assert bare.target.revenue is None


def test_columns_of_the_roles_may_be_gone(
    visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """A feature that the table lost is left out with a reason."""
    roles = roles_of(visits, "bought")
    wider = replace(roles, columns=(*roles.columns, Column("lost", Storage.NUMBER)))
    found = prepare(_numbered(visits), wider, quick)
    assert any(item.column == "lost" and "not in the table" in item.reason for item in found.left_out)


def test_columns_set_aside_for_their_cells_say_why(
    visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """Of a column that is ignored the cells tell why where they hold nothing; else who set it so, and why."""
    frame = visits.with_columns(shop=pl.lit("main"), note=pl.int_range(pl.len()).cast(pl.String) + " text")
    roles = roles_of(frame, "bought", shop=Role.IGNORED, note=Role.IGNORED, device=Role.IGNORED)
    found = {item.column: item.reason for item in prepare(_numbered(frame), roles, quick).left_out}
    assert found["shop"] == "it has one value only"
    assert "hardly repeat" in found["note"]
    assert found["device"] == "it is set to be ignored"
    told = "text that differs on nearly every row"
    inferred = tuple(replace(one, reason=told) if one.name == "device" else one for one in roles.columns)
    found = {
        item.column: item.reason for item in prepare(_numbered(frame), replace(roles, columns=inferred), quick).left_out
    }
    assert found["device"] == f"the audit set it aside: {told}"


def test_no_future_is_said(visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions) -> None:
    """Where the last fifth of time has no buyers, there is no forward split, and a note says so."""
    late = pl.int_range(pl.len()) >= 300
    frame = visits.with_columns(bought=pl.when(late).then(pl.lit("no")).otherwise(pl.col("bought")))
    found = prepare(_numbered(frame), roles_of(frame, "bought"), quick)
    assert found.ahead is None
    assert any("forward in time is not possible" in note for note in found.notes)


def test_columns_that_only_name_a_time_are_left_out(
    visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """A running number, a month and a weekly campaign hold nothing of the next period; a device does."""
    number = pl.int_range(pl.len())
    dated = {"run": number, "week": "w" + (number // 20).cast(pl.String), "day": pl.col("time").dt.date()}
    frame = visits.with_columns(**dated)
    found = prepare(_numbered(frame), roles_of(frame, "bought"), quick)
    left = {item.column: item.reason for item in found.left_out}
    assert {"run", "week", "day"} <= set(left)
    assert "names a time" in left["week"]
    assert {"device", "pages", "income", "member"} <= set(found.columns)
    untimed = prepare(_numbered(frame.drop("time")), roles_of(frame.drop("time"), "bought"), quick)
    assert {"run", "week"} <= set(untimed.columns), "without a time nothing can be said of later rows"


def test_a_table_of_dates_alone_is_refused(
    visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """Where every column only names a time there is nothing to learn from, and the sentence says so."""
    frame = visits.select("bought", number=pl.int_range(pl.len()), run=2 * pl.int_range(pl.len()))
    roles = replace(roles_of(frame, "bought", number=Role.TIME), time="number")
    with pytest.raises(RefusedError, match="only name a time"):
        prepare(_numbered(frame), roles, quick)


def test_a_row_with_most_of_the_revenue_is_pointed_out(
    visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """One amount above half of the sum is said with its share; amounts as they usually are say nothing."""
    roles = roles_of(visits, "bought", revenue=Role.REVENUE)
    assert not [note for note in prepare(_numbered(visits), roles, quick).notes if "One row" in note]
    wild = visits.with_columns(revenue=pl.when(pl.int_range(pl.len()) == 3).then(1e12).otherwise(pl.col("revenue")))
    notes = prepare(_numbered(wild), roles, quick).notes
    assert any("100.0% of all 'revenue', 1,000,000,000,000.00:" in note for note in notes)


def test_refunds_are_told(visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions) -> None:
    """Negative amounts are counted, summed, and the class that they stand in is named; without any nothing is said."""
    refunds = pl.when(pl.int_range(pl.len()) < 7).then(-10.5).otherwise("revenue")
    frame = _numbered(visits.with_columns(revenue=refunds))
    notes = prepare(frame, roles_of(visits, "group"), quick).notes
    assert any(note.startswith("7 rows have a negative 'revenue', -73.50 together: expected") for note in notes)
    of_money = prepare(frame, replace(roles_of(visits, "revenue"), revenue="revenue"), quick).notes
    assert any("and are in the class 'none' with those of nothing" in note for note in of_money)
    assert not any("negative" in note for note in prepare(_numbered(visits), roles_of(visits, "group"), quick).notes)


def test_several_currencies_are_told(visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions) -> None:
    """A column of currency codes beside amounts is named; one currency, or other words, are not."""
    for codes, said in ((["EUR", "jpy"], True), (["EUR"], False), (["EUR", "mobile"], False)):
        frame = visits.with_columns(money=pl.Series([codes[row % len(codes)] for row in range(len(visits))]))
        notes = prepare(_numbered(frame), roles_of(frame, "group"), quick).notes
        assert any("'money' names several currencies ('EUR', 'JPY')" in note for note in notes) == said
