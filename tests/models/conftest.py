"""A small table of visits with a known signal, and roles for it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from clientela.domain.column import Column, Origin, Role, Storage
from clientela.domain.roles import Roles
from clientela.models.learning import Learned, learn
from clientela.models.options import ModelOptions
from clientela.tables.frames import from_frame

QUICK = ModelOptions(seed=3, folds=3, resamples=20, threads=1)

MakeVisits = Callable[..., pl.DataFrame]
MakeRoles = Callable[..., Roles]


def make_visits(rows: int = 400, seed: int = 1) -> pl.DataFrame:
    """Return visits of about half as many visitors, whose revenue depends on pages and device."""
    rng = np.random.default_rng(seed)
    pages = rng.poisson(4, rows)
    device = rng.choice(["mobile", "desktop", "tablet"], rows, p=[0.5, 0.4, 0.1])
    income = np.where(rng.random(rows) < 0.2, np.nan, rng.lognormal(3, 1, rows))
    drive = 0.5 * (pages - 4) + (device == "desktop") + rng.normal(size=rows)
    revenue = np.where(drive > 0.8, np.round(np.exp(drive + 2), 2), 0.0)
    start = datetime.fromisoformat("2026-01-01")
    return pl.DataFrame(
        {
            "visit": [f"v{index}" for index in range(rows)],
            "visitor": [f"p{who}" for who in rng.integers(0, rows // 2, rows)],
            "time": [start + timedelta(hours=7 * index) for index in range(rows)],
            "device": device,
            "pages": pages,
            "income": pl.Series(income, nan_to_null=True),
            "member": rng.random(rows) < 0.3,
            "born": [start - timedelta(days=int(days)) for days in rng.integers(0, 900, rows)],
            "revenue": revenue,
            "group": np.where(revenue == 0, "none", np.where(revenue < 30, "low", "high")),
            "bought": np.where(revenue > 0, "yes", "no"),
        }
    )


def make_roles(frame: pl.DataFrame, label: str, **roles: Role) -> Roles:
    """Return roles: visit, visitor, time and revenue by name, other answers ignored."""
    special = {
        "visit": Role.IDENTIFIER,
        "visitor": Role.IDENTIFIER,
        "time": Role.TIME,
        "revenue": Role.REVENUE,
        "group": Role.OUTCOME,
        "bought": Role.OUTCOME,
        **roles,
        label: Role.LABEL,
    }
    columns = tuple(
        Column(
            name,
            Storage.TEXT,
            special.get(name, Role.FEATURE),
            Origin.COLLECTED if name in ("device", "pages") else Origin.JOINED,
        )
        for name in frame.columns
    )
    known = set(frame.columns)

    def there(name: str) -> str | None:
        return name if name in known else None

    order = ("none", "low", "high") if label == "group" else ()
    return Roles(columns, label, there("time"), there("visitor"), there("visit"), there("revenue"), order)


@pytest.fixture(scope="session")
def visits() -> pl.DataFrame:
    """Four hundred visits."""
    return make_visits()


@pytest.fixture(scope="session")
def visits_of() -> MakeVisits:
    """Make visits of any number."""
    return make_visits


@pytest.fixture(scope="session")
def roles_of() -> MakeRoles:
    """Make roles for a table of visits."""
    return make_roles


@pytest.fixture(scope="session")
def quick() -> ModelOptions:
    """Options that learn in a second."""
    return QUICK


@pytest.fixture(scope="session")
def learned(visits: pl.DataFrame) -> Learned:
    """What is learned of the ordered revenue group."""
    return learn(from_frame(visits), make_roles(visits, "group"), ("income",), QUICK)


@pytest.fixture(scope="session")
def learned_binary(visits: pl.DataFrame) -> Learned:
    """What is learned of the yes-or-no label."""
    return learn(from_frame(visits), make_roles(visits, "bought"), (), QUICK)


Shopped = tuple[pl.DataFrame, np.ndarray]
"""Purchases (customer, day, amount), and what each customer buys and spends in the weeks after."""


@pytest.fixture(scope="session")
def shop() -> Callable[..., Shopped]:
    """Return a function that plays customers purchase by purchase, as BG/NBD and Gamma-Gamma tell the story."""

    def play(customers: int, seed: int, stops: float = 0.8, weeks: int = 52, after: int = 17) -> Shopped:
        rng = np.random.default_rng(seed)
        rows, later = [], np.zeros((customers, 2))
        for customer in range(customers):
            rate, goes = rng.gamma(0.6) / 8, rng.beta(stops, 2.5) if stops > 0 else 0.0
            scale = 15 / rng.gamma(4)
            week = first = rng.uniform(0, weeks * 0.75)
            while week < weeks + after:
                amount = scale * rng.gamma(6)
                if week < weeks:
                    rows.append((customer, int(week * 7), amount))
                else:
                    later[customer] += (1, amount)
                if week > first and rng.random() < goes:
                    break
                week += rng.exponential(1 / rate)
        frame = pl.DataFrame(rows, schema=["customer", "day", "amount"], orient="row")
        start = pl.lit(datetime.fromisoformat("2025-01-01")).cast(pl.Date)
        return frame.with_columns(day=start + pl.duration(days=pl.col("day"))), later

    return play
