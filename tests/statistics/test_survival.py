"""Time until something happens: Freireich's trial of 6-MP, as published."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.survival import Lived, cox, lived, log_rank, restricted_mean

TIMES = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
TREATED = lived(np.array(TIMES, float), np.arange(21) < 9)
PLACEBO_TIMES = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
PLACEBO = lived(np.array(PLACEBO_TIMES, float), np.ones(21, bool))


def test_published_medians_and_log_rank() -> None:
    """Medians of 23 and 8 weeks, log-rank 16.793."""
    assert (TREATED.median(), PLACEBO.median()) == (23.0, 8.0)
    statistic, p = log_rank([TREATED, PLACEBO])
    assert statistic == pytest.approx(16.793, abs=5e-4)
    assert p == pytest.approx(4.17e-5, rel=0.01)


def test_published_hazard_ratios() -> None:
    """Cox's coefficient is -1.509 with Breslow's ties and -1.572 with Efron's."""
    assert cox(TREATED, PLACEBO, "breslow")[0] == pytest.approx(-1.509, abs=5e-4)
    beta, error = cox(TREATED, PLACEBO)
    assert beta == pytest.approx(-1.572, abs=5e-4)
    assert error == pytest.approx(0.4124, abs=5e-4)
    assert cox(PLACEBO, TREATED)[0] == pytest.approx(-beta)


def test_an_arm_without_an_event_has_neither_median_nor_hazard() -> None:
    """Where nobody finished, both are undefined."""
    watched = lived(np.array([3.0, 4.0]), np.zeros(2, bool))
    assert math.isnan(watched.median())
    assert math.isnan(cox(watched, PLACEBO)[0])


def test_three_arms_of_one_kind_do_not_differ() -> None:
    """The log-rank test of three equal arms is zero with two degrees of freedom."""
    statistic, p = log_rank([TREATED, TREATED, TREATED])
    assert statistic == pytest.approx(0, abs=1e-9)
    assert p == pytest.approx(1)


@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=60))
def test_without_censoring_the_restricted_mean_is_the_mean(times: list[float]) -> None:
    """All watched to the end: the mean up to the longest time is the plain one, its variance that of a mean."""
    values = np.array(times)
    mean, variance = restricted_mean(lived(values, np.ones(values.size, bool)), float(values.max()))
    assert mean == pytest.approx(values.mean())
    assert variance == pytest.approx(values.var() / (values.size - 1), rel=1e-6, abs=1e-12)


def test_counts_of_parts_are_all_that_is_needed() -> None:
    """Times given in another order, or as counts, make the same arm."""
    again = Lived(TREATED.times, TREATED.events, TREATED.leaving)
    shuffled = np.random.default_rng(1).permutation(21)
    other = lived(np.array(TIMES, float)[shuffled], (np.arange(21) < 9)[shuffled])
    assert other.survival.tolist() == again.survival.tolist()
    assert other.n == 21
