"""Tests of what is promised of the next period."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.models.learning import Learned
from clientela.models.promising import next_one


@given(st.lists(st.floats(0.4, 1.0), min_size=2, max_size=8))
def test_a_promise_lies_around_the_mean_and_inside_what_is_possible(values: list[float]) -> None:
    """The interval holds the mean of the periods and stays between 0 and 1."""
    found = next_one(values)
    assert found is not None
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12 <= 1 + 2e-12


def test_promises_are_kept_as_often_as_they_say() -> None:
    """Over draws from one distribution the next one lies inside in 95 % of cases."""
    rng = np.random.default_rng(5)
    draws = rng.normal(0.6, 0.02, size=(2000, 5))
    kept = []
    for row in draws:
        found = next_one(row[:4].tolist())
        assert found is not None
        kept.append(found.low <= row[4] <= found.high)
    assert np.mean(kept) == pytest.approx(0.95, abs=0.015)


def test_one_period_promises_nothing() -> None:
    """With fewer than two periods nothing can be promised."""
    assert next_one([0.7]) is None


def test_a_table_with_time_promises_the_next_period(learned: Learned, learned_binary: Learned) -> None:
    """The result says what each period gave, what was promised of the last one and whether it came so."""
    for result in (learned.result, learned_binary.result):
        promise = result.promise
        assert promise is not None
        assert len(promise.periods) >= 2
        assert promise.after is not None
        assert promise.after.low <= np.mean(promise.periods) <= promise.after.high
        if promise.before is not None:
            assert promise.kept == (promise.before.low <= promise.periods[-1] <= promise.before.high)
