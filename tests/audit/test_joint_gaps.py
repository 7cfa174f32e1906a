"""Columns missing together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.values import joint_missing, missing
from clientela.audit.joint_gaps import find_together

N = 2000


def gaps(seed: int, shared: float, own: float, columns: int) -> dict[str, np.ndarray]:
    """Return masks with a shared part and one of each column's own."""
    rng = np.random.default_rng(seed)
    both = rng.random(N) < shared
    return {f"c{i}": both | (rng.random(N) < own) for i in range(columns)}


@pytest.mark.parametrize(("shared", "own"), [(0.05, 0.02), (0.1, 0.05), (0.3, 0.05), (0.3, 0.0), (0.6, 0.1)])
def test_gaps_of_their_own_besides(shared: float, own: float) -> None:
    """Columns with a shared mask are one group although each lacks some cells of its own; strangers stay out."""
    masks = gaps(1, shared, own, 4) | {f"x{i}": np.random.default_rng(100 + i).random(N) < 0.2 for i in range(9)}
    (group,) = find_together(masks)
    assert group.columns == ("c0", "c1", "c2", "c3")
    assert group.share == pytest.approx(shared, abs=0.04)
    assert group.same == (own == 0)


@pytest.mark.parametrize("seed", range(20))
def test_independent_gaps_are_no_group(seed: int) -> None:
    """Gaps at random, few or many, do not go together."""
    rng = np.random.default_rng(seed)
    assert not find_together({f"c{i}": rng.random(N) < share for i, share in enumerate(rng.random(12))})


def test_two_groups() -> None:
    """Two sources leave two masks."""
    one, other = gaps(1, 0.2, 0.02, 3), {f"d{i}": mask for i, mask in enumerate(gaps(2, 0.3, 0.03, 2).values())}
    assert [group.columns for group in find_together(one | other)] == [("c0", "c1", "c2"), ("d0", "d1")]


def test_said_in_words(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """The sentence holds the share and what chance would leave."""
    masks = gaps(3, 0.1, 0.03, 2)
    blank = [pl.when(pl.Series(~masks[c])).then(pl.col(n)).alias(n) for c, n in (("c0", "clicks"), ("c1", "temper"))]
    finding = said(joint_missing, plain.with_columns(blank)).findings[0]
    assert finding.columns == ("clicks", "temper")
    assert "where chance would leave" in finding.title
    assert finding.evidence["by_chance"] < 0.03


def test_blank_text_and_nan_are_missing(context_of: Callable[..., Any], said: Callable[..., Any]) -> None:
    """Empty text, blanks and NaN of a frame are cells without a value."""
    rng = np.random.default_rng(1)
    gone = rng.random(N) < 0.5
    frame = pl.DataFrame(
        {
            "city": np.where(gone, np.where(rng.random(N) < 0.5, "", "  "), rng.choice(["Ulm", "Bonn", "Kiel"], N)),
            "score": np.where(gone, np.nan, rng.normal(size=N)),
            "n": np.arange(N),
        }
    )
    found = said(missing, frame).findings[0].evidence["rows"]
    assert found == {"city": int(gone.sum()), "score": int(gone.sum())}
    assert set(said(joint_missing, frame).findings[0].columns) == {"city", "score"}
    city = context_of(frame).facts.columns["city"]
    assert (city.distinct, city.first, city.shortest, len(city.top)) == (3, "Bonn", 3, 3)
