"""What was already done to a column: capped, rounded, scaled, encoded, hashed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import CALENDAR, UNITS, mentions
from clientela.audit.wording import clause, figure, percent, plural, several, verb
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity

Floats = NDArray[np.float64]

ERROR = 1e-3
"""Chance of any false finding per code, shared among the columns tested (Bonferroni)."""

LENGTHS = frozenset({8, 16, 32, 40, 56, 64, 96, 128})
STEPS = (0.25, 0.5, 2.5, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 5000.0, 10000.0)


def capped(context: Context) -> Checked:
    """Find columns cut off at an end.

    Null model: the number of rows at the end is Poisson with the largest count among the
    next ten distinct values inside (none of which a smooth tail exceeds); also at least thrice that. Zero as
    the least value is left to `zero_inflated`.
    """
    tested = [c for c in context.measured if c.distinct >= 30]
    found = {c.name: end for c in tested if (end := _atom(context, c, ERROR / len(tested))) is not None}
    finding = None
    if found:
        names = tuple(found)
        parts = [f"{name} at {figure(value)} ({percent(share)} of rows)" for name, (value, share) in found.items()]
        title = f"{several(parts)} {verb(len(names), 'ends', 'end')} in a heap: values beyond were cut off."
        evidence = {name: {"value": value, "share": share} for name, (value, share) in found.items()}
        advice = "The largest values are hidden: take totals and means as lower bounds, or ask for the uncut column."
        finding = Finding("capped", Severity.NOTICE, names, title, evidence, advice)
    return conclude("capped", [finding], len(tested), "heaps at the least and largest value")


def _atom(context: Context, column: ColumnFacts, error: float) -> tuple[float, float] | None:
    values, counts = np.unique(context.finite(column.name), return_counts=True)
    if values.size < 20:
        return None
    for end, inside in ((-1, counts[-11:-1]), (0, counts[1:11])):
        rows, expected = int(counts[end]), float(inside.max())
        if end == 0 and values[0] == 0:
            continue
        if rows >= 3 * expected and rows >= 5 and float(special.pdtrc(rows - 1, expected)) < error:
            return float(values[end]), rows / float(counts.sum())
    return None


def rounded(context: Context) -> Checked:
    """Find columns on a coarse lattice.

    At least 95 % of values (zero aside) are multiples of a step such as 5, 10 or 100, where a plain
    column would hit it by chance once in so many units (binomial, shared among columns
    and steps), and the multiples spread over ten values or more.
    """
    tested = [c for c in context.measured if c.distinct >= 10 and c.name != context.roles.label]
    found = {c.name: step for c in tested if (step := _step(context.finite(c.name), len(tested))) is not None}
    finding = None
    if found:
        names = tuple(found)
        parts = [f"{name} to {figure(step)}" for name, step in found.items()]
        title = f"Numbers were rounded: {several(parts)}."
        advice = "Do not read more precision into them than the step; ask whether they are estimates or ranges."
        finding = Finding("rounded", Severity.INFO, names, title, {"steps": found}, advice)
    return conclude("rounded", [finding], len(tested), "values on a lattice of 5, 10, 100 and the like")


def _step(values: Floats, columns: int) -> float | None:
    used = values[values != 0]
    if used.size < 20:
        return None
    whole = bool((used == np.floor(used)).all())
    for step in reversed(STEPS):
        # The finest plain unit: 1 for whole numbers, a hundredth for others.
        chance = (1.0 if whole else 0.01) / step
        if chance >= 1 or np.unique(used).size < 10:
            continue
        near = np.abs(used / step - np.round(used / step)) < 1e-9
        hits = int(near.sum())
        tail = float(special.bdtrc(hits - 1, used.size, chance))
        if hits >= 0.95 * used.size and tail < ERROR / (columns * len(STEPS)) and not (step < 1 and whole):
            return step
    return None


def standardised(context: Context) -> Checked:
    """Find columns with mean 0 and deviation 1 (both within .05, or 4 standard errors if smaller), both signs."""
    tested = [c for c in context.measured if c.storage is Storage.NUMBER and c.distinct >= 20 and c.negatives]
    names = tuple(c.name for c in tested if _standard(c))
    finding = None
    if names:
        title = f"{clause(names, 'was', 'were')} standardised: mean 0, deviation 1."
        advice = "Ask which mean and deviation were taken off: new rows must be scaled by the same ones."
        evidence = {c.name: {"mean": c.mean, "deviation": c.deviation} for c in tested if c.name in names}
        finding = Finding("standardised", Severity.NOTICE, names, title, evidence, advice)
    return conclude("standardised", [finding], len(tested), "mean 0 and deviation 1")


def _standard(column: ColumnFacts) -> bool:
    n = max(column.filled, 2)
    allowed = min(0.05, max(0.001, 4 / math.sqrt(n)))
    both = 0.1 <= column.negatives / n <= 0.9 and column.whole < 0.5 * n
    return both and abs(column.mean or 0.0) <= allowed and abs((column.deviation or 0.0) - 1) <= max(allowed, 0.02)


def min_max_scaled(context: Context) -> Checked:
    """Find columns stretched to exactly 0 to 1, each end met by few rows (a share has heaps at its ends)."""
    tested = [c for c in context.measured if c.storage is Storage.NUMBER and c.distinct >= 20]
    names = tuple(c.name for c in tested if c.minimum == 0 and c.maximum == 1 and _few_at_ends(context.facts, c))
    finding = None
    if names:
        title = f"{clause(names, 'was', 'were')} squeezed to the range from 0 to 1."
        advice = "Ask for the original least and largest value: new rows may fall outside."
        finding = Finding("min_max_scaled", Severity.INFO, names, title, {"columns": len(names)}, advice)
    return conclude("min_max_scaled", [finding], len(tested), "range of exactly 0 to 1 without heaps at the ends")


def _few_at_ends(facts: Facts, column: ColumnFacts) -> bool:
    values = facts.arrays.finite(column.name)
    few = max(2.0, 0.002 * values.size)
    return bool((values == 1).sum() <= few and (values == 0).sum() <= few)


def label_encoded(context: Context) -> Checked:
    """Find categories written as running numbers.

    Whole numbers without gap from 0 or 1, three to fifty of them. Null model: frequencies
    of an amount rise and fall once; a dip between two peaks that Poisson noise does not explain
    (shared among columns) says the order means nothing. Names of counts and times are left out.
    """
    facts = context.facts
    tested = [c for c in context.measured if _contiguous(c) and not mentions(c.name, UNITS | CALENDAR)]
    names = tuple(c.name for c in tested if _dip(facts.arrays.finite(c.name)) > _bound(len(tested)))
    finding = None
    if names:
        title = f"{clause(names, 'holds', 'hold')} categories written as numbers: 2 is not twice 1."
        advice = "Treat them as categories, and ask for the list that says what each number means."
        evidence = {
            c.name: {"codes": c.distinct, "least": c.minimum, "largest": c.maximum} for c in tested if c.name in names
        }
        finding = Finding("label_encoded", Severity.NOTICE, names, title, evidence, advice)
    return conclude("label_encoded", [finding], len(tested), "running whole numbers whose frequencies jump")


def _bound(columns: int) -> float:
    return float(-special.ndtri(ERROR / max(columns * 50, 1)))


def _contiguous(column: ColumnFacts) -> bool:
    if column.minimum is None or column.maximum is None or column.minimum not in (0.0, 1.0):
        return False
    whole = column.whole == column.filled - column.nans - column.infinite
    return whole and 3 <= column.distinct <= 50 and column.maximum - column.minimum + 1 == column.distinct


def _dip(values: Floats) -> float:
    """Return how far, in standard errors, the deepest valley lies below the lower of the peaks around it."""
    counts = np.bincount((values - values.min()).astype(np.int64)).astype(np.float64)
    left, right = np.maximum.accumulate(counts), np.maximum.accumulate(counts[::-1])[::-1]
    peak = np.minimum(left, right)
    return float(((peak - counts) / np.sqrt(np.maximum(peak + counts, 1))).max())


def one_hot(context: Context) -> Checked:
    """Find groups of three or more 0/1 columns of which exactly one is 1 on every row of the sample."""
    facts = context.facts
    flags = [c for c in facts.columns.values() if _flag(c) and c.name != context.roles.label]
    groups = _exclusive(facts, [c.name for c in flags]) if len(flags) >= 3 else []
    finding = None
    if groups:
        names = tuple(name for name in facts.names if any(name in group for group in groups))
        title = f"{several(groups[0])} are one category spread over {plural(len(groups[0]), 'column')} of 0 and 1."
        advice = "Read them as one column; dropping one of them loses nothing."
        finding = Finding("one_hot", Severity.INFO, names, title, {"groups": groups, "rows": facts.sampled}, advice)
    return conclude("one_hot", [finding], len(flags) if len(flags) >= 3 else 0, "0/1 columns of which exactly one is 1")


def _flag(column: ColumnFacts) -> bool:
    numeric = column.storage.numeric or column.storage is Storage.BOOLEAN
    return numeric and column.distinct == 2 and column.nulls == 0 and (column.minimum, column.maximum) == (0, 1)


def _exclusive(facts: Facts, names: list[str]) -> list[list[str]]:
    ones = np.stack([facts.arrays.numbers[name] == 1 for name in names], axis=1).astype(np.float64)
    apart = (ones.T @ ones) == 0
    left, groups = list(range(len(names))), []
    while left:
        group = [left[0]]
        for i in left[1:]:
            if all(apart[i, j] for j in group):
                group.append(i)
        left = [i for i in left if i not in group]
        if len(group) >= 3 and bool((ones[:, group].sum(axis=1) == 1).all()):
            groups.append([names[i] for i in group])
    return groups


def hashed(context: Context) -> Checked:
    """Find text of one fixed length of a usual digest, all hexadecimal, digits and letters mixed."""
    facts = context.facts
    tested = [c for c in facts.text if c.shortest == c.longest and c.longest in LENGTHS and c.distinct >= 5]
    names = tuple(c.name for c in tested if _hexadecimal(facts, c))
    finding = None
    if names:
        title = f"{clause(names, 'is', 'are')} hashed: the values were replaced by digests of fixed length."
        advice = (
            "Equal values stay equal, so they can be joined and counted, but not read; ask for the salt before joining."
        )
        finding = Finding(
            "hashed", Severity.NOTICE, names, title, {c.name: c.longest for c in tested if c.name in names}, advice
        )
    return conclude("hashed", [finding], len(facts.text), "hexadecimal text of a digest's length")


def _hexadecimal(facts: Facts, column: ColumnFacts) -> bool:
    cells = facts.strings(column.name)
    hexadecimal = cells.str.contains(r"^([0-9a-f]+|[0-9A-F]+)$").all()
    letters = int(cells.str.contains(r"[a-fA-F]").sum()) / max(cells.len(), 1)
    # Of n random hexadecimal digits none is a letter with chance .625^n: only 2 % of eight-digit ones.
    return bool(hexadecimal) and letters >= 0.9
