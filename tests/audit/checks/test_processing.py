"""What was already done to the numbers of a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import processing
from clientela.audit.checks.processing import capped, rounded

RNG = np.random.default_rng(12)
N = 2000
SKEWED = RNG.lognormal(3, 0.7, N)
NORMAL = RNG.normal(40, 9, N)
WIDE = RNG.lognormal(9, 1.5, N)
COUNTS = RNG.negative_binomial(4, 0.3, N)

PLANTED = [
    (capped, np.minimum(SKEWED, np.quantile(SKEWED, 0.97))),
    (capped, np.maximum(NORMAL, np.quantile(NORMAL, 0.03))),
    (capped, np.minimum(COUNTS, 12)),
    (rounded, np.round(SKEWED * 40, -1)),
    (rounded, np.round(SKEWED * 40 / 5) * 5),
    (rounded, np.round(NORMAL * 2) / 2),
    (rounded, [float(f"{value:.1e}") for value in WIDE]),
]
CLEAN = [
    (capped, SKEWED),
    (capped, np.where(RNG.random(N) < 0.4, 0, SKEWED)),
    (capped, RNG.poisson(60, N)),
    (capped, COUNTS),
    (capped, RNG.integers(0, 20, N)),
    (capped, RNG.choice(11, N, p=[0.02, 0.02, 0.02, 0.03, 0.05, 0.08, 0.1, 0.13, 0.15, 0.18, 0.22])),
    (capped, 3 * np.minimum(COUNTS, 12)),
    (rounded, SKEWED),
    (rounded, RNG.poisson(60, N)),
    (rounded, np.round(SKEWED, 2)),
    (rounded, np.round(WIDE)),
    (rounded, RNG.choice([100, 200, 3000, 41000], N)),
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


def test_few_values_are_not_judged(said: Callable[..., Any]) -> None:
    """With fewer than twenty used values no lattice and no end is claimed."""
    assert processing._step(np.arange(0.0, 100.0, 10), 1) is None
    sparse = pl.DataFrame({"column": [float(i) for i in range(15)] + [None] * 100 + list(np.arange(15) * 2 + 31)})
    assert not said(capped, sparse.head(60).vstack(sparse.tail(15))).findings


def test_cap_is_told_with_its_value(said: Callable[..., Any]) -> None:
    """The heap's value and share are in the evidence."""
    cells = np.minimum(NORMAL, 55.0)
    evidence = said(capped, pl.DataFrame({"column": cells})).findings[0].evidence["column"]
    assert evidence == {"value": 55.0, "share": pytest.approx((cells == 55).mean())}


def test_both_ends_are_told(said: Callable[..., Any]) -> None:
    """A column cut at both ends has both in its evidence; the advice goes by the end that is hidden."""
    cells = np.clip(NORMAL, 25.0, 55.0)
    finding = said(capped, pl.DataFrame({"column": cells})).findings[0]
    assert finding.evidence["column"]["values"] == [55.0, 25.0]
    assert finding.evidence["column"]["share"] == pytest.approx(((cells == 55) | (cells == 25)).mean())
    assert "lower bounds" in finding.advice
    floor = said(capped, pl.DataFrame({"column": np.maximum(NORMAL, 25.0)})).findings[0]
    assert "upper bounds" in floor.advice


def test_a_large_key_is_no_cap(said: Callable[..., Any]) -> None:
    """The richest city may have the most visits: in a column that belongs to a key, keys are counted."""
    income, rain = RNG.normal(40, 9, 300), RNG.normal(9, 3, 300)
    city = np.where(RNG.random(N) < 0.3, int(income.argmax()), RNG.integers(0, 300, N))
    frame = pl.DataFrame({"city": [f"c{i}" for i in city], "income": income[city], "rain": rain[city]})
    assert not said(capped, frame.with_columns(pl.Series("own", RNG.normal(0, 1, N)))).findings


PRICES = np.round(RNG.lognormal(3, 0.6, N)) - RNG.choice([0.01, 0.05, 0.1, 0.0, 0.5], N, p=[0.4, 0.15, 0.15, 0.2, 0.1])
PAGES = RNG.integers(1, 9, N)
RATIO = RNG.integers(10, 900, N) / PAGES


def partly(cells: Any, step: float, share: float) -> Any:
    """Return cells of which a share is rounded to a step."""
    return np.where(RNG.random(cells.size) < share, np.round(cells / step) * step, cells)


@pytest.mark.parametrize(
    ("cells", "step"),
    [
        (partly(RNG.lognormal(6, 0.7, N), 50, 0.15), 50),
        (partly(np.round(RNG.lognormal(7, 0.5, N)), 100, 0.2), 100),
        (partly(np.round(RNG.normal(300, 60, N), 2), 1, 0.12), 1),
        (partly(RNG.normal(60, 20, N).round(), 5, 0.4), 5),
        (partly(RNG.gamma(2, 4, N), 0.25, 0.3), 0.25),
    ],
)
def test_a_part_of_the_rows_is_rounded(said: Callable[..., Any], cells: Any, step: float) -> None:
    """Where only some rows lie on a lattice, its step is told."""
    finding = said(rounded, pl.DataFrame({"column": cells, "bought": RNG.random(N) < 0.3})).findings[0]
    assert finding.evidence["partly"]["column"]["step"] == step


@pytest.mark.parametrize(
    "cells",
    [
        PRICES,
        RATIO,
        np.where(RNG.random(N) < 0.3, 250.0, RNG.lognormal(6, 0.7, N)),
        RNG.poisson(40, N).astype(float),
        np.round(RNG.exponential(30, N)),
        np.round(RNG.lognormal(2, 1, N), 1),
        np.round(RNG.lognormal(3, 1, N), 2),
        np.round(RNG.lognormal(3, 1, N) * 20) / 20 - 0.01,
    ],
)
def test_no_part_is_rounded(said: Callable[..., Any], cells: Any) -> None:
    """Prices by their endings, fractions of counts, a filled-in value and smooth numbers are not rounded."""
    checked = said(rounded, pl.DataFrame({"column": cells, "bought": RNG.random(N) < 0.3}))
    assert checked is None or not checked.findings


def test_cash_is_rounded(said: Callable[..., Any]) -> None:
    """Amounts brought to .05 or .25 are told; prices with a few endings are not."""
    for step in (0.05, 0.25, 5.0, 25.0):
        cells = np.round(RNG.lognormal(4, 1, N) / step) * step
        assert said(rounded, pl.DataFrame({"column": np.round(cells, 2)})).findings[0].evidence["steps"] == {
            "column": step
        }


@pytest.mark.parametrize(("name", "top"), [("satisfaction_score", 10), ("stars", 5), ("nps", 10), ("Bewertung", 10)])
def test_the_end_of_a_scale_is_no_cut(said: Callable[..., Any], name: str, top: int) -> None:
    """Ratings pile up at the end of their scale by nature."""
    cells = np.minimum(RNG.poisson(0.9 * top, N), top)
    cells[:2] = 0, 1
    checked = said(capped, pl.DataFrame({name: cells}))
    assert checked is None or not checked.findings
