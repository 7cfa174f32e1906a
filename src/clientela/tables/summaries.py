"""The requests about single columns: summary, top values, quantiles, masks, null patterns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

import polars as pl
from sqlglot import exp

from clientela.domain.column import Storage
from clientela.domain.errors import InputError, quoted
from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.relation import Relation
from clientela.tables.table import SUMMARY_COLUMNS

WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters with the Unicode property White_Space."""

MASK_LENGTH = 64
PATTERN_BITS = 62


def summary(relation: Relation, columns: Sequence[str] | None) -> pl.DataFrame:
    """Answer `Table.summary`: one scan for all columns, then the distinct values column by column."""
    cells = relation.chosen(columns)
    measures = [(index, name, value) for index, cell in enumerate(cells) for name, value in _measures(cell)]
    items = [sql.named(call, f"m{number}") for number, (_, _, call) in enumerate(measures)]
    answer = relation.engine.frame(relation.rows([sql.named(sql.call("count", exp.Star()), "rows"), *items])).row(0)
    found: list[dict[str, Any]] = [
        {"column": cell.name, "storage": cell.storage.value, "rows": answer[0]} for cell in cells
    ]
    for (index, name, _), value in zip(measures, answer[1:], strict=True):
        found[index][name] = value
    for cell, row in zip(cells, found, strict=True):
        row["distinct"] = _distinct(relation, cell)
    return pl.DataFrame(found, schema=SUMMARY_COLUMNS)


def _measures(cell: Cell) -> Iterable[tuple[str, exp.Expr]]:
    yield "nulls", sql.counted(sql.absent(cell.raw))
    if cell.numeric:
        yield from _moments(cell)
    elif cell.storage in (Storage.TEXT, Storage.DATE, Storage.TIMESTAMP, Storage.TIME):
        yield "first", cell.text(sql.call("min", cell.value))
        yield "last", cell.text(sql.call("max", cell.value))
    if cell.storage is Storage.TEXT:
        length = sql.call("length", cell.value)
        yield "shortest", sql.call("min", length)
        yield "longest", sql.call("max", length.copy())
        stripped = sql.call("ltrim", cell.value, sql.text(WHITE_SPACE))
        yield "blanks", sql.counted(exp.EQ(this=stripped, expression=sql.text("")))


def _moments(cell: Cell) -> Iterable[tuple[str, exp.Expr]]:
    number = cell.number
    zero = sql.number(0)
    if cell.floating:
        yield "nans", sql.counted(sql.call("isnan", cell.raw))
        yield "infinite", sql.counted(sql.call("isinf", cell.raw))
    else:
        yield "nans", zero
        yield "infinite", zero
    yield "minimum", sql.call("min", number)
    yield "maximum", sql.call("max", number)
    yield "mean", sql.call("favg", number)
    yield "deviation", sql.call("stddev_samp", number)
    yield "zeros", sql.counted(exp.EQ(this=number, expression=zero))
    yield "negatives", sql.counted(exp.LT(this=number, expression=zero))
    yield "whole", sql.counted(exp.EQ(this=number, expression=sql.call("trunc", number)))


def _distinct(relation: Relation, cell: Cell) -> int:
    grouped = relation.rows([cell.value], sql.present(cell.raw)).group_by(cell.value)
    return int(relation.engine.frame(sql.select([sql.call("count", exp.Star())], grouped)).item())


def top_values(relation: Relation, columns: Sequence[str], limit: int) -> pl.DataFrame:
    """Answer `Table.top_values`."""
    cells = relation.chosen(columns)
    frames = [_commonest(relation, cell, cell.value, limit, cell.text) for cell in cells]
    return _stacked(cells, frames, "value")


def masks(relation: Relation, columns: Sequence[str], limit: int) -> pl.DataFrame:
    """Answer `Table.masks`."""
    cells = relation.chosen(columns)
    for cell in cells:
        if cell.storage is not Storage.TEXT:
            raise InputError(f"The column {quoted(cell.name)} holds {cell.storage.value}, not text.")
    frames = [_commonest(relation, cell, _mask(cell), limit, _as_it_is) for cell in cells]
    return _stacked(cells, frames, "mask")


def _as_it_is(value: exp.Expr) -> exp.Expr:
    return value


def _mask(cell: Cell) -> exp.Expr:
    cut = sql.call("substring", cell.value, sql.number(1), sql.number(MASK_LENGTH))
    lower, upper = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    shown = "a" * len(lower) + "A" * len(upper) + "9" * 10
    return sql.call("translate", cut, sql.text(lower + upper + "0123456789"), sql.text(shown))


def _commonest(
    relation: Relation, cell: Cell, value: exp.Expr, limit: int, shown: Callable[[exp.Expr], exp.Expr]
) -> pl.DataFrame:
    counts = relation.rows(
        [sql.named(value, "v"), sql.named(sql.call("count", exp.Star()), "n")], sql.present(cell.raw)
    ).group_by(value.copy())
    query = sql.select([sql.named(shown(sql.column("v")), "value"), sql.named(sql.column("n"), "count")], counts)
    ordered = query.order_by(sql.column("n").desc(), sql.column("value").asc()).limit(limit)
    return relation.engine.frame(ordered)


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
    """Answer `Table.quantiles`: rank the values of one column at a time."""
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
    number = cell.number
    count = int(relation.engine.frame(relation.rows([sql.call("count", number)])).item())
    if not count:
        return [None] * len(probabilities)
    ranks = [max(1, math.ceil(Fraction(str(float(share))) * count)) for share in probabilities]
    shares = [exp.Literal.number(repr((rank - 0.5) / count)) for rank in ranks]
    steps = sql.call("quantile_disc", number, exp.Array(expressions=shares))
    values = relation.engine.frame(relation.rows([sql.named(steps, "q")])).item()
    return [float(value) + 0.0 for value in values]


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
