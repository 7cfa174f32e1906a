"""Curves and money by how deep one goes into the rows ranked by score."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.models.deciding import Offered, decide, in_order
from clientela.models.evaluating import SHARES, Judged
from clientela.models.evidence import BestDepth, Bill, Depth, PrecisionPoint, RevenueTenth, RocPoint
from clientela.models.values import FloatArray
from clientela.statistics.heavy_means import mean_of_amounts
from clientela.statistics.intervals import bootstrap_each
from clientela.statistics.scores import Ranking

FALSE_ALARMS = (0.01, 0.02, 0.05, *(step / 10 for step in range(1, 10)))
FOUND = (0.05, *(step / 10 for step in range(1, 11)))
PER = 1000.0
"""Money is told per so many rows."""


@dataclass(frozen=True)
class Money:
    """What acting on a row brings and costs.

    Attributes:
        value: What one row above the first class brings, in money; None takes the revenue of each row.
        cost: What acting on one row costs, in money, or None.
    """

    value: float | None = None
    cost: float | None = None


@dataclass(frozen=True)
class Priced:
    """Rows with what they are ranked by, and what acting on each brings.

    Attributes:
        score: Expected revenue in money where each row brings its own revenue; else the chance of anything above the
            first class.
        brought: What acting on each row brings, in money; None where nothing says what a row is worth.
        money: Value and cost.
    """

    score: FloatArray
    brought: FloatArray | None
    money: Money

    @property
    def cut(self) -> float:
        """Score from which a row is expected to bring what acting on it costs."""
        cost, value = self.money.cost or 0.0, 1.0 if self.money.value is None else self.money.value
        return cost / value if value > 0 else math.inf


def priced(judged: Judged, chance: FloatArray, expected: FloatArray | None, money: Money) -> Priced:
    """Return rows ranked by what acting on them is expected to bring.

    Args:
        judged: Truth.
        chance: Probability of anything above the first class, of every row.
        expected: Expected revenue of every row in money, or None.
        money: Value and cost.
    """
    if money.value is not None:
        return Priced(chance, np.where(judged.codes > 0, money.value, 0.0), money)
    if judged.revenue is None:
        return Priced(chance, None, money)
    return Priced(chance if expected is None else expected, np.nan_to_num(judged.revenue, nan=0.0), money)


def curves(judged: Judged, chance: FloatArray) -> tuple[tuple[RocPoint, ...], tuple[PrecisionPoint, ...]]:
    """Return the ROC curve, and precision against the share found, with intervals.

    Args:
        judged: Truth.
        chance: Probability of anything above the first class, of every row.
    """
    ranking = Ranking(judged.codes > 0, chance)
    found = _each(
        judged, lambda weights: np.concatenate([ranking.roc(FALSE_ALARMS, weights), ranking.precision(FOUND, weights)])
    )
    roc = tuple(RocPoint(x, y) for x, y in zip(FALSE_ALARMS, found, strict=False))
    return roc, tuple(PrecisionPoint(x, y) for x, y in zip(FOUND, found[len(FALSE_ALARMS) :], strict=True))


def depths(judged: Judged, rows: Priced) -> tuple[Depth, ...]:
    """Return lift, the most that acting may cost, and profit, by the share of rows acted on."""
    ranking = Ranking(judged.codes > 0, rows.score)
    brought, cost = rows.brought, rows.money.cost
    shares = np.array(SHARES)
    steps = np.diff(shares, prepend=0.0)

    def all_of(weights: FloatArray) -> FloatArray:
        lift = ranking.gain(SHARES, weights=weights) / shares
        if brought is None:
            return np.asarray(lift, dtype=np.float64)
        reached = ranking.brought(SHARES, brought, weights)
        told = [lift, np.diff(reached, prepend=0.0) / steps]
        if cost is not None:
            told.append(PER * (reached - shares * cost))
        return np.concatenate(told)

    found = _each(judged, all_of)
    count = len(SHARES)

    def at(part: int, index: int) -> Estimate | None:
        return found[part * count + index] if len(found) > part * count else None

    return tuple(Depth(share, found[index], at(1, index), at(2, index)) for index, share in enumerate(SHARES))


def best_depth(judged: Judged, rows: Priced) -> BestDepth | None:
    """Return how deep it pays to act, and the profit there.

    Returns:
        The depth; None without a cost, or where nothing says what a row is worth.
    """
    if rows.brought is None or rows.money.cost is None:
        return None
    left, units = PER * (rows.brought - rows.money.cost), in_order(judged.units)
    found = decide(Offered(rows.score, left, units), rows.cut, judged.seed)
    sums = np.column_stack([np.where(found.told, left, 0.0), left])

    def all_of(weights: FloatArray) -> FloatArray:
        told, whole = (weights[:, None] * sums).sum(axis=0) / weights.sum()
        return np.array([told, whole, told - whole])

    return BestDepth(
        rows.money.value,
        rows.money.cost,
        float(found.taken.mean()),
        found.least if found.taken.any() else None,
        *bootstrap_each(all_of, units, judged.resamples, judged.seed, judged.unit),
    )


def bill(judged: Judged, rows: Priced) -> Bill | None:
    """Return what right and wrong actions come to where each row is acted on that is expected to bring its cost.

    Returns:
        The bill; None without a cost, or where nothing says what a row is worth.
    """
    cost, brought = rows.money.cost, rows.brought
    if brought is None or cost is None or not math.isfinite(rows.cut):
        return None
    acts, left = (rows.score >= rows.cut).astype(np.float64), PER * (brought - cost)
    per_row = np.column_stack(
        [acts, acts * np.maximum(-left, 0.0), (1 - acts) * np.maximum(left, 0.0), acts * left, left]
    )

    def all_of(weights: FloatArray) -> FloatArray:
        means = (weights[:, None] * per_row).sum(axis=0) / weights.sum()
        return np.append(means, means[3] - max(0.0, means[4]))

    return Bill(rows.money.value, cost, rows.cut, *_each(judged, all_of))


def revenue_tenths(judged: Judged, expected: FloatArray | None) -> tuple[RevenueTenth, ...]:
    """Return expected against observed revenue in tenths of the rows by expected revenue, the lowest first.

    Args:
        judged: Truth; rows whose revenue is not known are left out.
        expected: Expected revenue of every row in money, or None.

    Returns:
        Up to ten parts, rows of one expectation in one part; empty without revenue.
    """
    if judged.revenue is None or expected is None:
        return ()
    known = np.isfinite(judged.revenue)
    revenue, units, said = judged.revenue[known], judged.units[known], expected[known]
    edges = np.unique(np.quantile(said, np.arange(1, 10) / 10)) if len(said) else said
    parts = np.searchsorted(edges, said, side="left")
    found = []
    for part in np.unique(parts):
        rows = parts == part
        observed = mean_of_amounts(revenue[rows], units[rows], judged.resamples, judged.seed, judged.unit)
        found.append(RevenueTenth(float(said[rows].mean()), observed, int(rows.sum())))
    return tuple(found)


def _each(judged: Judged, statistics: Callable[[FloatArray], FloatArray]) -> tuple[Estimate, ...]:
    return bootstrap_each(statistics, judged.units, judged.resamples, judged.seed, judged.unit)
