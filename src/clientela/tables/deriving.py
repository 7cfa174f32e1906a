"""The request for derived columns: a view of the rows, so nothing is copied and each request reads what it needs."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.condition import Condition
from clientela.tables.derivation import AboveZero, Always, AsNumber, AsText, Blend, Derivation, Same
from clientela.tables.matching import holding
from clientela.tables.moments import double
from clientela.tables.relation import Relation

POSITION = "position"


def derived(relation: Relation, columns: Mapping[str, Derivation], condition: Condition | None) -> Relation:
    """Answer `Table.derive`: a relation over a view, which holds no rows and ends with the engine."""
    inner = [f"d{place}" for place in range(len(columns))]
    made = [_made(relation, how) for how in columns.values()]
    items = [sql.named(value, name) for value, name in zip(made, inner, strict=True)]
    items.append(sql.named(relation.position.copy(), POSITION))
    rows = relation.rows(items, *([] if condition is None else [holding(relation, condition)]))
    view = relation.engine.create_view(rows)
    kinds = dict(relation.engine.types(view))
    cells = tuple(Cell(name, held, kinds[held]) for name, held in zip(columns, inner, strict=True))
    return Relation(relation.engine, view, cells, sql.column(POSITION))


def _made(relation: Relation, how: Derivation) -> exp.Expr:
    match how:
        case Always(value):
            return double(value)
        case Same(column):
            return relation.cell(column).raw
        case AsText(column):
            cell = relation.cell(column)
            return cell.text(cell.raw)
        case Blend(parts):
            return _blend(relation, parts)
        case AsNumber(column, most):
            (cell,) = relation.numeric([column])
            return cell.number if most is None else _limited(cell, most)
        case AboveZero(column):
            (cell,) = relation.numeric([column])
            above = exp.GT(this=exp.paren(cell.number), expression=double(0.0))
            return sql.cast(exp.paren(above), "DOUBLE")


def _limited(cell: Cell, most: float) -> exp.Expr:
    # "least" leaves nulls out: it would make the limit of a cell that is none
    return sql.where(sql.present(cell.number), sql.call("least", cell.number, double(most)))


def _blend(relation: Relation, parts: tuple[tuple[str, float, float], ...]) -> exp.Expr:
    total = double(0.0)
    for name, centre, slope in parts:
        (cell,) = relation.numeric([name])
        away = exp.paren(exp.Sub(this=exp.paren(cell.number), expression=double(centre)))
        held = sql.call("coalesce", exp.Mul(this=away, expression=double(slope)), double(0.0))
        total = exp.Add(this=total, expression=held)
    return exp.paren(total)
