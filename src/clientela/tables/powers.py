"""The request for sums of powers: all that inference on means needs, in one pass over the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations_with_replacement

import polars as pl
from sqlglot import exp

from clientela.tables import sql
from clientela.tables.asked import Asked, first_rows
from clientela.tables.cells import Cell
from clientela.tables.largest import Kept, Search, far_rows, largest, search
from clientela.tables.relation import Relation

ORDER = 3

NAMES = {(i, total - i): f"s{i}{total - i}" for total in range(1, ORDER + 1) for i in range(total, -1, -1)}
"""Name of the column of each sum: s21 is the sum of first² x second."""

ZEROS = ("z0", "z1", "z2", "z3")

NOTHING = "nothing"
"""Whether the first column of the first pair is 0: a key of its own where others stand beside it."""


def powers(
    relation: Relation,
    by: Sequence[str],
    pairs: Sequence[tuple[str, str | None]],
    day: str | None,
    beside: Sequence[str] = (),
) -> pl.DataFrame:
    """Answer `Table.powers`."""
    names = list(dict.fromkeys([name for pair in pairs for name in pair if name is not None] + list(beside)))
    cells = {cell.name: cell for cell in relation.numeric(names)}
    parts = tuple(relation.cell(name) for name in by)
    rows = int(relation.engine.frame(relation.rows([sql.call("count", exp.Star())])).item())
    first = first_rows(relation, list(cells.values()), parts, rows)
    held = tuple((cells[one], None if two is None else cells[two]) for one, two in pairs)
    others = tuple(cells[name] for name in beside)
    asked = Asked(relation, parts, None if day is None else relation.cell(day), held, first.origins, others)
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
    for number, (first, _) in enumerate(asked.pairs):
        name = asked.name(number, guarded)
        values += asked.values(number, guarded) if name == f"u{number}" else []
        mixed = number == 0 and bool(asked.beside)
        items += _mixed(asked) if mixed else _sums(number, first, asked, name)
    far = None if what is None else far_rows(asked, what)
    items += [] if far is None else [sql.named(far, "far")]
    # zeros that are a group of their own need no sums of their own; a small number is the key that engines find soonest
    nothing = [sql.cast(asked.zero(sql.column("u0"), asked.pairs[0][0]), "UTINYINT")] if asked.beside else []
    keys = [*asked.groups, *nothing]
    items = [*asked.groups, *(sql.named(key.copy(), NOTHING) for key in nothing), *items]
    engine = asked.relation.engine
    query = sql.select(items, asked.rows(values))
    answer = (engine.frame if guarded else engine.trusting)(query.group_by(*keys) if keys else query)
    return _without_zeros_apart(answer, asked) if asked.beside else answer


def _whole(answer: pl.DataFrame, asked: Asked) -> bool:
    """Tell whether sums that were not guarded are right: finite, and no pair has one of two."""
    for number in range(len(asked.pairs)):
        sums = [name for name in (f"{part}_{number}" for part in NAMES.values()) if name in answer.columns]
        if not all(answer[name].is_finite().all() for name in sums):
            return False
        if asked.others(number) and not (answer[f"n_{number}"] == answer["rows"]).all():
            return False
        if asked.others(number) and not (answer[f"m_{number}"] == answer["rows"]).all():
            return False
    if not asked.beside:
        return True
    return all(math.isfinite(value) for sums in answer["mixed"].to_list() for value in sums)


def _sums(number: int, cell: Cell, asked: Asked, name: str) -> list[exp.Expr]:
    """Return the sums of a pair of columns, the first under its name, and how many of the second there are."""
    one, two = sql.column(name), sql.column(f"w{number}")
    alone = asked.pairs[number][1] is None
    items: dict[str, exp.Expr] = {"n": sql.call("count", one.copy())}
    for (i, j), title in NAMES.items():
        if not (alone and j):
            items[title] = sql.call("sum", _product([one] * i + [two] * j))
    nothing = asked.zero(one, cell)
    items["z0"] = sql.counted(nothing)
    if not alone:
        items["m"] = sql.call("count", two.copy())
        # a product costs less than a choice
        none = sql.cast(nothing.copy(), "DOUBLE")
        for power in range(1, ORDER + 1):
            items[ZEROS[power]] = sql.call("sum", _product([none] + [two] * power))
    return [sql.named(item, f"{title}_{number}") for title, item in items.items()]


def _mixed(asked: Asked) -> list[exp.Expr]:
    """Return the sums of the first column and of those beside it, and how many cells of these there are."""
    one, others = sql.column("u0"), list(asked.others(0))
    sums = {f"s{power}0_0": [one] * power for power in range(1, ORDER + 1)}
    for place, product in enumerate(_beside(["u0", *others])):
        sums[f"b{place}"] = [sql.column(name) for name in product]
    counts = [sql.call("count", sql.column(name)) for name in others]
    return [
        sql.named(sql.call("count", one.copy()), "n_0"),
        *(sql.named(sql.call("sum", _product(product)), title) for title, product in sums.items()),
        sql.named(sql.call("least", *counts), "m_0"),
    ]


def _beside(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the products up to the third power of some columns, powers of the first alone left out."""
    every = [kept for power in range(1, ORDER + 1) for kept in combinations_with_replacement(names, power)]
    return [kept for kept in every if kept[-1] != names[0]]


