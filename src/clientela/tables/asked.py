"""What a request for sums of powers asks: rows, keys that part them, pairs of columns, and where each is taken from.

Each value is taken from an origin near the mean, so that nothing cancels however far from zero the values lie. The
origin is the mean of the first rows: near enough, and no pass of its own; 0 where that is as near.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from sqlglot import exp

from clientela.domain.column import Storage
from clientela.domain.errors import InputError, quoted
from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.moments import double
from clientela.tables.relation import Relation

FIRST_ROWS = 10_000
"""Rows whose mean is the origin."""

MORE_ROWS, MANY = 50_000, 2_000_000
"""Rows that are read at first of a table with at least so many: they tell nearer where its largest values lie."""

NEAR = 2.0
"""Deviations of the first rows within which 0 is as good an origin as their mean."""

ORIGIN_BITS = 24
"""An origin is rounded to so many bits, so that it does not depend on how the mean was added up."""


@dataclass(frozen=True)
class First:
    """The first rows.

    Attributes:
        values: Finite numbers of the columns, by their names.
        origins: Where each column is taken from.
        groups: How many of these rows are in each group that was asked for.
        rows: How many rows the table has.
    """

    values: pl.DataFrame
    origins: dict[str, float]
    groups: tuple[int, ...] = ()
    rows: int = 0


@dataclass(frozen=True)
class Asked:
    """What is summed.

    Attributes:
        relation: The rows.
        parts: Columns whose values part them.
        day: A column whose day parts them further, or None.
        pairs: First and second columns.
        origins: Where each column is taken from.
        beside: Columns whose products with the first column of the first pair are asked for too.
    """

    relation: Relation
    parts: tuple[Cell, ...]
    day: Cell | None
    pairs: tuple[tuple[Cell, Cell | None], ...]
    origins: dict[str, float]
    beside: tuple[Cell, ...] = ()

    @property
    def order(self) -> list[str]:
        """Names of the keys in a query of rows, the day last."""
        return [f"k{place}" for place in range(len(self.parts) + (self.day is not None))]

    @property
    def groups(self) -> list[exp.Expr]:
        """The keys by the names they have in a query of rows."""
        return [sql.column(name) for name in self.order]

    def rows(self, values: Sequence[exp.Expr], *conditions: exp.Expr) -> exp.Select:
        """Return a query of keys and values."""
        keys = [cell.value for cell in self.parts] + ([] if self.day is None else [_day(self.day)])
        held = [sql.named(key, name) for key, name in zip(keys, self.order, strict=True)]
        return self.relation.rows([*held, *values], *conditions)

    def moved(self, cell: Cell, guarded: bool) -> exp.Expr:
        """Return a column from its origin; null where it is no finite number, if that is guarded against."""
        number = cell.number if guarded else sql.cast(cell.raw, "DOUBLE")
        origin = self.origins[cell.name]
        return exp.paren(exp.Sub(this=number, expression=double(origin)) if origin else number)

    def others(self, number: int) -> dict[str, Cell]:
        """Return what stands beside the first column of a pair, by the names in a query of rows."""
        second = self.pairs[number][1]
        if second is not None:
            return {f"w{number}": second}
        return {f"x{place}": cell for place, cell in enumerate(self.beside)} if number == 0 else {}

    def name(self, number: int, guarded: bool = False) -> str:
        """Return what the first column of a pair is called in the scan for all sums: there the same one is held once.

        Guarded, one that stands beside others is empty where they are, and no longer the same.
        """
        first, second = self.pairs[number]
        if number and second is None and first in self.beside and not guarded:
            return f"x{self.beside.index(first)}"
        return f"u{number}"

    def values(self, number: int, guarded: bool) -> list[exp.Expr]:
        """Return a pair of columns from their origins; guarded, each is empty where another one is."""
        held = {f"u{number}": self.pairs[number][0], **self.others(number)}
        moved = {name: self.moved(cell, guarded) for name, cell in held.items()}
        if not guarded:
            return [sql.named(value, name) for name, value in moved.items()]
        return [
            sql.named(_with(value, [other for part, other in moved.items() if part != name]), name)
            for name, value in moved.items()
        ]

    def zero(self, first: exp.Expr, cell: Cell) -> exp.Expr:
        """Return whether a first column, taken from its origin, is an outcome of exactly 0."""
        return exp.EQ(this=first.copy(), expression=double(-self.origins[cell.name]))

    def shown(self, answer: pl.DataFrame) -> pl.DataFrame:
        """Return an answer with keys as text, in their order."""
        text = [_text(pl.col(f"k{place}"), cell).alias(f"k{place}") for place, cell in enumerate(self.parts)]
        answer = answer.with_columns(*text, *(pl.col(day).cast(pl.String) for day in self.order[len(self.parts) :]))
        return answer.sort(self.order, nulls_last=True) if self.order else answer


def _with(one: exp.Expr, others: Sequence[exp.Expr]) -> exp.Expr:
    """Return a number, null where another one is: n is one for all sums of them."""
    found = one.copy()
    for other in others:
        found = exp.Add(this=found, expression=exp.Mul(this=other.copy(), expression=double(0.0)))
    return found


def _day(cell: Cell) -> exp.Expr:
    if cell.storage not in (Storage.DATE, Storage.TIMESTAMP):
        raise InputError(f"The column {quoted(cell.name)} holds {cell.storage.value}, not dates: days cannot be told.")
    return sql.cast(sql.cast(cell.raw, "TIMESTAMP"), "DATE")


def _text(value: pl.Expr, cell: Cell) -> pl.Expr:
    if cell.storage is Storage.BOOLEAN:
        return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false"))
    return value.cast(pl.String)


def first_rows(relation: Relation, cells: Sequence[Cell], parts: Sequence[Cell] = (), held: int = 0) -> First:
    """Return the first rows; columns that are empty there are taken from their mean over all rows.

    Args:
        relation: The rows.
        cells: Numeric columns.
        parts: Columns that part the rows into groups.
        held: How many rows there are, where that is known.
    """
    if not cells:
        return First(pl.DataFrame(), {})
    keys = [sql.named(cell.value, f"k{place}") for place, cell in enumerate(parts)]
    items = [sql.named(cell.number, f"v{place}") for place, cell in enumerate(cells)]
    rows = relation.engine.frame(relation.rows([*keys, *items]).limit(MORE_ROWS if held >= MANY else FIRST_ROWS))
    groups = rows.group_by(rows.columns[: len(keys)]).len()["len"].to_list() if keys else [rows.height]
    values = rows.select(rows.columns[len(keys) :])
    values.columns = [cell.name for cell in cells]
    near = values.head(FIRST_ROWS)
    found: dict[str, float | None] = near.mean().row(0, named=True)
    late = [cell for cell in cells if found[cell.name] is None]
    for name, spread in near.std().row(0, named=True).items():
        mean = found[name]
        if mean is not None and spread is not None and abs(mean) <= NEAR * spread:
            found[name] = 0.0
    if late:
        means = [sql.named(sql.call("avg", cell.number), f"m{place}") for place, cell in enumerate(late)]
        row = relation.engine.frame(relation.rows(means)).row(0)
        found |= {cell.name: mean for cell, mean in zip(late, row, strict=True)}
    return First(values, {name: _rounded(mean) for name, mean in found.items()}, tuple(groups), held)


def _rounded(mean: float | None) -> float:
    if mean is None or not math.isfinite(mean):
        return 0.0
    fraction, exponent = math.frexp(mean)
    return math.ldexp(round(math.ldexp(fraction, ORIGIN_BITS)), exponent - ORIGIN_BITS)
