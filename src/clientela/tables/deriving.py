"""The request for derived columns: expressions in the place of columns, so each request reads what it needs alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.condition import Condition
from clientela.tables.derivation import AboveZero, Always, AsNumber, AsText, Blend, Derivation, Same
from clientela.tables.matching import holding
from clientela.tables.moments import double
from clientela.tables.relation import Relation


def derived(relation: Relation, columns: Mapping[str, Derivation], condition: Condition | None) -> Relation:
    """Answer `Table.derive`."""
    cells = tuple(_cell(relation, name, how) for name, how in columns.items())
    held = relation.condition
    if condition is not None:
        new = exp.paren(holding(relation, condition))
        held = new if held is None else exp.and_(held.copy(), new)
    return replace(relation, cells=cells, condition=held)


def _cell(relation: Relation, name: str, how: Derivation) -> Cell:
    if isinstance(how, Same):
        return replace(relation.cell(how.column), name=name)
    made = exp.paren(_made(relation, how))
    return Cell(name, made.sql(sql.DIALECT), "VARCHAR" if isinstance(how, AsText) else "DOUBLE", made)


def _made(relation: Relation, how: AsText | AsNumber | AboveZero | Blend | Always) -> exp.Expr:
    match how:
        case Always(value):
            return double(value)
        case AsText(column):
            cell = relation.cell(column)
            return cell.raw if cell.kind == "VARCHAR" else cell.text(cell.value)
        case Blend(parts, whole):
            return _blend(relation, parts, whole)
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


def _blend(relation: Relation, parts: tuple[tuple[str, float, float], ...], whole: bool) -> exp.Expr:
    terms = []
    for name, centre, slope in parts:
        (cell,) = relation.numeric([name])
        number = sql.cast(cell.raw, "DOUBLE") if whole else cell.number
        away = exp.paren(exp.Sub(this=exp.paren(number), expression=double(centre)))
        term: exp.Expr = exp.Mul(this=away, expression=double(slope)) if slope != 1 else away
        terms.append(term if whole else sql.call("coalesce", term, double(0.0)))
    total = terms[0] if terms else double(0.0)
    for term in terms[1:]:
        total = exp.Add(this=total, expression=term)
    return exp.paren(total)
