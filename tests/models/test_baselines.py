"""Tests of what a model is held against."""

import numpy as np
import polars as pl
import pytest

from clientela.models import baselines
from clientela.models.reading import Readings
from clientela.models.splitting import Parted, parts
from clientela.statistics import scores


def _table() -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(5)
    kind = rng.choice(["a", "b", "c"], 600)
    frame = pl.DataFrame(
        {
            "noise": rng.normal(size=600),
            "kind": kind,
            "gone": pl.Series([None] * 600, dtype=pl.Float64),
            "unique": [f"u{n}" for n in range(600)],
        }
    )
    return frame, (rng.random(600) < np.where(kind == "a", 0.8, 0.2)).astype(float)


def test_the_column_with_the_signal_is_found() -> None:
    """The column that tells is chosen over noise, empty and unique ones, and scores rows out of sample."""
    frame, yes = _table()
    found = baselines.best_column(Readings(frame), frame.columns, yes, parts(np.arange(600) % 3))
    assert found.name == "kind"
    assert scores.auc(yes, found.scores) > 0.7
    assert np.isfinite(found.scores).all()


def test_one_part_chooses_by_its_training_rows() -> None:
    """With one part the column is chosen on training rows, and only test rows are scored."""
    frame, yes = _table()
    part = Parted(np.arange(400), np.arange(400, 600))
    found = baselines.best_column(Readings(frame), ["noise", "kind"], yes, [part])
    assert found.name == "kind"
    assert np.isnan(found.scores[:400]).all()
    assert np.isfinite(found.scores[400:]).all()


def test_base_rates_are_the_training_shares() -> None:
    """The base rate is the share of each class among training rows."""
    codes = np.array([0, 1, 1, 2])
    part = Parted(np.array([0, 1]), np.array([2, 3]))
    assert baselines.base_rates(codes, 3, [part]) == pytest.approx([0.5, 0.5, 0])


def test_a_free_text_is_binned_by_its_rarest_word() -> None:
    """A text column can be the best single one: a word that few texts hold tells them apart."""
    rng = np.random.default_rng(6)
    said = [f"{n} shoe {'gift' if rng.random() < 0.3 else 'red'}" for n in range(600)]
    yes = np.array([rng.random() < (0.8 if "gift" in text else 0.2) for text in said]).astype(float)
    frame = pl.DataFrame({"noise": rng.normal(size=600), "said": said})
    found = baselines.best_column(Readings(frame), frame.columns, yes, parts(np.arange(600) % 3))
    assert found.name == "said"
    assert scores.auc(yes, found.scores) > 0.7
