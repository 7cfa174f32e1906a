"""The request for sums of powers: all that inference on means needs, in one pass over the rows."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from sqlglot import exp

from clientela.tables import sql
from clientela.tables.asked import Asked, first_rows
from clientela.tables.cells import Cell
from clientela.tables.largest import Pair, Search, far_rows, largest, search
from clientela.tables.relation import Relation

ORDER = 3

NAMES = {(i, total - i): f"s{i}{total - i}" for total in range(1, ORDER + 1) for i in range(total, -1, -1)}
"""Name of the column of each sum: s21 is the sum of first² x second."""

ZEROS = ("z0", "z1", "z2", "z3")


def powers(
    relation: Relation, by: Sequence[str], pairs: Sequence[tuple[str, str | None]], day: str | None
) -> pl.DataFrame:
    """Answer `Table.powers`."""
    names = list(dict.fromkeys(name for pair in pairs for name in pair if name is not None))
    cells = {cell.name: cell for cell in relation.numeric(names)}
    parts = tuple(relation.cell(name) for name in by)
    first = first_rows(relation, list(cells.values()), parts)
    held = tuple((cells[one], None if two is None else cells[two]) for one, two in pairs)
    asked = Asked(relation, parts, None if day is None else relation.cell(day), held, first.origins)
    what = search(asked, first)
    # what cannot be added up is looked for only where it shows: looking costs as much as adding
    answer, guarded = _summed(asked, what), False
    if not _whole(answer, asked):
        answer, guarded = _summed(asked, None), True
    shown = asked.shown(answer)
    made = [
        _part(shown, number, asked, largest(asked, number, shown, (first, what, guarded)))
        for number in range(len(pairs))
    ]
    titles = [f"by{place}" for place in range(len(parts))] + (["day"] if day is not None else [])
    out = pl.concat(made) if made else pl.DataFrame()
    return out.rename(dict(zip(asked.order, titles, strict=True)))


def _summed(asked: Asked, what: Search | None) -> pl.DataFrame:
    """Return the sums by group, with rows that lie far out as searched for; guarded where nothing is searched for.

    Where they are not guarded, sums hold only for columns without a gap.
    """
    guarded = what is None
    values, items = [], [sql.named(sql.call("count", exp.Star()), "rows")]
    for number, (first, second) in enumerate(asked.pairs):
        values += asked.values(number, guarded)
        items += _sums(number, first, asked, second is None)
    far = None if what is None else far_rows(asked, what)
    items += [] if far is None else [sql.named(far, "far")]
    rows = sql.select([*asked.groups, *items], asked.rows(values))
    engine = asked.relation.engine
    return (engine.frame if guarded else engine.trusting)(rows.group_by(*asked.groups) if asked.order else rows)


def _whole(answer: pl.DataFrame, asked: Asked) -> bool:
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


def _sums(number: int, cell: Cell, asked: Asked, alone: bool) -> list[exp.Expr]:
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


def _product(factors: Sequence[exp.Expr]) -> exp.Expr:
    product = factors[0].copy()
    for factor in factors[1:]:
        product = exp.Mul(this=product, expression=factor.copy())
    return product


def _part(answer: pl.DataFrame, number: int, asked: Asked, kept: list[list[Pair]]) -> pl.DataFrame:
    first, second = asked.pairs[number]
    columns = [
        *(pl.col(name) for name in asked.order),
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
        pl.Series(name, [[pair[place] for pair in rows] for rows in kept], kind)
        for place, name in enumerate(("large_first", "large_second"))
    ]
    return answer.select(*columns, *ends)
