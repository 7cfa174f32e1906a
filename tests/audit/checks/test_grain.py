"""What one row is, what comes twice, what carries no signal."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import grain
from clientela.domain.finding import Severity
from clientela.domain.roles import Ask


def test_grain_names_key_and_visitors(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A unique visit id and a repeating visitor id make rows visits."""
    finding = said(grain.grain, plain).findings[0]
    assert finding.evidence["grain"] == "visit"
    assert finding.columns == ("visit_id", "visitor_id")
    assert finding.severity is Severity.INFO


def test_grain_that_cannot_be_read(said: Callable[..., Any]) -> None:
    """Without any telling column the grain is unknown; with session columns it seems a visit."""
    unknown = said(grain.grain, pl.DataFrame({"a": [1, 1, 2], "b": [3, 3, 3]})).findings[0]
    assert unknown.severity is Severity.NOTICE
    session = said(grain.grain, pl.DataFrame({"BounceRates": [0.1, 0.1, 0.2], "ExitRates": [0.1, 0.2, 0.2]})).findings[
        0
    ]
    assert session.title.startswith("One row seems to be a visit")


def test_duplicate_rows_with_and_without_key(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Copies are a warning beside an identifier, a question without one, and absent in a plain table."""
    nameless = plain.select("device", "clicks", "temper")
    found = said(grain.duplicate_rows, pl.concat([nameless, nameless.head(7)])).findings[0]
    assert (found.evidence["extra"], found.severity) == (7, Severity.NOTICE)
    copied = said(grain.duplicate_rows, pl.concat([plain, plain.head(5)])).findings[0]
    assert (copied.evidence["extra"], copied.severity) == (5, Severity.WARNING)
    assert not said(grain.duplicate_rows, plain).findings


def test_rows_equal_but_for_their_key(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """The same visit under a new number is found too."""
    again = plain.head(4).with_columns(pl.col("visit_id") + 90_000)
    finding = said(grain.duplicate_rows, pl.concat([plain, again])).findings[0]
    assert finding.evidence["extra_but_for_key"] == 4
    assert "but visit_id" in finding.title


def test_a_key_used_twice(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """An identifier of rows that repeats beyond copies is a warning."""
    number = pl.when(pl.col("visit_id") < 10_011).then(10_001).otherwise(pl.col("visit_id")).alias("visit_id")
    finding = said(grain.duplicate_key, plain.with_columns(number)).findings[0]
    assert finding.columns == ("visit_id",)
    assert finding.evidence["repeats"] == 9
    assert not said(grain.duplicate_key, plain).findings
    assert said(grain.duplicate_key, plain.select("device", "clicks")) is None


def test_identifiers_are_named(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Identifiers are no features; a table without any says so."""
    assert said(grain.identifier, plain).findings[0].columns == ("visit_id", "visitor_id")
    assert not said(grain.identifier, plain.select("device", "clicks")).findings


def test_constant_and_nearly(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A single value, and one value on nearly all rows, are told apart."""
    rare = np.where(np.arange(plain.height) < 5, "beta", "web")
    frame = plain.with_columns(pl.lit("shop").alias("source"), pl.Series("app", rare))
    assert said(grain.constant, frame).findings[0].columns == ("source",)
    assert said(grain.near_constant, frame).findings[0].columns == ("app",)
    assert not said(grain.constant, plain).findings
    assert not said(grain.near_constant, plain).findings


def test_many_values(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Text with more than fifty values is told; free text more loudly."""
    pages = [f"page {i % 90}" for i in range(plain.height)]
    notes = [f"note {i} of {i * i}" for i in range(plain.height)]
    few = said(grain.high_cardinality, plain.with_columns(pl.Series("page", pages))).findings[0]
    assert (few.columns, few.severity) == (("page",), Severity.INFO)
    free = said(grain.high_cardinality, plain.with_columns(pl.Series("note", notes))).findings[0]
    assert free.severity is Severity.NOTICE
    assert not said(grain.high_cardinality, plain).findings


def test_other_grains(audited: Callable[..., Any]) -> None:
    """Orders, order lines, visitors and days are told by what identifies the row."""
    n = 60
    lines = pl.DataFrame({"invoice_no": [f"I{i // 2}" for i in range(n)], "quantity": [1, 2, 3] * 20})
    orders = pl.DataFrame({"order_id": [f"O{i:03d}" for i in range(n)], "quantity": [1, 2] * 30})
    visitors = pl.DataFrame({"customer_id": [f"C{i:03d}" for i in range(n)], "quantity": [1, 2] * 30})
    days = pl.DataFrame({"date": pl.date_range(pl.date(2026, 1, 1), pl.date(2026, 3, 1), eager=True), "n": [1, 2] * 30})
    assert audited(lines).table.grain == "order line"
    assert audited(orders).table.grain == "order"
    assert audited(visitors).table.grain == "visitor"
    assert audited(days).table.grain == "day"
    assert audited(visitors, Ask(visitor="customer_id")).table.visitors == n


@pytest.mark.parametrize("kind", ["uuid", "hex", "running", "shuffled", "drawn"])
def test_a_unique_key_without_a_name(said: Callable[..., Any], plain: pl.DataFrame, kind: str) -> None:
    """Random keys and numbers of a list, unique beside visitor and time, are identifiers and no categories."""
    rng, n = np.random.default_rng(6), plain.height
    keys = {
        "uuid": [str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(n)],
        "hex": [rng.bytes(6).hex() for _ in range(n)],
        "running": np.arange(n) + 500,
        "shuffled": rng.permutation(n) + 7,
        "drawn": rng.choice(8 * n, n, replace=False) + 40_000,
    }
    frame = plain.drop("visit_id").with_columns(pl.Series("x7", keys[kind]))
    assert "x7" in said(grain.identifier, frame).findings[0].columns
    assert said(grain.grain, frame).findings[0].evidence["key"] == "x7"
    many = said(grain.high_cardinality, frame)
    assert many is None or not many.findings


def test_fine_numbers_are_no_identifiers(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Amounts and counts that hardly repeat are measures."""
    rng, n = np.random.default_rng(7), plain.height
    frame = plain.drop("visit_id", "visitor_id").with_columns(
        pl.Series("cents", rng.lognormal(9, 1, n).astype(np.int64)), pl.Series("points", rng.integers(0, 5 * n, n))
    )
    assert not said(grain.identifier, frame).findings


@pytest.mark.parametrize("share", [0.01, 0.05, 0.15])
def test_a_number_without_a_name_that_repeats(said: Callable[..., Any], plain: pl.DataFrame, share: float) -> None:
    """A running number that was given again to some rows is a key that repeats."""
    rng, n = np.random.default_rng(5), plain.height
    number = np.arange(n) + 300
    again = rng.choice(n - 1, int(share * n), replace=False) + 1
    number[again] = number[again - 1]
    finding = said(grain.duplicate_key, plain.drop("visit_id").with_columns(pl.Series("zw", number))).findings[0]
    assert finding.columns == ("zw",)
    assert finding.evidence["repeats"] == n - np.unique(number).size
    assert (finding.severity is Severity.WARNING) == (share < 0.1)


def test_a_key_that_repeats_inside_copies_only(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """With copies of whole rows the key stays the key, and nothing says that it repeats."""
    frame = pl.concat([plain, plain.sample(180, seed=1)])
    assert "repeats only inside these copies" in said(grain.duplicate_rows, frame).findings[0].title
    assert said(grain.grain, frame).findings[0].evidence["key"] == "visit_id"
    assert not said(grain.duplicate_key, frame).findings


def test_one_value_wherever_filled(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A single value with some gaps is constant; one on fewer than half of the rows says something by being there."""
    filled = pl.Series(np.random.default_rng(2).random(plain.height))
    frame = plain.with_columns(
        pl.when(filled < 0.93).then(pl.lit("EUR")).alias("currency"),
        pl.when(filled < 0.2).then(pl.lit("x")).alias("vip"),
    )
    finding = said(grain.constant, frame).findings[0]
    assert finding.columns == ("currency",)
    assert finding.title == "currency has the same value wherever a cell is filled."


def test_amounts_as_text_are_no_categories(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Numbers and dates kept as text are not to be grouped."""
    rng, n = np.random.default_rng(2), plain.height
    frame = plain.with_columns(
        pl.Series("price", [f"{v:.2f} €" for v in rng.lognormal(3, 1, n)]),
        pl.Series(
            "day",
            [f"{d:02d}.{m:02d}.2024" for d, m in zip(rng.integers(1, 29, n), rng.integers(1, 13, n), strict=True)],
        ),
    )
    assert not said(grain.high_cardinality, frame).findings


def test_rows_with_an_amount_are_purchases(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A customer, a date and an amount above zero on every row are purchases, not visits."""
    frame = plain.select(customer="visitor_id", date="visit_time", amount="amount_seen")
    assert said(grain.grain, frame).findings[0].evidence["grain"] == "purchase"
