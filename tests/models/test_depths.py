"""Tests of curves and money by depth."""

from dataclasses import replace

import numpy as np
import pytest

from clientela.models.depths import Money, best_depth, bill, curves, depths, priced, revenue_tenths
from clientela.models.evaluating import Judged
from clientela.models.result import Target, TargetKind

TARGET = Target(TargetKind.BINARY, "bought", ("no", "yes"))


def _case(revenue: bool = True) -> tuple[Judged, np.ndarray]:
    rng = np.random.default_rng(2)
    chance = rng.beta(1, 4, 500)
    codes = (rng.random(500) < chance).astype(np.int64)
    amounts = np.where(codes > 0, 30.0, 0.0) if revenue else None
    return Judged(TARGET, codes, np.arange(500), "row", 30, 1, amounts), chance


def test_money_adds_up_over_the_depths() -> None:
    """Profit at full depth is all revenue less the cost of every row, and lift ends at one."""
    judged, chance = _case()
    found = depths(judged, priced(judged, chance, None, Money(cost=2.0)))
    assert found[-1].lift.value == pytest.approx(1)
    assert found[-1].profit.value == pytest.approx(1000 * (judged.revenue.mean() - 2))
    assert found[0].worth.value > found[-1].worth.value
    assert all(one.profit.low <= one.profit.value <= one.profit.high for one in found)


def test_without_a_cost_only_the_most_it_may_be_is_told() -> None:
    """Without a cost there is no profit and no bill; without revenue or value there is no money at all."""
    judged, chance = _case()
    free = priced(judged, chance, None, Money())
    assert depths(judged, free)[0].profit is None
    assert (bill(judged, free), best_depth(judged, free)) == (None, None)
    bare, chance = _case(revenue=False)
    unknown = priced(bare, chance, None, Money(cost=1.0))
    assert (bill(bare, unknown), best_depth(bare, unknown)) == (None, None)
    assert depths(bare, unknown)[0].worth is None
    assert depths(bare, priced(bare, chance, None, Money(value=9.0)))[-1].worth.value > 0
    assert bill(bare, priced(bare, chance, None, Money(value=0.0, cost=1.0))) is None


def test_the_bill_acts_where_it_pays() -> None:
    """Rows from cost / value on are acted on; profit is what the confusion of right and wrong actions comes to."""
    judged, chance = _case()
    found = bill(judged, priced(judged, chance, None, Money(value=30.0, cost=6.0)))
    acts, above = chance >= 0.2, judged.codes > 0
    assert found.cut == pytest.approx(0.2)
    assert found.acted.value == pytest.approx(acts.mean())
    assert found.profit.value == pytest.approx(1000 * (30 * (acts & above) - 6 * acts).mean())
    assert found.wasted.value == pytest.approx(6000 * (acts & ~above).mean())
    assert found.missed.value == pytest.approx(24000 * (~acts & above).mean())
    assert found.gain.value == pytest.approx(found.profit.value - max(0, found.everyone.value))


def _spenders(rows: int = 3000, seed: int = 5) -> tuple[Judged, np.ndarray, np.ndarray]:
    """Return buyers who are all as likely and differ in what they spend, the chance, and what they are to spend."""
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(2, 1, rows))
    amounts = np.where(rng.random(rows) < 0.5, mean * rng.gamma(2, 0.5, rows), 0.0)
    judged = Judged(TARGET, (amounts > 0).astype(np.int64), np.arange(rows), "row", 100, 1, amounts)
    return judged, rng.random(rows), mean / 2


def test_each_row_brings_its_own_revenue() -> None:
    """Without a value the bill prices rows at their own revenue and acts from an expected revenue of the cost on."""
    judged, chance, expected = _spenders()
    found = bill(judged, priced(judged, chance, expected, Money(cost=8.0)))
    acts, left = expected >= 8, judged.revenue - 8
    assert (found.value, found.cut) == (None, 8.0)
    assert found.profit.value == pytest.approx(1000 * (acts * left).mean())
    assert found.everyone.value == pytest.approx(1000 * left.mean())
    assert found.missed.value > 0


