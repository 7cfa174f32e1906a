"""Counts and sums of products, in memory and in a file."""

from __future__ import annotations

import math
import statistics

import polars as pl
import pytest

from clientela.tables.derivation import Always
from clientela.tables.frames import from_frame
from clientela.tables.table import Table

from .oracle import usable


def test_products(table: Table, frame: pl.DataFrame) -> None:
    """Cells are counted, infinite ones not; products are about the means, missing cells lying at them."""
    together = ["number", "money", "flag"]
    found = table.products(frame.columns, together)
    assert found["column"].to_list() == frame.columns
    assert found["rows"].unique().to_list() == [frame.height]
    for name, n in found.select("column", "n").iter_rows():
        assert n == sum(value is not None and usable(value) is not None for value in frame[name]), name
    values = {name: [usable(value) for value in frame[name]] for name in together}
    means = {name: statistics.fmean(v for v in values[name] if v is not None) for name in together}
    away = {name: [0.0 if v is None else v - means[name] for v in values[name]] for name in together}
    rows = {row["column"]: row for row in found.to_dicts()}
    for name in together:
        assert rows[name]["mean"] == pytest.approx(means[name])
        wanted = [math.fsum(a * b for a, b in zip(away[name], away[other], strict=True)) for other in together]
        assert rows[name]["products"] == pytest.approx(wanted, rel=1e-9)
    assert rows["text"]["mean"] is rows["text"]["products"] is None
    whole = table.derive({"flag": Always(1.0)}).products(["flag"], ["flag"])
    assert whole.rows() == [("flag", frame.height, frame.height, 1.0, [0.0])]
    assert table.products([]).is_empty()


def test_products_far_from_zero() -> None:
    """Nothing cancels where values lie far from zero, with missing cells or without."""
    values = [1e8 + step / 8 for step in range(1000)]
    centred = [value - 1e8 - 999 / 16 for value in values]
    for gaps in ([], [None]):
        with from_frame(pl.DataFrame({"far": values + gaps})) as table:
            (found,) = table.products(["far"], ["far"])["products"]
        assert found.to_list() == pytest.approx([math.fsum(value**2 for value in centred)], rel=1e-9)
