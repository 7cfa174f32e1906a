"""Missing values, numbers that stand for missing, outliers, tails, and the label's balance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Checked, Context, RefusalError, conclude
from clientela.audit.checks.storage import coerced, distinct, like, way_of
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.joint_gaps import find_together
from clientela.audit.measuring import MOST_CLASSES
from clientela.audit.spelling import MISSING, NOTHING
from clientela.audit.unusual import effect, rows_together
from clientela.audit.wording import clause, counted, figure, percent, plural, several, verb
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity
from clientela.statistics.intervals import wilson
from clientela.statistics.outliers import top_share

Floats = NDArray[np.float64]

DAY = 86_400.0
LEAST_DATES = 3
DATES = (
    "1900-01-01",
    "1899-12-30",
    "1899-12-31",
    "1970-01-01",
    "9999-12-31",
    "2099-12-31",
    "2999-12-31",
    "0001-01-01",
    "1753-01-01",
)
EXPONENTIAL_TOP = 0.056
"""Share of the total that the top 1 % hold in an exponential distribution: .01 (1 + ln 100)."""

HEAVIER = 1.5
LEAST_ROWS = 20
MANY_ROWS = 300
MANY_ZEROS = 0.25


def missing(context: Context) -> Checked:
    """Count cells without a value, per column and in all."""
    facts = context.facts
    nulls = {c.name: c.nulls for c in facts.columns.values() if c.nulls and c.filled}
    finding = None
    if nulls:
        total = sum(nulls.values())
        worst = max(nulls, key=lambda name: nulls[name])
        title = (
            f"{plural(len(nulls), 'column')} {verb(len(nulls), 'has', 'have')} missing values, {worst} most "
            f"({percent(nulls[worst] / facts.rows)} of rows)."
        )
        cells = facts.rows * len(facts.names)
        evidence = {"cells": total, "share": total / cells, "rows": dict(sorted(nulls.items(), key=lambda i: -i[1]))}
        half = [name for name, n in nulls.items() if n > facts.rows / 2]
        label = context.roles.label in nulls
        advice = "Keep missing as a value of its own for the model; ask why it is missing before filling anything in."
        severity = Severity.WARNING if label or half else Severity.NOTICE
        names = tuple(sorted(nulls, key=lambda name: -nulls[name]))
        finding = Finding("missing", severity, names, title, evidence, advice)
    return conclude("missing", [finding], len(facts.names), "cells without a value")


def joint_missing(context: Context) -> Checked:
    """Find columns missing together far more often than by chance, on the sample (`audit.joint_gaps`)."""
    facts = context.facts
    masks = {c.name: facts.arrays.missing(c.name) for c in facts.columns.values() if c.nulls and c.filled}
    groups = find_together(masks)
    findings = []
    if groups:
        names = tuple(name for name in facts.names if any(name in group.columns for group in groups))
        first = groups[0]
        title = f"{several(first.columns)} are missing on the same rows ({percent(first.share)} of them)"
        if not first.same:
            title = (
                f"{several(first.columns)} are missing together on {percent(first.share)} of rows, where chance would "
                f"leave {percent(first.by_chance)}; each has gaps of its own besides"
            )
        title += f", and {plural(len(groups) - 1, 'more such group')}." if len(groups) > 1 else "."
        evidence = {
            "groups": [list(group.columns) for group in groups],
            "share": first.share,
            "by_chance": first.by_chance,
            "own": first.own,
            "rows_sampled": facts.sampled,
        }
        advice = "They probably came together from one source that did not know these rows: ask which one."
        findings = [Finding("joint_missing", Severity.NOTICE, names, title, evidence, advice)]
    return conclude("joint_missing", findings, len(masks) if len(masks) > 1 else 0, "columns missing on the same rows")


def sentinel(context: Context) -> Checked:
    """Find values that stand for missing.

    Numbers are found by their place and frequency (`missing_codes`), words by meaning in several languages,
    dates by being the usual start or end of some tool's calendar (three rows at least). Words that were read as
    missing already are told with their number.
    """
    facts = context.facts
    found: dict[str, tuple[str, int]] = {}
    left = set(context.roles.identifiers) | {context.roles.label}
    tested = [c for c in facts.columns.values() if c.filled and c.name not in left]
    for column in tested:
        pair = context.codes.get(column.name) if column.storage.numeric else _word(facts, column)
        if pair is not None:
            found[column.name] = (figure(pair[0]), pair[1]) if isinstance(pair[0], float) else (pair[0], pair[1])
    findings = []
    for kind in ("number", "word"):
        chosen = {
            name: pair for name, pair in found.items() if facts.columns[name].storage.numeric is (kind == "number")
        }
        if chosen:
            findings.append(_sentinel_finding(facts, chosen, kind))
    read = coerced(facts, "null_word", "error")
    if read:
        title = f"Words for missing stood in {several(list(read))} and were read as missing"
        title += f" ({plural(sum(read.values()), 'cell')})."
        advice = "Leave such cells blank when the data are exchanged: other tools read the whole column as text."
        evidence = {"read_as_missing": read}
        findings.append(Finding("sentinel", Severity.INFO, tuple(read), title, evidence, advice))
    return conclude("sentinel", findings, len(tested), "codes, words and dates that stand for missing")


def _sentinel_finding(facts: Facts, found: Mapping[str, tuple[str, int]], kind: str) -> Finding:
    parts = [f"{value} in {name} ({percent(count / facts.rows)})" for name, (value, count) in found.items()]
    values = sorted({value for value, _ in found.values()})
    if kind == "word" and len(values) == 1:
        most = max(found, key=lambda name: found[name][1])
        share, where = percent(found[most][1] / facts.rows), f" in {most}" if len(found) > 1 else ""
        title = f'"{values[0]}" stands for missing in {several(list(found))} ({share} of rows{where}).'
    else:
        title = f"Some {'numbers' if kind == 'number' else 'values'} stand for missing: {several(parts)}."
    evidence = {
        name: {"value": value, "rows": count, "share": count / facts.rows} for name, (value, count) in found.items()
    }
    advice = "Treat them as missing: as numbers they would spoil every mean, bin and chart."
    if kind == "word":
        advice = 'Treat them as missing, and keep "missing" as a value of its own.'
    severity = Severity.WARNING if kind == "number" else Severity.NOTICE
    return Finding("sentinel", severity, tuple(found), title, evidence, advice)


def _word(facts: Facts, column: ColumnFacts) -> tuple[str, int] | None:
    """Return the most frequent word or date that stands for missing, and its rows."""
    if column.storage.temporal:
        dates = [(value, n) for value, n in column.top if value[:10] in DATES and n >= LEAST_DATES]
        return dates[0] if dates else _rare_date(facts, column)
    if column.storage is not Storage.TEXT:
        return None
    among_numbers = way_of(facts, column).typed >= 0.5
    pattern = like(MISSING) | like(NOTHING) if among_numbers else like(MISSING)
    cells = distinct(facts, column.name).filter(pattern).sort(["n", "cell"], descending=[True, False])
    if cells.is_empty():
        return None
    value, rows = cells.row(0)
    exact = column.count_of(value)
    return value, round(rows * facts.scale) if exact is None else exact


def _rare_date(facts: Facts, column: ColumnFacts) -> tuple[str, int] | None:
    """Return the start or end of a calendar at an end of a column with so many days that it is not among the top."""
    days = facts.arrays.finite(column.name) // DAY * DAY
    for text in (column.first, column.last):
        if text is not None and text[:10] in DATES:
            rows = int((days == np.datetime64(text[:10], "s").astype(np.float64)).sum())
            if rows >= LEAST_DATES:
                return text, round(rows * facts.scale)
    return None


def outliers(context: Context) -> Checked:
    """Find values far out, and rows that are unusual only together.

    A value is far out on the plain and the log scale (Tukey 1977, Kimber 1990), or where so many so far are not to
    be expected from the body of the column (tail-area false discovery rate, Efron 2010); at most 5 % of a
    column. Rows: see `unusual.rows_together`.
    """
    tested = [c for c in context.measured if c.distinct > 10]
    effects = {c.name: found for c in tested if (found := effect(context, c)) is not None}
    finding = None
    if effects:
        names = tuple(sorted(effects, key=lambda name: -abs(effects[name]["mean_change"])))
        worst = effects[names[0]]
        title = (
            f"{plural(len(names), 'column')} {verb(len(names), 'has', 'have')} values far outside the rest: without "
        )
        title += f"them the mean of {names[0]} would be {figure(worst['mean_without'])}, not {figure(worst['mean'])}."
        advice = "Look at these rows first; cap or take logs for means and linear models, trees need nothing."
        severity = Severity.NOTICE if abs(worst["mean_change"]) > 0.05 else Severity.INFO
        finding = Finding("outliers", severity, names, title, {"columns": effects}, advice)
    how = "values far outside the quartiles on plain and log scale, rows unusual only together"
    return conclude("outliers", [finding, rows_together(context)], len(tested), how)


def heavy_tail(context: Context) -> Checked:
    """Find columns whose top 1 % hold half as much again as in an exponential distribution (8.4 %).

    Of an exponential column of 300 rows the top 1 % reach that less than once in a thousand times; of fewer rows twice
    as much is asked for. Where a quarter of the rows is zero, the rows above zero are judged: few buyers are no tail.
    """
    tested = [c for c in context.measured if c.distinct > 20 and c.negatives == 0]
    cells = {c.name: _above_zero(context.finite(c.name)) for c in tested}
    shares = {name: top_share(values) for name, values in cells.items() if values.size >= LEAST_ROWS}
    least = {name: (HEAVIER if cells[name].size >= MANY_ROWS else 2) * EXPONENTIAL_TOP for name in shares}
    found = {name: share for name, share in shares.items() if share > least[name]}
    finding = None
    if found:
        names = tuple(sorted(found, key=lambda name: -found[name]))
        above = " of rows above zero" if cells[names[0]].size < context.finite(names[0]).size else ""
        title = f"A few rows carry the totals: the top 1 %{above} hold {percent(found[names[0]])} of {names[0]}"
        title += f"; {several(names[1:])} {verb(len(names) - 1, 'is', 'are')} similar." if len(names) > 1 else "."
        advice = "Compare medians or shares rather than means, and expect wide intervals around totals."
        evidence = {
            "top_1_percent_hold": {name: round(found[name], 4) for name in names},
            "exponential": EXPONENTIAL_TOP,
        }
        finding = Finding("heavy_tail", Severity.INFO, names, title, evidence, advice)
    return conclude("heavy_tail", [finding], len(tested), "share of the total in the top 1 % of rows")


def _above_zero(values: Floats) -> Floats:
    return values[values > 0] if values.size and (values == 0).mean() >= MANY_ZEROS else values


def zero_inflated(context: Context) -> Checked:
    """Find columns where zero is a tenth of rows and thrice as frequent as any other value (rule)."""
    tested = [c for c in context.measured if c.distinct > 10]
    found = {}
    for column in tested:
        others = [n for value, n in column.top if value not in ("0", "0.0")]
        if column.zeros >= max(0.1 * column.filled, 3 * max(others, default=0), 10):
            found[column.name] = column.zeros / column.filled
    finding = None
    if found:
        names = tuple(sorted(found, key=lambda name: -found[name]))
        title = f"{clause(names, 'is', 'are')} mostly zero or nothing ({percent(found[names[0]])} in {names[0]})."
        advice = 'Treat "any at all" and "how much" as two questions.'
        evidence = {"zeros": {name: round(found[name], 4) for name in names}}
        finding = Finding("zero_inflated", Severity.INFO, names, title, evidence, advice)
    return conclude("zero_inflated", [finding], len(tested), "zeros far more frequent than any other value")


def _no_label(context: Context, label: str) -> Finding:
    title = f"The label {label} is empty on every row: there is nothing to predict."
    asked = context.facts.ask.label == label
    advice = "Choose another label with --label, or ask for an extract in which it is filled."
    severity = Severity.BLOCKER if asked else Severity.WARNING
    return Finding("class_balance", severity, (label,), title, {"rows": {}, "empty": context.facts.rows}, advice)


def class_balance(context: Context) -> Checked:
    """State the sizes of the label's classes."""
    label = context.roles.label
    if label is None:
        raise RefusalError("no label")
    column = context.facts.columns[label]
    if column.filled == 0:
        return Checked((_no_label(context, label),))
    if column.distinct > MOST_CLASSES:
        return Checked((_amounts(column),))
    counts = dict(column.top)
    if not counts:
        raise RefusalError("the label holds lists, records or bytes")
    order = context.roles.order or tuple(counts)
    rare = min(counts, key=lambda name: counts[name])
    shown = order[-1] if len(order) == 2 and counts.get(order[-1], 0) > 0 else rare
    share = wilson(counts[shown], column.filled)
    if len(counts) == 1:
        title = f"The label {label} has one class only ({rare}): there is nothing to predict."
    else:
        sizes = ", ".join(f"{name} {percent(counts.get(name, 0) / column.filled)}" for name in order[:6])
        title = f"{label} is {shown} on {counted(counts[shown])} of {counted(column.filled)} rows "
        title += f"({100 * share.value:.2f} %)"
        title += f"; classes: {sizes}." if len(counts) > 2 else "."
    evidence = {"rows": counts, "share": share.value, "low": share.low, "high": share.high, "class": shown}
    smallest = counts[rare] / column.filled
    advice = (
        "Judge the model by ranking and calibrated probabilities; accuracy would reward always saying the common class."
    )
    if smallest >= 0.3:
        advice = "The classes are balanced enough for every usual measure."
    severity = Severity.BLOCKER if len(counts) == 1 else Severity.NOTICE if smallest < 0.1 else Severity.INFO
    return Checked((Finding("class_balance", severity, (label,), title, evidence, advice),))


def _amounts(column: ColumnFacts) -> Finding:
    zero = wilson(min(column.zeros, column.filled), column.filled)
    title = (
        f"{column.name} is an amount: zero on {percent(zero.value)} of rows, {figure(column.mean or 0.0)} on average."
    )
    evidence = {
        "zeros": column.zeros,
        "share_zero": zero.value,
        "low": zero.low,
        "high": zero.high,
        "mean": column.mean,
    }
    advice = "Groups of it are made from its own distribution; zero is a group of its own."
    return Finding("class_balance", Severity.INFO, (column.name,), title, evidence, advice)
