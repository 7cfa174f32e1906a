"""Numbers that stand for missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

RNG = np.random.default_rng(77)
N = 2000


def coded(values: Any, code: float, rows: int) -> Any:
    """Return the values with some of them replaced by a code."""
    cells = np.array(values)
    cells[RNG.choice(len(cells), rows, replace=False)] = code
    return cells


@pytest.mark.parametrize(
    ("name", "cells", "code"),
    [
        ("level", coded(RNG.integers(18, 81, N), 99, 12), 99),
        ("level", coded(RNG.integers(1, 6, N), 9, 30), 9),
        ("level", coded(RNG.integers(1, 6, N), 99, 4), 99),
        ("level", coded(RNG.poisson(3, N), 88, 6), 88),
        ("level", coded(RNG.normal(3000, 900, N).round(1), 9999, 9), 9999),
        ("level", coded(RNG.lognormal(6, 1, N).round(2), -999, 5), -999),
        ("level", coded(RNG.normal(0, 40, N).round(2), -999.0, 5), -999),
        ("level", coded(RNG.poisson(30, N), -1, 60), -1),
        ("customer_age", coded(RNG.integers(18, 81, N), 0, 20), 0),
        ("level", coded(RNG.normal(9000, 900, N).round(), 2_147_483_647, 5), 2_147_483_647),
    ],
)
def test_codes_are_found(context_of: Callable[..., Any], name: str, cells: Any, code: float) -> None:
    """Codes beyond the values, just beyond them, below them, zero where zero cannot be, and ends of storage."""
    found = context_of(pl.DataFrame({name: cells, "word": ["a", "b"] * (N // 2)})).codes
    assert found[name] == (code, int((cells == code).sum()))


@pytest.mark.parametrize(
    "cells",
    [
        RNG.integers(1, 100, N),
        RNG.integers(0, 10, N),
        RNG.choice([199, 299, 499, 749, 999, 1499], N),
        np.round(RNG.lognormal(5, 1, N)) - 1,
        np.minimum(RNG.normal(80, 20, N).round(), 99),
        np.where(RNG.random(N) < 0.3, 0, RNG.integers(20, 90, N)),
        RNG.negative_binomial(1, 0.2, N),
    ],
)
def test_usual_values_are_no_codes(context_of: Callable[..., Any], cells: Any) -> None:
    """Nines that end a scale, price points, caps, free amounts of zero and tails of counts are values."""
    assert not context_of(pl.DataFrame({"level": cells, "word": ["a", "b"] * (N // 2)})).codes


def test_columns_without_codes_hardly_ever_get_one(context_of: Callable[..., Any]) -> None:
    """In 200 columns of counts, ages and amounts none is said to hold a code."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        frame = {}
        for i in range(4):
            frame[f"a{i}"] = rng.poisson(rng.uniform(1, 90), N).astype(np.float64)
            frame[f"b{i}"] = np.round(rng.gamma(2, rng.uniform(2, 900), N))
        frame |= {f"c{i}": np.round(rng.lognormal(3, 1, N), 2) for i in range(2)}
        assert not context_of(pl.DataFrame(frame)).codes


def test_answers_on_a_scale_are_no_codes(context_of: Callable[..., Any]) -> None:
    """Zero on a scale up to ten or a hundred, and nine where nobody said eight, are answers."""
    rng = np.random.default_rng(5)
    scale = rng.choice([0, 3, 4, 5, 6, 7, 8, 9, 10], N)
    hundred = rng.choice([0, *range(30, 101)], N)
    no_eight = rng.choice([1, 2, 3, 4, 5, 6, 7, 9], N)
    frame = pl.DataFrame({"rating": scale, "bewertung": hundred, "nps": no_eight, "clicks": rng.poisson(5, N)})
    assert not context_of(frame).codes
