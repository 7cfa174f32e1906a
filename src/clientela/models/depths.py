"""Curves and money by how deep one goes into the rows ranked by score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.models.evaluating import SHARES, Judged
from clientela.models.evidence import Bill, Depth, PrecisionPoint, RocPoint
from clientela.models.values import FloatArray
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


def worth_of(judged: Judged, money: Money) -> float | None:
    """Return what a row above the first class brings: as asked, else its mean revenue; None where neither is known."""
    if money.value is not None:
        return money.value
    if judged.revenue is None:
        return None
    paid = judged.revenue[(judged.codes > 0) & np.isfinite(judged.revenue)]
    return float(paid.mean()) if len(paid) else None


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


def depths(judged: Judged, chance: FloatArray, money: Money) -> tuple[Depth, ...]:
    """Return lift, the most that acting may cost, and profit, by the share of rows acted on."""
    above = judged.codes > 0
    ranking = Ranking(above, chance)
    value = worth_of(judged, money)
    amounts = None if value is None else _amounts(judged, money, value)
    shares = np.array(SHARES)
    steps = np.diff(shares, prepend=0.0)

    def all_of(weights: FloatArray) -> FloatArray:
        lift = ranking.gain(SHARES, weights=weights) / shares
        if amounts is None:
            return np.asarray(lift, dtype=np.float64)
        whole = float((weights * amounts).sum() / weights.sum())
        brought = whole * np.nan_to_num(ranking.gain(SHARES, values=amounts, weights=weights), nan=0.0)
        told = [lift, np.diff(brought, prepend=0.0) / steps]
        if money.cost is not None:
            told.append(PER * (brought - shares * money.cost))
        return np.concatenate(told)

    found = _each(judged, all_of)
    count = len(SHARES)

    def at(part: int, index: int) -> Estimate | None:
        return found[part * count + index] if len(found) > part * count else None

    return tuple(Depth(share, found[index], at(1, index), at(2, index)) for index, share in enumerate(SHARES))


def bill(judged: Judged, chance: FloatArray, money: Money) -> Bill | None:
    """Return what right and wrong actions come to where each row is acted on from cost / value on.

    Returns:
        The bill; None without a cost, or where nothing says what a row is worth.
    """
    value = worth_of(judged, money)
    if value is None or money.cost is None or value <= 0:
        return None
    cost, cut = money.cost, money.cost / value
    acts, above = (chance >= cut).astype(np.float64), (judged.codes > 0).astype(np.float64)
    per_row = np.column_stack(
        [
            acts,
            PER * cost * acts * (1 - above),
            PER * (value - cost) * (1 - acts) * above,
            PER * acts * (value * above - cost),
            PER * (value * above - cost),
        ]
    )

    def all_of(weights: FloatArray) -> FloatArray:
        means = (weights[:, None] * per_row).sum(axis=0) / weights.sum()
        return np.append(means, means[3] - max(0.0, means[4]))

    return Bill(value, cost, cut, *_each(judged, all_of))


def _amounts(judged: Judged, money: Money, value: float) -> FloatArray:
    """Return what acting on each row brings: its own revenue, or the value asked where it is above the first class."""
    if money.value is None and judged.revenue is not None:
        return np.nan_to_num(judged.revenue, nan=0.0)
    return np.where(judged.codes > 0, value, 0.0)


def _each(judged: Judged, statistics: Callable[[FloatArray], FloatArray]) -> tuple[Estimate, ...]:
    return bootstrap_each(statistics, judged.units, judged.resamples, judged.seed, judged.unit)
