"""Honest numbers of segments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from clientela.segments.honest import Judge, estimate, foreseen
from clientela.segments.outcomes import Outcomes


def made(above: np.ndarray, value: np.ndarray | None = None, units: np.ndarray | None = None) -> Outcomes:
    """Return outcomes, half of which grow."""
    rows = len(above)
    return Outcomes(
        expected=above.astype(float),
        value=above.astype(float) if value is None else value,
        above=above.astype(float),
        money=value is not None,
        units=np.arange(rows) if units is None else units,
        grows=np.arange(rows) % 2 == 0,
        unit="visit",
    )


def test_rates_are_measured_on_the_judged_visits_only() -> None:
    """What the growing half shows does not enter rate, value and part; the share counts all visits."""
    codes = np.repeat([0, 1], 200)
    above = np.where(np.arange(400) % 2 == 0, 1.0, np.arange(400) % 4 == 1)
    outcomes = made(above)
    numbers, _ = estimate(outcomes, codes, ~outcomes.grows, 50, 1)
    assert [item.rate.value for item in numbers] == [0.5, 0.5]
    assert [item.share.value for item in numbers] == [0.5, 0.5]
    assert [item.part.value for item in numbers] == [0.5, 0.5]
    assert numbers[0].rate.n == 100


def test_few_buyers_get_an_interval_that_does_not_collapse() -> None:
    """A segment in which nobody bought still has an upper end above zero."""
    codes = np.repeat([0, 1], 200)
    above = np.where(codes == 0, np.arange(400) % 4 < 2, 0).astype(float)
    numbers, _ = estimate(made(above), codes, np.ones(400, dtype=bool), 50, 1)
    assert numbers[1].rate.value == 0
    assert numbers[1].rate.high > 0.005
    assert numbers[1].rate.method == "wilson"


def test_separation_is_the_share_of_variance_out_of_sample() -> None:
    """Groups that tell the outcome part all variance; groups drawn by lot part none."""
    rng = np.random.default_rng(0)
    above = (rng.random(2000) < 0.3).astype(float)
    outcomes = made(above)
    assert estimate(outcomes, above.astype(int), ~outcomes.grows, 20, 1)[1].value == pytest.approx(1)
    assert estimate(outcomes, rng.integers(0, 2, 2000), ~outcomes.grows, 20, 1)[1].value < 0.01


def test_without_any_value_shares_of_it_are_undefined() -> None:
    """Where nobody bought anything the shares of nothing are NaN, not an error."""
    outcomes = made(np.zeros(100))
    numbers, separation = estimate(outcomes, np.zeros(100, dtype=np.int64), np.ones(100, dtype=bool), 20, 1)
    assert np.isnan(numbers[0].part.value)
    assert np.isnan(separation.value)


def test_the_judge_keeps_false_alarms_rare() -> None:
    """Two groups drawn by lot differ for about 5 % of seeds at most, with heavy-tailed values too."""
    alarms = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        above = (rng.random(400) < 0.3).astype(float)
        outcomes = made(above, above * rng.lognormal(3, 1, 400))
        half = rng.random(400) < 0.5
        alarms += Judge(outcomes, np.ones(400, dtype=bool), tests=1).differ(half, ~half)
    assert alarms <= 24


def test_the_judge_counts_visitors_not_visits() -> None:
    """Ten equal visits of each visitor are no more evidence than one."""
    half = np.arange(60) < 30
    above = np.where(half, np.arange(60) < 13, np.arange(60) >= 53).astype(float)
    many, wide = np.repeat(above, 10), np.repeat(half, 10)
    judged = np.ones(600, dtype=bool)
    as_visits = Judge(made(many), judged, tests=1).differ(wide, ~wide)
    as_visitors = Judge(made(many, units=np.repeat(np.arange(60), 10)), judged, tests=1).differ(wide, ~wide)
    assert as_visits
    assert not as_visitors


def test_nothing_is_judged_on_nothing() -> None:
    """A group without judged visits, or with hardly a buyer, does not differ."""
    outcomes = made(np.r_[np.ones(3), np.zeros(97)])
    some = np.arange(100) < 50
    assert not Judge(outcomes, ~some, tests=1).differ(some, ~some)
    assert not Judge(outcomes, np.ones(100, dtype=bool), tests=1).differ(some, ~some)


def test_scores_that_foresee_are_told_from_scores_that_do_not() -> None:
    """True expectations are foreseen; constant, unrelated and reversed ones are not."""
    rng = np.random.default_rng(4)
    chance = rng.uniform(0, 0.6, 1500)
    outcomes = made((rng.random(1500) < chance).astype(float))
    assert foreseen(replace(outcomes, expected=chance))
    assert not foreseen(replace(outcomes, expected=-chance))
    assert not foreseen(replace(outcomes, expected=np.full(1500, 0.3)))
