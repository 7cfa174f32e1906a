"""Rules that count points: for groups that show themselves a little in many columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, pairwise

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
SmallArray = NDArray[np.float32]

MOST_COLUMNS = 8
"""Most columns of a rule."""
MOST_POINTS = 10
"""Most points of a line."""
BINS = 4
"""A number may be asked for at its quarters."""
MOST_LEVELS = 8
"""Most values of a category that may be asked for."""
GRADES = 4
"""Values of a category count one of so many points."""
LEAST_SCORE = 10.8
"""Score statistic from which a column is worth its words: one in a thousand by chance (chi square, 1 degree)."""
PER_LINE = 2.0
"""What each line of a column has to add to the statistic (Akaike)."""
PULL = 1.0
"""Ridge penalty: points stay finite where a line tells a group without error."""
ROUNDS = 12
FEW_ROUNDS = 3
"""Rounds of Newton's method while columns are chosen: each begins where the last one ended."""
OPPOSITE = {">": "<=", "in": "not in", "missing": "present"}


@dataclass(frozen=True)
class Asked:
    """What may be asked of visits.

    Attributes:
        conditions: One condition each, those of one column together.
        holds: Visits by conditions, 1 where it is fulfilled.
    """

    conditions: tuple[Condition, ...]
    holds: SmallArray

    @property
    def columns(self) -> list[list[int]]:
        """The places of the conditions of each column."""
        found: dict[str, list[int]] = {}
        for place, one in enumerate(self.conditions):
            found.setdefault(one.column, []).append(place)
        return list(found.values())


