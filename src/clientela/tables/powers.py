"""The request for sums of powers: all that inference on means needs, in one pass over the rows.

Each value is taken from an origin near the mean, so that nothing cancels however far from zero the values lie. The
origin is the mean of the first rows: near enough, and no pass of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl
from sqlglot import exp

from clientela.domain.column import Storage
from clientela.domain.errors import InputError, quoted
from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.moments import double
from clientela.tables.relation import Relation

ORDER = 3
LARGEST = 20
"""Rows of each group that are handed out as they are: those farthest from the origin."""

FIRST_ROWS = 10_000
"""Rows whose mean is the origin."""

ORIGIN_BITS = 24
"""An origin is rounded to so many bits, so that it does not depend on how the mean was added up."""

NAMES = {(i, total - i): f"s{i}{total - i}" for total in range(1, ORDER + 1) for i in range(total, -1, -1)}
"""Name of the column of each sum: s21 is the sum of first² x second."""

ZEROS = ("z0", "z1", "z2", "z3")


def powers(
    relation: Relation, by: Sequence[str], pairs: Sequence[tuple[str, str | None]], day: str | None
) -> pl.DataFrame:
    """Answer `Table.powers`."""
    names = list(dict.fromkeys(name for pair in pairs for name in pair if name is not None))
    cells = {cell.name: cell for cell in relation.numeric(names)}
    origins = _origins(relation, list(cells.values()))
    keys = [relation.cell(name) for name in by]
    values = [sql.named(cell.value, f"k{place}") for place, cell in enumerate(keys)]
    if day is not None:
        values.append(sql.named(_day(relation.cell(day)), f"k{len(keys)}"))
    moved = {
        name: exp.paren(exp.Sub(this=cell.number, expression=double(origins[name]))) for name, cell in cells.items()
    }
    items = [sql.named(sql.call("count", exp.Star()), "rows")]
    for number, (first, second) in enumerate(pairs):
        values += _pair(number, moved[first], None if second is None else moved[second])
        items += _sums(number, -origins[first], second is None)
    groups = [sql.column(f"k{place}") for place in range(len(keys) + (day is not None))]
    rows = sql.select([*groups, *items], relation.rows(values))
    answer = relation.engine.frame(rows.group_by(*groups) if groups else rows)
    order = [f"k{place}" for place in range(len(groups))]
    shown = _shown(answer, keys, order)
    parts = [_part(shown, number, pair, (origins, order)) for number, pair in enumerate(pairs)]
    titles = [f"by{place}" for place in range(len(keys))] + (["day"] if day is not None else [])
    out = pl.concat(parts) if parts else pl.DataFrame()
    return out.rename(dict(zip(order, titles, strict=True)))


def _day(cell: Cell) -> exp.Expr:
    if cell.storage not in (Storage.DATE, Storage.TIMESTAMP):
        raise InputError(f"The column {quoted(cell.name)} holds {cell.storage.value}, not dates: days cannot be told.")
    return sql.cast(sql.cast(sql.cast(cell.raw, "TIMESTAMP"), "DATE"), "VARCHAR")


def _origins(relation: Relation, cells: Sequence[Cell]) -> dict[str, float]:
    """Return the mean of the first rows of each column; of all rows where the first ones are empty."""
    if not cells:
        return {}
    firsts = relation.rows([sql.named(cell.number, f"v{place}") for place, cell in enumerate(cells)]).limit(FIRST_ROWS)
    means = [sql.call("avg", sql.column(f"v{place}")) for place in range(len(cells))]
    row = relation.engine.frame(sql.select(_numbered(means), firsts)).row(0)
    found = {cell.name: mean for cell, mean in zip(cells, row, strict=True)}
    late = [cell for cell in cells if found[cell.name] is None]
    if late:
        means = [sql.call("avg", cell.number) for cell in late]
        row = relation.engine.frame(relation.rows(_numbered(means))).row(0)
        found |= {cell.name: mean for cell, mean in zip(late, row, strict=True)}
    return {name: _rounded(mean) for name, mean in found.items()}


def _numbered(items: Sequence[exp.Expr]) -> list[exp.Expr]:
    return [sql.named(item, f"m{place}") for place, item in enumerate(items)]


def _rounded(mean: float | None) -> float:
    if mean is None or not math.isfinite(mean):
        return 0.0
    fraction, exponent = math.frexp(mean)
    return math.ldexp(round(math.ldexp(fraction, ORIGIN_BITS)), exponent - ORIGIN_BITS)


def _pair(number: int, first: exp.Expr, second: exp.Expr | None) -> list[exp.Expr]:
    """Return a pair of columns, each empty where the other is, so that n is one for all sums."""
    if second is None:
        return [sql.named(first.copy(), f"u{number}")]
    columns = [(f"u{number}", first, second), (f"w{number}", second, first)]
    return [
        sql.named(exp.Add(this=one.copy(), expression=exp.Mul(this=other.copy(), expression=double(0.0))), name)
        for name, one, other in columns
    ]


def _sums(number: int, zero: float, alone: bool) -> list[exp.Expr]:
    """Return the sums of a pair of columns; `zero` is where an outcome of 0 lies from the origin."""
    one, two = sql.column(f"u{number}"), sql.column(f"w{number}")
    items: dict[str, exp.Expr] = {"n": sql.call("count", one.copy())}
    for (i, j), name in NAMES.items():
        if not (alone and j):
            items[name] = sql.call("sum", _product([one] * i + [two] * j))
    nothing = exp.EQ(this=one.copy(), expression=double(zero))
    items["z0"] = sql.counted(nothing.copy())
    for power in range(1, ORDER + 1) if not alone else ():
        items[ZEROS[power]] = _where(sql.call("sum", _product([two] * power)), nothing)
    size = sql.call("abs", one.copy())
    if alone:
        largest = sql.call("max_by", one.copy(), size, sql.number(LARGEST))
    else:
        # by size, then by value: the same rows whichever thread met them first
        row = sql.call("row", size, one.copy(), two.copy())
        largest = sql.call("max", row, sql.number(LARGEST))
    items["large"] = _where(largest, exp.NEQ(this=one.copy(), expression=double(zero)))
    return [sql.named(item, f"{name}_{number}") for name, item in items.items()]


def _product(factors: Sequence[exp.Expr]) -> exp.Expr:
    product = factors[0].copy()
    for factor in factors[1:]:
        product = exp.Mul(this=product, expression=factor.copy())
    return product


def _where(value: exp.Expr, condition: exp.Expr) -> exp.Expr:
    return exp.Filter(this=value, expression=exp.Where(this=condition.copy()))


def _shown(answer: pl.DataFrame, keys: Sequence[Cell], order: Sequence[str]) -> pl.DataFrame:
    for place, cell in enumerate(keys):
        answer = answer.with_columns(_text(pl.col(f"k{place}"), cell).alias(f"k{place}"))
    return answer.sort(order, nulls_last=True) if order else answer


def _text(value: pl.Expr, cell: Cell) -> pl.Expr:
    if cell.storage is Storage.BOOLEAN:
        return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false"))
    return value.cast(pl.String)


def _part(
    answer: pl.DataFrame, number: int, pair: tuple[str, str | None], made: tuple[dict[str, float], list[str]]
) -> pl.DataFrame:
    origins, order = made
    columns = [
        *(pl.col(name) for name in order),
        pl.lit(pair[0]).alias("first"),
        pl.lit(pair[1], pl.String).alias("second"),
        pl.col("rows").cast(pl.Int64),
        pl.col(f"n_{number}").cast(pl.Int64).alias("n"),
        pl.lit(origins[pair[0]]).alias("origin_first"),
        pl.lit(0.0 if pair[1] is None else origins[pair[1]]).alias("origin_second"),
    ]
    for name in (*NAMES.values(), *ZEROS):
        held = f"{name}_{number}"
        value = pl.col(held).fill_null(0.0) if held in answer.columns else pl.lit(0.0)
        columns.append(value.cast(pl.Float64).alias(name))
    return answer.select(*columns, *_largest(answer[f"large_{number}"], pair[1] is None))


def _largest(held: pl.Series, alone: bool) -> tuple[pl.Series, pl.Series]:
    """Return the first and the second of the largest rows, as lists."""
    rows = [list(part) if part is not None else [] for part in held.to_list()]
    if alone:
        firsts, seconds = (
            [sorted(part, key=lambda u: (-abs(u), u)) for part in rows],
            [[0.0] * len(part) for part in rows],
        )
    else:
        pairs = [sorted((tuple(row.values())[1:] for row in part), key=lambda p: (-abs(p[0]), p)) for part in rows]
        firsts, seconds = ([[pair[place] for pair in part] for part in pairs] for place in range(2))
    kind = pl.List(pl.Float64)
    return pl.Series("large_first", firsts, kind), pl.Series("large_second", seconds, kind)
