"""Missing values, codes for missing, outliers, tails, balance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import values
from clientela.domain.column import Storage
from clientela.domain.finding import Severity
from clientela.domain.reading import ReadColumn, Reading
from clientela.domain.roles import Ask

RNG = np.random.default_rng(8)
N = 1000


def test_missing_cells(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Missing cells are counted, worst column first; half a column or a label missing is a warning."""
    some = plain.with_columns(pl.when(pl.col("clicks") > 8).then(pl.col("clicks")).alias("clicks"))
    finding = said(values.missing, some).findings[0]
    assert finding.severity is Severity.WARNING
    few = plain.with_columns(pl.when(pl.col("clicks") < 8).then(pl.col("clicks")).alias("clicks"))
    assert said(values.missing, few).findings[0].severity is Severity.NOTICE
    assert not said(values.missing, plain).findings


def test_columns_missing_together(said: Callable[..., Any]) -> None:
    """Two columns with one mask are a group, a third with its own is not in it."""
    gone = RNG.random(N) < 0.3
    frame = pl.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N), "c": RNG.normal(size=N)}).with_columns(
        pl.when(~pl.Series(gone)).then(pl.col("a", "b")),
        pl.when(pl.Series(RNG.random(N) < 0.7)).then(pl.col("c")),
    )
    assert said(values.joint_missing, frame).findings[0].evidence["groups"] == [["a", "b"]]
    assert not said(values.joint_missing, frame.select("a", "c")).findings
    assert said(values.joint_missing, frame.select("a")) is None


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (np.where(np.arange(N) % 20 == 0, -999, RNG.integers(0, 40, N)), "-999"),
        (np.where(np.arange(N) % 20 == 0, 9999.0, RNG.normal(20, 5, N)), "9,999"),
        (np.where(np.arange(N) % 5 == 0, -1, RNG.integers(0, 40, N)), "-1"),
        (np.where(np.arange(N) % 5 == 0, "n/a", "yes"), "n/a"),
        ([dt.date(1900, 1, 1) if i % 9 == 0 else dt.date(2026, 1, 1 + i % 28) for i in range(N)], "1900-01-01"),
    ],
)
def test_codes_for_missing(said: Callable[..., Any], cells: Any, value: str) -> None:
    """Numbers, words and dates that stand for missing are found with their share."""
    finding = said(values.sentinel, pl.DataFrame({"since": cells})).findings[0]
    assert finding.evidence["since"]["value"] == value
    assert finding.evidence["since"]["rows"] in (50, 200, 112)


@pytest.mark.parametrize(
    "cells",
    [
        RNG.integers(0, 1500, N),
        RNG.normal(0, 3, N).round(),
        np.where(np.arange(N) == 3, -1, RNG.integers(0, 40, N)),
        np.where(np.arange(N) % 2 == 0, "none", "some"),
        [1, 2] * 500,
    ],
)
def test_plain_columns_have_no_codes(said: Callable[..., Any], cells: Any) -> None:
    """999 among a thousand others, a signed column and a class called none are no codes."""
    assert not said(values.sentinel, pl.DataFrame({"since": cells})).findings


def test_several_words_are_named_together(said: Callable[..., Any]) -> None:
    """One sentence tells of all columns with the same word, and one of different words."""
    frame = pl.DataFrame({"job": ["unknown", "clerk"] * 50, "loan": ["yes", "no", "no", "unknown"] * 25})
    finding = said(values.sentinel, frame).findings[0]
    assert finding.columns == ("job", "loan")
    mixed = frame.with_columns(pl.col("loan").replace("unknown", "?"))
    assert "? in loan" in said(values.sentinel, mixed).findings[0].title


def test_outliers_tell_what_they_change(said: Callable[..., Any]) -> None:
    """A slip of the decimal point is found with the mean without it; a lognormal column has none."""
    steady = RNG.normal(50, 5, N)
    slipped = np.where(np.arange(N) < 5, steady * 1000, steady)
    finding = said(values.outliers, pl.DataFrame({"price": slipped})).findings[0]
    assert finding.evidence["columns"]["price"]["rows"] == 5
    assert finding.evidence["columns"]["price"]["mean_without"] == pytest.approx(50, abs=1)
    assert not said(values.outliers, pl.DataFrame({"price": RNG.lognormal(3, 1, N)})).findings


def test_heavy_tails(said: Callable[..., Any]) -> None:
    """A Pareto column is heavy, an exponential one is not."""
    heavy = pl.DataFrame({"spent": RNG.pareto(1.1, N), "seen": RNG.pareto(1.2, N)})
    assert len(said(values.heavy_tail, heavy).findings[0].columns) == 2
    assert not said(values.heavy_tail, pl.DataFrame({"spent": RNG.exponential(size=N)})).findings


@pytest.mark.parametrize("rows", [800, 2000])
def test_tails_heavier_than_exponential(said: Callable[..., Any], rows: int) -> None:
    """Lognormal of deviation 1.2 and Lomax are told in small tables; milder ones, and few buyers alone, are not."""
    rng = np.random.default_rng(rows)
    for heavy in (rng.lognormal(3, 1.2, rows), rng.pareto(2.2, rows)):
        assert said(values.heavy_tail, pl.DataFrame({"c": heavy})).findings
    few = np.where(rng.random(rows) < 0.3, rng.exponential(50, rows), 0)
    for mild in (rng.lognormal(3, 0.6, rows), rng.exponential(size=rows), rng.gamma(2, 1, rows), few):
        assert not said(values.heavy_tail, pl.DataFrame({"c": mild})).findings
    bought = np.where(rng.random(rows) < 0.6, rng.lognormal(3, 1.5, rows), 0)
    assert "of rows above zero" in said(values.heavy_tail, pl.DataFrame({"c": bought})).findings[0].title


