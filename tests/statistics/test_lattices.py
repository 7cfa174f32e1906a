"""On what grid numbers lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.lattices import span_of, unit_of


@given(st.lists(st.integers(-10_000, 10_000), min_size=1), st.integers(0, 6))
def test_unit(numbers: list[int], digits: int) -> None:
    """Numbers written with so many digits have that unit or a coarser one."""
    assert unit_of(np.array(numbers) / 10.0**digits) >= 10.0**-digits * 0.999


def test_unit_of_reals() -> None:
    """Numbers of many digits have the finest unit tried."""
    assert unit_of(np.random.default_rng(1).random(50)) == 1e-9
    assert unit_of(np.array([])) == 1.0


@given(st.sets(st.integers(1, 96), min_size=20, max_size=60))
def test_span(places: set[int]) -> None:
    """Whole numbers brought to 0 to 1 tell their span again."""
    placed = np.array([0, *sorted(places), 97]) / 97
    assert span_of(placed) == 97


@pytest.mark.parametrize("parts", [5, 10, 20, 12, 24, 30, 100, 365])
def test_round_parts_say_nothing(parts: int) -> None:
    """Decimals, months, hours and days lie on round parts of a range by themselves."""
    assert span_of(np.arange(parts + 1) / parts) is None


def test_no_span() -> None:
    """Numbers anywhere, and too few of them, have no span."""
    assert span_of(np.sort(np.append(np.random.default_rng(2).random(40), [0, 1]))) is None
    assert span_of(np.array([0, 1 / 7, 1])) is None
