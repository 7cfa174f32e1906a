"""Whom to contact, what to bid, whom to leave alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.domain.estimate import Estimate
from clientela.segments.options import SegmentOptions
from clientela.segments.outcomes import Outcomes
from clientela.segments.targeting import HELD_OUT, advised, bids, chances, targeting


def outcomes(expected: np.ndarray, value: np.ndarray, money: bool = True) -> Outcomes:
    """Return outcomes, one unit per visit."""
    units = np.arange(len(value))
    return Outcomes(expected, value, (value > 0) * 1.0, money, units, units % 2 == 0, "visit")


def asked(**costs: float) -> SegmentOptions:
    """Return options with these costs."""
    return SegmentOptions(resamples=100, **costs)


def test_profit_is_what_contacted_visits_bring_less_their_cost() -> None:
    """Visits expected to bring more than the cost are contacted; profit, lot and everyone are counted out by hand."""
    expected = np.tile([10.0, 4.0, 1.0, 0.0], 100)
    value = np.tile([12.0, 4.0, 0.0, 0.0], 100)
    plan = targeting(outcomes(expected, value), np.zeros(400), 400, asked(cost=2.0))
    assert plan is not None
    assert (plan.contacts, plan.share, plan.least) == (200, 0.5, 4.0)
    assert plan.profit.value == pytest.approx(1000 * (16 - 4) / 4)
    assert plan.by_lot.value == pytest.approx(1000 * 0.5 * (4 - 2))
    assert plan.everyone.value == pytest.approx(1000 * (4 - 2))
    assert plan.gain.value == pytest.approx(plan.profit.value - plan.by_lot.value)
    assert plan.profit.low < plan.profit.value < plan.profit.high
    wide, narrow = plan.ahead.high - plan.ahead.low, plan.profit.high - plan.profit.low
    assert wide == pytest.approx(np.sqrt(2) * narrow)


def test_the_plan_follows_what_was_measured() -> None:
    """Where all is expected to be below the cost and the best brought far more, the best are contacted."""
    rng = np.random.default_rng(3)
    mean = np.exp(rng.normal(2, 1, 3000))
    brought = mean * rng.gamma(2, 0.5, 3000)
    plan = targeting(outcomes(np.minimum(mean, 24.0) * 0.5 + mean / 100, brought), np.zeros(3000), 3000, asked(cost=20))
    assert plan is not None
    assert plan.share == pytest.approx((mean > 20).mean(), abs=0.06)
    assert plan.least < 20
    assert plan.profit.low < 1000 * np.where(mean > 20, mean - 20, 0).mean() < plan.profit.high
    assert plan.beyond.low > 0


def test_the_budget_bounds_the_best() -> None:
    """A budget takes the best by expectation, for as many visits as the table has; a sample of it a part."""
    expected = np.arange(1.0, 101.0)
    plan = targeting(outcomes(expected, expected), np.zeros(100), 100, asked(cost=2.0, budget=20.0))
    assert plan is not None
    assert (plan.contacts, plan.least) == (10, 91.0)
    part = targeting(outcomes(expected, expected), np.zeros(100), 1000, asked(cost=2.0, budget=200.0))
    assert part is not None
    assert part.contacts == 10


def test_a_value_is_weighed_by_the_chance() -> None:
    """With a value a visit is contacted where chance times value exceeds the cost, and brings the value or nothing."""
    chance = np.repeat([0.5, 0.05], 100)
    value = np.concatenate([np.tile([1.0, 0.0], 50), np.zeros(100)])
    plan = targeting(outcomes(chance, value, money=False), chance, 200, asked(cost=1.0, value=10.0))
    assert plan is not None
    assert plan.contacts == 100
    assert plan.profit.value == pytest.approx(1000 * (50 * 10 - 100) / 200)


def test_nothing_is_planned_without_cost_or_value() -> None:
    """No cost, or neither value nor revenue: there is no plan. Where nobody is worth a contact none is held out."""
    flat = np.full(50, 0.5)
    assert targeting(outcomes(flat, flat), flat, 50, asked()) is None
    assert targeting(outcomes(flat, flat, money=False), flat, 50, asked(cost=1.0)) is None
    none = targeting(outcomes(flat, flat), flat, 50, asked(cost=5.0))
    assert none is not None
    assert (none.contacts, none.profit.value, none.holdout, none.least) == (0, 0, None, 5.0)
    same = targeting(outcomes(flat, flat), flat, 50, asked(cost=0.1))
    assert same is not None
    assert same.holdout is None


def test_the_holdout_sees_an_effect_as_large_as_the_cost() -> None:
    """Its size is that of the textbook: 2 (1.96 + .84)² s² / d² an arm, made worth as much with a tenth held out."""
    rng = np.random.default_rng(0)
    value = rng.normal(50, 10, 2000)
    plan = targeting(outcomes(value, value), np.zeros(2000), 2000, asked(cost=2.0))
    assert plan is not None
    held = plan.holdout
    assert held is not None
    assert held.share == HELD_OUT
    assert held.available == 2000
    assert held.difference == 2.0
    arm = 2 * (1.959964 + 0.841621) ** 2 * held.deviation**2 / 4
    assert held.visitors == pytest.approx(arm * (1 / 0.1 + 1 / 0.9) / 2, rel=0.01)


def test_factors_are_means_beside_the_mean() -> None:
    """The factors of all parts, weighed by their shares, make 1; parts without visits, and worth nothing, tell none."""
    value = np.repeat([4.0, 1.0], [100, 300])
    codes = np.repeat([0, 2], [100, 300])
    everyone = np.ones(400, dtype=bool)
    made = bids(outcomes(value, value), codes, ("best", "empty", "rest"), everyone, "group", asked())
    assert [(bid.name, bid.share) for bid in made] == [("best", 0.25), ("rest", 0.75)]
    assert made[0].factor.value == pytest.approx(4 / 1.75)
    assert sum(bid.share * bid.factor.value for bid in made) == pytest.approx(1)
    assert made[0].advised > 1 > made[1].advised
    assert bids(outcomes(value, 0 * value), codes, ("a", "b", "c"), everyone, "group", asked()) == ()
    codes[:9] = 1
    few = bids(outcomes(value, value), codes, ("best", "nine", "rest"), everyone, "group", asked())
    assert [bid.name for bid in few] == ["best", "rest"]


@given(st.floats(0.01, 20), st.floats(0, 5), st.floats(0, 5))
def test_advice_is_cautious(value: float, down: float, up: float) -> None:
    """The advised factor is never further from 1 than the value, and 1 where the interval holds 1."""
    factor = Estimate(value, max(0.0, value - down), value + up, n=90, method="bootstrap")
    told = advised(factor)
    assert 0.1 <= told <= 10
    if not factor.excludes(1.0):
        assert told == 1
    elif value > 1:
        assert 1 <= told <= value + 1e-9
    else:
        assert min(value, 0.1) - 1e-9 <= told <= 1


def test_chances_are_those_above_the_lowest_class(world: Callable[..., Any]) -> None:
    """The chance of anything above the lowest class is one less that of the lowest."""
    frame = pl.DataFrame({"x": [1.0] * 60, "label": ["no", "yes"] * 30})
    assert chances(world(frame, np.tile([0.7, 0.3], (60, 1))).learned).tolist() == pytest.approx([0.3] * 60)
