"""How well the label is told: measured from labels, estimated before them, or an honest refusal."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult, Measured
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def _told(result: CheckResult) -> dict[str, Measured]:
    return {measured.name: measured for measured in result.metrics}


def test_the_estimate_covers_what_the_labels_say(checked: Checked) -> None:
    """On clean batches the interval before the labels holds the area that they then give."""
    for seed in (31, 32, 33):
        told = _told(checked(visits(1500, seed)))
        early, late = told["auc before labels"].value, told["auc"].value
        assert early.low <= late.value <= early.high
        assert told["auc"].low < late.value < told["auc"].high


def test_without_the_label_column_only_the_estimate_is_made(checked: Checked) -> None:
    """A batch whose outcomes are not there yet has an estimate and no measurement."""
    told = _told(checked(visits(800, 34).drop("bought", "paid")))
    assert set(told) == {"auc before labels"}
    assert told["auc before labels"].how == "estimated before labels"


def test_labels_that_arrive_late_are_counted(checked: Checked) -> None:
    """With some labels there the measures come from them, and say of how many rows; with few they abstain."""
    frame = visits(1000, 38).with_columns(
        pl.when(pl.int_range(pl.len()) % 2 == 0).then("bought").otherwise(None).alias("bought")
    )
    told = _told(checked(frame))
    known = frame["bought"].drop_nulls()
    assert told["conversion"].value.value == pytest.approx(known.mean())
    assert told["conversion"].how == told["auc"].how == "labels of 500 of 1,000 rows"
    few = _told(checked(frame.with_columns(pl.when(pl.int_range(pl.len()) < 40).then("bought").alias("bought"))))
    assert math.isnan(few["auc"].value.value)
    assert few["auc"].how.startswith("abstains: ")


def test_money_is_measured_per_row_and_per_conversion(checked: Checked) -> None:
    """The amount that rules tie to the label has both means, with control limits around the baseline."""
    frame = visits(1200, 39)
    told = _told(checked(frame))
    assert told["paid per row"].value.value == pytest.approx(frame["paid"].mean())
    basket = told["paid per conversion"]
    assert basket.value.value == pytest.approx(frame.filter("bought")["paid"].mean())
    assert basket.low < basket.baseline.value < basket.high


def test_groups_and_amounts_are_asked_whether_they_lie_above_the_lowest() -> None:
    """A label of revenue groups, or of money, is measured like one of yes and no."""
    frame = visits(3000, 40)
    group = pl.when(pl.col("paid") == 0).then(pl.lit("none")).when(pl.col("paid") < 20).then(pl.lit("low"))
    grouped = frame.with_columns(group.otherwise(pl.lit("high")).alias("group")).drop("bought")
    with from_frame(grouped.drop("paid").head(2000)) as table:
        by_group = learn_baseline(table, "group")
    with from_frame(frame.drop("bought").head(2000)) as table:
        by_amount = learn_baseline(table, "paid")
    with from_frame(grouped.drop("paid").tail(1000)) as batch:
        first = _told(check(by_group, batch))
    with from_frame(frame.drop("bought").tail(1000)) as batch:
        second = _told(check(by_amount, batch))
    share = frame.tail(1000)["bought"].mean()
    for told in (first, second):
        assert told["conversion"].value.value == pytest.approx(share)
        assert told["auc"].value.low < told["auc"].baseline.value < told["auc"].value.high
    assert second["paid per row"].value.value == pytest.approx(frame.tail(1000)["paid"].mean())


def test_labels_that_tell_nothing_any_more_are_measured_as_such(checked: Checked, clean: pl.DataFrame) -> None:
    """Labels on the wrong rows bring the area to a half, and below its control limit."""
    frame = clean.with_columns(pl.col("bought").shuffle(seed=3)).drop("paid")
    told = _told(checked(frame))["auc"]
    assert told.value.value == pytest.approx(0.5, abs=0.06)
    assert told.value.value < told.low


def test_it_abstains_where_a_column_broke(checked: Checked, clean: pl.DataFrame) -> None:
    """An estimate on broken features would be a guess: the reason names the column."""
    measured = _told(checked(clean.with_columns(pl.col("seconds") * 1000)))["auc before labels"]
    assert math.isnan(measured.value.value)
    assert measured.how == "abstains: seconds is broken (unit_scale)"


def test_it_abstains_where_the_batch_lies_too_far_off(baseline: Baseline) -> None:
    """People unlike any part of the reference have no estimate."""
    many = visits(9000, 35)
    far = many.filter((pl.col("pages") > 6) & (pl.col("device") == "tablet")).head(300)
    with from_frame(far) as table:
        measured = _told(check(baseline, table))["auc before labels"]
    assert measured.how.startswith("abstains")


def test_it_abstains_on_a_few_rows(checked: Checked) -> None:
    """Where less than twenty buyers are expected nothing is estimated."""
    measured = _told(checked(visits(30, 36)))["auc before labels"]
    assert measured.how.startswith("abstains: about")


def test_it_abstains_where_the_reference_has_too_few_parts() -> None:
    """With one part that has enough labels, nobody knows how wrong an estimate may be."""
    frame = visits(600, 37)
    start = frame["at"].min()
    early = frame.with_columns(
        pl.when(pl.int_range(pl.len()) < 560).then(pl.lit(start)).otherwise(pl.col("at")).alias("at")
    ).drop("paid")
    with from_frame(early) as table:
        baseline = learn_baseline(table, "bought")
    with from_frame(early.head(300)) as table:
        told = _told(check(baseline, table))
    assert all("too few parts" in m.how or m.name != "auc before labels" for m in told.values())
    assert np.isnan(told["auc"].low) if "auc" in told else True
