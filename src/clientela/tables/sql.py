"""The few building blocks from which the requests make SQL; names and values are always quoted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlglot import exp

DIALECT = "duckdb"


def column(name: str) -> exp.Expr:
    """Return the column called `name`, quoted."""
    return exp.column(exp.to_identifier(name, quoted=True))


def table(name: str) -> exp.Table:
    """Return the table or view called `name`, quoted."""
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def text(value: str) -> exp.Expr:
    """Return `value` as a text literal."""
    return exp.Literal.string(value)


def number(value: int) -> exp.Expr:
    """Return `value` as a whole-number literal."""
    return exp.convert(value)


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Return a call of the engine's own function `name`, never translated."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def cast(value: exp.Expr, kind: str) -> exp.Expr:
    """Return `value` cast to the engine's type `kind`."""
    return exp.Cast(this=value, to=_type(kind).copy())


@cache
def _type(kind: str) -> exp.DataType:
    return exp.DataType.build(kind, dialect=DIALECT)


def named(value: exp.Expr, name: str) -> exp.Expr:
    """Return `value` under the quoted name `name`."""
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


def counted(condition: exp.Expr) -> exp.Expr:
    """Return the number of rows where `condition` holds."""
    return call("count_if", condition)


def present(value: exp.Expr) -> exp.Expr:
    """Return whether `value` is not null."""
    return exp.Not(this=absent(value))


def absent(value: exp.Expr) -> exp.Expr:
    """Return whether `value` is null."""
    return exp.Is(this=exp.paren(value, copy=False), expression=exp.Null())


def where(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    """Return `value` where `condition` holds, else null."""
    return exp.Case(ifs=[exp.If(this=condition, true=value)])


def both(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """Return whether all `conditions` hold; true where there are none."""
    return exp.and_(*conditions, copy=False) if conditions else exp.true()


def select(items: Sequence[exp.Expr], source: str | exp.Query) -> exp.Select:
    """Return a selection of `items` from a table by name, or from a query, which becomes part of it."""
    if isinstance(source, str):
        return exp.Select(expressions=list(items)).from_(table(source), copy=False)
    return exp.Select(expressions=list(items)).from_(source.subquery("q", copy=False), copy=False)


def written(expression: exp.Expr) -> str:
    """Return a statement as text; it must not be used any more."""
    return expression.sql(DIALECT, copy=False)
