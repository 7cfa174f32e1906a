"""Cross-fitted scores of a trial, and the judgement whether visitors differ in how they respond."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import RefusedError
from clientela.domain.estimate import Estimate
from clientela.models.uplift.learners import FOLDS, LEAST_SIDE, Learner
from clientela.models.uplift.result import UpliftResult
from clientela.models.values import FloatArray, IntArray
from clientela.statistics.intervals import bootstrap_ratio
from clientela.statistics.uplift import (
    Trial,
    calibration,
    differing,
    doubly_robust_rewards,
    policy_gains,
    qini,
    ranking_gain,
)

BoolArray = NDArray[np.bool_]
RESAMPLES = 200


@dataclass(frozen=True)
class CrossFitted:
    """Scores of visitors by learners that have not seen them.

    Attributes:
        uplift: What treating is foreseen to add.
        off: Reward foreseen untreated.
        on: Reward foreseen treated.
        fold: Fold of every row.
        ahead: What treating is foreseen to add by a learner that has seen only folds before the row's; NaN where these
            are too small.
    """

    uplift: FloatArray
    off: FloatArray
    on: FloatArray
    fold: IntArray
    ahead: FloatArray


def cross_fit(
    learner: Learner, frame: pl.DataFrame, treated: BoolArray, rewards: FloatArray, units: NDArray[Any]
) -> CrossFitted:
    """Score every visitor by the learner, fitted without the visitor's fold.

    Args:
        learner: Learner; its seed decides the folds, and it is left fitted without the last one.
        frame: What was known of the visitors before.
        treated: Whether the visitor was treated.
        rewards: What came of it.
        units: Unit of every row; rows of one unit are in one fold.

    Raises:
        RefusedError: Too few visitors.
    """
    codes = np.unique(units, return_inverse=True)[1].reshape(-1)
    count = int(codes.max(initial=0)) + 1
    if count < FOLDS:
        raise RefusedError(f"There are only {count} independent visitors, too few for {FOLDS} folds.")
    fold = (np.random.default_rng(learner.seed).permutation(count) % FOLDS)[codes]
    uplift, off, on, ahead = (np.full(len(rewards), np.nan) for _ in range(4))
    for number in range(FOLDS):
        here, there, before = (np.flatnonzero(rows) for rows in (fold == number, fold != number, fold < number))
        if min(treated[before].sum(), (~treated[before]).sum()) >= LEAST_SIDE:
            ahead[here] = learner.fit(frame[before], treated[before], rewards[before]).predict(frame[here])
        learner.fit(frame[there], treated[there], rewards[there])
        uplift[here] = learner.predict(frame[here])
        off[here], on[here] = learner.foresee(frame[here])
    return CrossFitted(uplift, off, on, fold, ahead)


def judge_uplift(
    learner: Learner,
    frame: pl.DataFrame,
    treated: BoolArray,
    rewards: FloatArray,
    units: NDArray[Any] | None = None,
    cost: float = 0.0,
) -> UpliftResult:
    """Say whether visitors differ in how they respond to being treated, and what knowing so is worth.

    "Usable" is decided by one test: the interval of what ranking by the score gains over chance (`ranked_gain`) lies
    above 0. Effects may differ without that, among a few visitors with extreme
    scores for instance; then the slope tells of it, and ranking still brings nothing.

    Args:
        learner: Learner; fitted on all rows afterwards.
        frame: What was known of the visitors before; a column from afterwards makes the answer worthless.
        treated: Whether the visitor was treated; chance decided, with the same probability for all.
        rewards: What came of it.
        units: Unit of every row, such as the visitor; each row is its own where None.
        cost: What treating costs, in units of the reward.

    Returns:
        The judgement.

    Raises:
        RefusedError: Too few visitors were treated, or were not; every reward is the same.
    """
    if len(rewards) and rewards.min() == rewards.max():
        raise RefusedError(
            f"The reward is {rewards[0]:g} in every row, so nobody can be seen to respond: name another reward, or "
            "wait for more outcomes."
        )
    independent = np.arange(len(rewards)) if units is None else units
    scores = cross_fit(learner, frame, treated, rewards, independent)
    chance = np.full(len(rewards), treated.mean())
    low, high = doubly_robust_rewards(treated, rewards, chance, (scores.off, scores.on))
    effects = high - low
    trial = Trial(treated, rewards, scores.uplift, independent)
    area = ranked_gain(scores, effects, independent)
    slope = differing(effects, scores.uplift, scores.fold, independent)
    chosen = scores.uplift > cost
    over_all, over_none = policy_gains(effects - cost, chosen, independent, RESAMPLES, learner.seed)
    usable = area.low > 0
    learner.fit(frame, treated, rewards)
    return UpliftResult(
        learner=f"{learner.name} {learner.base}",
        rows=len(rewards),
        treated=int(treated.sum()),
        effect=bootstrap_ratio(effects, np.ones(len(rewards)), independent, RESAMPLES, learner.seed),
        qini=qini(trial, RESAMPLES, learner.seed),
        area=area,
        slope=slope,
        groups=calibration(trial),
        share=float(chosen.mean()),
        over_all=over_all,
        over_none=over_none,
        usable=usable,
        verdict=_verdict(usable, area, (over_all, over_none), float(chosen.mean())),
    )


def ranked_gain(scores: CrossFitted, effects: FloatArray, units: NDArray[Any]) -> Estimate:
    """Return what ranking by the score gains over chance, with an interval that keeps its level.

    The value is that of scores by learners of all other folds. There two rows that happen to be alike speak for each
    other twice, and without any difference between visitors a gain would be claimed too often (Wager 2024, Sequential
    validation of treatment heterogeneity). So the interval also holds the one of scores by learners of the folds
    before alone, of which that is not true.

    Args:
        scores: Scores of visitors.
        effects: Doubly robust effect of every row.
        units: Unit of every row.

    Returns:
        The gain in units of the reward per visitor.
    """
    whole = ranking_gain(effects, scores.uplift, scores.fold, units)
    known = np.isfinite(scores.ahead)
    ahead = ranking_gain(effects[known], scores.ahead[known], scores.fold[known], units[known])
    return replace(whole, low=min(whole.low, ahead.low), high=max(whole.high, ahead.high))


def _verdict(usable: bool, area: Estimate, gains: tuple[Estimate, Estimate], share: float) -> str:
    if not usable:
        return (
            "There is no usable difference between visitors: treat all or none, by the average effect (what ranking "
            f"gains over chance, {area!r} per visitor, may be 0)."
        )
    over_all, over_none = gains
    if over_all.low > 0 and over_none.low > 0:
        return f"Visitors differ: treating the {share:.0%} with the highest score earns more than treating all or none."
    rivals = " or ".join(word for word, gain in (("all", over_all), ("none", over_none)) if gain.low <= 0)
    return (
        f"Visitors differ, and the score ranks them; that treating only the {share:.0%} it picks earns more than "
        f"treating {rivals} cannot be told, so rank by it where not everybody can be treated."
    )
