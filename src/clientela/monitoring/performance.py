"""How well the label can be told in a batch: from its labels, and before they are there."""

from __future__ import annotations

import math

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.domain.incident import Cause
from clientela.monitoring.case import Case
from clientela.monitoring.columns import Floats
from clientela.monitoring.result import Measured
from clientela.monitoring.yardstick import (
    LEAST_EACH,
    Yardstick,
    apart,
    auc,
    chances_of,
    coded_by,
    expected_auc,
    scored,
)
from clientela.statistics.tails import student_limit

LEAST_BLOCKS = 3
FURTHER = 2.0
"""How much further than any part of the reference from the others a batch may lie before no estimate is made."""

NEAR = 0.01
"""Distance that chance alone gives samples of some hundred rows."""

HARMLESS = (
    Cause.DTYPE_FORMAT, Cause.CATEGORY_FORMAT, Cause.ENCODING, Cause.COLUMN_RENAMED, Cause.COLUMN_ADDED,
    Cause.DUPLICATES, Cause.FANOUT, Cause.STALE, Cause.VOLUME, Cause.KEY_BREAK, Cause.BOT_TRAFFIC, Cause.LABEL_DELAY,
)  # fmt: skip
"""Causes after which the batch goes on mended, or that touch no relation between columns."""


def predicted(case: Case) -> tuple[Measured, ...]:
    """Measure how well the yardstick tells the label of the batch.

    Returns:
        "auc" from the labels that are there; "auc before labels" as it is estimated without them: the scores' own
        chances give the expected area, and the interval is as wide as the same estimate was wrong on the parts of the
        reference (Student's t on their errors). It abstains, with NaN and the reason in `how`, where a break touches
        a column, where the batch lies further off than the parts did, or where there were too few parts.
    """
    yardstick = case.baseline.facts.yardstick
    if yardstick is None or not case.batch.rows:
        return ()
    scores = scored(yardstick, case.batch)
    return (*_from_labels(case, yardstick, scores), _before_labels(case, yardstick, scores))


def _from_labels(case: Case, yardstick: Yardstick, scores: Floats) -> tuple[Measured, ...]:
    if not case.batch.has(yardstick.question.label):
        return ()
    truth = yardstick.question.answers(case.batch)
    there = ~np.isnan(truth)
    yes, no = float(truth[there].sum()), float((1 - truth[there]).sum())
    if min(yes, no) < LEAST_EACH:
        nan = float("nan")
        reason = f"abstains: {min(yes, no):.0f} labels of one kind are there, {LEAST_EACH} are needed"
        return (_beside(yardstick, "auc", Estimate(nan, nan, nan, int(yes + no), "none"), reason),)
    area = auc(scores[there], truth[there])
    reach = 1.96 * _error(area, yes, no)
    value = Estimate(area, max(0.0, area - reach), min(1.0, area + reach), int(yes + no), "Hanley and McNeil 1982")
    return (_beside(yardstick, "auc", value, labels_told(int(yes + no), there.size)),)


def labels_told(there: int, rows: int) -> str:
    """Return how a metric was known from labels: from all of them, or from those that have arrived.

    >>> labels_told(10, 10), labels_told(4, 1000)
    ('labels', 'labels of 4 of 1,000 rows')
    """
    return "labels" if there == rows else f"labels of {there:,} of {rows:,} rows"


def _error(area: float, yes: float, no: float) -> float:
    """Return the standard error of an area (Hanley and McNeil 1982)."""
    one, two = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (yes - 1) * (one - area * area) + (no - 1) * (two - area * area)
    return math.sqrt(max(0.0, spread) / (yes * no))


def _before_labels(case: Case, yardstick: Yardstick, scores: Floats) -> Measured:
    blocks = yardstick.blocks
    reason = _reason(case, yardstick)
    chances = chances_of(scores, yardstick.cuts, yardstick.chances)
    yes, no = float(chances.sum()), float((1 - chances).sum())
    if min(yes, no) < LEAST_EACH:
        reason = f"abstains: about {min(yes, no):.0f} rows of one kind are expected, {LEAST_EACH} are needed"
    if reason:
        nan = float("nan")
        return _beside(yardstick, "auc before labels", Estimate(nan, nan, nan, case.batch.rows, "none"), reason)
    area = expected_auc(scores, chances)
    wrong = float(np.mean([(block.auc - block.estimated) ** 2 for block in blocks]))
    spread = math.sqrt(wrong * (1 + 1 / len(blocks)) + _error(area, yes, no) ** 2)
    reach = student_limit(len(blocks) - 1, 0.025) * spread
    method = "expected area, as wide as it was wrong on parts of the reference"
    value = Estimate(area, max(0.0, area - reach), min(1.0, area + reach), case.batch.rows, method)
    return _beside(yardstick, "auc before labels", value, "estimated before labels")


def _reason(case: Case, yardstick: Yardstick) -> str:
    if len(yardstick.blocks) < LEAST_BLOCKS:
        return "abstains: the reference has too few parts with enough labels to know how wrong an estimate may be"
    used = {form.name for form in yardstick.columns}
    for item in case.found:
        touched = sorted(used & set(item.columns))
        seasonal = case.later and item.cause is Cause.UNKNOWN
        if isinstance(item.cause, Cause) and item.cause not in HARMLESS and touched and not seasonal:
            return f"abstains: {touched[0]} is broken ({item.cause.value})"
    now = [coded_by(form, case.batch) for form in yardstick.columns]
    known = [coded_by(form, case.baseline.side) for form in yardstick.columns]
    gap = apart(now, known)
    if gap > FURTHER * max(NEAR, *(block.apart for block in yardstick.blocks)):
        return "abstains: the batch is less like the reference than any part of the reference is like the others"
    return ""


def _beside(yardstick: Yardstick, name: str, value: Estimate, how: str) -> Measured:
    """Put a value beside the baseline, with the limits that the parts of the reference give."""
    areas = np.array([block.auc for block in yardstick.blocks])
    nan = float("nan")
    if areas.size < LEAST_BLOCKS:
        return Measured(name, "prediction", value, Estimate(yardstick.auc, nan, nan, 0, "none"), nan, nan, how)
    spread = float(areas.std(ddof=1))
    quantile = student_limit(areas.size - 1, 0.025)
    reach = quantile * spread / math.sqrt(areas.size)
    middle = float(areas.mean())
    baseline = Estimate(
        yardstick.auc, middle - reach, min(1.0, middle + reach), int(areas.size), "parts of the reference"
    )
    limit = quantile * spread * math.sqrt(1 + 1 / areas.size)
    return Measured(name, "prediction", value, baseline, max(0.0, middle - limit), min(1.0, middle + limit), how)