def _without_zeros_apart(answer: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """Return sums by group where the rows whose first is 0 had sums of their own: these, and those of all rows."""
    products = _beside(["u0", *asked.others(0)])
    sums = [f"b{place}" for place in range(len(products))]
    pure = [name for name, product in zip(sums, products, strict=True) if "u0" not in product]
    answer = answer.with_columns(pl.col(sums).fill_null(0.0))
    none = pl.col(NOTHING).fill_null(0) == 1
    added = [name for name in answer.columns if name not in (*asked.order, *sums, NOTHING, "far")]
    parts = [
        *(pl.col(name).sum() for name in added),
        pl.col("rows").filter(none).sum().alias("z0_0"),
        *(pl.col(name).sum() for name in sums),
        *(pl.col(name).filter(none).sum().alias(f"{name}_zero") for name in pure),
        *([pl.col("far").explode().drop_nulls()] if "far" in answer.columns else []),
    ]
    whole = answer.group_by(asked.order or pl.lit(0).alias("all")).agg(parts)
    zeros = [f"{name}_zero" for name in pure]
    return whole.select(
        *(pl.col(name) for name in whole.columns if name not in (*sums, *zeros, "all")),
        pl.concat_list(sums).alias("mixed"),
        pl.concat_list(zeros).alias("mixed_zeros"),
    )


def _product(factors: Sequence[exp.Expr]) -> exp.Expr:
    product = factors[0].copy()
    for factor in factors[1:]:
        product = exp.Mul(this=product, expression=factor.copy())
    return product


def _part(answer: pl.DataFrame, number: int, asked: Asked, kept: list[list[Kept]]) -> pl.DataFrame:
    first, second = asked.pairs[number]
    mixed = number == 0 and bool(asked.beside)
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
    ends: list[pl.Series | pl.Expr] = [
        pl.Series("large_first", [[row[0] for row in rows] for rows in kept], kind),
        pl.Series("large_second", [[0.0 if second is None else row[1] for row in rows] for rows in kept], kind),
    ]
    if asked.beside:
        origins = [asked.origins[cell.name] for cell in asked.beside]
        nothing = pl.lit(None, kind)
        ends += [
            pl.Series("origins_beside", [origins if mixed else None] * len(kept), kind),
            (pl.col("mixed") if mixed else nothing).alias("mixed"),
            (pl.col("mixed_zeros") if mixed else nothing).alias("mixed_zeros"),
            pl.Series(
                "large_beside",
                [[list(row[1:]) for row in rows] if mixed else None for rows in kept],
                pl.List(kind),
            ),
        ]
    return answer.select(*columns, *ends)
