"""The whole analysis."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import InputError
from clientela.domain.goal import Goal
from clientela.experiments import units

from .made import asked, codes, outcomes_of, visitors


def test_published_effect_of_hillstrom_sharpened_by_earlier_spend(real_data: Callable[[str], Path]) -> None:
    """Men's spend sharpened by history is the published .767438, and the answer is to roll it out."""
    with gzip.open(real_data("hillstrom.csv.gz")) as file:
        frame = pl.read_csv(file.read(), infer_schema_length=None)
    found = asked(frame, variant="segment", outcome="spend", guards=("visit",), covariates=("history",))
    effects = {effect.variant: effect for effect in found.effects}
    assert effects["Mens E-Mail"].difference.value == pytest.approx(0.767438, abs=5e-7)
    assert [arm.variant for arm in found.arms] == ["No E-Mail", "Mens E-Mail", "Womens E-Mail"]
    assert [arm.units for arm in found.arms] == [21306, 21307, 21387]
    assert found.advice == "Roll out Mens E-Mail."
    assert codes(found.doubts) == ["unit_is_row"]
    assert found.guards[0].p_fixed < 1e-100
    assert (found.monthly, found.days, found.daily) == (None, 0, ())


def test_a_planted_lift_is_found_day_by_day() -> None:
    """A lift of a third is sure from some day on, in money a month, with a running answer per day and no doubt."""
    found = asked(visitors(2000, lift=0.33), guards=("bounce",), by=("city",), planned=2000)
    (effect,) = found.effects
    assert effect.sure
    assert effect.since == next(day for day, _, low, high in found.daily if low > 0 or high < 0)
    assert found.doubts == ()
    assert (found.days, found.first_day, found.last_day, len(found.daily)) == (14, "2024-01-01", "2024-01-14", 14)
    assert found.daily[-1][1] == pytest.approx(effect.difference.value)
    assert found.monthly is not None
    assert found.monthly.value == pytest.approx(effect.any_look.value * 2000 / 14 * 365.25 / 12)
    assert found.advice == "Roll out b."
    assert [part.column for part in found.differing] == ["city"]
    assert found.planned == 2000
    assert not any("No planned size" in note for note in found.notes)


def test_two_tables_are_joined_to_one_answer() -> None:
    """Decisions and outcomes give the answer that the joined rows would give."""
    decisions = visitors(400)
    later = outcomes_of(decisions)
    found = asked(decisions.drop("revenue"), later)
    wide = (
        decisions.drop("revenue")
        .join(later.drop("at"), on="visitor", how="left")
        .with_columns(pl.col("revenue").fill_null(0))
    )
    alone = asked(wide)
    assert found.effects[0].difference.value == pytest.approx(alone.effects[0].difference.value)
    assert found.effects[0].any_look.low == pytest.approx(alone.effects[0].any_look.low)


def test_several_visits_of_a_visitor_widen_the_interval() -> None:
    """Rows repeated by visitor tell nothing new: the interval stays, where rows as units would shrink it."""
    frame = visitors(300)
    thrice = pl.concat([frame] * 3)
    once, clustered, rows = asked(frame), asked(thrice), asked(thrice.drop("visitor"))
    width = [one.effects[0].difference.high - one.effects[0].difference.low for one in (once, clustered, rows)]
    assert width[1] == pytest.approx(width[0], rel=0.01)
    assert width[2] < 0.65 * width[0]


def test_doubts_of_a_broken_experiment_are_raised_together() -> None:
    """Unequal arms, missing days, a changed ramp, bots and one large order are each found, blockers first."""
    frame = visitors(2000, days=20)
    day = pl.col("time").dt.day()
    lost = (pl.col("variant") == "b") & (day < 8) & (pl.int_range(pl.len()) % 5 > 1)
    frame = frame.filter(~day.is_in([9, 10]) & ~lost)
    big = frame.with_columns(revenue=pl.when(pl.int_range(pl.len()) == 3).then(9e6).otherwise("revenue"))
    bot = pl.concat([big[:1]] * 400)
    found = asked(pl.concat([big, bot]), holdout=0.5, covariates=("age",), guards=("bounce",))
    assert {"sample_ratio", "missing_logs", "changed_exposure", "bots", "few_large_values"} <= set(codes(found.doubts))
    assert found.doubts[0].severity.value == "blocker"
    assert found.answer.startswith("The experiment cannot be used")


