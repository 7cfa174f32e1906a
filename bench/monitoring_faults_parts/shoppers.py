"""Online Shoppers with seeded synthetic columns: keys, times, country, currency, order value, item."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import numpy as np
import polars as pl

DATA = Path(os.environ.get("CLIENTELA_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
MONTHS = {"Feb": 2, "Mar": 3, "May": 5, "June": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12}
COUNTRIES = ("Österreich", "Türkiye", "España", "Česko", "Perú", "Island", "Côte d'Ivoire", "France", "Curaçao")
HOURS = np.array([3, 2, 1, 1, 1, 2, 4, 6, 8, 10, 11, 11, 12, 11, 11, 12, 12, 13, 14, 16, 17, 15, 10, 6], dtype=float)


def shoppers(seed: int = 0) -> pl.DataFrame:
    """Return the 12,330 visits with the synthetic columns, in random order."""
    visits = pl.read_csv(DATA / "online_shoppers.csv", infer_schema_length=None)
    return dressed(visits.sample(fraction=1.0, shuffle=True, seed=seed), np.random.default_rng(seed))


def dressed(frame: pl.DataFrame, rng: np.random.Generator, first_key: int = 0) -> pl.DataFrame:
    """Return visits of Online Shoppers with synthetic columns, drawn anew; keys are this number or higher."""
    rows = frame.height
    stamps = _times(frame, rng)
    items = np.array([f"item-{place:03d}-{'abcdefghij'[place % 10]}" for place in range(60)])
    weights = 1.0 / np.arange(1, 61)
    returning = frame["VisitorType"].to_numpy() == "Returning_Visitor"
    visitors = np.where(returning, rng.integers(0, rows // 4, rows), rows + np.arange(rows)) + first_key // 5
    revenue = frame["Revenue"].to_numpy()
    value = np.where(revenue, np.round(np.exp(rng.normal(4.0, 0.6, rows)), 2), 0.0)
    return frame.with_columns(
        pl.Series("session_id", [f"s{number:07d}" for number in rng.permutation(rows * 7)[:rows] + first_key]),
        pl.Series("visitor_id", [f"v{number:06d}" for number in visitors]),
        pl.Series("visit_ts", stamps),
        pl.Series("country", [COUNTRIES[region - 1] for region in frame["Region"]]),
        pl.lit("EUR").alias("currency"),
        pl.Series("order_value", value),
        pl.Series("landing_item", rng.choice(items, rows, p=weights / weights.sum())),
    )


def _times(frame: pl.DataFrame, rng: np.random.Generator) -> list[datetime.datetime]:
    days: dict[tuple[str, bool], list[datetime.date]] = {}
    for name, month in MONTHS.items():
        day = datetime.date(2025, month, 1)
        while day.month == month:
            days.setdefault((name, day.weekday() >= 5), []).append(day)
            day += datetime.timedelta(days=1)
    stamps = []
    hours = rng.choice(24, frame.height, p=HOURS / HOURS.sum())
    for (month, weekend), hour in zip(frame.select("Month", "Weekend").rows(), hours, strict=True):
        choices = days[(month, weekend)]
        day = choices[rng.integers(len(choices))]
        clock = datetime.time(int(hour), int(rng.integers(60)), int(rng.integers(60)))
        stamps.append(datetime.datetime.combine(day, clock))
    return stamps


def halves(seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the reference of 6,165 rows and the rows batches are drawn from."""
    frame = shoppers(seed)
    return frame[:6165], frame[6165:]
