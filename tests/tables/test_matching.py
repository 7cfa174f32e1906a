"""A condition as SQL for people: it runs, and selects the same rows."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from clientela.domain.errors import ColumnError
from clientela.tables.condition import Missing, Negated, Within
from clientela.tables.frames import from_frame
from clientela.tables.matching import selection
from clientela.tables.table import ROW

from .contract import CONDITIONS, awkward


def test_selection_selects_the_same_rows() -> None:
    """The query shown to people, run on the table under its own names, gives the rows that `matching` gives."""
    frame = awkward().with_columns(pl.col("empty").cast(pl.String))
    with from_frame(frame) as table, duckdb.connect() as connection:
        connection.register("given", frame.to_arrow())
        connection.execute('CREATE TABLE "my ""table" AS SELECT * FROM given')
        for condition in CONDITIONS:
            query = selection(condition, table.fields, 'my "table')
            shown = connection.execute(query.replace("SELECT *", "SELECT rowid", 1)).fetchall()
            assert sorted(row for (row,) in shown) == table.matching(condition, limit=100)[ROW].to_list(), query


def test_selection_quotes() -> None:
    """Names are quoted, bounds are numbers that read back the same."""
    with from_frame(pl.DataFrame({'a";--': [0.5]})) as table:
        found = selection(Within('a";--', 0.1 + 0.2, 1e300), table.fields, "t")
    bounds = '"a"";--" >= 0.30000000000000004e0 AND "a"";--" <= 1e+300'
    assert found == f'SELECT * FROM "t" WHERE ISFINITE("a"";--") AND {bounds}'


def test_unknown_column() -> None:
    """A condition about a column that is not there is told as such."""
    with pytest.raises(ColumnError, match="nowhere"):
        selection(Negated(Missing("nowhere")), (), "t")
