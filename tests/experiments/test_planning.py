"""How large an experiment must be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import ClientelaError
from clientela.domain.goal import Goal
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.planning import Asked, Base, plan
from clientela.experiments.result import Plan
from clientela.statistics.power import two_mean_size, two_proportion_size
from clientela.tables.frames import from_frame

from .made import visitors


def planned(frame: pl.DataFrame, effect: float = 0.05, holdout: float = 0.5, **options: Any) -> Plan:
    """Return the plan."""
    with from_frame(frame) as table:
        return plan(table, ExperimentOptions(**options), Asked(effect, holdout))


def test_shares_need_what_the_textbook_says() -> None:
    """From 5 % to 5.25 % about 122,100 visitors per arm are needed (Fleiss, Levin and Paik)."""
    frame = pl.DataFrame({"visitor": range(1000), "bought": [1] * 50 + [0] * 950})
    made = planned(frame, goal=Goal.CONVERSION)
    assert made.visitors / 2 == pytest.approx(122_100, rel=0.002)
    assert made.visitors / 2 == pytest.approx(two_proportion_size(0.05, 0.0525), rel=0.002)


def test_means_need_what_the_textbook_says() -> None:
    """Where the variance does not rise with the mean, the size is that of two equal variances (van Belle)."""
    base = Base(10.0, 4.0, 0.0, 0.0)
    assert base.size(Asked(0.05, 0.5)) / 2 == pytest.approx(two_mean_size(2.0, 0.5), abs=1)
    assert base.power(base.size(Asked(0.05)), Asked(0.05)) == pytest.approx(0.8, abs=1e-3)


def test_a_holdout_costs_visitors() -> None:
    """A twentieth in the control needs about five times the visitors of a half."""
    frame = visitors(400)
    half, small = planned(frame), planned(frame, holdout=0.05)
    assert 4.5 < small.visitors / half.visitors < 6
    assert small.holdout == 0.05


def test_a_plan_tells_days_sizes_and_curve() -> None:
    """Days follow from visitors a day; the curve passes the asked power; looking at any time costs visitors."""
    made = planned(visitors(280, days=14))
    assert made.days == pytest.approx(made.visitors / 20)
    assert f"about {math.ceil(made.days):,} days at 20 a day." in made.answer
    assert [size.effect for size in made.sizes] == [0.01, 0.02, 0.03, 0.05, 0.1, 0.2]
    assert all(size.any_look > size.visitors for size in made.sizes)
    assert {round(point.effect, 4): point.power for point in made.curve}[0.05] == pytest.approx(0.8, abs=1e-3)
    assert any("Taken by their names" in note for note in made.notes)
    assert not any("'variant'" in note for note in made.notes)


def test_visitors_who_come_often_are_one_unit() -> None:
    """Rows of a visitor are gathered: the plan for three equal visits each is that for one."""
    frame = visitors(300)
    once, thrice = planned(frame), planned(pl.concat([frame] * 3))
    assert thrice.visitors == pytest.approx(once.visitors, rel=0.02)
    rows = planned(pl.concat([frame] * 3).drop("visitor"))
    assert any("every row counts as a visitor of its own" in note for note in rows.notes)


def test_a_fall_is_planned_too() -> None:
    """An effect below zero is seen on its side; effects of -100 % or less are left out of the curve."""
    made = planned(visitors(300), effect=-0.6)
    assert made.effect == -0.6
    assert [round(point.effect, 2) for point in made.curve] == [-0.15, -0.3, -0.45, -0.6, -0.75, -0.9]
    assert any("change in two ways, and the plan lies between" in note for note in made.notes)


def test_the_chance_depends_on_how_revenue_changes() -> None:
    """More buyers are seen sooner than larger orders, since the spread rises less; the plan lies between."""
    rng = np.random.default_rng(1)
    spent = np.where(rng.random(4000) < 0.1, rng.lognormal(3, 0.8, 4000), 0.0)
    frame = pl.DataFrame({"visitor": range(4000), "revenue": spent})
    made = planned(frame, effect=0.15, holdout=0.1)
    buyers, orders = dict(made.ways).values()
    assert orders < 0.8 < buyers
    assert any(f"{100 * buyers:.0f} % if it all came through the number of buyers" in note for note in made.notes)
    bought = planned(frame.with_columns(bought=pl.col("revenue") > 0), goal=Goal.CONVERSION)
    assert bought.ways == ()
    assert any("variance is taken to rise" in note for note in bought.notes)


def test_times_are_planned_by_their_restricted_mean() -> None:
    """Uncensored times are planned as a plain mean with their variance; with ends unknown fewer count."""
    times = np.random.default_rng(1).exponential(8, 3000)
    frame = pl.DataFrame({"visitor": range(3000), "time": times})
    made = planned(frame, goal=Goal.TIME_TO_CHECKOUT)
    assert made.base == pytest.approx(times.mean(), rel=0.001)
    assert made.deviation == pytest.approx(times.std(), rel=0.01)
    watched = frame.with_columns(time=pl.col("time").clip(upper_bound=6.0), finished=pl.col("time") < 6)
    short = planned(watched, goal=Goal.TIME_TO_CHECKOUT)
    assert short.base == pytest.approx(np.minimum(times, 6).mean(), rel=0.001)


def test_earlier_data_make_it_smaller_and_a_cap_is_told() -> None:
    """A good covariate cuts the visitors needed; what a cap cuts is in the notes."""
    frame = visitors(400).with_columns(before=pl.col("revenue") + pl.col("age") / 9)
    assert planned(frame, covariates=("before",)).visitors < planned(frame).visitors / 5
    assert any("count as 50, as was asked" in note for note in planned(frame, cap=50.0).notes)


def test_too_few_outcomes_in_the_smaller_arm_are_said() -> None:
    """Where even the planned holdout would expect fewer than five buyers, the plan says so."""
    spent = np.zeros(20_000)
    spent[:20] = np.random.default_rng(1).pareto(1.1, 20) * 10
    made = planned(pl.DataFrame({"visitor": range(20_000), "revenue": spent}), effect=50.0, holdout=0.01)
    assert any("too few outcomes above zero" in note for note in made.notes)
    assert not any("too few outcomes above zero" in note for note in planned(visitors(300)).notes)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"holdout": 1.0}, "A holdout of 1 is asked for"),
        ({"effect": 0.0}, "An effect of 0 is asked for"),
        ({"effect": -1.0}, "An effect of -1 is asked for"),
        ({"effect": math.nan}, "An effect of nan is asked for"),
        ({"power": 1.0}, "A power of 100 % is asked for"),
    ],
)
def test_wrong_questions_are_refused(wrong: dict[str, float], told: str) -> None:
    """Effect, holdout and power have their ranges."""
    with pytest.raises(ClientelaError, match=told):
        Asked(**wrong)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (visitors(4)[:0], "The table has no visits to plan from"),
        (visitors(1), "There are too few visitors to plan from"),
        (visitors(40).with_columns(revenue=0.0), "The measure has a mean of 0 and a variance of 0"),
        (visitors(40).drop("revenue"), "No column says what came of it"),
        (visitors(40).with_columns(revenue=-pl.col("revenue")), "The measure has a mean of -"),
    ],
)
def test_visits_that_say_nothing_are_refused(frame: pl.DataFrame, told: str) -> None:
    """No rows, one row, nothing bought, no outcome: one sentence each."""
    with pytest.raises(ClientelaError, match=told):
        planned(frame)


def test_an_effect_too_small_for_any_number_is_refused() -> None:
    """Beyond a million million visitors no plan is made."""
    with pytest.raises(ClientelaError, match="No number of visitors would do"):
        Base(1.0, 100.0, 0.0, 0.0).size(Asked(1e-6))
