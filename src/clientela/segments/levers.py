"""What separates a revenue group from the next one up, and what moving visits up would be worth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtri

from clientela.domain.estimate import Estimate
from clientela.models.result import Target, TargetKind
from clientela.models.target import codes_of
from clientela.segments.describing import marks
from clientela.segments.outcomes import Outcomes
from clientela.segments.result import Mark, StepUp
from clientela.statistics.intervals import bootstrap_each

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

MOVED = 0.01
"""Share of the visits of a group that is thought to move up."""
PER = 1000.0
"""Money is told per so many visits."""
LEVEL = 0.05


def steps_up(
    rows: pl.DataFrame, columns: Sequence[str], target: Target, found: Outcomes, resamples: int, seed: int
) -> tuple[StepUp, ...]:
    """Return what separates each group from the next one up.

    Marks are associations: who differs, not what would change if a column were changed. An
    effect is told where it exceeds what chance brings to the strongest of all columns
    (normal approximation, Bonferroni's correction, visitors as units).

    Args:
        rows: Visits.
        columns: Columns that a description may name.
        target: The label, its classes in order.
        found: What came of the visits.
        resamples: Bootstrap resamples behind an interval.
        seed: Seed.

    Returns:
        One step per pair of neighbouring groups, from the lowest; empty where classes have no order.
    """
    if target.kind is TargetKind.CLASSES:
        return ()
    codes = codes_of(target, rows.get_column(target.label))
    gains = _gains(codes, len(target.classes), found, resamples, seed) if found.money else ()
    steps = []
    for place, (lower, upper) in enumerate(zip(target.classes[:-1], target.classes[1:], strict=True)):
        both = (codes == place) | (codes == place + 1)
        above = codes[both] == place + 1
        told = _beyond_chance(marks(rows.filter(both), columns, above), above, found.units[both], len(columns))
        steps.append(StepUp(lower, upper, told, gains[place] if gains else None))
    return tuple(steps)


def _beyond_chance(found: Sequence[Mark], above: BoolArray, units: IntArray, tests: int) -> tuple[Mark, ...]:
    """Return the marks stronger than chance makes the strongest; d and h both vary as the root of 1/n + 1/m."""
    many = [len(np.unique(units[side])) for side in (above, ~above)]
    if min(many) == 0:
        return ()
    bound = float(ndtri(1 - LEVEL / max(tests, 1) / 2)) * math.sqrt(1 / many[0] + 1 / many[1])
    return tuple(mark for mark in found if abs(mark.effect) > bound)


def _gains(codes: IntArray, count: int, found: Outcomes, resamples: int, seed: int) -> tuple[Estimate, ...]:
    """Return what moving 1 % of each group up would bring, per 1,000 visits."""
    width = int(found.units.max()) + 1
    known = codes >= 0
    slots = found.units[known] * count + codes[known]
    sizes, sums = (
        np.bincount(slots, weights=column, minlength=width * count).reshape(width, count)
        for column in (np.ones(int(known.sum())), found.value[known])
    )

    def moved(weights: FloatArray) -> FloatArray:
        rows, money = weights @ sizes, weights @ sums
        means = np.divide(money, rows, out=np.full(count, np.nan), where=rows > 0)
        gains = PER * MOVED * rows[:-1] / rows.sum() * (means[1:] - means[:-1])
        return np.asarray(gains, dtype=np.float64)

    return bootstrap_each(moved, np.arange(width), resamples, seed, found.unit)
