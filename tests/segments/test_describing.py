"""What marks a segment off."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from clientela.segments.describing import MOST_MARKS, marks

INSIDE = np.arange(400) < 100


def test_numbers_differ_by_the_pooled_deviation() -> None:
    """Cohen's d of a shift by one deviation is one, with the means in the words."""
    rng = np.random.default_rng(0)
    x = rng.normal(10, 2, 4000) + 2 * (np.arange(4000) < 1000)
    found = marks(pl.DataFrame({"x": x}), ["x"], np.arange(4000) < 1000)[0]
    assert found.effect == pytest.approx(1, abs=0.1)
    assert found.phrase.startswith("x higher (mean 1")


def test_shares_differ_by_arcsine_roots() -> None:
    """Cohen's h of one half against none is half of pi."""
    frame = pl.DataFrame({"v": ["a" if i < 50 else "b" for i in range(400)]})
    found = marks(frame, ["v"], INSIDE)[0]
    assert found.effect == pytest.approx(np.pi / 2)
    assert found.phrase == "v mostly a (50 % against 0 %)"


def test_yes_or_no_numbers_are_told_by_shares() -> None:
    """A flag of 0 and 1 is said by its share, not by its mean."""
    found = marks(pl.DataFrame({"flag": INSIDE.astype(int)}), ["flag"], INSIDE)[0]
    assert found.phrase == "flag mostly 1 (100 % against 0 %)"


def test_missing_cells_can_mark_a_segment() -> None:
    """Where numbers or text are mostly unknown in a segment, that is said."""
    frame = pl.DataFrame(
        {
            "n": [None if i < 80 else float(i % 7) for i in range(400)],
            "t": [None if i < 80 else "same" for i in range(400)],
            "few": [None if i != 200 else 1.0 for i in range(400)],
            "gone": [None if i < 100 else float(i) for i in range(400)],
        }
    )
    found = {mark.column: mark.phrase for mark in marks(frame, frame.columns, INSIDE)}
    assert found["n"] == "n more often unknown (80 % against 0 %)"
    assert found["t"] == "t more often unknown (80 % against 0 %)"
    assert "gone" in found
    assert "few" not in found


def test_what_lacks_is_said_where_nothing_else_is() -> None:
    """A value that is rarer in the segment counts where none is more frequent enough."""
    others = [f"v{i % 40}" for i in range(400)]
    values = ["big" if i >= 100 and i % 2 else others[i] for i in range(400)]
    found = marks(pl.DataFrame({"v": values}), ["v"], INSIDE)[0]
    assert found.phrase == "v less often big (0 % against 50 %)"


def test_weak_constant_and_empty_columns_say_nothing() -> None:
    """Small effects, constants, single values and huge numbers make no mark and no error."""
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {
            "noise": rng.normal(size=400),
            "same": [1.0] * 400,
            "none": pl.Series([None] * 400, dtype=pl.Float64),
            "huge": [1e308 * (1 if i % 2 else -1) if i % 3 else 0.0 for i in range(400)],
        }
    )
    assert marks(frame, frame.columns, INSIDE) == ()


def test_everything_or_nothing_has_no_others() -> None:
    """There is nothing to differ from where all or no visits are inside."""
    frame = pl.DataFrame({"x": range(10)})
    assert marks(frame, ["x"], np.ones(10, dtype=bool)) == ()
    assert marks(frame, ["x"], np.zeros(10, dtype=bool)) == ()


def test_the_strongest_come_first_and_only_a_few() -> None:
    """Marks are ordered by size of effect and cut."""
    rng = np.random.default_rng(2)
    frame = pl.DataFrame({f"x{k}": rng.normal(size=400) + k * INSIDE for k in range(1, 8)})
    found = marks(frame, frame.columns, INSIDE)
    assert len(found) == MOST_MARKS
    assert found[0].column == "x7"
