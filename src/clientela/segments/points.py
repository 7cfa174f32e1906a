"""Rules that count points: for groups that show themselves a little in many columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from clientela.segments.result import POINTS, Condition, Line
from clientela.segments.shown import Asked

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
SmallArray = NDArray[np.float32]

MOST_POINTS = 10
"""Most points of a line."""
SWEEPS = 2
"""Times that every line is tried with a point more and a point less."""
PULL = 1.0
"""Ridge penalty: points stay finite where a line tells a group without error."""
ROUNDS = 12
OPPOSITE = {">": "<=", "in": "not in", "missing": "present"}


def counted(asked: Asked, inside: BoolArray, some: IntArray) -> tuple[float, tuple[Condition, ...], BoolArray]:
    """Return the rule that tells a group by counting points.

    The weights of a logistic regression, shrunk and rounded, are the points (a scorecard, as in
    Ustun and Rudin 2019, by rounding).

    Args:
        asked: What is asked.
        inside: For each of `some`, whether it belongs to the group.
        some: Visits that the rule is found on.

    Returns:
        How well it tells the group on these visits (F1), the rule, and which of all visits fulfil
        it; 0 and no conditions where nothing tells it.
    """
    nothing: tuple[float, tuple[Condition, ...], BoolArray] = (0.0, (), np.zeros(len(asked.holds), dtype=np.bool_))
    if not 0 < inside.mean() < 1 or not asked.conditions:
        return nothing
    holds, target = asked.holds[some], inside.astype(np.float64)
    weights = _fitted(holds, target, _even(target, len(asked.conditions)))[1:]
    points = np.rint(weights / max(float(np.abs(weights).max()), 1e-9) * MOST_POINTS).astype(np.int64)
    points, least = _moved(holds.astype(np.int64), points, inside)
    taken = asked.holds @ points >= least
    score = 2 * float((taken[some] & inside).sum()) / max(float(taken[some].sum() + inside.sum()), 1.0)
    rule = _rule(asked.conditions, points.tolist(), least)
    return (score, rule, np.asarray(taken)) if rule else nothing


def _even(target: FloatArray, count: int) -> FloatArray:
    """Return the weights of a regression in which no line counts."""
    return np.append(np.log(target.mean() / (1 - target.mean())), np.zeros(count))


def _fitted(holds: SmallArray, target: FloatArray, start: FloatArray) -> FloatArray:
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


def _moved(holds: IntArray, points: IntArray, inside: BoolArray) -> tuple[IntArray, int]:
    """Return points, each moved by one as long as fewer visits are named wrongly, and how many are asked for."""
    counts = holds @ points
    wrong, least = _least(counts, inside)
    for place, step in [*product(range(len(points)), (-1, 1))] * SWEEPS:
        if abs(points[place] + step) > MOST_POINTS:
            continue
        fewer, bound = _least(counts + step * holds[:, place], inside)
        if fewer < wrong:
            counts, wrong, least = counts + step * holds[:, place], fewer, bound
            points = points + step * (np.arange(len(points)) == place)
    return points, least


def _least(counts: IntArray, inside: BoolArray) -> tuple[int, int]:
    """Return how many visits are named wrongly, and the sum of points to ask for so that they are fewest."""
    lowest = int(counts.min())
    own = np.bincount(counts - lowest, inside)
    others = np.bincount(counts - lowest) - own
    # members below the bound and others from it on
    wrong = np.concatenate([[0], own.cumsum()[:-1]]) + others[::-1].cumsum()[::-1]
    return int(wrong.min()), lowest + int(wrong.argmin())


def _rule(conditions: Sequence[Condition], points: Sequence[int], least: int) -> tuple[Condition, ...]:
    """Return the rule, what counts most first and columns kept together; a plain one where all lines have to hold."""
    lines: list[Line] = []
    for one, worth in zip(conditions, points, strict=True):
        if worth > 0:
            lines.append(Line(one, worth))
        elif worth < 0:
            too = one.operator != "missing" and not one.missing_too
            lines.append(Line(replace(one, operator=OPPOSITE[one.operator], missing_too=too), -worth))
            least -= worth
    if least <= 0 or not lines:
        return ()
    columns: dict[str, int] = {}
    for line in lines:
        columns[line.condition.column] = columns.get(line.condition.column, 0) + line.points
    lines.sort(key=lambda line: -columns[line.condition.column])
    if least > sum(line.points for line in lines) - min(line.points for line in lines):
        return tuple(line.condition for line in lines)
    return (Condition("", POINTS, float(least), lines=tuple(lines)),)
