"""Rules that count points: for groups that show themselves a little in many columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

from clientela.models.partition import LEAST_CATEGORY_ROWS
from clientela.models.values import numbers, texts
from clientela.segments.result import POINTS, Condition, Line

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

MOST_LINES = 8
"""Most lines of a rule."""
MOST_POINTS = 5
"""Most points of a line."""
BINS = 5
"""A number may be asked for at its fifths."""
MOST_LEVELS = 8
"""Most values of a category that may be asked for."""
LEAST_SCORE = 10.8
"""Score statistic from which a line is worth its words: one in a thousand by chance (chi square, 1 degree)."""
PULL = 1.0
"""Ridge penalty: points stay finite where a line tells a group without error."""
ROUNDS = 12
OPPOSITE = {">": "<=", "in": "not in", "missing": "present"}


@dataclass(frozen=True)
class Asked:
    """What may be asked of visits.

    Attributes:
        conditions: One condition each.
        holds: Visits by conditions, 1 where it is fulfilled.
    """

    conditions: tuple[Condition, ...]
    holds: NDArray[np.float32]


def asked(frame: pl.DataFrame) -> Asked:
    """Return what may be asked of the columns of a frame: numbers at their fifths, common values, missing cells."""
    found: list[tuple[Condition, BoolArray]] = []
    for column in frame.iter_columns():
        found += _of_numbers(column) if column.dtype.is_numeric() else _of_values(column)
    telling = [(one, holds) for one, holds in found if LEAST_CATEGORY_ROWS <= holds.sum() <= len(holds) - 1]
    matrix = np.column_stack([holds for _, holds in telling]) if telling else np.empty((frame.height, 0))
    return Asked(tuple(one for one, _ in telling), matrix.astype(np.float32))


def _of_numbers(column: pl.Series) -> list[tuple[Condition, BoolArray]]:
    values = numbers(column)
    known = np.isfinite(values)
    if not known.any():
        return []
    whole = bool((values[known] == np.floor(values[known])).all())
    fifths = np.quantile(values[known], np.arange(1, BINS) / BINS, method="lower")
    bounds = dict.fromkeys(float(np.floor(b)) if whole else b + 0.0 for b in (float(f"{b:.2g}") for b in fifths))
    found = [(Condition(column.name, ">", bound), known & (values > bound)) for bound in bounds]
    return [*found, (Condition(column.name, "missing"), ~known)]


def _of_values(column: pl.Series) -> list[tuple[Condition, BoolArray]]:
    words = texts(column)
    counts = words.drop_nulls().value_counts(name="n").sort(["n", column.name], descending=[True, False])
    levels = counts.get_column(column.name).head(MOST_LEVELS).to_list()
    found = [
        (Condition(column.name, "in", None, (level,)), (words == level).fill_null(value=False).to_numpy())
        for level in levels
    ]
    return [*found, (Condition(column.name, "missing"), words.is_null().to_numpy())]


def counted(may: Asked, inside: BoolArray, some: IntArray) -> tuple[float, tuple[Condition, ...], BoolArray]:
    """Return the rule that tells a group by counting points.

    Lines are chosen one by one by the score test of a logistic regression (forward selection),
    which is fitted anew with each; its weights, shrunk and rounded, are the points (as in
    scorecards, Ustun and Rudin 2019, by rounding).

    Args:
        may: What may be asked.
        inside: For each of `some`, whether it belongs to the group.
        some: Visits that the rule is found on.

    Returns:
        How well it tells the group on these visits (F1), the rule, and which of all visits fulfil
        it; 0 and no conditions where nothing tells it.
    """
    holds = may.holds[some]
    target = inside.astype(np.float64)
    chosen: list[int] = []
    weights = np.zeros(1)
    if 0 < target.mean() < 1:
        weights[0] = np.log(target.mean() / (1 - target.mean()))
        while len(chosen) < MOST_LINES and (line := _next(holds, target, chosen, weights)) is not None:
            chosen.append(line)
            weights = _fitted(holds[:, chosen], target, np.append(weights, 0.0))
    if not chosen:
        return 0.0, (), np.zeros(len(may.holds), dtype=np.bool_)
    points = np.rint(weights[1:] / np.abs(weights[1:]).max() * MOST_POINTS)
    score, least = _least(holds[:, chosen] @ points, inside)
    rule = _rule([may.conditions[line] for line in chosen], points.astype(int).tolist(), least)
    return score, rule, np.asarray(may.holds[:, chosen] @ points >= least)


def _next(holds: NDArray[np.float32], target: FloatArray, chosen: Sequence[int], weights: FloatArray) -> int | None:
    """Return the line that adds most to those chosen, or None where none adds more than chance would."""
    chance = expit(holds[:, chosen] @ weights[1:] + weights[0])
    spread = chance * (1 - chance)
    both = np.column_stack([target - chance, spread]).astype(np.float32)
    slope, weight = (holds.T @ both).T.astype(np.float64)
    # holds are 0 or 1, so that their squares are themselves; what the intercept takes up is taken off
    left = np.maximum(weight - weight**2 / max(float(spread.sum()), 1e-9), 1e-9)
    scores = slope**2 / left
    scores[list(chosen)] = 0.0
    best = int(scores.argmax()) if len(scores) else 0
    return best if len(scores) and scores[best] > LEAST_SCORE else None


def _fitted(holds: NDArray[np.float32], target: FloatArray, start: FloatArray) -> FloatArray:
    """Return intercept and weights of a logistic regression with a ridge penalty, by Newton's method."""
    matrix = np.column_stack([np.ones(len(holds)), holds])
    weights = start
    penalty = np.full(len(start), PULL)
    penalty[0] = 1e-9
    for _ in range(ROUNDS):
        chance = expit(matrix @ weights)
        slope = matrix.T @ (target - chance) - penalty * weights
        bend = (matrix * (chance * (1 - chance))[:, None]).T @ matrix + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-3:
            break
    return weights


def _least(points: FloatArray, inside: BoolArray) -> tuple[float, int]:
    """Return the best F1 and the sum of points from which a visit is taken to belong to the group."""
    sums, places = np.unique(points, return_inverse=True)
    own = np.bincount(places, inside, len(sums))[::-1].cumsum()[::-1]
    taken = np.bincount(places, minlength=len(sums))[::-1].cumsum()[::-1]
    scores = 2 * own / (taken + inside.sum())
    best = int(scores.argmax())
    return float(scores[best]), int(sums[best])


def _rule(conditions: Sequence[Condition], points: Sequence[int], least: int) -> tuple[Condition, ...]:
    """Return the rule with points above 0 alone, most first; a plain one where all of its lines have to hold."""
    joined: dict[tuple[str, float | None, str, int], Condition] = {}
    for one, worth in zip(conditions, points, strict=True):
        # values of one column with the same points are one line
        key = (one.column, one.value, one.operator, worth)
        values = {*(joined[key].values if key in joined else ()), *one.values}
        joined[key] = replace(one, values=tuple(sorted(values)))
    lines = []
    for (_, _, operator, worth), one in joined.items():
        if worth > 0:
            lines.append(Line(one, worth))
        elif worth < 0:
            too = operator != "missing" and not one.missing_too
            lines.append(Line(replace(one, operator=OPPOSITE[operator], missing_too=too), -worth))
            least -= worth
    lines.sort(key=lambda line: -line.points)
    if least <= 0 or not lines:
        return ()
    if least > sum(line.points for line in lines[:-1]):
        return tuple(line.condition for line in lines)
    return (Condition("", POINTS, float(least), lines=tuple(lines)),)
