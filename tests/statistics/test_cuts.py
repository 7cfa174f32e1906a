"""Whether a category is a number cut into intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.cuts import cut_of


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6, unique=True), st.integers(0, 1000))
def test_edges_give_the_levels_back(edges: list[float], seed: int) -> None:
    """Whatever the edges and the order of rows, the intervals found tell every level."""
    rng = np.random.default_rng(seed)
    numbers = np.append(rng.uniform(-1.1e6, 1.1e6, 300), edges)
    levels = np.searchsorted(sorted(edges), numbers, side="right")
    found = cut_of(numbers, rng.permutation(len(edges) + 1)[levels])
    assert (found is None) == (np.unique(levels).size < 2)
    assert found is None or found.share == 1


def test_the_chance_is_counted() -> None:
    """Of the six ways to lay two and two over four numbers, two keep both in one piece."""
    found = cut_of(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1]))
    assert found is not None
    assert found.log_p == pytest.approx(math.log(2 / 6))


def test_mixed_levels_are_no_cut() -> None:
    """Levels that lie among each other, or a single one, are no intervals."""
    rng = np.random.default_rng(1)
    assert cut_of(rng.normal(size=500), rng.integers(0, 3, 500)) is None
    assert cut_of(rng.normal(size=500), np.zeros(500, dtype=np.int64)) is None


def test_a_few_wrong_rows_leave_the_cut() -> None:
    """One row in two hundred with another level costs no more than its share."""
    rng = np.random.default_rng(2)
    numbers = rng.normal(size=2000)
    levels = (numbers > 0.5).astype(np.int64)
    levels[rng.choice(2000, 10, replace=False)] ^= 1
    found = cut_of(numbers, levels)
    assert found is not None
    assert found.share == pytest.approx(0.995, abs=1e-3)
    assert found.edges[0] == pytest.approx(0.5, abs=0.02)


def test_two_edges_at_one_place_are_none() -> None:
    """Three levels on two numbers cannot be intervals."""
    assert cut_of(np.array([1.0, 1.0, 2.0, 2.0] * 50), np.array([0, 1, 2, 2] * 50)) is None
