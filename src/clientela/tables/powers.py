"""The request for sums of powers: all that inference on means needs, in one pass after the ranges are known.

Each value is moved to an origin near its mean and scaled into -1 to 1; each product of powers is rounded to a whole
number of 2**-62 and added as such. So the sums do not depend on how the rows are parted, and cancel nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from sqlglot import exp

from clientela.domain.column import Storage
from clientela.domain.errors import InputError, quoted
from clientela.tables import sql
from clientela.tables.cells import Cell
from clientela.tables.moments import double
from clientela.tables.relation import Relation

ORDER = 4
SCALE = 62
ORIGIN_BITS = 20
"""An origin is rounded to this many bits of the range, so that it does not depend on how the mean was added up."""

NAMES = {(i, total - i): f"s{i}{total - i}" for total in range(1, ORDER + 1) for i in range(total, -1, -1)}
"""Name of the column of each sum: s21 is the sum of first² x second."""


@dataclass(frozen=True)
class _Frame:
    origin: float
    unit: float

    def moved(self, number: exp.Expr) -> exp.Expr:
        centred = exp.paren(exp.Sub(this=number, expression=double(self.origin)))
        return exp.paren(exp.Mul(this=centred, expression=double(1 / self.unit)))


def powers(
    relation: Relation, by: Sequence[str], pairs: Sequence[tuple[str, str | None]], day: str | None
) -> pl.DataFrame:
    """Answer `Table.powers`."""
    names = list(dict.fromkeys(name for pair in pairs for name in pair if name is not None))
    cells = {cell.name: cell for cell in relation.numeric(names)}
    frames = _frames(relation, list(cells.values()))
    keys = [relation.cell(name) for name in by]
    values = [sql.named(cell.value, f"k{place}") for place, cell in enumerate(keys)]
    if day is not None:
        values.append(sql.named(_day(relation.cell(day)), f"k{len(keys)}"))
    moved = [sql.named(frames[name].moved(cell.number), f"u{i}") for i, (name, cell) in enumerate(cells.items())]
    places = {name: i for i, name in enumerate(cells)}
    items = [sql.named(sql.call("count", exp.Star()), "rows")]
    for number, (first, second) in enumerate(pairs):
        items += _sums(number, places[first], None if second is None else places[second])
    groups = [sql.column(f"k{place}") for place in range(len(values))]
    rows = sql.select([*groups, *items], relation.rows([*values, *moved]))
    answer = relation.engine.frame(rows.group_by(*groups) if groups else rows)
    shown = _shown(relation, answer, keys, day is not None)
    order = [f"k{place}" for place in range(len(values))]
    parts = [_part(shown, number, pair, frames, order) for number, pair in enumerate(pairs)]
    titles = [f"by{place}" for place in range(len(keys))] + (["day"] if day is not None else [])
    out = pl.concat(parts) if parts else pl.DataFrame()
    return out.rename(dict(zip(order, titles, strict=True)))


def _day(cell: Cell) -> exp.Expr:
    if cell.storage not in (Storage.DATE, Storage.TIMESTAMP):
        raise InputError(f"The column {quoted(cell.name)} holds {cell.storage.value}, not dates: days cannot be told.")
    return sql.cast(sql.cast(sql.cast(cell.raw, "TIMESTAMP"), "DATE"), "VARCHAR")


def _frames(relation: Relation, cells: Sequence[Cell]) -> dict[str, _Frame]:
    calls = ("min", "max", "avg")
    items = [sql.named(sql.call(call, cell.number), f"{call}{i}") for i, cell in enumerate(cells) for call in calls]
    row = relation.engine.frame(relation.rows(items)).row(0) if items else ()
    return {cell.name: _frame(*row[3 * i : 3 * i + 3]) for i, cell in enumerate(cells)}


def _frame(low: float | None, high: float | None, mean: float | None) -> _Frame:
    if low is None or high is None or mean is None or not math.isfinite(high - low):
        return _Frame(0.0, 1.0)
    span = max(high - low, abs(mean) * 1e-12)
    unit = math.ldexp(1.0, math.frexp(span)[1]) if span else 1.0
    step = math.ldexp(unit, -ORIGIN_BITS)
    return _Frame(round(mean / step) * step, unit)


def _sums(number: int, first: int, second: int | None) -> list[exp.Expr]:
    one = sql.column(f"u{first}")
    two = None if second is None else sql.column(f"u{second}")
    there = one.copy() if two is None else exp.Mul(this=one.copy(), expression=two.copy())
    items = [sql.named(sql.call("count", there), f"n_{number}")]
    for (i, j), name in NAMES.items():
        if j and two is None:
            continue
        # a row counts where both are numbers, so that n is the same for every sum
        factors = [one.copy() for _ in range(i)] + ([two.copy() for _ in range(j)] if two is not None else [])
        product: exp.Expr = factors[0]
        for factor in factors[1:]:
            product = exp.Mul(this=product, expression=factor)
        if two is not None and not (i and j):
            other = two if i else one
            product = sql.where(sql.present(other.copy()), product)
        whole = sql.cast(exp.Mul(this=exp.paren(product), expression=double(math.ldexp(1.0, SCALE))), "BIGINT")
        items.append(sql.named(sql.cast(sql.call("sum", whole), "DOUBLE"), f"{name}_{number}"))
    return items


def _shown(relation: Relation, answer: pl.DataFrame, keys: Sequence[Cell], dated: bool) -> pl.DataFrame:
    del relation
    for place, cell in enumerate(keys):
        answer = answer.with_columns(_text(pl.col(f"k{place}"), cell).alias(f"k{place}"))
    order = [f"k{place}" for place in range(len(keys) + dated)]
    return answer.sort(order, nulls_last=True) if order else answer


def _text(value: pl.Expr, cell: Cell) -> pl.Expr:
    if cell.storage is Storage.BOOLEAN:
        return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false"))
    return value.cast(pl.String)


def _part(
    answer: pl.DataFrame, number: int, pair: tuple[str, str | None], frames: dict[str, _Frame], order: list[str]
) -> pl.DataFrame:
    first = frames[pair[0]]
    second = frames[pair[1]] if pair[1] is not None else _Frame(0.0, 1.0)
    columns = [
        *(pl.col(name) for name in order),
        pl.lit(pair[0]).alias("first"),
        pl.lit(pair[1], pl.String).alias("second"),
        pl.col("rows").cast(pl.Int64),
        pl.col(f"n_{number}").cast(pl.Int64).alias("n"),
        pl.lit(first.origin).alias("origin_first"),
        pl.lit(second.origin).alias("origin_second"),
    ]
    for (i, j), name in NAMES.items():
        unit = first.unit**i * second.unit**j * math.ldexp(1.0, -SCALE)
        held = f"{name}_{number}"
        value = pl.col(held).fill_null(0.0) * unit if held in answer.columns else pl.lit(0.0)
        columns.append(value.cast(pl.Float64).alias(name))
    return answer.select(columns)
