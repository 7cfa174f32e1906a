"""The request for sums of products: what a linear prediction of one column by others needs, in one pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlglot import exp

from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.moments import double
from clientela.tables.powers import first_rows
from clientela.tables.relation import Relation

Floats = NDArray[np.float64]


def products(relation: Relation, columns: Sequence[str], together: Sequence[str]) -> pl.DataFrame:
    """Answer `Table.products`."""
    cells, kept = relation.chosen(columns), relation.numeric(together)
    near = list(first_rows(relation, kept)[1].values())
    counts = [sql.call("count", cell.number if cell.numeric else cell.raw) for cell in cells]
    # sums of columns as they are: they are right where no cell is missing, as is usual, and need one pass alone
    away = [_away(sql.cast(cell.raw, "DOUBLE"), centre) for cell, centre in zip(kept, near, strict=True)]
    answer = _answer(relation, [sql.call("count", exp.Star()), *counts, *_sums(away)])
    rows, n = int(answer[0]), [int(count) for count in answer[1 : len(cells) + 1]]
    there = dict(zip(columns, n, strict=True))
    if all(there.get(name) == rows for name in together):
        means, sums = _centred(answer[len(cells) + 1 :], near, rows)
    else:
        means, sums = _with_gaps(relation, kept, near)
    place = {name: at for at, name in enumerate(together)}
    found = [(means[place[name]], sums[place[name]].tolist()) if name in place else (None, None) for name in columns]
    kinds = {"column": pl.String, "rows": pl.Int64, "n": pl.Int64, "mean": pl.Float64, "products": pl.List(pl.Float64)}
    held = [(name, rows, there[name], *rest) for name, rest in zip(columns, found, strict=True)]
    return pl.DataFrame(held, schema=kinds, orient="row")


def _answer(relation: Relation, items: Sequence[exp.Expr]) -> tuple[float, ...]:
    named = [sql.named(item, f"m{place}") for place, item in enumerate(items)]
    return tuple(float(value or 0) for value in relation.engine.frame(relation.rows(named)).row(0))


def _away(number: exp.Expr, centre: float) -> exp.Expr:
    return exp.paren(exp.Sub(this=exp.paren(number), expression=double(centre)))


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


def _centred(sums: Sequence[float], near: Sequence[float], rows: int) -> tuple[list[float], Floats]:
    size, some = len(near), max(rows, 1)
    first = np.array(sums[:size])
    means = [float(centre + total / some) for centre, total in zip(near, first, strict=True)]
    return means, _square(sums[size:], size) - np.outer(first, first) / some


def _with_gaps(relation: Relation, cells: Sequence[Cell], near: Sequence[float]) -> tuple[list[float], Floats]:
    """Return means, and sums of products about them with missing cells at the mean of their column."""
    totals = [sql.call("avg", _away(cell.number, centre)) for cell, centre in zip(cells, near, strict=True)]
    means = [centre + total for centre, total in zip(near, _answer(relation, totals), strict=True)]
    away = [
        sql.call("coalesce", _away(cell.number, mean), double(0.0)) for cell, mean in zip(cells, means, strict=True)
    ]
    found = _answer(relation, _sums(away))
    return means, _square(found[len(cells) :], len(cells))
