"""From sums of powers to an effect: difference, lift, the interval for one look and for any look."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.estimate import Estimate
from clientela.experiments.goals import Kind, Measure
from clientela.experiments.result import Effect
from clientela.statistics.blends import MixedSums, products_of
from clientela.statistics.contrasts import (
    bound,
    contrast_score,
    difference_interval,
    expected_outcomes,
    p_value,
    ratio_interval,
)
from clientela.statistics.cumulants import ORDER, POWERS, Cumulants, PowerSums, stacked
from clientela.statistics.sequences import sequence_bound, sequence_p

Floats = NDArray[np.float64]

FIXED, SEQUENCE = "permutation score", "permutation score, at every look"
FEWEST_OUTCOMES = 5.0
"""Outcomes other than zero that the smaller arm is to expect before a statement for any look is made: Cochran's (1954)
rule for counts."""

DEFAULT_PLANNED = 10_000.0
"""Effective units at which intervals for any look are tightest where no size was planned."""


@dataclass(frozen=True)
class Judged:
    """How effects are judged.

    Attributes:
        level: Confidence level.
        planned: Effective units at which the answer is expected; fixed before the first look.
    """

    level: float
    planned: float


def sums_of(frame: pl.DataFrame, keys: list[str]) -> dict[tuple[str | None, ...], dict[str, PowerSums]]:
    """Return the sums of a `Table.powers` answer by group, and in it by the name of the first column."""
    found: dict[tuple[str | None, ...], dict[str, PowerSums]] = {}
    for row in frame.iter_rows(named=True):
        sums = {power: row[f"s{power[0]}{power[1]}"] for power in POWERS}
        zeros = row["z0"], row["z1"], row["z2"], row["z3"]
        largest = tuple(zip(row["large_first"], row["large_second"], strict=True))
        group = found.setdefault(tuple(row[key] for key in keys), {})
        group[row["first"]] = PowerSums(row["n"], (row["origin_first"], row["origin_second"]), sums, zeros, largest)
    return found


def mixed_sums(row: Mapping[str, Any]) -> MixedSums:
    """Return the sums of a first column and of those beside it, from a row of a `Table.powers` answer."""
    origins = (row["origin_first"], *row["origins_beside"])
    products = products_of(len(origins))
    sums = {(0,) * power: row[f"s{power}0"] for power in range(1, ORDER + 1)}
    sums |= dict(zip(products, row["mixed"], strict=True))
    zeros = dict(zip((key for key in products if key[0]), row["mixed_zeros"], strict=True))
    largest = ((one, *rest) for one, rest in zip(row["large_first"], row["large_beside"], strict=True))
    return MixedSums(row["n"], origins, sums, {(): row["z0"], **zeros}, tuple(largest))


def total(parts: list[PowerSums]) -> PowerSums:
    """Return parts added up; there is one at least."""
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole


def arm_cumulants(measure: Measure, arms: Mapping[str, PowerSums]) -> dict[str, Cumulants]:
    """Return the cumulants of a measure per arm, sharpened by the second column where that is a covariate.

    Args:
        measure: A mean (second column: a covariate, or none) or a ratio (second column: the denominator).
        arms: Sums per arm; arms without units are left out.

    Returns:
        Cumulants per unit by arm.

    Source: Deng, Xu, Kohavi and Walker (2013) for the covariate; Deng, Knoblich and Lu (2018) for the ratio.
    """
    held = {name: sums for name, sums in arms.items() if sums.n > 1}
    if measure.kind is Kind.RATIO:
        return {name: _ratio(sums) for name, sums in held.items()}
    slope, around = sharpening(held)
    return {name: sums.cumulants(slope, around) for name, sums in held.items()}


def sharpening(arms: Mapping[str, PowerSums]) -> tuple[float, float]:
    """Return the slope on the covariate over all arms together, and its mean; 0 where there is none."""
    if not arms:
        return 0.0, 0.0
    whole = total(list(arms.values()))
    _, shared, spread = whole.covariances()
    return (shared / spread, whole.means[1]) if spread > 0 else (0.0, 0.0)


def _ratio(sums: PowerSums) -> Cumulants:
    over, under = sums.means
    ratio = over / under if under > 0 else math.nan
    unit = sums.cumulants(ratio, 0.0)
    return unit.moved(1 / under, ratio) if under > 0 else replace(unit, mean=np.asarray(math.nan))


@dataclass(frozen=True)
class Compared:
    """A variant beside the control on one measure.

    Attributes:
        measure: What is measured.
        variant: Name of the variant.
        control: Name of the control.
        first: The variant.
        second: The control.
        saved: Share of the variance saved by a covariate.
    """

    measure: Measure
    variant: str
    control: str
    first: Cumulants
    second: Cumulants
    saved: float = 0.0


def effects_of(compared: Sequence[Compared], judged: Judged) -> list[Effect]:
    """Return effects; their intervals are without end where it is too early to say.

    Args:
        compared: What is compared.
        judged: How it is judged.

    Returns:
        One effect each.
    """
    if not compared:
        return []
    first, second = stacked([one.first for one in compared]), stacked([one.second for one in compared])
    scores = contrast_score(first, second)
    once = bound(judged.level)
    information = 1 / (1 / first.n + 1 / second.n)
    limits = np.concatenate([np.full(len(compared), once), sequence_bound(information, judged.planned, judged.level)])
    # both intervals are looked for at once: the steps there are few, and what a step costs hardly depends on how many
    twice = stacked([one.first for one in compared] * 2), stacked([one.second for one in compared] * 2)
    ends = difference_interval(twice[0], twice[1], limits)
    (low, low_any), (high, high_any) = (end.reshape(2, -1) for end in ends)
    told = ~early(first, second)
    any_look = np.where(told, low_any, -np.inf), np.where(told, high_any, np.inf)
    p_any = np.where(told, sequence_p(scores, information, judged.planned, judged.level), 1.0)
    p_fixed = np.where(np.isnan(scores), 1.0, p_value(scores))
    lifts = ratio_interval(first, second, once)
    return [
        _effect(held, judged.level, [float(part[place]) for part in (low, high, *lifts, *any_look, p_fixed, p_any)])
        for place, held in enumerate(compared)
    ]


def _effect(held: Compared, level: float, found: list[float]) -> Effect:
    low, high, lift_low, lift_high, any_low, any_high, p_fixed, p_any = found
    n = int(held.first.n + held.second.n)
    difference = float(held.first.mean - held.second.mean)
    ratio = float(held.first.mean / held.second.mean) if held.second.mean > 0 else math.nan
    return Effect(
        measure=held.measure.name,
        variant=held.variant,
        control=held.control,
        unit=held.measure.unit,
        better=held.measure.better,
        difference=Estimate(difference, low, high, n, FIXED, level),
        lift=Estimate(ratio - 1, lift_low - 1, lift_high - 1, n, FIXED, level),
        any_look=Estimate(difference, any_low, any_high, n, SEQUENCE, level),
        p_fixed=p_fixed,
        p_any_look=p_any,
        p_adjusted=p_any,
        saved=held.saved,
    )


def looks(first: Cumulants, second: Cumulants, judged: Judged) -> tuple[Floats, Floats]:
    """Return the ends of intervals that hold at every look, of one look or of many as arrays."""
    limit = sequence_bound(1 / (1 / first.n + 1 / second.n), judged.planned, judged.level)
    low, high = difference_interval(first, second, limit)
    told = ~early(first, second)
    return np.where(told, low, -np.inf), np.where(told, high, np.inf)


def early(first: Cumulants, second: Cumulants) -> NDArray[np.bool_]:
    """Tell whether too little was seen for a statement that holds at every look."""
    varied = (first.variance > 0) | (second.variance > 0)
    return ~(varied & (expected_outcomes(first, second) >= FEWEST_OUTCOMES))


def effective(first: float, second: float) -> float:
    """Return the effective units of two arms: 1 / (1/n1 + 1/n2).

    >>> effective(1000, 1000)
    500.0
    """
    return 1 / (1 / first + 1 / second)
