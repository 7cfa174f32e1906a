"""Columns that know the label, and whether there is enough of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Checked, Context, RefusalError, conclude
from clientela.audit.leaks import Leak, find_leaks
from clientela.audit.measuring import MOST_CLASSES, Outcome
from clientela.audit.wording import clause, counted, percent, plural
from clientela.domain.column import Role
from clientela.domain.finding import Finding, Severity

Floats = NDArray[np.float64]

EVENTS = 10
"""Rows of the rarest class per column that a model can be expected to bear (Peduzzi and others 1996)."""

FEWEST = 50


def leak(context: Context) -> Checked:
    """Find columns that know the label: nearly deterministic, known only afterwards, or far ahead of all others."""
    if context.outcome is None:
        raise RefusalError("no label")
    leaks = find_leaks(context)
    findings = [_leak_finding(context, [item for item in leaks if item.certain], Severity.BLOCKER)]
    findings += [_leak_finding(context, [item], Severity.WARNING) for item in leaks if not item.certain]
    tested = len(context.of(Role.FEATURE))
    return conclude("leak", findings, tested, "single-column score out of fold, names, and jumps against the rest")


def _leak_finding(context: Context, leaks: list[Leak], severity: Severity) -> Finding | None:
    if not leaks:
        return None
    names = tuple(item.column for item in leaks)
    first = leaks[0]
    label = context.roles.label
    score = f"AUC {first.area.value:.3f} for {first.question}"
    if severity is Severity.BLOCKER:
        title = f"{clause(names, 'gives', 'give')} {label} away ({score}): {first.reasons[0]}."
        advice = "Left out of the model; use it only if it is truly known before the outcome."
    else:
        title = f"{first.column} alone predicts {label} suspiciously well ({score}): {' and '.join(first.reasons)}."
        advice = "Ask when it is recorded; compare the model with and without it before trusting either."
    evidence = {
        item.column: {
            "auc": item.area.value,
            "low": item.area.low,
            "high": item.area.high,
            "question": item.question,
            "times_the_next": item.gap,
            "reasons": list(item.reasons),
        }
        for item in leaks
    }
    return Finding("leak", severity, names, title, evidence, advice)


def target_aggregate(context: Context) -> Checked:
    """Find columns that are an average of the label over groups.

    Rows with the same value of the column are a group. Rule: at least five groups with two
    rows or more, the groups' means of the label lie on the line "mean = value" (slope within 20 % of 1, mean
    squared distance at most 1.2 times what the rows' own scatter allows) and the values
    differ by more than that scatter. Tested for the chance to be above the lowest class, the place of the class,
    and revenue.
    """
    outcome = context.outcome
    if outcome is None:
        raise RefusalError("no label")
    targets = _targets(context, outcome)
    tested = [c for c in context.of(Role.FEATURE) if c.storage.numeric and c.distinct >= 5]
    tested = [c for c in tested if c.distinct <= 0.5 * c.filled]
    found = {}
    for column in tested:
        values = context.facts.arrays.numbers[column.name]
        for words, target in targets.items():
            fit = averages(values, target)
            if fit is not None and column.name not in found:
                found[column.name] = {"of": words, **fit}
    finding = None
    if found:
        names = tuple(found)
        title = f"{clause(names, 'is', 'are')} an average of the label over groups of rows."
        advice = "It holds the answer of the rows it is learned from and is left out: compute it on earlier rows only."
        finding = Finding("target_aggregate", Severity.WARNING, names, title, found, advice)
    return conclude(
        "target_aggregate", [finding], len(tested), "group means of the label that equal the column's value"
    )


def _targets(context: Context, outcome: Outcome) -> dict[str, Floats]:
    known = outcome.known
    targets: dict[str, Floats] = {}
    if outcome.above is not None:
        targets[f"the share {outcome.above.words}"] = np.where(known, outcome.above.positive, np.nan)
    if outcome.amount is not None and len(outcome.questions) > 1:
        targets["the place of the class"] = np.where(known, outcome.amount, np.nan)
    revenue = context.roles.revenue
    if revenue is not None:
        targets[f"{revenue}"] = context.facts.arrays.numbers[revenue]
    return targets


def averages(values: Floats, target: Floats) -> dict[str, float] | None:
    """Return the fit of group means of the target to the value itself, or None where they do not match.

    Args:
        values: The column, NaN where missing; equal values are a group.
        target: The label as a number, NaN where missing.

    Returns:
        `groups`, `slope`, `distance` (mean squared distance in units of the scatter) and `spread`.
    """
    known = ~np.isnan(values) & ~np.isnan(target)
    unique, group = np.unique(values[known], return_inverse=True)
    n = np.bincount(group).astype(np.float64)
    means = np.bincount(group, weights=target[known]) / np.maximum(n, 1)
    kept = n >= 2
    if kept.sum() < 5:
        return None
    scatter = float(((target[known] - means[group]) ** 2).sum() / max(n.sum() - n.size, 1))
    x, y, w = unique[kept], means[kept], n[kept]
    if scatter <= 0 or float(np.ptp(x)) == 0:
        return None
    centre = float(np.average(x, weights=w))
    slope = float((w * (x - centre) * y).sum() / (w * (x - centre) ** 2).sum())
    error = math.sqrt(scatter / float((w * (x - centre) ** 2).sum()))
    distance = float((w * (y - x) ** 2 / scatter).sum() / kept.sum())
    spread = float((w * (x - centre) ** 2 / scatter).sum() / kept.sum())
    if distance > 1.2 or abs(slope - 1) > 0.2 or slope < 4 * error:
        return None
    return {"groups": float(kept.sum()), "slope": slope, "distance": distance, "spread": spread}


def small_sample(context: Context) -> Checked:
    """Find too few rows of a class: under 50, or under ten per feature (Peduzzi and others 1996)."""
    roles = context.roles
    if roles.label is None:
        raise RefusalError("no label")
    column = context.facts.columns[roles.label]
    if column.distinct > MOST_CLASSES or column.distinct < 2:
        raise RefusalError("the label has no classes")
    name, rows = min(column.top, key=lambda pair: pair[1])
    features = len(context.of(Role.FEATURE))
    finding = None
    if rows < max(FEWEST, EVENTS * features):
        title = (
            f"{name}, the rarest class of {roles.label}, has {plural(rows, 'row')} for {plural(features, 'feature')}."
        )
        evidence = {"class": name, "rows": rows, "features": features, "share": rows / max(column.filled, 1)}
        needed = counted(max(FEWEST, EVENTS * features))
        advice = f"Collect more rows (at least {needed} of this class), join classes, or use fewer columns."
        severity = Severity.WARNING if rows < FEWEST else Severity.NOTICE
        finding = Finding("small_sample", severity, (roles.label,), title, evidence, advice)
    how = f"rows of the rarest class ({percent(rows / max(column.filled, 1))})"
    return conclude("small_sample", [finding], max(features, 1), how)
