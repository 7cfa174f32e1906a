"""What is kept of rows that become one: a small closed language that every engine understands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rows:
    """How many rows there are, as a number; with `where` only those with a cell in that column."""

    where: str | None = None


@dataclass(frozen=True)
class Total:
    """The sum of the finite numbers of a column, of rows with a cell in `where`; no cell where there are none."""

    column: str
    where: str | None = None


@dataclass(frozen=True)
class Positive:
    """How many cells of a column are finite numbers above zero, as a number."""

    column: str


@dataclass(frozen=True)
class Least:
    """The smallest cell of a column, of rows with a cell in `where`."""

    column: str
    where: str | None = None


@dataclass(frozen=True)
class Most:
    """The largest cell of a column, of rows with a cell in `where`."""

    column: str
    where: str | None = None


@dataclass(frozen=True)
class FirstOf:
    """The cell of a column, also none, in the first row with a cell in `where`.

    Rows come by the smallest cell of `by`, empty ones last, then by their place.

    Attributes:
        column: The column.
        by: Column whose smallest cell is first; the place of the row alone where None.
        where: Column that must have a cell.
    """

    column: str
    by: str | None = None
    where: str | None = None


@dataclass(frozen=True)
class Differing:
    """1 where the cells of a column are not all the same, else 0; a missing cell is none of them."""

    column: str


Aggregate = Rows | Total | Positive | Least | Most | FirstOf | Differing
"""How a column comes about from several rows."""