def asked(frame: pl.DataFrame) -> Asked:
    """Return what may be asked of the columns of a frame: numbers at their quarters, common values, missing cells."""
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
    quarters = np.quantile(values[known], np.arange(1, BINS) / BINS, method="lower")
    bounds = dict.fromkeys(float(np.floor(b)) if whole else b + 0.0 for b in (float(f"{b:.2g}") for b in quarters))
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

    Columns are chosen one by one by the score test of a logistic regression (forward selection),
    each with all that may be asked of it, so that it hardly matters for the group which of two
    like cuts tells a little more. Then the values of each category are put into a few grades, and the
    weights, shrunk and rounded, are the points (a scorecard, as in Ustun and Rudin 2019, by
    rounding). So many points are asked for that the group keeps its size.

    Args:
        may: What may be asked.
        inside: For each of `some`, whether it belongs to the group.
        some: Visits that the rule is found on.

    Returns:
        How well it tells the group on these visits (F1), the rule, and which of all visits fulfil
        it; 0 and no conditions where nothing tells it.
    """
    nothing: tuple[float, tuple[Condition, ...], BoolArray] = (0.0, (), np.zeros(len(may.holds), dtype=np.bool_))
    if not 0 < inside.mean() < 1:
        return nothing
    target = inside.astype(np.float64)
    lines = _lines(may, target, some)
    if not lines:
        return nothing
    holds = np.column_stack([may.holds[:, line].sum(axis=1) for line in lines])
    weights = _fitted(holds[some], target, _even(target, len(lines)))[1:]
    points = np.rint(weights / np.abs(weights).max() * MOST_POINTS)
    counts = holds @ points
    score, least = _least(counts[some], inside)
    rule = _rule([_joined(may, line) for line in lines], points.astype(int).tolist(), least)
    return score, rule, np.asarray(counts >= least)


def _even(target: FloatArray, count: int) -> FloatArray:
    """Return the weights of a regression in which no line counts."""
    return np.append(np.log(target.mean() / (1 - target.mean())), np.zeros(count))


def _lines(may: Asked, target: FloatArray, some: IntArray) -> list[list[int]]:
    """Return the lines of a rule, each as the places of what has to hold."""
    holds, columns = may.holds[some], may.columns
    chosen: list[list[int]] = []
    weights = _even(target, 0)
    while len(chosen) < MOST_COLUMNS:
        chance = expit(holds[:, list(chain(*chosen))] @ weights[1:] + weights[0])
        left = [places for places in columns if places not in chosen]
        scores = [_score(holds[:, places], target - chance, chance * (1 - chance)) for places in left]
        if not scores or max(scores) < LEAST_SCORE:
            break
        chosen.append(left[int(np.argmax(scores))])
        start = np.append(weights, np.zeros(len(chosen[-1])))
        weights = _fitted(holds[:, list(chain(*chosen))], target, start, FEW_ROUNDS)
    weights = _fitted(holds[:, list(chain(*chosen))], target, weights)[1:]
    lines: list[list[int]] = []
    for places in chosen:
        own, weights = weights[: len(places)], weights[len(places) :]
        numeric = any(may.conditions[place].operator == ">" for place in places)
        lines += [[place] for place in places] if numeric else _graded(places, own, holds[:, places])
    return lines


def _score(holds: SmallArray, left: FloatArray, spread: FloatArray) -> float:
    """Return what a column adds, by the score test, less what its lines cost."""
    weighed = holds * spread[:, None]
    # what the intercept takes up is taken off
    bend = holds.T @ weighed - np.outer(weighed.sum(axis=0), weighed.sum(axis=0)) / max(float(spread.sum()), 1e-9)
    slope = holds.T @ left
    return float(slope @ np.linalg.solve(bend + PULL * np.eye(len(slope)), slope)) - PER_LINE * len(slope)


def _graded(places: list[int], weights: FloatArray, holds: SmallArray) -> list[list[int]]:
    """Return what may be asked of a category in a few grades, without the grade that counts nothing.

    The grades that differ least within (weighted sum of squares; there are few values, so all cuts are
    tried). Visits that none of the places holds for are one more value, of no weight; its grade counts
    nothing, or, where there are no such visits, the grade of the most values.
    """
    sizes = holds.sum(axis=0)
    if others := len(holds) - sizes.sum():
        weights, sizes = np.append(weights, 0.0), np.append(sizes, others)
    order = np.argsort(weights, kind="stable")
    cuts = [(0, *inner, len(order)) for inner in combinations(range(1, len(order)), min(GRADES, len(order)) - 1)]
    best = min(cuts, key=lambda cut: sum(_within(weights[own], sizes[own]) for own in _parted(order, cut)))
    grades = [set(own.tolist()) for own in _parted(order, best)]
    common = next((one for one in grades if len(places) in one), max(grades, key=len))
    return [[places[place] for place in sorted(one)] for one in grades if one != common]


def _parted(order: IntArray, cut: Sequence[int]) -> list[IntArray]:
    return [order[low:high] for low, high in pairwise(cut)]


def _within(weights: FloatArray, sizes: FloatArray) -> float:
    middle = float(sizes @ weights) / max(float(sizes.sum()), 1e-9)
    return float(sizes @ (weights - middle) ** 2)


def _joined(may: Asked, line: Sequence[int]) -> Condition:
    """Return one condition that holds where any of a category's does."""
    asks = [may.conditions[place] for place in line]
    values = tuple(sorted(value for one in asks for value in one.values))
    if len(asks) == 1 or not values:
        return asks[0]
    return Condition(asks[0].column, "in", None, values, any(one.operator == "missing" for one in asks))


def _fitted(holds: SmallArray, target: FloatArray, start: FloatArray, rounds: int = ROUNDS) -> FloatArray:
    """Return intercept and weights of a logistic regression with a ridge penalty, by Newton's method."""
    matrix = np.column_stack([np.ones(len(holds)), holds])
    weights = start
    penalty = np.full(len(start), PULL)
    penalty[0] = 1e-9
    for _ in range(rounds):
        chance = expit(matrix @ weights)
        slope = matrix.T @ (target - chance) - penalty * weights
        bend = (matrix * (chance * (1 - chance))[:, None]).T @ matrix + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-3:
            break
    return weights


def _least(counts: FloatArray, inside: BoolArray) -> tuple[float, int]:
    """Return F1 and the sum of points at which as many visits as belong to the group are taken to."""
    sums, places = np.unique(counts, return_inverse=True)
    own = np.bincount(places, inside, len(sums))[::-1].cumsum()[::-1]
    taken = np.bincount(places, minlength=len(sums))[::-1].cumsum()[::-1]
    best = int(np.abs(taken - inside.sum()).argmin())
    return float(2 * own[best] / (taken[best] + inside.sum())), int(sums[best])


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
