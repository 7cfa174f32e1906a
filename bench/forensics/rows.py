"""Plants in the rows of a table: repeated, ordered, cut, thinned."""

from __future__ import annotations

import numpy as np
import polars as pl

from forensics.ground import Ground, Planted, Planter, Values

LIMITS = (10_000, 65_535, 100_000)


def _take(ground: Ground, rows: Values) -> None:
    ground.frame = ground.frame[np.asarray(rows)]


def grain(ground: Ground) -> Planted:
    """An identifier of rows, by a plain name, a dull name, or a code without one."""
    return _numbered(ground, "grain")


def identifier(ground: Ground) -> Planted:
    """The same, as a column that carries no signal."""
    return _numbered(ground, "identifier")


def _numbered(ground: Ground, code: str) -> Planted:
    ground.frame = ground.frame.drop("visit_id", strict=False)
    name = ground.fresh(ground.pick("ref", "record_no", "visit_id"))
    numbers = ground.chance.permutation(ground.rows) + 10_000
    text = ground.strength == 0 or ground.chance.random() < 0.5
    ground.put(name, [f"R-{number}" for number in numbers] if text else numbers)
    return Planted(code, (name,))


def duplicate_rows(ground: Ground) -> Planted:
    """Rows repeated whole, anywhere."""
    share = ground.pick((0.0005, 0.001), (0.005, 0.02), (0.05, 0.1))
    rows = np.append(np.arange(ground.rows), ground.share(share, 1))
    _take(ground, np.sort(rows) if ground.chance.random() < 0.5 else rows)
    return Planted("duplicate_rows", (), {"share": share})


def duplicate_key(ground: Ground) -> Planted:
    """An identifier of rows that is used twice now and then."""
    name, share = ground.fresh("order_id"), ground.pick((0.0005, 0.001), (0.003, 0.01), (0.02, 0.04))
    keys = ground.chance.permutation(ground.rows) + 500_000
    keys[ground.share(share, 1)] = keys[: max(1, round(share * ground.rows))]
    ground.put(name, keys)
    return Planted("duplicate_key", (name,), {"share": share})


def fanout(ground: Ground) -> Planted | None:
    """Rows multiplied by a join with a table that holds some keys twice."""
    key = next((name for name in ("visit_id",) if name in ground.frame.columns), None)
    if key is None:
        key = ground.fresh("visit_id")
        ground.put(key, ground.chance.permutation(ground.rows) + 1)
    share = ground.pick((0.005, 0.01), (0.05, 0.15), (0.3, 0.6))
    rows = np.sort(np.append(np.arange(ground.rows), ground.share(share)))
    collected = tuple(ground.frame.columns)
    _take(ground, rows)
    name = ground.fresh("touch_channel")
    ground.put(name, ground.chance.choice(["mail", "search", "social", "direct", "partner", "app"], ground.rows))
    return Planted("fanout", (), {"share": share}, {"collected": collected})


def constant(ground: Ground) -> Planted:
    """A column with one value."""
    name = ground.fresh("src")
    ground.put(name, [ground.pick(0.0, "web", "v2")] * ground.rows)
    return Planted("constant", (name,))


def near_constant(ground: Ground) -> Planted:
    """A column with one value on nearly all rows; the weaker, the more other values."""
    name, share = ground.fresh("flag_x"), ground.pick((0.0035, 0.0045), (0.001, 0.002), (0.0003, 0.0006))
    cells = np.zeros(ground.rows, dtype=np.int64)
    cells[ground.share(share, 1)] = 1
    ground.put(name, cells)
    return Planted("near_constant", (name,), {"others": share})


def high_cardinality(ground: Ground) -> Planted:
    """Text with many values."""
    name, count = ground.fresh("term"), int(ground.pick((70, 120), (300, 900), (2500, 6000)))
    ground.put(name, [f"term {code}" for code in ground.groups(count, 2.0)])
    return Planted("high_cardinality", (name,), {"values": count})


def row_limit(ground: Ground) -> Planted:
    """A table cut at 10,000 rows, at the most an old sheet holds, or at 100,000."""
    count = LIMITS[ground.strength]
    few = [name for name in ground.frame.columns if ground.frame[name].dtype.is_numeric()][:5]
    ground.frame = ground.frame.select(few or ground.frame.columns[:3])
    _take(ground, ground.chance.integers(0, ground.rows, count))
    return Planted("row_limit", (), {"rows": count})


