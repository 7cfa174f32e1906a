"""Columns computed from other columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import derived

C = pl.col


@pytest.fixture(scope="module")
def base(plain: pl.DataFrame) -> pl.DataFrame:
    """Return plain visits with prices, pieces, names and a second date, none computed from another."""
    rng = np.random.default_rng(41)
    n = plain.height
    towns = ["Bonn", "Graz", "Linz", "Köln", "Ulm", "Bern"]
    return plain.with_columns(
        pl.Series("price", rng.lognormal(3, 0.8, n).round(2)),
        pl.Series("shipping", rng.lognormal(1, 0.5, n).round(2)),
        pl.Series("pieces", rng.integers(1, 9, n)),
        pl.Series("spent", np.where(rng.random(n) < 0.9, 0, rng.lognormal(3, 1, n)).round(2)),
        pl.Series("town", rng.choice(towns, n)),
        pl.Series("code", [f"{rng.choice(list('ABCD'))}{i:03d}-{rng.integers(10)}" for i in rng.integers(0, 500, n)]),
        pl.Series("note", np.where(rng.random(n) < 0.3, np.nan, rng.normal(9, 2, n))).fill_nan(None),
    )


CASES: dict[str, tuple[pl.Expr, str]] = {
    "line": (C("temper") * 1.8 + 32, "1.8 x temper + 32"),
    "minus": (7 - C("temper"), "-temper + 7"),
    "rounded": (C("temper").round(1), "temper rounded to steps of 0.1"),
    "down": ((C("price") / 10).floor() * 10, "price rounded down to steps of 10"),
    "up": (C("price").ceil(), "price rounded up to whole numbers"),
    "log": ((1 + C("price")).log().round(4), "log(1 + price)"),
    "log10": (C("price").log(10), "log10(price)"),
    "root": (C("price").sqrt(), "the square root of price"),
    "inverse": (1 / C("price"), "1 / price"),
    "sum": (C("price") + C("shipping"), "price + shipping"),
    "difference": (C("price") - C("shipping"), "price - shipping"),
    "product": ((C("price") * C("pieces")).round(2), "price x pieces"),
    "ratio": (C("shipping") / C("price"), "shipping / price"),
    "percent": ((100 * C("shipping") / C("price")).round(1), "100 x shipping / price"),
    "range": ((C("price") > 10).cast(pl.Int64) + (C("price") > 20) + (C("price") > 50), "price cut into 4 ranges at"),
    "indicator": (C("spent") > 0, "true where spent > 0"),
    "level": (pl.when(C("price") >= 30).then(pl.lit("dear")).otherwise(pl.lit("cheap")), "dear where price >= 30"),
    "weekday": (C("visit_time").dt.strftime("%A"), "the day of the week of visit_time"),
    "month": (C("visit_time").dt.month(), "the month of visit_time"),
    "day": (C("visit_time").dt.date(), "the date of visit_time"),
    "weekend": (C("visit_time").dt.weekday() >= 6, "whether it is a weekend of visit_time"),
    "noted": (C("note").is_not_null(), "whether note is there"),
    "prefix": (C("code").str.head(3), "the first 3 characters of code"),
    "suffix": (C("code").str.tail(1), "the last character of code"),
    "upper": (C("town").str.to_uppercase(), "town in upper case"),
    "joined": (pl.concat_str("town", pl.lit("-"), "code"), 'town and code put together with "-"'),
}


def beside(base: pl.DataFrame, formula: pl.Expr) -> pl.DataFrame:
    """Return what a formula is made of, two other columns, and what it gives."""
    columns = {*formula.meta.root_names(), "temper", "price"}
    return base.select(name for name in base.columns if name in columns).with_columns(formula.alias("new"))


@pytest.mark.parametrize("name", list(CASES))
def test_formulas_are_found_in_words(said: Callable[..., Any], base: pl.DataFrame, name: str) -> None:
    """One computed column is found with its formula, and nothing else is called computed."""
    formula, words = CASES[name]
    finding = said(derived.derived, beside(base, formula)).findings[0]
    assert finding.columns == ("new",)
    assert finding.evidence["new"]["rule"].startswith(words)
    assert finding.evidence["new"]["holds"] >= 0.99


@pytest.mark.parametrize("name", ["line", "sum", "product", "rounded", "log10", "down"])
def test_two_wrong_rows_in_a_hundred_leave_the_formula(said: Callable[..., Any], base: pl.DataFrame, name: str) -> None:
    """The share of rows where the formula holds is told."""
    wrong = pl.Series(np.random.default_rng(1).random(base.height) < 0.02)
    formula = pl.when(wrong).then(CASES[name][0] * 1.3 + 7.77).otherwise(CASES[name][0])
    finding = said(derived.derived, beside(base, formula)).findings[0]
    assert finding.evidence["new"]["rule"] == CASES[name][1]
    assert 0.96 <= finding.evidence["new"]["holds"] <= 0.99


def test_signs_and_text_parts(said: Callable[..., Any], base: pl.DataFrame) -> None:
    """A number without its sign, and what stands before a sign, are told."""
    centred = base.with_columns(centred=C("temper") - 11)
    finding = said(derived.derived, centred.drop("temper").with_columns(size=C("centred").abs())).findings[0]
    assert finding.evidence["size"]["rule"] == "centred without its sign"
    path = pl.concat_str(C("town"), pl.lit("/"), C("code"))
    parts = base.with_columns(path.alias("path")).drop("town", "code")
    parts = parts.with_columns(area=C("path").str.split("/").list.first())
    assert (
        said(derived.derived, parts).findings[0].evidence["area"]["rule"] == 'what stands before the first "/" in path'
    )


def test_three_are_named_and_the_rest_counted(said: Callable[..., Any], base: pl.DataFrame) -> None:
    """One finding tells all computed columns."""
    frame = base.with_columns(CASES[name][0].alias(name) for name in ("line", "sum", "range", "weekday", "prefix"))
    findings = said(derived.derived, frame).findings
    assert [f.columns for f in findings] == [("line", "sum", "range", "weekday", "prefix")]
    assert "so are 2 more columns" in findings[0].title


def test_related_is_not_computed(said: Callable[..., Any], base: pl.DataFrame) -> None:
    """Plain tables, strong relations with noise and strong predictors of a class are not formulas."""
    rng = np.random.default_rng(6)
    noise = pl.Series(rng.normal(size=base.height))
    frame = base.with_columns(
        close=C("temper") * 2 + noise * 0.3,
        total=C("price") + C("shipping") + noise * 0.5,
        likely=(C("temper") + noise * 0.6) > 12,
        level=pl.Series(rng.integers(0, 3, base.height)),
    )
    assert not said(derived.derived, base).findings
    assert not said(derived.derived, frame).findings
    assert said(derived.derived, base.select("price")) is None


def test_real_tables(said: Callable[..., Any], real: Callable[[str], pl.DataFrame]) -> None:
    """Segments of history and the two outcomes are told in Hillstrom; nothing is made up elsewhere."""
    hillstrom = said(derived.derived, real("hillstrom")).findings[0]
    assert hillstrom.evidence["history_segment"]["rule"].startswith("history cut into 7 ranges")
    assert hillstrom.evidence["conversion"]["rule"] == "1 where spend > 0"
    assert hillstrom.columns == ("history_segment", "conversion")
    shoppers = said(derived.derived, real("online_shoppers")).findings
    assert [finding.columns for finding in shoppers] == [("Month",)]
    retail = said(derived.derived, real("online_retail").head(50_000)).findings
    assert [finding.columns for finding in retail] == [("InvoiceNo", "Quantity")]


SUMS = {
    "sum of three": (C("price") + C("shipping") + C("spent"), "price + shipping + spent"),
    "with a discount": ((C("price") + C("pieces") - C("shipping")).round(1), "price + pieces - shipping"),
    "sum of four": (C("price") + C("shipping") + C("pieces") + C("spent"), "price + shipping + pieces + spent"),
}


@pytest.mark.parametrize("name", list(SUMS))
def test_sums_of_parts(said: Callable[..., Any], base: pl.DataFrame, name: str) -> None:
    """Sums and differences of three or four columns are told, with two rows in a hundred wrong; noisy ones are not."""
    expression, words = SUMS[name]
    wrong = C("visit_id") % 50 == 0
    frame = base.with_columns(total=pl.when(wrong).then(C("price") * 1.7).otherwise(expression).round(2))
    rule = said(derived.derived, frame).findings[0].evidence["total"]
    assert sorted(rule["rule"].replace("- ", "-").replace("+ ", "").split()) == sorted(
        words.replace("- ", "-").replace("+ ", "").split()
    )
    assert rule["holds"] >= 0.95
    noise = pl.Series(np.random.default_rng(3).normal(0, 0.5, base.height))
    assert not said(derived.derived, base.with_columns(total=(expression + noise).round(2))).findings


def test_a_category_of_a_category(said: Callable[..., Any]) -> None:
    """A region said by the town, but for one cell in a hundred, is told; a town that only leans to a region is not."""
    rng = np.random.default_rng(9)
    n = 1200
    town = rng.integers(0, 25, n)
    region = np.where(rng.random(n) < 0.01, rng.integers(0, 5, n), town * 7 % 5)
    loose = np.where(rng.random(n) < 0.2, rng.integers(0, 5, n), town * 7 % 5)
    frame = pl.DataFrame({"town": [f"Town{chr(65 + i)}" for i in town], "clicks": rng.poisson(5, n)})
    names = np.array(["North", "South", "East", "West", "Centre"])
    rule = said(derived.derived, frame.with_columns(region=pl.Series(names[region]))).findings[0].evidence["region"]
    assert (rule["from"], rule["rule"]) == (["town"], "one value for each value of town")
    assert not said(derived.derived, frame.with_columns(region=pl.Series(names[loose]))).findings


def test_a_text_and_a_number_put_together(said: Callable[..., Any], base: pl.DataFrame) -> None:
    """A key made of a word and a whole number is told with its sign."""
    frame = base.with_columns(key=pl.concat_str(C("town"), pl.lit("-"), C("clicks")))
    assert said(derived.derived, frame).findings[0].evidence["key"]["rule"] == 'town and clicks put together with "-"'


def test_no_number_says_the_month_by_a_short_stretch(said: Callable[..., Any], base: pl.DataFrame) -> None:
    """In six weeks in order neither the day nor a counter says the month; a month says its quarter in any year."""
    start = pl.date(2024, 1, 10) + pl.duration(days=pl.int_range(pl.len()) * 45 // pl.len())
    frame = base.drop("visit_time", "visit_id").with_columns(
        day=start.dt.day(), month=start.dt.month(), counter=pl.int_range(pl.len()) * 2.5
    )
    found = said(derived.derived, frame).findings
    assert not [f for f in found if "month" in f.columns and "without a year" not in f.title]
    month = pl.Series("month", np.random.default_rng(2).integers(1, 13, base.height))
    year = base.drop("visit_time", "visit_id").with_columns(month, quarter=(month - 1) // 3 + 1)
    assert "month cut into 4" in said(derived.derived, year).findings[0].title
