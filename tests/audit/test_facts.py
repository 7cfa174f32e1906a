"""What is asked of the table once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit import facts as module
from clientela.audit.arrays import BINS, MOST_LEVELS, to_arrays
from clientela.domain.column import Field, Storage


def test_facts_are_those_of_the_table(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Counts, quantiles, most frequent values and masks come from the seam."""
    facts = context_of(plain).facts
    clicks = facts.columns["clicks"]
    assert clicks.distinct == plain["clicks"].n_unique()
    assert dict(clicks.quantiles)[0.5] == plain["clicks"].median()
    device = facts.columns["device"]
    assert device.count_of("mobile") == (plain["device"] == "mobile").sum()
    assert device.count_of("fridge") is None
    assert facts.columns["visitor_id"].masks == (("a9999", 2000),)
    assert (facts.names[0], facts.scale) == ("visit_id", 1.0)


def test_columns_of_many_values_are_taken_from_the_sample(
    context_of: Callable[..., Any], plain: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a column has too many values its quantiles and top values come from the sample, the ends from the table."""
    monkeypatch.setattr(module, "EXACT_DISTINCT", 100)
    # another frame than the one whose context is kept
    facts = context_of(plain.clone()).facts
    amount = facts.columns["amount_seen"]
    assert amount.top == ()
    assert dict(amount.quantiles)[1.0] == plain["amount_seen"].max()
    assert dict(amount.quantiles)[0.5] == pytest.approx(plain["amount_seen"].median(), rel=0.01)
    visitors = plain["visitor_id"].value_counts()["count"].max()
    assert facts.columns["visitor_id"].top[0][1] == visitors


def test_arrays_of_every_storage() -> None:
    """Numbers, dates, words and nested cells become codes; missing is code 0."""
    frame = pl.DataFrame(
        {
            "n": [3.0, None, float("nan"), float("inf")],
            "w": ["b", None, "a", "b"],
            "l": [[1], [2], None, [1]],
            "d": [None, 86_400_000_000, 0, 0],
        }
    ).with_columns(pl.col("d").cast(pl.Datetime("us")))
    storages = (Storage.NUMBER, Storage.TEXT, Storage.OTHER, Storage.TIMESTAMP)
    fields = tuple(Field(name, storage) for name, storage in zip(frame.columns, storages, strict=True))
    arrays = to_arrays(frame, fields)
    assert arrays.identity["w"].tolist() == [2, 0, 1, 2]
    assert arrays.identity["l"].tolist() == [1, 2, 0, 1]
    assert arrays.finite("n").tolist() == [3.0]
    assert arrays.finite("d").tolist() == [86_400.0, 0.0, 0.0]
    assert arrays.missing("w").tolist() == [False, True, False, False]
    assert (arrays.ranked, arrays.grouped) == (("n", "d"), ("w", "l"))


def test_bins_hold_about_equal_shares_and_atoms_alone() -> None:
    """Numbers fall into few bins, a frequent value has its own, rare words are together."""
    rng = np.random.default_rng(1)
    numbers = np.where(rng.random(5000) < 0.4, 0, rng.lognormal(size=5000))
    words = [f"w{i}" for i in rng.zipf(1.3, 5000)]
    fields = (Field("n", Storage.NUMBER), Field("w", Storage.TEXT), Field("e", Storage.NUMBER))
    frame = pl.DataFrame({"n": numbers, "w": words, "e": [None] * 5000}, schema_overrides={"e": pl.Float64})
    arrays = to_arrays(frame, fields)
    assert arrays.bins["n"].max() <= 2 * BINS
    assert np.unique(arrays.bins["n"][numbers == 0]).size == 1
    assert not np.isin(arrays.bins["n"][numbers > 0], arrays.bins["n"][numbers == 0]).any()
    assert arrays.bins["w"].max() == MOST_LEVELS + 1
    assert arrays.bins["e"].max() == 0


def test_no_columns_of_a_kind() -> None:
    """Without numeric or without categorical columns the matrices are empty."""
    words = to_arrays(pl.DataFrame({"w": ["a"]}), (Field("w", Storage.TEXT),))
    numbers = to_arrays(pl.DataFrame({"n": [1.0]}), (Field("n", Storage.NUMBER),))
    assert words.ranks().size == 0
    assert numbers.levels().size == 0
