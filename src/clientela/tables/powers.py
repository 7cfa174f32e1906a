"""The request for sums of powers: all that inference on means needs, in one pass over the rows.

Each value is taken from an origin near the mean, so that nothing cancels however far from zero the values lie. The
origin is the mean of the first rows: near enough, and no pass of its own; 0 where that is as near.
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

ORDER = 3
LARGEST = 20
"""Rows of each group that are handed out as they are: those farthest from the origin."""

FIRST_ROWS = 10_000
"""Rows whose mean is the origin."""

SPARE, FEW, SEEN = 200, 0.2, 10
"""Rows of a small group that are to lie beyond the limit at which its largest are looked for; a limit that more
than this part of a group would pass is none; and first rows, at least, that must lie beyond it."""

NEAR = 2.0
"""Deviations of the first rows within which 0 is as good an origin as their mean."""

ORIGIN_BITS = 24
"""An origin is rounded to so many bits, so that it does not depend on how the mean was added up."""

NAMES = {(i, total - i): f"s{i}{total - i}" for total in range(1, ORDER + 1) for i in range(total, -1, -1)}
"""Name of the column of each sum: s21 is the sum of first² x second."""

ZEROS = ("z0", "z1", "z2", "z3")

Pair = tuple[float, float]
Limit = tuple[int, float]
"""On which side of the origin, 1 above, -1 below and 0 both, and how far from it at least."""


@dataclass(frozen=True)
class _Asked:
    """What is summed: rows, keys that part them, pairs of columns, and where each column is taken from."""

    relation: Relation
    keys: tuple[exp.Expr, ...]
    pairs: tuple[tuple[Cell, Cell | None], ...]
    origins: dict[str, float]

    @property
    def groups(self) -> list[exp.Expr]:
        """The keys by the names they have in a query of rows."""
        return [sql.column(f"k{place}") for place in range(len(self.keys))]

    def rows(self, values: Sequence[exp.Expr], *conditions: exp.Expr) -> exp.Select:
        """Return a query of keys and values."""
        held = [sql.named(key.copy(), f"k{place}") for place, key in enumerate(self.keys)]
        return self.relation.rows([*held, *values], *conditions)

    def moved(self, cell: Cell, guarded: bool) -> exp.Expr:
        """Return a column from its origin; null where it is no finite number, if that is guarded against."""
        number = cell.number if guarded else sql.cast(cell.raw, "DOUBLE")
        origin = self.origins[cell.name]
        return exp.paren(exp.Sub(this=number, expression=double(origin)) if origin else number)

    def zero(self, first: exp.Expr, cell: Cell) -> exp.Expr:
        """Return whether a first column, taken from its origin, is an outcome of exactly 0."""
        return exp.EQ(this=first.copy(), expression=double(-self.origins[cell.name]))


def powers(
    relation: Relation, by: Sequence[str], pairs: Sequence[tuple[str, str | None]], day: str | None
) -> pl.DataFrame:
    """Answer `Table.powers`."""
    names = list(dict.fromkeys(name for pair in pairs for name in pair if name is not None))
    cells = {cell.name: cell for cell in relation.numeric(names)}
    firsts, origins = first_rows(relation, list(cells.values()))
    parts = [relation.cell(name) for name in by]
    keys = [cell.value for cell in parts] + ([] if day is None else [_day(relation.cell(day))])
    held = tuple((cells[first], None if second is None else cells[second]) for first, second in pairs)
    asked = _Asked(relation, tuple(keys), held, origins)
    # what cannot be added up is looked for only where it shows: looking costs as much as adding
    answer, guarded = _summed(asked, guarded=False), False
    if not _whole(answer, asked):
        answer, guarded = _summed(asked, guarded=True), True
    order = [f"k{place}" for place in range(len(keys))]
    shown = _shown(answer, parts, order)
    made = [
        _part(shown, number, asked, _largest(asked, number, (shown, firsts, guarded), parts))
        for number in range(len(pairs))
    ]
    titles = [f"by{place}" for place in range(len(parts))] + (["day"] if day is not None else [])
    out = pl.concat(made) if made else pl.DataFrame()
    return out.rename(dict(zip(order, titles, strict=True)))


def _summed(asked: _Asked, guarded: bool) -> pl.DataFrame:
    """Return the sums by group; where not `guarded` they hold only for columns without a gap."""
    values, items = [], [sql.named(sql.call("count", exp.Star()), "rows")]
    for number, (first, second) in enumerate(asked.pairs):
        one = asked.moved(first, guarded)
        two = None if second is None else asked.moved(second, guarded)
        values += _pair(number, one, two) if guarded else _plain(number, one, two)
        items += _sums(number, first, asked, second is None)
    rows = sql.select([*asked.groups, *items], asked.rows(values))
    engine = asked.relation.engine
    return (engine.frame if guarded else engine.trusting)(rows.group_by(*asked.groups) if asked.keys else rows)


def _whole(answer: pl.DataFrame, asked: _Asked) -> bool:
    """Tell whether sums that were not guarded are right: finite, and no pair has one of two."""
    for number, (_, second) in enumerate(asked.pairs):
        sums = [name for name in (f"{part}_{number}" for part in NAMES.values()) if name in answer.columns]
        if not all(answer[name].is_finite().all() for name in sums):
            return False
        if second is not None and not (answer[f"n_{number}"] == answer["rows"]).all():
            return False
        if second is not None and not (answer[f"m_{number}"] == answer["rows"]).all():
            return False
    return True


def _day(cell: Cell) -> exp.Expr:
    if cell.storage not in (Storage.DATE, Storage.TIMESTAMP):
        raise InputError(f"The column {quoted(cell.name)} holds {cell.storage.value}, not dates: days cannot be told.")
    return sql.cast(sql.cast(cell.raw, "TIMESTAMP"), "DATE")


def first_rows(relation: Relation, cells: Sequence[Cell]) -> tuple[pl.DataFrame, dict[str, float]]:
    """Return the first rows, and the mean of each column over them; over all rows where the first ones are empty."""
    if not cells:
        return pl.DataFrame(), {}
    items = [sql.named(cell.number, f"v{place}") for place, cell in enumerate(cells)]
    firsts = relation.engine.frame(relation.rows(items).limit(FIRST_ROWS))
    firsts.columns = [cell.name for cell in cells]
    found: dict[str, float | None] = firsts.mean().row(0, named=True)
    late = [cell for cell in cells if found[cell.name] is None]
    for name, spread in firsts.std().row(0, named=True).items():
        mean = found[name]
        if mean is not None and spread is not None and abs(mean) <= NEAR * spread:
            found[name] = 0.0
    if late:
        means = [sql.call("avg", cell.number) for cell in late]
        row = relation.engine.frame(relation.rows(_numbered(means))).row(0)
        found |= {cell.name: mean for cell, mean in zip(late, row, strict=True)}
    return firsts, {name: _rounded(mean) for name, mean in found.items()}


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


def _plain(number: int, first: exp.Expr, second: exp.Expr | None) -> list[exp.Expr]:
    """Return a pair of columns as they are."""
    columns = [sql.named(first, f"u{number}")]
    return columns if second is None else [*columns, sql.named(second, f"w{number}")]


def _sums(number: int, cell: Cell, asked: _Asked, alone: bool) -> list[exp.Expr]:
    """Return the sums of a pair of columns, and how many of the second there are."""
    one, two = sql.column(f"u{number}"), sql.column(f"w{number}")
    items: dict[str, exp.Expr] = {"n": sql.call("count", one.copy())}
    for (i, j), name in NAMES.items():
        if not (alone and j):
            items[name] = sql.call("sum", _product([one] * i + [two] * j))
    nothing = asked.zero(one, cell)
    items["z0"] = sql.counted(nothing)
    if not alone:
        items["m"] = sql.call("count", two.copy())
        # a product costs less than a choice
        none = sql.cast(nothing.copy(), "DOUBLE")
        for power in range(1, ORDER + 1):
            items[ZEROS[power]] = sql.call("sum", _product([none] + [two] * power))
    return [sql.named(item, f"{name}_{number}") for name, item in items.items()]


def _largest(
    asked: _Asked, number: int, made: tuple[pl.DataFrame, pl.DataFrame, bool], parts: Sequence[Cell]
) -> list[list[Pair]]:
    """Return by group the rows farthest from the origin, zeros left out, the farthest first.

    They are looked for beyond limits that the first rows suggest, and among all where too few lie beyond them.
    """
    shown, firsts, guarded = made
    order = [f"k{place}" for place in range(len(asked.keys))]
    there = (shown[f"n_{number}"] - shown[f"z0_{number}"].cast(pl.Int64)).to_list()
    wanted = [min(LARGEST, rows or 0) for rows in there]
    for limits in _limits(firsts, asked.pairs[number][0].name, asked, _usual(there)):
        held: dict[tuple[object, ...], list[Pair]] = {}
        for limit in limits:
            answer = _shown(_beyond(asked, number, limit, guarded), parts, order)
            for row in answer.select(*order, "large").iter_rows():
                held.setdefault(row[:-1], []).extend(_read(row[-1] or []))
        found = [held.get(key, []) for key in shown.select(order).iter_rows()] if order else [held.get((), [])]
        if all(len(rows) >= enough for rows, enough in zip(found, wanted, strict=True)):
            break
    return [sorted(rows, key=lambda pair: (-abs(pair[0]), pair))[:LARGEST] for rows in found]


def _read(rows: Sequence[float | dict[str, float]]) -> list[Pair]:
    """Return both values of each row; of a column alone one was asked for."""
    pairs = [tuple(row.values())[-2:] if isinstance(row, dict) else (row, 0.0) for row in rows]
    return [(one, two) for one, two in pairs]


def _usual(there: Sequence[int]) -> int:
    """Return the rows of a small group: nine in ten of those with any have as many."""
    held = sorted(rows for rows in there if rows)
    return held[len(held) // 10] if held else 0


def _limits(firsts: pl.DataFrame, name: str, asked: _Asked, rows: float) -> list[list[Limit]]:
    """Return where the largest values of a group of so many rows lie, going by the first rows; the last answer is all.

    Where the first rows have nothing far on one side, each side is asked for alone: engines know the ends of columns,
    and pass over all rows on that side.
    """
    seen = firsts[name].drop_nulls()
    away = seen.filter(seen != 0) - asked.origins[name]
    if rows * FEW < SPARE or away.len() <= SEEN:
        return [[(0, 0.0)]]
    far = away.abs().sort(descending=True)
    least = float(far[max(SEEN, math.ceil(far.len() * SPARE / rows)) - 1])
    both = (away <= -least).any() and (away >= least).any()
    return [[(0, least)] if both else [(1, least), (-1, least)], [(0, 0.0)]]


def _beyond(asked: _Asked, number: int, limit: Limit, guarded: bool) -> pl.DataFrame:
    """Return by group the rows farthest from the origin, of those beyond a limit."""
    first, second = asked.pairs[number]
    one = asked.moved(first, guarded)
    two = None if second is None else asked.moved(second, guarded)
    values = _pair(number, one, two) if guarded else _plain(number, one, two)
    side, least = limit
    rows = asked.rows(values, *([_far(asked, first, one, limit)] if least else []))
    u, w = sql.column(f"u{number}"), sql.column(f"w{number}")
    # by size, then by value: the same rows whichever thread met them first
    row = sql.call("row", sql.call("abs", u.copy()), u.copy(), double(0.0) if second is None else w.copy())
    row = u.copy() if side and second is None else row
    function = "min" if side < 0 and second is None else "max"
    largest, other = sql.call(function, row, sql.number(LARGEST)), exp.Not(this=asked.zero(u, first))
    if least:
        # a second condition of rows would be asked of all of them, this one of the few that are far
        largest = exp.Filter(this=largest, expression=exp.Where(this=other.copy()))
    kept = sql.select([*asked.groups, sql.named(largest, "large")], rows)
    kept = kept if least else kept.where(other)
    return asked.relation.engine.frame(kept.group_by(*asked.groups) if asked.keys else kept)


def _far(asked: _Asked, cell: Cell, moved: exp.Expr, limit: Limit) -> exp.Expr:
    """Return whether a row lies beyond a limit; on one side of the column as it is held, whose ends engines know."""
    side, least = limit
    if not side:
        return exp.GTE(this=sql.call("abs", moved.copy()), expression=double(least))
    compared = exp.GTE if side > 0 else exp.LTE
    end = asked.origins[cell.name] + side * least
    return compared(this=sql.cast(exp.paren(cell.raw), "DOUBLE"), expression=double(end))


def _product(factors: Sequence[exp.Expr]) -> exp.Expr:
    product = factors[0].copy()
    for factor in factors[1:]:
        product = exp.Mul(this=product, expression=factor.copy())
    return product


def _shown(answer: pl.DataFrame, keys: Sequence[Cell], order: Sequence[str]) -> pl.DataFrame:
    """Return an answer with keys as text, in their order; a last one that is no column is the day."""
    text = [_text(pl.col(f"k{place}"), cell).alias(f"k{place}") for place, cell in enumerate(keys)]
    answer = answer.with_columns(*text, *(pl.col(day).cast(pl.String) for day in order[len(keys) :]))
    return answer.sort(order, nulls_last=True) if order else answer


def _text(value: pl.Expr, cell: Cell) -> pl.Expr:
    if cell.storage is Storage.BOOLEAN:
        return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false"))
    return value.cast(pl.String)


def _part(answer: pl.DataFrame, number: int, asked: _Asked, largest: list[list[Pair]]) -> pl.DataFrame:
    first, second = asked.pairs[number]
    columns = [
        *(pl.col(f"k{place}") for place in range(len(asked.keys))),
        pl.lit(first.name).alias("first"),
        pl.lit(None if second is None else second.name, pl.String).alias("second"),
        pl.col("rows").cast(pl.Int64),
        pl.col(f"n_{number}").cast(pl.Int64).alias("n"),
        pl.lit(asked.origins[first.name]).alias("origin_first"),
        pl.lit(0.0 if second is None else asked.origins[second.name]).alias("origin_second"),
    ]
    for name in (*NAMES.values(), *ZEROS):
        held = f"{name}_{number}"
        value = pl.col(held).fill_null(0.0) if held in answer.columns else pl.lit(0.0)
        columns.append(value.cast(pl.Float64).alias(name))
    kind = pl.List(pl.Float64)
    ends = [
        pl.Series(name, [[pair[place] for pair in rows] for rows in largest], kind)
        for place, name in enumerate(("large_first", "large_second"))
    ]
    return answer.select(*columns, *ends)
