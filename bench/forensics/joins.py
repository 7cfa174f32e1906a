"""Joins with every twist: what was joined is known, so key, columns, coverage and fan-out can be held against it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from forensics.ground import Ground, Planted, Values

PLACES = ("north", "south", "east", "west", "centre", "coast", "hills", "isles", "lakes", "plain", "delta", "ridge")


def _key(ground: Ground, even: float = 3.0) -> tuple[str, Values, int]:
    """Add a text key with on average 4, 20 or 80 rows each."""
    count = max(20, round(ground.rows / ground.pick((3.5, 5), (15, 25), (60, 90))))
    codes = ground.groups(count, even)
    name = ground.fresh("branch_cd")
    ground.put(name, [f"B{code:05d}" for code in codes])
    return name, codes, count


def _block(ground: Ground, codes: Values, count: int, matched: float) -> tuple[tuple[str, ...], float]:
    """Add four columns of one key: two numbers, a count, a category; keys without match are missing."""
    chance, known = ground.chance, ground.chance.random(count) < matched
    columns = {
        "lvl": np.round(chance.normal(100, 15, count), 1),
        "qt": np.round(chance.gamma(2, 30, count), 2),
        "n_u": chance.poisson(6, count).astype(np.float64),
        "cls": np.array(PLACES)[chance.integers(0, 6, count)],
    }
    names = []
    for stem, values in columns.items():
        name = ground.fresh(f"{stem}{chance.integers(1, 99)}")
        held = pl.Series(values[codes])
        ground.frame = ground.frame.with_columns(
            pl.when(pl.Series(known[codes])).then(held).otherwise(None).alias(name)
        )
        names.append(name)
    return tuple(names), float(known[codes].mean())


def _planted(keys: tuple[str, ...], columns: tuple[str, ...], coverage: float) -> Planted:
    return Planted("joined_block", columns, {"keys": keys, "coverage": coverage, "fan_out": 1.0})


def one_key(ground: Ground) -> list[Planted]:
    """A block on one key, all keys matched."""
    name, codes, count = _key(ground)
    return [_planted((name,), *_block(ground, codes, count, 1.0))]


def two_blocks(ground: Ground) -> list[Planted]:
    """Two blocks on one key, with different gaps."""
    name, codes, count = _key(ground)
    return [_planted((name,), *_block(ground, codes, count, matched)) for matched in (0.85, 0.55)]


def pair(ground: Ground) -> list[Planted]:
    """A block on the day and a place."""
    times = [name for name, kind in ground.frame.schema.items() if kind.is_temporal()]
    days = int(ground.pick(120, 60, 20))
    if times:
        time = times[0]
        day = ground.frame[time].cast(pl.Datetime("us")).dt.epoch("d").to_numpy()
        day = day - day.min()
    else:
        time, day = ground.fresh("visit_time"), ground.chance.integers(0, days, ground.rows)
        seconds = 1_740_787_200 + day * 86_400 + ground.chance.integers(0, 86_000, ground.rows)
        ground.put(time, pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")))
    place = ground.fresh("region_nm")
    codes = ground.groups(ground.pick(12, 6, 3), 3.0)
    ground.put(place, [PLACES[code] for code in codes])
    both = np.unique(day.astype(np.int64) * 12 + codes, return_inverse=True)[1]
    return [_planted((time, place), *_block(ground, both, int(both.max()) + 1, 1.0))]


def other_storage(ground: Ground) -> list[Planted]:
    """The key as text with leading zeros, and as a number in the block."""
    name, codes, count = _key(ground)
    ground.put(name, [f"{code:06d}" for code in codes])
    columns, coverage = _block(ground, codes, count, 0.9)
    copy = ground.fresh("branch_no")
    held = ground.frame[columns[0]].is_null().to_numpy()
    ground.frame = ground.frame.with_columns(
        pl.when(pl.Series(held)).then(None).otherwise(pl.Series(codes.astype(np.float64))).alias(copy)
    )
    return [_planted((name, copy), columns, coverage)]


def unmatched(ground: Ground) -> list[Planted]:
    """A third of the keys without a match."""
    name, codes, count = _key(ground)
    return [_planted((name,), *_block(ground, codes, count, 0.66))]


def heavy_tails(ground: Ground) -> list[Planted]:
    """Keys of very uneven size: the largest has a third of the rows."""
    count = max(20, round(ground.rows / ground.pick(10, 30, 80)))
    weights = 1 / np.arange(1, count + 1) ** 1.4
    codes = ground.chance.choice(count, ground.rows, p=weights / weights.sum())
    name = ground.fresh("branch_cd")
    ground.put(name, [f"B{code:05d}" for code in codes])
    return [_planted((name,), *_block(ground, codes, count, 0.9))]


def cell_noise(ground: Ground) -> list[Planted]:
    """Cells swapped one by one: 3 % (the weak strength has the most, empty ones too), 2 %, 1 % of filled ones."""
    name, codes, count = _key(ground)
    planted = _planted((name,), *_block(ground, codes, count, 0.9))
    for column in planted.columns:
        rows, cells = ground.share(ground.pick(0.03, 0.02, 0.01)), ground.frame[column].to_list()
        rows = np.array([row for row in rows if ground.strength == 0 or cells[row] is not None])
        mixed = ground.chance.permutation(rows)
        old = [cells[row] for row in mixed]
        for row, cell in zip(rows, old, strict=True):
            cells[row] = cell
        ground.put(column, cells)
    return [planted]


def key_gone(ground: Ground) -> list[Planted]:
    """The key is not in the extract: only the columns are."""
    name, codes, count = _key(ground)
    columns, coverage = _block(ground, codes, count, 0.9)
    ground.frame = ground.frame.drop(name)
    return [_planted((), columns, coverage)]


def fanned(ground: Ground) -> list[Planted]:
    """Some keys stand twice in the joined table, so that their rows are multiplied."""
    name, codes, count = _key(ground)
    collected, before = tuple(ground.frame.columns), ground.rows
    twice = ground.chance.random(count) < ground.pick(0.1, 0.25, 0.5)
    rows = np.sort(np.append(np.arange(before), np.flatnonzero(twice[codes])))
    second = np.append(False, rows[1:] == rows[:-1])
    ground.frame = ground.frame[rows]
    version = codes[rows] + count * second
    columns, coverage = _block(ground, version, 2 * count, 1.0)
    detail = {"keys": (name,), "coverage": coverage, "fan_out": rows.size / before}
    return [Planted("joined_block", columns, detail, {"collected": collected})]


JOINS: dict[str, Callable[[Ground], list[Planted]]] = {
    join.__name__: join
    for join in (
        one_key,
        two_blocks,
        pair,
        other_storage,
        unmatched,
        heavy_tails,
        cell_noise,
        key_gone,
        fanned,
    )
}
