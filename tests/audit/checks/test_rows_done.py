"""What was done to the rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.rows_done import deduplicated, ordered, oversampled
from clientela.domain.finding import Severity
from clientela.domain.roles import Ask

N = 3000


@pytest.fixture(scope="module")
def shuffled() -> pl.DataFrame:
    """Return visits in random order that repeat now and then, with a rare class."""
    rng = np.random.default_rng(8)
    return pl.DataFrame(
        {
            "pages": rng.poisson(3, N),
            "device": rng.choice(["mobile", "desktop", "tablet"], N, p=[0.6, 0.3, 0.1]),
            "weekday": rng.integers(1, 8, N),
            "seen": rng.integers(0, 4, N),
            "speed": np.round(rng.gamma(3, 0.8, N), 1),
            "converted": rng.random(N) < 0.1,
        }
    )


@pytest.mark.parametrize("name", ["pages", "device", "speed", "converted"])
@pytest.mark.parametrize("down", [False, True])
def test_sorted_rows(said: Callable[..., Any], shuffled: pl.DataFrame, name: str, down: bool) -> None:
    """Rows sorted by a column are told with the column and the direction; sorted by the label is a notice."""
    finding = said(ordered, shuffled.sort(name, descending=down)).findings[0]
    assert finding.columns == (name,)
    assert finding.evidence[name]["how"] == ("falling" if down else "rising")
    assert finding.severity is (Severity.NOTICE if name == "converted" else Severity.INFO)


def test_grouped_rows(said: Callable[..., Any]) -> None:
    """Rows that stand together by key, in no order of keys, are grouped, also with a few out of place."""
    rng = np.random.default_rng(3)
    key = np.repeat(rng.permutation(300), 10)
    key[rng.integers(0, N, 30)] = key[rng.integers(0, N, 30)]
    frame = pl.DataFrame({"basket": [f"b{i}" for i in key], "price": rng.normal(0, 1, N)})
    finding = said(ordered, frame).findings[0]
    assert finding.columns == ("basket",)
    assert finding.evidence["basket"]["how"] == "grouped"


def test_nearly_sorted_rows(said: Callable[..., Any]) -> None:
    """Two in a hundred rows out of place leave the order to be seen."""
    rng = np.random.default_rng(4)
    values = np.sort(rng.normal(0, 1, N))
    moved = rng.choice(N, N // 50, replace=False)
    values[moved] = values[rng.permutation(moved)]
    assert said(ordered, pl.DataFrame({"value": values})).findings[0].columns == ("value",)


def test_random_order_is_no_order(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """Shuffled rows, and values that alternate, are in no order."""
    assert not said(ordered, shuffled.with_columns(pl.Series("turn", np.arange(N) % 2))).findings
    assert said(ordered, shuffled.head(50)) is None


def test_taken_out_repeats(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """Repeats that nearly equal rows lead to expect are missed once they are taken out, and only then."""
    coarse = shuffled.drop("speed")
    assert not said(deduplicated, coarse).findings
    finding = said(deduplicated, coarse.unique(maintain_order=True)).findings[0]
    assert (finding.evidence["groups"], finding.columns) == (0, ())
    assert finding.evidence["expected_groups"] > 7
    keyed = coarse.with_row_index("visit_id")
    assert said(deduplicated, keyed) is None
    assert said(deduplicated, pl.DataFrame({"a": [1, 2] * 100, "b": [5] * 200})) is None
    fine = pl.DataFrame(np.random.default_rng(1).integers(0, 900, (N, 4)))
    assert not said(deduplicated, fine).findings


@pytest.mark.parametrize("times", [1, 4])
def test_repeated_class(said: Callable[..., Any], shuffled: pl.DataFrame, times: int) -> None:
    """A class whose rows were repeated is told with the share of copies; chance repeats and a bootstrap are not."""
    fine = shuffled.with_columns(pl.Series("wait", np.random.default_rng(5).normal(9, 2, N)))
    rare = fine.filter("converted")
    frame = pl.concat([fine, *[rare] * times]).sample(fraction=1, shuffle=True, seed=1)
    finding = said(oversampled, frame).findings[0]
    assert finding.columns == ("converted",)
    assert finding.evidence["true"]["copies"] == pytest.approx(times / (times + 1))
    assert not said(oversampled, fine).findings
    assert not said(oversampled, shuffled).findings
    assert not said(oversampled, fine.sample(fraction=1, with_replacement=True, seed=2)).findings
    assert said(oversampled, fine.drop("converted")) is None


def test_several_classes_repeated_at_once(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """Each rare class is held against the commonest, so that two repeated ones do not hide each other."""
    rng = np.random.default_rng(6)
    frame = shuffled.with_columns(
        pl.Series("wait", rng.normal(9, 2, N)), pl.Series("grade", rng.choice(["a", "b", "c"], N, p=[0.8, 0.1, 0.1]))
    ).drop("converted")
    rare = frame.filter(pl.col("grade") != "a")
    finding = said(oversampled, pl.concat([frame, rare, rare]), Ask(label="grade")).findings[0]
    assert set(finding.evidence) == {"b", "c"}


def test_real_tables(said: Callable[..., Any], real_data: Callable[[str], Path]) -> None:
    """Natural repeats are no repeated class; taking them out is seen; Online Shoppers are in no order."""
    shoppers = pl.read_csv(real_data("online_shoppers.csv"), infer_schema_length=None)
    hillstrom = pl.read_csv(real_data("hillstrom.csv.gz"), infer_schema_length=None)
    for frame in (shoppers, hillstrom):
        assert not any(said(check, frame).findings for check in (ordered, deduplicated, oversampled))
        assert said(deduplicated, frame.unique(maintain_order=True)).findings
    retail = pl.read_parquet(real_data("online_retail.parquet"))
    assert said(ordered, retail).findings[0].columns == ("InvoiceNo", "InvoiceDate")
