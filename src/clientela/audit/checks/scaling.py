"""What scale a column was brought to: mean 0 and deviation 1, a fixed range, logarithms and roots."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.processing import ERROR
from clientela.audit.facts import ColumnFacts
from clientela.audit.lexicon import vocabulary, words
from clientela.audit.wording import clause, several
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity
from clientela.statistics.lattices import affine_step, span_of, unit_of

Floats = NDArray[np.float64]

EXACT = 1e-3
"""How near 0 and 1 mean and deviation of a column of few values must lie: no plain column of counts comes so near."""

LEAST_UNIT = 5e-4

EXACT_ORDER, ON_LINE, LEAST_PAIRED = 0.99, 0.99995, 30
"""Rank correlation, and correlation of the transform, from which a column is a transform of another one; values."""

LOGS = vocabulary("log, ln, log1p, log10, log2, logs, logged, logarithm, loge")


def standardised(context: Context) -> Checked:
    """Find columns with mean 0 and deviation 1, or median 0 and quartiles 1 apart, on both sides of 0.

    Rules: mean and deviation within .05, or 4 standard errors if smaller (scaled on a part of
    the rows), within .001 where there are fewer than twenty values. Where all differences are multiples of one step
    that nobody counts in, as whole numbers leave it (`statistics.lattices`), mean and deviation within four standard
    errors of a tenth of the rows (.2 at most). Of two values, one below zero and one above, the product is -1 whatever
    the rows they were scaled on, to .001 and their rounding. Median and distance of the quartiles within .001 on the
    sample, or one rounding. Whole numbers are left out.
    """
    tested = [c for c in context.measured if c.storage is Storage.NUMBER and c.distinct >= 2 and c.negatives]
    found = {c.name: how for c in tested if (how := _standard(context, c)) is not None}
    finding = None
    if found:
        names = tuple(found)
        robust = [name for name in names if "median" in found[name]]
        title = f"{clause(names, 'was', 'were')} standardised: mean 0, deviation 1."
        if robust:
            plain = [name for name in names if name not in robust]
            title = f"{clause(robust, 'was', 'were')} scaled: median 0, quartiles 1 apart"
            title += f"; {several(plain)} to mean 0, deviation 1." if plain else "."
        advice = "Ask which mean and deviation were taken off: new rows must be scaled by the same ones."
        finding = Finding("standardised", Severity.NOTICE, names, title, found, advice)
    return conclude("standardised", [finding], len(tested), "mean 0 and deviation 1, median 0 and quartiles 1 apart")


def _standard(context: Context, column: ColumnFacts) -> dict[str, float | None] | None:
    n = max(column.filled, 2)
    if not 0 < column.negatives < n or column.whole >= 0.5 * n:
        return None
    mean, deviation = column.mean or 0.0, column.deviation or 0.0
    found: dict[str, float | None] = {"mean": column.mean, "deviation": column.deviation}
    allowed = min(0.05, max(0.001, 4 / math.sqrt(n))) if column.distinct >= 20 else EXACT
    spread = max(allowed, 0.02) if column.distinct >= 20 else EXACT
    if column.distinct > 2 and abs(mean) <= allowed and abs(deviation - 1) <= spread:
        return found
    values = context.finite(column.name)
    different = np.unique(values)
    if different.size == 2:
        near = EXACT + unit_of(different) * float(np.abs(different).sum())
        scaled = unit_of(different) <= 0.01 and abs(float(different[0] * different[1]) + 1) <= near
        return found if scaled and abs(mean) <= _part(n) else None
    heavy = math.sqrt(max(float((((values - mean) / (deviation or 1.0)) ** 4).mean()) - 1, 1.0) / 4)
    if abs(mean) <= _part(n) and abs(deviation - 1) <= min(0.2, heavy * _part(n)):
        step = affine_step(different)
        return None if step is None else found | {"step": step}
    quartiles = _quartiles(values)
    if quartiles is None or (column.distinct < 20 and affine_step(different) is None):
        return None
    low, middle, high = quartiles
    return {"median": middle, "quartiles_apart": high - low}


def _part(rows: int) -> float:
    """Return four standard errors of a mean (deviation 1) on a tenth of the rows, .2 at most."""
    return min(0.2, 4 / math.sqrt(0.1 * rows))


def _quartiles(values: Floats) -> tuple[float, float, float] | None:
    """Return the quartiles where the median is 0 and they lie 1 apart, to one rounding of the values."""
    if values.size < 100:
        return None
    low, middle, high = (float(q) for q in np.quantile(values, [0.25, 0.5, 0.75]))
    # A sample of the rows moves both by their standard errors, a whole table by nothing.
    near = max(EXACT, 1.5 * unit_of(np.unique(values)))
    return (low, middle, high) if abs(middle) <= near and abs(high - low - 1) <= near <= 0.02 else None


def min_max_scaled(context: Context) -> Checked:
    """Find columns stretched to exactly 0 to 1 or -1 to 1, or divided by their largest value.

    Rules: each end met by few rows, as the ends of a plain column are (at most .2 %, or, where values have four digits
    or more, thrice any of the next ten values); or all values are whole multiples of one part of the range that is no
    round part of it (`statistics.lattices`), as where counts were scaled, if need be on a part of the rows, so that
    some lie a little beyond. Shares have heaps at their ends.
    """
    tested = [c for c in context.measured if c.storage is Storage.NUMBER and c.distinct >= 4]
    found = {c.name: how for c in tested if (how := _stretched(context, c)) is not None}
    finding = None
    if found:
        names = tuple(found)
        both = all(found[name]["least"] < 0 for name in names)
        title = f"{clause(names, 'was', 'were')} squeezed to the range from {'-1' if both else '0'} to 1."
        advice = "Ask for the original least and largest value: new rows may fall outside."
        evidence: dict[str, Any] = {"columns": len(names), **found}
        finding = Finding("min_max_scaled", Severity.INFO, names, title, evidence, advice)
    ends = "range of exactly 0 to 1 or -1 to 1 without heaps at the ends"
    return conclude("min_max_scaled", [finding], len(tested), ends)


def _stretched(context: Context, column: ColumnFacts) -> dict[str, Any] | None:
    least, largest = column.minimum, column.maximum
    if least is None or largest is None or not (-1 <= least < 0.5 <= largest <= 1.5) or column.whole == column.filled:
        return None
    values, counts = np.unique(context.facts.arrays.finite(column.name), return_counts=True)
    if values.size < 4:
        return None
    exact = largest == 1 and least in (0.0, -1.0)
    steps = span_of((values - least) / (largest - least) if exact else values)
    if steps is not None:
        return {"least": column.minimum, "steps": steps}
    if not exact:
        return None
    few = max(2.0, 0.002 * float(counts.sum()))
    ends = ((counts[0], counts[1:11]), (counts[-1], counts[-11:-1]))
    # Shares are written with few digits and reach both ends; numbers that were scaled have many.
    times = 3 if unit_of(values) < LEAST_UNIT else 0
    plain = values.size >= 20 and all(end <= max(few, times * inside.max()) for end, inside in ends)
    return {"least": column.minimum} if plain else None


def log_transformed(context: Context) -> Checked:
    """Find columns that are logarithms or square roots.

    Undone (exp, exp - 1, powers of 10 and 2, squares) the values would be whole numbers or cents. Null model:
    each different value would be that near a lattice point by chance in twice its rounding
    per unit; only values that resolve the lattice (chance at most a tenth) count, at least
    five, and 95 % of them must hit (binomial, shared among columns and transforms). A column whose logarithm or root
    (or of one plus it) another column is, on a line, to a correlation of .99995 while the column itself is not on one,
    names that column. Logs of finer numbers that stand alone are told by their name only.
    """
    tested = [c for c in context.measured if c.storage is Storage.NUMBER and c.distinct >= 10 and c.whole < c.filled]
    found: dict[str, dict[str, Any]] = {}
    for column in tested:
        undone = _undone(np.unique(context.finite(column.name)), ERROR / len(tested))
        if undone is not None:
            found[column.name] = undone
        elif (raw := _beside(context, column.name)) is not None:
            found[column.name] = raw
        elif {*words(column.name)} & LOGS and column.whole < 0.5 * column.filled:
            found[column.name] = {"transform": "a logarithm", "by": "name"}
    finding = None
    if found:
        names = tuple(found)
        parts = [f"{name} ({fit['transform']} of {fit.get('lattice', 'an amount')})" for name, fit in found.items()]
        roots = all(fit["transform"] == "square root" for fit in found.values())
        title = f"{'Roots' if roots else 'Logarithms'} were taken: {several(parts)}."
        advice = (
            "Undo them before reading means and sums; trees need no logs, and linear models should not take them twice."
        )
        finding = Finding("log_transformed", Severity.INFO, names, title, found, advice)
    how = "values whose exponentials or squares are whole numbers or cents"
    return conclude("log_transformed", [finding], len(tested), how)


def _beside(context: Context, name: str) -> dict[str, Any] | None:
    """Return the column that a column is the logarithm or the root of, where it is there."""
    values, numbers = context.facts.arrays.numbers[name], context.facts.arrays.numbers
    for other in context.measured:
        if other.name == name or context.matrix.between(name, other.name) < EXACT_ORDER:
            continue
        known = np.isfinite(values) & np.isfinite(numbers[other.name])
        y, x = values[known], numbers[other.name][known]
        if y.size < LEAST_PAIRED or float(x.min()) < 0 or np.unique(x).size < LEAST_PAIRED:
            continue
        shapes = {"logarithm": np.log, "logarithm (of 1 more)": np.log1p, "square root": np.sqrt}
        for words_of, shape in shapes.items():
            if (x > 0).all() or words_of != "logarithm":
                line = float(np.corrcoef(y, shape(x))[0, 1])
                if line >= ON_LINE and 1 - float(np.corrcoef(y, x)[0, 1]) > 10 * (1 - line):
                    return {"transform": words_of, "lattice": other.name, "by": "column", "correlation": line}
    return None


_TRANSFORMS = (("log1p", np.e, 1.0), ("log", np.e, 0.0), ("log10", 10.0, 0.0), ("log2", 2.0, 0.0))
_LATTICES = (("whole numbers", 1.0), ("hundredths", 0.01))


def _undone(values: Floats, error: float) -> dict[str, Any] | None:
    used = values[(values != 0) & (np.abs(values) < 40)]
    for name, base, less in _TRANSFORMS:
        raised = np.power(base, used) - less
        found = _resolved(name, raised, np.log(base) * np.power(base, used) * _rounding(used), error)
        if found is not None:
            return found
    # A column of whole numbers and halves has whole squares too: roots must be no lattice themselves.
    used = values[(values > 0) & (np.abs(values * 4 - np.round(values * 4)) > 1e-9)]
    rooted = bool((values >= 0).all()) and used.size > 0.5 * values.size
    return _resolved("square root", used**2, 2 * used * _rounding(used), error) if rooted else None


def _rounding(values: Floats) -> Floats:
    """Return how far each value may be from what was meant: half its last digit, or the storage's precision."""
    unit = unit_of(values)
    written = bool((np.abs(values / unit - np.round(values / unit)) < 1e-4).all())
    single = bool((values == values.astype(np.float32)).all())
    precision = float(np.finfo(np.float32 if single else np.float64).eps)
    return np.maximum(unit / 2 if written else 0.0, 8 * precision * (1 + np.abs(values)))


def _resolved(name: str, raised: Floats, blur: Floats, error: float) -> dict[str, Any] | None:
    if raised.size < 5:
        return None
    for lattice, unit in _LATTICES:
        clear = (2 * blur <= 0.1 * unit) & (raised > 0.75 * unit)
        n = int(clear.sum())
        if n < max(5, 0.1 * raised.size):
            continue
        scaled = raised[clear] / unit
        hits = int((np.abs(scaled - np.round(scaled)) <= 1.01 * blur[clear] / unit + 1e-12).sum())
        chance = float((2 * blur[clear] / unit).max())
        if hits >= 0.95 * n and float(special.bdtrc(hits - 1, n, chance)) < error / 10:
            return {"transform": name, "lattice": lattice, "values": n, "hits": hits, "by": "values"}
    return None
