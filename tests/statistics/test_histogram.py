"""Histograms small enough to look at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.histogram import MOST_BINS, histogram


@given(st.lists(st.floats(-1e9, 1e9), max_size=300))
def test_every_value_is_counted_once(values: list[float]) -> None:
    """Counts add up, edges rise, bins are few, the ends are those of the values."""
    numbers = np.array(values)
    edges, counts = histogram(numbers)
    assert counts.sum() == numbers.size
    assert counts.size <= MOST_BINS
    assert (np.diff(edges) > 0).all()
    if numbers.size:
        assert edges[0] == numbers.min()
        assert edges[-1] >= numbers.max()


def test_small_whole_numbers_have_a_bin_each() -> None:
    """Counts of children are bars of one child."""
    edges, counts = histogram(np.array([0.0, 0, 1, 3]))
    assert edges.tolist() == [0, 1, 2, 3, 4]
    assert counts.tolist() == [2, 1, 0, 1]


def test_a_long_tail_does_not_flatten_the_bulk() -> None:
    """One huge value leaves the shape of the others visible."""
    values = np.append(np.random.default_rng(1).normal(size=2000), 1e6)
    assert (histogram(values)[1] > 20).sum() > 8


def test_a_column_of_one_value_with_stray_ends() -> None:
    """Where the bulk is one value the bins span the extremes."""
    values = np.concatenate([np.full(2000, 5.5), [1.0, 90.0]])
    assert histogram(values)[1].sum() == 2002


@pytest.mark.parametrize("cells", [[1e308, -1e308] * 9, [1.7976931348623157e308] * 3, [-1.7976931348623157e308, 0.0]])
def test_ends_of_the_numbers(cells: list[float]) -> None:
    """Values whose distance is no number any more are counted, each once."""
    edges, counts = histogram(np.array(cells))
    assert counts.sum() == len(cells)
    assert np.isfinite(edges).all()
    assert edges[0] <= min(cells) <= max(cells) <= edges[-1]
