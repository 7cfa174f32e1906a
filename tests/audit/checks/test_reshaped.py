"""What was done to the values of a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.left_out import filtered
from clientela.audit.checks.reshaped import binned, imputed_constant
from clientela.audit.checks.scaling import log_transformed

N = 4000
RNG = np.random.default_rng(21)
SKEWED = RNG.lognormal(3, 0.8, N)
NORMAL = RNG.normal(42, 12, N)
WHOLE = np.round(NORMAL)
COUNTS = RNG.poisson(20, N)
GAPS = RNG.random(N) < 0.06
EDGES = np.linspace(SKEWED.min(), SKEWED.max(), 9)
MIDDLES = ((EDGES[1:] + EDGES[:-1]) / 2)[np.clip(np.digitize(SKEWED, EDGES) - 1, 0, 7)]
RANKS = np.argsort(np.argsort(SKEWED))

PLANTED = [
    (imputed_constant, "col", np.where(GAPS, SKEWED.mean(), SKEWED)),
    (imputed_constant, "col", np.where(GAPS, np.median(WHOLE), WHOLE)),
    (imputed_constant, "col", np.where(GAPS, WHOLE.mean(), WHOLE)),
    (imputed_constant, "col", np.where(GAPS, np.array([31.7, 38.2, 45.9])[np.arange(N) % 3] + 1 / 7, NORMAL)),
    (imputed_constant, "col", np.where(GAPS, np.array([31.7, 38.2, 45.9])[np.arange(N) % 3], WHOLE)),
    (imputed_constant, "col", np.where(GAPS, 0, NORMAL - NORMAL.mean())),
    (binned, "col", MIDDLES),
    (binned, "col", np.round(MIDDLES, 2)),
    (binned, "col", [f"({place / 20:.2f}, {place / 20 + 0.05:.2f}]" for place in np.arange(N) % 8]),
    (binned, "col", [f"{place * 10},000 - {place * 10 + 9},999 €" for place in 1 + np.arange(N) % 7]),
    (binned, "col", [f"{place}k to {place + 1}k" if place < 6 else "6k+" for place in np.arange(N) % 7]),
    (binned, "col", [f"{place},5; {place},9" for place in np.arange(N) % 7]),
    (binned, "col", np.floor(RANKS * 10 / N)),
    (binned, "col", np.floor(NORMAL / 12.5) * 12.5),
    (binned, "age", np.clip(np.floor(NORMAL / 10) * 10, 0, 80)),
    (binned, "col", [f"{int(x // 10) * 10}-{int(x // 10) * 10 + 9}" for x in np.clip(WHOLE, 10, 79)]),
    (log_transformed, "col", np.log1p(COUNTS)),
    (log_transformed, "col", np.log1p(COUNTS).astype(np.float32)),
    (log_transformed, "col", np.round(np.log(COUNTS + 1), 4)),
    (log_transformed, "col", np.log10(np.round(SKEWED, 2))),
    (log_transformed, "log_income", np.log(SKEWED)),
    (filtered, "col", SKEWED[np.quantile(SKEWED, 0.2) < SKEWED]),
    (filtered, "col", NORMAL[np.quantile(NORMAL, 0.7) > NORMAL]),
]
CLEAN = {
    "spend": np.round(SKEWED, 2),
    "years": WHOLE,
    "clicks": COUNTS,
    "speed": RNG.gamma(3, 0.8, N),
    "wait": RNG.exponential(4, N),
    "level": RNG.uniform(10, 90, N),
    "whole_level": RNG.integers(10, 90, N),
    "zeros": np.where(RNG.random(N) < 0.4, 0, SKEWED),
    "discount": RNG.choice([0, 0.05, 0.1, 0.15, 0.2], N),
    "stars": RNG.integers(1, 6, N),
    "shop_price": RNG.choice(np.round(RNG.lognormal(3, 1, 200), 2), N),
    "day_text": [f"2024-01-{i % 28 + 1:02d}" for i in range(N)],
    "score_text": [f"{i % 4}-{i % 3}" for i in range(N)],
    "call_text": [f"{30 + i % 9}-{1000 + 7 * (i % 40)}" for i in range(N)],
    "version_text": [f"{i % 3}.{i % 7}.1 - {9 - i % 3}.0.2" for i in range(N)],
    "both_signs": RNG.choice(np.append(np.linspace(-40, 60, 25), 0), N),
    "grown": np.maximum(np.round(RNG.gamma(9, 4.5, N)), 18),
}


@pytest.mark.parametrize(("check", "name", "cells"), PLANTED)
def test_found_where_planted(said: Callable[..., Any], check: Any, name: str, cells: Any) -> None:
    """Each processing is found in the column that had it, and in no other."""
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({name: cells, "other": rng.normal(3, 1, len(cells)), "more": rng.gamma(3, 2, len(cells))})
    assert [(f.code, f.columns) for f in said(check, frame).findings] == [(check.__name__, (name,))]


@pytest.mark.parametrize("check", [imputed_constant, binned, log_transformed, filtered])
def test_not_found_elsewhere(said: Callable[..., Any], check: Any) -> None:
    """Columns that nothing was done to are left in peace, all at once."""
    assert not said(check, pl.DataFrame(CLEAN)).findings


def test_a_filling_is_told_with_its_value(said: Callable[..., Any]) -> None:
    """Value, share and what it equals are in the evidence."""
    cells = np.where(GAPS, SKEWED.mean(), SKEWED)
    evidence = said(imputed_constant, pl.DataFrame({"col": cells})).findings[0].evidence["col"]
    assert evidence["value"] == SKEWED.mean()
    assert evidence["share"] == pytest.approx(GAPS.mean())
    assert evidence["equals"] == "mean"


def test_values_of_a_key_are_counted_once(said: Callable[..., Any]) -> None:
    """A city with many visits does not make its income look filled in."""
    rng = np.random.default_rng(2)
    income, rain = rng.normal(40, 9, 300), rng.normal(9, 3, 300)
    city = np.where(rng.random(N) < 0.3, 7, rng.integers(0, 300, N))
    frame = pl.DataFrame({"city": [f"c{i}" for i in city], "income": income[city], "rain": rain[city]})
    checked = said(imputed_constant, frame.with_columns(pl.Series("own", rng.normal(0, 1, N))))
    assert not checked.findings


def test_columns_with_few_rows_are_not_judged(said: Callable[..., Any]) -> None:
    """A table of a few rows says nothing of any of these."""
    frame = pl.DataFrame({"col": [1.5, 2.5, 9.1], "text": ["a", "b", "c"]})
    assert [said(check, frame) for check in (imputed_constant, log_transformed, filtered)] == [None, None, None]


def test_real_tables(said: Callable[..., Any], real: Callable[[str], pl.DataFrame]) -> None:
    """Hillstrom's history_segment is history in bins; its floor at 29.99 is a heap, not a cut; no other trace."""
    frame = real("hillstrom")
    assert [f.columns for f in said(binned, frame).findings] == [("history_segment",)]
    assert not any(said(check, frame).findings for check in (imputed_constant, log_transformed, filtered))
    shoppers = real("online_shoppers")
    checks = (imputed_constant, binned, log_transformed, filtered)
    assert not any(said(check, shoppers).findings for check in checks)


