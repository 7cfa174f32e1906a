"""Whether distributions move with time or with the order of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.lexicon import CALENDAR, MONEY, UNITS, mentions
from clientela.audit.measuring import MOST_CLASSES
from clientela.audit.wording import figure, percent, plural
from clientela.domain.column import Role, Storage
from clientela.domain.finding import Finding, Severity
from clientela.statistics.multiplicity import holm

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

ERROR = 0.01
"""Chance, over all columns and places together, that any column at rest is said to move."""

SMALL = 0.04
"""Population stability index from which a shift counts: that of two bell curves a small effect apart (.2 deviations,
Cohen 1988)."""

MODERATE = 0.1
"""Population stability index from which a shift is worth attention (Siddiqi 2006)."""

SLICES = 20
GAP = 0.1
"""Change of the share of missing cells that is told before any other."""

LEAST_ROWS = 200
COCHRAN = 5
"""Rows of every level a side must be expected to have for chi-squared to be trusted (Cochran 1954)."""

RARE = 0.5 / SLICES
"""Share of rows below which levels are taken together: half of what a side may have."""

EFFECT = 0.2
"""Move of a quartile in robust standard deviations that counts: a small effect (Cohen 1988)."""

POINTS = 0.05
QUARTILES = MappingProxyType({"median": 50.0, "lower quartile": 25.0, "upper quartile": 75.0})
TIME = "time"
FOLLOWS = 0.5
HOURLY = 0.1
DAY, HOUR = 86_400.0, 3_600.0

CLOCK = 0.99
"""Correlation with the order from which a column is a clock itself: a running number, a date in other words."""


def drift(context: Context) -> Checked:
    """Find columns whose distribution moves with time, or with row order where there is no time.

    Rows are cut in two at 19 places (every twentieth part), which shows a step best; the first and the last quarter
    are held against each other too, which shows a slow move best. Null model: values do not depend on the side
    (chi-squared on at most 41 values or bins, rare ones together; Bonferroni over these comparisons, Holm over
    columns, error 1 %). Beyond that the population stability index between the sides, less what chance alone gives
    it, must be at least .04; from .1 on it is a notice. A number must also have moved by a small effect: its median
    or an outer quartile by .2 robust deviations, or one value's share or that of gaps by 5 points, from side to
    side or from the first quarter to the last (`_sides`). Of numbers half of the error goes to their rank
    correlation with the order (normal), which tells a move of the whole column best. Rows sorted by an identifier
    are looked through in their order too where the time does not follow it. Clocks (columns that follow the order
    with a correlation of .99), calendar columns, what the day of the time determines, identifiers, keys, texts with
    less than five rows per value and dates take no part, nor does what goes with the hour in less than a week.
    """
    findings: list[Finding] = []
    columns = 0
    for order, by in _orders(context):
        names = _tested(context, order, timed=by == TIME)
        told = {name for finding in findings for name in finding.columns}
        if order.size >= LEAST_ROWS and names:
            columns += len(names)
            finding = _moved(context, order, by, [name for name in names if name not in told])
            findings += [finding] if finding is not None else []
    return conclude("drift", findings, columns, f"shifts of distributions over {_orders(context)[0][1]}")


def _moved(context: Context, order: NDArray[np.intp], by: str, names: Sequence[str]) -> Finding | None:
    facts, roles = context.facts, context.roles
    places = np.array([round(order.size * i / SLICES) for i in range(1, SLICES)])
    splits = [_split(facts.arrays.bins[name][order], places) for name in names]
    chances = [split[2] for split in splits]
    for place, name in enumerate(names):
        if name in facts.arrays.ranked:
            chances[place] = min(1.0, 2 * min(chances[place], _trend(facts.arrays.bins[name][order])))
    p_values = holm(np.array(chances))
    moved = {
        name: split for name, split, p in zip(names, splits, p_values, strict=True) if p < ERROR and split[1] >= SMALL
    }
    sides = {name: _apart_or_slowly(context, name, order, split[0]) for name, split in moved.items()}
    ranked = [name for name in sorted(moved, key=lambda n: (n != roles.label, -moved[n][1])) if sides[name]]
    if not ranked:
        return None
    evidence: dict[str, Any] = {
        name: {"index": moved[name][1], "since": _since(context, order[moved[name][0]], moved[name][0], order.size, by)}
        | sides[name]
        for name in ranked
    }
    monthly = _monthly(context) if by == TIME else []
    title = f"{_told(ranked[0], evidence[ranked[0]])} over {by}"
    title += f"; {plural(len(ranked) - 1, 'more column')} moved too." if len(ranked) > 1 else "."
    advice = "Test on the latest rows, not on random ones: what held before need not hold now."
    evidence |= {"label_by_month": monthly} if monthly else {}
    large = max(moved[name][1] for name in ranked) >= MODERATE
    severity = Severity.NOTICE if large else Severity.INFO
    return Finding("drift", severity, tuple(ranked), title, evidence, advice)


def _orders(context: Context) -> list[tuple[NDArray[np.intp], str]]:
    """Return the sampled rows in time order, else in row order, with its name; both where an identifier sorts rows."""
    facts, time = context.facts, context.time
    rows = np.arange(facts.sampled)
    if time is None:
        return [(rows, "the rows, in their order")]
    seconds = facts.arrays.numbers[time]
    known = np.flatnonzero(~np.isnan(seconds))
    found = [(known[np.argsort(seconds[known], kind="stable")], TIME)]
    by = next((c.name for c in context.of(Role.IDENTIFIER) if _sorts(context, c.name)), None)
    if by is not None and known.size > 2 and np.ptp(seconds[known]) > 0:
        follows = abs(float(np.corrcoef(seconds[known], known)[0, 1]))
        found += [(rows, f"the rows, sorted by {by}")] if follows < FOLLOWS else []
    return found


def _sorts(context: Context, name: str) -> bool:
    """Whether rows are sorted by an identifier that has few rows of each value."""
    codes = context.facts.arrays.identity[name]
    return context.facts.columns[name].unique_share >= FOLLOWS and bool((np.diff(codes) >= 0).all())


def _tested(context: Context, order: NDArray[np.intp], *, timed: bool) -> list[str]:
    facts, roles = context.facts, context.roles
    dated = {c.name for c in facts.columns.values() if c.storage.temporal}
    left = {*roles.identifiers, *roles.named(Role.IGNORED), *dated}
    left |= set(context.row_key.columns) if context.row_key is not None else set()
    left |= {n for block in context.blocks if set(block.key_columns) & dated for n in block.columns}
    left |= {c.name for c in facts.text if c.distinct * COCHRAN > c.filled}
    hours = _hours(context) if timed else None
    names = []
    for name in facts.arrays.bins:
        if name in left or mentions(name, CALENDAR) or facts.columns[name].distinct < 2:
            continue
        if name in facts.arrays.grouped or name in facts.arrays.numbers:
            codes = facts.arrays.identity[name][order].astype(np.float64)
            clock = name in facts.arrays.ranked and codes.size > 2 and np.ptp(codes) > 0
            cycle = hours is not None and _goes_with(facts.arrays.bins[name], hours)
            if not cycle and (not clock or abs(np.corrcoef(codes, np.arange(codes.size))[0, 1]) < CLOCK):
                names.append(name)
    return names


def _hours(context: Context) -> Codes | None:
    """Return the hour of the day per row, -1 unknown, where times of day span less than a week."""
    time = context.time
    if time is None or context.facts.columns[time].storage is not Storage.TIMESTAMP:
        return None
    seconds = context.facts.arrays.numbers[time]
    if np.isnan(seconds).all() or np.nanmax(seconds) - np.nanmin(seconds) >= 7 * DAY:
        return None
    return np.where(np.isnan(seconds), -1, np.nan_to_num(seconds) % DAY // HOUR).astype(np.int64)


def _goes_with(codes: Codes, hours: Codes) -> bool:
    """Whether a column differs between the hours of the day: Cramér's V of at least .1 without chance."""
    known = (codes > 0) & (hours >= 0)
    if known.sum() < LEAST_ROWS:
        return False
    one = np.unique(codes[known], return_inverse=True)[1]
    other = np.unique(hours[known], return_inverse=True)[1]
    shape = int(one.max()) + 1, int(other.max()) + 1
    table = np.bincount(one * shape[1] + other, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    phi = float(((table - expected) ** 2 / expected).sum() - (shape[0] - 1) * (shape[1] - 1)) / float(table.sum())
    return bool(min(shape) > 1 and phi >= HOURLY**2 * (min(shape) - 1))


def _split(codes: Codes, places: NDArray[np.int64]) -> tuple[int, float, float]:
    """Return the place where the sides differ most, the largest stability index without chance, and its p-value."""
    levels = _pooled(codes)
    k = int(levels.max()) + 1
    rarest = np.bincount(levels).min() / levels.size
    places = places[np.minimum(places, levels.size - places) * rarest >= COCHRAN]
    if k < 2 or places.size == 0:
        return 0, 0.0, float("nan")
    slices = np.searchsorted(places, np.arange(levels.size), side="right")
    counts = np.bincount(slices * k + levels, minlength=(places.size + 1) * k).reshape(-1, k)
    before = np.cumsum(counts, axis=0)[:-1].astype(np.float64)
    total = counts.sum(axis=0).astype(np.float64)
    chi = np.array([_apart(first, total - first) for first in before])
    best = int(np.argmax(chi))
    sides = [(before[best], total - before[best])]
    quarter = levels.size // 4
    if quarter * rarest >= COCHRAN:
        first, last = (np.bincount(end, minlength=k) for end in (levels[:quarter], levels[-quarter:]))
        sides.append((first.astype(np.float64), last.astype(np.float64)))
    compared = places.size + len(sides) - 1
    indices = [stability(*side) for side in sides]
    chosen = int(np.argmax(indices))
    freedom = int(((sides[chosen][0] + sides[chosen][1]) > 0).sum()) - 1
    p_value = min(1.0, compared * float(special.chdtrc(freedom, _apart(*sides[chosen]))))
    return int(places[best]), indices[chosen], p_value


def _trend(codes: Codes) -> float:
    """Return the p-value of the rank correlation of bins with their order, cells without a value aside; 1 for none."""
    codes = codes[codes > 0]
    if codes.size < LEAST_ROWS or np.ptp(codes) == 0:
        return 1.0
    r = np.corrcoef(pl.Series(codes).rank().to_numpy(), np.arange(codes.size))[0, 1]
    return float(2 * special.ndtr(-abs(r) * np.sqrt(codes.size - 1)))


def _apart(one: Floats, other: Floats) -> float:
    """Return chi-squared of two rows of counts."""
    total = one + other
    held = total > 0
    share = one.sum() / total.sum()
    expected = share * total[held]
    return float(((one[held] - expected) ** 2 / (expected * (1 - share))).sum())


def _pooled(codes: Codes) -> Codes:
    """Return levels from 0 with the rare ones taken together, with the least of the others where they stay rare."""
    levels = np.unique(codes, return_inverse=True)[1]
    counts = np.bincount(levels)
    if counts.size <= 2:
        return np.asarray(levels, dtype=np.int64)
    rare = counts < RARE * levels.size
    if 0 < counts[rare].sum() < RARE * levels.size and not rare.all():
        rare[np.argmin(np.where(rare, levels.size, counts))] = True
    pooled = np.where(rare[levels], counts.size, levels)
    return np.asarray(np.unique(pooled, return_inverse=True)[1], dtype=np.int64)


def stability(before: Floats, after: Floats) -> float:
    """Return the population stability index of two rows of counts, less what chance alone gives it.

    Half a row is added to every level; for equal distributions the index is (k - 1) (1/n + 1/m) on
    average (Yurdakul and Naranjo 2020).

    >>> round(stability(np.array([500.0, 500.0]), np.array([250.0, 750.0])), 2)
    0.27
    """
    k = before.size
    one, other = (before + 0.5) / (before.sum() + k / 2), (after + 0.5) / (after.sum() + k / 2)
    chance = (k - 1) * (1 / before.sum() + 1 / after.sum())
    return max(0.0, float(((one - other) * np.log(one / other)).sum()) - float(chance))


def _since(context: Context, row: int, place: int, rows: int, by: str) -> str:
    """Return about when the move was: a day, or how far into the rows."""
    time = context.time
    if time is None or by != TIME:
        return f"row {round(place * context.facts.scale):,}, {percent(round(place / rows, 2))} into the table"
    return str(np.datetime64(round(float(context.facts.arrays.numbers[time][row])), "s").astype("datetime64[D]"))


def _apart_or_slowly(context: Context, name: str, order: NDArray[np.intp], place: int) -> dict[str, Any]:
    """Return what changed most from one side to the other, else from the first quarter to the last; or nothing."""
    quarter = order.size // 4
    told = _sides(context, name, order[:place], order[place:])
    slow = {} if told else _sides(context, name, order[:quarter], order[-quarter:])
    return told or (slow | {"slow": True} if slow else {})


def _sides(context: Context, name: str, first: NDArray[np.intp], second: NDArray[np.intp]) -> dict[str, Any]:
    """Return what changed most: gaps, median or an outer quartile of a number, else a value's share; or nothing."""
    facts = context.facts
    gaps = [float(facts.arrays.missing(name)[side].mean()) for side in (first, second)]
    if abs(gaps[1] - gaps[0]) >= GAP:
        return {"what": "share of missing", "before": gaps[0], "after": gaps[1]}
    numeric = name in facts.arrays.ranked and facts.columns[name].distinct > 2
    if numeric and not _coded(context, name):
        numbers = facts.arrays.numbers[name]
        told = _quantile([numbers[side][~np.isnan(numbers[side])] for side in (first, second)])
        if told:
            return told
    codes = facts.arrays.identity[name]
    shares = [np.bincount(codes[side], minlength=int(codes.max()) + 1) / side.size for side in (first, second)]
    most = int(np.argmax(np.abs(shares[1] - shares[0]) * (1 + 1e-9 * np.arange(shares[0].size))))
    if numeric and abs(shares[1][most] - shares[0][most]) < POINTS:
        return {}
    value = facts.sample.get_column(name)[int(np.flatnonzero(codes == most)[0])]
    what = "missing" if value is None else str(value).lower() if isinstance(value, bool) else str(value)[:40]
    return {"what": f"share of {what}", "before": float(shares[0][most]), "after": float(shares[1][most])}


def _coded(context: Context, name: str) -> bool:
    """Whether a number may be the code of a category: few whole values, and no name of a count or measure."""
    column = context.facts.columns[name]
    return column.distinct <= MOST_CLASSES and column.whole == column.filled and not mentions(name, UNITS | MONEY)


def _quantile(sides: Sequence[Floats]) -> dict[str, Any]:
    """Return the median, else the outer quartile that moved most, by a small effect at least; or nothing."""
    if any(side.size == 0 for side in sides):
        return {}
    low, high = np.percentile(np.concatenate(sides), (25, 75))
    least = EFFECT * (high - low) / 1.349
    values = {what: [float(np.percentile(side, p)) for side in sides] for what, p in QUARTILES.items()}
    moves = {what: abs(pair[1] - pair[0]) for what, pair in values.items()}
    what = "median" if moves["median"] >= least else max(moves, key=lambda part: moves[part])
    if moves[what] == 0 or moves[what] < least:
        return {}
    return {"what": what, "before": values[what][0], "after": values[what][1]}


def _told(name: str, told: Mapping[str, Any]) -> str:
    """Say in words what moved, from what to what, and since when."""
    shown = figure if told["what"] in QUARTILES else percent
    what = f"its {told['what']}" if told["what"] in QUARTILES else f"the {told['what']}"
    before, after = shown(told["before"]), shown(told["after"])
    if told.get("slow"):
        return f"{name} moved slowly ({what} from {before} in the first quarter to {after} in the last)"
    return f"{name} moved ({what} from {before} to {after} since about {told['since']})"


def _monthly(context: Context) -> list[list[Any]]:
    """Return month, sampled rows and share of the asked-for classes of the label, where there is a time."""
    time, outcome = context.time, context.outcome
    if time is None or outcome is None:
        return []
    asked = outcome.above or outcome.questions[-1]
    month = context.facts.sample.get_column(time).dt.strftime("%Y-%m")
    frame = pl.DataFrame({"month": month, "share": asked.positive}).filter(pl.Series(outcome.known)).drop_nulls("month")
    grouped = frame.group_by("month").agg(pl.len().alias("rows"), pl.col("share").mean()).sort("month")
    return [list(row) for row in grouped.iter_rows()]
