"""The page of an experiment: doubts first, then the answer, the effect, the guards, for whom it differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clientela.domain.estimate import Estimate
from clientela.domain.later import later
from clientela.experiments.result import Analysis, Differing, Effect
from clientela.report import page
from clientela.report.blocks import (
    Block,
    Bullets,
    Callout,
    Cell,
    Chapter,
    Chart,
    Details,
    Figure,
    Head,
    Heading,
    TableBlock,
)
from clientela.report.drawing import sized
from clientela.report.experiment_lines import probability, spread
from clientela.report.numbers import count, money, number, percent
from clientela.report.palette import ACCENT, MUTED
from clientela.report.text import cell, clean, labels, named, plural

if TYPE_CHECKING:
    import altair as alt
else:
    alt = later("altair")

STEP = 34
MOST_DOUBTS = 30
MOST_SEGMENTS = 30
MOST_CHARTED = 20
MOST_LETTERS = 14
"""Of a name beside a bar: more would not fit a phone."""


def render_experiment(analysis: Analysis, source: str, created: str, version: str) -> str:
    """Return the analysis of an experiment as one self-contained page.

    Args:
        analysis: The analysis.
        source: Name of the table of decisions.
        created: Date as text.
        version: Version of clientela.

    Returns:
        HTML text; the same analysis gives the same text.
    """
    goal = analysis.goal.replace("-", " ")
    units = sum(arm.units for arm in analysis.arms)
    span = f" · {analysis.first_day} to {analysis.last_day}" if analysis.first_day else ""
    meta = f"{clean(source, 80)} · {plural(units, analysis.unit)} · {plural(len(analysis.arms), 'variant')}{span}"
    frame = page.Frame(f"Experiment on {goal}: {clean(source, 80)}", meta, f"Made on {created}.", version)
    return page.render(
        "experiment.html.j2",
        frame,
        doubts=analysis.doubts[:MOST_DOUBTS],
        question=f"Does it move {goal}?",
        answer=clean(analysis.answer),
        figures=_figures(analysis),
        advice=Callout("answer", "What to do", clean(analysis.advice)),
        parts=tuple(part for part in (_effect(analysis), _guards(analysis), _whom(analysis), _how(analysis)) if part),
    )


def _figures(analysis: Analysis) -> tuple[Figure, ...]:
    first = analysis.effects[0]
    items = [
        Figure(f"difference, {clean(first.unit, 40)}", number(first.difference.value), _ends(first.any_look, number)),
        Figure("in per cent", percent(first.lift.value), _ends(first.lift, percent)),
        Figure("chance of such a difference without an effect", probability(first.p_any_look), "at any look"),
    ]
    if analysis.monthly is not None:
        items.append(Figure("money a month", money(analysis.monthly.value), _ends(analysis.monthly, money)))
    if first.since:
        items.append(Figure("sure since", first.since))
    return tuple(items)


def _ends(estimate: Estimate, shown: object) -> str:
    text = spread(estimate, shown)
    return text[text.index("(") + 1 : -1]


def _effect(analysis: Analysis) -> Chapter:
    blocks: list[Block] = []
    chart = _chart(
        [(clean(one.variant, MOST_LETTERS), one.any_look) for one in analysis.effects], analysis.effects[0].unit
    )
    if chart is not None:
        blocks.append(chart)
    blocks.append(_table("Effects on the goal", analysis.effects))
    blocks.append(_arms(analysis))
    running = _running(analysis)
    if running is not None:
        blocks.append(running)
    first = analysis.effects[0]
    saved = f" Earlier data took off {percent(first.saved)} of the variance." if first.saved > 0.005 else ""
    return Chapter(
        "effect",
        "The effect",
        "How large is the effect, and how sure?",
        f"{named(first.variant)} less {named(first.control)}: {spread(first.any_look, number)} "
        f"{clean(first.unit, 60)}, however often one looks.{saved}",
        tuple(blocks),
        ("The interval for one look holds only where the size was fixed beforehand and nobody looked before.",),
    )


def _table(caption: str, effects: tuple[Effect, ...]) -> TableBlock:
    heads = (
        Head("Measure"),
        Head("Variant"),
        Head("At any look", numeric=True),
        Head("At one planned look", numeric=True),
        Head("In per cent", numeric=True),
        Head("p, any look", numeric=True),
        Head("p, all judged together", numeric=True),
        Head("Verdict"),
    )
    rows = tuple(
        (
            Cell(cell(one.measure)),
            Cell(cell(one.variant)),
            Cell(spread(one.any_look, number), order=one.any_look.value),
            Cell(spread(one.difference, number), order=one.difference.value),
            Cell(spread(one.lift, percent), order=one.lift.value),
            Cell(probability(one.p_any_look), order=one.p_any_look),
            Cell(probability(one.p_adjusted), order=one.p_adjusted),
            Cell(("better" if one.good else "worse") if one.sure else "cannot be told"),
        )
        for one in effects
    )
    return TableBlock(caption, heads, rows)


def _arms(analysis: Analysis) -> TableBlock:
    heads = (Head("Variant"), Head(f"{analysis.unit.capitalize()}s", numeric=True), Head("Mean", numeric=True))
    rows = tuple(
        (Cell(cell(arm.variant)), Cell(count(arm.units), order=arm.units), Cell(spread(arm.value, number)))
        for arm in analysis.arms
    )
    return TableBlock("What was seen in each variant", heads, rows)


def _guards(analysis: Analysis) -> Chapter | None:
    if not analysis.guards:
        return None
    worse = [one for one in analysis.guards if one.sure and not one.good]
    text = (
        f"{named(worse[0].measure)} got worse with {named(worse[0].variant)}."
        if worse
        else "No guard measure is shown to have become worse."
    )
    return Chapter(
        "guards",
        "Guards",
        "What else moved?",
        text,
        (_table("Effects on the guard measures", analysis.guards),),
        ("That nothing is shown does not mean that nothing is there: look at the intervals.",),
    )


def _whom(analysis: Analysis) -> Chapter | None:
    if not analysis.differing:
        return None
    level = 1 - analysis.effects[0].any_look.level
    apart = [part for part in analysis.differing if part.p < level]
    text = (
        f"The effect of {named(apart[0].variant)} differs by {named(apart[0].column)} (p {probability(apart[0].p)})."
        if apart
        else "The effect is not shown to differ between the segments looked at: take it to be the same for all."
    )
    blocks: list[Block] = [
        Details(_title(part), (_segments(part),), unfolded=part.p < level) for part in analysis.differing
    ]
    return Chapter(
        "whom",
        "For whom",
        "For whom does it differ?",
        text,
        tuple(blocks),
        (
            "Drawn effects are pulled to the common one as far as chance explains the differences; judge by these.",
            "These intervals hold for one look.",
        ),
    )


def _title(part: Differing) -> str:
    return f"By {clean(part.column, 48)}, {clean(part.variant, 48)} (p {probability(part.p)})"


def _segments(part: Differing) -> TableBlock:
    heads = (
        Head("Segment"),
        Head("Visitors", numeric=True),
        Head("As seen", numeric=True),
        Head("Drawn", numeric=True),
    )
    rows = tuple(
        (
            Cell(cell(name)),
            Cell(count(seen.n), order=seen.n),
            Cell(spread(seen, number), order=seen.value),
            Cell(spread(drawn, number), order=drawn.value),
        )
        for name, seen, drawn in part.segments[:MOST_SEGMENTS]
    )
    return TableBlock(f"Effect by {clean(part.column, 48)}", heads, rows)


def _how(analysis: Analysis) -> Chapter:
    notes = tuple(clean(note, 300) for note in analysis.notes)
    blocks: tuple[Block, ...] = (Heading("Taken for granted"), Bullets(notes)) if notes else ()
    return Chapter(
        "how",
        "How",
        "How was it computed?",
        "Means are compared as a permutation test compares them, so that each tail keeps its level also with a small "
        "holdout and few large orders; for any look the bound is widened so that it holds however often one looks. "
        "P-values are corrected for all variants (Holm) and guards (Benjamini and Hochberg).",
        blocks,
    )


def _chart(items: list[tuple[str, Estimate]], unit: str) -> Chart | None:
    bounded = [(name, one) for name, one in items if abs(one.low) < 1e300 and abs(one.high) < 1e300][:MOST_CHARTED]
    if not bounded:
        return None
    names = labels([name for name, _ in bounded], MOST_LETTERS)
    rows = [
        {"name": name, "value": one.value, "low": one.low, "high": one.high}
        for name, (_, one) in zip(names, bounded, strict=True)
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(alt.Y("name:N", sort=None, title=None))
    rule = base.mark_rule(strokeWidth=3, color=ACCENT).encode(
        alt.X("low:Q", title=f"difference, {clean(unit, 40)}", axis=alt.Axis(tickCount=5, labelOverlap=True)),
        alt.X2("high:Q"),
    )
    dot = base.mark_point(color=ACCENT, size=90).encode(alt.X("value:Q"))
    zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(color=MUTED, strokeDash=[4, 4]).encode(alt.X("at:Q"))
    told = "; ".join(f"{name} {spread(one, number)}" for name, (_, one) in zip(names, bounded, strict=True))
    return Chart(
        "The difference to the control, with what is possible at any look",
        f"Intervals of the difference: {told}.",
        sized(alt.layer(zero, rule, dot), STEP * len(rows) + 20),
        "Where the line reaches over zero (dashed), it cannot be told.",
    )


def _running(analysis: Analysis) -> Chart | None:
    rows = [
        {"day": day, "value": value, "low": low, "high": high}
        for day, value, low, high in analysis.daily
        if abs(low) < 1e300 and abs(high) < 1e300
    ]
    if len(rows) < 2:
        return None
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        alt.X("day:T", title=None, axis=alt.Axis(format="%d %b", tickCount=6, labelOverlap=True))
    )
    band = base.mark_area(opacity=0.25, color=ACCENT).encode(alt.Y("low:Q", title="difference"), alt.Y2("high:Q"))
    line = base.mark_line(color=ACCENT).encode(alt.Y("value:Q"))
    zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(color=MUTED, strokeDash=[4, 4]).encode(alt.Y("at:Q"))
    last = rows[-1]
    return Chart(
        "How the answer came about, day by day",
        f"Line of the difference over {len(rows)} days, at last {number(float(str(last['value'])))}.",
        sized(alt.layer(zero, band, line), 200),
        "The band holds at every day at once, so one may look whenever one likes.",
    )
