"""Rules of segments as SQL for the engines that hold the visits: DuckDB, BigQuery, Spark."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum

from sqlglot import exp

from clientela.domain.column import Storage
from clientela.domain.errors import InputError, quoted
from clientela.domain.roles import Roles
from clientela.segments.result import Condition, SegmentResult
from clientela.segments.rules import BLANKS, SEGMENT, columns_of
from clientela.tables.sql import both, column, named, select, table, text

EXACT = 2**53
"""Whole numbers up to here are the same as integers and as numbers."""


class Dialect(StrEnum):
    """An engine that the rules can be written for."""

    DUCKDB = "duckdb"
    BIGQUERY = "bigquery"
    SPARK = "spark"


def storages(result: SegmentResult, roles: Roles) -> dict[str, Storage]:
    """Return how the columns that the rules name are stored.

    Args:
        result: The segments.
        roles: Roles of the columns of the table they were found in.

    Raises:
        KeyError: A rule names a column without a role.
    """
    asked = columns_of(segment.conditions for segment in result.segments)
    return {name: roles.column(name).storage for name in asked}


def query(result: SegmentResult, stored: Mapping[str, Storage], dialect: Dialect, source: str) -> str:
    """Return a query that gives every row of a table with its segment.

    Names and values are quoted by the rules of the dialect. Null, NaN, infinite numbers and
    blank text are what the rules call unknown; a value never seen before is in no list.

    Args:
        result: The segments.
        stored: How the columns of the rules are stored.
        dialect: The engine.
        source: Name of the table; a dotted name is one name, quoted as a whole.

    Returns:
        One SELECT statement, with the columns of the table and `segment`.

    Raises:
        InputError: A rule asks for the order of a text column or the like, which SQL has no safe way to say.

    >>> from clientela.segments.result import Segment
    >>> from clientela.domain.estimate import Estimate
    >>> one = Estimate(0.5, 0.4, 0.6, n=9, method="wilson")
    >>> rules = [(Condition("pages", ">", 3.0),), ()]
    >>> found = [Segment(f"s{i}", "", rule, 1, one, one, None, None, (), "") for i, rule in enumerate(rules)]
    >>> result = SegmentResult(tuple(found), "", None, 2, (), 0)
    >>> print(query(result, {"pages": Storage.INTEGER}, Dialect.DUCKDB, "visits"))
    SELECT
      *,
      CASE WHEN "pages" > 3 THEN 's0' ELSE 's1' END AS "segment"
    FROM "visits"
    """
    *first, last = result.segments
    cases = [exp.If(this=_rule(item.conditions, stored), true=text(item.name)) for item in first]
    chosen = exp.Case(ifs=cases, default=text(last.name)) if cases else text(last.name)
    return select([exp.Star(), named(chosen, SEGMENT)], source).sql(dialect.value, pretty=True)


def members(result: SegmentResult, name: str, stored: Mapping[str, Storage], dialect: Dialect, source: str) -> str:
    """Return a query for the rows of one segment: those that fulfil its rule and none of an earlier segment.

    Args:
        result: The segments.
        name: Name of the segment.
        stored: How the columns of the rules are stored.
        dialect: The engine.
        source: Name of the table.

    Raises:
        InputError: There is no such segment.
    """
    names = [item.name for item in result.segments]
    if name not in names:
        raise InputError(f"There is no segment {quoted(name)}: the segments are {', '.join(map(quoted, names))}.")
    place = names.index(name)
    earlier = [exp.Not(this=_whole(_rule(item.conditions, stored))) for item in result.segments[:place]]
    own = [] if place == len(names) - 1 else [_rule(result.segments[place].conditions, stored)]
    return exp.select("*").from_(table(source)).where(both([*own, *earlier])).sql(dialect.value, pretty=True)


def _whole(condition: exp.Expr) -> exp.Expr:
    """Return the condition with unknown taken for not fulfilled, so that it can be turned round."""
    return exp.Coalesce(this=condition, expressions=[exp.false()])


def _rule(conditions: Sequence[Condition], stored: Mapping[str, Storage]) -> exp.Expr:
    return both([_points(item, stored) if item.lines else _condition(item, stored[item.column]) for item in conditions])


def _points(item: Condition, stored: Mapping[str, Storage]) -> exp.Expr:
    counted = [
        exp.Case(
            ifs=[exp.If(this=_condition(line.condition, stored[line.condition.column]), true=exp.convert(line.points))],
            default=exp.convert(0),
        )
        for line in item.lines
    ]
    total: exp.Expr = counted[0]
    for one in counted[1:]:
        total = exp.Add(this=total, expression=one)
    return exp.GTE(this=total, expression=_number(item.value or 0.0))


def _condition(item: Condition, storage: Storage) -> exp.Expr:
    cell = column(item.column)
    if storage not in (Storage.TEXT, Storage.INTEGER, Storage.NUMBER, Storage.BOOLEAN):
        raise InputError(f"The rule's column {quoted(item.column)} is stored as {storage}, which rules cannot name.")
    unknown = _unknown(cell, storage)
    if item.operator in ("missing", "present"):
        return unknown if item.operator == "missing" else exp.Not(this=exp.paren(unknown))
    if item.value is not None:
        return _bound(item, cell, storage, unknown)
    listed = _listed(cell, item.values, storage)
    if item.operator == "in" and not item.missing_too:
        return listed
    holds = listed if item.operator == "in" else exp.Not(this=exp.paren(listed))
    return _with_unknown(holds, unknown, item.missing_too)


def _bound(item: Condition, cell: exp.Expr, storage: Storage, unknown: exp.Expr) -> exp.Expr:
    if not storage.numeric or item.value is None:
        raise InputError(
            f"The rule compares {quoted(item.column)} with a number, but it is stored as {storage}: "
            "give it a numeric type in the source and run again."
        )
    kind = exp.LTE if item.operator == "<=" else exp.GT
    return _with_unknown(kind(this=cell.copy(), expression=_number(item.value)), unknown, item.missing_too)


def _with_unknown(holds: exp.Expr, unknown: exp.Expr, too: bool) -> exp.Expr:
    if too:
        return exp.or_(unknown, holds)
    # A null fulfils neither side by itself; NaN, infinite numbers and blanks have to be kept out.
    plain = isinstance(unknown, exp.Is)
    return holds if plain else exp.and_(exp.Not(this=exp.paren(unknown)), holds)


def _unknown(cell: exp.Expr, storage: Storage) -> exp.Expr:
    null = exp.Is(this=cell.copy(), expression=exp.Null())
    if storage is Storage.TEXT:
        bare = exp.Trim(this=cell.copy(), expression=text(BLANKS))
        return exp.or_(null, exp.EQ(this=bare, expression=text("")))
    if storage is Storage.NUMBER:
        ends = (exp.Literal.number(f"{sys.float_info.max!r}"), exp.Literal.number(f"{sys.float_info.max!r}"))
        # NaN is above all numbers in DuckDB and Spark and compares with nothing in BigQuery.
        finite = exp.Between(this=cell.copy(), low=exp.Neg(this=ends[0]), high=ends[1])
        return exp.or_(null, exp.Not(this=exp.paren(finite)))
    return null


def _listed(cell: exp.Expr, values: Sequence[str], storage: Storage) -> exp.Expr:
    if storage is Storage.TEXT:
        items: list[exp.Expr] = [text(value) for value in values]
    elif storage is Storage.BOOLEAN:
        items = [exp.convert(value == "true") for value in values if value in ("true", "false")]
    else:
        items = [_number(float(value)) for value in values]
    return exp.In(this=cell.copy(), expressions=items) if items else exp.false()


def _number(value: float) -> exp.Expr:
    """Return a number as a literal that no engine takes for a decimal and rounds."""
    if value == int(value) and abs(value) < EXACT:
        return exp.convert(int(value))
    written = repr(abs(value))
    literal = exp.Literal.number(written if "e" in written else f"{written}e0")
    return exp.Neg(this=literal) if value < 0 else literal
