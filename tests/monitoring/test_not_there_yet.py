"""Columns that say nothing in the same rows are one cause."""

from __future__ import annotations

import numpy as np
import polars as pl
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame


def _delivered(rows: int, seed: int) -> pl.DataFrame:
    """Visits with a tip that half of them give, a rating that some leave, and a way that most have."""
    rng = np.random.default_rng(seed)
    cells = {"tip": rng.lognormal(1, 0.5, rows).round(2), "rating": rng.integers(1, 6, rows) * 1.0,
             "way": rng.lognormal(6, 0.4, rows).round(1)}  # fmt: skip
    there = {"tip": 0.5, "rating": 0.7, "way": 0.9}
    return visits(rows, seed).with_columns(
        *(
            pl.when(pl.Series(rng.random(rows) < there[name])).then(pl.Series(cells[name]))
            .otherwise(0.0 if name == "tip" else None).alias(name) for name in cells
        )
    )  # fmt: skip


def _emptied(frame: pl.DataFrame, name: str, rows: np.ndarray, value: float | None) -> pl.DataFrame:
    return frame.with_columns(pl.when(pl.Series(rows)).then(value).otherwise(name).alias(name))


def _told(frame: pl.DataFrame) -> list[tuple[Cause, tuple[str, ...]]]:
    with from_frame(_delivered(5000, 0)) as table:
        baseline = learn_baseline(table)
    with from_frame(frame) as table:
        return [(found.cause, found.columns) for found in check(baseline, table).incidents]


def test_what_is_missing_or_0_in_the_same_rows_was_not_there_yet() -> None:
    """A tip of 0 where rating and way are missing is one incident: the rows were read before the delivery."""
    early = np.random.default_rng(1).random(1200) < 0.35
    frame = _delivered(1200, 5)
    for name in ("tip", "rating", "way"):
        frame = _emptied(frame, name, early, 0.0 if name == "tip" else None)
    assert _told(frame) == [(Cause.TRAIN_SERVE_SKEW, ("tip", "rating", "way"))]


def test_what_is_missing_in_other_rows_is_another_cause() -> None:
    """The same losses, each in rows of its own, stay apart; two that are missing in the same rows are one."""
    rng = np.random.default_rng(2)
    frame = _delivered(1200, 5)
    for name in ("tip", "rating", "way"):
        frame = _emptied(frame, name, rng.random(1200) < 0.35, 0.0 if name == "tip" else None)
    assert sorted(columns for _, columns in _told(frame)) == [("rating",), ("tip",), ("way",)]
    early = rng.random(1200) < 0.35
    frame = _delivered(1200, 5)
    for name in ("rating", "way"):
        frame = _emptied(frame, name, early, None)
    assert _told(frame) == [(Cause.MISSINGNESS, ("rating", "way"))]
