"""Rules as SQL: the same members on an engine as in memory."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from clientela.domain.column import Column, Storage
from clientela.domain.errors import InputError
from clientela.domain.roles import Roles
from clientela.models.values import texts
from clientela.segments.result import Condition
from clientela.segments.rules import BLANKS, assign
from clientela.segments.sql import Dialect, members, query, storages

from .exported import HOSTILE, RULES, STORED, result, rows


def run(statement: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Run a statement on a table called `it's a "table"`."""
    with duckdb.connect() as database:
        database.register('it\'s a "table"', frame.to_arrow())
        return pl.DataFrame(database.sql(statement).to_arrow_table())


def test_a_query_names_the_segment_that_assign_names() -> None:
    """Nulls, NaN, infinite numbers, blanks, quotes and values never seen before included; every segment occurs."""
    frame = rows(20_000)
    found = run(query(result(*RULES), STORED, Dialect.DUCKDB, 'it\'s a "table"'), frame)
    expected = assign(result(*RULES), frame)
    assert found.get_column("segment").equals(expected, check_names=False)
    assert expected.n_unique() == len(RULES)


def test_members_of_the_segments_are_told_apart() -> None:
    """The query for one segment gives as many rows as are assigned to it, for each of them."""
    frame, segments = rows(4000), result(*RULES)
    sizes = dict(assign(segments, frame).value_counts().iter_rows())
    for item in segments.segments:
        statement = members(segments, item.name, STORED, Dialect.DUCKDB, 'it\'s a "table"')
        assert run(statement, frame).height == sizes[item.name]


@pytest.mark.parametrize("dialect", Dialect)
def test_every_dialect_reads_back_what_was_meant(dialect: Dialect) -> None:
    """Parsed by its own dialect, the statement is one SELECT with the very names and values of the rules."""
    [parsed] = sqlglot.parse(query(result(*RULES), STORED, dialect, "visits"), read=dialect.value)
    assert isinstance(parsed, exp.Select)
    # BigQuery has no names with dots, so its parser takes one for a path
    names = {name.split(".")[-1] if dialect is Dialect.BIGQUERY else name for name in STORED}
    assert {item.name for item in parsed.find_all(exp.Column)} == names
    said = {item.name for item in parsed.find_all(exp.Literal) if item.is_string}
    asked = [one for rule in RULES for item in rule for one in (item, *(line.condition for line in item.lines))]
    values = {value for item in asked if item.column == HOSTILE for value in item.values}
    assert said == values | {item.name for item in result(*RULES).segments} | {BLANKS, ""}


@settings(max_examples=15)
@given(st.text(max_size=8), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
def test_any_name_and_value_survives_every_dialect(value: str, name: str) -> None:
    """Whatever stands in a cell or header is one literal or one name after parsing."""
    rules = result((Condition(name, "in", None, (value,)),), ())
    for dialect in Dialect:
        if "\0" in name + value or (dialect is Dialect.BIGQUERY and "." in name):
            continue
        [parsed] = sqlglot.parse(query(rules, {name: Storage.TEXT}, dialect, "visits"), read=dialect.value)
        assert parsed is not None
        assert {item.name for item in parsed.find_all(exp.Column)} == {name}
        assert value in {item.name for item in parsed.find_all(exp.Literal)}


def test_blanks_are_the_characters_that_make_text_blank() -> None:
    """Of all characters exactly these leave a cell without a value."""
    letters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    blank = texts(pl.Series(letters)).is_null()
    assert "".join(pl.Series(letters).filter(blank)) == BLANKS


def test_one_segment_is_a_constant() -> None:
    """Where there are no groups every row gets the one name."""
    found = run(query(result(()), {}, Dialect.DUCKDB, 'it\'s a "table"'), rows(3))
    assert found.get_column("segment").n_unique() == 1


def test_storages_come_from_the_roles() -> None:
    """Only columns of rules are told, with their storage."""
    roles = Roles((Column("pages", Storage.INTEGER), Column("other", Storage.TEXT)))
    assert storages(result((Condition("pages", ">", 1.0),), ()), roles) == {"pages": Storage.INTEGER}


@pytest.mark.parametrize("storage", [Storage.TEXT, Storage.BOOLEAN, Storage.DATE])
def test_what_sql_cannot_say_is_refused(storage: Storage) -> None:
    """A bound on text, truths or dates is refused in one sentence that names the column."""
    with pytest.raises(InputError, match="'pages'"):
        query(result((Condition("pages", ">", 1.0),), ()), {"pages": storage}, Dialect.SPARK, "visits")


def test_an_unknown_segment_is_refused() -> None:
    """The sentence lists the segments there are."""
    with pytest.raises(InputError, match="There is no segment 'x': the segments are"):
        members(result(()), "x", {}, Dialect.DUCKDB, "visits")
