"""Log-odds by learner: what they are called, how they are put together, and what they lose."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from clientela.models import questions
from clientela.models.result import TargetKind
from clientela.models.values import FloatArray, IntArray
from clientela.statistics.scores import log_losses, rank_losses

TREES = "lightgbm"
LINE = "logistic"
STAGES = (0.25, 0.5, 0.75, 1.0)
"""Shares of the rounds of boosting at which the trees are held against each other."""

Odds = dict[str, FloatArray]
"""Log-odds by learner: one row per row, one column per question; for trees also by stage, see `staged`."""


def staged(stage: float) -> str:
    """Return the name of the trees' log-odds after a share of their rounds."""
    return TREES if stage == STAGES[-1] else f"{TREES} after {stage:g}"


def mix(odds: Odds, weight: float) -> FloatArray:
    """Return the log-odds of trees and line together."""
    parts = [share * odds[name] for name, share in ((TREES, weight), (LINE, 1 - weight)) if share]
    return np.asarray(sum(parts), dtype=np.float64)


def at(odds: Odds, stage: float) -> Odds:
    """Return the log-odds with those of the trees at a stage."""
    found = {name: values for name, values in odds.items() if name == LINE}
    return found | ({TREES: odds[staged(stage)]} if staged(stage) in odds else {})


def best_stage(kind: TargetKind, codes: IntArray, odds: Odds, units: IntArray | None) -> float:
    """Return the stage at which trees alone lose least; the last one where there are none."""
    lost = {
        stage: float(by_unit(losses(kind, codes, odds[staged(stage)]), units).mean())
        for stage in STAGES
        if staged(stage) in odds
    }
    return min(lost, key=lost.__getitem__) if lost else STAGES[-1]


def by_unit(losses: FloatArray, units: IntArray | None) -> FloatArray:
    """Return the mean loss of each unit; the losses themselves where there are no units."""
    if units is None:
        return losses
    counts = np.bincount(units)
    return np.asarray((np.bincount(units, weights=losses) / np.maximum(counts, 1))[counts > 0], dtype=np.float64)


def losses(kind: TargetKind, codes: IntArray, mixed: FloatArray) -> FloatArray:
    """Return the loss of every row: ranked probability score for ordered classes, log loss otherwise.

    Args:
        kind: Kind of the target.
        codes: Class of every row.
        mixed: Log-odds of every question.
    """
    found = questions.probabilities(kind, expit(mixed))
    return rank_losses(codes, found) if kind is TargetKind.ORDERED else log_losses(codes, found)