def sorted_rows(ground: Ground) -> Planted:
    """Rows sorted by a number, a text or two columns, up or down, or standing together; weak: 2 % of them moved."""
    name, kind = ground.number(), str(ground.chance.choice(["number", "down", "text", "two", "together"]))
    names: tuple[str, ...] = (name,)
    if ground.strength == 1:
        ground.put(name, ground.frame[name].rank().to_numpy() // 40)
    first = ground.frame[name].to_numpy()
    if kind in ("text", "two", "together"):
        names = (ground.fresh("shelf"),)
        first = ground.groups(int(ground.chance.integers(12, 60)))
        ground.put(names[0], [f"shelf {chr(65 + code // 10)}{code % 10}" for code in first])
    if kind == "together":
        first = ground.chance.permutation(60)[first]
    order = np.argsort(-first if kind == "down" else first, kind="stable")
    if kind == "two":
        order = np.lexsort((ground.frame[name].to_numpy(), first))
        names = (*names, name)
    if ground.strength == 0:
        moved = ground.share(0.02)
        order[moved] = order[ground.chance.permutation(moved)]
    _take(ground, order)
    return Planted("sorted", names, {"kind": kind})


def deduplicated(ground: Ground) -> Planted:
    """Rows from which repeats were removed: of coarse rows, of all but a running number, or of two columns.

    About 25, 100 or many repeats are lost.
    """
    kind, lost = (
        str(ground.chance.choice(["whole", "but for a number", "pair"])),
        ground.pick((20, 30), (80, 150), (500, 900)),
    )
    cells = ground.rows**2 / 2 / lost
    sides = np.maximum(2, np.round(cells ** (np.array([0.6, 0.4] if kind == "pair" else [0.5, 0.3, 0.2])))).astype(
        np.int64
    )
    parts = {f"part_{i}": ground.chance.integers(0, int(side), ground.rows) for i, side in enumerate(sides)}
    frame = pl.DataFrame(parts)
    if kind == "but for a number":
        frame = frame.with_row_index("record_no", 1001)
    if kind == "pair":
        frame = frame.with_columns(pl.Series("paid", np.round(ground.chance.gamma(3, 9, ground.rows), 2)))
    ground.frame = frame.unique(subset=list(parts), keep="first", maintain_order=True)
    return Planted("deduplicated", (), {"kind": kind, "lost": frame.height - ground.frame.height})


def oversampled(ground: Ground) -> Planted | None:
    """Rows of the rare class repeated: anywhere, at the end, with new numbers, until as many, or mixed of two."""
    if ground.label is None:
        return None
    kind = str(ground.chance.choice(["copies", "appended", "renumbered", "balanced", "mixed"]))
    positive = ground.outcome() == 1
    rare, common = np.flatnonzero(positive), np.flatnonzero(~positive)
    rare, common = (common, rare) if rare.size > common.size else (rare, common)
    extra = round(rare.size * ground.pick((0.3, 0.5), (1.0, 2.0), (3.0, 5.0)))
    if kind == "balanced":
        extra = max(common.size - rare.size, 1)
    chosen = ground.chance.choice(rare, extra)
    more = ground.frame[chosen]
    if kind == "mixed":
        other, weight = ground.frame[ground.chance.choice(rare, extra)], ground.chance.random(extra)
        floats = [name for name, kind_ in ground.frame.schema.items() if kind_.is_numeric()]
        mixed = [pl.Series(n, more[n] * weight + other[n] * (1 - weight)).cast(pl.Float64) for n in floats]
        ground.frame = ground.frame.with_columns(pl.col(floats).cast(pl.Float64))
        more = more.with_columns(mixed)
    ground.frame = pl.concat([ground.frame, more])
    if kind in ("renumbered", "mixed") and "visit_id" in ground.frame.columns:
        ground.put("visit_id", np.arange(ground.rows) + 1)
    if kind not in ("appended", "mixed"):
        _take(ground, ground.chance.permutation(ground.rows))
    return Planted("oversampled", (), {"kind": kind, "extra": extra})


def filtered(ground: Ground) -> Planted:
    """Rows below, above or outside bounds of one column left out; bounds at a quantile or a round number near it."""
    name, share = ground.fresh("m"), ground.pick((0.15, 0.25), (0.35, 0.5), (0.6, 0.7))
    draws = (ground.chance.normal(8, 1.5, ground.rows), ground.chance.gamma(4, 2, ground.rows))
    drawn = draws[ground.chance.integers(2)] * 10 ** ground.chance.uniform(0.7, 2.5)
    ground.put(name, np.round(drawn, int(ground.chance.integers(0, 4))))
    kind = str(ground.chance.choice(["low", "high", "between", "round"]))
    cells = ground.frame[name].to_numpy()
    low, high = np.quantile(cells, [share, 1 - share])
    if kind == "between":
        low, high = np.quantile(cells, [share * 0.3, 1 - share * 0.3])
    if kind == "round":
        unit = 10 ** (np.floor(np.log10(low)) - 1)
        low = np.ceil(low / unit) * unit
    kept = (cells >= low) | (kind == "high")
    kept &= (cells <= high) | (kind in ("low", "round"))
    _take(ground, np.flatnonzero(kept))
    return Planted("filtered", (name,), {"kind": kind, "share": float(1 - kept.mean())})


def drift(ground: Ground) -> Planted:
    """A column whose mean moves over the rows (and the time, where there is one) by .3, .7 or 1.5 deviations."""
    name, move = ground.number(), ground.pick((0.25, 0.35), (0.6, 0.8), (1.2, 2.0))
    times = [name for name, kind in ground.frame.schema.items() if kind.is_temporal()]
    if times:
        ground.frame = ground.frame.sort(times[0])
    cells = ground.frame[name].to_numpy()
    place = np.linspace(0, 1, ground.rows) if ground.chance.random() < 0.5 else np.arange(ground.rows) > ground.rows / 2
    ground.put(name, np.round(cells + place * move * cells.std(), 2))
    return Planted("drift", (name,), {"deviations": move})


ROWS: tuple[Planter, ...] = (
    grain,
    identifier,
    duplicate_rows,
    duplicate_key,
    fanout,
    constant,
    near_constant,
    high_cardinality,
    row_limit,
    sorted_rows,
    deduplicated,
    oversampled,
    filtered,
    drift,
)
