"""Whether several estimates differ."""

from __future__ import annotations

import numpy as np
import pytest

from clientela.statistics.heterogeneity import between, reach


def test_equal_truths_are_drawn_together() -> None:
    """Where chance explains the differences there is no spread, and all lie at the common value."""
    found = between(np.array([1.0, 1.2, 0.8, 1.1]), np.full(4, 0.5))
    assert found.spread == 0.0
    assert found.drawn == pytest.approx([found.common] * 4)
    assert found.p > 0.5


def test_different_truths_are_told_and_drawn_a_little() -> None:
    """Far apart truths have a small p, a spread near theirs, and keep their order within the extremes."""
    found = between(np.array([0.0, 5.0, 10.0]), np.full(3, 0.5))
    assert found.p < 1e-10
    assert found.spread == pytest.approx(5.0, rel=0.02)
    assert 0 < found.drawn[0] < found.drawn[1] < found.drawn[2] < 10


def test_p_is_uniform_where_nothing_differs() -> None:
    """Among a thousand sets of equal truths one in twenty has p below 5 %."""
    rng = np.random.default_rng(1)
    errors = np.array([0.5, 1.0, 2.0, 0.7])
    p = np.array([between(rng.normal(0, errors), errors).p for _ in range(1000)])
    assert 0.03 < (p < 0.05).mean() < 0.07


def test_drawn_intervals_cover() -> None:
    """With truths that vary, intervals of drawn estimates hold them nine times of ten: the spread is estimated too."""
    rng = np.random.default_rng(2)
    errors = np.full(12, 1.0)
    held = []
    for _ in range(300):
        truth = rng.normal(0, 1.5, 12)
        found = between(truth + rng.normal(0, errors), errors)
        held.append((np.abs(found.drawn - truth) < 1.96 * found.errors).mean())
    assert 0.88 < np.mean(held) < 0.96


@pytest.mark.parametrize(("pasts", "spread"), [(1, 0.1), (2, 0.1), (4, 0.0), (4, 0.1)])
def test_the_next_error_is_held(pasts: int, spread: float) -> None:
    """Of few past errors the next one lies within reach about as often as it says, or more often."""
    rng = np.random.default_rng(3)
    errors = rng.normal(size=(400, pasts + 1)) * np.hypot(spread, 0.05)
    known = np.full(pasts, 0.05**2)
    held = [abs(line[-1]) <= reach(line[:-1], known, 0.05**2) for line in errors]
    assert np.mean(held) >= 0.92


def test_nothing_off_in_many_pasts_leaves_what_is_known() -> None:
    """Where many pasts were right, reach is that of the known variance; where none is known, of what is thought."""
    assert reach(np.zeros(200), np.full(200, 1e-6), 0.01) == pytest.approx(0.196, rel=0.01)
    assert reach(np.empty(0), np.empty(0), 0.01) > 0.6
    assert reach(np.array([2.0]), np.array([0.01]), 0.01) > 2.0
