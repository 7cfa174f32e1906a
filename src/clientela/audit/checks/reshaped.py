"""What was done to the values of a column: one value filled in, cut into bins."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.processing import ERROR
from clientela.audit.draws import draws
from clientela.audit.facts import ColumnFacts
from clientela.audit.formulas.recoding import one_to_one
from clientela.audit.lexicon import CALENDAR, mentions, vocabulary
from clientela.audit.wording import figure, percent, plural, several
from clientela.domain.column import Role
from clientela.domain.finding import Finding, Severity
from clientela.statistics.lattices import affine_step, handy, unit_of

Floats = NDArray[np.float64]

Counts = NDArray[np.int64]

STANDS_OUT, CLOSE = 3.0, 1.5
NEIGHBOURS = 10
MOST_HEAPS, LEAST_HEAP = 12, 5
SINGLE = 1.5
"""Mean rows per value up to which a column hardly repeats."""

UNEVEN_UNIT = 0.01
"""Levels must be written with hundredths or finer: whole numbers and tenths are chosen by people."""

SUFFIXES = {"k": 1e3, "m": 1e6}
CONTINUOUS = vocabulary(
    "age, alter, edad, income, einkommen, salary, gehalt, revenue, umsatz, amount, betrag, spend, spent, price, preis, "
    "value, wert, distance, entfernung, duration, dauer, seconds, minutes, sec, temperature, temp, rain, weight, "
    "score, rate, share, recency, tenure, balance, cost, kosten, km, speed, load time"
)
_NUMBER = r"[-+]?\d[\d.,' \u00a0]*\s*[kKmM%]?"
_MONEY = r"\s*[$€£¥]?\s*"
_BETWEEN = (
    r"(?:-|–|—|,|;|~|\.\.+|(?:<|≤)?\s*(?:to|bis|till|until|through|up to|à|a|al|tot|até|hasta|and|und|et|y|e|en|i)\b"
    r"(?:\s*(?:unter|under|below|less than|up to|zu|<))?)"
)
_RANGE = re.compile(
    rf"^\s*(?:\d{{1,2}}\)\s+)?[^\d.,+-]{{0,14}}?{_MONEY}({_NUMBER})[^\d.,;~–—<≤-]{{0,10}}?\s*{_BETWEEN}{_MONEY}({_NUMBER})"
    r"[^\d]{0,14}$",
    re.IGNORECASE,
)
_OPEN = re.compile(rf"^([^\d]{{0,16}}?)({_NUMBER})(\s*\+?[^\d]{{0,16}})$")
_BELOW = re.compile(
    r"<|≤|\b(?:under|below|less|unter|bis|weniger|max|kleiner|up to|moins|jusqu\S*|inférieur|menos|menor|hasta|meno|"
    r"fino|sotto|onder|minder|tot|até|abaixo|poniżej)\b",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r">|≥|\+|\b(?:over|above|more|older|from|ab|über|ueber|mehr|älter|mindestens|min|plus|más|mas|mayor|desde|oltre|più|"
    r"boven|meer|vanaf|mais|acima|powyżej)\b",
    re.IGNORECASE,
)


def imputed_constant(context: Context) -> Checked:
    """Find a value inside a column, or one per group, that far more rows hold than anything around it.

    Null model: its rows are Poisson with the largest count among the ten values on each
    side; error shared among columns and their values. It must also be three times as
    frequent as every other value, ends and zero aside (one and a half times where it is the mean or median of the
    others within three standard errors), so that prices and round numbers, which come in many heaps, stay
    out. Up to twelve heaps together count in a column that hardly repeats otherwise (means per group). Values off the
    grid of all others (means among whole numbers) count from five rows each on. Zero has a code of its own unless it
    is mean or median of values on both sides, and so have codes for missing. In columns that belong to a key,
    keys are counted, not rows. A constant that is usual anyway is missed.
    """
    tested = [c for c in context.measured if c.distinct >= 30 and c.name != context.roles.label]
    found = {c.name: heap for c in tested if (heap := _inner_heap(context, c, ERROR / len(tested))) is not None}
    finding = None
    if found:
        names = tuple(found)
        parts = [f"{_values(heap)} in {name} ({percent(heap['share'])} of rows)" for name, heap in found.items()]
        one = all(len(heap["values"]) == 1 for heap in found.values())
        stands = "One value stands" if one else "Few values stand"
        title = f"{stands} far out in the middle: {several(parts)}, as where gaps were filled in."
        advice = "Ask whether it was filled in for missing values; if so, make it missing again: it hides the gap."
        finding = Finding("imputed_constant", Severity.NOTICE, names, title, found, advice)
    return conclude("imputed_constant", [finding], len(tested), "a value inside a column far above its neighbours")


def _values(heap: dict[str, Any]) -> str:
    return several([figure(value) for value in heap["values"]])


def _inner_heap(context: Context, column: ColumnFacts, error: float) -> dict[str, Any] | None:
    values, counts = np.unique(draws(context, column.name), return_counts=True)
    if values.size < 20:
        return None
    # Ends are `capped`; zero is `zero_inflated` unless it lies in the middle as a mean or median does.
    inner, zero = counts.copy(), np.flatnonzero(values == 0)
    inner[[0, -1]] = 0
    if zero.size and _middle(values, counts, zero) is None:
        inner[zero] = 0
    places = _off_grid(values, inner)
    if places is None:
        places = _standing_out(values, inner, counts, error)
    if places is None:
        return None
    around = np.concatenate([counts[max(i - NEIGHBOURS, 0) : i + NEIGHBOURS + 1] for i in places])
    heaps, rows = values[places], context.finite(column.name)
    return {
        "value": float(heaps[0]),
        "values": heaps.tolist(),
        "share": float(np.isin(rows, heaps).mean()),
        "rows": int(inner[places].sum()),
        "around": float(np.sort(around)[: -places.size].max(initial=0)),
        "next": int(np.delete(inner, places).max()),
        "equals": _middle(values, counts, places),
    }


def _standing_out(values: Floats, inner: Counts, counts: Counts, error: float) -> Counts | None:
    """Return the place of the one value that stands out, or of the few that do where hardly any other repeats."""
    order = np.argsort(-inner, kind="stable")[: MOST_HEAPS + 1]
    place = order[:1]
    if _above(inner, counts, place, _least(values, counts, place), error / values.size):
        return place
    # The last heap before the steepest fall: with several heaps, others must be next to single.
    falls = inner[order[:-1]] / np.maximum(inner[order[1:]], 1)
    heaps = order[: int(falls.argmax()) + 1]
    single = np.delete(counts, heaps)
    if single.mean() > SINGLE or inner[heaps[-1]] < LEAST_HEAP:
        return None
    return heaps if _above(inner, counts, heaps, STANDS_OUT, error / values.size) else None


def _least(values: Floats, counts: Counts, place: Counts) -> float:
    return CLOSE if _middle(values, counts, place) else STANDS_OUT


def _above(inner: Counts, counts: Counts, places: Counts, least: float, error: float) -> bool:
    rest = counts.copy()
    rest[places] = 0
    others, rows = int(np.delete(inner, places).max()), int(inner[places].min())
    around = max(int(rest[max(i - NEIGHBOURS, 0) : i + NEIGHBOURS + 1].max()) for i in places)
    return rows >= least * max(others, around) and float(special.pdtrc(rows - 1, around)) < error


def _off_grid(values: Floats, inner: Counts) -> Counts | None:
    """Return the places of the few values, five rows each, that are written with more digits than all others."""
    for digits in range(4):
        scaled = values * 10.0**digits
        off = np.flatnonzero(np.abs(scaled - np.round(scaled)) > 1e-6)
        if off.size <= min(MOST_HEAPS, values.size // 4):
            return off if off.size and int(inner[off].min()) >= LEAST_HEAP else None
    return None


def _middle(values: Floats, counts: Counts, places: Counts) -> str | None:
    """Tell whether a value is the mean or the median of all others, within three standard errors."""
    if places.size != 1:
        return None
    value, rest, weights = float(values[places[0]]), np.delete(values, places), np.delete(counts, places)
    mean = float(np.average(rest, weights=weights))
    error = float(np.sqrt(np.average((rest - mean) ** 2, weights=weights) / weights.sum()))
    median = float(rest[np.searchsorted(np.cumsum(weights), weights.sum() / 2)])
    close = {"mean": abs(value - mean), "median": abs(value - median)}
    nearest = min(close, key=lambda kind: close[kind])
    return nearest if close[nearest] <= 3 * error else None


def binned(context: Context) -> Checked:
    """Find amounts cut into bins.

    Text: nine in ten cells are ranges ("18-24", "$100 - $200", "10 bis unter 20") or open ends of them ("65+",
    "moins de 20") that lie side by side, three at least. Numbers
    of three to fifty levels, either as even as a cut at quantiles leaves them (all rows
    counted; lower tail of chi-squared for equal shares), or, on no lattice and with hundredths, nearly as even (any
    shares as likely as any other), or on a lattice of equal steps much
    coarser than the digits they are written with (each level beyond two would fall there
    by chance once in step/unit), with a start that is no multiple of the step (prices just below one
    aside), a step nobody counts in, or, with fewer levels than `rounded` judges, a name of something continuous.
    Errors are shared among columns. Names of the calendar are left out.
    """
    numbers = [c for c in context.measured if _few(context, c)]
    text = [c for c in context.facts.text if 3 <= c.distinct <= 50]
    found: dict[str, dict[str, Any]] = {}
    for column in text:
        if (ranges := _ranges(column)) is not None:
            found[column.name] = ranges
    for column in numbers:
        error = ERROR / len(numbers)
        cut = _even(column, error) or _equal_steps(context, column, error) or _level_shares(context, column, error)
        if cut is not None:
            found[column.name] = cut
    finding = None
    if found:
        names = tuple(found)
        parts = [f"{name} ({plural(cut['levels'], 'level')}, {cut['how']})" for name, cut in found.items()]
        title = f"Values were cut into bins: {several(parts)}."
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
    """Ranges that lie side by side, and at most a tenth of rows that are none; open ends ("65+", "under 18") count.

    Dates, telephone numbers and scores of games have the shape of a range too, but overlap.
    """
    read = {value: bounds for value, _ in column.top if (bounds := _bounds(value) or _opened(value)) is not None}
    rows = sum(n for value, n in column.top if value in read)
    closed = sum(math.isfinite(low) and math.isfinite(high) for low, high in read.values())
    rest = sum(n for value, n in column.top if value not in read and _OPEN.match(value))
    if not closed or len(read) + bool(rest) < 3 or rows + rest < 0.9 * sum(n for _, n in column.top):
        return None
    beside = sorted(read.values())
    if any(high > low + 1e-9 * abs(low) for (_, high), (low, _) in itertools.pairwise(beside)):
        return None
    return {"levels": column.distinct, "how": "ranges", "examples": list(read)[:3]}


def _opened(text: str) -> tuple[float, float] | None:
    """Return the bounds of a range that is open at one end.

    >>> _opened("under 20"), _opened("65+"), _opened("bis 20"), _opened("> 10k"), _opened("20")
    ((-inf, 20.0), (65.0, inf), (-inf, 20.0), (10000.0, inf), None)
    """
    found = _OPEN.match(text)
    amount = None if found is None else _amount(found[2])
    if found is None or amount is None:
        return None
    around = f"{found[1]} {found[3]}"
    if _BELOW.search(around):
        return -math.inf, amount
    return (amount, math.inf) if _ABOVE.search(around) else None


def _bounds(text: str) -> tuple[float, float] | None:
    """Return the bounds of a range.

    >>> _bounds("$1,000 - $2,500"), _bounds("(0.5, 0.75]"), _bounds("10k to 20k"), _bounds("2024-01")
    ((1000.0, 2500.0), (0.5, 0.75), (10000.0, 20000.0), None)
    >>> _bounds("10 bis unter 20"), _bounds("zwischen 5 und 10 Jahre"), _bounds("10-20k"), _bounds("de 30 a 39 años")
    ((10.0, 20.0), (5.0, 10.0), (10000.0, 20000.0), (30.0, 39.0))
    """
    found = _RANGE.match(text)
    if found is None:
        return None
    low, high = _amount(found[1]), _amount(found[2])
    ends = found[1].strip()[-1:], found[2].strip()[-1:].lower()
    if low is not None and ends[1] in SUFFIXES and ends[0].isdigit():
        low *= SUFFIXES[ends[1]]
    return (low, high) if low is not None and high is not None and low < high else None


def _amount(text: str) -> float | None:
    digits = re.sub(r"[^\d.,-]", "", text)
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d*)?|-?\d+\.\d*", digits) or "," not in digits:
        digits = digits.replace(",", "")
    else:
        digits = digits.replace(".", "").replace(",", ".")
    try:
        amount = float(digits)
    except ValueError:
        return None
    return amount * SUFFIXES.get(text.strip()[-1:].lower(), 1.0)


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
    levels = np.unique(draws(context, column.name))
    if levels.size < 4:
        return None
    unit, gaps = unit_of(levels), np.diff(levels)
    places = np.concatenate([[0], np.cumsum(np.round(gaps / gaps.min()))])
    step = float((levels[-1] - levels[0]) / places[-1])
    off = float(np.abs(levels - levels[0] - places * step).max())
    # Middles of bins are rounded, each to its own nearest digit.
    exact = off <= 1e-6 * step
    if (not exact and off > unit) or places[-1] > 5 * levels.size:
        return None
    chance = (unit if exact else 3 * unit) / step
    start = levels[0] / step
    # Middles of bins that begin at zero: the start too falls there by chance once in step/unit.
    middles = bool(exact and abs(start % 1 - 0.5) <= 1e-6)
    if chance >= 1 or chance ** (levels.size - 2 + middles) >= error:
        return None
    plain = exact and abs(start - round(start)) <= 1e-6 and handy(step)
    if _priced(levels, step) or (plain and not (levels.size < 10 and mentions(column.name, CONTINUOUS))):
        return None
    return {"levels": column.distinct, "how": f"equal steps of {figure(step)}", "step": step, "first": float(levels[0])}


def _priced(levels: Floats, step: float) -> bool:
    """Whether levels lie a little below multiples of a handy step, as prices do (9.99, 19.95, 299)."""
    below = np.ceil(levels / step - 1e-9) * step - levels
    return handy(step) and bool(((below > 0) & (below <= 0.1 * step) & (below <= 1)).all())


def _level_shares(context: Context, column: ColumnFacts, error: float) -> dict[str, Any] | None:
    """Levels on no plain lattice that hold about as many rows each, as bins cut at quantiles do.

    Null model: any shares are as likely as any other, so that the smallest of k reaches a share c of the mean once in
    (1 - c)^-(k - 1). Columns that go one to one with a text are values of its groups and left out.
    """
    levels, counts = np.unique(draws(context, column.name), return_counts=True)
    unit = unit_of(levels)
    if levels.size < 4 or counts.min() < 20 or (unit >= 1 and np.diff(levels).max() < 5):
        return None
    steps = np.diff(levels)
    equal = bool(np.ptp(steps) <= 1e-6 * steps.max())
    if equal or unit > UNEVEN_UNIT or (1 - counts.min() / counts.mean()) ** (levels.size - 1) >= error:
        return None
    member = any(column.name in block.columns for block in context.blocks) or column.name in context.averages
    codes = context.facts.arrays.identity
    worded = any(one_to_one(codes[column.name], codes[other.name]) is not None for other in context.facts.text)
    if member or worded or affine_step(levels) is not None:
        return None
    return {
        "levels": column.distinct,
        "how": "about equally many rows each",
        "least_share": float(counts.min() / counts.sum()),
    }
