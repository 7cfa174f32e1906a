"""Tables that chapters share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clientela.audit.result import Bin, Numbers
from clientela.domain.column import Storage
from clientela.models.result import Importance, LeftOut
from clientela.report.contents import Contents
from clientela.report.tables import (
    BARS,
    columns_table,
    distribution,
    groups_table,
    importance_table,
    left_out_table,
    metrics_table,
    typical,
)


@pytest.mark.parametrize("name", ["shop", "binary", "hostile", "minimal"])
def test_rows_are_as_long_as_the_head(made: dict[str, Contents], name: str) -> None:
    """Every row of every table has a cell for every head."""
    contents = made[name]
    tables = [columns_table("Columns", contents.audit.columns)]
    if contents.model is not None:
        tables += [metrics_table(contents.model), groups_table(contents.model, contents)]
    for table in tables:
        assert {len(row) for row in table.rows} == {len(table.heads)}


def test_distributions_are_bounded(made: dict[str, Contents]) -> None:
    """However many bins, a tiny drawing has at most sixteen bars, the tallest of height one."""
    profile = made["shop"].audit.columns[5]
    many = replace(profile, bins=tuple(Bin(i, i + 1, i) for i in range(200)))
    assert len(distribution(many)) <= BARS
    assert max(distribution(many)) == 1
    assert distribution(replace(profile, bins=(), top=())) == ()
    assert distribution(replace(profile, bins=(Bin(0, 1, 0),))) == ()


def test_typical_values(made: dict[str, Contents]) -> None:
    """Numbers are told by their middle nine tenths, times by their ends, text by its most frequent values."""
    columns = made["shop"].audit.columns
    assert typical(columns[5]) == "5 (90 % from 0.5 to 9.5)"
    assert typical(columns[2]) == "2025-01-01 00:12:00 to 2025-09-30 23:47:00"
    assert typical(columns[3]) == "mobile, desktop and tablet"
    bare = replace(columns[5], numbers=Numbers(4.5, 1, (), 0, 0, 0, 0))
    assert typical(bare) == "mean 4.5"
    assert typical(replace(columns[3], top=())) == "–"
    assert columns[2].column.storage is Storage.TIMESTAMP


def test_long_tables_say_what_is_left_out() -> None:
    """More rows than a page should hold are cut, and the table says where the rest is."""
    table = importance_table([Importance(f"c{i}", 0.01, "mixed") for i in range(100)])
    assert (len(table.rows), table.note) == (60, "60 of 100; all of them are in model.json.")
    assert table.search
    assert left_out_table([LeftOut("a", "constant")]).note == ""


def test_money_columns_only_where_there_is_money(made: dict[str, Contents]) -> None:
    """Without revenue the groups have no money columns."""
    shop, binary = made["shop"], made["binary"]
    assert shop.model is not None
    assert binary.model is not None
    assert len(groups_table(shop.model, shop).heads) == len(groups_table(binary.model, binary).heads) + 3
