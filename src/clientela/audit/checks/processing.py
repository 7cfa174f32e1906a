"""What was already done to the numbers of a column: cut at an end, rounded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.damage import squeezed
from clientela.audit.draws import draws
from clientela.audit.facts import ColumnFacts
from clientela.audit.lexicon import CALENDAR, mentions, vocabulary
from clientela.audit.wording import figure, percent, several, verb
from clientela.domain.finding import Finding, Severity
from clientela.statistics.lattices import unit_of

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

ERROR = 1e-3
"""Chance of any false finding per code, shared among the columns tested (Bonferroni)."""

STEPS = (0.05, 0.25, 0.5, 2.5, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 5000.0, 10000.0)

SCALED = vocabulary(
    "rating, ratings, stars, score, nps, satisfaction, grade, review, likelihood, recommend, percent, pct, percentage, "
    "share, rate, bewertung, sterne, note, zufriedenheit, punkte, punktzahl, anteil, prozent, quote, empfehlung, "
    "weiterempfehlung, valoracion, puntuacion, satisfaccion, estrellas, porcentaje, evaluation, etoiles, satisfaction, "
    "pourcentage, taux, valutazione, punteggio, soddisfazione, stelle, beoordeling, tevredenheid, cijfer, csat, ces"
)
SCALE_ENDS = (1.0, 5.0, 6.0, 7.0, 10.0, 100.0)
PART_STEPS = (10000.0, 5000.0, 1000.0, 500.0, 250.0, 100.0, 50.0, 25.0, 10.0, 5.0, 1.0, 0.5, 0.25, 0.1, 0.05)
COMMONEST = 3
"""Values left out, as many as may be heaps of their own: filled in, a limit, a code."""

LEAST_MULTIPLES = 5
LEAST_PART = 0.05
"""Share of rows from which a heap on a lattice is told as rounding of a part."""

LEVEL = 1.5
"""How unlike the places between two multiples may be where the density rises or falls."""


def capped(context: Context) -> Checked:
    """Find columns cut off at an end, or at both.

    Null model: the number of rows at the end is Poisson with the largest count among the
    next ten distinct values inside (none of which a smooth tail exceeds); also at least thrice that. Whole numbers
    of 8 to 29 values, at the top: frequencies that do not rise over the three values before the end do not rise
    there either; Poisson with the largest of them, and at least twice that. In columns that belong to a key, keys are
    counted. Errors are shared among columns. Zero as the least value is left to `zero_inflated`; the ends of a scale
    (0 or 1 to 5, 7, 10 or 100) of a column that by its name is a rating, a score or a share are no cuts.
    """
    tested = [
        c for c in context.measured if (c.distinct >= 30 or _counts(context, c)) and not squeezed(context.facts, c)
    ]
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
    if mentions(column.name, SCALED) and values.size and values[-1] in SCALE_ENDS and values[0] in (0, 1):
        heaps = []
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
    """Find columns on a coarse lattice, or with a heap on one, or written with two digits that count.

    At least 95 % of values (zero aside) are multiples of a step such as .05, 5, 10 or 100, where a plain
    column would hit it by chance once in so many units (binomial, shared among columns
    and steps), and the multiples spread over ten values or more. Or a part of the rows is rounded: a smooth
    density leaves on each place between two multiples about as many rows as on the multiple itself, so more there
    than a tenth of all above what the other places have (binomial, shared alike; without the three commonest
    values) are rounded ones, provided that no other place has a heap, as prices ending in 99 and fractions
    of counts have. Or 95 % of the numbers from 100 on end in zeros
    after their second digit, which whole numbers of that size do once in ten or less (binomial). In columns
    that belong to a key, keys are counted. Digits after the point are a matter of the unit: two of them are
    no rounding, and identifiers that lost digits are told as such.
    """
    left = context.roles.label
    tested = [c for c in context.measured if c.distinct >= 10 and c.name != left and not squeezed(context.facts, c)]
    values = {c.name: draws(context, c.name) for c in tested}
    steps = {name: step for name, cells in values.items() if (step := _step(cells, len(tested))) is not None}
    digits = [name for name, cells in values.items() if name not in steps and _two_digits(cells, ERROR / len(tested))]
    whole = {*steps, *digits}
    partly = {n: found for n, cells in values.items() if n not in whole and (found := _partly(cells, len(tested)))}
    finding = None
    if steps or digits or partly:
        parts = [f"{name} to {figure(step)}" for name, step in steps.items()]
        parts += [f"{name} to two digits" for name in digits]
        parts += [
            f"{name} on about {percent(share)} of rows to {figure(step)}" for name, (step, share) in partly.items()
        ]
        title = f"Numbers were rounded: {several(parts)}."
        advice = "Do not read more precision into them than the step; ask whether they are estimates or ranges."
        evidence: dict[str, Any] = {"steps": steps, "two_digits": digits} if digits else {"steps": steps}
        if partly:
            evidence["partly"] = {name: {"step": step, "share": share} for name, (step, share) in partly.items()}
        finding = Finding("rounded", Severity.INFO, (*steps, *digits, *partly), title, evidence, advice)
    return conclude("rounded", [finding], len(tested), "values on a lattice of 5, 10, 100 and the like")


def _partly(values: Floats, columns: int) -> tuple[float, float] | None:
    """Return the largest step on whose multiples the rows of a part lie, and how large that part is."""
    used = values[values != 0]
    different, counts = np.unique(used, return_counts=True)
    if used.size < 100 or different.size < 30:
        return None
    kept = np.ones(different.size, dtype=np.bool_)
    kept[np.argsort(-counts, kind="stable")[:COMMONEST]] = False
    different, weights = different[kept], counts[kept].astype(np.float64)
    unit, rows = unit_of(different), float(weights.sum())
    for step in PART_STEPS:
        places = round(step / unit)
        if places < 5:
            break
        on = np.abs(different / step - np.round(different / step)) < min(1e-6, 0.1 / places)
        if int(on.sum()) < LEAST_MULTIPLES or on.all():
            continue
        hits = float(weights[on].sum())
        usual = (rows - hits) / (places - 1)
        excess = (hits - usual) / rows
        chance = float(special.bdtrc(int(hits) - 1, int(rows), LEVEL / places))
        if excess < LEAST_PART or chance >= ERROR / (columns * len(PART_STEPS)):
            continue
        if step < 1 and _endings(np.repeat(different[on], weights[on].astype(np.int64)), step):
            continue
        if not _other_heap(np.round(np.mod(different[~on], step) / unit), weights[~on], places, hits - usual):
            return step, excess
    return None


def _other_heap(spread: Floats, counts: Floats, places: int, most: float) -> bool:
    """Whether a place between two multiples holds a tenth of what is on them, or more different values than chance."""
    at = np.unique(spread, return_inverse=True)[1]
    usual = LEVEL * counts.sum() / (places - 1)
    if float(np.bincount(at, weights=counts).max()) > max(usual + 4 * np.sqrt(usual), 0.1 * most):
        return True
    mean = LEVEL * spread.size / (places - 1)
    return bool(places * float(special.pdtrc(int(np.bincount(at).max()) - 1, mean)) < ERROR)


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
        if hits < 0.95 * used.size or tail >= ERROR / (columns * len(STEPS)) or (step < 1 and whole):
            continue
        if step >= 1 or not _endings(used, step):
            return step
    return None


def _endings(values: Floats, step: float) -> bool:
    """Whether few endings after the point are usual, as prices have (one thrice its share), or it is a coarser unit."""
    places = np.bincount(np.round(np.mod(values, 1) / step).astype(np.int64) % round(1 / step))
    return bool(places.max() > 3 * step * values.size or places[1::2].sum() < 0.25 * values.size)
