"""What was already done to the numbers of a column: cut at an end, rounded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.draws import draws
from clientela.audit.facts import ColumnFacts
from clientela.audit.lexicon import CALENDAR, mentions
from clientela.audit.wording import figure, percent, several, verb
from clientela.domain.finding import Finding, Severity

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

ERROR = 1e-3
"""Chance of any false finding per code, shared among the columns tested (Bonferroni)."""

STEPS = (0.25, 0.5, 2.5, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 5000.0, 10000.0)


def capped(context: Context) -> Checked:
    """Find columns cut off at an end, or at both.

    Null model: the number of rows at the end is Poisson with the largest count among the
    next ten distinct values inside (none of which a smooth tail exceeds); also at least thrice that. Whole numbers
    of 8 to 29 values, at the top: frequencies that do not rise over the three values before the end do not rise
    there either; Poisson with the largest of them, and at least twice that. In columns that belong to a key, keys are
    counted. Errors are shared among columns. Zero as the least value is left to `zero_inflated`.
    """
    tested = [c for c in context.measured if c.distinct >= 30 or _counts(context, c)]
    found = {c.name: ends for c in tested if (ends := _ends(context, c, ERROR / len(tested)))}
    finding = None
    if found:
        names = tuple(found)
        parts = [
            f"{name} at {' and '.join(f'{figure(value)} ({percent(share)} of rows)' for value, share in ends)}"
            for name, ends in found.items()
        ]
        title = f"{several(parts)} {verb(len(names), 'ends', 'end')} in a heap: values beyond were cut off."
        evidence = {name: _said(ends) for name, ends in found.items()}
        advice = "The largest values are hidden: take totals and means as lower bounds, or ask for the uncut column."
        if all(value == context.facts.columns[name].minimum for name, ends in found.items() for value, _ in ends):
            advice = "The least values are hidden: take totals and means as upper bounds, or ask for the uncut column."
        finding = Finding("capped", Severity.NOTICE, names, title, evidence, advice)
    return conclude("capped", [finding], len(tested), "heaps at the least and largest value")


def _said(ends: list[tuple[float, float]]) -> dict[str, Any]:
    values, shares = zip(*ends, strict=True)
    evidence = {"value": values[0], "share": sum(shares)}
    return evidence if len(ends) == 1 else evidence | {"values": list(values), "shares": list(shares)}


def _counts(context: Context, column: ColumnFacts) -> bool:
    """Whole numbers with few values, none of which is a place in the calendar or the label."""
    whole = column.whole == column.filled - column.nans - column.infinite
    named = mentions(column.name, CALENDAR) or column.name == context.roles.label
    return whole and 8 <= column.distinct < 30 and not named


def _ends(context: Context, column: ColumnFacts, error: float) -> list[tuple[float, float]]:
    values, counts = np.unique(draws(context, column.name), return_counts=True)
    if column.distinct < 30:
        heaps = [-1] if _tail(values, counts, error) else []
    elif values.size < 20:
        heaps = []
    else:
        heaps = [-1] if _heap(counts[::-1], error) else []
        heaps += [0] if values[0] != 0 and _heap(counts, error) else []
    rows = context.finite(column.name)
    return [(float(values[end]), float((rows == values[end]).mean())) for end in heaps]


def _heap(counts: Counts, error: float) -> bool:
    rows, expected = int(counts[0]), float(counts[1:11].max())
    return rows >= 3 * expected and rows >= 5 and float(special.pdtrc(rows - 1, expected)) < error


def _tail(values: Floats, counts: Counts, error: float) -> bool:
    """Whether counts do not rise to the value before the last and then jump."""
    if values.size < 8 or np.diff(values).max() != 1:
        return False
    before, rows = counts[-4:-1].astype(np.float64), int(counts[-1])
    jumps = before[-1] <= before[0] and rows >= 2 * before.max()
    return bool(jumps) and float(special.pdtrc(rows - 1, before.max())) < error


def rounded(context: Context) -> Checked:
    """Find columns on a coarse lattice, or written with two digits that count.

    At least 95 % of values (zero aside) are multiples of a step such as 5, 10 or 100, where a plain
    column would hit it by chance once in so many units (binomial, shared among columns
    and steps), and the multiples spread over ten values or more. Or 95 % of the numbers from 100 on end in zeros
    after their second digit, which whole numbers of that size do once in ten or less (binomial). In columns
    that belong to a key, keys are counted. Digits after the point are a matter of the unit: two of them are
    no rounding.
    """
    tested = [c for c in context.measured if c.distinct >= 10 and c.name != context.roles.label]
    values = {c.name: draws(context, c.name) for c in tested}
    steps = {name: step for name, cells in values.items() if (step := _step(cells, len(tested))) is not None}
    digits = [name for name, cells in values.items() if name not in steps and _two_digits(cells, ERROR / len(tested))]
    finding = None
    if steps or digits:
        parts = [f"{name} to {figure(step)}" for name, step in steps.items()]
        parts += [f"{name} to two digits" for name in digits]
        title = f"Numbers were rounded: {several(parts)}."
        advice = "Do not read more precision into them than the step; ask whether they are estimates or ranges."
        evidence = {"steps": steps, "two_digits": digits} if digits else {"steps": steps}
        finding = Finding("rounded", Severity.INFO, (*steps, *digits), title, evidence, advice)
    return conclude("rounded", [finding], len(tested), "values on a lattice of 5, 10, 100 and the like")


def _two_digits(values: Floats, error: float) -> bool:
    used = np.abs(values[np.abs(values) >= 100])
    if used.size < 20 or used.size < 0.5 * (values != 0).sum() or np.unique(used).size < 10:
        return False
    step = 10.0 ** (np.floor(np.log10(used) + 1e-12) - 1)
    hits = int((np.abs(used / step - np.round(used / step)) < 1e-9).sum())
    return hits >= 0.95 * used.size and float(special.bdtrc(hits - 1, used.size, 0.1)) < error


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