def test_arms_that_differed_before_are_found_per_variant() -> None:
    """An earlier column that differs in one of three arms is named with it."""
    frame = visitors(900).with_columns(variant=pl.Series(np.tile(["a", "b", "c"], 300)))
    frame = frame.with_columns(age=pl.when(pl.col("variant") == "c").then(pl.col("age") + 9).otherwise("age"))
    found = asked(frame, covariates=("age",), control="a")
    doubt = next(doubt for doubt in found.doubts if doubt.code == "covariate_imbalance")
    assert doubt.columns == ("age (c)",)
    clean = asked(visitors(900), covariates=("age",))
    assert "covariate_imbalance" not in codes(clean.doubts)
    assert clean.effects[0].saved < 0.05


def test_earlier_data_that_tell_much_save_variance() -> None:
    """A covariate with a correlation near one takes most of the variance off; a flat one takes none."""
    frame = visitors(400).with_columns(before=pl.col("revenue") + pl.col("age") / 9)
    assert asked(frame, covariates=("before",)).effects[0].saved > 0.9
    assert asked(frame.with_columns(flat=pl.lit(1.0)), covariates=("flat",)).effects[0].saved == 0.0


def test_times_are_analysed_with_their_guards() -> None:
    """A time to checkout has arms, effect and guards, no money a month, and notes of log-rank test and left-outs."""
    frame = visitors(400).with_columns(duration=pl.col("revenue"))
    found = asked(frame, goal=Goal.TIME_TO_CHECKOUT, guards=("bounce",), by=("city",), covariates=("age",), planned=400)
    assert found.effects[0].better == -1
    assert found.guards[0].measure == "bounce"
    assert found.monthly is None
    assert found.daily == ()
    assert any("log-rank" in note for note in found.notes)
    assert any("segments are not compared" in note for note in found.notes)


def test_a_guard_that_never_varies_says_nothing() -> None:
    """A constant guard has a p-value of one and no bounds, and stops nothing."""
    found = asked(visitors(200).with_columns(bounce=0), guards=("bounce",))
    assert found.guards[0].p_any_look == 1.0
    assert np.isinf(found.guards[0].any_look.high)


def test_a_guard_known_in_one_arm_only_is_left_out() -> None:
    """Without the control's values a guard cannot be judged."""
    frame = visitors(200).with_columns(bounce=pl.when(pl.col("variant") == "b").then("bounce"))
    assert asked(frame, guards=("bounce",)).guards == ()


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (visitors(60).with_columns(variant=pl.col("visitor")), "There are 60 variants, over 50"),
        (visitors(3), "The variant 'b' has too few visitors with an outcome"),
        (visitors(60).with_columns(revenue=1.0), "The outcome 'revenue' is the same for everybody"),
        (visitors(60).with_columns(variant=pl.lit("b")), "There is only the variant 'b'"),
    ],
)
def test_experiments_that_cannot_be_judged_are_refused(frame: pl.DataFrame, told: str) -> None:
    """Too many variants, too few visitors, nothing that varies, one arm: one sentence each."""
    with pytest.raises(InputError, match=told):
        asked(frame)


def test_rows_without_a_variant_are_told_where_one_arm_is_left() -> None:
    """An arm whose log is lost leaves one alone: the error says how many rows named none."""
    frame = visitors(40).with_columns(variant=pl.when(pl.col("variant") == "a").then("variant"))
    with pytest.raises(InputError, match=r"only the variant 'a' \(20 of 40 rows do not say which .* set aside\): an"):
        asked(frame, goal=Goal.REVENUE_PER_VISIT)


def test_an_experiment_at_its_start_is_too_early() -> None:
    """Few buyers in a small holdout: nothing is claimed, and it is said why."""
    place = np.arange(2000)
    frame = pl.DataFrame(
        {
            "visitor": place,
            "variant": np.where(place % 20 == 0, "holdout", "new"),
            "revenue": np.where(place % 197 == 3, 20.0, 0.0),
            "time": [dt.datetime.fromisoformat("2024-01-01")] * 2000,
        }
    )
    found = asked(frame, holdout=0.05, planned=100_000)
    assert "too_early" in codes(found.doubts)
    assert found.answer.endswith("too few outcomes have been seen.")
    assert found.effects[0].since == ""


def test_machines_in_one_arm_are_found_by_their_visits() -> None:
    """Five hundred visits of ordinary number in one arm are no machine each, and show in the mean."""
    frame = visitors(600).drop("time", "age", "city")
    often = frame.filter((pl.col("variant") == "b") & (pl.int_range(pl.len()) % 4 == 1))
    clean = pl.concat([frame, frame[:200]])
    assert "bots" not in codes(asked(clean).doubts)
    assert "bots" in codes(asked(pl.concat([clean, often, often, often])).doubts)


