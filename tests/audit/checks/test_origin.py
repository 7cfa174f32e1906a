"""Where columns came from, and what a live decision cannot know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import origin
from clientela.domain.column import Available
from clientela.domain.roles import Ask


@pytest.fixture(scope="module")
def joined(plain: pl.DataFrame) -> pl.DataFrame:
    """Return plain visits with two columns joined by area, a tenth of the areas unmatched."""
    rng = np.random.default_rng(5)
    areas = [f"A{i:03d}" for i in range(80)]
    power = pl.DataFrame({"area": areas, "power": rng.normal(100, 20, 80).round(1), "size": rng.choice(["s", "m"], 80)})
    visits = plain.with_columns(pl.Series("area", rng.choice(areas, plain.height)))
    return visits.join(power.filter(pl.col("area") >= "A008"), on="area", how="left", maintain_order="left")


def test_block_key_coverage_and_fan_out(said: Callable[..., Any], joined: pl.DataFrame) -> None:
    """The block is told with its key and the rows matched."""
    finding = said(origin.joined_block, joined).findings[0]
    assert finding.evidence["key_columns"] == ["area"]
    assert finding.columns == ("power", "size")
    assert finding.evidence["coverage"] == pytest.approx(1 - joined["power"].null_count() / joined.height)
    assert finding.evidence["fan_out"] == 1.0


def test_fan_out_is_measured_against_collected_columns(said: Callable[..., Any], joined: pl.DataFrame) -> None:
    """Rows multiplied by a join show as several rows per collected row."""
    double = pl.concat([joined, joined.with_columns(pl.col("power") + 1)])
    collected = ("visit_id", "visitor_id", "visit_time", "device")
    finding = said(origin.joined_block, double, Ask(collected=collected)).findings[0]
    assert 1.8 < finding.evidence["fan_out"] <= 2.0


def test_a_clean_single_source_has_no_block(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """No block is claimed where nothing was joined."""
    assert not said(origin.joined_block, plain).findings


def test_one_complete_column_needs_a_word(said: Callable[..., Any], joined: pl.DataFrame) -> None:
    """A single complete column may be a coarser form of its key, unless somebody said it was joined."""
    single = joined.drop("size").with_columns(pl.col("power").fill_null(0.5))
    assert not said(origin.joined_block, single).findings
    collected = ("visit_id", "visitor_id", "visit_time", "device", "area")
    assert said(origin.joined_block, single, Ask(collected=collected)).findings[0].columns == ("power",)


def test_blocks_make_columns_known_before_the_visit(context_of: Callable[..., Any], joined: pl.DataFrame) -> None:
    """What a key determines is known before the visit."""
    roles = context_of(joined).roles
    assert roles.column("power").available is Available.BEFORE
    assert roles.column("clicks").available is Available.UNKNOWN


def test_what_a_live_decision_cannot_know(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Outcomes and totals of the visit are named; a table without them passes."""
    frame = plain.with_columns(
        session_duration=pl.col("clicks") * 10,
        revenue=pl.when(pl.col("converted")).then(pl.col("amount_seen")).otherwise(0.0),
    )
    finding = said(origin.unavailable_live, frame).findings[0]
    assert finding.columns == ("session_duration", "revenue")
    assert not said(origin.unavailable_live, plain).findings