def test_rows_are_ranked_by_what_they_are_expected_to_bring() -> None:
    """By expected revenue where rows bring their own, by chance where one value stands for all."""
    judged, chance, expected = _spenders()
    own, flat = (priced(judged, chance, expected, Money(value, 8.0)) for value in (None, 30.0))
    assert own.score is expected
    assert flat.score is chance
    by_chance = priced(judged, chance, None, Money(cost=8.0))
    assert depths(judged, own)[3].profit.low > depths(judged, by_chance)[3].profit.high


def test_profit_may_fall_below_nothing() -> None:
    """Where rows together bring less than nothing, as refunds do, profit at full depth still adds up."""
    judged, chance, expected = _spenders()
    refunded = replace(judged, revenue=judged.revenue - 20)
    assert refunded.revenue.sum() < 0
    found = depths(refunded, priced(refunded, chance, expected, Money(cost=1.0)))
    assert found[-1].profit.value == pytest.approx(1000 * (refunded.revenue.mean() - 1))


@pytest.mark.parametrize("off", [1.0, 0.2])
def test_the_best_depth_is_one_that_paid(off: float) -> None:
    """It is near that of the law where expectations are right, and where they are five times too low."""
    judged, chance, expected = _spenders()
    best = best_depth(judged, priced(judged, chance, off * expected, Money(cost=8.0)))
    assert best.share == pytest.approx((expected >= 8).mean(), abs=0.08)
    assert best.profit.low < 1000 * np.where(expected >= 8, expected - 8, 0).mean() < best.profit.high
    assert best.beyond.low > 0
    assert best.everyone.value == pytest.approx(1000 * (judged.revenue.mean() - 8))


def test_profits_of_chosen_depths_hold() -> None:
    """On 20 tables the interval of the profit at the best depth holds that of the law in 17 and more."""
    held = 0
    for seed in range(20):
        judged, chance, expected = _spenders(1000, seed)
        best = best_depth(judged, priced(judged, chance, 0.5 * expected, Money(cost=8.0)))
        large, _, mean = _spenders(100_000, 99)
        assert best.least is not None
        true = 1000 * np.where(0.5 * mean >= best.least, large.revenue - 8, 0).mean()
        held += best.profit.low <= true <= best.profit.high
    assert held >= 17


def test_nobody_is_best_where_nothing_pays() -> None:
    """At a cost above all revenue no depth is told, and its profit is nothing."""
    judged, chance, expected = _spenders()
    best = best_depth(judged, priced(judged, chance, expected, Money(cost=1e6)))
    assert (best.share, best.least, best.profit.value) == (0.0, None, 0.0)


def test_expected_revenue_is_held_against_what_came() -> None:
    """Tenths hold the mean where expectations are right; the top one is beyond them where they are bound."""
    judged, _, expected = _spenders()
    right = revenue_tenths(judged, expected)
    assert [one.rows for one in right] == [300] * 10
    assert sum(one.observed.excludes(one.expected) for one in right) <= 1
    bound = revenue_tenths(judged, np.minimum(expected, np.quantile(expected, 0.95) / 2))
    assert bound[-1].observed.low > bound[-1].expected
    assert revenue_tenths(judged, None) == ()
    few = replace(judged, revenue=np.where(np.arange(3000) < 30, judged.revenue, np.nan))
    assert sum(one.rows for one in revenue_tenths(few, expected)) == 30


def test_curves_rise_and_lie_in_their_intervals() -> None:
    """The ROC curve rises, precision ends at the base rate, and each point lies in its interval."""
    judged, chance = _case()
    roc, precision = curves(judged, chance)
    heights = [point.found.value for point in roc]
    assert heights == sorted(heights)
    assert precision[-1].precision.value == pytest.approx(judged.codes.mean(), abs=0.05)
    assert all(point.found.low <= point.found.value <= point.found.high for point in roc)
