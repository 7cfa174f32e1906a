"""Tests of the intervals against scipy, and of their coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clientela.statistics import scores
from clientela.statistics.intervals import bootstrap, bootstrap_each, bootstrap_ratio, difference, wilson


@given(st.integers(1, 5000), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_equals_scipy(n: int, share: float, level: float) -> None:
    """The score interval equals scipy's, at the edges too."""
    successes = round(share * n)
    found = wilson(successes, n, level)
    expected = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert found.low <= found.value <= found.high


def test_wilson_of_nothing_and_of_nonsense() -> None:
    """No trials give NaN; more successes than trials are refused."""
    assert math.isnan(wilson(0, 0).value)
    with pytest.raises(ValueError, match="not possible"):
        wilson(3, 2)


def test_bootstrap_agrees_with_scipy_bca() -> None:
    """The interval of a skewed mean agrees with scipy's BCa to a tenth of its width."""
    values = np.random.default_rng(1).exponential(size=200)
    found = bootstrap_ratio(values, np.ones(200), np.arange(200), resamples=4000, seed=2)
    expected = stats.bootstrap((values,), np.mean, n_resamples=4000, rng=3).confidence_interval
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(
        (expected.low, expected.high), abs=0.1 * (expected.high - expected.low)
    )


def test_bootstrap_by_unit_covers_where_rows_repeat() -> None:
    """With rows in clusters the interval by unit covers the truth as promised, the one by row does not."""
    covered = {"unit": 0, "row": 0}
    for seed in range(150):
        rng = np.random.default_rng(seed)
        units = np.repeat(np.arange(60), 6)
        values = rng.normal(size=60)[units] + 0.3 * rng.normal(size=360)
        for name, which in (("unit", units), ("row", np.arange(360))):
            found = bootstrap_ratio(values, np.ones(360), which, resamples=200, seed=seed)
            covered[name] += not found.excludes(0.0)
    assert covered["unit"] >= 0.89 * 150
    assert covered["row"] <= 0.75 * 150


def test_auc_interval_covers() -> None:
    """The interval of an AUC covers its true value in about 95 of 100 samples."""
    true = float(stats.norm.cdf(1 / math.sqrt(2)))
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        truth = rng.random(300) < 0.3
        ranking = scores.Ranking(truth, rng.normal(size=300) + truth)
        covered += not bootstrap(ranking.auc, np.arange(300), resamples=200, seed=seed).excludes(true)
    assert 88 <= covered <= 100


def test_same_seed_same_interval_and_the_unit_is_named() -> None:
    """The interval is a function of data and seed; units may be text."""
    units = np.array(["a", "b", "c", "d"] * 25)
    values = np.arange(100.0)
    first, second = (bootstrap_ratio(values, np.ones(100), units, seed=5, unit="visitor") for _ in range(2))
    assert first == second
    assert first.method == "bootstrap by visitor"
    assert first.n == 4
    assert bootstrap_ratio(values, np.ones(100), units, seed=6) != first


def test_each_statistic_gets_the_interval_it_gets_alone() -> None:
    """Statistics measured together have the estimates they have alone with the same seed."""
    rng = np.random.default_rng(0)
    values, units = rng.normal(size=(200, 2)), np.repeat(np.arange(100), 2)

    def mean(column: int, weights: np.ndarray) -> float:
        return float(weights @ values[:, column] / weights.sum())

    both = bootstrap_each(lambda w: np.array([mean(0, w), mean(1, w)]), units, seed=4)
    assert both == tuple(bootstrap(lambda w, c=c: mean(c, w), units, seed=4) for c in (0, 1))


def test_too_little_to_resample_gives_no_interval() -> None:
    """One unit, or a statistic most resamples do not define, has a value but no interval."""
    alone = bootstrap_ratio(np.ones(5), np.ones(5), np.zeros(5))
    assert alone.value == 1
    assert math.isnan(alone.low)
    assert math.isnan(bootstrap_ratio(np.ones(5), np.zeros(5), np.arange(5)).value)
    rare = scores.Ranking([True, *[False] * 40], np.arange(41.0))
    calls = iter(range(10_000))
    mostly = bootstrap(lambda w: rare.auc(w) if next(calls) % 3 == 0 else math.nan, np.arange(41))
    assert math.isnan(mostly.high)
    assert math.isfinite(mostly.value)


def test_a_constant_statistic_has_a_point_interval() -> None:
    """Where every resample gives the same, the interval is that point."""
    found = bootstrap_ratio(np.ones(30), np.ones(30), np.arange(30))
    assert (found.low, found.value, found.high) == (1.0, 1.0, 1.0)


def test_the_difference_of_shares_is_newcombes() -> None:
    """Of two score intervals it is the hybrid score interval, by the figures Newcombe published (1998, table II)."""
    found = difference(wilson(56, 70), wilson(48, 80))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(("few", "far"), [(2, 17.97), (16, 2.201), (10_000, 1.9603)])
def test_of_few_units_the_ends_are_as_far_as_student_says(few: int, far: float) -> None:
    """Ends of few units are those of Student's t, widened by the root of n / (n - 1); of many they stay."""
    values = np.random.default_rng(2).normal(size=400)
    usual, wide = bootstrap_each(
        lambda w: np.full(2, w @ values / w.sum()), np.arange(400), 4000, 3, "row", [None, few]
    )
    share = (wide.high - wide.low) / (usual.high - usual.low)
    assert share == pytest.approx(far / 1.96, rel=0.07) if few > 2 else share > 1.6
    alone = bootstrap(lambda w: float(w @ values / w.sum()), np.arange(400), 4000, 3)
    assert (usual.low, usual.high) == pytest.approx((alone.low, alone.high))


def test_of_one_unit_there_is_no_interval() -> None:
    """A mean over one unit varies with nothing that was seen, so its ends are not told."""
    found = bootstrap_each(lambda w: np.array([float(w.sum())]), np.arange(9), 50, 1, "row", [1])[0]
    assert found.value == 9
    assert np.isnan([found.low, found.high]).all()
