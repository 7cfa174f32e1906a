"""One model: recipe and learners of every question, fitted on training rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from operator import methodcaller

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.models import questions
from clientela.models.effects import fit_effects
from clientela.models.learners import WHOLE, Effort, Growing, Line, Trees, fit_line, fit_trees
from clientela.models.odds import LINE, STAGES, TREES, Odds, best_stage, staged
from clientela.models.reading import Readings
from clientela.models.recipe import Recipe, effects_of, fit_recipe
from clientela.models.result import TargetKind
from clientela.models.splitting import Parted
from clientela.models.values import FloatArray, IntArray

EXPLAINED_ROWS = 500
"""Test rows, over all folds, whose contributions are worked out."""


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

    def odds(self, rows: pl.DataFrame | Readings) -> Odds:
        """Return the log-odds of every question by learner."""
        found: Odds = {}
        cells = Readings.of(rows)
        if self.trees:
            matrix = self.recipe.trees(cells)
            found[TREES] = np.column_stack([trees.log_odds(matrix) for trees in self.trees])
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
        origin: Place of every row among the training rows; -1 where it was made.
        weights: How much each row counts; None where all count the same.
    """

    frame: pl.DataFrame
    codes: IntArray
    origin: IntArray
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
        units: Independent unit of every row; None where each is its own.
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
    units: IntArray | None = None

    @cached_property
    def cells(self) -> Readings:
        """The rows as recipes read them."""
        return Readings(self.frame)


@dataclass(frozen=True)
class Crossed:
    """Answers for rows by a model that has not seen them.

    Attributes:
        odds: Log-odds by learner; NaN for rows that were never tested on.
        stages: Stages of boosting that there are answers at.
        rows: Rows whose contributions were worked out.
        contributions: Contributions of those rows by learner, one column per column used.
    """

    odds: Odds
    stages: tuple[float, ...] = ()
    rows: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    contributions: Odds = field(default_factory=dict)


@dataclass(frozen=True)
class _Asked:
    """Training rows ready to be learned from: which rows each question is asked of, their answers and weights.

    Effects of their own cells are in `own`, see `effects.fit_effects`.
    """

    recipe: Recipe
    cells: Readings
    own: Mapping[str, FloatArray]
    pairs: tuple[tuple[NDArray[np.bool_], NDArray[np.bool_]], ...]
    weights: FloatArray | None

    def counts(self, of: NDArray[np.bool_]) -> FloatArray | None:
        """Return the weights of the rows a question is asked of."""
        return None if self.weights is None else self.weights[of]

    def lines(self) -> tuple[Line, ...]:
        """Return a line for every question."""
        matrix = self.recipe.lines(self.cells, self.own)
        return tuple(fit_line(matrix[of], answer[of], self.counts(of)) for of, answer in self.pairs)


def _asked(task: Task, rows: IntArray) -> _Asked:
    cells, codes, weights = task.cells.take(rows), task.codes[rows], None
    units = None if task.units is None else task.units[rows]
    recipe, own = fit_effects(
        fit_recipe(cells, task.columns, task.clock), cells, _questions(task, codes), units, task.seed
    )
    if task.enlarge is not None:
        made = task.enlarge(task.frame[rows], codes)
        cells, codes, weights = Readings(made.frame), made.codes, made.weights
        own = {name: _carried(recipe, cells, name, values, made.origin) for name, values in own.items()}
    return _Asked(recipe, cells, own, _questions(task, codes), weights)


def _questions(task: Task, codes: IntArray) -> tuple[tuple[NDArray[np.bool_], NDArray[np.bool_]], ...]:
    """Return for every question the rows it is asked of, and the answers of all rows."""
    yes = questions.answers(task.kind, task.classes, codes)
    asked = [questions.asked(task.kind, codes, question) for question in range(yes.shape[1])]
    return tuple(zip(asked, yes.T, strict=True))


def _carried(recipe: Recipe, cells: Readings, name: str, own: FloatArray, origin: IntArray) -> FloatArray:
    """Return the effects of enlarged rows: those of the training row that each was, of made ones as of new rows."""
    step = recipe.steps[recipe.columns.index(name)]
    found = np.column_stack(effects_of(step, cells[name]))
    found[origin >= 0] = own[origin[origin >= 0]]
    return found


