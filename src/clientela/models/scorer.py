"""One row at a time, for a page that waits: recipe, learners and calibration without a frame."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Mapping
from functools import partial

import numpy as np
from scipy.special import expit

from clientela.domain.errors import ColumnError, listed
from clientela.models.cells import cell_of, standard
from clientela.models.fitting import Fitted
from clientela.models.learners import Line, Trees
from clientela.models.native import SingleRow
from clientela.models.recipe import Number, Recipe
from clientela.models.result import TargetKind
from clientela.models.settling import Settled
from clientela.models.values import FloatArray


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
        self._cells = tuple((step.column, cell_of(step)) for step in recipe.steps)
        self._logged = _logged(recipe)
        self._forest = _Forest(fitted.trees, len(recipe.tree_sources))
        self._lines = _Lines(fitted.lines, len(recipe.line_sources))
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
        lines: list[float] = []
        try:
            for name, cell in self._cells:
                cell(row[name], trees, lines)
        except KeyError as error:
            lost = [name for name in self._columns if name not in row]
            raise ColumnError(f"The model needs columns that are not there: {listed(lost)}.") from error
        if self._logged:
            self._take_logarithms(lines)
        chances = self._probabilities(trees, lines)
        if self._settled.means:
            chances.append(float(self._settled.revenue(np.array([chances]))[0]))
        return dict(zip(self._outputs, chances, strict=True))

    def _take_logarithms(self, lines: list[float]) -> None:
        """Standardise the columns that lines see as log(1 + x): numpy's, whose last digits are its own."""
        seen = np.log1p(np.maximum([lines[place] for place, _, _ in self._logged], 0))
        for (place, centre, scale), value in zip(self._logged, seen.tolist(), strict=True):
            lines[place] = standard(value, centre, scale)

    def _probabilities(self, trees: list[float], lines: list[float]) -> list[float]:
        weight = self._settled.weight
        rest = 1 - weight
        if weight and rest:
            parts = zip(self._forest.log_odds(trees), self._lines.log_odds(lines), strict=True)
            mixed = [0 + weight * forest + rest * line for forest, line in parts]
        elif weight:
            mixed = [weight * forest for forest in self._forest.log_odds(trees)]
        else:
            mixed = [rest * line for line in self._lines.log_odds(lines)]
        moved = [intercept + slope * odds for (intercept, slope), odds in zip(self._scales, mixed, strict=True)]
        return _chances(self._settled.kind, expit(np.array(moved)))


class _Forest:
    """The trees of every question on one buffer."""

    def __init__(self, trees: tuple[Trees, ...], width: int) -> None:
        buffer = (ctypes.c_double * max(1, width))()
        self._buffer = buffer
        self._pack = struct.Struct(f"{width}d").pack_into
        self._answers = tuple(
            SingleRow(one.text, buffer, width).log_odds if one.text else partial(float, one.constant) for one in trees
        )

    def log_odds(self, row: list[float]) -> list[float]:
        self._pack(self._buffer, 0, *row)
        return [answer() for answer in self._answers]


class _Lines:
    """The lines of every question on one buffer."""

    def __init__(self, lines: tuple[Line, ...], width: int) -> None:
        self._row: FloatArray = np.zeros((1, width))
        self._lines = tuple((np.array(line.coefficients, dtype=np.float64), line.intercept) for line in lines)

    def log_odds(self, row: list[float]) -> list[float]:
        self._row[0] = row
        return [float(np.einsum("ij,j->i", self._row, weights)[0]) + intercept for weights, intercept in self._lines]


def _logged(recipe: Recipe) -> tuple[tuple[int, float, float], ...]:
    """Return where lines see a logarithm, with its centre and scale."""
    sources = recipe.line_sources
    return tuple(
        (sources.index(index), step.centre, step.scale)
        for index, step in enumerate(recipe.steps)
        if isinstance(step, Number) and step.logged
    )


def _chances(kind: TargetKind, yes: FloatArray) -> list[float]:
    """Return what `questions.probabilities` gives for one row."""
    if kind is TargetKind.CLASSES:
        answers = yes.tolist()
        raw = np.array([1 - answers[0], *answers[1:]])
        found: list[float] = (raw / raw.sum()).tolist()
        return found
    chances = []
    reached = 1.0
    for answer in yes.tolist():
        further = reached * answer
        chances.append(reached - further)
        reached = further
    return [*chances, reached]
