"""Joins with every twist: what was joined is known, so key, columns, coverage and fan-out can be held against it.

Beside them stand tables of one source that look joined: they must give no block.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from forensics.ground import Ground, Planted, Values
from forensics.lookups import LOOKUPS
from forensics.tables import clean

PLACES = ("north", "south", "east", "west", "centre", "coast", "hills", "isles", "lakes", "plain", "delta", "ridge")
NAMES = ("outlet", "partner_cd", "line_ref", "plz", "agent", "depot_no", "club", "series")
COLUMNS = ("idx", "rate", "volume", "grade", "tier", "flag", "kind", "pts", "share", "dist", "cap", "load")


def _key(ground: Ground, count: int | None = None, even: float = 3.0) -> tuple[str, Values, int]:
    """Add a key of text or numbers, by default with on average 4, 20 or 80 rows each."""
    count = count or max(20, round(ground.rows / ground.pick((3.5, 5), (15, 25), (60, 90))))
    codes = ground.groups(count, even)
    name = ground.fresh(str(ground.chance.choice(NAMES)))
    ground.put(name, _shown(ground, codes, count))
    return name, codes, count


def _shown(ground: Ground, codes: Values, count: int) -> list[str] | Values:
    """Return keys as codes of letters and digits, as words, or as numbers of one length."""
    kind = int(ground.chance.integers(3))
    if kind == 0:
        return [f"B{code:05d}" for code in codes]
    if kind == 1:
        return [f"{PLACES[code % 12]} {chr(97 + code // 12 % 26)}{code // 312 or ''}" for code in codes]
    return codes + 10 ** len(str(9 * count))


def _values(ground: Ground, count: int, few: bool = False) -> dict[str, Values]:
    """Draw three to seven columns per key: amounts, counts, classes, flags; only classes and flags where few."""
    chance = ground.chance
    classes = np.array(PLACES)
    makers: list[Callable[[], Values]] = [
        lambda: np.round(chance.normal(100, 15, count), 1),
        lambda: np.round(chance.gamma(2, 30, count), 2),
        lambda: np.round(chance.pareto(1.3, count) * 100, 1),
        lambda: chance.poisson(6, count).astype(np.float64),
        lambda: classes[chance.integers(0, int(chance.integers(3, 9)), count)],
        lambda: chance.random(count) < chance.uniform(0.15, 0.85),
    ]
    chosen = list(chance.permutation(len(makers))[: int(chance.integers(3, 6))])
    if few:
        chosen = [4, 4, 5, 5][: int(chance.integers(2, 5))]
    elif not set(chosen) & {0, 1, 2}:
        chosen.append(int(chance.integers(3)))
    return {f"{chance.choice(COLUMNS)}_{place}{chance.integers(1, 99)}": makers[k]() for place, k in enumerate(chosen)}


def _joined(ground: Ground, codes: Values, known: Values, values: dict[str, Values]) -> tuple[str, ...]:
    """Add columns by key; keys without match are missing."""
    names = []
    for stem, column in values.items():
        name = ground.fresh(stem)
        held = pl.Series(column[codes])
        ground.frame = ground.frame.with_columns(pl.when(pl.Series(known[codes])).then(held).alias(name))
        names.append(name)
    return tuple(names)


def _block(
    ground: Ground, codes: Values, count: int, matched: float, few: bool = False
) -> tuple[tuple[str, ...], float]:
    known = ground.chance.random(count) < matched
    return _joined(ground, codes, known, _values(ground, count, few)), float(known[codes].mean())


def _planted(keys: tuple[str, ...], columns: tuple[str, ...], coverage: float, either: bool = False) -> Planted:
    detail = {"keys": keys, "coverage": coverage, "fan_out": 1.0, "either": either}
    return Planted("joined_block", columns, detail)


def one_key(ground: Ground) -> list[Planted]:
    """A block on one key, all keys matched."""
    name, codes, count = _key(ground)
    return [_planted((name,), *_block(ground, codes, count, 1.0))]


def two_blocks(ground: Ground) -> list[Planted]:
    """Two blocks on one key, with different gaps."""
    name, codes, count = _key(ground)
    shares = [(0.85, 0.55), (0.95, 0.9), (1.0, 0.8)][int(ground.chance.integers(3))]
    return [_planted((name,), *_block(ground, codes, count, matched)) for matched in shares]


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


def text_pair(ground: Ground) -> list[Planted]:
    """A block on two texts, some combinations unmatched."""
    names, codes, width = [], [], []
    for stem, low, high in (("market", 5, 30), ("format", 3, 12)):
        width.append(int(ground.chance.integers(low, high)))
        codes.append(ground.groups(width[-1], 3.0))
        names.append(ground.fresh(stem))
        ground.put(names[-1], [f"{stem[0]}{chr(65 + code)}" for code in codes[-1]])
    both = codes[0] * width[1] + codes[1]
    return [_planted(tuple(names), *_block(ground, both, width[0] * width[1], ground.pick(0.8, 0.9, 1.0)))]


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
    return [_planted((name, copy), columns, coverage, either=True)]


def unclean_key(ground: Ground) -> list[Planted]:
    """The key with blanks around it and in other case in some cells, and clean in the block."""
    name, codes, count = _key(ground)
    clean_key = [f"b-{code:05d}" for code in codes]
    columns, coverage = _block(ground, codes, count, 0.9)
    copy, odd = ground.fresh("key_joined"), set(ground.share(ground.pick(0.2, 0.1, 0.03)).tolist())
    ground.put(name, [f" {key.upper()}" if row in odd else key for row, key in enumerate(clean_key)])
    held = ground.frame[columns[0]].is_null()
    ground.put(copy, [None if gone else key for gone, key in zip(held, clean_key, strict=True)])
    return [_planted((name, copy), columns, coverage, either=True)]


def unmatched(ground: Ground) -> list[Planted]:
    """A third of the keys without a match, and some columns with gaps of their own."""
    name, codes, count = _key(ground)
    known = ground.chance.random(count) < 0.66
    values = _values(ground, count)
    columns = _joined(ground, codes, known, values)
    if ground.chance.random() < 0.5:
        own = ground.chance.random(count) < 0.1
        ground.frame = ground.frame.with_columns(
            pl.when(~pl.Series(own[codes])).then(pl.col(columns[-1])).alias(columns[-1])
        )
    return [_planted((name,), columns, float(known[codes].mean()))]


def heavy_tails(ground: Ground) -> list[Planted]:
    """Keys of very uneven size: the largest has a third of the rows."""
    count = max(20, round(ground.rows / ground.pick(10, 30, 80)))
    weights = 1 / np.arange(1, count + 1) ** ground.chance.uniform(1.1, 1.6)
    codes = ground.chance.choice(count, ground.rows, p=weights / weights.sum())
    name = ground.fresh("branch_cd")
    ground.put(name, [f"B{code:05d}" for code in codes])
    return [_planted((name,), *_block(ground, codes, count, 0.9))]


def few_keys(ground: Ground) -> list[Planted]:
    """Eight to twenty keys, some of them unmatched."""
    name, codes, count = _key(ground, int(ground.chance.integers(8, 21)), even=2.0)
    return [_planted((name,), *_block(ground, codes, count, ground.pick(0.8, 0.9, 1.0)))]


def many_keys(ground: Ground) -> list[Planted]:
    """A table too long for the sample, with keys of two to five rows each."""
    rows = int(ground.pick(90_000, 60_000, 40_000))
    ground.frame = clean(ground.chance, rows)
    name, codes, count = _key(ground, round(rows / ground.chance.uniform(2.5, 4.5)), even=50.0)
    return [_planted((name,), *_block(ground, codes, count, 0.8))]


def few_values(ground: Ground) -> list[Planted]:
    """Flags and classes only, each cell changed at random in up to 3 % of rows."""
    name, codes, count = _key(ground, round(ground.rows / ground.chance.uniform(8, 60)))
    columns, coverage = _block(ground, codes, count, 0.9, few=True)
    _noise(ground, columns, ground.pick(0.03, 0.015, 0.0), other=True)
    return [_planted((name,), columns, coverage)]


def _noise(ground: Ground, columns: tuple[str, ...], share: float, other: bool = False, empty: bool = False) -> None:
    """Give a share of cells those of other rows; only another value (`other`), or a missing one too (`empty`)."""
    for column in columns:
        cells = ground.frame[column].to_list()
        rows = ground.share(share, 1) if share else np.array([], dtype=np.int64)
        rows = np.array([row for row in rows if empty or cells[row] is not None], dtype=np.int64)
        old = [cells[row] for row in ground.chance.permutation(rows)]
        values = sorted({cell for cell in cells if cell is not None}) if other else []
        for row, cell in zip(rows, old, strict=True):
            choices = [value for value in values if value != cells[row]] if other else [cell]
            cells[row] = choices[int(ground.chance.integers(len(choices)))]
        ground.put(column, cells)


def cell_noise(ground: Ground) -> list[Planted]:
    """Cells swapped one by one: 3 % (the weak strength has the most, empty ones too), 2 %, 1 % of filled ones."""
    name, codes, count = _key(ground)
    planted = _planted((name,), *_block(ground, codes, count, ground.pick(0.75, 0.9, 0.9)))
    _noise(ground, planted.columns, ground.pick(0.03, 0.02, 0.01), empty=ground.strength == 0)
    return [planted]


def key_gone(ground: Ground) -> list[Planted]:
    """The key is not in the extract: only the columns are."""
    name, codes, count = _key(ground)
    columns, coverage = _block(ground, codes, count, 0.9)
    ground.frame = ground.frame.drop(name)
    return [_planted((), columns, coverage)]


def gone_with_noise(ground: Ground) -> list[Planted]:
    """The key is not in the extract, and cells were swapped."""
    name, codes, count = _key(ground, round(ground.rows / ground.chance.uniform(15, 80)))
    columns, coverage = _block(ground, codes, count, 0.9)
    ground.frame = ground.frame.drop(name)
    _noise(ground, columns, ground.pick(0.03, 0.02, 0.01))
    return [_planted((), columns, coverage)]


def _multiplied(ground: Ground, most: int, few: bool = False) -> Planted:
    """Let some keys stand up to `most` times in the joined table."""
    count = round(ground.rows / ground.chance.uniform(4, 60))
    name, codes, count = _key(ground, count)
    collected, before = tuple(ground.frame.columns), ground.rows
    share = ground.pick(0.1, 0.25, 0.5)
    times = np.where(ground.chance.random(count) < share, ground.chance.integers(2, most + 1, count), 1)
    rows = np.repeat(np.arange(before), times[codes])
    turn = np.arange(rows.size) - np.searchsorted(rows, rows)
    ground.frame = ground.frame[rows]
    version = codes[rows] + count * turn
    columns, coverage = _block(ground, version, most * count, 1.0, few)
    said = {"collected": collected} if ground.chance.random() < 0.5 else {}
    detail = {"keys": (name,), "coverage": coverage, "fan_out": rows.size / before, "either": False}
    return Planted("joined_block", columns, detail, said)


def fanned(ground: Ground) -> list[Planted]:
    """Some keys stand twice in the joined table, so that their rows are multiplied."""
    return [_multiplied(ground, 2)]


def fanned_often(ground: Ground) -> list[Planted]:
    """Some keys stand two to five times in the joined table, and cells were swapped."""
    planted = _multiplied(ground, 5)
    _noise(ground, planted.columns, ground.pick(0.03, 0.02, 0.01))
    return [planted]


def single_source(ground: Ground) -> list[Planted]:
    """Nothing joined: forms of one number or text, parts of the date, a habit of the visitor, rows of one order."""
    chance, rows = ground.chance, ground.rows
    amount = chance.integers(1000, 9000, rows) // 50 * 50
    group = ground.groups(int(chance.integers(20, 60)), 2.0)
    visitor = ground.groups(rows // 3, 4.0)
    own, device = chance.integers(0, 3, rows), chance.integers(0, 3, rows // 3)[visitor]
    keeps = chance.random(rows) < 0.85
    columns = {
        "salary": amount,
        "salary_band": [f"band {value // 2000}" for value in amount],
        "salary_log": np.round(np.log(amount), 3),
        "is_high": amount > 5000,
        "article": [f"article {code}" for code in group],
        "article_group": [f"group {code // 5}" for code in group],
        "department": [f"dept {code // 15}" for code in group],
        "visitor_id": [f"v{code:06d}" for code in visitor],
        "screen": [("small", "wide", "tall")[code] for code in np.where(keeps, device, own)],
    }
    names = []
    for stem, values in columns.items():
        names.append(ground.fresh(stem))
        ground.put(names[-1], values)
    times = [name for name, kind in ground.frame.schema.items() if kind.is_temporal()]
    if times:
        time = pl.col(times[0])
        parts = {"month_no": time.dt.month(), "dow": time.dt.weekday(), "is_we": time.dt.weekday() > 5}
        names += [ground.fresh(stem) for stem in parts]
        ground.frame = ground.frame.with_columns(
            part.alias(name) for name, part in zip(names[-3:], parts.values(), strict=True)
        )
    return [Planted("single_source", tuple(names), {"rows": rows})]


def order_lines(ground: Ground) -> list[Planted]:
    """Nothing joined: each row is a line of an order, whose header stands on all its lines."""
    lines = ground.chance.integers(1, 6, ground.rows)
    order = np.repeat(np.arange(ground.rows), lines)[: ground.rows]
    ground.frame = ground.frame[order]
    names = tuple(ground.fresh(stem) for stem in ("bon", "article", "pieces", "amount"))
    ground.put(names[0], order + 500_000)
    ground.put(names[1], [f"A{code:04d}" for code in ground.groups(300, 1.0)])
    ground.put(names[2], 1 + ground.chance.poisson(1, ground.rows))
    ground.put(names[3], np.round(ground.chance.gamma(2, 9, ground.rows), 2))
    return [Planted("single_source", names, {"rows": ground.rows})]


JOINS: dict[str, Callable[[Ground], list[Planted]]] = {
    join.__name__: join
    for join in (
        one_key,
        two_blocks,
        pair,
        text_pair,
        other_storage,
        unclean_key,
        unmatched,
        heavy_tails,
        few_keys,
        many_keys,
        few_values,
        cell_noise,
        key_gone,
        gone_with_noise,
        fanned,
        fanned_often,
        single_source,
        order_lines,
        *LOOKUPS,
    )
}
