"""What a model is held against: the base rate and the best single column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientela.models.reading import Readings
from clientela.models.recipe import Category, Recipe, fit_recipe
from clientela.models.splitting import Parted
from clientela.models.text import Text
from clientela.models.values import FloatArray, IntArray

BINS = 20
SHRINK = 10.0
"""Rows of the base rate that are added to every bin."""


@dataclass(frozen=True)
class BestColumn:
    """The single column that tells the first question best.

    Attributes:
        name: The column chosen on all rows.
        scores: Probability of yes by the column chosen on the other folds, out of sample;
            NaN for rows never tested on.
    """

    name: str
    scores: FloatArray


def base_rates(codes: IntArray, classes: int, parts: Sequence[Parted]) -> FloatArray:
    """Return the class shares among all training rows: what is said of every row without a model."""
    train = np.unique(np.concatenate([part.train for part in parts]))
    return np.asarray(np.bincount(codes[train], minlength=classes) / len(train), dtype=np.float64)


def best_column(cells: Readings, columns: Sequence[str], yes: FloatArray, parts: Sequence[Parted]) -> BestColumn:
    """Find the best single column and what it alone predicts, out of sample.

    A column predicts the share of yes among the training rows of its bin (up to 20 bins of
    equal size, or categories; missing is a bin), drawn towards the base rate. For each fold
    the column is chosen by log loss on the other folds' rows; with one part by its
    training rows.

    Args:
        cells: All rows.
        columns: Columns to choose from.
        yes: Answer of every row, 0 or 1.
        parts: Train and test rows.

    Returns:
        The best column.
    """
    losses = np.zeros((len(parts), len(columns)))
    for place, column in enumerate(columns):
        for index, part in enumerate(parts):
            tested = part.test if len(parts) > 1 else part.train
            rate = _rates(cells, column, yes, part.train, tested)
            losses[index, place] = -np.log(np.where(yes[tested] > 0, rate, 1 - rate)).sum()
    scores = np.full(len(yes), np.nan)
    for index, part in enumerate(parts):
        others = losses.sum(axis=0) - losses[index] if len(parts) > 1 else losses[0]
        scores[part.test] = _rates(cells, columns[int(others.argmin())], yes, part.train, part.test)
    return BestColumn(columns[int(losses.sum(axis=0).argmin())], scores)


def _rates(cells: Readings, column: str, yes: FloatArray, train: IntArray, rows: IntArray) -> FloatArray:
    """Return the share of yes among training rows of the same bin, for the given rows."""
    learned = cells.take(train)
    recipe = fit_recipe(learned, [column])
    seen, asked = (_one(recipe, taken) for taken in (learned, cells.take(rows)))
    if isinstance(recipe.steps[0], Category | Text):
        cuts = np.unique(seen)
    else:
        known = seen[np.isfinite(seen)]
        cuts = np.unique(np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf")) if len(known) else known
    size = len(cuts) + 2
    codes, wanted = (np.where(np.isnan(v), size - 1, np.searchsorted(cuts, v)) for v in (seen, asked))
    base = (float(yes[train].sum()) + 0.5) / (len(train) + 1)
    rows_of = np.bincount(codes, minlength=size)
    yes_of = np.bincount(codes, weights=yes[train], minlength=size)
    return np.asarray(((yes_of + SHRINK * base) / (rows_of + SHRINK))[wanted], dtype=np.float64)


def _one(recipe: Recipe, rows: Readings) -> FloatArray:
    """Return what rows are binned by: of free text the rarest of the words that a cell holds, from 1; 0 for none."""
    matrix = recipe.trees(rows)
    if not isinstance(recipe.steps[0], Text):
        return matrix[:, -1]
    places = np.arange(1.0, matrix.shape[1] + 1)
    return np.asarray((matrix * places).max(axis=1), dtype=np.float64)
