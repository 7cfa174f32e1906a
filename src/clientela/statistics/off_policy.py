"""What another policy would have earned, from decisions that this one made with known probabilities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clientela.domain.estimate import Estimate
from clientela.statistics.likelihood import effective_size, likelihood_interval

FloatArray = NDArray[np.float64]

ROUNDING = 1e-12
"""Share of the largest reward below which a difference is none."""


@dataclass(frozen=True)
class Logged:
    """Decisions of a log beside what a policy would have done; one entry per decision.

    Attributes:
        weights: Probability of the variant shown under the policy, by its propensity in the log.
        rewards: What came of it, in units of the reward.
        foreseen: Reward foreseen for the variant shown, from other decisions; None for none.
        promised: Mean of the foreseen rewards under the policy; None for none.
        units: Visitor behind every decision; None where each stands alone.
        range: Lowest and highest reward that is possible.
    """

    weights: FloatArray
    rewards: FloatArray
    foreseen: FloatArray | None = None
    promised: FloatArray | None = None
    units: NDArray[Any] | None = None
    range: tuple[float, float] = (0.0, 1.0)


def inverse_propensity(logged: Logged) -> Estimate:
    """Return the mean of weight times reward (Horvitz and Thompson 1952): unbiased, and shaky where weights are heavy.

    >>> logged = Logged(np.tile([2.0, 0.0], 200), np.tile([1.0, 0.0, 0.0, 0.0], 100))
    >>> inverse_propensity(logged).value
    0.5
    """
    return _estimate(logged, logged.weights * logged.rewards)


def self_normalised(logged: Logged) -> Estimate:
    """Return the weighted mean of rewards (Hajek 1971): never outside the range of rewards, nearly unbiased.

    Its interval is that of `inverse_propensity`, which already knows that weights have mean 1.

    >>> logged = Logged(np.tile([2.0, 0.0], 200), np.tile([1.0, 0.0, 0.0, 0.0], 100))
    >>> self_normalised(logged).value
    0.5
    """
    products = logged.weights * logged.rewards
    whole = float(logged.weights.sum())
    return _estimate(logged, products, float(products.sum() / whole) if whole > 0 else float("nan"))


def doubly_robust(logged: Logged) -> Estimate:
    """Return the foreseen reward under the policy, corrected by what the log shows (Dudik, Langford and Li 2011).

    Unbiased where the propensities are true, however wrong the foreseen rewards are.

    Args:
        logged: Decisions with foreseen rewards; without them the same as `inverse_propensity`.

    >>> even = np.full(400, 0.5)
    >>> logged = Logged(np.tile([2.0, 0.0], 200), np.tile([1.0, 0.0, 0.0, 0.0], 100), even, even)
    >>> doubly_robust(logged).value
    0.5
    """
    foreseen, promised = _models(logged)
    return _estimate(logged, promised + logged.weights * (logged.rewards - foreseen))


def lead(logged: Logged) -> Estimate:
    """Return how much more the policy earns than the one that made the log, doubly robust, per decision.

    Both are measured on the same decisions, so what they share cancels.

    >>> logged = Logged(np.tile([2.0, 0.0], 200), np.tile([1.0, 0.0, 0.0, 0.0], 100))
    >>> lead(logged).value
    0.25
    """
    foreseen, promised = _models(logged)
    gaps = promised + logged.weights * (logged.rewards - foreseen) - logged.rewards
    # where both earn the same, what is left of a difference is the rounding of floating point numbers
    same = np.abs(gaps) <= ROUNDING * float(np.abs(logged.rewards).max(initial=0.0))
    return _estimate(logged, np.where(same, 0.0, gaps))


def switch(logged: Logged) -> Estimate:
    """Return `doubly_robust` without the correction where weights are too heavy (Wang, Agarwal and Dudik 2017).

    Of the decisions whose weight is beyond a limit only the foreseen reward counts. The limit is the one with the
    lowest variance plus squared bound of the bias. The interval is stretched by that bound: what was left
    uncorrected may be wrong by as much as its weight times the range of rewards.

    Args:
        logged: Decisions with foreseen rewards.

    >>> even = np.full(400, 0.5)
    >>> logged = Logged(np.tile([2.0, 0.0], 200), np.tile([1.0, 0.0, 0.0, 0.0], 100), even, even)
    >>> switch(logged).value
    0.5
    """
    foreseen, promised = _models(logged)
    width = logged.range[1] - logged.range[0]
    corrections = logged.weights * (logged.rewards - foreseen)
    best = (np.inf, promised + corrections, 0.0)
    for limit in np.unique(np.quantile(logged.weights, np.linspace(0.5, 1.0, 21))):
        kept = logged.weights <= limit
        scores = promised + np.where(kept, corrections, 0.0)
        bias = width * float(np.mean(np.where(kept, 0.0, logged.weights)))
        risk = float(np.var(scores)) / len(scores) + bias**2
        if risk < best[0]:
            best = (risk, scores, bias)
    found = _estimate(logged, best[1])
    return replace(found, low=found.low - best[2], high=found.high + best[2])


def _models(logged: Logged) -> tuple[FloatArray, FloatArray]:
    nothing = np.zeros(len(logged.rewards))
    return (
        nothing if logged.foreseen is None else logged.foreseen,
        nothing if logged.promised is None else logged.promised,
    )


def _estimate(logged: Logged, scores: FloatArray, value: float | None = None) -> Estimate:
    """Return the mean of scores, or the value given, with its interval."""
    middle = float(scores.mean()) if len(scores) else float("nan")
    found = likelihood_interval(
        scores, logged.weights, middle if value is None else value, _corners(logged, scores), logged.units
    )
    return replace(found, method=f"{found.method}, effective size {effective_size(logged.weights):.0f}")


def _corners(logged: Logged, scores: FloatArray) -> FloatArray:
    """Return the extremes that could have occurred: any reward at the largest weight seen, and at weight 0."""
    foreseen, promised = _models(logged)
    base, guess = float(promised.mean()), float(foreseen.mean())
    heaviest = float(logged.weights.max(initial=0.0))
    at_heaviest = [(base + heaviest * (reward - guess), heaviest) for reward in logged.range]
    seen = [(float(scores.min(initial=base)), 1.0), (float(scores.max(initial=base)), 1.0)]
    return np.array([*at_heaviest, (base, 0.0), *seen])
