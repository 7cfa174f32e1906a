"""The request for sums of products: what a linear prediction of one column by others needs, in one pass."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlglot import exp

from clientela.tables import sql
from clientela.tables.asked import first_rows
from clientela.tables.cells import Cell
from clientela.tables.moments import double
from clientela.tables.relation import Relation

Floats = NDArray[np.float64]

COLUMNS = {
    "column": pl.String(),
    "rows": pl.Int64(),
    "n": pl.Int64(),
    "mean": pl.Float64(),
    "products": pl.List(pl.Float64),
}


def products(relation: Relation, columns: Sequence[str], together: Sequence[str]) -> pl.DataFrame:
    """Answer `Table.products`."""
    cells, kept = relation.chosen(columns), relation.numeric(together)
    near = list(first_rows(relation, kept).origins.values())
    # columns as they are: right where every cell is a finite number, as is usual; sums tell where one is not
    raw = [_away(sql.cast(cell.raw, "DOUBLE"), centre) for cell, centre in zip(kept, near, strict=True)]
    others = [cell for cell in cells if cell.floating and cell.name not in together]
    sums = [*_sums(raw), *(sql.call("sum", cell.raw) for cell in others)]
    answer = _read(relation.engine.trusting(_query(relation, [*_counts([cell.raw for cell in cells]), *sums])))
    whole = all(math.isfinite(value) for value in answer)
    if not whole:
        guarded = [cell.number if cell.floating else cell.raw for cell in cells]
        answer = _read(relation.engine.frame(_query(relation, _counts(guarded)))) + answer[len(cells) + 1 :]
    rows, there = answer[0], dict(zip(columns, answer[1 : len(cells) + 1], strict=True))
    if whole and all(there.get(name) == rows for name in together):
        means, squares = _centred(answer[len(cells) + 1 :], near, rows)
    else:
        means, squares = _with_gaps(relation, kept, near)
    place = {name: at for at, name in enumerate(together)}
    found = [(means[place[name]], squares[place[name]].tolist()) if name in place else (None, None) for name in columns]
    held = [(name, int(rows), int(there[name]), *rest) for name, rest in zip(columns, found, strict=True)]
    return pl.DataFrame(held, schema=COLUMNS, orient="row")


def _counts(values: Sequence[exp.Expr]) -> list[exp.Expr]:
    return [sql.call("count", exp.Star()), *(sql.call("count", value) for value in values)]


def _query(relation: Relation, items: Sequence[exp.Expr]) -> exp.Select:
    return relation.rows([sql.named(item, f"m{place}") for place, item in enumerate(items)])


def _read(answer: pl.DataFrame) -> tuple[float, ...]:
    return tuple(float(value or 0) for value in answer.row(0))


def _away(number: exp.Expr, centre: float) -> exp.Expr:
    return exp.paren(exp.Sub(this=exp.paren(number), expression=double(centre)) if centre else number)


def _sums(away: Sequence[exp.Expr]) -> list[exp.Expr]:
    """Return the sums, then the sums of products with itself and each later one."""
    pairs = [(one, two) for place, one in enumerate(away) for two in away[place:]]
    many = [sql.call("sum", exp.Mul(this=one.copy(), expression=two.copy())) for one, two in pairs]
    return [*(sql.call("sum", one.copy()) for one in away), *many]


def _square(flat: Sequence[float], size: int) -> Floats:
    """Return the whole of a symmetric table from its upper half."""
    whole = np.zeros((size, size))
    whole[np.triu_indices(size)] = flat
    return whole + np.triu(whole, 1).T


def _centred(sums: Sequence[float], near: Sequence[float], rows: float) -> tuple[list[float], Floats]:
    size, some = len(near), max(rows, 1)
    first = np.array(sums[:size])
    means = [float(centre + total / some) for centre, total in zip(near, first, strict=True)]
    with np.errstate(over="ignore", invalid="ignore"):
        return means, _square(sums[size : size + size * (size + 1) // 2], size) - np.outer(first, first) / some


def _with_gaps(relation: Relation, cells: Sequence[Cell], near: Sequence[float]) -> tuple[list[float], Floats]:
    """Return means, and sums of products about them with missing cells at the mean of their column."""
    totals = [sql.call("avg", _away(cell.number, centre)) for cell, centre in zip(cells, near, strict=True)]
    found = _read(relation.engine.frame(_query(relation, totals))) if totals else ()
    means = [centre + total for centre, total in zip(near, found, strict=True)]
    away = [
        sql.call("coalesce", _away(cell.number, mean), double(0.0)) for cell, mean in zip(cells, means, strict=True)
    ]
    sums = _read(relation.engine.frame(_query(relation, _sums(away)))) if away else ()
    return means, _square(sums[len(cells) :], len(cells))
