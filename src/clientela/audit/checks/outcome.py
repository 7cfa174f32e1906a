"""Columns that know the label, and whether there is enough of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clientela.audit.averaging import Average, tested
from clientela.audit.checking import Checked, Context, RefusalError, conclude
from clientela.audit.leaks import JUMP, Leak, find_deciding, find_leaks, worth
from clientela.audit.lexicon import MONEY, mentions
from clientela.audit.measuring import MOST_CLASSES
from clientela.audit.wording import clause, counted, figure, percent, plural
from clientela.domain.column import Role
from clientela.domain.finding import Finding, Severity

EVENTS = 10
"""Rows of the rarest class per column that a model can be expected to bear (Peduzzi and others 1996)."""

FEWEST = 50
SUSPICIOUS = 0.85
"""Area from which being far ahead of all other columns is itself a reason to doubt one."""


def leak(context: Context) -> Checked:
    """Find columns that know the label.

    Told are columns that nearly determine it (area under the ROC curve of .99), are far ahead of all others (d' 1.5
    times the next; below .85 a notice), have a value that one answer alone has, or are named after what comes later
    and clearly stronger than all others (their intervals do not meet). A name alone is left to `unavailable_live`.
    Other outcomes and revenue are told where they determine the label, identifiers and dates where they are filled for
    one answer only.
    """
    if context.outcome is None:
        raise RefusalError("no label")
    leaks = find_leaks(context)
    sure = [item for item in leaks if item.certain]
    findings = [_leak_finding(context, sure, Severity.BLOCKER)]
    findings += [_decided(context, find_deciding(context))]
    findings += [_leak_finding(context, [item], _doubt(item)) for item in leaks if not item.certain]
    count = len(context.of(Role.FEATURE))
    return conclude("leak", findings, count, "single-column score out of fold, names, and jumps against the rest")


def _doubt(item: Leak) -> Severity:
    """Return how grave a suspicion is: a column that is the best one, and no more, is mostly what one hoped for."""
    plain = item.gap >= JUMP and len(item.reasons) == 1 and item.area.value < SUSPICIOUS
    return Severity.NOTICE if plain else Severity.WARNING


def _decided(context: Context, leaks: Sequence[Leak]) -> Finding | None:
    """Tell what decides the label and is no feature anyway; where the label is made of money, that is what it is."""
    if not leaks:
        return None
    label = context.roles.label or ""
    names, first = tuple(item.column for item in leaks), leaks[0]
    score = f"AUC {first.area.value:.3f} for {first.question}"
    made = mentions(label, MONEY) and names == (context.roles.revenue,)
    why = "the label is made of it" if made else first.reasons[0]
    title = f"{clause(names, 'gives', 'give')} {label} away ({score}): {why}."
    severity = Severity.NOTICE if made else Severity.WARNING
    advice = (
        "It comes of the same event as the label: left out of the model, and it must not come back by another name."
    )
    evidence = {item.column: _leak_evidence(item, None) for item in leaks}
    return Finding("leak", severity, names, title, evidence, advice)


def _leak_finding(context: Context, leaks: list[Leak], severity: Severity) -> Finding | None:
    if not leaks:
        return None
    names = tuple(item.column for item in leaks)
    first = leaks[0]
    label = context.roles.label
    score = f"AUC {first.area.value:.3f} for {first.question}"
    parts = {item.column: worth(context, item) for item in leaks}
    lost = parts[first.column]
    together = (
        "" if lost is None else f"; all columns together reach about {lost[0]:.2f} with it, {lost[1]:.2f} without"
    )
    honest = len(first.reasons) == 1 and first.gap >= JUMP
    if severity is Severity.BLOCKER:
        title = f"{clause(names, 'gives', 'give')} {label} away ({score}): {first.reasons[0]}{together}."
        advice = "Left out of the model; use it only if it is truly known before the outcome."
    else:
        how = "strongly" if honest else "suspiciously well"
        title = f"{first.column} alone predicts {label} {how} ({score}): {' and '.join(first.reasons)}{together}."
        advice = "Ask when it is recorded; compare the model with and without it before trusting either."
        if honest:
            advice = "It may be legitimate: ask when it is recorded, and compare the model with and without it."
    evidence = {item.column: _leak_evidence(item, parts[item.column]) for item in leaks}
    return Finding("leak", severity, names, title, evidence, advice)


def _leak_evidence(leak: Leak, lost: tuple[float, float] | None) -> dict[str, object]:
    pooled = {} if lost is None else {"auc_of_all": lost[0], "auc_without": lost[1]}
    return {
        "auc": leak.area.value,
        "low": leak.area.low,
        "high": leak.area.high,
        "question": leak.question,
        "times_the_next": leak.gap,
        **pooled,
        "reasons": list(leak.reasons),
    }


def target_aggregate(context: Context) -> Checked:
    """Find columns that are an average of the label over groups.

    Rows with the same value of the column are a group. Exact: on 95 % of groups the value is (sum + a x centre) /
    (rows + a) to its rounding, a and centre fitted, with a chance under one in a million
    (`statistics.averages`); also as percent, index, odds or weight of evidence, and, where the table
    names the groups, without the row itself or without its fold. Near: the groups' means lie on the value within what
    the rows' own scatter allows. Tested for the chance to be above the lowest class, the share of
    each class, the place of the class, the label itself and revenue.
    """
    if context.outcome is None:
        raise RefusalError("no label")
    found = context.averages
    finding = None
    if found:
        names = tuple(found)
        first = found[names[0]]
        title = (
            f"{clause(names, 'is', 'are')} an average of the label ({first.of}{_manner(first)}) over groups of rows."
        )
        advice = "It holds the answer of the rows it is learned from and is left out: compute it on earlier rows only."
        evidence = {name: _average_evidence(average) for name, average in found.items()}
        finding = Finding("target_aggregate", Severity.WARNING, names, title, evidence, advice)
    count = len(tested(context.facts, context.roles))
    return conclude("target_aggregate", [finding], count, "group means of the label that equal the column's value")


def _manner(average: Average) -> str:
    parts = [average.scale] if average.scale else []
    parts += [f"without {average.left_out}, by {average.over}"] if average.left_out else []
    fit = average.fit
    parts += [f"smoothed towards {figure(fit.centre)} by {figure(fit.weight)} rows"] if fit.weight else []
    return "".join(f", {part}" for part in parts)


def _average_evidence(average: Average) -> dict[str, object]:
    fit = average.fit
    exact = not math.isnan(fit.share)
    evidence: dict[str, object] = {"of": average.of, "groups": fit.groups, "exact": exact}
    evidence |= {"holds": fit.share} if exact else {"distance": fit.distance}
    if fit.weight:
        evidence |= {"smoothed_by": fit.weight, "smoothed_towards": fit.centre}
    evidence |= {"scale": average.scale} if average.scale else {}
    return evidence | ({"over": average.over, "without": average.left_out} if average.left_out else {})


def small_sample(context: Context) -> Checked:
    """Find too few rows of a class: under 50, or under ten per feature (Peduzzi and others 1996).

    Counted are the features that the audit ends with: what gives the label away, and averages of it, are none.
    """
    roles = context.roles
    if roles.label is None:
        raise RefusalError("no label")
    column = context.facts.columns[roles.label]
    if column.distinct > MOST_CLASSES or column.distinct < 2:
        raise RefusalError("the label has no classes")
    name, rows = min(column.top, key=lambda pair: pair[1])
    spoilt = {leak.column for leak in find_leaks(context) if leak.certain} | set(context.averages)
    spoilt -= set(context.facts.ask.roles)
    features = sum(column.name not in spoilt for column in context.of(Role.FEATURE))
    finding = None
    if rows < max(FEWEST, EVENTS * features):
        counts = f"{plural(rows, 'row')} for {plural(features, 'feature')}"
        title = f"{name}, the rarest class of {roles.label}, has {counts} beside the label."
        evidence = {"class": name, "rows": rows, "features": features, "share": rows / max(column.filled, 1)}
        needed = counted(max(FEWEST, EVENTS * features))
        advice = f"Collect more rows (at least {needed} of this class), join classes, or use fewer columns."
        severity = Severity.WARNING if rows < FEWEST else Severity.NOTICE
        finding = Finding("small_sample", severity, (roles.label,), title, evidence, advice)
    how = f"rows of the rarest class ({percent(rows / max(column.filled, 1))})"
    return conclude("small_sample", [finding], max(features, 1), how)
