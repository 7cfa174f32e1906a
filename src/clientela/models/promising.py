"""What the headline measure will be in the next period: a promise that the next period keeps or breaks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from clientela.domain.estimate import Estimate
from clientela.models.judging import Tested
from clientela.models.odds import at, mix
from clientela.models.preparing import Prepared
from clientela.models.result import ModelResult, Promise
from clientela.models.settling import Settled
from clientela.statistics.scores import Ranking

LEVEL = 0.95


def promise(prepared: Prepared, settled: Settled, ahead: Tested) -> Promise | None:
    """Promise the area under the ROC curve of "anything above the first class" in the next period.

    Each period that has passed is answered by a model of what came before it, which is what
    will happen to the next one; so the next one is promised the prediction interval of one more
    draw like them (Student's t). With few periods it is wide, and that is the truth.

    Args:
        prepared: Rows and target.
        settled: How log-odds are put together.
        ahead: Log-odds of every period by models of what came before it.

    Returns:
        The promise; None where fewer than two periods were answered so.
    """
    if ahead.periods is None or prepared.ahead is None or len(prepared.ahead[0]) < 2:
        return None
    mixed = mix(at(ahead.odds, settled.stage), settled.weight)[:, 0]
    areas = []
    for period in range(int(ahead.periods.max()) + 1):
        rows = ahead.periods == period
        ranking = Ranking(prepared.codes[rows] > 0, mixed[rows])
        areas.append(float(ranking.auc(np.ones(int(rows.sum())))))
    before, after = next_one(areas[:-1]), next_one(areas)
    kept = None if before is None else before.low <= areas[-1] <= before.high
    return Promise("auc", tuple(areas), before, after, kept)


def expected(result: ModelResult) -> Estimate | None:
    """Return the AUC that rows to come are expected to give, by what is nearest to them.

    That is the promise; where there is none, what was measured forward in time; else what was measured in folds.

    Args:
        result: A model and its measures.

    Returns:
        AUC with its interval; None where an end is not known.
    """
    if result.promise is not None and result.promise.after is not None:
        return result.promise.after
    metric = result.metric("auc", split=result.splits[-1].name)
    found = None if metric is None else metric.estimate
    return found if found is not None and math.isfinite(found.low + found.high) else None


def next_one(values: Sequence[float]) -> Estimate | None:
    """Return the prediction interval of one more value like these, cut to 0 and 1; None with fewer than two.

    >>> next_one([0.7, 0.72, 0.74])
    0.72 [0.6206, 0.8194]
    """
    count = len(values)
    if count < 2:
        return None
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
    half = float(stdtrit(count - 1, (1 + LEVEL) / 2)) * spread * math.sqrt(1 + 1 / count)
    method = "prediction interval of one more period (Student's t)"
    return Estimate(mean, max(0.0, mean - half), min(1.0, mean + half), count, method, LEVEL)
