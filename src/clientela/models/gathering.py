"""The evidence behind a model, gathered once it is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from clientela.domain.column import Role
from clientela.domain.roles import Roles
from clientela.models import slicing
from clientela.models.covering import Cover, Known, cover, coverage, covered_ahead
from clientela.models.dependence import dependence
from clientela.models.depths import Money, best_depth, bill, curves, depths, priced, revenue_tenths
from clientela.models.evaluating import Judged
from clientela.models.evidence import Coverage, Evidence
from clientela.models.fitting import Fitted
from clientela.models.judging import Answered
from clientela.models.recipe import Step, fit_recipe
from clientela.models.result import Importance
from clientela.models.settling import Settled
from clientela.models.side_by_side import side_by_side
from clientela.models.slicing import Rows
from clientela.models.splitting import Parted
from clientela.models.values import FloatArray, IntArray, readable
from clientela.models.worth import MOST_RESAMPLES, Judge

MOST_ROWS = 20_000
"""Rows that the evidence is worked out on; of more, units are drawn."""
CHANGED = 6
"""Columns whose partial dependence is told, the strongest."""


@dataclass(frozen=True)
class Ready:
    """A fitted model and its answers for rows it has not seen.

    Attributes:
        judge: Rows, target, folds, and how choices are compared.
        judged: Truth.
        folded: Answers by folds, for all rows.
        ahead: Answers for the newest rows by a model of those before, or None.
        fitted: Recipe and learners of all rows.
        settled: From log-odds to probabilities.
        money: What acting on a row brings and costs.
    """

    judge: Judge
    judged: Judged
    folded: Answered
    ahead: Answered | None
    fitted: Fitted
    settled: Settled
    money: Money


def covering(ready: Ready) -> tuple[Cover, tuple[Coverage, ...]]:
    """Return the thresholds of prediction sets and intervals, and how often they hold the truth.

    Args:
        ready: The model.

    Returns:
        Thresholds from all rows; coverage in the folds, each by thresholds of the others, and forward in time by
        thresholds of the rows before.
    """
    known, parts = _parted(ready.judged, ready.folded, ready.judge.prepared.parts)
    names = ready.judged.target.classes
    found = coverage(known, parts, ready.judge.prepared.split.name, names)
    ahead = ready.judge.prepared.ahead
    if ready.ahead is not None and ahead is not None:
        before = np.setdiff1d(ready.folded.rows, ready.ahead.rows)
        places = np.searchsorted(ready.folded.rows, before)
        earlier = cover(known.of(places), parts[places])
        found += covered_ahead(earlier, _known(ready.judged, ready.ahead), ahead[1].name, names)
    return cover(known, parts), tuple(found)


def thresholds(judged: Judged, folded: Answered, parts: Sequence[Parted]) -> Cover:
    """Return the thresholds of prediction sets and intervals alone.

    Args:
        judged: Truth.
        folded: Answers by folds.
        parts: The folds.
    """
    return cover(*_parted(judged, folded, parts))


def gather(ready: Ready, roles: Roles, importance: Sequence[Importance], covered: tuple[Coverage, ...]) -> Evidence:
    """Work out what stands behind a model.

    Args:
        ready: The model.
        roles: Settled roles.
        importance: Columns, strongest first.
        covered: Coverage of prediction sets and intervals.
    """
    judged = replace(ready.judged, resamples=min(ready.judged.resamples, MOST_RESAMPLES))
    drawn = _drawn(judged.units, judged.seed)
    truth, chance = judged.of(drawn), 1 - ready.folded.probabilities[drawn, 0]
    expected = None if ready.folded.revenue is None else ready.folded.revenue[drawn]
    acted = priced(truth, chance, expected, ready.money)
    prepared = ready.judge.prepared
    rows = Rows(prepared.frame[drawn], truth, chance, ready.folded.classes[drawn])
    strongest = [item.column for item in importance]
    roc, precision = curves(truth, chance)
    groups, looked = slicing.by_group(rows, (*ready.fitted.recipe.steps, *_set_aside(prepared.frame, roles)))

    def answer(frame: pl.DataFrame) -> FloatArray:
        return 1 - ready.settled.probabilities(ready.fitted.odds(frame))[:, 0]

    return Evidence(
        rows=len(drawn),
        roc=roc,
        precision=precision,
        depths=depths(truth, acted),
        best=best_depth(truth, acted),
        revenue=revenue_tenths(truth, expected),
        bill=bill(truth, acted),
        splits=side_by_side(ready.judge, None if ready.ahead is None else 1 - ready.ahead.probabilities[:, 0]),
        slices=(*slicing.by_month(rows, roles.time), *groups),
        weak=slicing.weak(rows, prepared.columns),
        coverage=covered,
        dependence=dependence(answer, rows.frame, strongest[:CHANGED], judged.seed),
        looked=looked,
    )


def _set_aside(frame: pl.DataFrame, roles: Roles) -> tuple[Step, ...]:
    """Return how to read columns that the model does not learn from: groups by them are looked at all the same."""
    names = [name for name in roles.named(Role.IGNORED) if name in frame.columns and readable(frame[name].dtype)]
    return fit_recipe(frame, names).steps


def _known(judged: Judged, answered: Answered) -> Known:
    truth = judged.of(answered.rows)
    return Known(truth.codes, truth.units, truth.unit, answered.probabilities, answered.classes, truth.revenue)


def _parted(judged: Judged, folded: Answered, parts: Sequence[Parted]) -> tuple[Known, IntArray]:
    """Return rows answered by folds, and the fold of each."""
    return _known(judged, folded), _numbered(parts, len(judged.codes))[folded.rows]


def _numbered(parts: Sequence[Parted], count: int) -> IntArray:
    found = np.zeros(count, dtype=np.int64)
    for number, part in enumerate(parts):
        found[part.test] = number
    return found


def _drawn(units: IntArray, seed: int) -> IntArray:
    """Return all rows, or of many those of units drawn at random."""
    if len(units) <= MOST_ROWS:
        return np.arange(len(units))
    _, codes = np.unique(units, return_inverse=True)
    codes = codes.reshape(-1)
    places = np.random.default_rng(seed).permutation(int(codes.max()) + 1)[codes]
    return np.flatnonzero(places < (places.max() + 1) * MOST_ROWS / len(units))
