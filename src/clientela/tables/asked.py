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
    """

    values: pl.DataFrame
    origins: dict[str, float]
    groups: tuple[int, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What is summed.

    Attributes:
        relation: The rows.
        parts: Columns whose values part them.
        day: A column whose day parts them further, or None.
        pairs: First and second columns.
        origins: Where each column is taken from.
    """

    relation: Relation
    parts: tuple[Cell, ...]
    day: Cell | None
    pairs: tuple[tuple[Cell, Cell | None], ...]
    origins: dict[str, float]

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

    def values(self, number: int, guarded: bool) -> list[exp.Expr]:
        """Return a pair of columns from their origins; guarded, each is empty where the other is."""
        first, second = self.pairs[number]
        one = self.moved(first, guarded)
        if second is None:
            return [sql.named(one, f"u{number}")]
        two = self.moved(second, guarded)
        both = [(f"u{number}", one, two), (f"w{number}", two, one)]
        return [sql.named(_with(each, other) if guarded else each, name) for name, each, other in both]

    def zero(self, first: exp.Expr, cell: Cell) -> exp.Expr:
        """Return whether a first column, taken from its origin, is an outcome of exactly 0."""
        return exp.EQ(this=first.copy(), expression=double(-self.origins[cell.name]))

    def shown(self, answer: pl.DataFrame) -> pl.DataFrame:
        """Return an answer with keys as text, in their order."""
        text = [_text(pl.col(f"k{place}"), cell).alias(f"k{place}") for place, cell in enumerate(self.parts)]
        answer = answer.with_columns(*text, *(pl.col(day).cast(pl.String) for day in self.order[len(self.parts) :]))
        return answer.sort(self.order, nulls_last=True) if self.order else answer


def _with(one: exp.Expr, other: exp.Expr) -> exp.Expr:
    """Return a number, null where another one is: n is one for all sums of both."""
    return exp.Add(this=one.copy(), expression=exp.Mul(this=other.copy(), expression=double(0.0)))


def _day(cell: Cell) -> exp.Expr:
    if cell.storage not in (Storage.DATE, Storage.TIMESTAMP):
        raise InputError(f"The column {quoted(cell.name)} holds {cell.storage.value}, not dates: days cannot be told.")
    return sql.cast(sql.cast(cell.raw, "TIMESTAMP"), "DATE")


def _text(value: pl.Expr, cell: Cell) -> pl.Expr:
    if cell.storage is Storage.BOOLEAN:
        return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false"))
    return value.cast(pl.String)


def first_rows(relation: Relation, cells: Sequence[Cell], parts: Sequence[Cell] = ()) -> First:
    """Return the first rows; columns that are empty there are taken from their mean over all rows.

    Args:
        relation: The rows.
        cells: Numeric columns.
        parts: Columns that part the rows into groups.
    """
    if not cells:
        return First(pl.DataFrame(), {})
    keys = [sql.named(cell.value, f"k{place}") for place, cell in enumerate(parts)]
    items = [sql.named(cell.number, f"v{place}") for place, cell in enumerate(cells)]
    rows = relation.engine.frame(relation.rows([*keys, *items]).limit(FIRST_ROWS))
    groups = rows.group_by(rows.columns[: len(keys)]).len()["len"].to_list() if keys else [rows.height]
    values = rows.select(rows.columns[len(keys) :])
    values.columns = [cell.name for cell in cells]
    found: dict[str, float | None] = values.mean().row(0, named=True)
    late = [cell for cell in cells if found[cell.name] is None]
    for name, spread in values.std().row(0, named=True).items():
        mean = found[name]
        if mean is not None and spread is not None and abs(mean) <= NEAR * spread:
            found[name] = 0.0
    if late:
        means = [sql.named(sql.call("avg", cell.number), f"m{place}") for place, cell in enumerate(late)]
        row = relation.engine.frame(relation.rows(means)).row(0)
        found |= {cell.name: mean for cell, mean in zip(late, row, strict=True)}
    return First(values, {name: _rounded(mean) for name, mean in found.items()}, tuple(groups))


def _rounded(mean: float | None) -> float:
    if mean is None or not math.isfinite(mean):
        return 0.0
    fraction, exponent = math.frexp(mean)
    return math.ldexp(round(math.ldexp(fraction, ORIGIN_BITS)), exponent - ORIGIN_BITS)
