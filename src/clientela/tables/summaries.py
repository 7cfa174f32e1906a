"""The requests about single columns: summary, top values, quantiles, masks, null patterns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
from sqlglot import exp

from clientela.domain.column import Storage
from clientela.domain.errors import InputError, quoted
from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.counting import counted
from clientela.tables.moments import means
from clientela.tables.relation import Relation
from clientela.tables.table import SUMMARY_COLUMNS

WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters with the Unicode property White_Space."""

MASK_LENGTH = 64
PATTERN_BITS = 62
STEP_ROWS = 100_000


def summary(relation: Relation, columns: Sequence[str] | None) -> pl.DataFrame:
    """Answer `Table.summary`.

    One grouping per column gives the distinct values and all that depends on them alone;
    one scan of all numeric columns together then gives mean and deviation.
    """
    cells = relation.chosen(columns)
    rows = int(relation.engine.frame(relation.rows([sql.call("count", exp.Star())])).item())
    found = [_described(relation, cell, rows) for cell in cells]
    numeric = [(cell, row) for cell, row in zip(cells, found, strict=True) if cell.numeric]
    ends = [(row["minimum"], row["maximum"], row["n"]) for _, row in numeric]
    for (_, row), moments in zip(numeric, means(relation, [cell for cell, _ in numeric], ends), strict=True):
        row["mean"], row["deviation"] = moments
    return pl.DataFrame([{name: row.get(name) for name in SUMMARY_COLUMNS} for row in found], schema=SUMMARY_COLUMNS)


def _described(relation: Relation, cell: Cell, rows: int) -> dict[str, Any]:
    inner = replace(cell.under("v"), kind="VARCHAR" if cell.is_text else cell.kind)
    measures = [sql.named(value, name) for name, value in _measures(inner, cell.storage)]
    with counted(relation, cell) as counts:
        answer = relation.engine.frame(sql.select(measures, counts)).row(0, named=True)
    measured = {name: value or 0 if name in _COUNTS else value for name, value in answer.items()}
    ends = {name: value + 0.0 for name in ("minimum", "maximum") if (value := measured.get(name)) is not None}
    nulls = rows - measured["held"]
    return {**measured, "column": cell.name, "storage": cell.storage.value, "rows": rows, "nulls": nulls, **ends}


_COUNTS = ("held", "n", "nans", "infinite", "zeros", "negatives", "whole", "blanks")


def _measures(cell: Cell, storage: Storage) -> Iterable[tuple[str, exp.Expr]]:
    yield "held", _weight(sql.column("n"))
    yield "distinct", sql.call("count", exp.Star())
    if cell.numeric:
        yield from _number_measures(cell)
    elif storage in (Storage.TEXT, Storage.DATE, Storage.TIMESTAMP, Storage.TIME):
        yield "first", cell.text(sql.call("min", cell.raw))
        yield "last", cell.text(sql.call("max", cell.raw))
    if storage is Storage.TEXT:
        length = sql.call("length", cell.raw)
        yield "shortest", sql.call("min", length)
        yield "longest", sql.call("max", length.copy())
        stripped = sql.call("ltrim", cell.raw, sql.text(WHITE_SPACE))
        yield "blanks", _weight_where(exp.EQ(this=stripped, expression=sql.text("")))


def _number_measures(cell: Cell) -> Iterable[tuple[str, exp.Expr]]:
    number = cell.number
    zero = sql.number(0)
    for name, function in (("nans", "isnan"), ("infinite", "isinf")):
        yield name, _weight_where(sql.call(function, cell.raw)) if cell.floating else zero.copy()
    yield "n", _weight_where(sql.present(number))
    yield "minimum", sql.call("min", number)
    yield "maximum", sql.call("max", number.copy())
    yield "zeros", _weight_where(exp.EQ(this=number.copy(), expression=zero))
    yield "negatives", _weight_where(exp.LT(this=number.copy(), expression=zero.copy()))
    yield "whole", _weight_where(exp.EQ(this=number.copy(), expression=sql.call("trunc", number.copy())))


def _weight(value: exp.Expr) -> exp.Expr:
    return sql.cast(sql.call("sum", value), "BIGINT")


def _weight_where(condition: exp.Expr) -> exp.Expr:
    return _weight(sql.where(condition, sql.column("n")))


def top_values(relation: Relation, columns: Sequence[str], limit: int) -> pl.DataFrame:
    """Answer `Table.top_values`."""
    cells = relation.chosen(columns)
    frames = []
    for cell in cells:
        with counted(relation, cell) as counts:
            items = [sql.named(cell.text(sql.column("v")), "value"), sql.named(sql.column("n"), "count")]
            frames.append(_commonest(relation, sql.select(items, counts), limit))
    return _stacked(cells, frames, "value")


def masks(relation: Relation, columns: Sequence[str], limit: int) -> pl.DataFrame:
    """Answer `Table.masks`: only distinct values are masked."""
    cells = relation.chosen(columns)
    for cell in cells:
        if cell.storage is not Storage.TEXT:
            raise InputError(f"The column {quoted(cell.name)} holds {cell.storage.value}, not text.")
    frames = []
    for cell in cells:
        with counted(relation, cell) as counts:
            items = [sql.named(_mask(sql.column("v")), "value"), sql.named(_weight(sql.column("n")), "count")]
            masked = sql.select(items, counts).group_by(_mask(sql.column("v")), copy=False)
            frames.append(_commonest(relation, masked, limit))
    return _stacked(cells, frames, "mask")


