"""Tests of the interval of a calibration error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from clientela.statistics.calibration import _recalibrated, calibration_estimate
from clientela.statistics.scores import CalibrationBins


def _bins(rng: np.random.Generator, rows: int, moved: float) -> CalibrationBins:
    chance = rng.uniform(0.1, 0.7, rows)
    return CalibrationBins(rng.random(rows) < chance + moved, chance)


def test_a_perfect_model_may_have_no_error() -> None:
    """Of a calibrated model the error seen is above 0 by chance alone, and the interval reaches 0."""
    rng = np.random.default_rng(5)
    for _ in range(10):
        found = calibration_estimate(_bins(rng, 600, 0.0), np.arange(600), 60)
        assert found.value > 0.01
        assert found.low == 0


def test_the_interval_holds_the_true_error() -> None:
    """A model off by five points in all bins has the error .05 in at least 80 of 100 intervals."""
    found = []
    for seed in (6, 7):
        rng = np.random.default_rng(seed)
        found += [calibration_estimate(_bins(rng, 2000, 0.05), np.arange(2000), 60) for _ in range(20)]
    assert np.mean([one.low <= 0.05 <= one.high for one in found]) >= 0.8


def test_how_many_rows_lie_where_a_model_is_off_is_chance_too() -> None:
    """The width is that of a mean gap of rows: with gaps of .02 and .68, half its variance is in the sizes of bins."""
    chance = np.repeat([0.02, 0.98], 1000)
    truth = np.concatenate([np.zeros(1000), np.repeat([1.0, 0.0], [300, 700])])
    found = calibration_estimate(CalibrationBins(truth, chance), np.arange(2000), 400)
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.std(chance - truth) / np.sqrt(2000), rel=0.1)


@given(st.floats(-3, 3), st.floats(0.1, 3))
def test_log_odds_that_are_off_by_a_line_are_found(intercept: float, slope: float) -> None:
    """Shares that follow an intercept and a slope of the log-odds are returned as they are."""
    chance = np.linspace(0.05, 0.95, 10)
    observed = expit(intercept + slope * logit(chance))
    found = _recalibrated(chance, observed, np.full(10, 1e6))
    np.testing.assert_allclose(found, observed, atol=1e-5)


def test_shares_of_0_and_1_have_a_line() -> None:
    """Bins without a positive, or without a negative, leave intercept and slope finite."""
    found = _recalibrated(np.array([0.0, 0.4, 1.0]), np.array([0.0, 0.0, 1.0]), np.full(3, 20.0))
    np.testing.assert_allclose(found, [0.0, 0.0, 1.0], atol=0.1)


def test_a_rate_hit_by_chance_may_be_off() -> None:
    """A single bin whose share is just what was said has no gap, and an interval as wide as its chance."""
    found = calibration_estimate(CalibrationBins(np.arange(60) < 15, np.full(60, 0.25)), np.arange(60), 200)
    assert (found.value, found.low) == (0, 0)
    assert 0.05 < found.high < 2.5 * np.sqrt(0.25 * 0.75 / 60)


def test_a_bin_without_a_positive_may_have_some() -> None:
    """Chances of .03 in small bins, half of them without a positive: a right model is held in 90 of 100 intervals."""
    rng = np.random.default_rng(8)
    chance = np.linspace(0.01, 0.05, 400)
    found = [
        calibration_estimate(CalibrationBins(rng.random(400) < chance, chance), np.arange(400), 60) for _ in range(60)
    ]
    assert np.mean([one.low == 0 for one in found]) >= 0.9


def test_one_unit_has_no_interval() -> None:
    """With a single unit nothing can be resampled."""
    found = calibration_estimate(_bins(np.random.default_rng(1), 20, 0.0), np.zeros(20), 20)
    assert np.isnan(found.low)
    assert found.method == "bootstrap by row, test inverted"


def test_the_value_is_the_error_of_the_bins() -> None:
    """The value is the plain expected calibration error."""
    bins = _bins(np.random.default_rng(2), 300, 0.1)
    assert calibration_estimate(bins, np.arange(300), 20).value == pytest.approx(bins.error())


def test_visits_of_a_visitor_that_go_together_are_less_chance() -> None:
    """Where one draw decides all visits of a visitor, a right model is held as often as where each has its own."""
    held = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        units = np.repeat(np.arange(300), 4)
        chance = np.full(1200, 0.1) + 0.1 * (np.arange(1200) % 2)
        truth = rng.random(300)[units] < chance
        found = calibration_estimate(CalibrationBins(truth, chance), units, 100, seed)
        held.append(found.low == 0)
    assert np.mean(held) > 0.87
