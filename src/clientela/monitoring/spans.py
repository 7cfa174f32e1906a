"""Numbers that count the time between two columns: nights from arrival to departure, seconds from start to end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from clientela.monitoring.columns import Floats, Kind, Side
from clientela.monitoring.contract import SPANS, Rule, Term
from clientela.monitoring.transforms import unit_of

DATES = "dates"
"""The span that counts from date to date, whatever the time of the day."""

MOST_TIMES = 8
MOST_ROWS = 4_000
LEAST_ROWS = 100
SLACK = 0.001
"""Share of rows that may break a span that is still learnt."""

CLOCK = 0.01
"""Step to which times from date to date are rounded at least, in the unit of the number."""

TELLS = 0.3
"""Share of the rows that the number of another row must break, so that the span says something."""


def learn_spans(side: Side, terms: Sequence[Term]) -> Iterator[Rule]:
    """Yield numbers that are the time from one column to another, in a unit, rounded to the number's own step.

    Of several columns that a number may count from or to, those count which it fits best.
    """
    times = [term.name for term in terms if term.kind is Kind.TIME][:MOST_TIMES]
    numbers = [term.name for term in terms if term.kind is Kind.NUMBER and term.high > term.low]
    if side.rows < LEAST_ROWS or len(times) < 2 or not numbers:
        return
    some = side.only(np.arange(side.rows) < MOST_ROWS)
    pairs = [
        (start, end)
        for start, end in itertools.permutations(times, 2)
        if _held(gap := some.numbers[end] - some.numbers[start]).size >= LEAST_ROWS and np.nanmedian(gap) > 0
    ]
    for name in numbers:
        found = [rule for start, end in pairs if (rule := _spanned(some, name, start, end)) is not None]
        if found:
            best = min(found, key=lambda rule: (round(rule.within, 3), rule.exceptions))
            yield replace(best, rows=side.rows, exceptions=round(best.exceptions * side.rows / some.rows))


def _spanned(side: Side, name: str, start: str, end: str) -> Rule | None:
    """Return the narrowest span of two columns that a number keeps."""
    best: Rule | None = None
    values = side.numbers[name]
    step = max(CLOCK, unit_of(values))  # clocks are rounded too
    for kind in SPANS:
        rule = Rule(kind, name, "", end, "", 0, side.rows, (f"+{end}", f"-{start}"))
        gap = np.abs(values - _between(rule, side))
        if _held(gap).size < LEAST_ROWS:
            return None
        wide = float(np.nanquantile(gap, 1 - SLACK, method="lower")) + 1e-6
        narrower = best is None or wide < best.within
        if wide <= step + 1e-3 and narrower and _tells(values[~np.isnan(gap)], wide):
            broken = int(np.sum(gap > wide))
            best = replace(rule, within=wide, exceptions=broken)
    return best


def _held(values: Floats) -> Floats:
    return values[~np.isnan(values)]


def _tells(values: Floats, within: float) -> bool:
    with np.errstate(invalid="ignore"):
        return bool(np.mean(np.abs(values - np.roll(values, values.size // 2)) > within) > TELLS)


def _between(rule: Rule, side: Side) -> Floats:
    plain, units = as_sum(rule, side)
    end, start = (units.numbers[part[1:]] for part in plain.parts)
    gap: Floats = end - start
    return gap


def as_sum(rule: Rule, side: Side) -> tuple[Rule, Side]:
    """Return a span as a sum, and the rows with its times in its unit, counted from midnight in the middle of them.

    Counted so, times are as small as the spans, and what compares values by a part of their size does not take
    neighbouring days for one; full minutes and hours are still whole ones. Other rules come back as they are.

    Args:
        rule: Any rule.
        side: The rows.
    """
    if rule.kind not in SPANS:
        return rule, side
    times = [side.numbers[part[1:]] / SPANS[rule.kind] for part in rule.parts]
    if rule.kind == DATES:
        times = [np.floor(values) for values in times]
    held = times[1][~np.isnan(times[1])]
    days = SPANS[DATES] / SPANS[rule.kind]
    middle = np.floor(np.median(held) / days) * days if held.size else 0.0
    for part, values in zip(rule.parts, times, strict=True):
        side = side.put(part[1:], values - middle)
    return replace(rule, kind="sum"), side
