"""The same rows predicted by every model that is compared, none having seen them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.models import baselines
from clientela.models.evaluating import Judged, Predicted, measure
from clientela.models.fitting import Task, cross
from clientela.models.odds import LINE, TREES, Odds, at, staged
from clientela.models.preparing import Prepared
from clientela.models.result import Metric, TargetKind, Variation
from clientela.models.settling import WEIGHTS, Settled, settle
from clientela.models.splitting import Parted
from clientela.models.values import FloatArray, IntArray
from clientela.statistics.intervals import bootstrap
from clientela.statistics.scores import Ranking

SHORT = ("auc", "log_loss", "calibration_error", "ranked_probability_score")
"""Measures of the models that were not chosen."""
MOST_RESAMPLES = 200
"""Resamples behind the difference to the best column, which is told beyond chance or not at all."""


@dataclass(frozen=True)
class Answered:
    """Predictions for the tested rows of one split.

    Attributes:
        rows: Rows tested on, in table order.
        probabilities: One column per class.
        classes: Class each row is put into.
        revenue: Expected revenue in money, or None.
    """

    rows: IntArray
    probabilities: FloatArray
    classes: IntArray
    revenue: FloatArray | None


@dataclass(frozen=True)
class Tested:
    """Log-odds for rows by models that have not seen them, and how the rows were parted.

    Attributes:
        split: Name of the split.
        parts: Parts measured on; their training rows are settled on as far as they have log-odds.
        odds: Log-odds by learner; NaN for rows that have none.
        periods: Period of every row with log-odds, from 0, else -1; None where rows are not parted by time.
    """

    split: str
    parts: tuple[Parted, ...]
    odds: Odds
    periods: IntArray | None = None

    def at_stage(self, stage: float) -> Tested:
        """Return the same with the trees' log-odds at one stage of boosting only."""
        return replace(self, odds={name: self.odds[name] for name in (staged(stage), LINE) if name in self.odds})

    def settled(self, prepared: Prepared, rows: IntArray | None = None, weights: Sequence[float] = WEIGHTS) -> Settled:
        """Settle on some of the rows, all where None."""
        chosen = np.arange(len(prepared.codes)) if rows is None else rows
        revenue = None if prepared.revenue is None else prepared.revenue[chosen]
        periods = None if self.periods is None else self.periods[chosen]
        return settle(prepared.target.kind, prepared.codes[chosen], _rows(self.odds, chosen), revenue, weights, periods)


def settled_way(settled: Settled, ahead: Tested | None) -> tuple[Sequence[float], Tested | None]:
    """Return how folds are answered as the release answers: weights to choose from, and what is settled on.

    What was chosen forward in time is measured as it is; without time each fold chooses for itself.
    """
    return (WEIGHTS, None) if ahead is None else ((settled.weight,), ahead.at_stage(settled.stage))


def timeless_way(settled: Settled, folded: Tested, ahead: Tested | None) -> tuple[Sequence[float], Tested | None]:
    """Return how folds are measured: as the release answers, but for its move to the latest period.

    Rows of folds are of all times, and chances of the latest would look wrong on those of all others. They are settled
    on as rows of one period.
    """
    if ahead is None:
        return WEIGHTS, None
    one = np.zeros(len(next(iter(folded.odds.values()))), dtype=np.int64)
    return (settled.weight,), replace(folded.at_stage(settled.stage), periods=one)


def answer(
    prepared: Prepared, tested: Tested, weights: Sequence[float] = WEIGHTS, settled_on: Tested | None = None
) -> Answered:
    """Settle blend, calibration and revenue on training rows of each part; answer for its test rows.

    Args:
        prepared: Rows and target.
        tested: Log-odds of rows and their parts.
        weights: Weights of the trees to choose from.
        settled_on: Log-odds of the training rows to settle on, where the release is settled on others than those of
            the parts: only chances made in the same way as those of the release tell how good these are.

    Returns:
        The answers.
    """
    count = len(prepared.codes)
    probabilities = np.full((count, len(prepared.target.classes)), np.nan)
    classes = np.zeros(count, dtype=np.int64)
    revenue = np.full(count, np.nan)
    for part in tested.parts:
        settled = (settled_on or tested).settled(prepared, part.train, weights)
        found = settled.probabilities(at(_rows(tested.odds, part.test), settled.stage))
        probabilities[part.test] = found
        classes[part.test] = settled.classes(found)
        if settled.means:
            revenue[part.test] = settled.revenue(found)
    rows = np.sort(np.concatenate([part.test for part in tested.parts]))
    money = None if prepared.revenue is None else revenue[rows]
    return Answered(rows, probabilities[rows], classes[rows], money)


