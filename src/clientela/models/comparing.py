"""Two releases on the same rows: which one is better, or that it cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.domain.errors import ColumnError, InputError, RefusedError, listed
from clientela.domain.estimate import Estimate
from clientela.domain.goal import Goal
from clientela.domain.record import Record
from clientela.models.options import ModelOptions
from clientela.models.recipe import Category
from clientela.models.release import REVENUE, Release
from clientela.models.result import TargetKind
from clientela.models.target import codes_of, unknown
from clientela.models.values import FloatArray, IntArray, numbers, texts
from clientela.statistics.intervals import bootstrap_each, bootstrap_ratio
from clientela.statistics.scores import Ranking, log_losses, rank_losses

DEFAULTS = ModelOptions()
LEAST_ROWS = 10
"""Rows of each side of the first question that a comparison needs."""
GROUP_ROWS = 100
"""Rows a subgroup needs to be looked at on its own."""
MOST_GROUPS = 20
AREA = "auc"
DECIDING = {
    TargetKind.ORDERED: "ranked_probability_score",
    TargetKind.BINARY: "log_loss",
    TargetKind.CLASSES: "log_loss",
}
"""The measure that decides, by kind of target: the one that models are settled by."""
ON_GOAL = {Goal.CONVERSION: "conversion_log_loss", Goal.REVENUE_PER_VISIT: "revenue_reached"}
"""The measure of a business goal. What other goals need, rows of the past do not hold: an experiment tells it."""
RISING = (AREA, ON_GOAL[Goal.REVENUE_PER_VISIT])
"""Measures of which more is better; they are at most 1."""


@dataclass(frozen=True)
class Difference(Record):
    """One measure of two models on the same rows.

    Attributes:
        name: "auc", "log_loss", "ranked_probability_score", "conversion_log_loss" (of anything above the first
            class), "revenue_reached" (share of revenue in the rows ranked highest by expected revenue, averaged over
            all depths) or "revenue_rmse" (root of the mean squared error of expected revenue, in money).
        first: The measure of the first model.
        second: The measure of the second.
        gap: Second less first, with its interval: both are measured on the same resampled rows.
        higher_is_better: Direction.
    """

    name: str
    first: float
    second: float
    gap: Estimate
    higher_is_better: bool

    @property
    def better(self) -> str | None:
        """Which is better, "first" or "second"; None where it cannot be told."""
        if not self.gap.excludes(0):
            return None
        return "second" if (self.gap.value > 0) == self.higher_is_better else "first"

    @property
    def lost(self) -> float:
        """The loss of the first model: its measure, or what that lacks to 1 where higher is better."""
        return 1 - self.first if self.higher_is_better else self.first


@dataclass(frozen=True)
class Subgroup(Record):
    """The deciding loss of two models among the rows with one value of a column.

    Attributes:
        column: Column name.
        value: Value as text.
        rows: Rows of the group.
        first: Mean loss of the first model.
        gap: Mean loss of the second less that of the first, with its interval.
    """

    column: str
    value: str
    rows: int
    first: float
    gap: Estimate


@dataclass(frozen=True)
class Comparison(Record):
    """Two models on the same rows.

    Attributes:
        rows: Rows compared on.
        units: Independent units among them.
        unit: "visitor" or "row".
        decides: Name of the measure that decides.
        goal: What the business wants moved.
        differences: Every measure.
        groups: Subgroups with enough rows, largest first.
    """

    rows: int
    units: int
    unit: str
    decides: str
    goal: Goal
    differences: tuple[Difference, ...]
    groups: tuple[Subgroup, ...]

    @property
    def deciding(self) -> Difference:
        """The measure that decides."""
        return self._named(self.decides)

    @property
    def on_goal(self) -> Difference | None:
        """The measure of the business goal; None where the rows do not tell it, or it is the one that decides."""
        return next((one for one in self.differences if one.name == ON_GOAL.get(self.goal)), None)

    @property
    def ranking(self) -> Difference:
        """The area under the curve of anything above the first class."""
        return self._named(AREA)

    def _named(self, name: str) -> Difference:
        return next(one for one in self.differences if one.name == name)


def compare_releases(
    first: Release, second: Release, frame: pl.DataFrame, options: ModelOptions = DEFAULTS
) -> Comparison:
    """Compare two releases on rows that neither should have learned from.

    Both answer for the same rows, and each resample (of visitors where they are known, else of rows)
    takes the difference of both: what is easy or hard for both alike drops out of the interval.

    Args:
        first: A release.
        second: Another one of the same target.
        frame: Rows with the label and all columns that either needs.
        options: `resamples` and `seed` of the intervals.

    Returns:
        The comparison.

    Raises:
        InputError: They do not predict the same, or a column holds nothing that can be read as what they learned.
        ColumnError: Columns are missing.
        RefusedError: There are too few rows with a label.
    """
    target = first.manifest.target
    _alike(first, second)
    if target.label not in frame.columns:
        raise ColumnError.missing(target.label, frame.columns, "label column")
    for release in (first, second):
        release.fitted.recipe.require_readable(frame)
    strange = " ".join(unknown(target, frame[target.label]))
    frame = frame[np.flatnonzero(codes_of(target, frame[target.label]) >= 0)]
    codes = codes_of(target, frame[target.label])
    above = int(np.count_nonzero(codes > 0))
    if min(above, len(codes) - above) < LEAST_ROWS:
        raise RefusedError(
            f"Of {len(codes)} rows with a known label {above} are above {target.classes[0]!r}: "
            f"at least {LEAST_ROWS} of each side are needed to compare. {strange}".rstrip()
        )
    visitor = second.manifest.visitor or first.manifest.visitor
    by_visitor = visitor is not None and visitor in frame.columns
    units = _units(frame[visitor]) if visitor is not None and by_visitor else np.arange(len(frame))
    unit = "visitor" if by_visitor else "row"
    judge = _Judge(codes, units, unit, options, target.kind, second.manifest.goal)
    revenue = numbers(frame[target.revenue]) if target.revenue in frame.columns else None
    answers = (first.predict(frame), second.predict(frame))
    losses = (judge.losses(answers[0], revenue), judge.losses(answers[1], revenue))
    decides = DECIDING[target.kind]
    return Comparison(
        rows=len(codes),
        units=len(np.unique(units)),
        unit=unit,
        decides=decides,
        goal=second.manifest.goal,
        differences=judge.differences(answers, losses, revenue),
        groups=judge.groups(second, frame, (losses[0][decides], losses[1][decides])),
    )


@dataclass(frozen=True)
class _Judge:
    """The truth of the rows and how to resample them."""

    codes: IntArray
    units: IntArray
    unit: str
    options: ModelOptions
    kind: TargetKind
    goal: Goal

    def losses(self, answered: pl.DataFrame, revenue: FloatArray | None) -> Mapping[str, FloatArray]:
        """Return the loss of every row by measure."""
        chances = answered.select(pl.exclude(REVENUE)).to_numpy()
        found = {"log_loss": log_losses(self.codes, chances)}
        if self.kind is TargetKind.ORDERED:
            found["ranked_probability_score"] = rank_losses(self.codes, chances)
        if self.goal is Goal.CONVERSION and self.kind is not TargetKind.BINARY:
            found[ON_GOAL[self.goal]] = log_losses(
                (self.codes > 0).astype(np.int64), np.column_stack([chances[:, 0], 1 - chances[:, 0]])
            )
        if revenue is not None and REVENUE in answered.columns:
            found["revenue_rmse"] = (np.nan_to_num(revenue, nan=0.0) - answered[REVENUE].to_numpy()) ** 2
        return found

    def differences(
        self,
        answers: tuple[pl.DataFrame, pl.DataFrame],
        losses: tuple[Mapping[str, FloatArray], ...],
        revenue: FloatArray | None,
    ) -> tuple[Difference, ...]:
        """Return every measure of both with the interval of the difference."""
        above = self.codes > 0
        rankings = [Ranking(above, 1 - answer.to_series(0).to_numpy()) for answer in answers]
        brought = self._brought(answers, revenue)
        worth = [] if brought is None else [Ranking(above, answer[REVENUE].to_numpy()) for answer in answers]
        rising = RISING[: 1 if brought is None else 2]
        names = [name for name in losses[0] if name in losses[1]]

        def measures(weights: FloatArray) -> FloatArray:
            whole = float(weights.sum())
            rows = []
            for place, (ranking, lost) in enumerate(zip(rankings, losses, strict=True)):
                means = {name: float(weights @ lost[name]) / whole for name in names}
                roots = [value**0.5 if name == "revenue_rmse" else value for name, value in means.items()]
                reached = [] if brought is None else [worth[place].reached(brought, weights)]
                rows.append([ranking.auc(weights), *reached, *roots])
            return np.array(rows)

        first, second = measures(np.ones(len(self.codes)))
        gaps = bootstrap_each(
            lambda weights: np.subtract(*measures(weights)[::-1]),
            self.units,
            self.options.resamples,
            self.options.seed,
            self.unit,
        )
        return tuple(
            Difference(name, float(one), float(other), gap, higher_is_better=name in RISING)
            for name, one, other, gap in zip([*rising, *names], first, second, gaps, strict=True)
        )

    def _brought(self, answers: tuple[pl.DataFrame, pl.DataFrame], revenue: FloatArray | None) -> FloatArray | None:
        """Return the revenue of every row where that is the goal and both answers rank by it, else None."""
        if self.goal is not Goal.REVENUE_PER_VISIT or revenue is None:
            return None
        brought = np.nan_to_num(revenue, nan=0.0)
        ranked = all(REVENUE in answer.columns for answer in answers)
        return brought if ranked and brought.sum() > 0 else None

    def groups(
        self, release: Release, frame: pl.DataFrame, losses: tuple[FloatArray, FloatArray]
    ) -> tuple[Subgroup, ...]:
        """Return the deciding loss in subgroups by the values of columns of categories."""
        steps = [step for step in release.fitted.recipe.steps if isinstance(step, Category)]
        found = []
        for step in steps:
            cells = texts(frame[step.column])
            for value in step.values:
                rows = np.flatnonzero((cells == value).fill_null(value=False).to_numpy())
                if GROUP_ROWS <= len(rows) < len(frame):
                    found.append((-len(rows), step.column, value, rows))
        largest = sorted(found, key=lambda one: one[:3])[:MOST_GROUPS]
        return tuple(self._group(column, value, rows, losses) for _, column, value, rows in largest)

    def _group(self, column: str, value: str, rows: IntArray, losses: tuple[FloatArray, FloatArray]) -> Subgroup:
        gap = bootstrap_ratio(
            losses[1][rows] - losses[0][rows],
            np.ones(len(rows)),
            self.units[rows],
            self.options.resamples,
            self.options.seed,
            self.unit,
        )
        return Subgroup(column, value, len(rows), float(losses[0][rows].mean()), gap)


def _alike(first: Release, second: Release) -> None:
    """Check that both predict the same classes of the same label."""
    one, other = first.manifest.target, second.manifest.target
    if one.label != other.label:
        raise InputError(f"The releases predict {listed([one.label, other.label])}: compare two of the same label.")
    if (one.classes, one.edges, one.members) != (other.classes, other.edges, other.members):
        raise InputError(
            f"The releases put {one.label!r} into other classes ({listed(one.classes)}; {listed(other.classes)}), "
            "or cut them elsewhere: compare two with the same."
        )


def _units(visitors: pl.Series) -> IntArray:
    """Return the unit of every row: its visitor, or the row itself where none is named."""
    names = texts(visitors)
    codes = names.rank("dense").cast(pl.Int64)
    alone = pl.Series(np.arange(len(names)) + len(names) + 1)
    return codes.zip_with(names.is_not_null(), alone).to_numpy().astype(np.int64)