@pytest.mark.parametrize(
    ("goal", "earlier", "hurt"),
    [
        (Goal.REVENUE_PER_VISIT, ("age",), "nothing"),
        (Goal.REVENUE_PER_VISIT, ("age", "score", "before"), "a number too large"),
        (Goal.REVENUE_PER_VISIT, ("age",), "an outcome"),
        (Goal.CONVERSION, ("age",), "earlier data"),
        (Goal.CONVERSION, ("age", "score", "before"), "nothing"),
    ],
)
def test_one_scan_answers_as_two_do(
    monkeypatch: pytest.MonkeyPatch, earlier: tuple[str, ...], hurt: str, goal: Goal
) -> None:
    """Whether rows are taken as they are or looked at first: effects, days, segments, doubts and notes are equal."""
    rng = np.random.default_rng(4)
    frame = visitors(900, lift=0.1).with_columns(revenue=pl.when(pl.col("bounce") > 0).then(0.0).otherwise("revenue"))
    frame = frame.with_columns(before=pl.col("revenue") + rng.normal(0, 20, 900), score=rng.gamma(1, 1, 900))
    broken = {"an outcome": ("revenue", np.nan), "earlier data": ("age", np.nan), "a number too large": ("age", 1e200)}
    if hurt in broken:
        name, value = broken[hurt]
        frame = frame.with_columns(pl.when(pl.int_range(900) == 7).then(value).otherwise(name).alias(name))
    options = {"goal": goal, "outcome": "revenue", "covariates": earlier, "by": ("city",), "guards": ("bounce",)}
    once = asked(frame, **options)
    monkeypatch.setattr(units, "MOST_BESIDE", -1)
    twice = asked(frame, **options)
    assert (once.answer, once.notes) == (twice.answer, twice.notes)
    assert [doubt.title for doubt in once.doubts] == [doubt.title for doubt in twice.doubts]
    # of equal outcomes others may be kept as the largest, with other earlier data beside them
    close = 1e-9 if goal is Goal.REVENUE_PER_VISIT else 1e-4
    for one, two in zip(once.effects, twice.effects, strict=True):
        assert [one.difference.value, one.any_look.low, one.any_look.high, one.lift.low, one.saved] == pytest.approx(
            [two.difference.value, two.any_look.low, two.any_look.high, two.lift.low, two.saved], rel=close
        )
    days = [np.array([day[1:] for day in part.daily[7:]]) for part in (once, twice)]
    assert days[0] == pytest.approx(days[1], rel=100 * close)
    for one_split, two_split in zip(once.differing, twice.differing, strict=True):
        assert one_split.p == pytest.approx(two_split.p, rel=100 * close)


def test_an_arm_in_which_nobody_bought_is_not_said_to_be_sure() -> None:
    """Its mean is 0, also where earlier data are taken off; of a share there is an upper bound, of money no bound."""
    bought = (pl.col("variant") == "b") & (pl.col("bounce") > 0)
    frame = visitors(400).with_columns(revenue=pl.when(bought).then("revenue").otherwise(0.0))
    money = asked(frame, covariates=("age",)).arms[0].value
    assert (money.value, money.low, money.high) == (0.0, -np.inf, np.inf)
    share = asked(frame, goal=Goal.CONVERSION, outcome="revenue").arms[0].value
    assert (share.value, share.low) == (0.0, 0.0)
    assert 0.01 < share.high < 0.03
    with pytest.raises(InputError, match="'revenue' is one number in each variant and another between them"):
        asked(frame.filter(bought | (pl.col("variant") == "a")), goal=Goal.CONVERSION, outcome="revenue")


def test_the_answer_leads_and_a_constant_guard_says_nothing() -> None:
    """The first effect, its days and its money are those of the variant that the answer names."""
    frame = pl.concat([visitors(600, lift=0.5), visitors(300, seed=2).with_columns(variant=pl.lit("aa"))])
    frame = frame.with_columns(
        visitor=pl.int_range(900), share=pl.col("variant").replace_strict({"a": 0.3, "b": 0.2}, default=0.1)
    )
    found = asked(frame, control="a", guards=("share",))
    assert [one.variant for one in found.effects] == ["b", "aa"]
    assert found.answer.startswith("b raises revenue per visit")
    assert found.daily[-1][1] == pytest.approx(found.effects[0].difference.value)
    assert found.monthly is not None
    assert found.monthly.value > 0
    assert [one.p_any_look for one in found.guards] == [1.0, 1.0]
