"""Tests of expected revenue bent to what was seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.models.bending import Bend, fit_bend
from clientela.models.values import FloatArray


def drawn(power: float, rows: int = 6000, seed: int = 1) -> tuple[FloatArray, FloatArray]:
    """Return what is expected, and what came: some pay, amounts grow with that power of what is expected."""
    rng = np.random.default_rng(seed)
    expected = rng.gamma(2.0, 10.0, rows) + 1
    true = expected**power * expected.mean() / (expected**power).mean()
    paid = np.where(rng.random(rows) < 0.4, true / 0.4 * rng.lognormal(-0.32, 0.8, rows), 0.0)
    return expected, paid


def test_what_is_off_at_the_ends_is_bent() -> None:
    """Where rows of high expectation bring more and those of low less, new rows are told near what they bring."""
    bend = fit_bend(*drawn(1.6))
    assert bend is not None
    expected, _ = drawn(1.6, seed=2)
    true = expected**1.6 * expected.mean() / (expected**1.6).mean()
    off = np.abs(bend.all(expected) - true).mean()
    assert off < 0.5 * np.abs(expected - true).mean()
    assert bend.all(expected).sum() == pytest.approx(true.sum(), rel=0.15)


def test_right_expectations_are_left_alone() -> None:
    """Of 40 tables with right expectations few are bent, and none far."""
    bends = [fit_bend(*drawn(1.0, seed=seed)) for seed in range(40)]
    assert sum(bend is not None for bend in bends) <= 6


def test_what_cannot_be_bent_is_not() -> None:
    """Refunds, no revenue, too few rows that pay, and unknown amounts give no bend."""
    expected, paid = drawn(1.6)
    assert fit_bend(expected, np.where(np.arange(6000) < 3, -5.0, paid)) is None
    assert fit_bend(expected, np.full(6000, np.nan)) is None
    assert fit_bend(expected[:150], paid[:150]) is None
    assert fit_bend(expected, np.zeros(6000)) is None
    assert fit_bend(np.ones(6000), paid) is None


def test_parts_without_a_spread_are_no_end() -> None:
    """Where nobody of the lowest pays, or all above pay one price, what is told is finite and near what came."""
    expected, _ = drawn(1.6)
    for paid in (np.where(expected > 20, 49.0, 0.0), np.where(expected > np.quantile(expected, 0.97), 49.0, 0.0)):
        bend = fit_bend(expected, paid)
        assert bend is None or bend.all(expected).sum() == pytest.approx(paid.sum(), rel=0.3)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_one_is_as_all_and_never_falls(first: float, second: float) -> None:
    """One row is told the very number of a batch, and more expected is never less told."""
    bend = fit_bend(*drawn(1.6))
    assert bend is not None
    low, high = sorted([first, second])
    told = bend.all(np.array([low, high]))
    assert told.tolist() == [bend.one(low), bend.one(high)]
    assert told[0] <= told[1]
    assert isinstance(bend, Bend)
