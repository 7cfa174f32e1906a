"""Whether several estimates differ."""

from __future__ import annotations

import numpy as np
import pytest

from clientela.statistics.heterogeneity import between


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
