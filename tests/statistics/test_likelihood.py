"""Empirical likelihood against scipy's optimiser, and its ends."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from clientela.statistics.likelihood import effective_size, likelihood_interval, likelihood_ratio

CORNERS = np.array([[0.0, 1.0], [1.0, 1.0]])


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(1e-6, 1e6))
def test_effective_size_does_not_depend_on_scale(weights: list[float], scale: float) -> None:
    """The effective size is the squared sum by the sum of squares, from 1 to the rows, whatever the scale."""
    values = np.array(weights)
    found = effective_size(values)
    if values.max() == 0:
        assert found == 0
        return
    assert 1 - 1e-9 <= found <= len(values) + 1e-9
    if values.max() > 1e-100:
        assert found == pytest.approx(effective_size(values * scale))
        assert found == pytest.approx(values.sum() ** 2 / (values**2).sum())


def test_ratio_is_the_largest_of_the_dual() -> None:
    """The ratio equals the maximum that scipy finds of the sum of log(1 + slope * gap)."""
    gaps = np.random.default_rng(0).normal(0.3, 1.0, 40)
    inside = -1 / gaps.max() + 1e-9, -1 / gaps.min() - 1e-9
    best = optimize.minimize_scalar(lambda slope: -np.log1p(slope * gaps).sum(), bounds=inside, method="bounded")
    assert likelihood_ratio(gaps) == pytest.approx(-best.fun, rel=1e-5)


def test_ratio_at_its_edges() -> None:
    """Nothing but zeros is as likely as can be; numbers on one side of 0 are impossible."""
    assert likelihood_ratio(np.zeros(5)) == 0
    assert likelihood_ratio(np.array([0.0, 1.0])) == math.inf
    assert likelihood_ratio(np.array([-2.0, -1.0])) == math.inf


def test_interval_of_equal_weights_is_about_that_of_a_share() -> None:
    """With weights of 1 the interval of a share is within a twentieth of its width of Wilson's."""
    rewards = np.repeat([1.0, 0.0], [60, 140])
    found = likelihood_interval(rewards, np.ones(200), 0.3, CORNERS)
    assert (found.low, found.high) == pytest.approx((0.2407, 0.3668), abs=0.006)
    assert found.n == 200


def test_no_reward_at_all_leaves_an_upper_end() -> None:
    """Where nobody was rewarded the interval starts at 0 and still ends above it: about t squared half by rows."""
    found = likelihood_interval(np.zeros(300), np.ones(300), 0.0, CORNERS)
    assert found.low == 0
    assert 1 / 300 < found.high < 6 / 300


def test_heavy_weights_without_reward_are_not_sure() -> None:
    """A log whose heaviest decision met no reward admits that it might have: the upper end is well above."""
    weights = np.append(np.full(99, 0.5), 50.5)
    rewards = np.append(np.tile([1.0, 0.0, 0.0], 33), 0.0)
    found = likelihood_interval(
        weights * rewards, weights, 0.165, np.array([[50.5, 50.5], [0.0, 50.5], [0.0, 0.0], [0.5, 1.0]])
    )
    assert found.high > 0.5


def test_rows_of_one_unit_count_once() -> None:
    """Four rows of each unit that say the same give the interval of the units, not that of four times as many."""
    rewards = np.random.default_rng(1).integers(0, 2, 60).astype(float)
    one = likelihood_interval(rewards, np.ones(60), float(rewards.mean()), CORNERS)
    four = np.repeat(rewards, 4)
    found = likelihood_interval(four, np.ones(240), float(rewards.mean()), CORNERS, np.repeat(np.arange(60), 4))
    assert found.n == 60
    assert (found.low, found.high) == pytest.approx((one.low, one.high), abs=0.01)


def test_too_little_gives_no_ends() -> None:
    """An effective size below 2 gives NaN for ends."""
    found = likelihood_interval(np.array([1.0, 0.0]), np.array([1.9, 0.1]), 0.5, CORNERS)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
