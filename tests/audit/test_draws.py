"""A column's values as independent draws."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from clientela.audit.checking import Context
from clientela.audit.draws import draws

N = 3000


def test_rows_are_draws_without_a_key(context_of: Callable[..., Context]) -> None:
    """A column of its own gives one number per row, without gaps and the number that stands for missing."""
    cells = np.where(np.arange(N) % 10 == 0, -999.0, np.random.default_rng(1).normal(5, 1, N))
    cells[:7] = np.nan
    context = context_of(pl.DataFrame({"own": cells}))
    assert draws(context, "own").size == N - 300 - 6


def test_keys_are_draws_inside_a_block(context_of: Callable[..., Context]) -> None:
    """A column that a city, or the day of a time, determines gives one number per key."""
    rng = np.random.default_rng(2)
    income, rain, city = rng.normal(40, 9, 50), rng.normal(9, 3, 50), rng.integers(0, 50, N)
    frame = pl.DataFrame({"city": [f"c{i}" for i in city], "income": income[city], "rain": rain[city]})
    context = context_of(frame.with_columns(pl.Series("own", rng.normal(0, 1, N))))
    assert sorted(draws(context, "income")) == sorted(income)
    seconds = np.sort(rng.integers(0, 60 * 86_400, N))
    warmth, sun = rng.normal(15, 5, 60), rng.normal(6, 2, 60)
    start = datetime(2024, 3, 1, tzinfo=UTC)
    times = pl.DataFrame(
        {
            "visit_time": [start + timedelta(seconds=int(s)) for s in seconds],
            "warmth": warmth[seconds // 86_400],
            "sun": sun[seconds // 86_400],
            "own": rng.normal(0, 1, N),
        }
    )
    assert draws(context_of(times), "warmth").size == 60
