"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.domain.estimate import Estimate
from clientela.report.numbers import count, money, number, percent, score, span, with_interval


@pytest.mark.parametrize("shown", [count, percent, number, score, money])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_undefined_numbers_are_a_dash(shown: object, value: float) -> None:
    """What is not a number is shown as a dash."""
    assert callable(shown)
    assert shown(value) == "–"


@given(st.floats(-1e12, 1e12, allow_subnormal=False))
def test_numbers_come_back(value: float) -> None:
    """A shown number is the number, to four digits."""
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=5e-3)


@given(st.floats(0, 1))
def test_shares_come_back(share: float) -> None:
    """A shown share is the share, to the digits that are shown."""
    assert float(percent(share).removesuffix(" %")) / 100 == pytest.approx(share, abs=0.0006)


def test_missing_numbers_are_a_dash() -> None:
    """Nothing is shown as a dash, not as zero."""
    assert (percent(None), number(None), money(None), with_interval(None, percent)) == ("–",) * 4


def test_intervals_say_the_unit_once() -> None:
    """An interval follows its number; without one the number stands alone."""
    assert with_interval(Estimate(0.5, 0.4, 0.6, 9, "wilson"), percent) == "50.0 % (40.0 to 60.0 %)"
    assert with_interval(Estimate(0.5, math.nan, 0.6, 9, "none"), score) == "0.500"
    assert with_interval(Estimate(math.nan, 0.1, 0.6, 9, "none"), score) == "–"
    assert span(Estimate(12.0, 10.5, 13.25, 9, "bootstrap"), money) == "10.50 to 13.25"


def test_digits_follow_size() -> None:
    """Small shares get more digits, large sums of money none, tiny numbers an exponent."""
    assert percent(0.0012) == "0.12 %"
    assert money(123.4) == "123"
    assert number(0.00001234) == "1.23e-05"
    assert number(1e18) == "1,000,000,000,000,000,000" or number(1e18) == "1e+18"
    assert number(0.5) == "0.5"
