"""Derived columns, in memory and in a file."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clientela.domain.errors import ColumnError, InputError
from clientela.tables.condition import AllOf, Missing, Negated, Within
from clientela.tables.derivation import AboveZero, Always, AsNumber, AsText, Blend, Derivation, Same
from clientela.tables.table import ROW, Table

from .oracle import text, usable


def test_derived_columns(table: Table, frame: pl.DataFrame) -> None:
    """Each derivation means what is written, for every awkward cell; names are those asked for, in that order."""
    numbers = ("whole", "number", "flag", "money")
    columns: dict[str, Derivation] = {"text": Same("number"), "always": Always(2.5)}
    columns |= {f"{name} as text": AsText(name) for name in frame.columns}
    columns |= {f"{name} as number": AsNumber(name) for name in numbers}
    columns |= {f"{name} above zero": AboveZero(name) for name in numbers}
    columns |= {"limited": AsNumber("number", 0.05), "blend": Blend((("number", 1.0, 2.0), ("flag", 0.0, -3.0)))}
    derived = table.derive(columns)
    assert [field.name for field in derived.fields] == list(columns)
    assert derived.rows == frame.height
    found = pl.concat(list(derived.batches()))
    assert_frame_equal(found.select(pl.col("text").alias("number")), frame.select("number"))
    assert found["always"].to_list() == [2.5] * frame.height
    for name in frame.columns:
        assert found[f"{name} as text"].to_list() == [text(value) for value in frame[name]], name
    held = {name: [usable(value) for value in frame[name]] for name in numbers}
    for name in numbers:
        assert found[f"{name} as number"].to_list() == held[name]
        above = [None if value is None else float(value > 0) for value in held[name]]
        assert found[f"{name} above zero"].to_list() == above
    assert found["limited"].to_list() == [None if v is None else min(v, 0.05) for v in held["number"]]
    pairs = zip(held["number"], held["flag"], strict=True)
    blended = [(0 if v is None else 2 * (v - 1)) - (0 if f is None else 3 * f) for v, f in pairs]
    assert found["blend"].to_list() == pytest.approx(blended)
    whole = table.derive({"x": Always(3.0), "y": Always(2.0)}).derive(
        {"z": Blend((("x", 1.0, 0.5), ("y", 1.0, 1.0)), True)}
    )
    assert pl.concat(list(whole.batches()))["z"].unique().to_list() == [2.0]


def test_derived_rows(table: Table, frame: pl.DataFrame) -> None:
    """A condition keeps its rows with their positions; what is derived can be asked and derived from again."""
    kept = table.derive({"t": Same("text"), "n": AsNumber("number")}, Negated(Missing("text")))
    there = [place for place, value in enumerate(frame["text"]) if value is not None]
    assert kept.matching(AllOf(()), limit=100)[ROW].to_list() == there
    again = kept.derive({"n": AboveZero("n"), "t": Same("t")}, Within("n", 0.05))
    wanted = [p for p in there if (value := usable(frame["number"][p])) is not None and value >= 0.05]
    assert again.matching(AllOf(()), limit=100)[ROW].to_list() == wanted
    assert again.summary(["n"])["mean"].to_list() == [1.0]
    assert table.rows == frame.height
    with pytest.raises(ColumnError):
        table.derive({"x": Same("nowhere")})
    with pytest.raises(InputError):
        table.derive({"x": AsNumber("text")})
