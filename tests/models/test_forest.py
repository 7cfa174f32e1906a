"""Tests of trees as tables, held against LightGBM."""

import lightgbm
import numpy as np
import pytest

from clientela.models import grove
from clientela.models.forest import Forest, single
from clientela.models.learners import Effort, Trees, fit_trees
from clientela.models.recipe import Category, Number, Recipe

ROWS = {15: 5_000, 31: 20_000}
"""Enough for trees of so many leaves."""
CODES = 40


def number(name: str, *, gaps: bool) -> Number:
    """Return a step of numbers."""
    return Number(name, truth=False, gaps=gaps, flagged=False, fill=0.0, logged=False, centre=0.0, scale=1.0)


RECIPE = Recipe(
    (
        number("with gaps", gaps=True),
        number("without", gaps=False),
        Category("city", tuple(f"c{code}" for code in range(CODES)), gaps=True),
        number("small", gaps=True),
    )
)


def matrix_of(rows: int, seed: int, *, missing: float) -> np.ndarray:
    """Return numbers with and without gaps, categories of more than one word, and a few distinct numbers."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(rows, 2))
    numbers[rng.random(rows) < missing, 0] = np.nan
    city = rng.integers(0, CODES + 2, rows).astype(np.float64)
    small = np.where(rng.random(rows) < 0.1, np.nan, rng.integers(-2, 3, rows))
    return np.column_stack([numbers, city, small])


@pytest.fixture(scope="module", params=ROWS, ids="{} leaves".format)
def trees(request: pytest.FixtureRequest) -> Trees:
    """Trees of numbers, categories and gaps."""
    matrix = matrix_of(ROWS[request.param], 0, missing=0.2)
    drive = np.nan_to_num(matrix[:, 0], nan=1.5) + matrix[:, 1] ** 2 + (matrix[:, 2] % 3) + np.nan_to_num(matrix[:, 3])
    found = fit_trees(RECIPE, matrix, drive > np.median(drive), 1, Effort(stage=0.4))
    assert grove.read(found.text).counts.max() == request.param
    return found


def test_answers_are_those_of_lightgbm(trees: Trees) -> None:
    """Batches and single rows give LightGBM's log-odds to the last digit, gaps and thresholds met exactly included."""
    forest = Forest(trees.text)
    matrix = matrix_of(1_000, 1, missing=0.3)
    # cells that are thresholds, one float above and below; a gap where none was; codes and numbers beyond all seen
    cuts = grove.read(trees.text).thresholds[:40, 0]
    for place, shift in enumerate((0.0, np.inf, -np.inf)):
        matrix[place * 40 : place * 40 + 40, :2] = np.nextafter(cuts, shift)[:, None] if place else cuts[:, None]
    matrix[200:220, 1] = np.nan
    matrix[220:230, 0], matrix[230:240, 0], matrix[240:250, 2] = 1e30, -1e30, 500.0
    told = trees.booster.predict(matrix, raw_score=True, num_threads=1)
    assert np.array_equal(forest.log_odds(matrix), told)
    few = 2_500
    other = fit_trees(RECIPE, matrix_of(few, 3, missing=0.1), np.arange(few) % 3 == 0, 2, Effort(stage=0.05))
    assert grove.read(other.text).counts.max() == 7
    spots, both = single([forest, shorter := Forest(other.text)], matrix.shape[1])
    half = shorter.log_odds(matrix)
    assert [
        both([spot.place(cell) for spot, cell in zip(spots, row, strict=True)]) for row in matrix.tolist()
    ] == np.column_stack([told, half]).tolist()
    assert len(set(told.tolist())) > 500


def test_trees_that_end_at_once(trees: Trees) -> None:
    """Trees of one leaf add their constant; no rows give no answers."""
    data = lightgbm.Dataset(np.zeros((50, 2)), label=np.arange(50) % 2, params={"verbosity": -1})
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 2)
    forest = Forest(booster.model_to_string())
    rows = np.array([[0.0, np.nan], [1.0, 2.0]])
    assert forest.log_odds(rows).tolist() == booster.predict(rows, raw_score=True).tolist()
    spots, answer = single([forest], 2)
    assert answer([spot.place(0.0) for spot in spots]) == [forest.log_odds(rows)[0]]
    assert len(Forest(trees.text).log_odds(np.zeros((0, 4)))) == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("end of trees", ""),
        ("max_feature_idx=3", "max_feature_idx=1"),
        ("is_linear=0", "is_linear=1"),
        ("decision_type=", "decision_type=4 "),
        ("left_child=", "left_child=0 "),
        ("cat_boundaries=", "cat_borders="),
        ("leaf_value=", "leaf_worth="),
        ("leaf_value=", "leaf_value=" + "1 " * 40),
        ("right_child=", "right_child=x"),
    ],
)
def test_damaged_trees_are_refused(trees: Trees, old: str, new: str) -> None:
    """What is no such text, or trees of another kind, is refused rather than read wrongly."""
    assert old in trees.text
    with pytest.raises(ValueError, match=r"tree|could not convert|invalid literal"):
        Forest(trees.text.replace(old, new))


def test_a_node_never_leads_back(trees: Trees) -> None:
    """A node that leads to one before it, or to a leaf that is not there, is refused."""
    start = trees.text.index("left_child=") + len("left_child=")
    end = trees.text.index(" ", start)
    for child in ("0", "-40"):
        with pytest.raises(ValueError, match="nowhere"):
            Forest(trees.text[:start] + child + trees.text[end:])
