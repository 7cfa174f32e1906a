"""One row at a time, for a page that waits: recipe, learners and calibration without a frame."""

from __future__ import annotations

import math
import sys
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from clientela.domain.errors import ColumnError, listed
from clientela.models.cells import cell_of
from clientela.models.fitting import Fitted
from clientela.models.forest import Spot, single
from clientela.models.learners import Line, Trees
from clientela.models.recipe import FAR, Recipe
from clientela.models.result import TargetKind
from clientela.models.settling import Settled
from clientela.models.values import HUGE

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
        spots, self._trees = _single(fitted.trees, len(recipe.tree_sources))
        places = [
            [spot for spot, of in zip(spots, recipe.tree_sources, strict=True) if of == step]
            for step in range(len(recipe.steps))
        ]
        self._cells = tuple(
            (one.column, *cell_of(one, mine, where))
            for one, mine, where in zip(recipe.steps, slopes, places, strict=True)
        )
        self._intercepts = [line.intercept for line in fitted.lines]
        self._none = [0.0] * len(fitted.lines)
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
        try:
            asked, lines = self._read(row)
        except KeyError as error:
            lost = [name for name in self._columns if name not in row]
            raise ColumnError(f"The model needs columns that are not there: {listed(lost)}.") from error
        chances = self._probabilities(asked, lines)
        if self._settled.means:
            revenue = 0.0
            for chance, mean in zip(chances, self._settled.means, strict=True):
                revenue += mean * chance
            bend = self._settled.bend
            chances.append(revenue if bend is None else bend.one(revenue))
        return dict(zip(self._outputs, chances, strict=True))

    def _read(self, row: Mapping[str, object]) -> tuple[list[int], list[float]]:
        """Return where trees look up every column, and the log-odds of every line without its intercept.

        Most cells are texts of categories and floats: they are done here, which spares a call for each.
        """
        asked: list[int] = []
        lines = self._none.copy()
        for name, read, known, plain in self._cells:
            value = row[name]
            if plain is not None and type(value) is float and -HUGE <= value <= HUGE:
                cuts, start, centre, scale, seen = plain
                asked.append(start + bisect_left(cuts, value))
                shown = (value - centre) / scale
                if not -FAR <= shown <= FAR:
                    shown = FAR if shown > 0 else -FAR
                for line, slope in seen:
                    lines[line] += slope * shown
            elif type(value) is str and value in known:
                place, added = known[value]
                asked.append(place)
                for line, more in added:
                    lines[line] += more
            else:
                read(value, asked, lines)
        return asked, lines

    def _probabilities(self, asked: list[int], lines: list[float]) -> list[float]:
        weight, rest = self._settled.weight, 1 - self._settled.weight
        if weight and rest:
            mixed = [
                weight * grown + rest * (line + intercept)
                for grown, line, intercept in zip(self._trees(asked), lines, self._intercepts, strict=True)
            ]
        elif weight:
            mixed = [weight * grown for grown in self._trees(asked)]
        else:
            mixed = [rest * (line + intercept) for line, intercept in zip(lines, self._intercepts, strict=True)]
        yes = [_expit(intercept + slope * odds) for (intercept, slope), odds in zip(self._scales, mixed, strict=True)]
        return _chances(self._settled.kind, yes)


def _expit(odds: float) -> float:
    """Return what scipy's `expit` gives."""
    return 1 / (1 + math.exp(-odds)) if odds > _LOWEST else 0.0


def _single(trees: Sequence[Trees], width: int) -> tuple[list[Spot], Callable[[Sequence[int]], list[float]]]:
    """Return what gives the log-odds of all trees for one row; of some there is a constant only."""
    spots, answer = single([one.forest for one in trees if one.text], width)
    if all(one.text for one in trees):
        return spots, answer
    constants = [None if one.text else one.constant for one in trees]

    def filled(asked: Sequence[int]) -> list[float]:
        grown = iter(answer(asked))
        return [next(grown) if constant is None else constant for constant in constants]

    return spots, filled


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
