"""What scale a column was brought to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.scaling import log_transformed, min_max_scaled, standardised

RNG = np.random.default_rng(12)
N = 2000
SKEWED = RNG.lognormal(3, 0.7, N)
NORMAL = RNG.normal(40, 9, N)
COUNTS = RNG.negative_binomial(2, 0.1, N)
FEW = RNG.poisson(2, N)


def quartiled(cells: Any) -> Any:
    """Return cells with median 0 and quartiles 1 apart."""
    low, middle, high = np.quantile(cells, [0.25, 0.5, 0.75])
    return (cells - middle) / (high - low)


def stretched(cells: Any) -> Any:
    """Return cells from 0 to 1."""
    return (cells - cells.min()) / np.ptp(cells)


def standard(cells: Any, part: int = N) -> Any:
    """Return cells scaled by the mean and deviation of the first rows."""
    return (cells - cells[:part].mean()) / cells[:part].std()


FLAG = (RNG.random(N) < 0.27).astype(float)
STARS = RNG.choice(5, N, p=[0.1, 0.15, 0.3, 0.3, 0.15]) + 1.0

PLANTED = [
    (standardised, standard(FEW, 400)),
    (standardised, np.round(standard(FEW, 1500), 2)),
    (standardised, np.round(standard(STARS, 1000), 3)),
    (standardised, standard(COUNTS, 600)),
    (standardised, standard(np.round(SKEWED), 1600)),
    (standardised, standard(FLAG)),
    (standardised, np.round(standard(FLAG, 1200), 4)),
    (min_max_scaled, np.minimum(FEW, 11) / 11),
    (min_max_scaled, np.round(np.minimum(COUNTS, 41) / 37, 4)),
    (min_max_scaled, (RNG.integers(19, 68, N)) / 67),
    (standardised, (NORMAL - NORMAL.mean()) / NORMAL.std()),
    (standardised, (SKEWED - SKEWED[:1500].mean()) / SKEWED[:1500].std()),
    (standardised, (FEW - FEW.mean()) / FEW.std()),
    (standardised, quartiled(SKEWED)),
    (standardised, np.round(quartiled(NORMAL), 3)),
    (min_max_scaled, stretched(NORMAL)),
    (min_max_scaled, 2 * stretched(SKEWED) - 1),
    (min_max_scaled, stretched(COUNTS)),
    (min_max_scaled, np.round(stretched(COUNTS), 5)),
    (log_transformed, np.sqrt(COUNTS)),
    (log_transformed, np.round(np.sqrt(COUNTS + 3.0), 4)),
    (log_transformed, np.log1p(COUNTS)),
    (log_transformed, np.log2(np.round(SKEWED, 2))),
]
CLEAN = [
    (standardised, np.round(NORMAL / 7.3 - 5.2, 1)),
    (standardised, RNG.choice([-0.5, 0.5], N)),
    (standardised, RNG.choice([-0.25, 1.5, 0.5], N)),
    (standardised, np.round(RNG.normal(0.1, 0.8, N) * 4) / 4),
    (standardised, np.round(RNG.normal(0.02, 1.15, N), 2)),
    (min_max_scaled, RNG.integers(0, 8, N) / 7),
    (min_max_scaled, RNG.integers(1, 9, N) / RNG.integers(9, 12, N)),
    (min_max_scaled, np.round(RNG.beta(2, 5, N), 3)),
    (min_max_scaled, RNG.choice([0.07, 0.19, 0.25, 0.5, 1.0], N)),
    (standardised, NORMAL),
    (standardised, RNG.normal(0.3, 1.4, N)),
    (standardised, quartiled(SKEWED)[:60]),
    (standardised, RNG.choice([-1.5, -0.5, 0.5, 1.5], N)),
    (standardised, RNG.integers(-1, 2, N).astype(float)),
    (min_max_scaled, NORMAL),
    (min_max_scaled, np.clip(RNG.normal(0.5, 0.5, N), 0, 1)),
    (min_max_scaled, np.round(RNG.random(N), 2)),
    (min_max_scaled, np.clip(np.round(RNG.random(N) * 1.4 - 0.2, 1), 0, 1)),
    (min_max_scaled, RNG.integers(0, 13, N) / 12),
    (log_transformed, SKEWED),
    (log_transformed, RNG.integers(0, 40, N) / 2),
    (log_transformed, np.round(SKEWED, 1)),
    (log_transformed, NORMAL - 40),
]


@pytest.mark.parametrize(("check", "cells"), PLANTED)
def test_found_where_planted(said: Callable[..., Any], check: Any, cells: Any) -> None:
    """Each scale is found in a column that was brought to it, and in no other."""
    findings = said(check, pl.DataFrame({"column": cells, "other": NORMAL * 1.1})).findings
    assert [(f.code, f.columns) for f in findings] == [(check.__name__, ("column",))]


@pytest.mark.parametrize(("check", "cells"), CLEAN)
def test_not_found_elsewhere(said: Callable[..., Any], check: Any, cells: Any) -> None:
    """Plain columns, shares with heaps at their ends, decimals, months of a year and halves are left in peace."""
    checked = said(check, pl.DataFrame({"column": cells}))
    assert checked is None or not checked.findings


def test_both_ways_of_scaling_are_told_apart(said: Callable[..., Any]) -> None:
    """One sentence names what was scaled by median and quartiles, and what by mean and deviation."""
    frame = pl.DataFrame({"a": quartiled(SKEWED), "b": (NORMAL - NORMAL.mean()) / NORMAL.std()})
    finding = said(standardised, frame).findings[0]
    assert finding.title == "a was scaled: median 0, quartiles 1 apart; b to mean 0, deviation 1."
    assert finding.evidence["a"]["median"] == pytest.approx(0, abs=1e-9)


def test_scaled_counts_are_told_with_their_span(said: Callable[..., Any]) -> None:
    """The parts of the range are as many as the counts spanned, however many rows lie at its ends."""
    evidence = said(min_max_scaled, pl.DataFrame({"column": stretched(COUNTS)})).findings[0].evidence
    assert evidence["column"]["steps"] == COUNTS.max() - COUNTS.min()


def test_real_tables(said: Callable[..., Any], real: Callable[[str], pl.DataFrame]) -> None:
    """Nothing was scaled in the real tables."""
    for name in ("hillstrom", "online_shoppers"):
        frame = real(name)
        checked = [said(check, frame) for check in (standardised, min_max_scaled, log_transformed)]
        assert not any(done.findings for done in checked if done is not None)


@pytest.mark.parametrize("digits", [3, 5, 9])
def test_logs_beside_their_column(said: Callable[..., Any], digits: int) -> None:
    """A logarithm of cents is told by the column it was taken of, however it was rounded; a line of it is none."""
    amount = np.round(np.random.default_rng(2).lognormal(3, 0.9, 1500), 2) + 0.01
    frame = pl.DataFrame({"made": np.round(np.log(amount), digits), "amount": amount})
    assert said(log_transformed, frame).findings[0].columns == ("made",)
    line = pl.DataFrame({"made": np.round(1.7 * amount + 3.1, digits), "amount": amount})
    assert not said(log_transformed, line).findings


def test_logs_of_counts_in_nine_digits(said: Callable[..., Any]) -> None:
    """Nine digits after the point are as many as the audit reads, and a rounding like any other."""
    counts = np.random.default_rng(2).negative_binomial(1.2, 0.05, 2000)
    frame = pl.DataFrame({"made": np.round(np.log1p(counts), 9)})
    assert said(log_transformed, frame).findings[0].columns == ("made",)
