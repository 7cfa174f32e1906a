"""Columns that came through one join."""

from __future__ import annotations

from dataclasses import dataclass

from clientela.domain.record import Record


@dataclass(frozen=True)
class Block(Record):
    """Columns that came through one join.

    Attributes:
        name: What it is called, unlike any other block of the table.
        columns: Its columns.
        key: Columns of the table that the join went by.
        coverage: Share of rows where the join found something, 0 to 1.
        fan_out: Rows after the join per row before it.
        personal: Which of the columns hold personal data.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    coverage: float
    fan_out: float = 1.0
    personal: tuple[str, ...] = ()
