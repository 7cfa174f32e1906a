"""What was done to dates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.dates_done import shifted_dates
from clientela.domain.roles import Ask

N = 6000
TIME = pl.col("visit_time")


@pytest.fixture(scope="module")
def visits() -> pl.DataFrame:
    """Return visits of 200 days with a quiet night and quieter weekends."""
    rng = np.random.default_rng(9)
    day = rng.integers(0, 200, 4 * N)
    day = day[rng.random(day.size) < np.where((day + 20_003) % 7 >= 5, 0.5, 1.0)][:N]
    seconds = (day + 20_000) * 86_400 + (np.clip(rng.normal(15, 4, N), 0, 23.99) * 3600).astype(np.int64)
    return pl.DataFrame({"visit_time": pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")), "n": rng.poisson(3, N)})


def signs(checked: Any) -> list[str]:
    """Return the signs told of the one time column."""
    return [sign["sign"] for finding in checked.findings for sign in finding.evidence["signs"]]


def test_plain_times(said: Callable[..., Any], visits: pl.DataFrame) -> None:
    """Times as they happened show no sign, nor do dates alone."""
    assert not signs(said(shifted_dates, visits))
    assert not signs(said(shifted_dates, visits.with_columns(TIME.dt.date())))
    assert said(shifted_dates, visits.head(10)) is None
    assert not signs(said(shifted_dates, visits.head(60)))


@pytest.mark.parametrize("days", [2, 6])
def test_missing_days(said: Callable[..., Any], visits: pl.DataFrame, days: int) -> None:
    """Days in a row without rows are told with their first day and what would be expected."""
    start = pl.date(2024, 12, 10)
    frame = visits.filter(~TIME.dt.date().is_between(start, start + pl.duration(days=days - 1)))
    sign = said(shifted_dates, frame).findings[0].evidence["signs"][0]
    assert (sign["sign"], sign["from"], sign["days"]) == ("gap", "2024-12-10", days)
    assert sign["expected_rows"] > 20 * days


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        (TIME.dt.truncate("1d"), "dates"),
        (TIME.dt.truncate("1d") - pl.duration(hours=2), "one time of day"),
        (pl.when(pl.col("n") == 0).then(TIME.dt.truncate("1d")).otherwise(TIME).alias("visit_time"), "midnight"),
        (TIME + pl.duration(hours=9), "night"),
        (TIME.dt.offset_by("90y"), "far future"),
    ],
)
def test_changed_clocks(said: Callable[..., Any], visits: pl.DataFrame, change: pl.Expr, sign: str) -> None:
    """Cut off, moved and half-missing times are told for what they are."""
    assert signs(said(shifted_dates, visits.with_columns(change))) == [sign]


def test_hours_without_a_night_say_nothing(said: Callable[..., Any], visits: pl.DataFrame) -> None:
    """Where hours are spread evenly, or unknown but for midnight, no clock is called wrong."""
    even = np.random.default_rng(1).integers(0, 200 * 86_400, N) * 1_000_000
    assert not signs(said(shifted_dates, visits.with_columns(pl.Series("visit_time", even).cast(pl.Datetime("us")))))
    mostly = pl.when(pl.int_range(N) % 20 > 0).then(TIME.dt.truncate("1d")).otherwise(TIME).alias("visit_time")
    assert signs(said(shifted_dates, visits.with_columns(mostly))) == ["midnight"]


@pytest.mark.parametrize(("days", "sign"), [(2, "weekday"), (3, "days of rest")])
def test_shifted_days(said: Callable[..., Any], visits: pl.DataFrame, days: int, sign: str) -> None:
    """Days of rest that fall into the week give a shift of days away."""
    quiet = [6] if sign == "weekday" else [6, 7]
    frame = visits.filter(~TIME.dt.weekday().is_in(quiet) | (pl.int_range(N) % 20 == 0))
    assert not set(signs(said(shifted_dates, frame))) & {"weekday", "days of rest"}
    assert sign in signs(said(shifted_dates, frame.with_columns(TIME + pl.duration(days=days))))


def test_day_and_month_exchanged(said: Callable[..., Any], visits: pl.DataFrame) -> None:
    """No day after the 12th in half a year is no chance."""
    assert "day and month" in signs(said(shifted_dates, visits.filter(TIME.dt.day() <= 12)))


def test_online_retail(said: Callable[..., Any], real: Callable[[str], pl.DataFrame]) -> None:
    """The shop was closed for eleven days at Christmas, and never opened on Saturdays."""
    frame = real("online_retail")
    if frame.schema["InvoiceDate"] == pl.String:
        frame = frame.with_columns(pl.col("InvoiceDate").str.to_datetime())
    sign = said(shifted_dates, frame).findings[0].evidence["signs"]
    assert [(s["sign"], s["from"], s["days"]) for s in sign] == [("gap", "2010-12-24", 11)]


@pytest.mark.parametrize("share", [0.7, 1.0])
def test_day_and_month_exchanged_on_some_rows(said: Callable[..., Any], share: float) -> None:
    """Over a whole year the weekend is gone from days that could be months, and only from them."""
    rng = np.random.default_rng(9)
    days = np.arange(19_723, 20_089)
    weights = np.where((days + 3) % 7 >= 5, 0.5, 1.0)
    drawn = pl.Series(rng.choice(days, 6000, p=weights / weights.sum()).astype(np.int32)).cast(pl.Date)
    frame = pl.DataFrame({"seen": drawn, "turned": rng.random(6000) < share})
    assert not said(shifted_dates, frame.select("seen"), Ask(time="seen")).findings
    could = (pl.col("seen").dt.day() <= 12) & pl.col("turned")
    other = pl.date(pl.col("seen").dt.year(), pl.col("seen").dt.day().clip(1, 12), pl.col("seen").dt.month())
    exchanged = frame.select(pl.when(could).then(other).otherwise(pl.col("seen")).alias("seen"))
    (finding,) = said(shifted_dates, exchanged, Ask(time="seen")).findings
    assert [sign["sign"] for sign in finding.evidence["signs"]] == ["rhythm"]
    assert "Saturday and Sunday are quiet only after the 12th" in finding.title


def test_dates_before_the_web(said: Callable[..., Any]) -> None:
    """Visits that all lie before 1970 were moved."""
    days = pl.Series("seen", np.arange(-18_000, -17_000, dtype=np.int32)).cast(pl.Date)
    (finding,) = said(shifted_dates, pl.DataFrame({"seen": days}), Ask(time="seen")).findings
    assert "far past" in {sign["sign"] for sign in finding.evidence["signs"]}
