"""What every source must give: one small table, written in every format, comes out the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from clientela.domain.column import Storage
from clientela.sources.opening import open_table
from clientela.tables.table import Table

HEADERS = ("id", "Preis €", "select", 'say "hi"; ok', "day", "paid", "empty_ish")
ROWS: tuple[tuple[object, ...], ...] = (
    (1, 1.5, "a", "=1+1", dt.date(2026, 1, 2), True, None),
    (2, None, "ü 😀", "<b>bold</b>", dt.date(2026, 12, 31), False, "x"),
    (3, -2.25, None, "'; drop table t;--", None, None, None),
    (4, 0.0, "ß", "../../etc/passwd", dt.date(2024, 2, 29), True, "y"),
)
STORAGES = (
    Storage.INTEGER,
    Storage.NUMBER,
    Storage.TEXT,
    Storage.TEXT,
    Storage.DATE,
    Storage.BOOLEAN,
    Storage.TEXT,
)


def rows_of(table: Table) -> list[tuple[object, ...]]:
    """Return all rows of a table."""
    return [row for batch in table.batches() for row in batch.rows()]


def as_text(value: object) -> str:
    """Return a cell as a text file holds it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class SourceContract:
    """Inherit and give `write`; every test below then holds for the format."""

    format = ""
    untyped = False

    def write(self, path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write a table below the folder `path` and return what to open."""
        raise NotImplementedError

    def test_same_cells(self, tmp_path: Path) -> None:
        """Names, types, order, nulls and hostile text survive, whatever the format."""
        with open_table(self.write(tmp_path, HEADERS, ROWS)) as table:
            assert tuple(field.name for field in table.fields) == HEADERS
            assert tuple(field.storage for field in table.fields) == STORAGES
            assert rows_of(table) == list(ROWS)

    def test_reading(self, tmp_path: Path) -> None:
        """The reading names the source and its format and carries a fingerprint."""
        source = self.write(tmp_path, HEADERS, ROWS)
        with open_table(source) as table:
            assert table.reading.source == Path(source).name
            assert table.reading.format == self.format
            assert len(table.reading.fingerprint) == 64
            assert bool(table.reading.columns) == self.untyped

    def test_one_row(self, tmp_path: Path) -> None:
        """A table of one row opens."""
        with open_table(self.write(tmp_path, HEADERS, ROWS[:1])) as table:
            assert rows_of(table) == list(ROWS[:1])

    def test_many_rows(self, tmp_path: Path) -> None:
        """Rows keep their order over batches."""
        rows = [(number, number / 4, "x", "y", dt.date(2026, 1, 1), True, "z") for number in range(5000)]
        with open_table(self.write(tmp_path, HEADERS, rows)) as table:
            assert [row[0] for row in rows_of(table)] == list(range(5000))
