"""Random, grouped and forward splits of the same rows, and what their difference tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.models import splitting, trying
from clientela.models.evidence import SideBySide
from clientela.models.splitting import Parted
from clientela.models.values import FloatArray, IntArray
from clientela.models.worth import Judge
from clientela.statistics.intervals import bootstrap_each
from clientela.statistics.scores import Ranking
from clientela.tables.table import ROW

RANDOM, GROUPED, FORWARD = "random folds", "folds by visitor", "forward in time"
EQUAL = "folds, equal rows together"


@dataclass(frozen=True)
class _Way:
    """One way to part rows, and the answers for them."""

    name: str
    odds: FloatArray


def side_by_side(judge: Judge) -> tuple[SideBySide, ...]:
    """Answer the same rows by quick models that have learned from rows parted at random, by group and in time.

    Args:
        judge: How choices are compared.

    Returns:
        Random against grouped folds where some rows belong together; folds against the split forward in time, on
        the newest rows, where there is one.
    """
    prepared, task = judge.prepared, judge.task
    visitors = judge.unit == "visitor"
    folds = _Way(GROUPED if visitors else EQUAL, _answered(judge, prepared.parts))
    found = []
    alone = np.arange(len(prepared.codes))
    if int(prepared.groups.max()) + 1 < len(alone):
        rows = prepared.frame[ROW].to_list()
        parts = splitting.parts(splitting.folds(prepared.codes, alone, rows, len(prepared.parts), task.seed))
        mixed = _Way(RANDOM, _answered(judge, parts))
        one, other, gap = _compared(judge, mixed, folds, alone)
        found.append(SideBySide(mixed.name, folds.name, len(alone), one, other, gap, _together(gap, visitors)))
    if prepared.ahead is not None:
        last = prepared.ahead[0][-1]
        later = _Way(FORWARD, _answered(judge, (last,)))
        one, other, gap = _compared(judge, folds, later, last.test)
        found.append(SideBySide(folds.name, later.name, len(last.test), one, other, gap, _in_time(gap)))
    return tuple(found)


def _answered(judge: Judge, parts: tuple[Parted, ...]) -> FloatArray:
    return trying.of_columns(judge.task, judge.weight, parts, [judge.task.columns])[:, 0]


def _compared(judge: Judge, first: _Way, second: _Way, rows: IntArray) -> tuple[Estimate, Estimate, Estimate]:
    above = judge.prepared.codes[rows] > 0
    one, other = Ranking(above, first.odds[rows]), Ranking(above, second.odds[rows])

    def all_of(weights: FloatArray) -> FloatArray:
        areas = (one.auc(weights), other.auc(weights))
        return np.array([*areas, areas[0] - areas[1]])

    units = judge.prepared.groups[rows]
    found = bootstrap_each(all_of, units, judge.resamples, judge.task.seed, judge.unit)
    return found[0], found[1], found[2]


def _together(gap: Estimate, visitors: bool) -> str:
    what = "rows of one visitor" if visitors else "equal rows"
    if gap.excludes(0) and gap.value > 0:
        return f"With {what} on both sides the model looks better than it is: it knows some of them again."
    return f"Keeping {what} together changes nothing that can be told from chance: nobody is known again."


def _in_time(gap: Estimate) -> str:
    if not gap.excludes(0):
        return "The newest rows are told as well from the past alone: no change in time that can be told from chance."
    if gap.value > 0:
        return "The newest rows are told less well from the past alone: what holds changes in time, so retrain often."
    return "The newest rows are told better from the past alone than from all times mixed."
