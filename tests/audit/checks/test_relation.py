"""Which columns go together, and which say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

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


@pytest.mark.parametrize("rows", [800, 3000])
def test_relations_of_medium_strength_are_told(said: Callable[..., Any], rows: int) -> None:
    """Two numbers, a category and a number, two categories: from a medium effect on, beside stronger pairs or alone."""
    rng = np.random.default_rng(rows)
    x, k = rng.normal(size=rows), rng.integers(0, 4, rows)
    again = np.where(rng.random(rows) < 0.4, k, rng.integers(0, 4, rows))
    near = 0.45 * x + rng.normal(size=rows)
    pairs = {
        "numeric": {"one": x, "other": near},
        "mixed": {"one": np.array(list("klmn"))[k], "other": 0.4 * k + rng.normal(size=rows)},
        "categorical": {"one": np.array(list("klmn"))[k], "other": np.array(list("vwxy"))[again]},
    }
    noise = {"clicks": rng.poisson(5, rows), "device": rng.choice(["mobile", "desktop", "tablet"], rows)}
    for cells in pairs.values():
        assert set(said(relation.association, pl.DataFrame(noise | cells)).findings[0].columns) == {"one", "other"}
    weak = pl.DataFrame(noise | {"one": x, "other": 0.15 * x + rng.normal(size=rows)})
    assert not said(relation.association, weak).findings
    several = pl.DataFrame({f"c{i}": x + 0.8 * rng.normal(size=rows) for i in range(4)})
    finding = said(relation.association, several).findings[0]
    assert "3 more pairs" in finding.title
    assert len(finding.columns) == 4


def test_categories_with_few_exceptions_and_units_are_the_same(said: Callable[..., Any]) -> None:
    """Recoded with one cell in a hundred otherwise, centimetres and inches, a copy with little noise."""
    rng = np.random.default_rng(8)
    n = 1500
    k = rng.integers(0, 5, n)
    other = np.where(rng.random(n) < 0.01, rng.integers(0, 5, n), k)
    size = rng.normal(172, 9, n)
    frame = pl.DataFrame(
        {
            "colour": np.array(["red", "blue", "green", "black", "white"])[k],
            "code": np.array(list("RBGKW"))[other],
            "cm": np.round(size),
            "inch": np.round(np.round(size) / 2.54, 1),
            "weight": np.round(size * 0.4 + rng.normal(0, 8, n), 1),
        }
    )
    groups = said(relation.redundant, frame).findings[0].evidence["groups"]
    assert sorted(sorted(group) for group in groups) == [["cm", "inch"], ["code", "colour"]]
