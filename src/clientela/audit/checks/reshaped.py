"""What was done to the values of a column: one value filled in, cut into bins, logs taken, an end cut away."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.processing import ERROR
from clientela.audit.facts import ColumnFacts
from clientela.audit.lexicon import CALENDAR, ID, mentions, vocabulary, words
from clientela.audit.wording import figure, percent, plural, several
from clientela.domain.column import Role, Storage
from clientela.domain.finding import Finding, Severity
from clientela.statistics.edges import Edge, edge

Floats = NDArray[np.float64]

STANDS_OUT, CLOSE = 3.0, 1.5
NEIGHBOURS = 10
DAY = 86_400.0
NATURAL = frozenset({-1.0, 0.0, 1.0, 100.0})
"""Ends that many measures have by nature: shares, counts, percentages, correlations."""

LOGS = vocabulary("log, ln, log1p, log10, log2, logs, logged, logarithm, loge")
CONTINUOUS = vocabulary(
    "age, alter, edad, income, einkommen, salary, gehalt, revenue, umsatz, amount, betrag, spend, spent, price, preis, "
    "value, wert, distance, entfernung, duration, dauer, seconds, minutes, sec, temperature, temp, rain, weight, "
    "score, rate, share, recency, tenure, balance, cost, kosten, km, speed, load time"
)
_NUMBER = r"[-+]?\d[\d.,' ]*\s*[kKmM%]?"
_RANGE = re.compile(
    rf"^\s*(?:\d{{1,2}}\)\s+)?[\[(]?\s*[$€£]?\s*({_NUMBER})\s*(?:-|–|—|,|;|to|bis|\.\.)\s*[$€£]?\s*({_NUMBER})"
    r"[^\d]{0,12}$"
)
_OPEN = re.compile(r"^\D{0,12}\d[\d.,' ]*\s*[kKmM%]?\s*\+?\D{0,12}$")


def imputed_constant(context: Context) -> Checked:
    """Find one value inside a column that far more rows hold than anything around it.

    Null model: its rows are Poisson with the largest count among the ten values on each
    side; error shared among columns and their values. It must also be three times as
    frequent as every other value, ends and zero aside (one and a half times where it is the mean or median of the
    others within three standard errors), so that prices and round numbers, which come in many heaps, stay
    out. A single value off the grid of all others (a mean among whole numbers) counts from
    five rows on. Zero and codes for missing have codes of their own. In columns that belong to a key,
    keys are counted, not rows. Several constants (one per group) and a constant that is
    usual anyway are missed.
    """
    tested = [c for c in context.measured if c.distinct >= 30 and c.name != context.roles.label]
    found = {c.name: heap for c in tested if (heap := _inner_heap(context, c, ERROR / len(tested))) is not None}
    finding = None
    if found:
        names = tuple(found)
        parts = [
            f"{figure(heap['value'])} in {name} ({percent(heap['share'])} of rows)" for name, heap in found.items()
        ]
        title = f"One value stands far out in the middle: {several(parts)}, as where gaps were filled in."
        advice = "Ask whether it was filled in for missing values; if so, make it missing again: it hides the gap."
        finding = Finding("imputed_constant", Severity.NOTICE, names, title, found, advice)
    return conclude("imputed_constant", [finding], len(tested), "a value inside a column far above its neighbours")


def _inner_heap(context: Context, column: ColumnFacts, error: float) -> dict[str, Any] | None:
    values, counts = np.unique(_per_key(context, column.name), return_counts=True)
    if values.size < 20:
        return None
    inner = np.where(values == 0, 0, counts)
    inner[[0, -1]] = 0
    odd = _off_grid(values)
    place = int(inner.argmax()) if odd is None else odd
    rows, around = int(inner[place]), counts[max(place - NEIGHBOURS, 0) : place + NEIGHBOURS + 1].copy()
    inner[place] = around[min(place, NEIGHBOURS)] = 0
    expected, others = float(around.max()), int(inner.max())
    equals = _middle(values, counts, place)
    if odd is None:
        least = CLOSE if equals else STANDS_OUT
        if rows < least * max(others, expected) or float(special.pdtrc(rows - 1, expected)) >= error / values.size:
            return None
    elif rows < 5:
        return None
    value = float(values[place])
    share = float((context.finite(column.name) == value).mean())
    return {"value": value, "share": share, "rows": rows, "around": expected, "next": others, "equals": equals}


def _off_grid(values: Floats) -> int | None:
    """Return the place of the one value that is written with more digits than all others."""
    for digits in range(4):
        scaled = values * 10.0**digits
        off = np.flatnonzero(np.abs(scaled - np.round(scaled)) > 1e-6)
        if off.size <= 1:
            return int(off[0]) if off.size and 0 < off[0] < values.size - 1 else None
    return None


def _middle(values: Floats, counts: NDArray[np.int64], place: int) -> str | None:
    """Tell whether a value is the mean or the median of all others, within three standard errors."""
    value, rest, weights = float(values[place]), np.delete(values, place), np.delete(counts, place)
    mean = float(np.average(rest, weights=weights))
    error = float(np.sqrt(np.average((rest - mean) ** 2, weights=weights) / weights.sum()))
    median = float(rest[np.searchsorted(np.cumsum(weights), weights.sum() / 2)])
    close = {"mean": abs(value - mean), "median": abs(value - median)}
    nearest = min(close, key=lambda kind: close[kind])
    return nearest if close[nearest] <= 3 * error else None


def _per_key(context: Context, name: str) -> Floats:
    """Return a column's finite numbers; where the column belongs to a key, one row per key and value."""
    arrays = context.facts.arrays
    values = arrays.numbers[name]
    kept = ~np.isnan(values)
    if name in context.codes:
        kept &= values != context.codes[name][0]
    for block in context.blocks:
        if name in block.columns:
            both = arrays.identity[name]
            for key in block.key_columns:
                codes = arrays.identity[key]
                if context.facts.columns[key].storage is Storage.TIMESTAMP:
                    codes = np.nan_to_num(arrays.numbers[key] // DAY, nan=0).astype(np.int64)
                    codes = codes - codes.min()
                both = both * (int(codes.max(initial=0)) + 1) + codes
            return values[kept][np.unique(both[kept], return_index=True)[1]]
    return values[kept]


def binned(context: Context) -> Checked:
    """Find amounts cut into bins.

    Text: nine in ten cells are ranges ("18-24", "$100 - $200") and at least three differ. Numbers
    of three to fifty levels, either as even as a cut at quantiles leaves them (all rows
    counted; lower tail of chi-squared for equal shares), or on a lattice of equal steps much
    coarser than the digits they are written with (each level beyond two would fall there
    by chance once in step/unit), with a start that is no multiple of the step, a step nobody
    counts in, or, with fewer levels than `rounded` judges, a name of something continuous.
    Errors are shared among columns. Names of the calendar are left out.
    """
    numbers = [c for c in context.measured if _few(context, c)]
    text = [c for c in context.facts.text if 3 <= c.distinct <= 50]
    found: dict[str, dict[str, Any]] = {}
    for column in text:
        if (ranges := _ranges(column)) is not None:
            found[column.name] = ranges
    for column in numbers:
        cut = _even(column, ERROR / len(numbers)) or _equal_steps(context, column, ERROR / len(numbers))
        if cut is not None:
            found[column.name] = cut
    finding = None
    if found:
        names = tuple(found)
        parts = [f"{name} ({plural(cut['levels'], 'level')}, {cut['how']})" for name, cut in found.items()]
        title = f"Amounts were cut into bins: {several(parts)}."
        advice = (
            "Ask for the uncut numbers: within a bin all differences are lost, and its bounds will not fit new data."
        )
        finding = Finding("binned", Severity.INFO, names, title, found, advice)
    return conclude("binned", [finding], len(numbers) + len(text), "ranges, even levels and equal steps of an amount")


def _few(context: Context, column: ColumnFacts) -> bool:
    role = context.roles.column(column.name).role
    calendar = mentions(column.name, CALENDAR)
    return 3 <= column.distinct <= 50 and column.filled >= 100 and role is Role.FEATURE and not calendar


def _ranges(column: ColumnFacts) -> dict[str, Any] | None:
    """Ranges, and at most a tenth of rows that are none; open ends ("65+", "under 18") count where there are ranges."""
    closed = {value: n for value, n in column.top if _RANGE.match(value) and not _dated(value)}
    opened = sum(n for value, n in column.top if value not in closed and _OPEN.match(value))
    if len(closed) < 2 or len(closed) + bool(opened) < 3 or sum(closed.values()) + opened < 0.9 * column.filled:
        return None
    return {"levels": column.distinct, "how": "ranges", "examples": list(closed)[:3]}


def _dated(value: str) -> bool:
    """Dates, telephone and postal numbers have the shape of a range too: leading zeros and three parts tell them."""
    return bool(re.search(r"(^|\D)0\d|\d{5,}", value)) or len(re.findall(r"\d+", value.replace(",", ""))) > 4


def _even(column: ColumnFacts, error: float) -> dict[str, Any] | None:
    """Levels that hold as many rows each, more evenly than chance leaves classes of one size."""
    known = column.filled - column.nans - column.infinite
    if column.distinct != len(column.top) or known / column.distinct < 20:
        return None
    counts = np.array([n for _, n in column.top], dtype=np.float64)
    expected = counts.mean()
    spread = float(((counts - expected) ** 2).sum() / expected)
    if float(special.chdtr(counts.size - 1, spread)) >= error:
        return None
    return {"levels": column.distinct, "how": "equally many rows each", "chi_squared": spread}


def _equal_steps(context: Context, column: ColumnFacts, error: float) -> dict[str, Any] | None:
    levels = np.unique(context.finite(column.name))
    if levels.size < 4:
        return None
    step = float(np.diff(levels).min())
    places = (levels - levels[0]) / step
    if np.abs(places - np.round(places)).max() > 1e-6 or places[-1] > 5 * levels.size:
        return None
    chance = _unit(levels) / step
    if chance >= 1 or chance ** (levels.size - 2) >= error:
        return None
    start = levels[0] / step
    plain = abs(start - round(start)) <= 1e-6 and _handy(step)
    if plain and not (levels.size < 10 and mentions(column.name, CONTINUOUS)):
        return None
    return {"levels": column.distinct, "how": f"equal steps of {figure(step)}", "step": step, "first": float(levels[0])}


def _handy(step: float) -> bool:
    """Tell whether people count in this step: whole numbers and 1, 2, 2.5 and 5 times a power of ten."""
    mantissa = step / 10.0 ** np.floor(np.log10(step) + 1e-9)
    return abs(step - round(step)) < 1e-9 or min(abs(mantissa - usual) for usual in (1, 2, 2.5, 5)) < 1e-6


def _unit(levels: Floats) -> float:
    """Return the finest decimal unit the levels are written in: 1, .1, ... down to a billionth."""
    for digits in range(9):
        scaled = levels * 10.0**digits
        if np.abs(scaled - np.round(scaled)).max() < 1e-4:
            return 10.0**-digits
    return 1e-9


def log_transformed(context: Context) -> Checked:
    """Find columns that are logarithms.

    Undone (exp, exp - 1, powers of 10 and 2) the values would be whole numbers or cents. Null model:
    each different value would be that near a lattice point by chance in twice its rounding
    per unit; only values that resolve the lattice (chance at most a tenth) count, at least
    five, and 95 % of them must hit (binomial, shared among columns and transforms). Logs
    of finer numbers are told by their name only.
    """
    tested = [c for c in context.measured if c.storage is Storage.NUMBER and c.distinct >= 10 and c.whole < c.filled]
    found: dict[str, dict[str, Any]] = {}
    for column in tested:
        undone = _undone(np.unique(context.finite(column.name)), ERROR / len(tested))
        if undone is not None:
            found[column.name] = undone
        elif {*words(column.name)} & LOGS and column.whole < 0.5 * column.filled:
            found[column.name] = {"transform": "a logarithm", "by": "name"}
    finding = None
    if found:
        names = tuple(found)
        parts = [f"{name} ({fit['transform']} of {fit.get('lattice', 'an amount')})" for name, fit in found.items()]
        title = f"Logarithms were taken: {several(parts)}."
        advice = (
            "Undo them before reading means and sums; trees need no logs, and linear models should not take them twice."
        )
        finding = Finding("log_transformed", Severity.INFO, names, title, found, advice)
    how = "values whose exponentials are whole numbers or cents"
    return conclude("log_transformed", [finding], len(tested), how)


_TRANSFORMS = (("log1p", np.e, 1.0), ("log", np.e, 0.0), ("log10", 10.0, 0.0), ("log2", 2.0, 0.0))
_LATTICES = (("whole numbers", 1.0), ("hundredths", 0.01))


def _undone(values: Floats, error: float) -> dict[str, Any] | None:
    used = values[(values != 0) & (np.abs(values) < 40)]
    if used.size < 5:
        return None
    unit_of = _unit(used)
    single = bool((used == used.astype(np.float32)).all())
    precision = float(np.finfo(np.float32 if single else np.float64).eps)
    rounding = np.maximum(unit_of / 2 if unit_of > 1e-9 else 0.0, 8 * precision * (1 + np.abs(used)))
    for name, base, less in _TRANSFORMS:
        raised = np.power(base, used) - less
        blur = np.log(base) * np.power(base, used) * rounding
        for lattice, unit in _LATTICES:
            clear = (2 * blur <= 0.1 * unit) & (raised > 0.75 * unit)
            n = int(clear.sum())
            if n < max(5, 0.1 * used.size):
                continue
            scaled = raised[clear] / unit
            hits = int((np.abs(scaled - np.round(scaled)) <= 1.01 * blur[clear] / unit + 1e-12).sum())
            chance = float((2 * blur[clear] / unit).max())
            if hits >= 0.95 * n and float(special.bdtrc(hits - 1, n, chance)) < error / 8:
                return {"transform": name, "lattice": lattice, "values": n, "hits": hits, "by": "values"}
    return None


def filtered(context: Context) -> Checked:
    """Find ends where a distribution breaks off although many rows lie just before.

    Null model: density falls to nothing at least as fast as a straight line (`statistics.edges`,
    binomial, error shared among columns and ends). Natural ends (0, 1, -1, 100), heaps at the end
    (`capped`), names of the calendar, and columns that are level from end to end
    (Kolmogorov-Smirnov against uniform, 1 %) are left out. In columns that belong to a key,
    keys are counted. A cut far out in a tail is missed.
    """
    tested = [c for c in context.measured if c.distinct >= 30 and _open_ended(context, c)]
    found: dict[str, dict[str, Any]] = {}
    for column in tested:
        values = _per_key(context, column.name)
        ends = [_cliff(values, low, ERROR / (2 * len(tested))) for low in (True, False)]
        if any(ends) and not _level(values):
            sides = ("low", "high")
            found[column.name] = {
                side: {"value": end.value, "just_before": end.outer, "window": end.inside, "p_value": end.p_value}
                for side, end in zip(sides, ends, strict=True)
                if end is not None
            }
    finding = None
    if found:
        names = tuple(found)
        parts = [f"{name} {_beyond(ends)}" for name, ends in found.items()]
        title = f"Values break off where many rows lie: {several(parts)}."
        advice = "Ask whether rows were left out by this column: what is learned holds only for those that stayed."
        finding = Finding("filtered", Severity.NOTICE, names, title, found, advice)
    return conclude("filtered", [finding], len(tested), "ends with many rows just before and none beyond")


def _open_ended(context: Context, column: ColumnFacts) -> bool:
    role = context.roles.column(column.name).role
    return role in (Role.FEATURE, Role.REVENUE, Role.OUTCOME) and not mentions(column.name, CALENDAR | ID)


def _cliff(values: Floats, low: bool, error: float) -> Edge | None:
    found = edge(values, low)
    if found is None or found.p_value >= error:
        return None
    natural = any(abs(found.value - end) <= 0.1 * found.width for end in NATURAL)
    return None if natural or found.heap else found


def _level(values: Floats) -> bool:
    different = np.unique(values)
    # On a lattice each value stands for the step around it.
    step = float(np.diff(different).min()) if different.size < values.size / 2 else 0.0
    placed = (values - different[0] + step / 2) / (different[-1] - different[0] + step)
    return float(stats.kstest(placed, "uniform").pvalue) > 0.01


def _beyond(ends: dict[str, dict[str, Any]]) -> str:
    words_of = {"low": "below", "high": "above"}
    return "has none " + " and none ".join(f"{words_of[side]} {figure(end['value'])}" for side, end in ends.items())
