"""Tails in plain Python are those of SciPy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from clientela.statistics.tails import (
    beta_share,
    binomial_tail,
    chi_square_limit,
    chi_square_tail,
    normal_tail,
    student_limit,
)

CHANCES = st.floats(1e-12, 0.49)


@given(st.integers(1, 400), st.floats(0, 2000))
def test_tail_of_chi_square_is_scipys(freedom: int, statistic: float) -> None:
    """Far out in the tail and near 0, with few degrees of freedom and with many."""
    expected = special.chdtrc(freedom, statistic)
    assert chi_square_tail(freedom, statistic) == pytest.approx(expected, rel=1e-9, abs=1e-290)


@given(st.integers(1, 200), CHANCES)
def test_limit_of_chi_square_is_scipys(freedom: int, chance: float) -> None:
    """The limit is where the tail has come down to the chance."""
    assert chi_square_limit(freedom, chance) == pytest.approx(special.chdtri(freedom, chance), rel=1e-9)


@given(st.integers(1, 200), CHANCES)
def test_limit_of_student_is_scipys(freedom: int, chance: float) -> None:
    """Few degrees of freedom have wide limits."""
    assert student_limit(freedom, chance) == pytest.approx(-special.stdtrit(freedom, chance), rel=1e-6)


@given(st.integers(0, 3000), st.integers(0, 3000), st.floats(1e-6, 1 - 1e-6))
def test_tail_of_binomial_is_scipys(least: int, more: int, share: float) -> None:
    """Also where nearly all or nearly none are expected."""
    trials = least + more
    expected = special.bdtrc(least - 1, trials, share) if least else 1.0
    assert binomial_tail(least, trials, share) == pytest.approx(expected, rel=1e-7, abs=1e-12)


@given(st.floats(0, 37))
def test_tail_of_normal_is_scipys(score: float) -> None:
    """Down to the smallest chances."""
    assert normal_tail(score) == pytest.approx(special.ndtr(-score), rel=1e-9)


def test_ends_are_no_exceptions() -> None:
    """What lies outside a law has the chance 0 or 1, and no degree of freedom has no limit."""
    assert (chi_square_tail(3, -1.0), chi_square_tail(3, math.inf)) == (1.0, 0.0)
    assert (chi_square_tail(0, 0.0), chi_square_tail(0, 2.0)) == (1.0, 0.0)
    assert (beta_share(1, 2, -0.1), beta_share(1, 2, 1.5)) == (0.0, 1.0)
    assert (binomial_tail(4, 3, 0.5), binomial_tail(0, 3, 0.5)) == (0.0, 1.0)
    assert math.isnan(student_limit(0, 0.025))


def test_large_counts_keep_their_tail() -> None:
    """Tens of thousands of rows far from their expectation have a chance near 0, not an error."""
    assert binomial_tail(30_000, 50_000, 0.5) == pytest.approx(special.bdtrc(29_999, 50_000, 0.5), rel=1e-5)
    assert binomial_tail(20_000, 50_000, 0.5) == pytest.approx(1.0)
