"""Columns that know the label, and whether there is enough of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

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
    named = plain.with_columns(shipping_days=pl.Series(buys * 0.8 + rng.normal(size=plain.height)))
    assert "only afterwards" in said(outcome.leak, named).findings[0].title
    late = plain.with_columns(session_duration=pl.Series(buys * 1.2 + rng.normal(size=plain.height)))
    assert "at the end" in said(outcome.leak, late).findings[0].title


def test_an_average_of_the_label(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """The mean of the label by area is found; a score on another scale is not."""
    rng = np.random.default_rng(7)
    lift = rng.normal(0, 1.2, 40)
    area = rng.integers(0, 40, plain.height)
    buys = rng.random(plain.height) < 1 / (1 + np.exp(1 - lift[area]))
    frame = plain.with_columns(converted=pl.Series(buys), area=pl.Series(area))
    averaged = frame.with_columns(area_rate=pl.col("converted").mean().over("area")).drop("area")
    finding = said(outcome.target_aggregate, averaged).findings[0]
    assert finding.columns == ("area_rate",)
    scaled = averaged.with_columns(pl.col("area_rate") * 10 - 3)
    assert not said(outcome.target_aggregate, scaled).findings
    assert said(outcome.target_aggregate, plain.select("device", "clicks")) is None


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


@pytest.mark.parametrize(
    ("values", "target"),
    [
        (np.arange(100.0), np.arange(100.0)),
        (np.repeat(np.arange(10.0), 10), np.repeat(np.arange(10.0), 10)),
        (np.repeat(np.arange(10.0), 10), np.full(100, np.nan)),
    ],
)
def test_no_average_without_groups_or_scatter(values: Any, target: Any) -> None:
    """Unique values, a target without scatter and no target at all are no averages."""
    assert outcome.averages(values, target) is None


def test_small_samples(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Under fifty rows of a class is a warning, under ten per feature a notice, more passes."""
    few = plain.with_columns(converted=pl.col("visit_id") <= 10_030)
    assert said(outcome.small_sample, few).findings[0].severity is Severity.WARNING
    wide = plain.head(400).with_columns(pl.col("temper").alias(f"t{i}") for i in range(15))
    assert said(outcome.small_sample, wide).findings[0].severity is Severity.NOTICE
    assert not said(outcome.small_sample, plain).findings
    assert said(outcome.small_sample, plain.select("device")) is None
    assert said(outcome.small_sample, plain, Ask(label="temper")) is None
