"""Values far outside the rest and rows unusual only together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import values
from clientela.audit.unusual import rows_together

N = 3000


def related(rng: np.random.Generator) -> dict[str, Any]:
    """Return a height and a weight that go together, and a load that does not."""
    height = rng.normal(175, 9, N)
    return {
        "height": height.round(1),
        "weight": (height * 0.9 - 85 + rng.normal(0, 3, N)).round(1),
        "load": rng.lognormal(3, 0.6, N).round(2),
    }


def test_rows_unusual_only_together(context_of: Callable[..., Any]) -> None:
    """Tall people with the weights of small ones are found, with the correlation they cost."""
    columns = related(np.random.default_rng(3))
    tall, small = np.argsort(columns["height"])[-200:-100], np.argsort(columns["height"])[100:200]
    swapped = columns["weight"].copy()
    swapped[tall[:12]] = columns["weight"][small[:12]]
    finding = rows_together(context_of(pl.DataFrame({**columns, "weight": swapped})))
    assert finding is not None
    assert set(finding.columns) == {"height", "weight"}
    assert finding.evidence["rows"] == 12
    assert finding.evidence["correlation_without"] > finding.evidence["correlation"]
    assert set(finding.evidence["examples"][0]) == {"height", "weight", "load"}


def test_no_row_is_unusual_in_plain_tables(context_of: Callable[..., Any]) -> None:
    """Related and unrelated columns of many shapes have hardly ever such a row; few rows and one column have none."""
    rng = np.random.default_rng(8)
    stated = 0
    for _ in range(8):
        frame = pl.DataFrame(related(rng) | {"wait": rng.gamma(2, 3, N), "share": rng.beta(2, 5, N)})
        stated += rows_together(context_of(frame)) is not None
    assert stated <= 1
    assert rows_together(context_of(frame.head(100))) is None
    assert rows_together(context_of(frame.select("wait"))) is None
    huge = frame.with_columns(pl.col("share") * 1e300)
    assert rows_together(context_of(huge)) is None


def test_what_outliers_change(said: Callable[..., Any]) -> None:
    """Mean, deviation and the correlation with the most related column are told with and without them."""
    columns = related(np.random.default_rng(4))
    columns["weight"][:6] *= 100
    told = said(values.outliers, pl.DataFrame(columns)).findings[0].evidence["columns"]["weight"]
    assert told["rows"] == 6
    assert told["deviation_without"] == pytest.approx(8.6, abs=0.5)
    assert told["deviation"] > 10 * told["deviation_without"]
    assert told["correlated_with"] == "height"
    assert told["correlation"] < 0.2 < 0.9 < told["correlation_without"]


def test_far_values_in_skewed_columns(said: Callable[..., Any]) -> None:
    """Eight rows seven quartile ranges beyond a skewed column are found; the column itself has none."""
    rng = np.random.default_rng(6)
    for draw in (rng.gamma(3, 0.8, N), rng.lognormal(1, 0.4, N), rng.beta(3, 2, N)):
        clean = draw.round(3)
        assert not said(values.outliers, pl.DataFrame({"speed": clean})).findings
        low, high = np.quantile(clean, [0.25, 0.75])
        clean[:8] = high + (high - low) * rng.uniform(7, 11, 8)
        assert (
            said(values.outliers, pl.DataFrame({"speed": clean})).findings[0].evidence["columns"]["speed"]["rows"] >= 7
        )


def test_real_tables(context_of: Callable[..., Any], real: Callable[[str], pl.DataFrame]) -> None:
    """Columns of real tables are no bells: where a row is told, it is one of few."""
    frame = real("online_shoppers")
    finding = rows_together(context_of(frame))
    assert finding is None or finding.evidence["share"] < 0.01
