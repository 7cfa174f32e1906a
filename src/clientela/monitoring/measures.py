"""Both halves of quality: how well the label is told, and what the goal asks for."""

from __future__ import annotations

import math

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.monitoring.case import Case
from clientela.monitoring.columns import Floats, Side
from clientela.monitoring.performance import predicted
from clientela.monitoring.result import Measured
from clientela.monitoring.yardstick import positive_level

LIMIT = 3.0
"""Standard errors between the control limits and the baseline (Shewhart 1931)."""


def measure(case: Case) -> tuple[Measured, ...]:
    """Measure how well the label is told, its share, and the amount that goes with it, with control limits."""
    label = case.baseline.facts.label
    if not label or not case.batch.rows:
        return ()
    found = list(predicted(case))
    if not case.batch.has(label):
        return tuple(found)
    positive = positive_level(case.baseline.contract.term(label).levels)
    if positive:
        now, before = _truths(case.batch, label, positive), _truths(case.reference, label, positive)
        found.append(_measured("conversion", now, before))
    rules = case.baseline.contract.rules
    tied = {r.left for r in rules if r.kind == "implies" and r.left_is == ">0" and r.right == label}
    amounts = sorted(tied & {r.right for r in rules if r.kind == "implies" and r.left == label and r.right_is == ">0"})
    amounts = [name for name in amounts if case.batch.has(name)]
    found += [_measured(f"{name} per row", case.batch.numbers[name], case.reference.numbers[name]) for name in amounts]
    return tuple(found)


def _truths(side: Side, label: str, positive: str) -> Floats:
    truths: Floats = (side.texts[label] == positive).fill_null(value=False).to_numpy().astype(np.float64)
    return truths


def _measured(name: str, now: Floats, before: Floats) -> Measured:
    value, baseline = _mean(now), _mean(before)
    held = before[~np.isnan(before)]
    spread = float(held.std(ddof=1)) if held.size > 1 else float("nan")
    reach = LIMIT * spread * math.sqrt(1 / max(1, value.n) + 1 / max(1, baseline.n))
    return Measured(name, "business", value, baseline, baseline.value - reach, baseline.value + reach, "labels")


def _mean(values: Floats) -> Estimate:
    held = values[~np.isnan(values)]
    if held.size < 2:
        nan = float("nan")
        return Estimate(nan, nan, nan, int(held.size), "mean")
    with np.errstate(over="ignore", invalid="ignore"):
        mean, error = float(held.mean()), float(held.std(ddof=1)) / math.sqrt(held.size)
    return Estimate(mean, mean - 1.96 * error, mean + 1.96 * error, int(held.size), "normal")
