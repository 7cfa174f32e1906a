"""One model: recipe and learners of every question, fitted on training rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
import polars as pl

from clientela.models import questions
from clientela.models.learners import Effort, Line, Trees, fit_line, fit_trees
from clientela.models.reading import Readings
from clientela.models.recipe import Recipe, fit_recipe
from clientela.models.result import TargetKind
from clientela.models.splitting import Parted
from clientela.models.values import FloatArray, IntArray

TREES = "lightgbm"
LINE = "logistic"
EXPLAINED_ROWS = 1_000
"""Test rows, over all folds, whose contributions are worked out."""
STAGES = (0.25, 0.5, 1.0)
"""Shares of the rounds of boosting at which the trees are held against each other."""

Odds = dict[str, FloatArray]
"""Log-odds by learner: one row per row, one column per question; for trees also by stage, see `staged`."""


def staged(stage: float) -> str:
    """Return the name of the trees' log-odds after a share of their rounds."""
    return TREES if stage == STAGES[-1] else f"{TREES} after {stage:g}"


class Fitted(msgspec.Struct, frozen=True):
    """Recipe and learners, one of each kind per question.

    Attributes:
        recipe: From columns to matrices.
        trees: One per question; none where the learner was not asked for.
        lines: One per question; none where the learner was not asked for.
    """

    recipe: Recipe
    trees: tuple[Trees, ...]
    lines: tuple[Line, ...]

    def odds(self, rows: pl.DataFrame | Readings, stages: Sequence[float] = STAGES[-1:]) -> Odds:
        """Return the log-odds of every question by learner, of trees at each of the stages."""
        found: Odds = {}
        cells = Readings.of(rows)
        if self.trees:
            matrix = self.recipe.trees(cells)
            for stage in stages:
                odds = [trees.log_odds(matrix, stage) for trees in self.trees]
                found[staged(stage)] = np.column_stack(odds)
        if self.lines:
            matrix = self.recipe.lines(cells)
            found[LINE] = np.column_stack([line.log_odds(matrix) for line in self.lines])
        return found

    def contributions(self, rows: pl.DataFrame | Readings, question: int = 0) -> Odds:
        """Return what each source column adds to the log-odds of a question, by learner."""
        found: Odds = {}
        cells = Readings.of(rows)
        width = len(self.recipe.steps)
        if self.trees:
            parts = self.trees[question].contributions(self.recipe.trees(cells))
            found[TREES] = _by_source(parts, self.recipe.tree_sources, width)
        if self.lines:
            parts = self.lines[question].contributions(self.recipe.lines(cells))
            found[LINE] = _by_source(parts, self.recipe.line_sources, width)
        return found


@dataclass(frozen=True)
class Enlarged:
    """Training rows as they are learned from.

    Attributes:
        frame: The rows, further ones among them.
        codes: Class of every row.
        weights: How much each row counts; None where all count the same.
    """

    frame: pl.DataFrame
    codes: IntArray
    weights: FloatArray | None = None


@dataclass(frozen=True)
class Task:
    """What is to be learned.

    Attributes:
        frame: All rows learned from.
        columns: Columns used.
        clock: Column with the time of the row, where it is among them.
        kind: Kind of the target.
        classes: How many classes.
        codes: Class of every row.
        seed: Seed.
        threads: Fits that run beside each other; 0 takes all cores.
        learners: Which learners to fit.
        enlarge: Makes more of the training rows of each fit, and of no others; None to learn from them as they are.
    """

    frame: pl.DataFrame
    columns: tuple[str, ...]
    clock: str | None
    kind: TargetKind
    classes: int
    codes: IntArray
    seed: int
    threads: int
    learners: tuple[str, ...] = (TREES, LINE)
    enlarge: Callable[[pl.DataFrame, IntArray], Enlarged] | None = None

    @cached_property
    def cells(self) -> Readings:
        """The rows as recipes read them."""
        return Readings(self.frame)


@dataclass(frozen=True)
class Crossed:
    """Answers for rows by a model that has not seen them.

    Attributes:
        odds: Log-odds by learner; NaN for rows that were never tested on.
        rows: Rows whose contributions were worked out.
        contributions: Contributions of those rows by learner, one column per column used.
    """

    odds: Odds
    rows: IntArray
    contributions: Odds


def fit(task: Task, rows: IntArray, stage: float = 1.0) -> Fitted:
    """Fit recipe and learners on the given rows of a task, trees up to a stage."""
    cells, codes, weights = task.cells.take(rows), task.codes[rows], None
    recipe = fit_recipe(cells, task.columns, task.clock)
    if task.enlarge is not None:
        made = task.enlarge(task.frame[rows], codes)
        cells, codes, weights = Readings(made.frame), made.codes, made.weights
    yes = questions.answers(task.kind, task.classes, codes)
    asked = [questions.asked(task.kind, codes, question) for question in range(yes.shape[1])]
    pairs = list(zip(asked, yes.T, strict=True))
    counts = [None if weights is None else weights[of] for of in asked]
    trees: tuple[Trees, ...] = ()
    lines: tuple[Line, ...] = ()
    if TREES in task.learners:
        matrix = recipe.trees(cells)
        trees = tuple(
            fit_trees(recipe, matrix[of], answer[of], task.seed, Effort(stage), count)
            for (of, answer), count in zip(pairs, counts, strict=True)
        )
    if LINE in task.learners:
        matrix = recipe.lines(cells)
        lines = tuple(
            fit_line(matrix[of], answer[of], count) for (of, answer), count in zip(pairs, counts, strict=True)
        )
    return Fitted(recipe, trees, lines)


def cross(task: Task, parts: Sequence[Parted], explain: bool = False) -> Crossed:
    """Answer for the test rows of every part with a model fitted on its training rows.

    Args:
        task: What is to be learned.
        parts: Train and test rows.
        explain: Whether contributions are worked out too.

    Returns:
        The answers.
    """
    count = questions.count(task.kind, task.classes)
    each = max(1, EXPLAINED_ROWS // len(parts)) if explain else 0
    with ThreadPoolExecutor(max_workers=task.threads or os.cpu_count() or 1) as pool:
        found = list(pool.map(lambda part: _answer(task, part, each), parts))
    odds: Odds = {name: np.full((len(task.codes), count), np.nan) for name in found[0][0]}
    for part, (answered, _, _) in zip(parts, found, strict=True):
        for name, values in answered.items():
            odds[name][part.test] = values
    rows = np.concatenate([explained for _, explained, _ in found])
    added = {name: np.concatenate([contributions[name] for _, _, contributions in found]) for name in task.learners}
    return Crossed(odds, rows, added)


def _answer(task: Task, part: Parted, explained: int) -> tuple[Odds, IntArray, Odds]:
    """Return the log-odds of the test rows of one part, and the contributions of some of them."""
    fitted = fit(task, part.train)
    rows = np.sort(np.random.default_rng(task.seed).permutation(part.test)[:explained])
    tested = fitted.odds(task.cells.take(part.test), stages=STAGES)
    return tested, rows, fitted.contributions(task.cells.take(rows))


def _by_source(parts: FloatArray, sources: tuple[int, ...], width: int) -> FloatArray:
    """Sum matrix columns by the source column they were made from."""
    summed = np.zeros((len(parts), width))
    for place, source in enumerate(sources):
        summed[:, source] += parts[:, place]
    return summed
