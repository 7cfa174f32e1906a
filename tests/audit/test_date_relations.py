"""Dates against parts of the calendar beside them, and against dates that follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.dates_done import shifted_dates

N = 1500
C = pl.col


def visits() -> pl.DataFrame:
    """Return moments of 400 days with a delivery some days later."""
    rng = np.random.default_rng(4)
    minutes = np.sort(rng.integers(0, 400 * 1440, N))
    at = pl.Series("at", np.datetime64("2024-01-08", "us") + minutes.astype("timedelta64[m]"))
    days = pl.Series(rng.gamma(2, 2, N).astype(np.int64))
    return pl.DataFrame({"at": at}).with_columns(
        (C("at").dt.date() + pl.duration(days=days)).alias("sent"),
        (C("at").dt.date() - pl.duration(days=pl.Series(rng.integers(0, 3000, N)))).alias("member"),
    )


def said_of(said: Callable[..., Any], frame: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return signs by their kind."""
    found = said(shifted_dates, frame).findings
    return {sign["sign"]: sign for finding in found for sign in finding.evidence["signs"]}


@pytest.mark.parametrize(
    ("name", "part", "step"),
    [
        ("weekday", (C("at").dt.weekday() + 2) % 7 + 1, 3),
        ("monat", C("at").dt.month() % 12 + 1, 1),
        ("hour", (C("at").dt.hour() + 22) % 24, -2),
        ("year", C("at").dt.year() - 3, -3),
    ],
)
def test_a_calendar_column_that_disagrees_by_a_step(
    said: Callable[..., Any], name: str, part: pl.Expr, step: int
) -> None:
    """A weekday, month, hour or year that is always the same step off is told."""
    signs = said_of(said, visits().with_columns(part.alias(name)))
    assert signs["calendar"]["column"] == name
    assert signs["calendar"]["step"] == step


def test_calendar_columns_that_agree_or_count_otherwise(said: Callable[..., Any]) -> None:
    """The right weekday, from Monday or Sunday, from 0 or 1, in words, and unrelated parts are no sign."""
    rng = np.random.default_rng(1)
    frame = visits().with_columns(
        C("at").dt.weekday().alias("weekday"),
        (C("at").dt.weekday() % 7).alias("dow"),
        C("at").dt.strftime("%A").alias("day_name"),
        C("at").dt.month().alias("month"),
        C("at").dt.hour().alias("hour"),
        pl.Series("month_of_birth", rng.integers(1, 13, N)),
    )
    assert "calendar" not in said_of(said, frame)


def test_words_that_disagree(said: Callable[..., Any]) -> None:
    """Names of weekdays are held against the date too."""
    frame = visits().with_columns((C("at") + pl.duration(days=1)).dt.strftime("%a").alias("d"))
    assert said_of(said, frame)["calendar"]["step"] == 1


def test_dates_years_out_of_step(said: Callable[..., Any]) -> None:
    """Some rows, or all, whose delivery lies years from the order are told; membership and plain delivery are not."""
    frame = visits()
    assert "out of step" not in said_of(said, frame)
    some = pl.when(pl.int_range(pl.len()) % 40 == 3).then(C("sent") + pl.duration(days=1461)).otherwise(C("sent"))
    sign = said_of(said, frame.with_columns(some.alias("sent")))["out of step"]
    assert sign["rows"] == 38
    assert sign["years"] == pytest.approx(4, abs=0.1)
    sign = said_of(said, frame.with_columns((C("sent") + pl.duration(days=1461)).alias("sent")))["out of step"]
    assert sign["years"] == pytest.approx(4, abs=0.1)
    ends = frame.with_columns((C("at").dt.date() + pl.duration(days=730)).alias("valid_until"))
    assert "out of step" not in said_of(said, ends)
