"""Two samples: shares, counts, means."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.two_samples import homogeneity, homogeneity_p, moved, normal_p, rate_p, shifted


@given(st.integers(0, 50), st.integers(50, 200), st.integers(0, 50), st.integers(50, 200))
def test_rate_p_is_a_probability_and_does_not_care_which_sample_is_first(
    found: int, size: int, known: int, base: int
) -> None:
    """The p-value lies within 0 and 1, and is the same when the samples change places."""
    chance = rate_p(found, size, known, base)
    assert 0 <= chance <= 1
    assert np.isclose(chance, rate_p(known, base, found, size))


def test_rate_p_keeps_its_level() -> None:
    """Of samples of one population no more than the level are called different."""
    rng = np.random.default_rng(0)
    pairs = zip(rng.binomial(300, 0.05, 2000), rng.binomial(3000, 0.05, 2000), strict=True)
    chances = np.array([rate_p(int(a), 300, int(b), 3000) for a, b in pairs])
    assert (chances < 0.05).mean() <= 0.065
    assert (chances < 0.001).mean() <= 0.004


def test_homogeneity_keeps_its_level_with_rare_bins() -> None:
    """Bins with few rows do not make alarms."""
    rng = np.random.default_rng(1)
    shares = np.array([0.6, 0.3, 0.09, 0.005, 0.003, 0.002])
    draws = [(rng.multinomial(500, shares), rng.multinomial(5000, shares)) for _ in range(1000)]
    chances = np.array([homogeneity_p(a.astype(float), b.astype(float)) for a, b in draws])
    assert (chances < 0.01).mean() <= 0.02


def test_nothing_to_compare_is_no_difference() -> None:
    """Empty samples and single bins give no alarm."""
    assert rate_p(0, 0, 5, 10) == 1.0
    assert homogeneity(np.zeros(3), np.ones(3)) == (0.0, 0)
    assert homogeneity_p(np.array([5.0]), np.array([5.0])) == 1.0
    assert moved(np.zeros(2), np.zeros(9)) == 0.0
    assert moved(np.zeros(9), np.zeros(9)) == 0.0
    assert normal_p(0.0) == 1.0


def test_a_tiny_chance_is_told_apart_from_none() -> None:
    """Far tails keep digits."""
    assert 0 < rate_p(200, 1000, 0, 6000) < 1e-60


def test_a_shift_of_a_skewed_law_is_surer_by_its_density() -> None:
    """For logarithms of a gamma law the score tells more than means do, and without a shift it keeps its level."""
    rng = np.random.default_rng(3)
    scores, means, quiet = [], [], []
    for _ in range(120):
        base, batch = np.log(rng.gamma(0.7, 1.0, 1500)), np.log(rng.gamma(0.7, 1.0, 200))
        scores.append(shifted(batch + 0.25, base))
        means.append(moved(batch + 0.25, base))
        quiet.append(shifted(batch, base))
    assert np.mean(scores) > np.mean(means) + 0.3
    assert 0.85 < np.std(quiet) < 1.15
    assert abs(np.mean(quiet)) < 0.3


def test_a_shift_of_a_normal_law_is_told_by_means() -> None:
    """Where the density says no more, or is not known, means are compared; without a spread nothing is told."""
    rng = np.random.default_rng(4)
    base, batch = rng.normal(size=2000), rng.normal(size=200)
    for known in (base, base[:50]):
        error = known.std() * np.sqrt(1 / batch.size + 1 / known.size)
        assert shifted(batch, known) == float(batch.mean() - known.mean()) / error
    assert shifted(batch, np.ones(500)) == 0.0


def test_small_samples_are_no_surer_than_they_are() -> None:
    """Of 40 values, far scores come about as seldom as the normal law says."""
    rng = np.random.default_rng(5)
    base = np.log(rng.gamma(0.7, 1.0, 1500))
    scores = [shifted(np.log(rng.gamma(0.7, 1.0, 40)), base) for _ in range(1500)]
    assert np.mean(np.abs(scores) > 3.0) < 0.007


def test_values_that_are_one_but_for_rounding_have_no_place_to_be_moved_from() -> None:
    """The logarithm of one amount, whose standard deviation is rounding alone, tells no shift and raises nothing."""
    assert shifted(np.full(50, np.log(5.0)) + 0.1, np.full(5_000, np.log(5.0))) == 0.0
