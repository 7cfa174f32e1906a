"""Rows gathered by a key: where they are kept."""

from __future__ import annotations

import gc
import math

import polars as pl
import pytest
from sqlglot import exp

from clientela.domain.errors import ColumnError, InputError
from clientela.tables.aggregate import FirstOf, Positive, Rows, Total
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame


def test_what_was_gathered_is_dropped_when_nobody_uses_it() -> None:
    """The engine holds the rows as long as a table, or one derived from it, can ask for them."""
    counted = exp.select("count(*)").from_("duckdb_tables()")
    with Engine(threads=1) as engine, from_frame(pl.DataFrame({"who": ["x", "x"]}), engine=engine) as table:
        before = engine.frame(counted).item()
        part = table.gathered("who", {"n": Rows()}).select(["n"])
        gc.collect()
        assert part.rows == 1
        assert engine.frame(counted).item() == before + 1
        del part
        gc.collect()
        assert engine.frame(counted).item() == before


def test_numbers_that_are_none_are_not_added_up() -> None:
    """Neither NaN nor infinity counts in a sum or above zero; a sum of nothing is no cell, and ties go by place."""
    rows = pl.DataFrame({"who": ["x", "x", "y"], "spent": [math.inf, 2.0, math.nan], "city": ["n", "s", None]})
    with from_frame(rows) as table:
        found = table.gathered(
            "who", {"sum": Total("spent"), "above": Positive("spent"), "at": FirstOf("city", "city")}
        )
        assert sorted(pl.concat(list(found.batches())).rows(), key=str) == [(2.0, 1.0, "n"), (None, 0.0, None)]


def test_columns_that_cannot_be_gathered_are_named() -> None:
    """A column that is not there, and text that is to be added up."""
    with from_frame(pl.DataFrame({"who": ["x"]})) as table:
        with pytest.raises(ColumnError, match="'what'"):
            table.gathered("what", {"n": Rows()})
        with pytest.raises(InputError, match="'who' holds text"):
            table.gathered("who", {"n": Total("who")})
