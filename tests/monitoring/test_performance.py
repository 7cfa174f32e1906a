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
