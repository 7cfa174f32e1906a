"""Relations of all pairs and single-column signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.measuring import label_text, outcome_of
from clientela.domain.roles import Ask


def test_relations_are_ranked_and_named(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Strongest first, each with kind, measure and rows; chance is left out."""
    frame = plain.with_columns(
        mood=pl.col("temper") * 2,
        level=pl.when(pl.col("temper") > 11).then(pl.lit("up")).otherwise(pl.lit("down")),
    )
    matrix = context_of(frame).matrix
    relations = matrix.relations(5)
    strengths = [relation.strength for relation in relations]
    assert strengths == sorted(strengths, reverse=True)
    assert {relation.kind for relation in relations} >= {"numeric", "mixed"}
    first = next(r for r in relations if {r.first, r.second} == {"temper", "mood"})
    assert (first.measure, first.sign, first.rows, first.strength) == ("Spearman", 1, 2000, pytest.approx(1))
    assert matrix.between("temper", "level") > 0.8
    assert matrix.between("temper", "nowhere") == 0
    assert len(matrix.relations(1)) == 1


def test_constant_columns_have_no_strength(context_of: Callable[..., Any]) -> None:
    """A column that does not vary relates to nothing."""
    frame = pl.DataFrame({"a": np.arange(50), "b": np.ones(50), "c": ["x"] * 50, "d": list("uv") * 25})
    matrix = context_of(frame).matrix
    assert matrix.between("a", "b") == 0
    assert matrix.between("c", "d") == 0


def test_signals_rank_columns(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """What the label was made of tells it; what is unrelated lies at one half."""
    signals = context_of(plain).signals
    assert signals["temper"].mean.value > 0.6
    assert signals["temper"].mean.excludes(0.5)
    assert not signals["clicks"].mean.excludes(0.5)
    assert "converted" not in signals


def test_several_classes_are_averaged(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """With three ordered classes the signal is the mean of one against the rest, the best question named."""
    group = pl.when(pl.col("temper") > 14).then(pl.lit("high")).when(pl.col("temper") > 9).then(pl.lit("low"))
    frame = plain.drop("converted").with_columns(revenue_group=group.otherwise(pl.lit("none")))
    signal = context_of(frame).signals["temper"]
    assert signal.mean.method == "mean of DeLong, one against rest"
    assert signal.best.value == pytest.approx(1)
    assert signal.question in ("high", "none", "above none")


def test_amounts_are_asked_one_question(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A number as label is asked above zero, or above its median where it is never zero."""
    context = context_of(plain, Ask(label="amount_seen"))
    assert context.outcome.questions[0].words.startswith("above ")
    spend = plain.with_columns(spend=pl.when(pl.col("converted")).then(pl.col("amount_seen")).otherwise(0.0))
    assert context_of(spend, Ask(label="spend")).outcome.questions[0].words == "above 0"


def test_labels_as_text(context_of: Callable[..., Any]) -> None:
    """Labels are rendered as the table seam does, whatever their storage."""
    frame = pl.DataFrame({"n": [1.0, None, 2.5], "b": [True, None, False], "i": [1, None, 2]})
    facts = context_of(frame).facts
    assert label_text(facts, "n").tolist() == ["1.0", None, "2.5"]
    assert label_text(facts, "b").tolist() == ["true", None, "false"]
    assert label_text(facts, "i").tolist() == ["1", None, "2"]


def test_a_label_of_one_class_asks_nothing(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """There is no outcome without variation."""
    context = context_of(plain.with_columns(target=pl.lit("a")), Ask(label="target"))
    assert outcome_of(context.facts, context.roles) is None
    assert context.signals == {}


def test_unordered_classes(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Classes without order have one question each and no amount."""
    outcome = context_of(plain, Ask(label="device")).outcome
    assert sorted(q.words for q in outcome.questions) == ["desktop", "mobile", "tablet"]
    assert outcome.above is None
    assert outcome.amount is None
