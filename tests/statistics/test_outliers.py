"""Outliers and tails."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.outliers import fences, outlying, top_share


def test_symmetric_fences_are_tukeys() -> None:
    """Where quartiles lie evenly the bounds are three interquartile ranges out."""
    values = np.arange(101.0)
    assert fences(values) == (25 - 150, 75 + 150)


def test_no_bound_without_spread_or_values() -> None:
    """Equal quartiles give no bound, nor does an empty column; the longer side is wider."""
    assert fences(np.array([1.0, 1, 1, 1, 1, 1, 4])) == (-np.inf, np.inf)
    assert fences(np.array([1.0, 1, 1, 1, 2, 3, 4])) == (1 - 3 * 1.5, 2.5 + 3 * 3)
    assert fences(np.empty(0)) == (-np.inf, np.inf)


def test_counts_have_hardly_any() -> None:
    """A count around five, whose quartiles lie unevenly by rounding, is no column of outliers."""
    assert outlying(np.random.default_rng(1).poisson(5, 20_000).astype(float)).mean() < 0.0005


@pytest.mark.parametrize("draw", ["normal", "lognormal", "exponential", "uniform"])
def test_ordinary_columns_have_hardly_any(draw: str) -> None:
    """Normal, lognormal, exponential and even columns have at most one in a thousand."""
    values = getattr(np.random.default_rng(2), draw)(size=20_000)
    assert outlying(values).mean() < 0.002


def test_a_slip_of_the_decimal_point_is_out() -> None:
    """A value a thousand times too large is marked, alone."""
    values = np.append(np.random.default_rng(3).normal(50, 5, 999), 50_000.0)
    assert np.flatnonzero(outlying(values)).tolist() == [999]


def test_zeros_are_left_aside_where_they_are_many() -> None:
    """A column mostly zero is judged by its other values."""
    rng = np.random.default_rng(4)
    values = np.concatenate([np.zeros(700), rng.normal(50, 5, 299), [9000.0]])
    assert np.flatnonzero(outlying(values)).tolist() == [999]
    assert not outlying(np.zeros(10)).any()


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=200))
def test_top_share_lies_between_even_and_all(values: list[int]) -> None:
    """The top hold at least their share of rows and at most all."""
    numbers = np.array(values, dtype=float)
    share = top_share(numbers)
    if numbers.sum() == 0:
        assert np.isnan(share)
    else:
        assert max(1, round(0.01 * numbers.size)) / numbers.size - 1e-9 <= share <= 1


def test_top_share_of_an_exponential_column() -> None:
    """The top 1 % of an exponential column hold 5.6 %, and negatives have no share."""
    assert top_share(np.random.default_rng(5).exponential(size=200_000)) == pytest.approx(0.056, abs=0.001)
    assert np.isnan(top_share(np.array([-1.0, 2.0])))
    assert np.isnan(top_share(np.empty(0)))
