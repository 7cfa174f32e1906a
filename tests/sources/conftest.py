"""Fixtures of the tests of sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest

from clientela.sources.opening import open_table
from clientela.tables.table import Table


@pytest.fixture
def read_text(tmp_path: Path) -> Iterator[Callable[..., Table]]:
    """Return a function that writes text (or bytes) to a file and opens it."""
    opened: list[Table] = []

    def read(content: str | bytes, name: str = "x.csv") -> Table:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        opened.append(open_table(path))
        return opened[-1]

    yield read
    for table in opened:
        table.close()


@pytest.fixture
def read_column(read_text: Callable[..., Table]) -> Callable[[Sequence[str]], tuple[Table, pl.Series]]:
    """Return a function that reads cells as the second column of a csv file."""

    def read(cells: Sequence[str]) -> tuple[Table, pl.Series]:
        quoted = (cell.replace('"', '""') for cell in cells)
        table = read_text("row\tx\n" + "".join(f'r{i}\t"{cell}"\n' for i, cell in enumerate(quoted)))
        return table, pl.concat(list(table.batches()))["x"]

    return read
