"""Many tests at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clientela.statistics.multiplicity import benjamini_hochberg, holm


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


def test_the_published_example_of_the_false_discovery_rate_rejects_four() -> None:
    """Benjamini and Hochberg's (1995) fifteen p-values: four are rejected at 5 %, by Holm three."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert (benjamini_hochberg(np.array(p)) <= 0.05).sum() == 4
    assert (holm(np.array(p)) <= 0.05).sum() == 3


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_false_discovery_is_never_stricter_than_family_wise(values: list[float]) -> None:
    """Adjusted for the rate of false ones, a p-value lies between the plain one and Holm's; NaN does not count."""
    plain = np.array([*values, np.nan])
    adjusted = benjamini_hochberg(plain)
    assert np.isnan(adjusted[-1])
    assert (adjusted[:-1] >= plain[:-1] - 1e-15).all()
    assert (adjusted[:-1] <= holm(plain)[:-1] + 1e-12).all()
