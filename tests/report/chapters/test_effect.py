"""The plan of the experiment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clientela.audit.result import Numbers
from clientela.domain.column import Role
from clientela.domain.goal import Goal
from clientela.report.blocks import TableBlock
from clientela.report.chapters.effect import effect, plan
from clientela.report.contents import Contents
from clientela.statistics.power import two_mean_size, two_proportion_size

from ..contents_made import column, numeric


def _with_revenue(shop: Contents, mean: float, deviation: float) -> Contents:
    profile = replace(
        numeric(column("revenue", role=Role.REVENUE), 30), numbers=Numbers(mean, deviation, (), 0, 0, 0, 0)
    )
    return replace(shop, audit=replace(shop.audit, columns=(*shop.audit.columns, profile)))


def test_money_is_planned_with_means(made: dict[str, Contents]) -> None:
    """With a revenue column the size is that for two means, from its mean and deviation."""
    planned = plan(_with_revenue(made["shop"], 10.0, 40.0))
    assert planned is not None
    assert planned.size(0.05) == two_mean_size(40.0, 0.5)
    assert (planned.base, planned.shown(0.05)) == ("10.00", "10.50")


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.0)])
def test_money_that_cannot_be_planned_with(made: dict[str, Contents], mean: float, deviation: float) -> None:
    """Without revenue on average, or without spread, shares are planned with."""
    planned = plan(_with_revenue(made["shop"], mean, deviation))
    assert planned is not None
    assert planned.base == "39.0 %"


def test_shares_are_planned_with_proportions(made: dict[str, Contents]) -> None:
    """For conversion the size is that for two shares, from the base rate; the table and the answer show it."""
    contents = replace(made["shop"], goal=Goal.CONVERSION)
    planned = plan(contents)
    assert planned is not None
    assert planned.size(0.05) == two_proportion_size(0.39, 0.39 * 1.05)
    chapter = effect(contents)
    table = next(block for block in chapter.blocks if isinstance(block, TableBlock))
    assert table.rows[1][2].text == f"{planned.size(0.05):,}"
    assert f"{planned.size(0.05):,}" in chapter.answer


@pytest.mark.parametrize("goal", [Goal.RETENTION, Goal.BASKET_SIZE, Goal.TIME_TO_CHECKOUT])
def test_goals_without_a_base_get_no_number(made: dict[str, Contents], goal: Goal) -> None:
    """Where the extract holds no base for the goal, no size is made up, and what will be measured is said."""
    contents = replace(made["shop"], goal=goal)
    assert plan(contents) is None
    assert "cannot be computed yet" in effect(contents).answer


def test_unmodelled_shares(made: dict[str, Contents]) -> None:
    """Without a model the rarer class is planned with; a rate near one stays below one."""
    shop = made["shop"]
    bare = replace(shop, model=None, goal=Goal.CONVERSION)
    planned = plan(bare)
    assert planned is not None
    assert planned.measure == "share of the rarer class"
    near = replace(bare, audit=replace(shop.audit, balance=(("a", 1), ("b", 99))))
    high = plan(near)
    assert high is not None
    assert high.size(0.2) > 0
