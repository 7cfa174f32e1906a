"""What was foretold, held against what came: errors, calibration by frequency, coverage, and the total to come."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import polars as pl
from scipy.special import expit, logit, ndtri

from clientela.domain.estimate import Estimate
from clientela.models.lifetime.ahead import LEVEL
from clientela.models.lifetime.purchases import LATER
from clientela.models.lifetime.result import NO_PAST, Coverage, Forecast, FrequencyRow
from clientela.models.lifetime.valuing import POINTS, ValueModel
from clientela.models.values import FloatArray
from clientela.statistics.heterogeneity import reach
from clientela.statistics.intervals import bootstrap_each, bootstrap_ratio, wilson

MOST_FREQUENT = 7
"""Customers with so many repeat purchases and more are told together."""
NUDGE = 0.01
"""Step, in standard errors, by which parameters are moved to see what a total does."""


def compared(
    ways: Mapping[str, pl.DataFrame], frame: pl.DataFrame, naive: str, resamples: int, seed: int
) -> tuple[Forecast, ...]:
    """Return the errors of several ways of foretelling spend, intervals by resampling customers.

    Args:
        ways: Expected spend by way, in the order of `frame`; the one chosen last.
        frame: What came, and the spend of the period before the cut.
        naive: Name of the rule that everybody spends as in the period before.
        resamples: Bootstrap resamples.
        seed: Seed.

    Returns:
        One per way, then the naive rule.
    """
    came = frame["later_spend"].to_numpy()
    told = {name: points["expected_spend"].to_numpy() for name, points in ways.items()}
    best = list(told.values())[-1] - came
    told[naive] = frame["previous_spend"].to_numpy()
    units = np.arange(len(came))
    found = []
    for name, spend in told.items():
        gaps = spend - came
        parts = np.stack([np.ones(len(came)), np.abs(gaps), gaps**2, spend, came, np.abs(best), best**2])

        def errors(weights: FloatArray, parts: FloatArray = parts) -> FloatArray:
            sums = (parts * weights).sum(axis=1)
            mae, square, _, _, near, small = sums[1:] / sums[0]
            ratio = sums[3] / sums[4] if sums[4] > 0 else math.nan
            rmse = math.sqrt(square)
            return np.array([mae, rmse, ratio, mae - near, rmse - math.sqrt(small)])

        found.append(Forecast(name, *bootstrap_each(errors, units, resamples, seed, "customer")))
    return tuple(found)


def by_frequency(points: pl.DataFrame, frame: pl.DataFrame, resamples: int, seed: int) -> tuple[FrequencyRow, ...]:
    """Return what was foretold against what came, by number of repeat purchases before the cut.

    Where no two customers of a row differ in what came, as where there is one or nobody bought, what came has no
    interval (NaN): nothing shows how far others would be, and resampling would take that for certainty.
    """
    frequency = np.minimum(frame["frequency"].to_numpy(), MOST_FREQUENT)
    found = []
    for count in range(MOST_FREQUENT + 1):
        rows = np.flatnonzero(frequency == count)
        if len(rows) == 0:
            continue
        came = [_mean(frame[name].to_numpy()[rows], resamples, seed) for name in ("later_purchases", "later_spend")]
        told = [float(points[name].to_numpy()[rows].mean()) for name in POINTS[1:]]
        name = f"{count}+" if count == MOST_FREQUENT else str(count)
        found.append(FrequencyRow(name, len(rows), told[0], came[0], told[1], came[1]))
    return tuple(found)


def _mean(values: FloatArray, resamples: int, seed: int) -> Estimate:
    found = bootstrap_ratio(values, np.ones(len(values)), np.arange(len(values)), resamples, seed, "customer")
    if len(np.unique(values)) > 1:
        return found
    return replace(found, low=math.nan, high=math.nan, method="none: no two customers differ")


def covered(scores: pl.DataFrame, frame: pl.DataFrame) -> tuple[Coverage, ...]:
    """Return how often the intervals of purchases and spend held what came."""
    bought, spent = frame["later_purchases"].to_numpy(), frame["later_spend"].to_numpy()
    high = scores["spend_high"].to_numpy()
    counts = (bought >= scores["purchases_low"].to_numpy()) & (bought <= scores["purchases_high"].to_numpy())
    money = (spent >= scores["spend_low"].to_numpy()) & (spent <= high)
    parts = {"purchases": counts, "spend": money, "spend, where some was possible": money[high > 0]}
    return tuple(Coverage(of, LEVEL, wilson(int(held.sum()), len(held), LEVEL)) for of, held in parts.items())


@dataclass(frozen=True)
class Past:
    """Customers at a past cut.

    Attributes:
        frame: What was known of them, and what came.
        points: What had been foretold of them (`POINTS`).
    """

    frame: pl.DataFrame
    points: pl.DataFrame


def told_total(model: ValueModel, now: pl.DataFrame, pasts: Sequence[Past]) -> tuple[Estimate, Estimate, Estimate]:
    """Return how many customers still buy, and all purchases and spend to come, with intervals.

    Three things make a total uncertain: the parameters (delta method on their covariance), what
    customers do by chance, and how far the model or the season is off. The second is taken from how far each
    customer was from what was foretold in the newest past, as large amounts are rarer and larger than a model has
    them; the third from how far the totals of all pasts were off beyond chance (`heterogeneity.reach`). What no
    past shows, such as a change of prices, is not in the interval.

    Args:
        model: The model.
        now: Customers at present.
        pasts: Past cuts with times as long as the one to come that do not overlap, the newest last.

    Returns:
        Customers who still buy, purchases, spend; the last two without an interval where no past is known.
    """
    points = model.expect(now)
    sums, alive = np.array([float(points[name].sum()) for name in POINTS]), points["alive"].to_numpy()
    spread = _by_parameters(model, now, sums)
    still = math.sqrt(float((alive * (1 - alive)).sum()) + float(spread[0]))
    found = [_among(float(sums[0]), float(ndtri(0.5 + LEVEL / 2)) * still, now.height, "parameters and chance")]
    for value, variance, told, came in zip(sums[1:], spread[1:], POINTS[1:], LATER[1:], strict=True):
        gone = [_off(past.points[told], past.frame[came]) for past in pasts]
        known = np.array([one for one in gone if np.isfinite(one).all()]).reshape(-1, 2)
        if len(known) == 0 or not value > 0:
            found.append(Estimate(float(value), math.nan, math.nan, now.height, NO_PAST, LEVEL))
            continue
        chance = float(((pasts[-1].points[told] - pasts[-1].frame[came]) ** 2).sum()) * now.height
        own = float(variance + chance / pasts[-1].frame.height) / float(value) ** 2
        method = f"parameters, chance, and how far off {len(known)} past totals were"
        found.append(_around(float(value), reach(known[:, 0], known[:, 1], own, LEVEL), now.height, method))
    return found[0], found[1], found[2]


def _off(told: pl.Series, came: pl.Series) -> tuple[float, float]:
    """Return the logarithm of what came as a ratio to what was foretold, and its variance by chance."""
    whole, after = float(told.sum()), float(came.sum())
    if not (whole > 0 and after > 0):
        return math.nan, math.nan
    return math.log(after / whole), float(((told - came) ** 2).sum()) / whole**2


def _among(value: float, far: float, customers: int, method: str) -> Estimate:
    """Return a number of customers with an interval that is symmetric in the log-odds: they are some of all."""
    share = value / customers
    if not 0 < share < 1:
        return Estimate(value, value, value, customers, method, LEVEL)
    middle, half = float(logit(share)), far / (customers * share * (1 - share))
    low, high = (customers * float(expit(middle + way * half)) for way in (-1, 1))
    return Estimate(value, low, high, customers, method, LEVEL)


def _around(value: float, far: float, customers: int, method: str) -> Estimate:
    """Return a total with an interval that is symmetric in the logarithm, as totals are positive and skew."""
    return Estimate(value, value * math.exp(-far), value * math.exp(far), customers, method, LEVEL)


def _by_parameters(model: ValueModel, now: pl.DataFrame, sums: FloatArray) -> FloatArray:
    """Return the variance of each sum that comes from not knowing the parameters."""
    factor = model.factor(now, *model.parts(now))
    plain = msgspec.structs.replace(model, correction=None)
    found = np.zeros(len(sums))
    for name, part in (("buying", model.buying), ("spending", model.spending)):
        covariance = np.array(part.maximum.covariance)
        steps = np.diag(np.maximum(NUDGE * np.sqrt(np.diag(covariance)), 1e-6))
        slopes = []
        for step in steps:
            moved = part.at((np.array(part.maximum.point) + step).tolist())
            points = msgspec.structs.replace(plain, **{name: moved}).expect(now).select(POINTS).to_numpy()
            points = points * np.column_stack([np.ones_like(factor), np.ones_like(factor), factor])
            slopes.append((points.sum(axis=0) - sums) / step.max())
        table = np.array(slopes)
        found += np.einsum("ij,ik,kj->j", table, covariance, table)
    return found
