"""Runs and steps in the order of rows."""

from __future__ import annotations

import numpy as np
import pytest

from clientela.statistics.runs import runs_of


def test_moments_are_those_of_shuffled_rows() -> None:
    """Mean and deviation of the runs agree with shuffling itself."""
    rng = np.random.default_rng(1)
    codes = rng.choice(4, 60, p=[0.5, 0.3, 0.1, 0.1])
    found = runs_of(codes)
    runs = [runs_of(rng.permutation(codes)).runs for _ in range(4000)]
    assert found.expected == pytest.approx(np.mean(runs), abs=0.25)
    assert found.deviation == pytest.approx(np.std(runs), rel=0.06)


def test_sorted_rows_are_grouped_and_rise() -> None:
    """Sorted rows have one run per value and only rising steps; shuffled ones hardly any order."""
    codes = np.repeat(np.arange(10), 30)
    assert (runs_of(codes).grouped, runs_of(codes).rising) == (1.0, 1.0)
    shuffled = runs_of(np.random.default_rng(2).permutation(codes))
    assert abs(shuffled.deviations) < 4
    assert 0.4 < shuffled.rising < 0.6


@pytest.mark.parametrize("codes", [np.empty(0, dtype=np.int64), np.array([3]), np.array([2, 2, 2])])
def test_nothing_to_order(codes: np.ndarray) -> None:
    """Without steps nothing rises and nothing is grouped."""
    found = runs_of(codes)
    assert (found.rising, found.grouped, found.deviations) == (0.5, 0.0, 0.0)