QUARTERS = np.round(np.quantile(SKEWED, np.arange(8) / 8 + 1 / 16), 2)[
    (RNG.permutation(N) * 8 // N + (RNG.random(N) < 0.05)) % 8
]
RANGES = {
    "german": ["bis 20", "20 bis unter 30", "30 bis unter 50", "ab 50"],
    "french": ["moins de 20", "20 à 29", "30 à 49", "50 et plus"],
    "spanish": ["menos de 20 años", "de 20 a 29 años", "de 30 a 49 años", "50 o más"],
    "signs": ["<5", "5-10", ">10"],
    "thousands": ["< 10k", "10-20k", "20-50k", "> 50k"],
    "plus": ["5-9", "10+", "under 5"],
    "words": ["between 0 and 9", "between 10 and 19", "20 or more"],
}


@pytest.mark.parametrize("name", RANGES)
def test_ranges_in_words(said: Callable[..., Any], name: str) -> None:
    """Ranges with open ends are bins in whatever words; the same words in no order of numbers are none."""
    frame = pl.DataFrame({"col": RNG.choice(RANGES[name], N), "other": NORMAL})
    assert [f.columns for f in said(binned, frame).findings] == [("col",)]


@pytest.mark.parametrize(
    "cells",
    [
        ["2-1", "3-1", "1-0", "2-2"],
        ["room 5", "room 9", "room 12"],
        ["A4", "A5", "B5 plus"],
        ["5 kg", "10 kg", "20 kg"],
    ],
)
def test_words_with_numbers(said: Callable[..., Any], cells: list[str]) -> None:
    """Scores, rooms, sizes and weights are no ranges."""
    assert not said(binned, pl.DataFrame({"col": RNG.choice(cells, N), "other": NORMAL})).findings


@pytest.mark.parametrize(
    "cells", [RNG.choice([15.0, 25.0, 35.0, 45.0, 55.0, 65.0], N, p=[0.1, 0.2, 0.3, 0.2, 0.15, 0.05]), QUARTERS]
)
def test_middles_and_even_levels(said: Callable[..., Any], cells: Any) -> None:
    """Middles of tens, and odd levels with about equally many rows each, are what bins leave."""
    frame = pl.DataFrame({"col": cells, "other": NORMAL})
    assert [f.columns for f in said(binned, frame).findings] == [("col",)]


@pytest.mark.parametrize(
    "cells",
    [
        RNG.choice([9.99, 19.99, 29.99, 39.99, 49.99], N),
        RNG.choice([4.95, 9.95, 14.95, 24.95, 19.95], N),
        RNG.choice([0.5, 1.0, 1.5, 2.5], N),
        RNG.choice([3.27, 8.41, 12.09, 30.55, 31.7], N, p=[0.5, 0.2, 0.15, 0.1, 0.05]),
    ],
)
def test_prices_are_no_bins(said: Callable[..., Any], cells: Any) -> None:
    """Prices just below round numbers, sizes, and odd levels of unlike frequency are not bins."""
    assert not getattr(said(binned, pl.DataFrame({"col": cells, "other": NORMAL})), "findings", ())


def test_codes_have_no_missing_range(said: Callable[..., Any]) -> None:
    """Codes from 20 on whose frequencies jump do not break off there; numbers cut at 20 do."""
    codes = RNG.choice(np.arange(20, 70), N, p=RNG.dirichlet(np.full(50, 0.8)))
    assert not getattr(said(filtered, pl.DataFrame({"agent": codes, "other": NORMAL})), "findings", ())
    cut = np.round(RNG.normal(25, 12, 2 * N))
    cut = cut[cut >= 20]
    assert said(filtered, pl.DataFrame({"agent": cut})).findings[0].columns == ("agent",)
