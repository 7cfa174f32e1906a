"""Where columns came from, and what a live decision cannot know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import grain, origin
from clientela.domain.column import Available
from clientela.domain.finding import Severity
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


AFTERWARDS = (
    "refund_amount",
    "returned",
    "churn_dt",
    "cancelled_at",
    "Rückgabe",
    "Stornodatum",
    "Kündigung",
    "Mahnstufe",
    "Bewertung nach Kauf",
    "Erstattungsbetrag",
    "Lieferdatum",
    "remboursement",
    "date_resiliation",
    "annulation",
    "livraison_le",
    "reembolso",
    "devolución",
    "fecha_baja",
    "cancelación",
    "entrega",
    "nps",
    "dlvd",
    "rma",
)
NOT_AFTERWARDS = (
    "previous_returns",
    "return_policy",
    "avg_rating",
    "num_complaints",
    "returning_visitor",
    "churn_score",
    "delivery_cost",
    "days_since_last_order",
    "preview",
    "age",
    "Kunde",
)


@pytest.mark.parametrize("name", AFTERWARDS)
def test_names_that_say_afterwards(said: Callable[..., Any], plain: pl.DataFrame, name: str) -> None:
    """What is filled after a purchase is told by name, in several languages and shortened."""
    finding = said(origin.unavailable_live, plain.with_columns((pl.col("clicks") % 5).alias(name))).findings[0]
    assert finding.columns == (name,)
    assert finding.severity is Severity.NOTICE


@pytest.mark.parametrize("name", NOT_AFTERWARDS)
def test_names_that_do_not(said: Callable[..., Any], plain: pl.DataFrame, name: str) -> None:
    """The past of a person, rules of the shop and guesses are known before."""
    assert not said(origin.unavailable_live, plain.with_columns((pl.col("clicks") % 5).alias(name))).findings


def test_a_date_that_always_comes_later(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A date after the row's own time wherever both are there is told; one on both sides, or set ahead, is not."""
    rng = np.random.default_rng(1)
    days = [timedelta(days=int(d)) for d in rng.integers(0, 9, plain.height)]
    later = pl.col("visit_time").dt.date() + pl.Series("d", days)
    either = pl.col("visit_time").dt.date() + pl.Series("d", days) - pl.duration(days=3)
    some = pl.when(pl.Series(rng.random(plain.height)) < 0.3).then(later)
    finding = said(origin.unavailable_live, plain.with_columns(some.alias("dtx"), either.alias("signup_day"))).findings[
        0
    ]
    assert finding.columns == ("dtx",)
    assert not said(origin.unavailable_live, plain.with_columns(later.alias("arrival"))).findings


def test_what_describes_a_visitor_is_no_join(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Attributes of a visitor, also one with gaps, describe the visitor; gaps in common, or a word, tell a join."""
    rng = np.random.default_rng(7)
    visitor = plain["visitor_id"].rank("dense").to_numpy().astype(int)
    own = {
        "age": pl.Series(rng.integers(18, 80, 900)[visitor]).cast(pl.Float64),
        "plan": [("basic", "plus", "pro")[code] for code in rng.integers(0, 3, 900)[visitor]],
        "score_pts": np.round(rng.normal(60, 9, 900), 1)[visitor],
    }
    frame = plain.with_columns(**{name: pl.Series(cells) for name, cells in own.items()})
    frame = frame.with_columns(pl.when(pl.Series(visitor % 5 > 0)).then(pl.col("age")).alias("age"))
    assert not said(origin.joined_block, frame).findings
    (finding,) = said(grain.grain, frame).findings
    assert finding.evidence["describe_the_visitor"] == ["age", "plan", "score_pts"]
    assert "age, plan and score_pts describe the visitor" in finding.title
    told = said(origin.joined_block, frame, Ask(collected=tuple(plain.columns))).findings
    assert {name for block in told for name in block.columns} == {"age", "plan", "score_pts"}
    known = pl.Series(visitor % 3 > 0)
    gaps = frame.with_columns(pl.when(known).then(pl.col(name)).alias(name) for name in ("plan", "score_pts"))
    assert said(origin.joined_block, gaps).findings[0].columns == ("plan", "score_pts")


def test_the_advice_is_a_sentence(said: Callable[..., Any], joined: pl.DataFrame) -> None:
    """What a live decision can know is said once."""
    assert said(origin.joined_block, joined).findings[0].advice.count("live decision") == 1
