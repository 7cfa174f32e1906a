"""Sample sizes of planned experiments."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.power import student_size, two_mean_size, two_proportion_size, unequal_total

SHARES = st.floats(0.01, 0.9)


def test_published_size_for_shares() -> None:
    """From 5 % to 5.25 % at 80 % power, two-sided, takes about 122,100 visitors per arm."""
    assert two_proportion_size(0.05, 0.0525) == pytest.approx(122_100, rel=0.001)


def test_published_size_for_means() -> None:
    """The rule of thumb is 16 s²/d² per arm at 80 % power (15.7 before rounding)."""
    assert two_mean_size(1.0, 0.1) == pytest.approx(1570, abs=1)


@given(SHARES, st.floats(0.01, 0.05), st.floats(1.2, 2.0))
def test_larger_change_needs_fewer(base: float, change: float, factor: float) -> None:
    """A larger change is seen with fewer visitors, and either direction of a swap needs the same."""
    few, many = two_proportion_size(base, base + change * factor), two_proportion_size(base, base + change)
    assert few <= many
    assert two_proportion_size(base + change, base) == many


@given(SHARES, st.floats(0.01, 0.05), st.floats(0.6, 0.9))
def test_power_costs(base: float, change: float, power: float) -> None:
    """More power or a higher level never needs fewer visitors."""
    usual = two_proportion_size(base, base + change, power)
    assert two_proportion_size(base, base + change, power + 0.05) >= usual
    assert two_proportion_size(base, base + change, power, level=0.99) >= usual


@given(st.integers(10, 10**6), st.floats(0.01, 0.5))
def test_unequal_arms_are_worth_the_same(per_arm: int, share: float) -> None:
    """The variance of the difference is that of equal arms: 1/n1 + 1/n2 = 2/n."""
    total = unequal_total(per_arm, share)
    assert total >= 2 * per_arm
    worth = 1 / (total * share) + 1 / (total * (1 - share))
    assert math.isclose(worth, 2 / per_arm, rel_tol=0.1)
    assert worth <= 2 / per_arm * (1 + 1e-9)


@pytest.mark.parametrize(("base", "changed"), [(0, 0.1), (0.1, 1), (0.1, 0.1)])
def test_impossible_shares_are_refused(base: float, changed: float) -> None:
    """Shares outside (0, 1), or equal ones, have no sample size."""
    with pytest.raises(ValueError, match="shares"):
        two_proportion_size(base, changed)


def test_impossible_means_are_refused() -> None:
    """No spread, no difference and no arm have no sample size."""
    with pytest.raises(ValueError, match="deviation"):
        two_mean_size(0, 1)
    with pytest.raises(ValueError, match="difference"):
        two_mean_size(1, 0)
    with pytest.raises(ValueError, match="share"):
        unequal_total(10, 1)


@pytest.mark.parametrize(("effect", "rows"), [(0.2, 393.4), (0.5, 63.77), (0.8, 25.52)])
def test_published_rows_of_the_t_test(effect: float, rows: float) -> None:
    """Cohen's small, medium and large effects need the published rows per arm."""
    assert student_size(effect) == pytest.approx(rows, abs=0.05 if rows > 100 else 0.006)
    assert student_size(-effect) == student_size(effect)


@pytest.mark.parametrize(("effect", "told"), [(0.0, "must not be 0"), (50.0, "fewer than two units")])
def test_effects_without_a_size_are_refused(effect: float, told: str) -> None:
    """No effect and a huge one have no size."""
    with pytest.raises(ValueError, match=told):
        student_size(effect)
