"""Fidelity and privacy tell good synthetic rows from bad ones."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clientela.models.raising.resembling import Halves, fidelity, halves, privacy
from clientela.models.raising.ways import Raised


@pytest.fixture(scope="module")
def found() -> Halves:
    """Two columns that go together, in two halves, and rows of a copula of the first."""
    rng = np.random.default_rng(2)
    first = rng.normal(size=600)
    frame = pl.DataFrame({"a": first, "b": first + 0.5 * rng.normal(size=600)})
    made = halves(Raised(("a", "b"), 1, (0,), 0), (frame, np.zeros(600, dtype=int), np.arange(600)), 0, None)
    assert made is not None
    return made


def test_rows_of_a_copula_are_like_real_ones(found: Halves) -> None:
    """Where the truth is a Gaussian copula, nothing tells synthetic rows from real ones, and none are given away."""
    like, private = fidelity(found), privacy(found)
    assert like.margins < 2 * like.margins_real
    assert like.pairs < 0.1
    assert not like.discriminator.excludes(0.5)
    assert private.safe
    assert private.copies == 0
    assert private.ratio == pytest.approx(1, abs=0.3)


def test_copies_are_found_out(found: Halves) -> None:
    """Rows that are the very rows they were made from are like them, and give all of them away."""
    private = privacy(replace(found, made=found.first))
    assert not private.safe
    assert private.nearer.value > 0.95
    assert private.membership.value > 0.95
    assert private.copies == len(found.first)
    assert private.chance_copies == 0


def test_columns_made_apart_are_found_out(found: Halves) -> None:
    """Rows whose columns do not go together have the same margins, other pairs, and trees tell them apart."""
    apart = found.first.with_columns(pl.col("b").shuffle(seed=1))
    like = fidelity(replace(found, made=apart))
    assert like.margins == pytest.approx(like.margins_real)
    assert like.pairs > 0.6
    assert like.discriminator.low > 0.6


def test_a_shifted_column_is_named(found: Halves) -> None:
    """The column that differs most is named."""
    assert fidelity(replace(found, made=found.first.with_columns(pl.col("b") + 2))).worst == "b"


def test_visitors_are_on_one_side() -> None:
    """No visitor has rows in both halves, and too small a class is not parted at all."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 3)
    frame = pl.DataFrame({"a": rng.normal(size=180), "who": groups.astype(float)})
    raised = Raised(("a", "who"), 1, (0,), 0)
    made = halves(raised, (frame, np.zeros(180, dtype=int), groups), 0, None)
    assert made is not None
    assert not set(made.first["who"]) & set(made.second["who"])
    assert halves(raised, (frame[:30], np.zeros(30, dtype=int), groups[:30]), 0, None) is None
