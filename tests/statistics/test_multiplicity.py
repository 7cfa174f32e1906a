"""Many tests at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.multiplicity import holm


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_adjusted_values_keep_order_and_lie_between_plain_and_bonferroni(values: list[float]) -> None:
    """Holm is never smaller than the p-value, never larger than Bonferroni, and keeps the order."""
    plain = np.array(values)
    adjusted = holm(plain)
    assert (adjusted >= plain).all()
    assert (adjusted <= np.minimum(plain * plain.size, 1) + 1e-12).all()
    assert (np.diff(adjusted[np.argsort(plain, kind="stable")]) >= 0).all()


def test_tests_that_were_not_made_do_not_count() -> None:
    """NaN stays NaN and leaves the number of tests alone."""
    assert holm(np.array([0.01, np.nan]))[0] == 0.01
    assert np.isnan(holm(np.array([0.01, np.nan]))[1])


def test_any_false_alarm_is_as_rare_as_promised() -> None:
    """Among fifty true nulls any is rejected at 5 % in about one of twenty repetitions."""
    rng = np.random.default_rng(1)
    alarms = np.mean([(holm(rng.random(50)) < 0.05).any() for _ in range(2000)])
    assert 0.035 < alarms < 0.065
