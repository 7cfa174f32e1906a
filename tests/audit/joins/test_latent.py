"""Blocks whose key is not in the extract."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import origin


def attributes(keys: pl.Series, seed: int) -> pl.DataFrame:
    """Return three attributes per key; a tenth of the keys is not known."""
    rng = np.random.default_rng(seed)
    values = keys.unique(maintain_order=True)
    table = pl.DataFrame(
        {
            keys.name: values,
            "power": rng.normal(100, 20, values.len()).round(1),
            "share": rng.random(values.len()).round(2),
            "kind": rng.choice(list("xyz"), values.len()),
        }
    ).filter(pl.Series(rng.random(values.len()) < 0.9))
    return pl.DataFrame({keys.name: keys}).join(table, on=keys.name, how="left", maintain_order="left").drop(keys.name)


@pytest.fixture(scope="module")
def keyless(plain: pl.DataFrame) -> pl.DataFrame:
    """Return plain visits with three columns joined on an area that is not there any more."""
    area = pl.Series("area", np.random.default_rng(8).integers(0, 90, plain.height))
    return pl.concat([plain, attributes(area, 9)], how="horizontal")


def test_a_block_without_its_key_is_found(said: Callable[..., Any], keyless: pl.DataFrame) -> None:
    """Columns that repeat together are one block although no key is there, with the rows matched."""
    finding = said(origin.joined_block, keyless).findings[0]
    assert finding.columns == ("power", "share", "kind")
    assert finding.evidence["key"] is None
    assert "a key that is not in the extract" in finding.title
    assert finding.evidence["coverage"] == pytest.approx(1 - keyless["power"].null_count() / keyless.height)


def test_cell_noise_and_two_blocks(said: Callable[..., Any], plain: pl.DataFrame, keyless: pl.DataFrame) -> None:
    """Two cells in a hundred overwritten hide no block, and a second one stays apart."""
    rng = np.random.default_rng(10)
    noisy = pl.when(pl.Series(rng.random(plain.height) < 0.02)).then(55.5).otherwise(pl.col("power")).alias("power")
    shop = pl.Series("shop", rng.integers(0, 70, plain.height))
    second = attributes(shop, 11).rename({name: f"shop_{name}" for name in ("power", "share", "kind")})
    findings = said(origin.joined_block, pl.concat([keyless.with_columns(noisy), second], how="horizontal")).findings
    assert {finding.columns for finding in findings} == {
        ("power", "share", "kind"),
        ("shop_power", "shop_share", "shop_kind"),
    }


def test_what_no_join_brought_is_no_block(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Forms of one number, rows repeated whole, and columns that are zero together are no block."""
    rng = np.random.default_rng(12)
    age = rng.integers(18, 90, plain.height)
    forms = plain.with_columns(
        pl.Series("age", age),
        pl.Series("age_group", np.where(age < 30, "young", np.where(age < 60, "middle", "old"))),
        pl.Series("adult", age >= 21),
    )
    assert not said(origin.joined_block, forms).findings
    bare = plain.select("device", "amount_seen", "clicks", "temper", "converted")
    assert not said(origin.joined_block, pl.concat([bare] * 8)).findings
    active = pl.Series(rng.random(plain.height) < 0.2)
    zeros = plain.with_columns(
        (pl.Series(name, rng.integers(1, 60, plain.height)) * active.cast(pl.Int64)).alias(name) for name in "abc"
    )
    assert not said(origin.joined_block, zeros).findings


def test_economic_columns_of_bank_marketing(said: Callable[..., Any], real_data: Callable[[str], Path]) -> None:
    """The five economic indicators are one block although the date they were joined on is gone."""
    with zipfile.ZipFile(real_data("bank-additional.zip")) as packed:
        name = next(n for n in packed.namelist() if n.endswith("full.csv") and "MACOSX" not in n)
        frame = pl.read_csv(packed.read(name), separator=";", infer_schema_length=None)
    findings = said(origin.joined_block, frame).findings
    economic = ("emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed")
    assert [(f.columns, f.evidence["key"]) for f in findings] == [(economic, None)]


@pytest.mark.parametrize("name", ["online_shoppers.csv", "hillstrom.csv.gz", "online_retail.parquet"])
def test_no_block_in_clean_single_sources(
    said: Callable[..., Any], real_data: Callable[[str], Path], name: str
) -> None:
    """Nothing is claimed where one system wrote the table."""
    path = real_data(name)
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)
    assert not said(origin.joined_block, frame.head(60_000)).findings


