"""Tests of what columns contribute, in words."""

import numpy as np
import polars as pl
import pytest

from clientela.models.explaining import importance
from clientela.models.fitting import Crossed
from clientela.models.odds import TREES
from clientela.models.result import Importance


def _explained(columns: dict[str, list[object]], added: list[list[float]]) -> dict[str, Importance]:
    frame = pl.DataFrame(columns, strict=False)
    contributions = np.array(added, dtype=float).T
    crossed = Crossed({}, (), np.arange(len(frame)), {TREES: contributions})
    return {item.column: item for item in importance(crossed, 1.0, frame, list(columns))}


def test_directions_are_in_words() -> None:
    """Rising, falling and turning numbers, categories, gaps, dates and rare words each get their phrase."""
    steps = np.arange(10.0)
    found = _explained(
        {
            "up": steps.tolist(),
            "down": steps.tolist(),
            "turn": steps.tolist(),
            "kind": ["a", "b"] * 5,
            "gap": [None, "x"] * 5,
            "rare": [f"w{n}" for n in range(10)],
            "flat": steps.tolist(),
            "day": pl.date_range(pl.date(2026, 1, 1), pl.date(2026, 1, 10), eager=True).to_list(),
            "seen": [None] * 9 + [1.0],
        },
        [
            (2 * steps).tolist(),
            (-steps).tolist(),
            np.abs(steps - 4.5).tolist(),
            [0.0, 1.0] * 5,
            [1.0, 0.0] * 5,
            steps.tolist(),
            [3.0] * 10,
            steps.tolist(),
            steps.tolist(),
        ],
    )
    assert {name: item.direction for name, item in found.items()} == {
        "up": "higher means more",
        "down": "higher means less",
        "turn": "mixed",
        "kind": "highest for b",
        "gap": "highest where missing",
        "rare": "mixed",
        "flat": "mixed",
        "day": "mixed",
        "seen": "mixed",
    }
    assert sum(item.share for item in found.values()) == pytest.approx(1)
    assert next(iter(found)) == "up"
    assert found["flat"].share == 0


def test_a_free_text_is_told_by_its_word() -> None:
    """Of a text the word is named whose rows have most, not a cell."""
    said = [f"{n} {'gift' if n % 3 == 0 else 'red'} {'sale' if n % 2 else 'new'}" for n in range(60)]
    found = _explained({"said": list(said)}, [[1.0 if "gift" in text else 0.0 for text in said]])
    assert found["said"].direction == "highest for gift"


def test_a_model_that_says_nothing_has_no_importance() -> None:
    """Where no column contributes, every share is 0."""
    assert _explained({"x": [1, 2]}, [[0.0, 0.0]])["x"].share == 0
