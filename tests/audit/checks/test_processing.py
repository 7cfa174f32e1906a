"""What was already done to a column."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import processing
from clientela.audit.checks.processing import (
    capped,
    hashed,
    label_encoded,
    min_max_scaled,
    one_hot,
    rounded,
    standardised,
)

RNG = np.random.default_rng(12)
N = 2000
SKEWED = RNG.lognormal(3, 0.7, N)
NORMAL = RNG.normal(40, 9, N)
CODES = RNG.choice(np.arange(1, 8), N, p=[0.3, 0.05, 0.2, 0.02, 0.25, 0.03, 0.15])
DIGESTS = [hashlib.md5(str(i % 300).encode(), usedforsecurity=False).hexdigest() for i in range(N)]

PLANTED = [
    (capped, np.minimum(SKEWED, np.quantile(SKEWED, 0.97))),
    (capped, np.maximum(NORMAL, np.quantile(NORMAL, 0.03))),
    (rounded, np.round(SKEWED * 40, -1)),
    (rounded, np.round(SKEWED * 40 / 5) * 5),
    (rounded, np.round(NORMAL * 2) / 2),
    (standardised, (NORMAL - NORMAL.mean()) / NORMAL.std()),
    (min_max_scaled, (NORMAL - NORMAL.min()) / np.ptp(NORMAL)),
    (label_encoded, CODES),
    (hashed, DIGESTS),
]
CLEAN = [
    (capped, SKEWED),
    (capped, np.where(RNG.random(N) < 0.4, 0, SKEWED)),
    (capped, RNG.poisson(60, N)),
    (rounded, SKEWED),
    (rounded, RNG.poisson(60, N)),
    (rounded, np.round(SKEWED, 2)),
    (standardised, NORMAL),
    (standardised, RNG.normal(0.3, 1.4, N)),
    (min_max_scaled, NORMAL),
    (min_max_scaled, np.clip(RNG.normal(0.5, 0.5, N), 0, 1)),
    (label_encoded, np.clip(RNG.poisson(3, N), 0, 8)),
    (label_encoded, RNG.integers(3, 9, N)),
    (hashed, [f"page{i % 100:04d}" for i in range(N)]),
    (hashed, [f"{i % 300:08d}" for i in range(N)]),
]


@pytest.mark.parametrize(("check", "cells"), PLANTED)
def test_found_where_planted(said: Callable[..., Any], check: Any, cells: Any) -> None:
    """Each processing is found in a column that had it."""
    findings = said(check, pl.DataFrame({"column": cells, "other": NORMAL * 1.1})).findings
    assert [(f.code, f.columns) for f in findings] == [(check.__name__, ("column",))]


@pytest.mark.parametrize(("check", "cells"), CLEAN)
def test_not_found_elsewhere(said: Callable[..., Any], check: Any, cells: Any) -> None:
    """Columns without it are left in peace."""
    checked = said(check, pl.DataFrame({"column": cells}))
    assert checked is None or not checked.findings


def test_few_values_are_not_judged() -> None:
    """With fewer than twenty used values no lattice is claimed."""
    assert processing._step(np.arange(0.0, 100.0, 10), 1) is None


def test_units_are_not_codes(said: Callable[..., Any]) -> None:
    """Running numbers that jump but count something by their name are no codes."""
    assert said(label_encoded, pl.DataFrame({"weekday": CODES})) is None


def test_one_hot_groups(said: Callable[..., Any]) -> None:
    """Exclusive 0/1 columns that cover every row are one category; independent flags are not."""
    frame = pl.DataFrame({f"is_{i}": (i == CODES % 3).astype(int) for i in range(3)})
    flags = pl.DataFrame({f"has_{i}": RNG.integers(0, 2, N) for i in range(3)})
    both = pl.concat([frame, flags], how="horizontal")
    assert said(one_hot, both).findings[0].evidence["groups"] == [["is_0", "is_1", "is_2"]]
    assert not said(one_hot, flags).findings
    assert said(one_hot, flags.select("has_0")) is None


def test_cap_is_told_with_its_value(said: Callable[..., Any]) -> None:
    """The heap's value and share are in the evidence."""
    cells = np.minimum(NORMAL, 55.0)
    evidence = said(capped, pl.DataFrame({"column": cells})).findings[0].evidence["column"]
    assert evidence == {"value": 55.0, "share": pytest.approx((cells == 55).mean())}
