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
from clientela.statistics.intervals import bootstrap_each, bootstrap_ratio
from clientela.statistics.scores import Ranking
from clientela.tables.table import ROW

RANDOM, GROUPED, FORWARD = "random folds", "folds by visitor", "forward in time"
EQUAL = "folds, equal rows together"


@dataclass(frozen=True)
class _Way:
    """One way to part rows, and the answers for them."""

    name: str
    odds: FloatArray


def side_by_side(judge: Judge, expected: FloatArray | None) -> tuple[SideBySide, ...]:
    """Answer the same rows by quick models that have learned from rows parted at random, by group and in time.

    The past is held against folds that treat visitors as it does: where those of the newest rows stay in the past, as
    they do in random folds, else where they are kept apart.

    Args:
        judge: How choices are compared.
        expected: Probability of anything above the first class of the newest rows, by the model of those before; None
            where there is no split forward in time.

    Returns:
        Random against grouped folds where some rows belong together; folds against the split forward in time, on
        the newest rows, where there is one.
    """
    prepared, task = judge.prepared, judge.task
    visitors = judge.unit == "visitor"
    apart = mixed = _Way(GROUPED if visitors else EQUAL, _answered(judge, prepared.parts))
    found = []
    alone = np.arange(len(prepared.codes))
    if int(prepared.groups.max()) + 1 < len(alone):
        rows = prepared.frame[ROW].to_list()
        parts = splitting.parts(splitting.folds(prepared.codes, alone, rows, len(prepared.parts), task.seed))
        mixed = _Way(RANDOM, _answered(judge, parts))
        one, other, gap = _compared(judge, mixed, apart, alone)
        found.append(SideBySide(mixed.name, apart.name, len(alone), one, other, gap, _together(gap, visitors)))
    if prepared.ahead is not None and expected is not None:
        last = prepared.ahead[0][-1]
        known = np.isin(prepared.groups[last.train], prepared.groups[last.test]).any()
        folds = mixed if known else apart
        later = _Way(FORWARD, _answered(judge, (last,)))
        one, other, gap = _compared(judge, folds, later, last.test)
        share, off = _shares(judge, last.test), _off(judge, last.test, expected)
        tells = _in_time(gap, share, off)
        found.append(SideBySide(folds.name, later.name, len(last.test), one, other, gap, tells, share[2], off))
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


def _shares(judge: Judge, newest: IntArray) -> tuple[Estimate, ...]:
    """Return the share above the first class among the newest rows, among all others, and the first less the second."""
    above = (judge.prepared.codes > 0).astype(np.float64)
    late = np.zeros(len(above))
    late[newest] = 1.0

    def all_of(weights: FloatArray) -> FloatArray:
        parts = (weights * late, weights * (1 - late))
        now, before = (float(part @ above / part.sum()) if part.sum() > 0 else np.nan for part in parts)
        return np.array([now, before, now - before])

    return bootstrap_each(all_of, judge.prepared.groups, judge.resamples, judge.task.seed, judge.unit)


def _off(judge: Judge, newest: IntArray, expected: FloatArray) -> Estimate:
    """Return the share that is expected of the newest rows less that observed."""
    gaps = expected - (judge.prepared.codes[newest] > 0)
    units = judge.prepared.groups[newest]
    return bootstrap_ratio(gaps, np.ones(len(gaps)), units, judge.resamples, judge.task.seed, judge.unit)


def _in_time(gap: Estimate, shares: tuple[Estimate, ...], off: Estimate) -> str:
    """Say what changes in time of the ranking, the share and the chances, each as far as its interval goes."""
    if not gap.excludes(0):
        ranked = "The newest rows are ranked as well from the past alone, as far as can be told."
    elif gap.value > 0:
        ranked = "The newest rows are ranked less well from the past alone: what tells them changes, so retrain often."
    else:
        ranked = "The newest rows are ranked better from the past alone than from all times mixed."
    now, before, change = shares
    told = f"{now.value:.1%} of them are above the first class, {before.value:.1%} before"
    moved = "" if change.excludes(0) else ", no change that can be told from chance"
    chances = f"{now.value + off.value:.1%} are expected from the past"
    fit = f"too {'many' if off.value > 0 else 'few'} beyond chance" if off.excludes(0) else "not off beyond chance"
    return f"{ranked} {told}{moved}; {chances}, {fit}."
