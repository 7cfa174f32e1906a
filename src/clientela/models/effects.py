"""What the levels of a column of many categories say of the answers, by rows that were not asked for them.

A level's effect is the log-odds of its rows beyond those of all rows, drawn to them by as many rows as speak for no
difference (empirical Bayes of a beta distribution, Micci-Barreca 2001). Training rows get effects that were worked out
without their own visitor, for else learners would take what is an echo of the answer for a strong column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from clientela.models.reading import Reading, Readings
from clientela.models.recipe import Category, Recipe, levels_of
from clientela.models.values import FloatArray, IntArray

MANY = 20
"""Values with a code of their own from which a column has effects: fewer are told one by one."""
LEAST_ROWS = 2
"""Rows of a level with an effect of its own."""
MOST_LEVELS = 5_000
MOST_QUESTIONS = 4
"""Questions, the first ones, that levels have an effect on at most."""
FOLDS = 5
STRENGTHS = (2.0, 1_000.0)
"""Bounds on the rows by which a level is drawn to all."""
BEYOND_CHANCE = 1.645
"""Deviations by which levels must differ more than chance lets them."""
DIGITS = 9
"""Significant digits of an effect: beyond them machines differ."""

Asked = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""Rows that a question is asked of, and the answers of all rows."""


def fit_effects(
    recipe: Recipe, cells: Readings, asked: Sequence[Asked], units: IntArray | None, seed: int
) -> tuple[Recipe, Mapping[str, FloatArray]]:
    """Add the effects of levels to a recipe, where they differ beyond chance.

    Args:
        recipe: The recipe, fitted on these rows.
        cells: Training rows.
        asked: One per question.
        units: Independent unit of every row; None where each is its own.
        seed: Seed of how rows are parted.

    Returns:
        The recipe, and for every column with effects those of the training rows, each worked out without the row's
        own unit: rows by effects.
    """
    steps, own = list(recipe.steps), {}
    fold = _folds(len(cells), units, seed)
    for place, step in enumerate(steps):
        if not isinstance(step, Category) or len(step.values) < MANY:
            continue
        found = _fitted(step, cells[step.column], asked[:MOST_QUESTIONS], fold)
        if found is not None:
            steps[place], own[step.column] = found
    return Recipe(tuple(steps)), own


def _folds(rows: int, units: IntArray | None, seed: int) -> IntArray:
    """Return the fold of every row; units stay together."""
    names = np.arange(rows) if units is None else np.unique(units, return_inverse=True)[1].reshape(-1)
    count = int(names.max()) + 1 if rows else 0
    return (np.random.default_rng(seed).permutation(count) % FOLDS)[names]


def _fitted(
    step: Category, cells: Reading, asked: Sequence[Asked], fold: IntArray
) -> tuple[Category, FloatArray] | None:
    rows = np.bincount(cells.codes + 1, minlength=len(cells.column.words) + 1)[1:]
    often = np.flatnonzero(rows >= LEAST_ROWS).tolist()
    ranked = sorted((-int(rows[code]), cells.column.words[code]) for code in often)
    levels = tuple(word for _, word in ranked[:MOST_LEVELS])
    at = levels_of(levels, cells)
    tables, own = [], []
    for of, yes in asked:
        counts, hits = (_counted(at[rows], len(levels)) for rows in (of, of & yes))
        strength = _strength(counts, hits)
        if strength is None:
            continue
        tables.append(tuple(float(f"{value:.{DIGITS}g}") for value in _effects(counts, hits, strength)))
        mine = np.zeros(len(at))
        for part in range(FOLDS):
            here = fold == part
            others = [
                whole - _counted(at[rows & here], len(levels)) for whole, rows in ((counts, of), (hits, of & yes))
            ]
            mine[here] = _effects(others[0], others[1], strength)[at[here]]
        own.append(mine)
    if not tables:
        return None
    return msgspec.structs.replace(step, levels=levels, effects=tuple(tables)), np.column_stack(own)


def _counted(at: IntArray, levels: int) -> FloatArray:
    """Return the rows of every level, of other levels, and of missing cells."""
    return np.bincount(at, minlength=levels + 2).astype(np.float64)


def _effects(counts: FloatArray, hits: FloatArray, strength: float) -> FloatArray:
    """Return the effect of every level and of missing cells; other levels have none."""
    share = (hits.sum() + 0.5) / (counts.sum() + 1)
    found = np.asarray(logit((hits + strength * share) / (counts + strength)) - logit(share), dtype=np.float64)
    found[-2] = 0.0
    return found


def _strength(counts: FloatArray, hits: FloatArray) -> float | None:
    """Return the rows by which levels are drawn to all; None where they differ no more than by chance.

    By the moments of a beta distribution of shares (Kleinman 1973), and by Pearson's statistic against its mean and
    variance where many counts are small (Haldane 1940).
    """
    there = counts > 0
    there[-2] = False
    rows, yes = counts[there], hits[there]
    whole, share = float(rows.sum()), float(yes.sum()) / max(1.0, float(rows.sum()))
    chance = share * (1 - share)
    free = len(rows) - 1
    if free < 1 or chance <= 0:
        return None
    off = (yes - rows * share) ** 2
    spread = max(1.0, 2 * free + (1 / chance - 6) * float((1 / rows).sum()))
    if float((off / (rows * chance)).sum()) - free < BEYOND_CHANCE * spread**0.5:
        return None
    between = (float((off / rows).sum()) - chance * free) / (whole - float((rows**2).sum()) / whole)
    return float(np.clip(chance / between - 1, *STRENGTHS)) if between > 0 else None
