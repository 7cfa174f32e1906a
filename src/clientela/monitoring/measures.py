"""Both halves of quality: how well the label is told, and what the goal asks for."""

from __future__ import annotations

import math

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.monitoring.case import Case
from clientela.monitoring.columns import Floats
from clientela.monitoring.performance import labels_told, predicted
from clientela.monitoring.result import Measured
from clientela.monitoring.stakes import amounts

LIMIT = 3.0
"""Standard errors between the control limits and the baseline (Shewhart 1931)."""


def measure(case: Case) -> tuple[Measured, ...]:
    """Measure how well the label is told, and the business by it: conversion, money per row and per conversion.

    Each stands beside its baseline, with control limits for as many rows. Rows whose label has not arrived are left
    out, and what a metric was known from says how many were there.
    """
    question = case.baseline.facts.question
    if not case.batch.rows or question is None:
        label = case.baseline.facts.label
        if label and case.batch.rows:
            case.notes.append(f"Quality is not measured: the values of {label} cannot be parted into yes and no.")
        return ()
    found = list(predicted(case))
    if not case.batch.has(question.label):
        return tuple(found)
    now, before = question.answers(case.batch), question.answers(case.reference)
    found.append(_measured("conversion", now, before))
    for name in amounts(case.baseline):
        if name not in case.batch.numbers or not case.batch.has(name):
            continue
        worth, known = case.batch.numbers[name], case.reference.numbers[name]
        found.append(_measured(f"{name} per row", worth, known))
        found.append(_measured(f"{name} per conversion", worth[now == 1], known[before == 1]))
    return tuple(found)


def _measured(name: str, now: Floats, before: Floats) -> Measured:
    value, baseline = _mean(now), _mean(before)
    held = before[~np.isnan(before)]
    spread = float(held.std(ddof=1)) if held.size > 1 else float("nan")
    reach = LIMIT * spread * math.sqrt(1 / max(1, value.n) + 1 / max(1, baseline.n))
    low, high = baseline.value - reach, baseline.value + reach
    return Measured(name, "business", value, baseline, low, high, labels_told(value.n, now.size))


def _mean(values: Floats) -> Estimate:
    held = values[~np.isnan(values)]
    if held.size < 2:
        nan = float("nan")
        return Estimate(nan, nan, nan, int(held.size), "mean")
    with np.errstate(over="ignore", invalid="ignore"):
        mean, error = float(held.mean()), float(held.std(ddof=1)) / math.sqrt(held.size)
    return Estimate(mean, mean - 1.96 * error, mean + 1.96 * error, int(held.size), "normal")
