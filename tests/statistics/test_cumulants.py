"""Sums of powers and the cumulants they give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.cumulants import Cumulants, PowerSums, from_values, stacked

VALUES = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=50)


@given(VALUES)
def test_cumulants_are_those_of_the_values(values: list[float]) -> None:
    """Mean, variance and third cumulant agree with central moments taken directly."""
    x = np.array(values)
    found = from_values(x).cumulants()
    centred = x - x.mean()
    scale = max(1.0, float(np.abs(centred).max()))
    assert float(found.mean) == pytest.approx(x.mean(), abs=1e-9)
    assert float(found.variance) == pytest.approx(x.var(ddof=1), abs=1e-9 * scale**2)
    assert float(found.third) == pytest.approx((centred**3).mean(), abs=1e-9 * scale**3)


@given(VALUES, st.floats(-3, 3))
def test_taking_a_covariate_off_is_done_in_the_sums(values: list[float], slope: float) -> None:
    """Cumulants of first - slope x second come from the sums alone."""
    x = np.array(values)
    z = np.cos(x)
    found = from_values(x, z).cumulants(slope, 0.25)
    direct = x - slope * (z - 0.25)
    assert float(found.mean) == pytest.approx(direct.mean(), abs=1e-8)
    assert float(found.variance) == pytest.approx(direct.var(ddof=1), rel=1e-6, abs=1e-6)


def test_parts_add_up_only_about_one_origin() -> None:
    """Sums about the same origin are added; about different ones they are refused."""
    part = PowerSums(2.0, (1.0, 0.0), {(1, 0): 3.0, (2, 0): 5.0})
    both = part + PowerSums(1.0, (1.0, 0.0), {(1, 0): -1.0})
    assert (both.n, both.means[0], both.sums[2, 0]) == (3.0, 1 + 2 / 3, 5.0)
    with pytest.raises(ValueError, match="different origins"):
        part + from_values(np.array([1.0, 5.0]))


def test_nothing_cancels_far_from_zero() -> None:
    """The variance is right to nine digits at an offset of a hundred million."""
    x = np.random.default_rng(1).normal(0, 1, 10_000)
    shifted = np.round(x * 2**20) / 2**20
    near, far = (from_values(shifted + offset).cumulants() for offset in (0.0, 1e8))
    assert float(far.variance) == pytest.approx(float(near.variance), rel=1e-9)


def test_the_three_kinds_of_units_make_the_whole() -> None:
    """Zeros, the 20 largest and the rest give the mean, the variance and the skew of all, with a covariate as well."""
    rng = np.random.default_rng(3)
    x = np.where(rng.random(500) < 0.3, rng.lognormal(2, 1.5, 500), 0.0)
    z = rng.normal(3, 1, 500)
    found = from_values(x, z).cumulants(0.7, 3.0)
    whole = Cumulants.of(found.zeros, found.rest, found.largest)
    for name in ("n", "mean", "variance", "third"):
        assert float(getattr(whole, name)) == pytest.approx(float(getattr(found, name)))
    assert float(found.zeros.n) == (x == 0).sum()
    values = x - 0.7 * (z - 3)
    there = np.argsort(-np.abs(x - x.mean()) * (x != 0))[:20]
    assert np.sort(found.largest) == pytest.approx(np.sort(values[there]))


def test_parts_keep_the_largest_of_both() -> None:
    """Sums of two halves about one origin are those of the whole, its largest values included."""
    x = np.random.default_rng(4).lognormal(0, 2, 90)
    origin = float(x.mean())
    halves = [_about(part, origin) for part in (x[:40], x[40:])]
    both, whole = (halves[0] + halves[1]).cumulants(), from_values(x).cumulants()
    assert both.largest == pytest.approx(whole.largest)
    assert float(both.rest.variance) == pytest.approx(float(whole.rest.variance))


def _about(x: np.ndarray, origin: float) -> PowerSums:
    u = x - origin
    kept = sorted(((float(value), 0.0) for value in u), key=lambda pair: -abs(pair[0]))[:20]
    return PowerSums(
        float(u.size), (origin, 0.0), {(i, 0): float((u**i).sum()) for i in (1, 2, 3)}, largest=tuple(kept)
    )


def test_moving_and_stacking() -> None:
    """Each cumulant scales with its own power, and samples stand side by side as arrays."""
    one = from_values(np.array([0.0, 1.0, 2.0, 6.0])).cumulants()
    two = one.moved(2.0, 1.0)
    direct = from_values(np.array([1.0, 3.0, 5.0, 13.0])).cumulants()
    both = stacked([two, direct])
    for name in ("n", "mean", "variance", "third"):
        assert getattr(both, name)[0] == pytest.approx(getattr(both, name)[1])
    assert both.zeros.mean[0] == 1
    assert both.largest[0][:3] == pytest.approx([13, 3, 5])
