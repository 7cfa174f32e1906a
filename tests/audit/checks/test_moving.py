"""Whether distributions move with time or with the order of the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import moving
from clientela.domain.finding import Severity
from clientela.domain.roles import Ask


def test_a_jump_is_told_with_its_day_and_size(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A number that doubles in August is found, although rows are shuffled, with medians before and after."""
    late = pl.col("visit_time") >= pl.col("visit_time").quantile(0.6)
    frame = plain.with_columns(
        pl.when(late).then(pl.col("amount_seen") * 2).otherwise("amount_seen").alias("amount_seen")
    )
    finding = said(moving.drift, frame.sample(fraction=1, shuffle=True, seed=1)).findings[0]
    told = finding.evidence["amount_seen"]
    assert finding.columns == ("amount_seen",)
    assert told["since"] == str(plain["visit_time"].quantile(0.6))[:10]
    assert told["after"] == pytest.approx(2 * told["before"], rel=0.1)


def test_labels_come_first_with_their_months(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A label that becomes frequent is named first, with its rate by month; a category by its share."""
    rng = np.random.default_rng(2)
    late = np.arange(plain.height) > 1000
    frame = plain.with_columns(
        pl.Series("converted", rng.random(plain.height) < np.where(late, 0.5, 0.2)),
        pl.Series("device", np.where(late & (rng.random(plain.height) < 0.6), "watch", plain["device"])),
    )
    finding = said(moving.drift, frame).findings[0]
    assert finding.columns == ("converted", "device")
    assert finding.title.startswith("converted moved (the share of true from ")
    assert finding.evidence["device"]["what"] == "share of watch"
    months = finding.evidence["label_by_month"]
    assert sum(rows for _, rows, _ in months) == plain.height
    assert months[0][2] < 0.3 < 0.4 < months[-2][2]


def test_row_order_stands_in_for_time(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Without a time the order of the rows is used; the same rows shuffled are at rest."""
    frame = plain.drop("visit_time", "visit_id").with_columns(temper=pl.col("temper") + pl.int_range(pl.len()) / 300)
    finding = said(moving.drift, frame).findings[0]
    assert finding.columns == ("temper",)
    assert "into the table" in finding.evidence["temper"]["since"]
    assert not said(moving.drift, frame.sample(fraction=1, shuffle=True, seed=3)).findings


def test_gaps_that_begin_are_a_move(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A column that is no longer filled is told by its share of missing cells."""
    late = pl.int_range(pl.len()) > 1200
    frame = plain.with_columns(pl.when(late).then(None).otherwise("device").alias("device"))
    assert said(moving.drift, frame).findings[0].evidence["device"]["what"] == "share of missing"
    number = plain.with_columns(pl.when(late).then(None).otherwise("clicks").alias("clicks"))
    assert said(moving.drift, number).findings[0].evidence["clicks"]["what"] == "share of missing"


@pytest.mark.parametrize("move", ["step", "line"])
def test_small_moves_are_told_by_their_size(said: Callable[..., Any], move: str) -> None:
    """A step of .3 and a line of .4 deviations are an info, steps and lines twice as large a notice."""
    rng = np.random.default_rng(21)
    n = 8000
    way = np.linspace(0, 4 / 3, n) if move == "line" else (np.arange(n) > n / 2).astype(float)
    noise = rng.normal(size=n)
    for size, severity in ((0.3, Severity.INFO), (0.65, Severity.NOTICE)):
        frame = pl.DataFrame({"load": noise + size * way, "rest": rng.normal(size=n)})
        finding = said(moving.drift, frame).findings[0]
        assert (finding.columns, finding.severity) == (("load",), severity)


def test_clocks_and_calendars_are_no_drift(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Running numbers, months and what the day decides move with time by nature; too few rows say nothing."""
    frame = plain.with_columns(
        number_so_far=pl.int_range(pl.len()) * 1.5,
        month=pl.col("visit_time").dt.month(),
        rain=(pl.col("visit_time").dt.ordinal_day() * 37 % 101) / 7,
    )
    assert not said(moving.drift, frame).findings
    assert said(moving.drift, plain.head(150)) is None


def test_tables_at_rest_stay_at_rest(said: Callable[..., Any]) -> None:
    """Of forty tables of random columns, small and large, skewed and rare, two at most move: one in a hundred may."""
    rng = np.random.default_rng(9)
    moved = 0
    for n in [250, 400, 800, 2000] * 10:
        frame = pl.DataFrame(
            {
                "a": rng.normal(size=n),
                "b": rng.lognormal(size=n).round(1),
                "c": rng.zipf(1.5, n).clip(max=10**6),
                "d": rng.choice([f"v{i}" for i in range(30)], n),
                "e": rng.random(n) < 0.02,
            }
        )
        moved += bool(said(moving.drift, frame).findings)
    assert moved <= 2


def test_real_tables(said: Callable[..., Any], real: Callable[[str], pl.DataFrame]) -> None:
    """Buyers and traffic of Online Shoppers move with the rows, which are in order of months; Hillstrom is at rest."""
    shoppers = said(moving.drift, real("online_shoppers")).findings[0]
    assert shoppers.columns[0] == "Revenue"
    assert {"TrafficType", "ProductRelated", "ProductRelated_Duration"} <= set(shoppers.columns)
    assert shoppers.severity is Severity.NOTICE
    assert not said(moving.drift, real("hillstrom")).findings


def along(rows: int, seed: int) -> pl.DataFrame:
    """Return rows sorted by an order number whose channel changes slowly along them."""
    rng = np.random.default_rng(seed)
    later = rng.random(rows) < 0.15 + 0.5 * np.arange(rows) / rows
    return pl.DataFrame(
        {
            "order_no": [f"A{i}" for i in np.arange(rows) + 100_000],
            "channel": np.where(later, "app", rng.choice(["web", "shop"], rows)),
            "note": [f"t{i}" for i in rng.integers(0, 5 * rows, rows) + np.arange(rows) // 300 * 10**6],
            "code": np.where(later, 7, rng.integers(1, 6, rows)),
            "weight": rng.gamma(3, 2, rows).round(2),
        }
    )


def test_a_mixture_along_the_rows_of_a_sorted_table(said: Callable[..., Any]) -> None:
    """Without a time, or with a date that rows do not follow, a mixture that moves along the rows is told by shares."""
    frame = along(2000, 1)
    rng = np.random.default_rng(2)
    born = pl.Series(np.datetime64("1990-01-01") + rng.integers(0, 9000, 2000)).cast(pl.Date)
    for table in (frame, frame.with_columns(member_day=born)):
        finding = said(moving.drift, table).findings[0]
        assert set(finding.columns) == {"channel", "code"}
        assert finding.evidence["code"]["what"] == "share of 7"
        assert finding.evidence["channel"]["what"].startswith("share of ")
    assert "sorted by order_no" in finding.title


def test_large_tables_do_not_make_small_moves_large(said: Callable[..., Any]) -> None:
    """A price list whose values are others by a cent is no drift, however many rows there are."""
    rng, n = np.random.default_rng(3), 20_000
    price = rng.choice([2.08, 2.1, 2.12, 2.5, 1.9, 4.0, 8.0], n, p=[0.02, 0.06, 0.02, 0.3, 0.2, 0.2, 0.2])
    moved = np.where((np.arange(n) > n / 2) & (price == 2.1), 2.08, price) + rng.integers(0, 4, n) / 1000
    at = pl.Series(np.datetime64("2025-01-01", "us") + np.arange(n).astype("timedelta64[m]"))
    assert not said(moving.drift, pl.DataFrame({"at": at, "price": moved, "size": rng.choice(["s", "m"], n)})).findings


def test_a_daily_cycle_in_a_few_days_is_no_drift(said: Callable[..., Any]) -> None:
    """What goes with the hour of the day moves along two and a half days, and comes back."""
    n = 3600
    minutes = np.arange(n)
    at = pl.Series(np.datetime64("2025-01-01", "us") + minutes.astype("timedelta64[m]"))
    warm = 20 + 5 * np.sin(2 * np.pi * minutes / 1440) + np.random.default_rng(1).normal(0, 1, n)
    checked = said(moving.drift, pl.DataFrame({"at": at, "warm": warm, "kind": ["a", "b", "c"] * (n // 3)}))
    assert not checked.findings


@pytest.mark.parametrize("time", [pl.lit("Feb"), pl.int_range(pl.len())])
def test_a_time_without_dates_orders_nothing(time: pl.Expr, said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Months in words and running numbers may be named as the time: rows are then taken in their order."""
    frame = plain.with_columns(when=time, clicks=pl.when(pl.int_range(pl.len()) > 1000).then(90).otherwise("clicks"))
    asked = Ask(time="when", label="converted")
    finding = said(moving.drift, frame, asked).findings[0]
    assert "into the table" in finding.evidence["clicks"]["since"]
    assert "label_by_month" not in finding.evidence


def test_a_small_slow_move_is_told_from_quarter_to_quarter(said: Callable[..., Any]) -> None:
    """Over a third of a deviation in 12,000 rows, bit by bit: the ends are a small effect apart, the halves hardly."""
    rng = np.random.default_rng(21)
    rows = 12_000
    value = (rng.normal(50, 10, rows) + np.linspace(0, 3.6, rows)).round(2)
    frame = pl.DataFrame({"value": value, "other": rng.gamma(2, 3, rows).round(2), "kind": rng.choice([*"abc"], rows)})
    (finding,) = said(moving.drift, frame).findings
    assert finding.columns == ("value",)
    assert finding.evidence["value"]["slow"]
    assert "moved slowly" in finding.title


def test_columns_at_rest_are_told_to_move_once_in_a_hundred_tables() -> None:
    """Of 400 numbers at rest fewer are correlated with the order than twice the error allows."""
    rng = np.random.default_rng(22)
    told = sum(moving._trend(rng.integers(1, 21, 1000)) < moving.ERROR for _ in range(400))
    assert told <= 12
