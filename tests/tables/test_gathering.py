"""Rows gathered by a key: where they are kept."""

from __future__ import annotations

import gc
import math
from pathlib import Path

import polars as pl
import pytest
from sqlglot import exp

from clientela.domain.errors import ColumnError, InputError
from clientela.domain.reading import Reading
from clientela.tables.aggregate import Aggregate, Differing, FirstOf, Least, Most, Positive, Rows, Total
from clientela.tables.condition import Within
from clientela.tables.derivation import Same
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame
from clientela.tables.parquet import scan_parquet


@pytest.mark.parametrize("file", [False, True])
def test_one_row_for_each_value_of_a_key(file: bool, tmp_path: Path) -> None:
    """Null included, with what is kept of its rows; its parts can be asked, and gathered, too."""
    rows = pl.DataFrame(
        {
            "who": ["x", "y", "x", None, "y", "x", None],
            "at": [3, None, 1, 5, None, 1, 4],
            "spent": [1.0, None, None, 4.0, 0.0, -2.0, 0.5],
            "city": ["n", "s", None, "n", "e", "w", "n"],
        }
    )
    kept: dict[str, Aggregate] = {
        "who": Least("who"),
        "rows": Rows(),
        "told": Rows("spent"),
        "sum": Total("spent", "city"),
        "above": Positive("spent"),
        "first": Least("at", "spent"),
        "last": Most("at"),
        "city": FirstOf("city", "at", "spent"),
        "place": FirstOf("city"),
        "differs": Differing("city"),
    }
    rows.write_parquet(tmp_path / "rows.parquet")
    reading = Reading(source="rows", format="test")
    with (
        scan_parquet(Engine(threads=1), [tmp_path / "rows.parquet"], reading, owner=True) if file else from_frame(rows)
    ) as table:
        found = table.gathered("who", kept)
        held = pl.concat(list(found.batches())).sort("who")
        assert found.derive({"rows": Same("rows")}, Within("rows", low=2.5)).rows == 1
        again = [part.rows for part in (found.gathered("who", {"n": Rows()}), found)]
    assert again == [3, 3]
    assert held.rows() == [
        (None, 2.0, 2.0, 4.5, 2.0, 4, 5, "n", "n", 0.0),
        ("x", 3.0, 2.0, -1.0, 1.0, 1, 3, "w", "n", 1.0),
        ("y", 2.0, 1.0, 0.0, 0.0, None, None, "e", "s", 1.0),
    ]


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
