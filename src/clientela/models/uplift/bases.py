"""The two bases of uplift learners: a penalised line and conservative trees, for yes-or-no rewards and for amounts."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from scipy.special import expit
from sklearn.linear_model import Ridge

from clientela.models.learners import PENALTY, Effort, fit_line, fit_trees
from clientela.models.recipe import Recipe
from clientela.models.values import FloatArray

ROUNDS = 100
_ridge: Any = Ridge
TREES = {
    "objective": "regression", "learning_rate": 0.04, "num_leaves": 7, "min_data_in_leaf": 100,
    "bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction_bynode": 0.4, "lambda_l2": 5.0,
    "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1,
}  # fmt: skip
"""The conservative setting of the models stage, with larger leaves: an effect is fainter than an outcome."""


class Base(StrEnum):
    """What the rewards are foreseen with."""

    LINE = "line"
    TREES = "trees"


Foresee = Callable[[FloatArray], FloatArray]


def matrix_of(base: Base, recipe: Recipe, frame: pl.DataFrame) -> FloatArray:
    """Return the columns of a frame as the numbers that a base takes."""
    return recipe.lines(frame) if base is Base.LINE else recipe.trees(frame)


def fit_base(base: Base, recipe: Recipe, matrix: FloatArray, rewards: FloatArray, seed: int) -> Foresee:
    """Fit a base.

    Args:
        base: Which one.
        recipe: The recipe behind the matrix.
        matrix: Numbers of the rows to learn from, as `matrix_of` returns them; more columns may follow.
        rewards: Rewards; where all are 0 or 1 they are answers to a yes-or-no question.
        seed: Seed.

    Returns:
        A function from a matrix to foreseen rewards.
    """
    yes_or_no = bool(np.isin(rewards, (0.0, 1.0)).all())
    if base is Base.LINE:
        return _line(matrix, rewards, yes_or_no)
    if yes_or_no:
        trees = fit_trees(recipe, matrix, rewards == 1.0, seed, Effort(bags=1))
        return lambda rows: np.asarray(expit(trees.log_odds(rows)), dtype=np.float64)
    data = lightgbm.Dataset(matrix, label=rewards, categorical_feature=list(recipe.categorical), params=TREES)
    booster = lightgbm.train(TREES | {"seed": seed}, data, num_boost_round=ROUNDS)
    return lambda rows: np.asarray(booster.predict(rows, num_threads=1), dtype=np.float64)


def _line(matrix: FloatArray, rewards: FloatArray, yes_or_no: bool) -> Foresee:
    if yes_or_no:
        line = fit_line(matrix, rewards == 1.0)
        return lambda rows: np.asarray(expit(line.log_odds(rows)), dtype=np.float64)
    ridge = _ridge(alpha=PENALTY).fit(matrix, rewards)
    return lambda rows: np.asarray(ridge.predict(rows), dtype=np.float64)
