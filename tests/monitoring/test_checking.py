"""A batch against its baseline: each planted cause is named once, on its column; clean batches are quiet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]
Change = Callable[[pl.DataFrame], pl.DataFrame]


def _part(column: str, value: pl.Expr, every: int = 3) -> Change:
    return lambda frame: frame.with_columns(
        pl.when(pl.int_range(pl.len()) % every == 0).then(value).otherwise(pl.col(column)).alias(column)
    )


PLANTED: dict[str, tuple[Cause, str, Change]] = {
    "milliseconds": (Cause.UNIT_SCALE, "seconds", _part("seconds", pl.col("seconds") * 1000)),
    "lower case": (Cause.CATEGORY_FORMAT, "device", _part("device", pl.col("device").str.to_uppercase())),
    "mojibake": (Cause.ENCODING, "shop", lambda f: f.with_columns(pl.col("shop").replace("Köln", "KÃ¶ln"))),
    "no cells": (Cause.MISSINGNESS, "seconds", _part("seconds", pl.lit(None), 10)),
    "a placeholder": (Cause.KEY_BREAK, "visit", _part("visit", pl.lit("0"), 5)),
    "new level": (Cause.CATEGORY_NEW, "shop", _part("shop", pl.lit("Lima"), 20)),
    "renamed column": (Cause.COLUMN_RENAMED, "seconds", lambda f: f.rename({"seconds": "Seconds "})),
    "lost column": (Cause.COLUMN_REMOVED, "device", lambda f: f.drop("device")),
    "new column": (Cause.COLUMN_ADDED, "utm", lambda f: f.with_columns(pl.lit(1).alias("utm"))),
    "hours": (Cause.TIMEZONE, "at", lambda f: f.with_columns(pl.col("at") + pl.duration(hours=5))),
    "twice": (Cause.DUPLICATES, "visit", lambda f: pl.concat([f, f.head(200)])),
    "replay": (Cause.STALE, "visit", lambda f: pl.concat([f.head(700), visits(5000, 0).tail(300)])),
    "rounded": (Cause.PRECISION, "seconds", lambda f: f.with_columns(pl.col("seconds").round(0))),
    "lost level": (Cause.CATEGORY_REMOVED, "shop", lambda f: f.filter(pl.col("shop") != "Rome")),
    "swapped codes": (
        Cause.CATEGORY_PERMUTED,
        "device",
        lambda f: f.with_columns(pl.col("device").replace({"phone": "tablet", "tablet": "phone"})),
    ),
    "other rows": (Cause.ROW_MISALIGNMENT, "paid", lambda f: f.with_columns(pl.col("paid").shuffle(seed=1))),
    "decimal comma": (
        Cause.DTYPE_FORMAT,
        "seconds",
        lambda f: f.with_columns(pl.col("seconds").cast(pl.String).str.replace(".", ",", literal=True)),
    ),
    "evening lost": (Cause.SAMPLING, "at", lambda f: f.filter(pl.col("at").dt.hour() < 20)),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_cause_is_the_one_incident_on_its_column(name: str, clean: pl.DataFrame, checked: Checked) -> None:
    """Each planted change gives one incident: right cause, right column."""
    cause, column, change = PLANTED[name]
    found = checked(change(clean)).incidents
    assert [incident.cause for incident in found] == [cause]
    assert column in found[0].columns or cause is Cause.ROW_MISALIGNMENT and "bought" in found[0].columns
    assert found[0].title
    assert found[0].advice


def test_clean_batches_are_quiet(checked: Checked) -> None:
    """Batches of the same population of several sizes raise no incident."""
    for seed, rows in ((11, 200), (12, 500), (13, 1000), (14, 3000)):
        assert checked(visits(rows, seed)).incidents == ()


def test_a_promotion_is_a_shift_and_no_break(checked: Checked) -> None:
    """More buyers, with every rule of the rows intact, is a real change."""
    many = visits(6000, 21)
    weights = np.where(many["bought"].to_numpy(), 2.5, 1.0)
    rows = np.random.default_rng(0).choice(6000, 1000, replace=False, p=weights / weights.sum())
    result = checked(many[rows.tolist()])
    assert result.incidents == ()
    assert "bought" in {column for shift in result.shifts for column in shift.columns}


def test_a_batch_without_rows_is_an_incident(checked: Checked, clean: pl.DataFrame) -> None:
    """No rows at all is told as such, and no exception."""
    assert [incident.cause for incident in checked(clean.head(0)).incidents] == [Cause.VOLUME]


@pytest.mark.parametrize("value", [None, "?", "=1+1", 7, True])
def test_strange_batches_end_in_incidents_and_not_in_exceptions(
    value: object, checked: Checked, clean: pl.DataFrame
) -> None:
    """Columns that are all missing, all text, all one value or all another type are incidents."""
    for column in clean.columns:
        assert checked(clean.head(300).with_columns(pl.lit(value).alias(column))).incidents


def _both(first: pl.Expr, second: pl.Expr) -> Change:
    return lambda frame: frame.with_columns(first, second)


SECONDS, PAID = pl.col("seconds"), pl.col("paid")
ALIKE: dict[str, tuple[Cause, Change, Change]] = {
    "rounded": (
        Cause.PRECISION,
        _both(SECONDS.round(0), PAID.round(0)),
        _both(SECONDS.round(0), (PAID / 10).round(0) * 10),
    ),
    "cut": (
        Cause.METRIC_DEFINITION,
        _both(SECONDS.clip(upper_bound=40), PAID.clip(upper_bound=40)),
        _both(SECONDS.clip(upper_bound=150), PAID.clip(upper_bound=40)),
    ),
}


@pytest.mark.parametrize("name", ALIKE)
def test_one_change_of_two_columns_is_one_incident_and_two_changes_are_two(
    name: str, clean: pl.DataFrame, checked: Checked
) -> None:
    """Two amounts rounded to one step, or cut at one limit, are told once; to two steps, or at two limits, twice."""
    cause, one, two = ALIKE[name]
    (found,) = checked(one(clean)).incidents
    assert (found.cause, set(found.columns)) == (cause, {"seconds", "paid"})
    assert {item.columns for item in checked(two(clean)).incidents} == {("seconds",), ("paid",)}


def test_two_times_moved_by_one_offset_are_one_incident() -> None:
    """Hours that each time's own day tells, up to half an hour apart, are one offset; others are two."""

    def stays(rows: int, seed: int) -> pl.DataFrame:
        frame = visits(rows, seed)
        minutes = np.random.default_rng(seed + 50).integers(1, 90, rows)
        waited = pl.Series(minutes * 60)
        return frame.with_columns(paid_at=pl.col("at") + pl.duration(seconds=waited), waited=waited)

    with from_frame(stays(5000, 0)) as table:
        baseline = learn_baseline(table)
    told = []
    for hours in ((0, 0), (-8, -8)):
        frame = stays(1000, 5).with_columns(
            pl.col("at") + pl.duration(hours=hours[0]), pl.col("paid_at") + pl.duration(hours=hours[1])
        )
        with from_frame(frame) as table:
            told.append([(item.cause, item.columns) for item in check(baseline, table).incidents])
    assert told == [[], [(Cause.TIMEZONE, ("at", "paid_at"))]]


def test_what_the_other_rows_lack_where_old_ones_came_in_their_place_is_no_break(
    clean: pl.DataFrame, checked: Checked
) -> None:
    """All rows of one shop replaced by old ones are a replay; the shop did not stop, and a second break stays told."""
    old = visits(5000, 0).filter(pl.col("shop") == "Paris").head(clean.filter(pl.col("shop") == "Paris").height)
    frame = pl.concat([clean.filter(pl.col("shop") != "Paris"), old])
    assert [item.cause for item in checked(frame).incidents] == [Cause.STALE]
    rounded = frame.with_columns(pl.col("seconds").round(0))
    assert {item.cause for item in checked(rounded).incidents} == {Cause.STALE, Cause.PRECISION}
