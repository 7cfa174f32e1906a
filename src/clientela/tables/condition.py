"""Which rows are meant: a small closed language that every engine understands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Missing:
    """The column has no cell."""

    column: str


@dataclass(frozen=True)
class OneOf:
    """The text of the cell, by the rule for values that come back as text, is one of `values`."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Within:
    """The cell is a finite number from `low` to `high`, both included; None is no bound."""

    column: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Like:
    """Some part of the text of the cell fits `pattern`, a regular expression of RE2."""

    column: str
    pattern: str


@dataclass(frozen=True)
class Repeated:
    """The row equals another row of the table in all of `columns`; null equals null."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class AllOf:
    """Every part holds; true where there are none."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """Some part holds; false where there are none."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Negated:
    """The part does not hold; so it holds for a cell that is null, unless the part is about that."""

    part: Condition


Condition = Missing | OneOf | Within | Like | Repeated | AllOf | AnyOf | Negated
"""A condition either holds for a row or does not: a null cell fulfils `Missing` and `Repeated` alone."""
