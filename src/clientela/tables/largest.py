"""The rows of each group that lie farthest from an origin, as they are: they decide how sure a skewed mean is.

They are looked for in the very scan that adds up the sums, beyond limits that the first rows suggest. Where that does
not tell, each column is scanned alone, beyond limits that the sizes of the groups suggest, and at last without any.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from sqlglot import exp

from clientela.tables import sql
from clientela.tables.asked import FIRST_ROWS, Asked, First
from clientela.tables.moments import double

LARGEST = 20
"""Rows of each group that are handed out as they are: those farthest from the origin."""

SPARE, FEW, SEEN = 200, 0.2, 4
"""Rows of a small group, zeros left out, that are to lie beyond the limit at which its largest are looked for; a limit
that more than this part of a group would pass is none; and first rows, at least, that must lie beyond it."""

RARE, SLACK = 0.02, 1_000
"""Most of all rows that may be expected beyond the limits of all columns if they are looked for while sums are added
up; and rows that a group is allowed beyond twice what is expected, before they are looked for in another way."""

Kept = tuple[float, ...]
"""A row that lies far out: its first value, and what stands beside it, from their origins."""

Limit = tuple[int, float]
"""On which side of the origin, 1 above, -1 below and 0 both, and how far from it at least."""


@dataclass(frozen=True)
class Search:
    """What is looked for while sums are added up.

    Attributes:
        limits: By pair how far from the origin a row must lie; None where that cannot be told.
        most: Rows of a group that are kept at most: so many say that the limits were wrong.
    """

    limits: tuple[float | None, ...]
    most: int


def search(asked: Asked, first: First) -> Search:
    """Return what to look for, going by the first rows; nothing in a small table, or where too much would be found."""
    none = Search((None,) * len(asked.pairs), 0)
    if first.values.height < FIRST_ROWS:
        return none
    rows = first.rows
    times = _usual(first.groups) / first.values.height * rows / _days(asked) / first.values.height
    names = dict.fromkeys(one.name for one, _ in asked.pairs)
    limits = {name: _least(first, name, asked, _away(first, name, asked).len() * times) for name in names}
    shares = {name: _share(first, name, asked, least) for name, least in limits.items()}
    rare = {name: limits[name] if shares[name] <= RARE else None for name in limits}
    found = sum(shares[name] for name in limits if rare[name] is not None)
    if not 0 < found <= RARE:
        return none
    return Search(tuple(rare[one.name] for one, _ in asked.pairs), int(2 * found * rows) + SLACK)


def far_rows(asked: Asked, what: Search) -> exp.Expr | None:
    """Return the aggregate of rows that lie beyond any limit, with all pairs; None where there is no limit."""
    # the squares are added up too, so comparing them costs less than sizes; a square keeps the order of sizes
    beyond = [
        exp.GTE(
            this=exp.Mul(this=sql.column(asked.name(number)), expression=sql.column(asked.name(number))),
            expression=double(least * least),
        )
        for number, least in enumerate(what.limits)
        if least is not None
    ]
    if not beyond:
        return None
    names = dict.fromkeys(
        name
        for number in range(len(asked.pairs))
        if what.limits[number] is not None
        for name in (asked.name(number), *asked.others(number))
    )
    packed = exp.Struct(
        expressions=[exp.PropertyEQ(this=exp.to_identifier(name), expression=sql.column(name)) for name in names]
    )
    kept = sql.call("max", packed, sql.number(what.most))
    return exp.Filter(this=kept, expression=exp.Where(this=exp.or_(*beyond, copy=False)))


def largest(asked: Asked, number: int, shown: pl.DataFrame, made: tuple[First, Search, bool]) -> list[list[Kept]]:
    """Return by group the rows farthest from the origin, zeros left out, the farthest first.

    Args:
        asked: What is asked.
        number: Which pair.
        shown: The sums by group, with the rows that `far_rows` found, if it was asked.
        made: The first rows, what was looked for, and whether cells are to be guarded against.
    """
    first, what, guarded = made
    nonzero = (shown[f"n_{number}"] - shown[f"z0_{number}"].cast(pl.Int64)).to_list()
    wanted = [min(LARGEST, rows or 0) for rows in nonzero]
    if "far" in shown.columns and (least := what.limits[number]) is not None:
        found = _seen(asked, number, shown, (least, what.most))
        if all(len(rows) >= enough for rows, enough in zip(found, wanted, strict=True)):
            return found
    if _all_ones(asked, number, shown, nonzero):
        return [[(1.0,)] * enough for enough in wanted]
    for limits in _limits(first, asked.pairs[number][0].name, asked, _usual(nonzero)):
        held: dict[tuple[object, ...], list[Kept]] = {}
        for limit in limits:
            answer = asked.shown(_beyond(asked, number, limit, guarded))
            for row in answer.select(*asked.order, "large").iter_rows():
                held.setdefault(row[:-1], []).extend(_read(row[-1] or []))
        keys = shown.select(asked.order).iter_rows() if asked.order else [()]
        found = [held.get(key, []) for key in keys]
        if all(len(rows) >= enough for rows, enough in zip(found, wanted, strict=True)):
            break
    return [sorted(rows, key=lambda pair: (-abs(pair[0]), pair))[:LARGEST] for rows in found]


def _seen(asked: Asked, number: int, shown: pl.DataFrame, limit: tuple[float, int]) -> list[list[Kept]]:
    """Return by group the largest of the rows that were found with the sums; none of a group that has too many."""
    least, most = limit
    u, others = asked.name(number), list(asked.others(number))
    rows = shown.select("far").with_row_index("group").filter(pl.col("far").list.len() < most)
    rows = rows.explode("far").drop_nulls("far").unnest("far")
    kept = rows.filter((pl.col(u).abs() >= least) & (pl.col(u) != -asked.origins[asked.pairs[number][0].name]))
    kept = kept.select("group", u, *others)
    kept = kept.sort(pl.col(u).abs(), u, *others, descending=[True] + [False] * (1 + len(others)))
    found: list[list[Kept]] = [[] for _ in range(shown.height)]
    for group, *values in kept.group_by("group", maintain_order=True).head(LARGEST).iter_rows():
        found[group].append(tuple(values))
    return found


def _all_ones(asked: Asked, number: int, shown: pl.DataFrame, nonzero: Sequence[int]) -> bool:
    """Tell whether a column alone is a yes or no: its sum and its sum of squares are how often it is not 0."""
    if asked.others(number) or asked.origins[asked.pairs[number][0].name]:
        return False
    sums = (shown[f"{name}_{number}"].fill_null(0.0).to_list() for name in ("s10", "s20"))
    return all(one == square == rows for one, square, rows in zip(*sums, nonzero, strict=True))


def _read(rows: Sequence[float | dict[str, float]]) -> list[Kept]:
    """Return the values of each row, without its size; of one side of a column alone no size was asked for."""
    return [tuple(row.values())[1:] if isinstance(row, dict) else (row,) for row in rows]


def _usual(sizes: Sequence[int]) -> int:
    """Return the rows of a small group: nine in ten of those with any have as many."""
    held = sorted(rows for rows in sizes if rows)
    return held[len(held) // 10] if held else 0


def _days(asked: Asked) -> int:
    """Return how many days part the rows; 1 where none do."""
    if asked.day is None:
        return 1
    day = sql.cast(asked.day.raw, "TIMESTAMP")
    ends = [sql.named(sql.call(end, day.copy()), end) for end in ("min", "max")]
    first, last = asked.relation.engine.frame(asked.relation.rows(ends)).row(0)
    return 1 if first is None else (last - first).days + 1


def _away(first: First, name: str, asked: Asked) -> pl.Series:
    seen = first.values[name].drop_nulls()
    return seen.filter(seen != 0) - asked.origins[name]


def _least(first: First, name: str, asked: Asked, rows: float) -> float | None:
    """Return how far the largest of a group with so many rows other than 0 lie, going by the first rows."""
    away = _away(first, name, asked)
    if rows * FEW < SPARE or away.len() <= SEEN:
        return None
    return float(away.abs().top_k(max(SEEN, math.ceil(away.len() * SPARE / rows))).to_numpy().min())


def _share(first: First, name: str, asked: Asked, least: float | None) -> float:
    """Return the share of the first rows that lie beyond a limit."""
    if least is None:
        return 0.0
    return float((_away(first, name, asked).abs() >= least).sum()) / first.values.height


def _limits(first: First, name: str, asked: Asked, rows: float) -> list[list[Limit]]:
    """Return where the largest values of a group of so many rows lie, going by the first rows; the last answer is all.

    Where the first rows have nothing far on one side, each side is asked for alone: engines know the ends of columns,
    and pass over all rows on that side.
    """
    least = _least(first, name, asked, rows)
    if least is None:
        return [[(0, 0.0)]]
    away = _away(first, name, asked)
    both = (away <= -least).any() and (away >= least).any()
    return [[(0, least)] if both else [(1, least), (-1, least)], [(0, 0.0)]]


def _beyond(asked: Asked, number: int, limit: Limit, guarded: bool) -> pl.DataFrame:
    """Return by group the rows farthest from the origin, of those beyond a limit."""
    first, others = asked.pairs[number][0], [sql.column(name) for name in asked.others(number)]
    side, least = limit
    far = [_far(asked, number, limit, guarded)] if least else []
    rows = asked.rows(asked.values(number, guarded), *far)
    u = sql.column(f"u{number}")
    # by size, then by value: the same rows whichever thread met them first
    row = sql.call("row", sql.call("abs", u.copy()), u.copy(), *others)
    row = u.copy() if side and not others else row
    function = "min" if side < 0 and not others else "max"
    kept, other = sql.call(function, row, sql.number(LARGEST)), exp.Not(this=asked.zero(u, first))
    if least:
        # a second condition of rows would be asked of all of them, this one of the few that are far
        kept = exp.Filter(this=kept, expression=exp.Where(this=other.copy()))
    query = sql.select([*asked.groups, sql.named(kept, "large")], rows)
    query = query if least else query.where(other)
    return asked.relation.engine.frame(query.group_by(*asked.groups) if asked.order else query)


def _far(asked: Asked, number: int, limit: Limit, guarded: bool) -> exp.Expr:
    """Return whether a row lies beyond a limit; on one side of the column as it is held, whose ends engines know."""
    cell, _ = asked.pairs[number]
    side, least = limit
    if not side:
        return exp.GTE(this=sql.call("abs", asked.moved(cell, guarded)), expression=double(least))
    compared = exp.GTE if side > 0 else exp.LTE
    end = asked.origins[cell.name] + side * least
    return compared(this=sql.cast(exp.paren(cell.raw), "DOUBLE"), expression=double(end))
