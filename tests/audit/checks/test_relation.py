"""Which columns go together, and which say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from clientela.audit.checks import relation


def test_equal_and_recoded_columns_are_groups(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A column in another unit and a category in other words are redundant."""
    frame = plain.with_columns(
        fahrenheit=pl.col("temper") * 1.8 + 32,
        geraet=pl.col("device").replace({"mobile": "Handy", "desktop": "Rechner", "tablet": "Tablet"}),
    )
    finding = said(relation.redundant, frame).findings[0]
    assert sorted(finding.evidence["groups"]) == [["device", "geraet"], ["temper", "fahrenheit"]]
    assert not said(relation.redundant, plain).findings


def test_three_groups_are_counted(said: Callable[..., Any]) -> None:
    """Beyond two groups the sentence counts."""
    rng = np.random.default_rng(1)
    base = {name: rng.normal(size=300) for name in "abc"}
    frame = pl.DataFrame(base | {f"{name}2": values * 2 for name, values in base.items()})
    assert "1 more group." in said(relation.redundant, frame).findings[0].title


def test_a_coarser_category_is_not_the_same(said: Callable[..., Any]) -> None:
    """A group that a finer column determines is related, not redundant."""
    rng = np.random.default_rng(2)
    city = rng.integers(0, 20, 1000)
    frame = pl.DataFrame({"city": [f"c{i}" for i in city], "state": [f"s{i // 5}" for i in city]})
    assert not said(relation.redundant, frame).findings


def test_the_strongest_relation_is_named(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A related pair is named with strength and direction; unrelated columns give no finding."""
    rng = np.random.default_rng(4)
    frame = plain.with_columns(mood=pl.Series(-plain["temper"].to_numpy() + rng.normal(0, 1.5, plain.height)))
    finding = said(relation.association, frame).findings[0]
    assert finding.columns == ("temper", "mood")
    assert "falls as the other rises" in finding.title
    apart = plain.select("device", "amount_seen", "clicks", "temper")
    assert not said(relation.association, apart).findings
    assert said(relation.association, plain.select("clicks")) is None
