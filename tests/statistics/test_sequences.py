"""Tests that may be looked at often."""

from __future__ import annotations

import numpy as np
import pytest

from clientela.statistics.sequences import evidence, peeking_error, sequence_bound, sequence_p


@pytest.mark.parametrize(
    ("looks", "error"), [(1, 0.05), (2, 0.083), (5, 0.142), (10, 0.193), (20, 0.248), (50, 0.320), (100, 0.374)]
)
def test_the_published_table_of_repeated_looks(looks: int, error: float) -> None:
    """A z-test at 5 % that is looked at n times rejects as often as Armitage, McPherson and Rowe computed."""
    assert peeking_error(looks) == pytest.approx(error, abs=5.1e-4)


def test_the_bound_is_tightest_near_the_planned_size() -> None:
    """At a size the boundary of a plan for it is lower than those of other plans, and than a normal mixture's 3.03."""
    bounds = [float(sequence_bound(1000, planned)) for planned in (100, 500, 1000, 2000, 10_000)]
    assert min(bounds) == bounds[2]
    assert 1.96 < bounds[2] < 2.8


def test_the_interval_closes_in_long_after_the_plan() -> None:
    """In units of the effect the boundary falls without end: a hundred times the plan is a tenth as wide, or nearly."""
    wide = [float(sequence_bound(share, 1.0)) / np.sqrt(share) for share in (1.0, 4.0, 100.0, 10_000.0)]
    assert wide == sorted(wide, reverse=True)
    assert wide[2] < 0.15 * wide[0]


def test_p_value_and_bound_agree() -> None:
    """A score on the boundary has a p-value of exactly one less the level; smaller scores have larger ones."""
    sizes = np.array([10.0, 1000.0, 1e6])
    limit = sequence_bound(sizes, 3000.0, 0.99)
    assert sequence_p(limit, sizes, 3000.0, 0.99) == pytest.approx([0.01] * 3)
    assert (sequence_p(limit * 0.9, sizes, 3000.0, 0.99) > 0.01).all()
    assert sequence_p(0.0, 1000, 3000.0) == 1.0


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
@pytest.mark.parametrize("level", [0.9, 0.99])
def test_evidence_is_fair(share: float, level: float) -> None:
    """Were there no effect, the evidence at a look is 1 on average, so nobody gains by choosing when to look."""
    scores = np.linspace(-30, 30, 20_001)
    weights = np.exp(-(scores**2) / 2) / np.sqrt(2 * np.pi) * (scores[1] - scores[0])
    assert (evidence(scores, share, 1.0, level) * weights).sum() == pytest.approx(1, abs=1e-6)


def test_looking_all_the_time_keeps_the_level() -> None:
    """Among walks without a drift, looked at after each of 400 steps, fewer than one in twenty ever crosses."""
    walks = np.random.default_rng(1).normal(size=(2000, 400)).cumsum(axis=1)
    steps = np.arange(1.0, 401)
    crossed = (np.abs(walks / np.sqrt(steps)) > sequence_bound(steps, 200.0)).any(axis=1)
    assert crossed.mean() < 0.05
    assert (np.abs(walks / np.sqrt(steps)) > 1.96).any(axis=1).mean() > 0.3