def compare(
    prepared: Prepared,
    judged: Judged,
    tested: Tested,
    chosen: str,
    best: baselines.BestColumn,
    way: tuple[Sequence[float], Tested | None] = (WEIGHTS, None),
) -> tuple[Answered, tuple[Metric, ...]]:
    """Measure the chosen model and what it is held against on one split.

    Args:
        prepared: Rows and target.
        judged: Truth of all rows.
        tested: Log-odds of rows and their parts.
        chosen: Name of the chosen model.
        best: The best single column on the same parts.
        way: Weights of the trees that the chosen model may have, and what it is settled on (see `answer`).

    Returns:
        The answers of the chosen model, and the measures, its own first.
    """
    split, parts = tested.split, tested.parts
    weights, settled_on = way
    found = answer(prepared, tested, weights, settled_on)
    truth = judged.of(found.rows)
    metrics = list(measure(truth, Predicted(chosen, split, found.probabilities, found.classes, found.revenue)))
    for single, weight in ((TREES, 1.0), (LINE, 0.0)):
        if single != chosen:
            other = answer(prepared, tested, (weight,), settled_on)
            metrics += measure(truth, Predicted(single, split, other.probabilities, other.classes), SHORT)
    classes = len(prepared.target.classes)
    rates = np.tile(baselines.base_rates(prepared.codes, classes, parts), (len(found.rows), 1))
    blind = None
    if prepared.revenue is not None:
        train = np.unique(np.concatenate([part.train for part in parts]))
        blind = np.full(len(found.rows), float(np.nanmean(prepared.revenue[train])))
    metrics += measure(truth, Predicted("base rate", split, rates, revenue=blind), (*SHORT, "revenue_mae"))
    return found, (*metrics, *_single_column(truth, best, found.rows, split))


def best_column(prepared: Prepared, parts: Sequence[Parted]) -> baselines.BestColumn:
    """Return the single column that tells "anything above the first class" best.

    The time is none where there is another: folds know the share of its neighbours in time, and of rows to come it
    knows nothing.
    """
    yes = (prepared.codes > 0).astype(np.float64)
    columns = [name for name in prepared.columns if name != prepared.clock] or prepared.columns
    return baselines.best_column(prepared.cells, columns, yes, parts)


def ahead_of(judged: Judged, found: Answered, best: baselines.BestColumn) -> Estimate:
    """Return the AUC of a model less that of the best single column, on the same rows and resamples.

    Args:
        judged: Truth of all rows.
        found: Answers of the model.
        best: The column, chosen and read on the same parts.
    """
    truth = judged.of(found.rows)
    one = Ranking(truth.codes > 0, 1 - found.probabilities[:, 0])
    other = Ranking(truth.codes > 0, best.scores[found.rows])
    resamples = min(judged.resamples, MOST_RESAMPLES)
    return bootstrap(lambda w: one.auc(w) - other.auc(w), truth.units, resamples, judged.seed, judged.unit)


def _single_column(truth: Judged, best: baselines.BestColumn, rows: IntArray, split: str) -> tuple[Metric, ...]:
    """Measure the best single column on the first question."""
    scores = best.scores[rows]
    first = replace(
        truth,
        target=replace(truth.target, kind=TargetKind.BINARY, classes=truth.target.classes[:2]),
        codes=(truth.codes > 0).astype(np.int64),
    )
    chances = np.column_stack([1 - scores, scores])
    return measure(first, Predicted("best column", split, chances), ("average_precision",))


def variation(
    name: str, columns: tuple[str, ...], prepared: Prepared, judged: Judged, task: Task, settled: Settled
) -> Variation:
    """Measure the chosen kind of model on other columns, on the same folds and first question."""
    clock = task.clock if task.clock in columns else None
    smaller = replace(
        task,
        columns=columns,
        clock=clock,
        kind=TargetKind.BINARY,
        classes=2,
        codes=(task.codes > 0).astype(np.int64),
        learners=settled.learners,
    )
    tested = Tested(prepared.split.name, prepared.parts, cross(smaller, prepared.parts, (settled.stage,)).odds)
    target = replace(prepared.target, kind=TargetKind.BINARY, classes=prepared.target.classes[:2])
    narrowed = replace(prepared, target=target, codes=smaller.codes, revenue=None)
    found = answer(narrowed, tested, (settled.weight,))
    truth = replace(judged.of(found.rows), target=target, codes=smaller.codes[found.rows])
    metric = measure(truth, Predicted(settled.chosen, tested.split, found.probabilities), ("auc",))[0]
    return Variation(name, len(columns), metric)


def _rows(odds: Odds, rows: IntArray) -> Odds:
    return {name: values[rows] for name, values in odds.items()}