def test_gaps_in_common_part_what_a_missing_key_brought(context_of: Callable[..., Any]) -> None:
    """Two columns with the same gaps are a block; a full column of the same thing does not raise its coverage."""
    rng = np.random.default_rng(71)
    code, known = rng.integers(0, 80, 4000), rng.random(80) < 0.7
    held = pl.Series(known[code])
    price, score = rng.normal(50, 9, 80).round(2)[code], rng.integers(1, 9, 80)[code]
    frame = pl.DataFrame({"pages": rng.poisson(4, 4000), "paid": rng.gamma(2, 20, 4000).round(2)}).with_columns(
        pl.Series("level", rng.choice(["low", "high"], 80)[code]),
        pl.when(held).then(pl.Series(price)).alias("rent"),
        pl.when(held).then(pl.Series(score)).alias("stars"),
    )
    (block,) = context_of(frame).blocks
    assert (block.key_columns, block.columns) == ((), ("rent", "stars"))
    assert block.coverage == pytest.approx(held.mean())


def test_two_forms_of_one_amount_with_its_gaps_are_no_block(context_of: Callable[..., Any]) -> None:
    """Net and gross, missing together, follow from each other."""
    rng = np.random.default_rng(72)
    net = rng.choice(rng.gamma(2, 20, 90).round(2), 4000)
    held = pl.Series(rng.random(4000) < 0.8)
    frame = pl.DataFrame({"pages": rng.poisson(4, 4000)}).with_columns(
        pl.when(held).then(pl.Series(net)).alias("net"),
        pl.when(held).then(pl.Series((net * 1.19).round(2))).alias("gross"),
    )
    assert context_of(frame).blocks == ()


def customers(rows: int, seed: int) -> pl.DataFrame:
    """Return coarse attributes of customers with five visits each, of whom two thirds are known, without a number."""
    rng = np.random.default_rng(seed)
    count = rows // 5
    code, known = rng.integers(0, count, rows), rng.random(count) < 0.66
    table = {
        "points": rng.gamma(1.2, 200, count).round(),
        "grown": rng.integers(18, 80, count),
        "rank": rng.choice(["low", "mid", "top"], count),
    }
    return pl.DataFrame({name: pl.Series(values[code]) for name, values in table.items()}).select(
        pl.when(pl.Series(known[code])).then(pl.all())
    )


def test_several_coarse_columns_stand_for_the_key(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Where each value is shared by several customers, they are told by repeating on one share of the rows."""
    block = customers(plain.height, 81)
    found = [b for b in context_of(pl.concat([plain, block], how="horizontal")).blocks if not b.key_columns]
    assert [b.columns for b in found] == [("points", "grown", "rank")]
    assert found[0].coverage == pytest.approx(1 - block["points"].null_count() / block.height)


def test_columns_missing_together_are_no_block(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Not answers of a survey, however alike, nor two counts and their sum, nor rows that were copied."""
    rng = np.random.default_rng(82)
    answered = pl.Series(rng.random(plain.height) < 0.5)
    mood = rng.integers(1, 9, plain.height)
    bought, gifts = rng.poisson(6, plain.height), rng.poisson(5, plain.height)
    survey = {
        "mood": mood,
        "ease": np.clip(mood + rng.integers(-1, 2, plain.height), 1, 9),
        "price": np.clip(mood + rng.integers(-1, 2, plain.height), 1, 9),
    }
    for columns in (survey, {"bought": bought, "gifts": gifts, "items": bought + gifts}):
        frame = plain.with_columns(
            pl.when(answered).then(pl.Series(values)).alias(name) for name, values in columns.items()
        )
        assert all(block.key_columns for block in context_of(frame).blocks)
        again = frame[rng.integers(0, frame.height, frame.height)].drop("visit_id", "visit_time", strict=False)
        numbered = again.with_columns(pl.Series("line", np.arange(again.height) + 90_001))
        assert not [b for b in context_of(numbered).blocks if set(b.columns) & set(columns)]


def test_a_date_with_the_gaps_of_its_columns_is_no_key(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A day of joining, empty where the customer is unknown, came with the other columns."""
    rng = np.random.default_rng(83)
    code = rng.integers(0, 300, plain.height)
    known = pl.Series((rng.random(300) < 0.6)[code])
    since = pl.Series((18_000 + rng.integers(0, 2000, 300))[code]).cast(pl.Date)
    frame = plain.with_columns(
        pl.when(known).then(since).alias("joined_on"),
        pl.when(known).then(pl.Series(rng.gamma(2, 90, 300).round(1)[code])).alias("worth"),
        pl.when(known).then(pl.Series(rng.choice(["low", "mid", "top"], 300)[code])).alias("rank"),
    )
    (block,) = context_of(frame).blocks
    assert (block.key_columns, block.columns) == ((), ("joined_on", "worth", "rank"))
