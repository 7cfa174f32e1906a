"""Many choices of columns or rows tried, each with one quick model: for comparing them, not for use.

A quick model answers the first question only ("anything above the first class"): one boosted fit of a quarter of
the rounds and the line, blended as the model that is used.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from clientela.domain.estimate import Estimate
from clientela.models.effects import fit_effects
from clientela.models.fitting import Task
from clientela.models.learners import PENALTY, Effort, Growing
from clientela.models.recipe import SMALLEST, Recipe, fit_recipe
from clientela.models.splitting import Parted
from clientela.models.values import FloatArray, IntArray
from clientela.statistics.intervals import bootstrap_each
from clientela.statistics.scores import Ranking

MOST_ROWS = 20_000
"""Rows that choices are compared on; of more, visitors are drawn."""
QUICK = Effort(bags=1, rounds=50)
"""Few rounds of boosting, once; as many for few rows as for many, so that a curve has no step."""
STEPS = 12
FLAT = 1e-3
"""Log likelihood still to be gained (half of Newton's decrement) that is not worth another step."""
LONGEST = 3.0
"""Most that a coefficient moves in one step."""


class Slopes:
    """A line fitted by Newton's method, and what it would be without some of its columns.

    Args:
        matrix: Line matrix of the training rows.
        yes: Their answers.
    """

    def __init__(self, matrix: FloatArray, yes: NDArray[np.bool_]) -> None:
        whole = np.column_stack([matrix, np.ones(len(matrix))])
        prior = np.full(whole.shape[1], PENALTY)
        prior[-1] = SMALLEST
        point = np.zeros(whole.shape[1])
        for _ in range(STEPS):
            chance = expit(whole @ point)
            slope = whole.T @ (chance - yes) + prior * point
            self._bent = (whole * (chance * (1 - chance))[:, None]).T @ whole
            self._bent[np.diag_indices(len(prior))] += prior
            step = np.linalg.solve(self._bent, slope)
            if step @ slope < FLAT:
                break
            point -= step * min(1.0, LONGEST / float(np.abs(step).max()))
        self._point = point

    def odds(self, matrix: FloatArray, kept: NDArray[np.bool_]) -> FloatArray:
        """Return log-odds without the other columns: where the parabola at the top leads (one Newton step).

        Args:
            matrix: Line matrix of some rows, all columns.
            kept: Which of the columns stay.
        """
        stay = np.append(kept, True)
        point = self._point[stay]
        if not stay.all():
            moved = self._bent[np.ix_(stay, ~stay)] @ self._point[~stay]
            point = point + np.linalg.solve(self._bent[np.ix_(stay, stay)], moved)
        return np.asarray(matrix[:, kept] @ point[:-1] + point[-1], dtype=np.float64)


@dataclass(frozen=True)
class _Matrices:
    """Rows of one part as numbers, all columns, made once for all choices."""

    recipe: Recipe
    trees: tuple[FloatArray, FloatArray]
    lines: tuple[FloatArray, FloatArray]
    yes: NDArray[np.bool_]

    def odds(self, columns: Sequence[str], weight: float, seed: int) -> FloatArray:
        """Return the log-odds of the test rows by a quick model of some columns."""
        kept = [index for index, step in enumerate(self.recipe.steps) if step.column in columns]
        recipe = Recipe(tuple(self.recipe.steps[index] for index in kept))
        found = np.zeros(len(self.trees[1]))
        if weight > 0:
            wanted = np.isin(self.recipe.tree_sources, kept)
            train, test = (np.ascontiguousarray(matrix[:, wanted]) for matrix in self.trees)
            found += weight * Growing(recipe, (train, test), self.yes, seed, QUICK).log_odds()
        if weight < 1:
            wanted = np.isin(self.recipe.line_sources, kept)
            found += (1 - weight) * self._line(wanted)
        return found

    def _line(self, wanted: NDArray[np.bool_]) -> FloatArray:
        if 2 * wanted.sum() > len(wanted):
            return self.slopes.odds(self.lines[1], wanted)
        train, test = (matrix[:, wanted] for matrix in self.lines)
        return Slopes(train, self.yes).odds(test, np.ones(int(wanted.sum()), dtype=np.bool_))

    @cached_property
    def slopes(self) -> Slopes:
        """The line of all columns."""
        return Slopes(self.lines[0], self.yes)


def of_columns(task: Task, weight: float, parts: Sequence[Parted], choices: Sequence[Sequence[str]]) -> FloatArray:
    """Return the log-odds of a quick model of each choice of columns, on rows it has not seen.

    Args:
        task: Rows, and all columns that a choice may hold.
        weight: Weight of the trees' log-odds; the line has the rest.
        parts: Train and test rows.
        choices: Names of columns; none at all gives the base rate.

    Returns:
        One row per row of the task, one column per choice; NaN for rows never tested on.
    """
    found = np.full((len(task.codes), len(choices)), np.nan)
    with _pool(task) as pool:
        for part in parts:
            made = _matrices(task, part)
            if weight < 1:
                _ = made.slopes  # before the threads ask for it
            answer = partial(made.odds, weight=weight, seed=task.seed)
            for place, values in enumerate(pool.map(answer, choices)):
                found[part.test, place] = values
    return found


def of_rows(task: Task, weight: float, parts: Sequence[Parted]) -> list[FloatArray]:
    """Return the log-odds of the test rows of every part by a quick model of its training rows, all columns."""

    def answer(part: Parted) -> FloatArray:
        return _matrices(task, part).odds(task.columns, weight, task.seed)

    with _pool(task) as pool:
        return list(pool.map(answer, parts))


def areas(yes: NDArray[np.bool_], parts: Sequence[IntArray], odds: Sequence[FloatArray]) -> Callable[..., FloatArray]:
    """Return a function from weights of all rows to the area under the ROC curve of every part.

    Args:
        yes: Answer of every row.
        parts: Test rows of every part.
        odds: Log-odds of those rows.
    """
    alike: dict[bytes, list[int]] = {}
    for place, rows in enumerate(parts):
        alike.setdefault(rows.tobytes(), []).append(place)
    made = [
        (places, _Rankings(yes, parts[places[0]], np.array([odds[place] for place in places])))
        for places in alike.values()
    ]

    def found(weights: FloatArray) -> FloatArray:
        areas = np.empty(len(parts))
        for places, rankings in made:
            areas[places] = rankings.auc(weights)
        return areas

    return found


class _Rankings:
    """Several rankings of the same rows, so that the areas of all of them are one pass for any weights.

    Args:
        yes: Answer of every row of the table.
        rows: Rows that are ranked.
        scores: One line per ranking, one column per row.
    """

    def __init__(self, yes: NDArray[np.bool_], rows: IntArray, scores: FloatArray) -> None:
        above = yes[rows]
        others = scores[:, ~above]
        order = np.argsort(others, axis=1, kind="stable")
        ranked = np.take_along_axis(others, order, axis=1)
        self._above, self._others = rows[above], rows[~above][order]
        self._below, self._upto = (
            np.array([np.searchsorted(line, mine, side) for line, mine in zip(ranked, scores[:, above], strict=True)])
            for side in ("left", "right")
        )

    def auc(self, weights: FloatArray) -> FloatArray:
        """Return the areas, a tied pair counting half; NaN where there is one side only."""
        counts = np.zeros((len(self._others), self._others.shape[1] + 1))
        np.cumsum(weights[self._others], axis=1, out=counts[:, 1:])
        mine = weights[self._above]
        pairs = mine.sum() * counts[:, -1]
        middle = np.take_along_axis(counts, self._below, axis=1) + np.take_along_axis(counts, self._upto, axis=1)
        blank = np.full(len(pairs), math.nan)
        return np.asarray(np.divide((middle * mine).sum(axis=1) / 2, pairs, out=blank, where=pairs > 0))


def measured(
    yes: NDArray[np.bool_], units: IntArray, rows: IntArray, odds: Sequence[FloatArray], draws: tuple[int, int, str]
) -> tuple[Estimate, ...]:
    """Return the area under the ROC curve of several answers for the same rows, with intervals.

    Args:
        yes: Answer of every row of the task.
        units: Independent unit of every row of the task.
        rows: Rows that were answered.
        odds: Log-odds of those rows, one entry per model.
        draws: Resamples, seed, and what a unit is.
    """
    rankings = [Ranking(yes[rows], values) for values in odds]
    return bootstrap_each(lambda weights: np.array([ranking.auc(weights) for ranking in rankings]), units[rows], *draws)


def widened(estimate: Estimate, folds: int, times: float = 1.0) -> Estimate:
    """Return an interval that counts in how models vary with the rows they learn from.

    Resampling the rows tested on leaves that out. Of the differences on k folds, learning adds to the variance k
    times the share of test to training rows, 1 / (k - 1) (Nadeau and Bengio 2003).

    Args:
        estimate: A difference on folds, with the interval of resampling.
        folds: Number of folds.
        times: What the interval is widened by further.
    """
    wider = times * math.sqrt(1 + folds / (folds - 1))
    low = estimate.value - wider * (estimate.value - estimate.low)
    high = estimate.value + wider * (estimate.high - estimate.value)
    return replace(estimate, low=low, high=high, method=f"{estimate.method}, widened for learning")


def _matrices(task: Task, part: Parted) -> _Matrices:
    train, test = task.cells.take(part.train), task.cells.take(part.test)
    yes = task.codes[part.train] > 0
    units = None if task.units is None else task.units[part.train]
    recipe, own = fit_effects(
        fit_recipe(train, task.columns, task.clock), train, [(np.ones_like(yes), yes)], units, task.seed
    )
    return _Matrices(
        recipe,
        (recipe.trees(train, own), recipe.trees(test)),
        (recipe.lines(train, own), recipe.lines(test)),
        yes,
    )


def _pool(task: Task) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=task.threads or os.cpu_count() or 1)
