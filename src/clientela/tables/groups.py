"""The requests about rows that belong together: contingency, grouped, dependency, duplicates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from sqlglot import exp

from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.moments import exact_sum, unit
from clientela.tables.relation import Relation

_COUNT = "n"

SORTED = 50_000_000
"""Most rows whose hashes are sorted in memory: 400 MB."""

NARROW = 8
"""Numbers that a range may hold per row for one byte each: as much memory as sorting takes."""

BATCH = 122_880
"""Rows that are ticked off at once."""

_WORDS = ("INTEGER", "BIGINT", "UINTEGER", "UBIGINT")
"""Types whose values are numbers of a machine word, which need no hash."""


def _count() -> exp.Expr:
    return sql.call("count", exp.Star())


def contingency(relation: Relation, first: str, second: str, limit: int) -> pl.DataFrame:
    """Answer `Table.contingency`."""
    cells = [relation.cell(first), relation.cell(second)]
    values = [sql.named(cell.value, f"v{index}") for index, cell in enumerate(cells)]
    counts = relation.rows([*values, sql.named(_count(), _COUNT)]).group_by(*[cell.value for cell in cells], copy=False)
    names = ("first", "second")
    texts = [
        sql.named(cell.text(sql.column(f"v{index}")), name)
        for index, (cell, name) in enumerate(zip(cells, names, strict=True))
    ]
    query = sql.select([*texts, sql.named(sql.column(_COUNT), "count")], counts)
    order = [sql.column("count").desc(), *[_null_last(name) for name in names]]
    answer = relation.engine.frame(query.order_by(*order).limit(limit))
    return answer.cast({"first": pl.String, "second": pl.String, "count": pl.Int64})


def _null_last(name: str) -> exp.Ordered:
    return exp.Ordered(this=sql.column(name), desc=False, nulls_first=False)


def grouped(relation: Relation, by: str, columns: Sequence[str]) -> pl.DataFrame:
    """Answer `Table.grouped`: one scan for the largest value of each group, one for the sums."""
    key = relation.cell(by)
    cells = relation.numeric(columns)
    values = [sql.named(cell.number, f"x{index}") for index, cell in enumerate(cells)]
    rows = relation.rows([sql.named(key.value, "v"), *values])
    largest = [sql.call("max", sql.call("abs", cell.number)) for cell in cells]
    units = [sql.named(unit(exp.Nullif(this=top, expression=sql.number(0))), f"u{i}") for i, top in enumerate(largest)]
    scales = relation.rows([sql.named(key.value, "k"), *units]).group_by(key.value)
    same = exp.NullSafeEQ(this=sql.column("v"), expression=sql.column("k"))
    items = [sql.named(sql.column("v"), "v"), sql.named(_count(), "rows")]
    for index in range(len(cells)):
        items += _group_sums(index)
    counts = sql.select(items, rows).join(scales.subquery("s"), on=same).group_by(sql.column("v"))
    query = sql.select([sql.named(key.text(sql.column("v")), "value"), exp.Star()], counts)
    answer = relation.engine.frame(query.order_by(_null_last("value"))).with_row_index("group")
    parts = [_part(answer, index, cell) for index, cell in enumerate(cells)]
    schema = {
        "group": pl.Int64(),
        "order": pl.Int64(),
        "value": pl.String(),
        "column": pl.String(),
        "rows": pl.Int64(),
        "n": pl.Int64(),
        **dict.fromkeys(("total", "squares", "minimum", "maximum"), pl.Float64()),
    }
    return pl.concat([pl.DataFrame(schema=schema), *parts]).sort("group", "order").drop("group", "order")


def _group_sums(index: int) -> list[exp.Expr]:
    number, scale = sql.column(f"x{index}"), sql.column(f"u{index}")
    return [
        sql.named(sql.call("count", number), f"n{index}"),
        sql.named(exact_sum(number.copy(), scale, 1), f"total{index}"),
        sql.named(exact_sum(number.copy(), scale.copy(), 2), f"squares{index}"),
        sql.named(sql.call("min", number.copy()), f"minimum{index}"),
        sql.named(sql.call("max", number.copy()), f"maximum{index}"),
    ]


def _part(answer: pl.DataFrame, index: int, cell: Cell) -> pl.DataFrame:
    sums = [_unsigned(f"{name}{index}").alias(name) for name in ("total", "squares", "minimum", "maximum")]
    return answer.select(
        pl.col("group").cast(pl.Int64),
        pl.lit(index, pl.Int64).alias("order"),
        pl.col("value").cast(pl.String),
        pl.lit(cell.name).alias("column"),
        pl.col("rows").cast(pl.Int64),
        pl.col(f"n{index}").cast(pl.Int64).alias("n"),
        *sums,
    )


def _unsigned(name: str) -> pl.Expr:
    value = pl.col(name).cast(pl.Float64)
    return pl.when(value == 0).then(0.0).otherwise(value)


_DEPENDENCY = (
    "keys",
    "rows",
    "repeated_keys",
    "repeated_rows",
    "modal_rows",
    "pairs",
    "equal_pairs",
    "determined_keys",
)


def dependency(relation: Relation, keys: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    """Answer `Table.dependency`: per column, count values within keys, then keys."""
    determining = relation.chosen(keys)
    found = [(cell.name, *_sums(relation, determining, cell)) for cell in relation.chosen(columns)]
    schema = {"column": pl.String(), **dict.fromkeys(_DEPENDENCY, pl.Int64())}
    return pl.DataFrame(found, schema=schema, orient="row")


def _sums(relation: Relation, keys: Sequence[Cell], cell: Cell) -> tuple[int, ...]:
    names = [f"k{index}" for index in range(len(keys) + 1)]
    values = [sql.number(0), *[key.value for key in keys]]
    items = [sql.named(value, name) for value, name in zip(values, names, strict=True)]
    rows = relation.rows([*items, sql.named(cell.value, "v")], *[sql.present(key.raw) for key in keys])
    by = [sql.column(name) for name in names]
    inner = sql.select([*by, sql.named(_count(), _COUNT)], rows).group_by(*by, sql.column("v"))
    n = sql.column(_COUNT)
    outer = sql.select(
        [
            sql.named(_whole("sum", n), "rows"),
            sql.named(_whole("max", n), "modal"),
            sql.named(_whole("sum", _pairs(n)), "equal"),
            sql.named(_count(), "kinds"),
        ],
        inner,
    ).group_by(*by)
    total = sql.column("rows")
    repeated = exp.GT(this=total, expression=sql.number(1))
    single = exp.EQ(this=sql.column("kinds"), expression=sql.number(1))
    measures = (
        _count(),
        _whole("sum", total),
        sql.counted(repeated),
        _whole("sum", sql.where(repeated, total)),
        _whole("sum", sql.where(repeated, sql.column("modal"))),
        _whole("sum", _pairs(total)),
        _whole("sum", sql.column("equal")),
        sql.counted(exp.and_(repeated, single)),
    )
    answer = relation.engine.frame(
        sql.select([sql.named(item, name) for item, name in zip(measures, _DEPENDENCY, strict=True)], outer)
    )
    return tuple(int(value or 0) for value in answer.row(0))


def _whole(function: str, value: exp.Expr) -> exp.Expr:
    return sql.cast(sql.call(function, value.copy()), "BIGINT")


def _pairs(n: exp.Expr) -> exp.Expr:
    less = exp.paren(exp.Sub(this=n.copy(), expression=sql.number(1)))
    return exp.IntDiv(this=exp.paren(exp.Mul(this=n.copy(), expression=less)), expression=sql.number(2))


_DUPLICATES = ("rows", "distinct", "repeated", "extra", "largest")


def duplicates(relation: Relation, columns: Sequence[str] | None) -> pl.DataFrame:
    """Answer `Table.duplicates`: hash all rows, then compare in full those whose hash occurs twice.

    Of one column alone all values are compared: a hash is as large.
    """
    cells = relation.chosen(columns)
    schema = dict.fromkeys(_DUPLICATES, pl.Int64())
    values = [cell.value for cell in cells]
    hashed = sql.call("hash", *(values or [sql.number(0)]))
    rows = int(relation.engine.frame(relation.rows([_count()])).item())
    alone = cells[0].raw if len(cells) == 1 and cells[0].base in _WORDS else hashed
    if rows <= SORTED and _all_differ(relation, alone, rows):
        return pl.DataFrame([(rows, rows, 0, 0, min(rows, 1))], schema=schema, orient="row")
    if len(cells) == 1:
        distinct, _, repeated, largest = _compared(relation, values)
        return pl.DataFrame([(rows, distinct, repeated, rows - distinct, largest)], schema=schema, orient="row")
    seen = relation.rows([sql.named(hashed.copy(), "h"), sql.named(_count(), _COUNT)]).group_by(hashed.copy())
    twice = exp.GT(this=sql.column(_COUNT), expression=sql.number(1))
    stored, twins = relation.engine.store(sql.select([sql.column("h"), sql.column(_COUNT)], seen).where(twice))
    try:
        candidates = exp.In(this=hashed.copy(), query=sql.select([sql.column("h")], stored).subquery())
        found = _compared(relation, values, candidates) if twins else (0, 0, 0, 0)
    finally:
        relation.engine.drop(stored)
    compared, within, repeated, largest = found
    distinct = rows - within + compared
    answer = (rows, distinct, repeated, rows - distinct, largest or min(rows, 1))
    return pl.DataFrame([answer], schema=schema, orient="row")


def _all_differ(relation: Relation, number: exp.Expr, rows: int) -> bool:
    """Tell whether no number occurs twice, as where a column names each row: sooner than by grouping.

    Numbers of a narrow range are ticked off, rising ones all differ, and others are sorted.
    """
    asked = relation.rows([sql.named(number.copy(), "h")])
    ticked = _ticked(relation.engine.batches(asked.copy(), BATCH), rows)
    if ticked is not None:
        return ticked == rows
    numbers = relation.engine.frame(asked)["h"].to_numpy()
    if (numbers[1:] > numbers[:-1]).all():
        return True
    numbers = np.sort(numbers)
    return not bool((numbers[1:] == numbers[:-1]).any())


def _ticked(batches: Iterator[pl.DataFrame], rows: int) -> int | None:
    """Return how many numbers there are, each counted once; None where their range is too wide to tick them off."""
    low, seen = 0, np.zeros(0, dtype=bool)
    for batch in batches:
        if batch["h"].null_count():
            return 0
        numbers = batch["h"].to_numpy()
        least, most = int(numbers.min()), int(numbers.max())
        low = low if seen.size else least
        span = max(most + 1, low + seen.size) - min(least, low)
        if span > NARROW * rows:
            return None
        # half as much room besides on a side where it lacked, so that not every batch asks for more
        before = low - max(least - span // 2, np.iinfo(numbers.dtype).min) if least < low else 0
        after = most + 1 + span // 2 - low - seen.size if most >= low + seen.size else 0
        if before or after:
            seen = np.concatenate([np.zeros(before, dtype=bool), seen, np.zeros(after, dtype=bool)])
            low -= before
        seen[numbers - low] = True
    return int(np.count_nonzero(seen))


def _compared(relation: Relation, values: Sequence[exp.Expr], *candidates: exp.Expr) -> tuple[int, ...]:
    """Compare the rows where a condition holds in full: distinct ones, all, those met twice, most of one kind."""
    names = [f"v{index}" for index in range(len(values))]
    items = [sql.named(value.copy(), name) for value, name in zip(values, names, strict=True)]
    kept = relation.rows([sql.named(sql.number(0), "v"), *items], *candidates)
    by = [sql.column("v"), *[sql.column(name) for name in names]]
    groups = sql.select([sql.named(_count(), _COUNT)], kept).group_by(*by)
    n = sql.column(_COUNT)
    twice = exp.GT(this=n.copy(), expression=sql.number(1))
    measures = [_count(), _whole("sum", n), sql.counted(twice), _whole("max", n)]
    found = relation.engine.frame(
        sql.select([sql.named(item, f"m{index}") for index, item in enumerate(measures)], groups)
    ).row(0)
    return tuple(int(value or 0) for value in found)
