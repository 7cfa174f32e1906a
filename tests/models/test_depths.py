"""Tests of curves and money by depth."""

import numpy as np
import pytest

from clientela.models.depths import Money, bill, curves, depths, worth_of
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
    found = depths(judged, chance, Money(cost=2.0))
    assert found[-1].lift.value == pytest.approx(1)
    assert found[-1].profit.value == pytest.approx(1000 * (judged.revenue.mean() - 2))
    assert found[0].worth.value > found[-1].worth.value
    assert all(one.profit.low <= one.profit.value <= one.profit.high for one in found)


def test_without_a_cost_only_the_most_it_may_be_is_told() -> None:
    """Without a cost there is no profit and no bill; without revenue or value there is no money at all."""
    judged, chance = _case()
    assert depths(judged, chance, Money())[0].profit is None
    assert bill(judged, chance, Money()) is None
    bare, chance = _case(revenue=False)
    assert worth_of(bare, Money(cost=1.0)) is None
    assert bill(bare, chance, Money(cost=1.0)) is None
    assert depths(bare, chance, Money(cost=1.0))[0].worth is None
    assert depths(bare, chance, Money(value=9.0))[-1].worth.value > 0


def test_the_bill_acts_where_it_pays() -> None:
    """Rows from cost / value on are acted on; profit is what the confusion of right and wrong actions comes to."""
    judged, chance = _case()
    found = bill(judged, chance, Money(value=30.0, cost=6.0))
    acts, above = chance >= 0.2, judged.codes > 0
    assert found.cut == pytest.approx(0.2)
    assert found.acted.value == pytest.approx(acts.mean())
    assert found.profit.value == pytest.approx(1000 * (30 * (acts & above) - 6 * acts).mean())
    assert found.wasted.value == pytest.approx(6000 * (acts & ~above).mean())
    assert found.missed.value == pytest.approx(24000 * (~acts & above).mean())
    assert found.gain.value == pytest.approx(found.profit.value - max(0, found.everyone.value))


def test_curves_rise_and_lie_in_their_intervals() -> None:
    """The ROC curve rises, precision ends at the base rate, and each point lies in its interval."""
    judged, chance = _case()
    roc, precision = curves(judged, chance)
    heights = [point.found.value for point in roc]
    assert heights == sorted(heights)
    assert precision[-1].precision.value == pytest.approx(judged.codes.mean(), abs=0.05)
    assert all(point.found.low <= point.found.value <= point.found.high for point in roc)
