"""What a derived column is: a small closed language that every engine understands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Same:
    """The column as it is."""

    column: str


@dataclass(frozen=True)
class AsText:
    """The text of the cell, by the rule for values that come back as text."""

    column: str


@dataclass(frozen=True)
class AsNumber:
    """The cell as a finite number, `most` where it is above that; else no cell. True counts 1."""

    column: str
    most: float | None = None


@dataclass(frozen=True)
class AboveZero:
    """1 where the cell is a finite number above zero, 0 where it is another one, else no cell."""

    column: str


@dataclass(frozen=True)
class Blend:
    """The sum of slope times (cell - centre) over (column, centre, slope); a cell that is no finite number adds 0.

    Attributes:
        parts: Column, centre and slope of each term.
        whole: Whether every cell is known to be a finite number, so that none need be looked at.
    """

    parts: tuple[tuple[str, float, float], ...]
    whole: bool = False


@dataclass(frozen=True)
class Always:
    """The same number in every row."""

    value: float


Derivation = Same | AsText | AsNumber | AboveZero | Blend | Always
"""How a column comes about."""