def test_mostly_zero(said: Callable[..., Any]) -> None:
    """A column of zeros with amounts among them is told; counts that are zero now and then are not."""
    zeros = np.where(RNG.random(N) < 0.7, 0, RNG.lognormal(3, 1, N))
    assert said(values.zero_inflated, pl.DataFrame({"spent": zeros})).findings
    assert not said(values.zero_inflated, pl.DataFrame({"seen": RNG.poisson(6, N)})).findings


def test_balance_of_classes(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """The positive class is stated with its share; rare and single classes weigh more."""
    finding = said(values.class_balance, plain).findings[0]
    assert finding.evidence["class"] == "true"
    assert finding.evidence["low"] < finding.evidence["share"] < finding.evidence["high"]
    rare = plain.with_columns(converted=pl.col("visit_id") < 10_050)
    assert said(values.class_balance, rare).findings[0].severity is Severity.NOTICE
    one = plain.with_columns(converted=pl.lit("yes"))
    assert said(values.class_balance, one, Ask(label="converted")).findings[0].severity is Severity.BLOCKER
    even = plain.with_columns(converted=pl.col("visit_id") % 2 == 0)
    assert "balanced" in said(values.class_balance, even).findings[0].advice
    lists = plain.with_columns(converted=pl.lit([1, 2]))
    assert said(values.class_balance, lists, Ask(label="converted")) is None


def test_balance_of_amounts_and_of_nothing(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """An amount as label has zeros and a mean; no label, or an empty one, is refused."""
    amount = plain.with_columns(spend=pl.when(pl.col("converted")).then(pl.col("amount_seen")).otherwise(0.0))
    assert "amount" in said(values.class_balance, amount, Ask(label="spend")).findings[0].title
    assert said(values.class_balance, plain.select("device", "clicks")) is None
    empty = plain.with_columns(converted=pl.lit(None, dtype=pl.String))
    assert said(values.class_balance, empty, Ask(label="converted")).findings[0].evidence["empty"] == empty.height


def test_more_than_two_classes_are_listed(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Every class is named with its share."""
    group = pl.when(pl.col("clicks") > 8).then(pl.lit("top")).when(pl.col("clicks") > 5).then(pl.lit("low"))
    frame = plain.with_columns(revenue_group=group.otherwise(pl.lit("none"))).drop("converted")
    title = said(values.class_balance, frame).findings[0].title
    assert all(word in title for word in ("none", "low", "top"))


def test_codes_for_missing_are_no_outliers(context_of: Callable[..., Any], audited: Callable[..., Any]) -> None:
    """What stands for missing spoils neither means, caps nor charts."""
    cells = np.where(np.arange(N) % 20 == 0, -999.0, RNG.normal(20, 5, N))
    frame = pl.DataFrame({"warmth": cells})
    assert context_of(frame).finite("warmth").size == 950
    result = audited(frame)
    assert [f.code for f in result.findings if f.columns == ("warmth",)] == ["sentinel"]
    assert result.profile("warmth").bins[0].low > -50


@pytest.mark.parametrize("word", ["unknown", "#N/A", "keine Angabe", "none", "-", "sin datos", "—"])
def test_rare_words_for_missing(said: Callable[..., Any], word: str) -> None:
    """A word for missing is found among hundreds of towns and among numbers, where it is too rare for the top."""
    towns = [f"town {i % 400}" for i in range(3000)]
    numbers = [f"{value:.2f}" for value in RNG.normal(50, 9, 3000)]
    for i in (5, 60, 700):
        numbers[i] = word
        towns[i] = word if word != "none" else "unknown"
    finding = said(values.sentinel, pl.DataFrame({"town": towns, "load": numbers})).findings[0]
    assert finding.columns == ("town", "load")
    assert finding.evidence["load"]["rows"] == 3


def test_rare_dates_for_missing(said: Callable[..., Any]) -> None:
    """Four rows at the end of the calendar stand for missing among two thousand different days."""
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(2000)]
    frame = pl.DataFrame({"since": [*days, *[dt.date(9999, 12, 31)] * 4]})
    assert said(values.sentinel, frame).findings[0].evidence["since"]["rows"] == 4
    assert not said(values.sentinel, frame.head(2001)).findings


def test_words_read_as_missing_are_told(said: Callable[..., Any]) -> None:
    """What the reading took for missing is told with its number of cells, as no fault."""
    read = ReadColumn("load", "load", "A", Storage.NUMBER, coercions={"null_word": 5, "error": 2})
    frame = pl.DataFrame({"load": [1.0, None, 2.0]})
    finding = said(values.sentinel, frame, reading=Reading("v.csv", "csv", columns=(read,))).findings[0]
    assert (finding.severity, finding.evidence) == (Severity.INFO, {"read_as_missing": {"load": 7}})


def test_a_label_without_a_value(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A label that was asked for and is empty everywhere stops the plan."""
    frame = plain.with_columns(pl.lit(None, dtype=pl.String).alias("bought"))
    finding = said(values.class_balance, frame, Ask(label="bought")).findings[0]
    assert finding.severity is Severity.BLOCKER
    assert finding.title == "The label bought is empty on every row: there is nothing to predict."
