"""How well a score tells who responds to being treated, from a trial in which chance decided who was.

Qini agrees with scikit-uplift's `qini_auc_score` to nine digits (`bench/experiments_uplift.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.stats import rankdata

from clientela.domain.estimate import Estimate
from clientela.domain.record import Record
from clientela.statistics.intervals import LEVEL, bootstrap, bootstrap_ratio
from clientela.statistics.likelihood import effective_size

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

GROUPS = 10
ROUNDING = 1e-9
"""Share of the largest score below which a difference is the rounding of floating point numbers."""
_quantile: Any = special.ndtri
_student: Any = special.stdtrit


@dataclass(frozen=True)
class Trial:
    """A trial with a score of each visitor, who was not learned from for it.

    Attributes:
        treated: Whether the visitor was treated; chance decided.
        rewards: What came of it, in units of the reward.
        uplift: Score: what treating is foreseen to add, in units of the reward.
        units: Unit of every row; any values that sort.
    """

    treated: BoolArray
    rewards: FloatArray
    uplift: FloatArray
    units: NDArray[Any]


@dataclass(frozen=True)
class Group(Record):
    """Visitors of about equal score.

    Attributes:
        foreseen: Mean score, in units of the reward.
        observed: What treating added, in units of the reward.
    """

    foreseen: float
    observed: Estimate


def qini(trial: Trial, resamples: int = 200, seed: int = 0) -> Estimate:
    """Return the Qini coefficient.

    Visitors are ranked by falling score, equal scores at once. The Qini curve is what the
    treated among the first k bring more than the others there would at the same number (Radcliffe 2007). The
    coefficient is the area between it and the straight line to its end, by the same area of the curve that
    ranks all treated who responded first and all others who responded last: 0 is chance, 1 is knowing the
    outcome, which no score can. This is the convention of scikit-uplift, effects below 0 included; others divide by
    other areas and get other numbers.

    Args:
        trial: The trial.
        resamples: Resamples of units; scores are held fixed.
        seed: Seed.

    Returns:
        The coefficient with its interval by bootstrap; NaN where no outcome can be ranked.

    >>> treated = np.tile([True, False], 200)
    >>> score = np.repeat([1.0, 0.0], 200)
    >>> round(qini(Trial(treated, score * treated, score, np.arange(400))).value, 3)
    0.667
    """
    ranked = _Order.of(trial.uplift, trial)
    best = _Order.of(np.where(trial.treated, trial.rewards, -trial.rewards), trial)

    def share(weights: FloatArray) -> float:
        perfect = best.qini(weights)
        return ranked.qini(weights) / perfect if perfect > 0 else math.nan

    return bootstrap(share, trial.units, resamples, seed)


@dataclass(frozen=True)
class _Order:
    """Rows sorted by falling score.

    Attributes:
        order: The rows.
        last: Places where a run of equal scores ends.
        treated: 1 for treated rows, in that order.
        rewards: Rewards in that order.
    """

    order: NDArray[np.intp]
    last: NDArray[np.intp]
    treated: FloatArray
    rewards: FloatArray

    @classmethod
    def of(cls, scores: FloatArray, trial: Trial) -> _Order:
        order = np.argsort(-scores, kind="stable")
        last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
        return cls(order, last, trial.treated[order].astype(np.float64), trial.rewards[order])

    def _sums(self, weights: FloatArray) -> tuple[FloatArray, ...]:
        drawn = weights[self.order]
        there, kept = drawn * self.treated, drawn * (1 - self.treated)
        columns = (there, kept, there * self.rewards, kept * self.rewards)
        return tuple(np.cumsum(column)[self.last] for column in columns)

    def qini(self, weights: FloatArray) -> float:
        """Return the area between the Qini curve and the line to its end."""
        treated, others, won, lost = self._sums(weights)
        gains = won - lost * np.divide(treated, others, out=np.zeros_like(treated), where=others > 0)
        return _beyond(treated + others, gains)


def _beyond(places: FloatArray, heights: FloatArray) -> float:
    x, y = np.concatenate([[0.0], places]), np.concatenate([[0.0], heights])
    return float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum() - x[-1] * y[-1] / 2)


def calibration(trial: Trial, groups: int = GROUPS) -> tuple[Group, ...]:
    """Return what was foreseen beside what was observed, in groups of equal size by score.

    Args:
        trial: The trial, each row a unit of its own.
        groups: How many groups; those without treated or untreated rows are left out.

    Returns:
        Groups by rising score; the observed difference has Welch's interval with normal quantiles.

    >>> treated = np.tile([True, False], 200)
    >>> score = np.repeat([1.0, 0.0], 200)
    >>> [group.observed.value for group in calibration(Trial(treated, score * treated, score, np.arange(400)), 2)]
    [0.0, 1.0]
    """
    found = []
    for rows in np.array_split(np.argsort(trial.uplift, kind="stable"), groups):
        there, kept = rows[trial.treated[rows]], rows[~trial.treated[rows]]
        if min(len(there), len(kept)) < 2:
            continue
        first, second = trial.rewards[there], trial.rewards[kept]
        gap = float(first.mean() - second.mean())
        half = float(_quantile(0.5 + LEVEL / 2)) * math.sqrt(
            first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second)
        )
        found.append(Group(float(trial.uplift[rows].mean()), Estimate(gap, gap - half, gap + half, len(rows), "Welch")))
    return tuple(found)


def ranking_gain(effects: FloatArray, uplift: FloatArray, folds: NDArray[np.int64], units: NDArray[Any]) -> Estimate:
    """Return what ranking by a score gains over chance, on average over all shares of visitors to treat.

    The area between the uplift curve and the straight line to its end, a rank-weighted average effect (Yadlowsky,
    Fleming, Shah, Brunskill and Wager 2025). Rows are ranked within folds, because a model without a fold foresees low
    where the fold is high. The interval is Student's, with as many degrees of freedom as large squares the variance
    rests on: where few visitors bring all the reward, resampling them is sure too soon.

    Args:
        effects: Doubly robust effect of every row (`doubly_robust_rewards`).
        uplift: Score of every row, from models without its fold.
        folds: Fold of every row, from 0.
        units: Unit of every row.

    Returns:
        The area in units of the reward per visitor.

    >>> score = np.repeat([1.0, 0.0], 200)
    >>> round(ranking_gain(score, score, np.zeros(400, dtype=np.int64), np.arange(400)).value, 9)
    0.125
    """
    weights = np.zeros(len(uplift))
    for fold in np.unique(folds):
        rows = np.flatnonzero(folds == fold)
        weights[rows] = (rankdata(uplift[rows]) - 0.5) / len(rows) - 0.5
    codes = np.unique(units, return_inverse=True)[1].reshape(-1)
    parts = np.bincount(codes, weights=weights * _within(effects, folds)) / max(len(uplift), 1)
    value = float(parts.sum())
    pulls = parts - value / max(len(parts), 1)
    freedom = max(effective_size(pulls**2) - 1, 1.0)
    half = float(_student(freedom, 0.5 + LEVEL / 2)) * math.sqrt(float(pulls @ pulls))
    return Estimate(value, value - half, value + half, len(parts), "rank-weighted average effect")


def differing(effects: FloatArray, uplift: FloatArray, folds: NDArray[np.int64], units: NDArray[Any]) -> Estimate:
    """Return by how much effects differ for one unit of difference foreseen: whether a score is calibrated.

    The slope of noisy effects on the score within folds (best linear predictor, Chernozhukov,
    Demirer, Duflo and Fernandez-Val 2018): 1 where the score is calibrated, 0 where it tells nothing. Within folds,
    because a model without a fold foresees low where the fold is high.

    Args:
        effects: Doubly robust effect of every row (`doubly_robust_rewards`).
        uplift: Score of every row, from models without its fold.
        folds: Fold of every row, from 0.
        units: Unit of every row.

    Returns:
        The slope with its normal interval, robust to unequal variance and clustered by unit; NaN where
        the score does not vary.

    >>> uplift = np.tile([0.0, 1.0], 100)
    >>> differing(2 * uplift, uplift, np.zeros(200, dtype=np.int64), np.arange(200)).value
    2.0
    """
    gaps, parts = _within(uplift, folds), _within(effects, folds)
    spread = float(gaps @ gaps)
    if spread <= len(uplift) * (ROUNDING * float(np.abs(uplift).max(initial=0.0))) ** 2:
        return Estimate(math.nan, math.nan, math.nan, len(effects), "best linear predictor")
    slope = float(gaps @ parts / spread)
    codes = np.unique(units, return_inverse=True)[1].reshape(-1)
    pulls = np.bincount(codes, weights=gaps * (parts - slope * gaps))
    half = float(_quantile(0.5 + LEVEL / 2)) * math.sqrt(float(pulls @ pulls)) / spread
    return Estimate(slope, slope - half, slope + half, len(pulls), "best linear predictor")


def _within(values: FloatArray, folds: NDArray[np.int64]) -> FloatArray:
    counts = np.maximum(np.bincount(folds), 1)
    return np.asarray(values - (np.bincount(folds, weights=values) / counts)[folds], dtype=np.float64)


def doubly_robust_rewards(
    treated: BoolArray, rewards: FloatArray, chance: FloatArray, foreseen: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return a noisy but unbiased reward of every visitor untreated and treated (Robins, Rotnitzky and Zhao 1994).

    Args:
        treated: Whether the visitor was treated.
        rewards: What came of it.
        chance: Probability of being treated, above 0 and below 1.
        foreseen: Reward foreseen untreated and treated, from models without the visitor.

    >>> none = np.zeros(2)
    >>> doubly_robust_rewards(np.array([True, False]), np.ones(2), np.full(2, 0.5), (none, none))[1].tolist()
    [2.0, 0.0]
    """
    off, on = foreseen
    low = off + np.where(treated, 0.0, (rewards - off) / (1 - chance))
    high = on + np.where(treated, (rewards - on) / chance, 0.0)
    return low, high


def policy_gains(
    effects: FloatArray, chosen: BoolArray, units: NDArray[Any], resamples: int = 200, seed: int = 0
) -> tuple[Estimate, Estimate]:
    """Return what treating the chosen earns more than treating all, and more than treating none.

    Args:
        effects: Doubly robust effect of every row, costs taken off, in units of the reward.
        chosen: Whom the policy treats; not chosen from the row's own outcome.
        units: Unit of every row.
        resamples: Resamples of units.
        seed: Seed.

    Returns:
        Both per row, in units of the reward.

    >>> gains = policy_gains(np.array([1.0, -1.0] * 50), np.array([True, False] * 50), np.arange(100))
    >>> gains[0].value, gains[1].value
    (0.5, 0.5)
    """
    ones = np.ones(len(effects))
    over_all = bootstrap_ratio(np.where(chosen, 0.0, -effects), ones, units, resamples, seed)
    return over_all, bootstrap_ratio(np.where(chosen, effects, 0.0), ones, units, resamples, seed)