def fit(task: Task, rows: IntArray, stage: float = 1.0) -> Fitted:
    """Fit recipe and learners on the given rows of a task, trees up to a stage."""
    asked = _asked(task, rows)
    trees: tuple[Trees, ...] = ()
    if TREES in task.learners:
        matrix = asked.recipe.trees(asked.cells, asked.own)
        trees = tuple(
            fit_trees(asked.recipe, matrix[of], answer[of], task.seed, Effort(stage), asked.counts(of))
            for of, answer in asked.pairs
        )
    return Fitted(asked.recipe, trees, asked.lines() if LINE in task.learners else ())


class _Model:
    """The model of one part, asked for its test rows while it is boosted; it is not kept."""

    def __init__(self, task: Task, part: Parted) -> None:
        asked = _asked(task, part.train)
        self.recipe, self.part = asked.recipe, part
        self.test = task.cells.take(part.test)
        self.lines = asked.lines() if LINE in task.learners else ()
        self.growing: tuple[Growing, ...] = ()
        if TREES in task.learners:
            self._matrix, matrix = asked.recipe.trees(self.test), asked.recipe.trees(asked.cells, asked.own)
            self.growing = tuple(
                Growing(asked.recipe, (matrix[of], self._matrix), answer[of], task.seed, WHOLE, asked.counts(of))
                for of, answer in asked.pairs
            )

    def by_trees(self, stage: float) -> FloatArray:
        """Boost up to a stage and return the log-odds of the test rows."""
        return np.column_stack([growing.log_odds(stage) for growing in self.growing])

    def by_lines(self) -> FloatArray:
        """Return the log-odds of the test rows by the lines."""
        matrix = self.recipe.lines(self.test)
        return np.column_stack([line.log_odds(matrix) for line in self.lines])

    def contributions(self, rows: IntArray, stage: float) -> Odds:
        """Return what each column adds to the log-odds of the first question for some test rows, by learner."""
        found: Odds = {}
        width = len(self.recipe.steps)
        if self.growing:
            parts = self.growing[0].contributions(self._matrix[rows], stage)
            found[TREES] = _by_source(parts, self.recipe.tree_sources, width)
        if self.lines:
            parts = self.lines[0].contributions(self.recipe.lines(self.test.take(rows)))
            found[LINE] = _by_source(parts, self.recipe.line_sources, width)
        return found


def cross(
    task: Task,
    parts: Sequence[Parted],
    stages: Sequence[float] | None = None,
    explain: bool = False,
    periods: bool = False,
) -> Crossed:
    """Answer for the test rows of every part with a model fitted on its training rows.

    Args:
        task: What is to be learned.
        parts: Train and test rows.
        stages: Stages of boosting to answer at, rising; None for those of `STAGES` up to the first that does not
            lose less than all before it.
        explain: Whether contributions are worked out too, of the best stage.
        periods: Whether each part counts as one observation of what is lost, whatever its rows.

    Returns:
        The answers.
    """
    rows = np.concatenate([part.test for part in parts])
    units = np.repeat(np.arange(len(parts)), [len(part.test) for part in parts]) if periods else None
    odds: Odds = {}

    def keep(name: str, answers: Iterable[FloatArray]) -> None:
        odds[name] = np.full((len(task.codes), questions.count(task.kind, task.classes)), np.nan)
        odds[name][rows] = np.concatenate(list(answers))

    with ThreadPoolExecutor(max_workers=task.threads or os.cpu_count() or 1) as pool:
        models = list(pool.map(partial(_Model, task), parts))
        best, grown = STAGES[-1], []
        for stage in (STAGES if stages is None else stages) if TREES in task.learners else ():
            keep(staged(stage), pool.map(methodcaller("by_trees", stage), models))
            grown.append(stage)
            best = best_stage(task.kind, task.codes[rows], {name: values[rows] for name, values in odds.items()}, units)
            if stages is None and best != stage:
                break
        if LINE in task.learners:
            keep(LINE, pool.map(methodcaller("by_lines"), models))
        if not explain:
            return Crossed(odds, tuple(grown))
        each = max(1, EXPLAINED_ROWS // len(parts))
        drawn = [np.sort(np.random.default_rng(task.seed).permutation(len(part.test))[:each]) for part in parts]
        found = list(pool.map(lambda model, mine: model.contributions(mine, best), models, drawn))
    explained = np.concatenate([part.test[mine] for part, mine in zip(parts, drawn, strict=True)])
    added = {name: np.concatenate([one[name] for one in found]) for name in task.learners}
    return Crossed(odds, tuple(grown), explained, added)


def _by_source(parts: FloatArray, sources: tuple[int, ...], width: int) -> FloatArray:
    """Sum matrix columns by the source column they were made from."""
    summed = np.zeros((len(parts), width))
    for place, source in enumerate(sources):
        summed[:, source] += parts[:, place]
    return summed
