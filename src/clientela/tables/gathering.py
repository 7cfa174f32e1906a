"""The request for rows gathered by a key: one row for each of its values, kept by the engine and out of memory."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from clientela.tables import sql
from clientela.tables.aggregate import Aggregate, Differing, FirstOf, Least, Most, Positive, Rows, Total
from clientela.tables.cells import Cell
from clientela.tables.moments import double
from clientela.tables.relation import Relation


class Kept:
    """A stored table, dropped when the last relation that knows it is gone."""

    def __init__(self, relation: Relation, name: str) -> None:
        weakref.finalize(self, relation.engine.drop, name)


def gathered(relation: Relation, key: str, columns: Mapping[str, Aggregate]) -> Relation:
    """Answer `Table.gathered`."""
    by = relation.cell(key).value
    items = [sql.named(_made(relation, how), f"c{place}") for place, how in enumerate(columns.values())]
    name, _ = relation.engine.store(relation.rows(items).group_by(by))
    kinds = relation.engine.types(name)
    cells = tuple(Cell(given, inner, kind) for given, (inner, kind) in zip(columns, kinds, strict=True))
    held = replace(relation, name=name, cells=cells, position=exp.column("rowid"), condition=None, counts={})
    return replace(held, kept=Kept(held, name))


def _made(relation: Relation, how: Aggregate) -> exp.Expr:
    match how:
        case Rows(where):
            made = sql.cast(sql.call("count", exp.Star() if where is None else relation.cell(where).raw), "DOUBLE")
        case Total(column, where):
            (cell,) = relation.numeric([column])
            made = _those(relation, sql.call("sum", cell.number), where)
        case Positive(column):
            (cell,) = relation.numeric([column])
            above = exp.GT(this=exp.paren(cell.number), expression=double(0.0))
            made = sql.call("coalesce", sql.cast(sql.counted(above), "DOUBLE"), double(0.0))
        case Least(column, where) | Most(column, where):
            end = "min" if isinstance(how, Least) else "max"
            made = _those(relation, sql.call(end, relation.cell(column).value), where)
        case FirstOf(column, by, where):
            place = relation.position.copy()
            order = place if by is None else sql.call("row", relation.cell(by).raw, place)
            made = _those(relation, sql.call("arg_min_null", relation.cell(column).value, order), where)
        case Differing(column):
            value = relation.cell(column).value
            ends = [sql.call(end, value.copy()) for end in ("min", "max")]
            same = sql.call("coalesce", exp.EQ(this=ends[0], expression=ends[1]), exp.true())
            made = sql.cast(exp.paren(exp.Not(this=same)), "DOUBLE")
    return made


def _those(relation: Relation, made: exp.Expr, where: str | None) -> exp.Expr:
    if where is None:
        return made
    return exp.Filter(this=made, expression=exp.Where(this=sql.present(relation.cell(where).raw)))