def _mask(value: exp.Expr) -> exp.Expr:
    cut = sql.call("substring", value, sql.number(1), sql.number(MASK_LENGTH))
    lower, upper = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    shown = "a" * len(lower) + "A" * len(upper) + "9" * 10
    return sql.call("translate", cut, sql.text(lower + upper + "0123456789"), sql.text(shown))


def _commonest(relation: Relation, counts: exp.Select, limit: int) -> pl.DataFrame:
    order = [sql.column("count").desc(), sql.column("value").asc()]
    return relation.engine.frame(counts.order_by(*order, copy=False).limit(limit, copy=False))


def _stacked(cells: Sequence[Cell], frames: Sequence[pl.DataFrame], value: str) -> pl.DataFrame:
    schema = {"column": pl.String(), value: pl.String(), "count": pl.Int64()}
    parts = [
        frame.select(
            pl.lit(cell.name).alias("column"),
            pl.col("value").cast(pl.String).alias(value),
            pl.col("count").cast(pl.Int64),
        )
        for cell, frame in zip(cells, frames, strict=True)
    ]
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def quantiles(relation: Relation, columns: Sequence[str], probabilities: Sequence[float]) -> pl.DataFrame:
    """Answer `Table.quantiles`: go through the distinct values of one column at a time, in their order."""
    for probability in probabilities:
        if not 0 <= probability <= 1:
            raise InputError(f"A quantile is asked at {probability}: it must lie between 0 and 1.")
    schema = {"column": pl.String(), "probability": pl.Float64(), "value": pl.Float64()}
    found = [
        (cell.name, float(probability), value)
        for cell in relation.numeric(columns)
        for probability, value in zip(probabilities, _steps(relation, cell, probabilities), strict=True)
    ]
    return pl.DataFrame(found, schema=schema, orient="row")


def _steps(relation: Relation, cell: Cell, probabilities: Sequence[float]) -> list[float | None]:
    number = cell.under("v").number
    pairs = [sql.named(number, "x"), sql.named(sql.column("n"), "n")]
    total = [sql.named(_weight(sql.column("n")), "n")]
    with counted(relation, cell) as counts:
        count = relation.engine.frame(sql.select(total, counts).where(sql.present(number.copy()), copy=False)).item()
        ranks = [max(1, math.ceil(Fraction(str(float(share))) * (count or 0))) for share in probabilities]
        query = sql.select(pairs, counts).where(sql.present(number.copy()), copy=False)
        ordered = query.order_by(sql.column("x").asc(), copy=False)
        return _reached(relation.engine.batches(ordered, STEP_ROWS), ranks)


def _reached(batches: Iterable[pl.DataFrame], ranks: Sequence[int]) -> list[float | None]:
    """Return the value at each rank, where `batches` hold values `x` in order and how often each is met, `n`."""
    found: list[float | None] = [None] * len(ranks)
    passed = 0
    for batch in batches:
        values, reached = batch["x"].to_numpy(), passed + np.cumsum(batch["n"].to_numpy())
        for place, rank in enumerate(ranks):
            if passed < rank <= reached[-1]:
                found[place] = float(values[np.searchsorted(reached, rank)]) + 0.0
        passed = int(reached[-1])
    return found


def null_patterns(relation: Relation, columns: Sequence[str], limit: int) -> pl.DataFrame:
    """Answer `Table.null_patterns`: group by one bit per column, packed into whole numbers."""
    cells = relation.chosen(columns)
    words = [cells[start : start + PATTERN_BITS] for start in range(0, len(cells), PATTERN_BITS)]
    bits = [sql.named(_bits(word), f"w{index}") for index, word in enumerate(words)]
    names = [sql.column(f"w{index}") for index in range(len(words))]
    count = sql.named(sql.call("count", exp.Star()), "count")
    packed = relation.rows([*bits, sql.named(sql.number(0), "w")])
    query = sql.select([*names, count], packed).group_by(sql.column("w"), *[name.copy() for name in names])
    order = [sql.column("count").desc(), *[name.copy().asc() for name in names]]
    answer = relation.engine.frame(query.order_by(*order).limit(limit))
    patterns = [
        "".join(f"{value:0{len(word)}b}" for value, word in zip(row[:-1], words, strict=True)) for row in answer.rows()
    ]
    return pl.DataFrame(
        {"pattern": patterns, "count": answer["count"]}, schema={"pattern": pl.String(), "count": pl.Int64()}
    )


def _bits(word: Sequence[Cell]) -> exp.Expr:
    weighed = [
        exp.Mul(
            this=sql.cast(exp.paren(sql.absent(cell.raw)), "BIGINT"),
            expression=sql.number(1 << (len(word) - 1 - index)),
        )
        for index, cell in enumerate(word)
    ]
    total: exp.Expr = weighed[0]
    for item in weighed[1:]:
        total = exp.Add(this=total, expression=item)
    return total
