"""Off-policy estimates beside plain numpy, and what must hold whatever the log."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.statistics.off_policy import (
    Logged,
    doubly_robust,
    inverse_propensity,
    lead,
    self_normalised,
    switch,
)

ESTIMATORS = (inverse_propensity, self_normalised, doubly_robust, switch)


def made(rows: int = 300, seed: int = 0, foreseen: bool = True) -> Logged:
    """Return a log of three variants, shown unevenly, with clicks, and a policy that prefers the last."""
    rng = np.random.default_rng(seed)
    shares, wanted = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])
    means = np.array([0.2, 0.3, 0.5])
    shown = rng.choice(3, rows, p=shares)
    rewards = (rng.random(rows) < means[shown]).astype(float)
    guesses = np.array([0.25, 0.3, 0.45])
    return Logged(
        (wanted / shares)[shown],
        rewards,
        guesses[shown] if foreseen else None,
        np.full(rows, float(wanted @ guesses)) if foreseen else None,
    )


def test_values_equal_plain_numpy() -> None:
    """Inverse propensity, self-normalised, doubly robust and the lead are the textbook sums."""
    log = made()
    weights, rewards, foreseen, promised = log.weights, log.rewards, log.foreseen, log.promised
    assert foreseen is not None
    assert promised is not None
    assert inverse_propensity(log).value == pytest.approx((weights * rewards).mean(), rel=1e-12)
    assert self_normalised(log).value == pytest.approx((weights * rewards).sum() / weights.sum(), rel=1e-12)
    robust = (promised + weights * (rewards - foreseen)).mean()
    assert doubly_robust(log).value == pytest.approx(robust, rel=1e-12)
    assert lead(log).value == pytest.approx(robust - rewards.mean(), rel=1e-9)


def test_switch_is_the_best_of_its_limits() -> None:
    """Switch is the sum with the limit of lowest risk, as plain numpy finds it, stretched by the bias."""
    log = made()
    weights = np.where(np.arange(300) < 2, 80.0, log.weights)
    log = Logged(weights, log.rewards, log.foreseen, log.promised)
    assert log.foreseen is not None
    assert log.promised is not None
    risks = []
    for limit in sorted(set(np.quantile(weights, np.linspace(0.5, 1, 21)))):
        scores = log.promised + np.where(weights <= limit, weights * (log.rewards - log.foreseen), 0)
        bias = weights[weights > limit].sum() / len(weights)
        risks.append((scores.var() / len(scores) + bias**2, scores.mean(), bias))
    best = min(risks, key=lambda risk: risk[0])
    found = switch(log)
    assert found.value == pytest.approx(best[1], rel=1e-12)
    assert found.low <= found.value - best[2]
    assert found.high >= found.value + best[2]


def test_without_foreseen_rewards_doubly_robust_is_inverse_propensity() -> None:
    """Doubly robust without a model is the inverse propensity, value and interval."""
    log = made(foreseen=False)
    assert doubly_robust(log) == inverse_propensity(log)


@settings(max_examples=6)
@given(st.floats(0.01, 100), st.integers(0, 50))
def test_self_normalised_forgets_the_scale_of_weights(scale: float, seed: int) -> None:
    """Weights times a constant leave the self-normalised value as it is, and scale the inverse propensity."""
    log = made(80, seed, foreseen=False)
    scaled = Logged(log.weights * scale, log.rewards)
    assert self_normalised(scaled).value == pytest.approx(self_normalised(log).value, rel=1e-9)
    assert inverse_propensity(scaled).value == pytest.approx(scale * inverse_propensity(log).value, rel=1e-9)


@settings(max_examples=6)
@given(st.floats(-50, 50), st.integers(0, 50))
def test_a_constant_reward_is_earned_by_every_policy(reward: float, seed: int) -> None:
    """Where every reward is the same every policy earns it: no lead, and two estimates are exact."""
    log = made(60, seed, foreseen=False)
    same = np.full(60, reward)
    log = Logged(log.weights, same, same, same, range=(min(0.0, reward), max(0.0, reward)))
    assert self_normalised(log).value == pytest.approx(reward, rel=1e-9, abs=1e-9)
    assert doubly_robust(log).value == pytest.approx(reward, rel=1e-9, abs=1e-9)
    gain = lead(log)
    assert gain.value == 0
    assert not gain.excludes(0.0)


@settings(max_examples=4)
@given(st.integers(0, 30))
def test_every_value_lies_in_its_interval(seed: int) -> None:
    """Each estimate lies between its ends, and says how large the effective sample is."""
    log = made(100, seed)
    for estimator in ESTIMATORS:
        found = estimator(log)
        assert found.low <= found.value <= found.high
        assert "effective size" in found.method


def test_the_policy_of_the_log_earns_what_was_logged() -> None:
    """With all weights 1 every estimate is the mean reward, and there is no lead."""
    rewards = np.tile([0.0, 1.0, 0.0], 40)
    log = Logged(np.ones(120), rewards)
    assert [estimator(log).value for estimator in ESTIMATORS] == pytest.approx([1 / 3] * 4)
    assert (lead(log).value, lead(log).excludes(0.0)) == (0.0, False)


def test_rows_of_a_visitor_count_once() -> None:
    """The same decisions of a quarter as many visitors give a wider interval, and say how many visitors there are."""
    log = made(200)
    grouped = Logged(log.weights, log.rewards, log.foreseen, log.promised, np.argsort(np.argsort(log.rewards)) // 4)
    alone, together = doubly_robust(log), doubly_robust(grouped)
    assert together.n == 50
    assert together.high - together.low > 1.2 * (alone.high - alone.low)


def test_nothing_to_weigh_is_not_a_number() -> None:
    """With all weights 0 the self-normalised value is NaN and has no ends."""
    found = self_normalised(Logged(np.zeros(10), np.ones(10)))
    assert np.isnan([found.value, found.low, found.high]).all()


def test_intervals_hold_the_truth() -> None:
    """Over 60 made logs at least nine in ten intervals of the answer hold what the policy truly earns."""
    truth = 0.2 * 0.2 + 0.3 * 0.3 + 0.5 * 0.5
    assert sum(not doubly_robust(made(150, 1000 + seed)).excludes(truth) for seed in range(60)) >= 54
