"""One row at a time, for a page that waits: recipe, learners and calibration without a frame."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from clientela.domain.errors import ColumnError, listed
from clientela.models.cells import cell_of
from clientela.models.fitting import Fitted
from clientela.models.forest import single
from clientela.models.learners import Line, Trees
from clientela.models.recipe import Recipe
from clientela.models.result import TargetKind
from clientela.models.settling import Settled

_LOWEST = -math.log(sys.float_info.max)
"""Log-odds below which the exponential is beyond what a float holds."""


class Scorer:
    """Scores one row at a time, with the very numbers that `Release.predict` gives.

    It holds buffers that each row is written to: make one for each thread.

    Args:
        fitted: Recipe and learners.
        settled: From log-odds to probabilities and revenue.
        outputs: Names of the scores.
    """

    def __init__(self, fitted: Fitted, settled: Settled, outputs: tuple[str, ...]) -> None:
        recipe = fitted.recipe
        self._columns = recipe.columns
        slopes = _slopes(recipe, fitted.lines)
        self._cells = tuple((one.column, cell_of(one, mine)) for one, mine in zip(recipe.steps, slopes, strict=True))
        self._intercepts = [line.intercept for line in fitted.lines]
        self._none = [0.0] * len(fitted.lines)
        self._trees = _single(fitted.trees)
        self._settled = settled
        self._scales = [(scale.intercept, scale.slope) for scale in settled.scales]
        self._outputs = outputs

    def one(self, row: Mapping[str, object]) -> dict[str, float]:
        """Score a row.

        Args:
            row: Cells by column: text, numbers, truths, dates and times; None where missing. Others
                beside those that the release needs are ignored.

        Returns:
            `p_<class>` for every class and `expected_revenue` where there is revenue, in money.

        Raises:
            ColumnError: Columns are missing; all of them are named.
            InputError: A cell is a list, a record or bytes.
        """
        trees: list[float] = []
        lines = self._none.copy()
        try:
            for name, cell in self._cells:
                cell(row[name], trees, lines)
        except KeyError as error:
            lost = [name for name in self._columns if name not in row]
            raise ColumnError(f"The model needs columns that are not there: {listed(lost)}.") from error
        chances = self._probabilities(trees, lines)
        if self._settled.means:
            revenue = 0.0
            for chance, mean in zip(chances, self._settled.means, strict=True):
                revenue += mean * chance
            chances.append(revenue)
        return dict(zip(self._outputs, chances, strict=True))

    def _probabilities(self, trees: list[float], lines: list[float]) -> list[float]:
        weight = self._settled.weight
        rest = 1 - weight
        if weight and rest:
            mixed = [
                0 + weight * grown + rest * (line + intercept)
                for grown, line, intercept in zip(self._trees(trees), lines, self._intercepts, strict=True)
            ]
        elif weight:
            mixed = [weight * grown for grown in self._trees(trees)]
        else:
            mixed = [rest * (line + intercept) for line, intercept in zip(lines, self._intercepts, strict=True)]
        moved = [intercept + slope * odds for (intercept, slope), odds in zip(self._scales, mixed, strict=True)]
        return _chances(self._settled.kind, [_expit(odds) for odds in moved])


def _expit(odds: float) -> float:
    """Return what scipy's `expit` gives."""
    return 1 / (1 + math.exp(-odds)) if odds > _LOWEST else 0.0


def _single(trees: Sequence[Trees]) -> Callable[[Sequence[float]], list[float]]:
    """Return what gives the log-odds of all trees for one row; of some there is a constant only."""
    answer = single([one.forest for one in trees if one.text])
    if all(one.text for one in trees):
        return answer
    constants = [None if one.text else one.constant for one in trees]

    def filled(row: Sequence[float]) -> list[float]:
        grown = iter(answer(row))
        return [next(grown) if constant is None else constant for constant in constants]

    return filled


def _slopes(recipe: Recipe, lines: Sequence[Line]) -> list[list[list[float]]]:
    """Return the coefficients of every step's columns, for every line."""
    found: list[list[list[float]]] = [[[] for _ in lines] for _ in recipe.steps]
    for number, line in enumerate(lines):
        for step, slope in zip(recipe.line_sources, line.coefficients, strict=True):
            found[step][number].append(slope)
    return found


def _chances(kind: TargetKind, yes: list[float]) -> list[float]:
    """Return what `questions.probabilities` gives for one row."""
    if kind is TargetKind.CLASSES:
        raw = np.array([1 - yes[0], *yes[1:]])
        found: list[float] = (raw / raw.sum()).tolist()
        return found
    chances = []
    reached = 1.0
    for answer in yes:
        further = reached * answer
        chances.append(reached - further)
        reached = further
    return [*chances, reached]
