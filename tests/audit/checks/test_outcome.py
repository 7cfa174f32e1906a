"""Columns that know the label, and whether there is enough of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.auditing import suspected
from clientela.audit.checks import outcome
from clientela.domain.column import Available, Role
from clientela.domain.finding import Severity
from clientela.domain.roles import Ask


def test_a_plain_table_has_no_leak(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """An honest feature is not suspected; without a label the check refuses."""
    assert not said(outcome.leak, plain).findings
    assert said(outcome.leak, plain.select("device", "clicks")) is None


def test_a_column_filled_only_after_the_purchase(audited: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A column that is there exactly for buyers is a blocker, and leaves the features."""
    paid = plain.with_columns(method=pl.when(pl.col("converted")).then(pl.lit("card")))
    result = audited(paid)
    finding = next(f for f in result.findings if f.code == "leak")
    assert (finding.severity, finding.columns) == (Severity.BLOCKER, ("method",))
    column = result.roles.column("method")
    assert (column.role, column.available) == (Role.OUTCOME, Available.AFTER)
    assert "gives the label away" in column.reason


def test_a_persons_role_stands_against_a_leak(audited: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Who says that a column is a feature keeps it."""
    paid = plain.with_columns(method=pl.when(pl.col("converted")).then(pl.lit("card")))
    result = audited(paid, Ask(roles={"method": Role.FEATURE}))
    assert result.roles.column("method").role is Role.FEATURE


def test_a_jump_and_a_name_are_suspicions(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A column far ahead of the others, and one named after a later step, are warnings."""
    rng = np.random.default_rng(6)
    buys = plain["converted"].to_numpy()
    jump = plain.with_columns(value=pl.Series(buys * 2.4 + rng.normal(size=plain.height)))
    findings = said(outcome.leak, jump).findings
    assert [(f.severity, f.columns) for f in findings] == [(Severity.WARNING, ("value",))]
    named = plain.with_columns(shipping_days=pl.Series(buys * 1.2 + rng.normal(size=plain.height)))
    assert "its name says that it is known only afterwards" in said(outcome.leak, named).findings[0].title
    late = plain.with_columns(session_duration=pl.Series(buys * 1.2 + rng.normal(size=plain.height)))
    assert "only at the end" in said(outcome.leak, late).findings[0].title


def test_the_best_column_is_no_suspect_for_being_that(audited: Callable[..., Any], plain: pl.DataFrame) -> None:
    """An ordinary column that is far ahead of weak ones is noted, and nothing is told without it."""
    rng = np.random.default_rng(6)
    ahead = plain.with_columns(value=pl.Series(plain["converted"].to_numpy() * 1.1 + rng.normal(size=plain.height)))
    findings = audited(ahead).findings
    assert [(f.severity, f.columns) for f in findings if f.code == "leak"] == [(Severity.NOTICE, ("value",))]
    assert "value" not in suspected(findings)


def test_a_class_of_one_row_makes_no_leak(audited: Callable[..., Any], plain: pl.DataFrame) -> None:
    """That a column is extreme in the one row of a class is no news of it."""
    noise = np.random.default_rng(5).normal(size=plain.height).round(3)
    noise[5] = 9.0
    answer = pl.when(pl.int_range(pl.len()) == 5).then(9).when(pl.col("converted")).then(1).otherwise(0)
    rare = plain.with_columns(answer.alias("items"), pl.Series("value", noise)).drop("converted")
    found = audited(rare, Ask(label="items")).findings
    assert not [f for f in found if f.code == "leak" and "value" in f.columns]


ONLY_NAMED = ("shipping_days", "Retoure", "orders_following_month", "nps", "Lieferstatus_code")


@pytest.mark.parametrize("name", ONLY_NAMED)
def test_a_name_alone_is_no_leak(audited: Callable[..., Any], plain: pl.DataFrame, name: str) -> None:
    """A column that is named after a later step but tells no more than others is at most a notice on live use."""
    rng = np.random.default_rng(12)
    said_of = plain["converted"].to_numpy() * 0.6 + rng.normal(size=plain.height)
    result = audited(plain.with_columns(pl.Series(name, np.round(said_of, 2))))
    assert not [f for f in result.findings if f.code == "leak"]
    live = [f for f in result.findings if f.code == "unavailable_live" and name in f.columns]
    assert [f.severity for f in live] == [Severity.NOTICE]


def test_what_decides_the_label_is_told_first(audited: Callable[..., Any], plain: pl.DataFrame) -> None:
    """An amount, a number and a word that are there for buyers only are leaks although they are no features."""
    bought = pl.col("converted")
    rng = np.random.default_rng(13)
    amount = pl.Series(np.round(rng.lognormal(3, 1, plain.height), 2))
    weaker = pl.Series(plain["converted"].to_numpy() * 2.4 + rng.normal(size=plain.height))
    number = pl.Series([f"A-{i:07d}" for i in rng.permutation(plain.height)])
    added = {
        "Betrag": pl.when(bought).then(amount).otherwise(0.0),
        "paid_amount": pl.when(bought).then(amount),
        "order_id": pl.when(bought).then(number),
        "purchased": pl.when(bought).then(pl.lit("ja")).otherwise(pl.lit("nein")),
    }
    for name, cells in added.items():
        result = audited(plain.with_columns(cells.alias(name), weaker.alias("weaker")), Ask(label="converted"))
        leaks = [f for f in result.findings if f.code == "leak"]
        assert leaks[0].columns == (name,)
        assert result.findings[0] is leaks[0]
        assert leaks[0].severity.rank >= Severity.WARNING.rank
        assert ("weaker",) in [f.columns for f in leaks]
    spent = plain.with_columns(revenue=added["Betrag"])
    assert not [f for f in audited(spent, Ask(revenue="revenue")).findings if f.code == "leak"]


def test_revenue_behind_a_group_of_revenue_is_no_alarm(audited: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Where the label is a group of revenue, that revenue gives it away is a notice: it is made of it."""
    rng = np.random.default_rng(14)
    revenue = np.where(plain["converted"], np.round(rng.lognormal(3, 1, plain.height), 2), 0)
    group = np.where(revenue == 0, "none", np.where(revenue < 20, "low", "high"))
    frame = plain.drop("converted").with_columns(revenue=pl.Series(revenue), revenue_group=pl.Series(group))
    leak = next(f for f in audited(frame).findings if f.code == "leak")
    assert (leak.columns, leak.severity) == (("revenue",), Severity.NOTICE)


def test_a_rare_number_only_buyers_have(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A flag stored as a number that is set for a fifth of the buyers and nobody else is suspected."""
    frame = plain.with_columns(mark=(pl.col("converted") & (pl.col("visit_id") % 5 == 0)).cast(pl.Int64))
    assert "on one of its values" in said(outcome.leak, frame).findings[0].title


@pytest.mark.parametrize("levels", [4, 6, 20])
@pytest.mark.parametrize("rows", [800, 3000])
def test_rounded_averages_of_few_groups(said: Callable[..., Any], levels: int, rows: int) -> None:
    """Averages of yes and of an amount over few groups are told from their digits; other rates are not."""
    rng = np.random.default_rng(levels * rows)
    group = rng.integers(0, levels, rows)
    rates = 0.1 + 0.5 * np.arange(levels) / levels
    bought = rng.random(rows) < rates[group]
    spend = np.round(rng.normal(50 + 5 * group, 20), 2)
    frame = pl.DataFrame({"group": group, "clicks": rng.poisson(5, rows), "converted": bought, "spend": spend})
    share = pl.col("converted").mean().over("group").round(2)
    told = said(outcome.target_aggregate, frame.with_columns(rate=share).drop("group", "spend")).findings[0]
    assert told.columns == ("rate",)
    mean = pl.col("spend").mean().over("group").round(1)
    told = said(outcome.target_aggregate, frame.with_columns(m=mean).drop("group", "converted"), Ask(label="spend"))
    assert told.findings[0].columns == ("m",)
    honest = frame.with_columns(discount=pl.Series(np.round(rates, 2)[group])).drop("group", "spend")
    if levels < 5:
        assert not said(outcome.target_aggregate, honest).findings
    assert not said(outcome.target_aggregate, honest.with_columns(pl.col("discount") * 0.5)).findings


@pytest.fixture(scope="module")
def areas(plain: pl.DataFrame) -> pl.DataFrame:
    """Return plain visits of 120 areas that differ in how many buy."""
    rng = np.random.default_rng(7)
    lift = rng.normal(0, 0.8, 120)
    area = rng.integers(0, 120, plain.height)
    buys = rng.random(plain.height) < 1 / (1 + np.exp(1 - lift[area]))
    fold = pl.Series(rng.integers(0, 5, plain.height))
    return plain.with_columns(converted=pl.Series(buys), area=pl.Series(area), fold=fold)


BOUGHT = pl.col("converted").cast(pl.Float64)
SUM, ROWS = BOUGHT.sum().over("area"), pl.len().over("area")
MEAN = SUM / ROWS
LESS = SUM - BOUGHT.sum().over("area", "fold"), ROWS - pl.len().over("area", "fold")
AVERAGES: dict[str, tuple[pl.Expr, dict[str, object]]] = {
    "plain": (MEAN, {"exact": True}),
    "rounded": (MEAN.round(3), {"exact": True}),
    "percent": ((100 * MEAN).round(2), {"exact": True, "scale": "as percent"}),
    "smoothed": (((SUM + 5 * BOUGHT.mean()) / (ROWS + 5)).round(6), {"exact": True, "smoothed_by": 5.0}),
    "much smoothed": (((SUM + 40 * BOUGHT.mean()) / (ROWS + 40)).round(6), {"exact": True, "smoothed_by": 40.0}),
    "index": ((100 * MEAN / BOUGHT.mean()).round(1), {"exact": True, "scale": "as an index with the mean at 100"}),
    "odds": (
        ((SUM + 0.5) / (ROWS - SUM + 0.5)).log(),
        {"exact": True, "scale": "as logarithm of the odds", "smoothed_by": 1.0, "smoothed_towards": 0.5},
    ),
    "without the row": ((SUM - BOUGHT) / (ROWS - 1), {"exact": True, "over": "area", "without": "the row itself"}),
    "without the row, smoothed": (
        (SUM - BOUGHT + 3 * BOUGHT.mean()) / (ROWS + 2),
        {"exact": True, "over": "area", "without": "the row itself", "smoothed_by": 3.0},
    ),
    "without the fold": (LESS[0] / LESS[1], {"exact": True, "over": "area", "without": "the row's fold"}),
}


@pytest.mark.parametrize("name", list(AVERAGES))
def test_averages_of_the_label_by_area(said: Callable[..., Any], areas: pl.DataFrame, name: str) -> None:
    """Plain, smoothed and rescaled averages are told with what was done, also those that leave the row out."""
    formula, expected = AVERAGES[name]
    frame = areas.with_columns(area_rate=formula)
    kept = frame if "without" in expected else frame.drop("area")
    finding = said(outcome.target_aggregate, kept.drop("fold")).findings[0]
    assert finding.columns == ("area_rate",)
    evidence = finding.evidence["area_rate"]
    for key, value in expected.items():
        wanted = pytest.approx(value, rel=0.02) if isinstance(value, float) else value
        assert evidence[key] == wanted


def test_averages_over_other_rows(said: Callable[..., Any], areas: pl.DataFrame) -> None:
    """An average over more rows than the extract holds is told by the scatter of the rows; another score is not."""
    wide = areas.with_columns(area=pl.col("area") // 6, converted=pl.col("area") // 6 % 7 * 90 > pl.col("temper") * 25)
    half = wide.with_columns(area_rate=BOUGHT.mean().over("area")).filter(pl.col("visit_id") % 2 == 0)
    evidence = said(outcome.target_aggregate, half.drop("fold", "area")).findings[0].evidence["area_rate"]
    assert evidence["exact"] is False
    scaled = half.drop("fold", "area").with_columns(pl.col("area_rate") * 10 - 3)
    assert not said(outcome.target_aggregate, scaled).findings
    other = pl.Series(np.random.default_rng(2).random(areas.height) < 0.3)
    honest = areas.with_columns(other.alias("other"), mean_of=pl.col("clicks").mean().over("area"))
    honest = honest.with_columns(rate=pl.col("other").mean().over("area"))
    assert not said(outcome.target_aggregate, honest.drop("fold")).findings
    assert said(outcome.target_aggregate, areas.select("device", "clicks")) is None


def test_an_average_is_told_once(audited: Callable[..., Any], areas: pl.DataFrame) -> None:
    """An average that tells the label well is no leak beside: one cause, one finding."""
    sharp = areas.with_columns(converted=pl.col("area") % 4 == 0).drop("fold")
    noisy = sharp.with_columns(converted=pl.col("converted") ^ (pl.col("visit_id") % 17 == 0))
    result = audited(noisy.with_columns(area_rate=BOUGHT.mean().over("area")).drop("area"))
    told = [f.code for f in result.findings if "area_rate" in f.columns and f.code in ("leak", "target_aggregate")]
    assert told == ["target_aggregate"]
    assert result.roles.column("area_rate").role is Role.IGNORED


def test_an_average_of_revenue_and_of_the_class(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Averages of revenue and of the place of an ordered class are found as what they are."""
    rng = np.random.default_rng(9)
    area = rng.integers(0, 30, plain.height)
    spend = np.maximum(rng.normal(area - 15.0, 8), 0)
    group = pl.when(pl.col("revenue") == 0).then(pl.lit("none")).when(pl.col("revenue") < 8).then(pl.lit("low"))
    frame = plain.drop("converted").with_columns(revenue=pl.Series(spend), area=pl.Series(area))
    frame = frame.with_columns(revenue_group=group.otherwise(pl.lit("high")))
    place = pl.col("revenue_group").replace_strict({"none": 0, "low": 1, "high": 2})
    frame = frame.with_columns(of_money=pl.col("revenue").mean().over("area"), of_class=place.mean().over("area"))
    evidence = said(outcome.target_aggregate, frame).findings[0].evidence
    assert evidence["of_money"]["of"] == "revenue"
    assert evidence["of_class"]["of"] == "the place of the class"


def test_two_leaks_do_not_hide_each_other(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Two columns far ahead of all others are both suspected, each with what would be lost without it."""
    rng = np.random.default_rng(16)
    buys = plain["converted"].to_numpy()
    one, two = (pl.Series(name, buys * 2.4 + rng.normal(size=plain.height)) for name in ("one", "two"))
    findings = said(outcome.leak, plain.with_columns(one, two)).findings
    assert {f.columns for f in findings} == {("one",), ("two",)}
    evidence = findings[0].evidence[findings[0].columns[0]]
    assert 0.9 < evidence["auc_without"] < evidence["auc_of_all"] < 1
    assert "may be legitimate" in findings[0].advice


def test_a_value_that_only_buyers_have(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A column filled for a third of the buyers and for nobody else is suspected although it ranks few of them."""
    third = pl.col("converted") & (pl.col("visit_id") % 3 == 0)
    filled = plain.with_columns(thanked=pl.when(third).then(pl.col("clicks")))
    finding = said(outcome.leak, filled).findings[0]
    assert (finding.columns, finding.severity) == (("thanked",), Severity.WARNING)
    assert "every row is true where it is filled" in finding.title
    value = plain.with_columns(page=pl.when(third).then(pl.lit("done")).otherwise(pl.col("device")))
    assert "on one of its values" in said(outcome.leak, value).findings[0].title


def test_numbers_and_several_classes_have_leaks_too(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A copy of an amount with some noise, and a column that knows one of three classes, are blockers."""
    rng = np.random.default_rng(5)
    spend = pl.Series(rng.lognormal(3, 1, plain.height).round(2))
    amount = plain.drop("converted").with_columns(spend=spend, tax=spend * 0.19 + rng.normal(0, 0.05, plain.height))
    assert said(outcome.leak, amount, Ask(label="spend")).findings[0].columns == ("tax",)
    kind = pl.Series("group", rng.choice(["low", "middle", "high"], plain.height))
    one = plain.drop("converted").with_columns(
        kind, mark=(kind == "high").cast(pl.Float64) * 6 + rng.normal(size=plain.height)
    )
    finding = said(outcome.leak, one, Ask(label="group")).findings[0]
    assert (finding.columns, finding.severity) == (("mark",), Severity.BLOCKER)
    assert "for high" in finding.title


def test_small_samples(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Under fifty rows of a class is a warning, under ten per feature a notice, more passes."""
    few = plain.with_columns(converted=pl.col("visit_id") <= 10_030)
    assert said(outcome.small_sample, few).findings[0].severity is Severity.WARNING
    wide = plain.head(400).with_columns(pl.col("temper").alias(f"t{i}") for i in range(15))
    assert said(outcome.small_sample, wide).findings[0].severity is Severity.NOTICE
    assert not said(outcome.small_sample, plain).findings
    assert said(outcome.small_sample, plain.select("device")) is None
    assert said(outcome.small_sample, plain, Ask(label="temper")) is None


def test_small_samples_count_the_features_that_stay(said: Callable[..., Any], audited: Callable[..., Any]) -> None:
    """The sentence counts features beside the label: no leak, and none of the columns with another role."""
    rng = np.random.default_rng(1)
    bought = rng.permutation(["yes"] * 12 + ["no"] * 288)
    plain = pl.DataFrame(
        {
            "device": rng.choice(["mobile", "desktop"], 300),
            "pages": rng.poisson(4, 300),
            "income": rng.normal(size=300).round(3),
            "bought": bought,
        }
    )
    day = pl.date_range(pl.date(2026, 1, 1), pl.date(2026, 10, 27), eager=True)
    leaking = plain.with_columns(day=day, sure=pl.Series((bought == "yes") + rng.normal(size=300) / 1000))
    for frame in (plain, leaking):
        (finding,) = said(outcome.small_sample, frame, Ask(label="bought")).findings
        assert finding.title == "yes, the rarest class of bought, has 12 rows for 3 features beside the label."
        assert finding.evidence["features"] == 3
        assert len(audited(frame, Ask(label="bought")).roles.features) == 3
    named = Ask(label="bought", roles={"sure": Role.FEATURE})
    assert said(outcome.small_sample, leaking, named).findings[0].evidence["features"] == 4
