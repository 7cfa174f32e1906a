"""For whom the effect differs: first whether it does at all, then where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clientela.domain.errors import quoted
from clientela.domain.estimate import Estimate
from clientela.experiments.effects import arm_cumulants, sums_of
from clientela.experiments.goals import Kind
from clientela.experiments.result import Differing
from clientela.experiments.shaping import ARM, SHARPER
from clientela.experiments.units import Units
from clientela.statistics.contrasts import bound, contrast_score
from clientela.statistics.cumulants import Cumulants
from clientela.statistics.heterogeneity import between
from clientela.statistics.multiplicity import holm

MOST_SEGMENTS = 50
FEWEST = 2
MISSING = "(missing)"


def differing(units: Units, control: str, variants: Sequence[str], level: float) -> tuple[list[Differing], list[str]]:
    """Return for each column asked for whether the effect differs between its segments.

    Args:
        units: The units.
        control: Name of the control.
        variants: The other variants.
        level: Confidence level of the intervals.

    Returns:
        One record per column and variant, p-values corrected for all of them (Holm); and what was left out, in
        sentences.
    """
    if units.measure.kind is Kind.DURATION:
        return [], ["For a time until something happens, segments are not compared."] if units.by else []
    found: list[Differing] = []
    left: list[str] = []
    for name, column in units.by.items():
        made, told = _of_column(units, (name, column), control, (tuple(variants), level))
        found += made
        left += told
    p = holm(np.array([part.p for part in found], dtype=np.float64))
    return [replace(part, p=float(value)) for part, value in zip(found, p, strict=True)], left


def _of_column(
    units: Units, column: tuple[str, str], control: str, asked: tuple[tuple[str, ...], float]
) -> tuple[list[Differing], list[str]]:
    measure = units.measure
    second = measure.per if measure.per is not None else SHARPER if units.sharpened else None
    groups = sums_of(units.table.powers([ARM, column[1]], [(measure.value, second)]), ["by0", "by1"])
    values = sorted({_named(key[1]) for key in groups})
    if len(values) > MOST_SEGMENTS:
        told = f"The column {quoted(column[0])} has {len(values):,} values, over {MOST_SEGMENTS}: it was not compared"
        return [], [f"{told}; put its values into groups first."]
    variants, level = asked
    found, left = [], []
    for variant in variants:
        rows: list[tuple[str, float, float, int]] = []
        for value in values:
            arms = {str(key[0]): held[measure.value] for key, held in groups.items() if _named(key[1]) == value}
            made = arm_cumulants(measure, {name: arms[name] for name in (variant, control) if name in arms})
            if len(made) == 2:
                error = _error(made[variant], made[control])
                if error > 0:
                    n = int(made[variant].n + made[control].n)
                    rows.append((value, float(made[variant].mean - made[control].mean), error, n))
        if len(rows) >= FEWEST:
            found.append(_judged(column[0], variant, rows, level))
        if len(rows) < len(values):
            left.append(
                f"By {quoted(column[0])}, {len(values) - len(rows)} of {len(values)} segments have too few outcomes "
                f"with {quoted(variant)} or with the control, and were left out."
            )
    return found, left


def _named(value: str | None) -> str:
    return MISSING if value is None else value


def _error(first: Cumulants, second: Cumulants) -> float:
    """Return the standard error that the score implies, so that small skewed segments do not look sure."""
    gap = float(first.mean - second.mean)
    plain = math.sqrt(float(first.variance / first.n + second.variance / second.n))
    score = abs(float(contrast_score(first, second)))
    # near zero the ratio of two small numbers tells nothing
    return abs(gap) / score if score > 0.5 else plain


def _judged(column: str, variant: str, rows: list[tuple[str, float, float, int]], level: float) -> Differing:
    estimates, errors = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    held = between(estimates, errors)
    reach = bound(level)
    segments = []
    for row, drawn, error in zip(rows, held.drawn, held.errors, strict=True):
        seen = Estimate(row[1], row[1] - reach * row[2], row[1] + reach * row[2], row[3], "normal", level)
        to_common = Estimate(
            float(drawn), float(drawn - reach * error), float(drawn + reach * error), row[3], "empirical Bayes", level
        )
        segments.append((row[0], seen, to_common))
    return Differing(column, variant, held.p, held.spread, tuple(segments))
