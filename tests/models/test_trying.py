"""Quick models: near enough to the ones that are used, on the right rows and columns."""

import numpy as np
import polars as pl
import pytest

from clientela.models import trying
from clientela.models.fitting import Task
from clientela.models.learners import PENALTY, fit_line
from clientela.models.result import TargetKind
from clientela.models.splitting import Parted
from clientela.statistics import scores


def _made(rows: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(rows, 12))
    drive = matrix[:, :4] @ [1.0, -0.7, 0.4, 0.2]
    return matrix, rng.random(rows) < 1 / (1 + np.exp(1 - drive))


def test_newton_finds_the_line_that_is_used() -> None:
    """All columns kept, the log-odds are those of the fitted line."""
    matrix, yes = _made()
    found = trying.Slopes(matrix, yes).odds(matrix, np.ones(12, dtype=bool))
    assert found == pytest.approx(fit_line(matrix, yes, penalty=PENALTY).log_odds(matrix), abs=0.02)


def test_a_line_without_some_columns_is_near_the_one_fitted_without() -> None:
    """Dropping columns from a fitted line ranks rows as a new fit does, to a thousandth of AUC."""
    matrix, yes = _made()
    kept = np.arange(12) >= 2
    found = trying.Slopes(matrix, yes).odds(matrix, kept)
    fresh = fit_line(matrix[:, kept], yes, penalty=PENALTY).log_odds(matrix[:, kept])
    assert scores.auc(yes, found) == pytest.approx(scores.auc(yes, fresh), abs=0.001)


def test_choices_answer_the_test_rows_only(visits: pl.DataFrame) -> None:
    """Rows outside every test part have no answer; no column at all answers the same for every row."""
    codes = (visits["bought"] == "yes").to_numpy().astype(np.int64)
    task = Task(visits, ("pages", "device"), None, TargetKind.BINARY, 2, codes, 0, 1)
    parts = [Parted(np.arange(0, 300), np.arange(300, 350))]
    found = trying.of_columns(task, 0.5, parts, [("pages", "device"), ("pages",), ()])
    assert np.isnan(found[:300]).all()
    assert np.isfinite(found[300:350]).all()
    assert np.unique(found[300:350, 2]).size == 1
    areas = [scores.auc(codes[300:350], found[300:350, place]) for place in range(3)]
    assert min(areas[:2]) > 0.6
    whole = trying.of_rows(task, 0.5, parts)
    assert whole[0] == pytest.approx(found[300:350, 0])


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_one_learner_alone_answers(visits: pl.DataFrame, weight: float) -> None:
    """With all weight on one learner the other one is not asked, and the answer still ranks."""
    codes = (visits["bought"] == "yes").to_numpy().astype(np.int64)
    task = Task(visits, ("pages", "device"), None, TargetKind.BINARY, 2, codes, 0, 1)
    part = Parted(np.arange(0, 300), np.arange(300, 400))
    assert scores.auc(codes[300:], trying.of_rows(task, weight, [part])[0]) > 0.6


def test_areas_of_many_rankings_are_those_of_each() -> None:
    """Areas in one pass are those of one ranking at a time, ties, weights and one-sided parts included."""
    rng = np.random.default_rng(3)
    yes = rng.random(60) < 0.4
    yes[50:] = True
    parts = [np.arange(0, 30), np.arange(20, 50), np.arange(0, 30), np.arange(50, 60)]
    odds = [rng.integers(0, 6, size=len(rows)).astype(np.float64) for rows in parts]
    weights = rng.integers(0, 3, size=60).astype(np.float64)
    expected = [scores.auc(yes[rows], mine, weights[rows]) for rows, mine in zip(parts, odds, strict=True)]
    assert trying.areas(yes, parts, odds)(weights) == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert np.isnan(expected[3])
