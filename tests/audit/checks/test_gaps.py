"""Whether other columns tell where a cell is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import gaps

RNG = np.random.default_rng(51)


def holed(plain: pl.DataFrame, chance: Any, name: str = "income") -> pl.DataFrame:
    """Return the table with a number that is missing with some chance per row."""
    values = np.where(RNG.random(plain.height) < chance, np.nan, RNG.normal(size=plain.height))
    return plain.with_columns(pl.Series(name, values).fill_nan(None))


def test_the_column_that_tells_is_named(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Gaps of phones, of high numbers, of a class are traced to them with the shares there and elsewhere."""
    phone = np.where(plain["device"] == "mobile", 0.3, 0.05)
    finding = said(gaps.missing_depends, holed(plain, phone)).findings[0]
    told = finding.evidence["income"]
    assert (finding.columns, told["by"], told["where"]) == (("income",), "device", "mobile")
    assert told["share"] == pytest.approx(0.3, abs=0.05)
    assert told["elsewhere"] == pytest.approx(0.05, abs=0.03)
    high = np.where(plain["temper"] > 14, 0.5, 0.05)
    told = said(gaps.missing_depends, holed(plain, high)).findings[0].evidence["income"]
    assert told["by"] == "temper"
    assert " to " in told["where"]
    bought = np.where(plain["converted"], 0.02, 0.4)
    assert said(gaps.missing_depends, holed(plain, bought)).findings[0].evidence["income"]["by"] == "converted"
    many = np.where(plain["clicks"] == 6, 0.6, 0.05)
    assert said(gaps.missing_depends, holed(plain, many)).findings[0].evidence["income"]["where"] == "6"


def test_gaps_since_a_day(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """What was not collected at first depends on the time."""
    late = np.where(np.arange(plain.height) < 500, 0.9, 0.02)
    told = said(gaps.missing_depends, holed(plain.drop("visit_id"), late)).findings[0].evidence["income"]
    assert told["by"] == "visit_time"


def test_gaps_by_chance_and_gaps_of_a_join(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Cells missing at random, on one column's whim, or where a join found no key, are no dependence."""
    by_chance = holed(holed(plain, 0.2), 0.1, "other")
    assert not said(gaps.missing_depends, by_chance).findings
    unknown = plain["visitor_id"].is_in([f"v{i:04d}" for i in range(0, 800, 3)])
    assert not said(gaps.missing_depends, holed(plain, unknown.cast(pl.Float64).to_numpy())).findings
    table = plain.select(pl.col("visitor_id").unique()).with_columns(age=pl.lit(1) + pl.int_range(pl.len()) % 70)
    joined = holed(plain, 0.1).join(
        table.filter(pl.col("age") > 20), on="visitor_id", how="left", maintain_order="left"
    )
    assert not said(gaps.missing_depends, joined).findings
    assert said(gaps.missing_depends, plain) is None


def test_columns_missing_together_are_one(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Two columns with one mask are told once, and neither explains the other; a second gap is counted."""
    frame = holed(plain, np.where(plain["device"] == "tablet", 0.8, 0.1))
    twice = frame.with_columns(wealth=pl.col("income") * 3)
    assert said(gaps.missing_depends, twice).findings[0].columns == ("income", "wealth")
    more = holed(twice, np.where(plain["device"] == "mobile", 0.4, 0.1), "age")
    finding = said(gaps.missing_depends, more).findings[0]
    assert finding.columns == ("income", "wealth", "age")
    assert "1 more gap" in finding.title


def test_rare_values_and_wide_tables(said: Callable[..., Any]) -> None:
    """Where the gap lies in values too rare to be named this is said; sixty columns are screened on fewer rows."""
    n = 9000
    town = RNG.integers(0, 60, n)
    frame = pl.DataFrame({"town": [f"t{i}" if i < 40 else f"r{i}" for i in town]})
    rarely = frame.filter(pl.Series((town < 39) | (RNG.random(n) < 0.4)))
    rare = rarely["town"].str.starts_with("r").to_numpy()
    told = said(gaps.missing_depends, holed(rarely, np.where(rare, 0.7, 0.05))).findings[0].evidence["income"]
    assert told["where"] == "one of the rarer values"
    wide = pl.DataFrame({f"c{i}": RNG.normal(size=n) for i in range(60)})
    wide = wide.with_columns(
        pl.when(pl.Series(RNG.random(n) < 0.1)).then(None).otherwise(pl.col(f"c{i}")).alias(f"c{i}") for i in range(50)
    )
    wide = wide.with_columns(pl.when((pl.col("c55") > 1) & (pl.col("c56") > 0)).then(None).otherwise("c0").alias("c0"))
    finding = said(gaps.missing_depends, wide).findings[0]
    assert (finding.columns, finding.evidence["c0"]["by"]) == (("c0",), "c55")


def test_real_tables(said: Callable[..., Any], real: Callable[[str], pl.DataFrame]) -> None:
    """Online Retail: the invoice decides whether the customer is known; without gaps nothing is tested."""
    retail = said(gaps.missing_depends, real("online_retail").sample(10_000, seed=1))
    assert not retail.findings
    assert said(gaps.missing_depends, real("hillstrom")) is None
