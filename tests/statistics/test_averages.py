"""Whether values are averages of a target over groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from clientela.statistics.averages import Groups, exact_fit, near_fit


def groups(seed: int, count: int, rate: float = 0.3) -> Groups:
    """Return groups of 2 to 60 rows with a binomial total each and no values yet."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 60, count).astype(float)
    totals = rng.binomial(sizes.astype(int), rate).astype(float)
    return Groups(totals / sizes, sizes, totals, np.full(count, 1e-9), rate * (1 - rate))


@given(seed=st.integers(0, 10**6), weight=st.floats(0.2, 80), centre=st.floats(0.15, 0.5))
def test_smoothing_is_recovered(seed: int, weight: float, centre: float) -> None:
    """Weight and centre of smoothed averages come back, whatever they were."""
    plain = groups(seed, 60)
    values = (plain.totals + weight * centre) / (plain.sizes + weight)
    fit = exact_fit(Groups(values, plain.sizes, plain.totals, plain.rounding, plain.scatter))
    assert fit is not None
    assert fit.weight == pytest.approx(weight, rel=1e-3)
    assert fit.centre == pytest.approx(centre, rel=1e-3)


@given(seed=st.integers(0, 10**6))
def test_plain_averages_are_exact_and_others_are_not(seed: int) -> None:
    """Means lie on themselves; the means of other draws with the same rate do not."""
    plain = groups(seed, 40)
    fit = exact_fit(plain)
    assert fit is not None
    assert (fit.weight, fit.share) == (0.0, 1.0)
    other = groups(seed + 1, 40)
    assert exact_fit(Groups(other.values, plain.sizes, plain.totals, plain.rounding, plain.scatter)) is None


def test_coarse_rounding_proves_nothing() -> None:
    """Values rounded so far that any would fit are no averages."""
    plain = groups(3, 12)
    coarse = Groups(np.round(plain.values, 0), plain.sizes, plain.totals, np.full(12, 0.5), plain.scatter)
    assert exact_fit(coarse) is None


@pytest.mark.parametrize("values", [np.full(8, 0.3), np.arange(8.0)])
def test_nothing_without_differences(values: NDArray[np.float64]) -> None:
    """One value for all, single rows and a target without scatter are no averages."""
    plain = groups(5, 8)
    assert exact_fit(Groups(values, plain.sizes, plain.totals, plain.rounding, plain.scatter)) is None
    assert near_fit(Groups(values, plain.sizes, plain.totals, plain.rounding, plain.scatter), 0.3) is None
    assert near_fit(Groups(values, plain.sizes, plain.totals, plain.rounding, 0.0), 0.3) is None
    assert exact_fit(Groups(values, np.ones(8), plain.totals, plain.rounding, plain.scatter)) is None
