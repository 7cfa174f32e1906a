"""Tests that may be looked at often."""

from __future__ import annotations

import numpy as np
import pytest

from clientela.statistics.sequences import peeking_error, sequence_bound, sequence_p, tuning


@pytest.mark.parametrize(
    ("looks", "error"), [(1, 0.05), (2, 0.083), (5, 0.142), (10, 0.193), (20, 0.248), (50, 0.320), (100, 0.374)]
)
def test_the_published_table_of_repeated_looks(looks: int, error: float) -> None:
    """A z-test at 5 % that is looked at n times rejects as often as Armitage, McPherson and Rowe computed."""
    assert peeking_error(looks) == pytest.approx(error, abs=5.1e-4)


def test_the_bound_is_tightest_near_the_planned_size() -> None:
    """Tuned for a size, the boundary there is lower than that of any other tuning."""
    bounds = [float(sequence_bound(1000, tuning(planned))) for planned in (100, 500, 1000, 2000, 10_000)]
    assert min(bounds) == bounds[2]
    assert bounds[2] > 1.96


def test_p_value_and_bound_agree() -> None:
    """A score on the boundary has a p-value of exactly one less the level; smaller scores have larger ones."""
    sizes = np.array([10.0, 1000.0, 1e6])
    limit = sequence_bound(sizes, 300.0, 0.99)
    assert sequence_p(limit, sizes, 300.0) == pytest.approx([0.01] * 3)
    assert (sequence_p(limit * 0.9, sizes, 300.0) > 0.01).all()
    assert sequence_p(0.0, 1000, 300.0) == 1.0


def test_looking_all_the_time_keeps_the_level() -> None:
    """Among walks without a drift, looked at after each of 400 steps, fewer than one in twenty ever crosses."""
    walks = np.random.default_rng(1).normal(size=(2000, 400)).cumsum(axis=1)
    steps = np.arange(1.0, 401)
    crossed = (np.abs(walks / np.sqrt(steps)) > sequence_bound(steps, tuning(200.0))).any(axis=1)
    assert crossed.mean() < 0.05
    assert (np.abs(walks / np.sqrt(steps)) > 1.96).any(axis=1).mean() > 0.3
