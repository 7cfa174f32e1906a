"""The request for the rows that fulfil a condition, and the same condition as SQL for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl
from sqlglot import exp

from clientela.domain.column import Field, Storage
from clientela.domain.errors import ColumnError, InputError, quoted
from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.condition import AllOf, AnyOf, Condition, Like, Missing, Negated, OneOf, Repeated, Within
from clientela.tables.relation import Relation
from clientela.tables.table import ROW

PLAIN_DIGITS = 15
"""A decimal number with more digits is written with an exponent, which the engine reads as a double at once."""

_KINDS = {
    Storage.TEXT: "VARCHAR",
    Storage.INTEGER: "BIGINT",
    Storage.NUMBER: "DOUBLE",
    Storage.BOOLEAN: "BOOLEAN",
    Storage.DATE: "DATE",
    Storage.TIMESTAMP: "TIMESTAMP",
    Storage.TIME: "TIME",
    Storage.OTHER: "OTHER",
}


@dataclass(frozen=True)
class _Place:
    """Where a condition is asked: how a column, a row's position and all rows are called there."""

    cell: Callable[[str], Cell]
    position: exp.Expr
    rows: Callable[[Sequence[exp.Expr]], exp.Select]


def matching(relation: Relation, condition: Condition, columns: Sequence[str] | None, limit: int) -> pl.DataFrame:
    """Answer `Table.matching`."""
    cells = relation.chosen(columns)
    items = [sql.named(sql.cast(relation.position.copy(), "BIGINT"), "position")]
    items += [sql.named(cell.value, f"o{index}") for index, cell in enumerate(cells)]
    query = relation.rows(items, holding(relation, condition)).order_by(relation.position.copy())
    answer = relation.engine.frame(query.limit(max(0, limit)))
    answer.columns = [ROW, *(cell.name for cell in cells)]
    return answer


def holding(relation: Relation, condition: Condition) -> exp.Expr:
    """Return an expression that is true for the rows where a condition holds, else false or null."""
    return _holds(condition, _Place(relation.cell, relation.position, relation.rows))


def selection(condition: Condition, fields: Sequence[Field], name: str) -> str:
    """Return the query that selects the rows of a condition, with the names people know.

    Args:
        condition: Which rows.
        fields: Columns of the table.
        name: What the table is to be called.

    Returns:
        SQL of DuckDB; every name is quoted.

    Raises:
        ColumnError: The condition is about a column that is not there.

    >>> selection(Within("age", high=-1.0), [Field("age", Storage.INTEGER)], "visits")
    'SELECT * FROM "visits" WHERE "age" <= -1'
    """
    cells = {field.name: Cell(field.name, field.name, _KINDS[field.storage]) for field in fields}

    def cell(column: str) -> Cell:
        if column not in cells:
            raise ColumnError.missing(column, cells)
        return cells[column]

    place = _Place(cell, exp.column("rowid"), lambda items: sql.select(items, name))
    return sql.select([exp.Star()], name).where(_holds(condition, place)).sql(sql.DIALECT)


def _holds(condition: Condition, place: _Place) -> exp.Expr:
    """Return an expression that is true where the condition holds, else false or null."""
    match condition:
        case AllOf(parts):
            return sql.both([_holds(part, place) for part in parts])
        case AnyOf(parts):
            return exp.or_(*[_holds(part, place) for part in parts]) if parts else exp.false()
        case Negated(Missing(column)):
            return _present(place.cell(column))
        case Negated(part):
            # null means that the part does not hold
            return exp.Not(this=sql.call("coalesce", _holds(part, place), exp.false()))
        case Repeated(columns):
            return _repeated([place.cell(column) for column in columns], place)
        case _:
            return _of_cell(condition, place.cell(condition.column))


def _of_cell(condition: Missing | OneOf | Within | Like, cell: Cell) -> exp.Expr:
    match condition:
        case Missing():
            return exp.Is(this=cell.raw, expression=exp.Null())
        case OneOf(_, values):
            text = cell.raw if cell.kind == "VARCHAR" else cell.text(cell.value)
            return exp.In(this=text, expressions=[sql.text(value) for value in values])
        case Like(column, pattern):
            if cell.storage is not Storage.TEXT:
                raise InputError(f"The column {quoted(column)} holds {cell.storage.value}, not text.")
            return sql.call("regexp_matches", cell.value, sql.text(pattern))
        case Within(column, low, high):
            if not cell.numeric:
                raise InputError(f"The column {quoted(column)} holds {cell.storage.value}, not numbers.")
            return _within(cell, low, high)


def _within(cell: Cell, low: float | None, high: float | None) -> exp.Expr:
    number = sql.cast(cell.raw, "BIGINT") if cell.storage is Storage.BOOLEAN else cell.raw
    parts = [sql.call("isfinite", cell.raw)] if cell.floating else [_present(cell)] * (low is high is None)
    if low is not None and low == high:
        return sql.both([*parts, exp.EQ(this=number, expression=_literal(low))])
    if low is not None:
        parts.append(exp.GTE(this=number, expression=_literal(low)))
    if high is not None:
        parts.append(exp.LTE(this=number.copy(), expression=_literal(high)))
    return sql.both(parts)


def _present(cell: Cell) -> exp.Expr:
    return exp.Is(this=cell.raw, expression=exp.Not(this=exp.Null()))


def _literal(value: float) -> exp.Expr:
    if value == int(value) and abs(value) < 10**PLAIN_DIGITS:
        return exp.convert(int(value))
    digits = repr(abs(value))
    long = len(digits) > PLAIN_DIGITS and "e" not in digits
    number = exp.Literal.number(digits + "e0" if long else digits)
    return exp.Neg(this=number) if value < 0 else number


def _repeated(cells: Sequence[Cell], place: _Place) -> exp.Expr:
    """Return whether the values of a row occur twice; the window groups them as `duplicates` does."""
    same = exp.Window(this=sql.call("count", exp.Star()), partition_by=[cell.value for cell in cells] or [exp.null()])
    twice = exp.GT(this=same, expression=sql.number(1))
    found = place.rows([place.position.copy()])
    found.set("qualify", exp.Qualify(this=twice))
    return exp.In(this=place.position.copy(), query=found.subquery())
