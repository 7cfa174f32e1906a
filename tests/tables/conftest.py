"""The awkward frame, and tables of it in memory and in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from clientela.domain.reading import Reading
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame
from clientela.tables.parquet import scan_parquet
from clientela.tables.table import Table

from .contract import awkward


@pytest.fixture
def frame() -> pl.DataFrame:
    """Return the awkward frame."""
    return awkward()


@pytest.fixture(params=["frame", "parquet"])
def table(request: pytest.FixtureRequest, frame: pl.DataFrame, tmp_path: Path) -> Iterator[Table]:
    """Return the awkward frame as a table in memory, and as a file."""
    if request.param == "frame":
        with from_frame(frame) as table:
            yield table
        return
    path = tmp_path / "rows.parquet"
    frame.write_parquet(path)
    with scan_parquet(Engine(threads=2), [path], Reading(source="rows", format="test"), owner=True) as table:
        yield table
