"""An analysis or a plan in lines for a terminal."""

from __future__ import annotations

import math

from clientela.domain.estimate import Estimate
from clientela.experiments.result import Analysis, Effect, Plan
from clientela.language import numerals, say
from clientela.report.numbers import count, money, number, percent
from clientela.report.text import clean, named, plural

MOST_DOUBTS = 12
MOST_SEGMENTS = 12


def told(analysis: Analysis) -> tuple[str, ...]:
    """Return an analysis in lines: doubts first, then the answer, the numbers and what to do."""
    lines = [
        f"{doubt.severity.value.upper()}: {clean(doubt.title)} {clean(doubt.advice)}"
        for doubt in analysis.doubts[:MOST_DOUBTS]
    ]
    if len(analysis.doubts) > MOST_DOUBTS:
        lines.append(f"{len(analysis.doubts) - MOST_DOUBTS} more doubts are in the JSON.")
    lines += ["", clean(analysis.answer), clean(analysis.advice), ""]
    lines += [
        f"{named(arm.variant)}: {plural(arm.units, analysis.unit)}, {spread(arm.value, number)}"
        for arm in analysis.arms
    ]
    for effect in (*analysis.effects, *analysis.guards):
        lines += _effect(effect)
    if analysis.monthly is not None:
        shown = named(analysis.effects[0].variant)
        lines.append(
            f"In money a month, were {shown} shown to everybody: {spread(analysis.monthly, money)} at any look."
        )
    for part in analysis.differing:
        word = "differs" if part.p < 1 - analysis.effects[0].any_look.level else "is not shown to differ"
        lines.append(f"By {named(part.column)} the effect of {named(part.variant)} {word} (p {probability(part.p)}).")
        if word == "differs":
            lines += [f"   {named(name)}: {spread(drawn, number)}" for name, _, drawn in part.segments[:MOST_SEGMENTS]]
            left = len(part.segments) - MOST_SEGMENTS
            lines += [f"   {left} more segments are on the page (--out) and in the JSON."] if left > 0 else []
    return (*lines, *(clean(note) for note in analysis.notes))


def spread(estimate: Estimate, shown: object) -> str:
    """Return an estimate with its interval, an end that is not there said in words."""
    form = shown if callable(shown) else number
    ends = [form(end) if math.isfinite(end) else say("no bound") for end in (estimate.low, estimate.high)]
    return say("{value} ({low} to {high})", value=form(estimate.value), low=ends[0], high=ends[1])


def probability(p: float) -> str:
    """Return a p-value as text.

    >>> probability(0.0345), probability(0.0004), probability(3e-112)
    ('0.035', '0.0004', 'under 0.0001')
    """
    if p < 0.0001:
        return say("under {bound}", bound=numerals("0.0001"))
    return numerals(f"{p:.3f}" if p >= 0.001 else f"{p:.4f}")


def _effect(effect: Effect) -> list[str]:
    title = f"{clean(effect.measure, 48)}, {named(effect.variant)} less {named(effect.control)}"
    lines = [
        f"{title}: at any look {spread(effect.any_look, number)} {effect.unit}, p {probability(effect.p_any_look)}",
        (
            f"   at one planned look {spread(effect.difference, number)}, p {probability(effect.p_fixed)}; "
            f"in per cent {spread(effect.lift, percent)}"
        ),
    ]
    if effect.saved > 0.005:
        lines.append(f"   earlier data took off {percent(effect.saved)} of the variance")
    if effect.since:
        lines.append(f"   sure since {effect.since}")
    return lines


def planned(plan: Plan) -> tuple[str, ...]:
    """Return a plan in lines."""
    lines = [clean(plan.answer), ""]
    lines.append(f"{'relative effect':<18}{'visitors in all':>16}{'days':>8}{'if every look may end it':>28}")
    lines += [
        f"{percent(size.effect):<18}{count(size.visitors):>16}{_days(size.days):>8}{count(size.any_look):>28}"
        for size in plan.sizes
    ]
    lines += ["", f"Power with {count(plan.visitors)} visitors:"]
    lines += [f"   {percent(point.effect):<10}{percent(point.power):>8}" for point in plan.curve]
    return (*lines, "", *(clean(note) for note in plan.notes))


def _days(days: float) -> str:
    return count(math.ceil(days)) if math.isfinite(days) else "–"
