"""Tests of the interval of a calibration error."""

import numpy as np
import pytest

from clientela.statistics.calibration import calibration_estimate
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


def test_one_unit_has_no_interval() -> None:
    """With a single unit nothing can be resampled."""
    found = calibration_estimate(_bins(np.random.default_rng(1), 20, 0.0), np.zeros(20), 20)
    assert np.isnan(found.low)
    assert found.method == "bootstrap by row, test inverted"


def test_the_value_is_the_error_of_the_bins() -> None:
    """The value is the plain expected calibration error."""
    bins = _bins(np.random.default_rng(2), 300, 0.1)
    assert calibration_estimate(bins, np.arange(300), 20).value == pytest.approx(bins.error())
