"""How often clean batches raise an alarm, at several sizes, with a new reference for every 50 of them.

    make bench NAME=monitoring_clean
    python bench/monitoring_clean.py --tables visits,shoppers --rows 200 --batches 2000
    python bench/monitoring_clean.py --tables visits,again --rows 100000 --batches 500

Reference and batch are drawn from one law: made visits are new for every batch; rows of a real table are parted anew
for every reference, and its batches share rows, so that alarms of one reference come together. "again" draws the rows
of half of Online Shoppers again, as often as a large batch needs, and makes their keys, times, amounts and items anew.
Batches are written as csv, or as Parquet from 100,000 rows on and where --kind says so, and read again.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import polars as pl
from monitoring_faults import checked, opened
from monitoring_faults_parts.shoppers import dressed, halves
from monitoring_faults_parts.tables import bank, hillstrom, visits
from scipy.stats import beta

from clientela.monitoring.baseline import learn_baseline

LARGE = 100_000
DRESS = ("session_id", "visitor_id", "visit_ts", "country", "currency", "order_value", "landing_item")
EACH, EACH_LARGE = 50, 20
"""Batches that are held against one reference."""


class Source:
    """References and batches of one table."""

    def __init__(self, name: str, seed: int) -> None:
        self.name, self.seed = name, seed
        self.label = {"visits": "paid", "bank": "y", "hillstrom": "conversion"}.get(name, "Revenue")
        self.whole = {"bank": bank, "hillstrom": hillstrom}[name]() if name in ("bank", "hillstrom") else None
        self.rest = pl.DataFrame()

    def reference(self, place: int) -> pl.DataFrame:
        """Return a reference, and part its rows from those of the batches."""
        if self.name == "visits":
            return visits(6000, 10 * (1_000_000 * self.seed + place) + 1)  # its last digit begins the keys
        if self.whole is None:
            first, self.rest = halves(self.seed * 1000 + place)
            return first
        mixed = self.whole.sample(fraction=1.0, shuffle=True, seed=self.seed * 1000 + place)
        self.rest = mixed[8000:]
        return mixed[:8000]

    def batch(self, place: int, rows: int) -> pl.DataFrame:
        """Return a batch."""
        if self.name == "visits":
            return visits(rows, 10 * (1_000_000 * self.seed + place) + 2)
        rng = np.random.default_rng([self.seed, place, rows])
        if self.name == "again":
            drawn = self.rest[rng.choice(self.rest.height, rows).tolist()]
            return dressed(drawn.drop(DRESS), rng, 1_000_000)
        return self.rest[rng.choice(self.rest.height, min(rows, self.rest.height), replace=False).tolist()]


def _run(source: Source, rows: int, batches: int, kind: str) -> None:
    alarms, start = 0, time.process_time()
    kind, each = ("parquet", EACH_LARGE) if rows >= LARGE else (kind, EACH)
    for place in range(batches):
        if place % each == 0:
            baseline = opened(source.reference(place), kind, lambda table: learn_baseline(table, source.label))
        result = checked(baseline, source.batch(place, rows), kind)
        alarms += bool(result.incidents)
        for incident in result.incidents:
            print(f"  {source.name} {rows} #{place}: {incident.title}", flush=True)
        if place + 1 in (batches // 4, batches // 2, batches):
            low, high = beta.ppf([0.025, 0.975], [alarms or 1e-9, alarms + 1], [place + 2 - alarms, place + 1 - alarms])
            spent = (time.process_time() - start) / (place + 1)
            told = f"{alarms} of {place + 1} alarm, {alarms / (place + 1):.2%} ({low:.2%} to {high:.2%})"
            print(f"{source.name}, {rows:,} rows: {told}, {spent:.2f} CPU s each", flush=True)


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", default="visits,shoppers")
    parser.add_argument("--rows", default="200,1000")
    parser.add_argument("--batches", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=("csv", "parquet"), default="csv")
    asked = parser.parse_args()
    for rows in map(int, asked.rows.split(",")):
        for name in asked.tables.split(","):
            _run(Source(name, asked.seed), rows, asked.batches, asked.kind)


if __name__ == "__main__":
    main()
