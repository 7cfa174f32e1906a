"""A made table of visits with rules, and what is learnt from it."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame


def visits(rows: int, seed: int) -> pl.DataFrame:
    """Return made visits: keys, times, categories, amounts tied by rules."""
    rng = np.random.default_rng(seed)
    start = datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC).replace(tzinfo=None)
    hour = rng.choice(24, rows, p=np.array([1.0] * 8 + [4.0] * 8 + [9.0] * 8) / 112)
    stamps = [
        start + datetime.timedelta(days=int(day), hours=int(h), seconds=int(second))
        for day, h, second in zip(rng.integers(0, 60, rows), hour, rng.integers(0, 3600, rows), strict=True)
    ]
    pages = rng.poisson(4, rows) + 1
    bought = rng.random(rows) < 0.05 + 0.03 * pages
    return pl.DataFrame(
        {
            "visit": [f"k{seed:03d}{number:06d}" for number in range(rows)],
            "at": stamps,
            "shop": rng.choice(["Köln", "Paris", "Rome", "Oslo"], rows, p=[0.4, 0.3, 0.2, 0.1]),
            "device": rng.choice(["phone", "desktop", "tablet"], rows, p=[0.5, 0.4, 0.1]),
            "pages": pages,
            "seconds": np.round(pages * rng.lognormal(3, 0.5, rows), 3),
            "bought": bought,
            "paid": np.where(bought, np.round(rng.lognormal(3, 0.6, rows), 2), 0.0),
        }
    )


def devices(rows: int, seed: int, *, desktop: float, days: int = 0) -> pl.DataFrame:
    """Return visits from devices, of which the share of desktops is given, with systems that go with them."""
    rng = np.random.default_rng((seed, 1))
    device = rng.choice(["desktop", "mobile", "tablet"], rows, p=[desktop, 0.93 - desktop, 0.07])
    system = np.where(device == "desktop", rng.choice(["Windows", "macOS"], rows, p=[0.7, 0.3]), "Android")
    system = np.where(device == "tablet", "tabletOS", system)
    system = np.where((system == "Android") & (rng.random(rows) < 0.4), "phoneOS", system)
    frame = visits(rows, seed).with_columns(pl.col("at") + pl.duration(days=days))
    return frame.with_columns(device=pl.Series(device), system=pl.Series(system))


@pytest.fixture(scope="session")
def baseline() -> Baseline:
    """What is learnt from 5,000 made visits."""
    with from_frame(visits(5000, 0)) as table:
        return learn_baseline(table, "bought")


@pytest.fixture(scope="session")
def checked(baseline: Baseline) -> Callable[[pl.DataFrame], CheckResult]:
    """Hold a frame against the baseline."""

    def run(frame: pl.DataFrame) -> CheckResult:
        with from_frame(frame) as table:
            return check(baseline, table)

    return run


@pytest.fixture(scope="session")
def clean() -> pl.DataFrame:
    """A clean batch of 1,000 made visits."""
    return visits(1000, 5)
