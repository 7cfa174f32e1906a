"""Means from logs of bandits: the weighted sums, and intervals that hold where plain means fail."""

import math

import numpy as np
import pytest

from clientela.statistics.adaptive import stabilised, stabilised_gap

RATES = np.array([0.3, 0.3])


def bandit(seed: int, batches: int = 12, size: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what was shown, the chances and the rewards of a greedy bandit that learns after every batch."""
    rng = np.random.default_rng(seed)
    won, lost = np.ones(2), np.ones(2)
    shown, chances, rewards = [], [], []
    for _ in range(batches):
        share = np.array([0.05, 0.95]) if won[1] / (won + lost)[1] >= won[0] / (won + lost)[0] else [0.95, 0.05]
        drawn = rng.choice(2, size, p=share)
        came = (rng.random(size) < RATES[drawn]).astype(float)
        won += np.bincount(drawn, came, 2)
        lost += np.bincount(drawn, 1 - came, 2)
        shown.append(drawn)
        chances.append(np.tile(share, (size, 1)))
        rewards.append(came)
    return np.concatenate(shown), np.concatenate(chances), np.concatenate(rewards)


def test_the_value_is_the_weighted_mean_of_scores() -> None:
    """Each decision counts by the root of its chance; what is foreseen is the mean so far."""
    shown = np.array([True, False, True, True])
    chances, rewards = np.array([0.5, 0.5, 0.25, 0.8]), np.array([1.0, 9.0, 0.0, 2.0])
    scores = [1 / 0.5, 1.0, 1 + (0 - 1) / 0.25, 0.5 + (2 - 0.5) / 0.8]
    expected = np.sqrt(chances) @ scores / np.sqrt(chances).sum()
    assert stabilised(shown, chances, rewards).value == pytest.approx(expected, rel=1e-12)


def test_intervals_hold_where_the_plain_mean_is_too_low() -> None:
    """Over 200 logs of a greedy bandit: ours holds in at least 92 %, the plain mean in fewer, and is biased down."""
    held, plain, means = 0, 0, []
    for seed in range(200):
        shown, chances, rewards = bandit(seed)
        held += not stabilised(shown == 0, chances[:, 0], rewards).excludes(0.3)
        own = rewards[shown == 0]
        half = 1.96 * own.std() / math.sqrt(len(own))
        plain += abs(own.mean() - 0.3) <= half
        means.append(own.mean())
    assert held >= 184
    assert plain < held
    assert np.mean(means) < 0.29


def test_the_gap_of_equal_variants_is_none_and_of_unequal_ones_is_found() -> None:
    """Of two variants with one rate the interval of the gap holds 0; with a gap of .4 added it excludes it."""
    shown, chances, rewards = bandit(3)
    first, second = (shown == 0, chances[:, 0]), (shown == 1, chances[:, 1])
    assert not stabilised_gap(first, second, rewards).excludes(0.0)
    found = stabilised_gap(first, second, rewards + 0.4 * (shown == 1))
    assert found.excludes(0.0)
    assert found.value == pytest.approx(stabilised_gap(first, second, rewards).value + 0.4, abs=0.05)


def test_a_higher_level_is_wider() -> None:
    """The interval at 99 % holds the one at 80 %."""
    shown, chances, rewards = bandit(5)
    wide = stabilised(shown == 0, chances[:, 0], rewards, 0.99)
    narrow = stabilised(shown == 0, chances[:, 0], rewards, 0.8)
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("chance", [0.0, 1.5, math.nan])
def test_impossible_chances_are_refused(chance: float) -> None:
    """A chance of 0, above 1 or undefined is no propensity."""
    with pytest.raises(ValueError, match="above 0"):
        stabilised(np.array([True]), np.array([chance]), np.array([1.0]))


def test_nothing_is_refused_and_never_shown_is_not_a_number() -> None:
    """An empty log is refused; a variant that was never shown has no mean."""
    with pytest.raises(ValueError, match="above 0"):
        stabilised(np.array([], dtype=bool), np.array([]), np.array([]))
    assert math.isnan(stabilised(np.zeros(5, dtype=bool), np.full(5, 0.5), np.ones(5)).value)
