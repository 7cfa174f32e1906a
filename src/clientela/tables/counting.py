"""The distinct values of a column with their counts: what most requests about single columns start from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlglot import exp

from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.relation import Relation

KEPT = 100_000
"""Counts of columns with more distinct values are not kept: a table of them may be as large as the column."""


def kept(relation: Relation, cell: Cell) -> str | None:
    """Return the internal name of the table of counts of a column, where it is kept."""
    return relation.counts.get(_place(relation, cell))


def _place(relation: Relation, cell: Cell) -> tuple[str, str]:
    held = relation.condition
    return cell.inner, "" if held is None else held.sql(sql.DIALECT)


@contextmanager
def counted(relation: Relation, cell: Cell) -> Iterator[str]:
    """Give the table of the distinct values `v` of a column that are not null, with their counts `n`.

    Rows are grouped once; every later request about the column finds the counts.

    Yields:
        Internal name of the table, to be asked inside the context.
    """
    known = kept(relation, cell)
    if known is not None:
        yield known
        return
    items = [sql.named(cell.value, "v"), sql.named(sql.call("count", exp.Star()), "n")]
    grouped = relation.rows(items, sql.present(cell.raw)).group_by(cell.value, copy=False)
    name, distinct = relation.engine.store(grouped)
    if distinct <= KEPT:
        relation.counts[_place(relation, cell)] = name
        yield name
        return
    try:
        yield name
    finally:
        relation.engine.drop(name)


def forget(relation: Relation) -> None:
    """Drop all counts of a relation; whoever asks again counts again."""
    while relation.counts:
        _, name = relation.counts.popitem()
        relation.engine.drop(name)
