"""Parquet files stay where they lie and keep the order of their rows."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from clientela.domain.errors import InputError
from clientela.domain.reading import Reading
from clientela.tables.engine import Engine
from clientela.tables.parquet import scan_parquet
from clientela.tables.table import ROW

READING = Reading(source="rows", format="parquet")


def test_files_with_other_columns_are_refused(tmp_path: Path) -> None:
    """A file whose columns are not those of the first is named."""
    pl.DataFrame({"x": [1]}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"y": [1]}).write_parquet(tmp_path / "b.parquet")
    with Engine(threads=1) as engine, pytest.raises(InputError, match=r"'b\.parquet' has other columns"):
        scan_parquet(engine, [tmp_path / "a.parquet", tmp_path / "b.parquet"], READING)


def test_nested_columns_are_one_column(tmp_path: Path) -> None:
    """Structures and lists count as one column each, by their own name."""
    frame = pl.DataFrame({"s": [{"a": 1, "b": [{"c": 2}]}], "l": [[1, 2]], "x": [3]})
    frame.write_parquet(tmp_path / "a.parquet")
    with Engine(threads=1) as engine:
        table = scan_parquet(engine, [tmp_path / "a.parquet"], READING)
        assert [field.name for field in table.fields] == ["s", "l", "x"]
        assert table.sample(1, seed=1).select("l", "x").row(0) == ("[1, 2]", 3)


def test_positions_run_on_from_file_to_file(tmp_path: Path) -> None:
    """A row's position counts the rows of the files before its own; closing the owner closes the engine."""
    paths = [tmp_path / f"{place}.parquet" for place in range(3)]
    for place, path in enumerate(paths):
        pl.DataFrame({"x": range(place * 10, place * 10 + 10)}).write_parquet(path)
    with scan_parquet(Engine(threads=1), paths, READING, owner=True) as table:
        sample = table.sample(12, seed=1)
    assert 0 < sample.height < 30
    assert sample[ROW].to_list() == sample["x"].to_list()
