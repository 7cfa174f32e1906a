"""The page of an experiment: doubts first, then the answer, the effect, the guards, for whom it differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from clientela.domain.estimate import Estimate
from clientela.domain.later import later
from clientela.experiments.result import Analysis, Differing, Doubt, Effect, Trouble
from clientela.language import Language, bare, day, is_foreign, language, retold, say, speaking
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
from clientela.report.brand import USUAL, Brand
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
MOST_SEGMENTS = 50
MOST_CHARTED = 20
MOST_LETTERS = 14
"""Of a name beside a bar: more would not fit a phone."""
TROUBLES: Mapping[Trouble, str] = MappingProxyType(
    {
        Trouble.SAMPLE_RATIO: "The variants have not the sizes that were to be.",
        Trouble.COVARIATE_IMBALANCE: "The variants differed before anything was shown.",
        Trouble.SEVERAL_VARIANTS: "Some visitors saw several variants.",
        Trouble.OUTCOME_BEFORE_EXPOSURE: "Some outcomes lie before the decision.",
        Trouble.OUTCOME_WITHOUT_DECISION: "Some outcomes belong to no decision.",
        Trouble.NEGATIVE_TIME: "Some times are below zero.",
        Trouble.NO_TIME: "What was taken for a time may be none.",
        Trouble.MISSING_OUTCOME: "Some outcomes are missing.",
        Trouble.MISSING_LOGS: "Some of the log is missing.",
        Trouble.ROWS_SET_ASIDE: "Some rows could not be used.",
        Trouble.CHANGED_EXPOSURE: "The shares of the variants changed on the way.",
        Trouble.NOVELTY: "The effect fades or grows.",
        Trouble.DAY_OF_WEEK: "Not every day of the week counts alike.",
        Trouble.BOTS: "Some visitors look like machines.",
        Trouble.LATE_OUTCOMES: "Some outcomes have not arrived yet.",
        Trouble.PEEKING: "The difference is there at one planned look only.",
        Trouble.TOO_EARLY: "Too few outcomes have been seen.",
        Trouble.FEW_LARGE_VALUES: "A few visitors bring much of the total.",
        Trouble.OUTCOMES_CAPPED: "Large outcomes were cut.",
        Trouble.UNIT_IS_ROW: "Each row counts for itself: visitors are not known.",
    }
)
"""What makes an answer doubtful, in words."""


@dataclass(frozen=True)
class Shown:
    """How the page is to be.

    Attributes:
        source: Name of the table of decisions.
        created: Date as text.
        version: Version of clientela.
        language: Language of the page.
        brand: Colours and logo of the house.
    """

    source: str
    created: str
    version: str
    language: Language = Language.ENGLISH
    brand: Brand = USUAL


def render_experiment(analysis: Analysis, shown: Shown) -> str:
    """Return the analysis of an experiment as one self-contained page.

    Args:
        analysis: The analysis.
        shown: How the page is to be.

    Returns:
        HTML text; the same analysis gives the same text.
    """
    with speaking(shown.language):
        return _page(analysis, shown)


def _page(analysis: Analysis, shown: Shown) -> str:
    goal = say(analysis.goal.replace("-", " "))
    units = sum(arm.units for arm in analysis.arms)
    days = say("{first} to {last}", first=day(analysis.first_day), last=day(analysis.last_day))
    span = f" · {days}" if analysis.first_day else ""
    source = clean(shown.source, 80)
    meta = f"{source} · {plural(units, analysis.unit)} · {plural(len(analysis.arms), 'variant')}{span}"
    title = say("Experiment on {goal}: {source}", goal=goal, source=source)
    made = say("Made by Clientela {version} on {created}.", version=shown.version, created=day(shown.created))
    frame = page.Frame(title, meta, made, shown.version, shown.brand)
    return page.render(
        "experiment.html.j2",
        frame,
        doubts=[_doubt(doubt) for doubt in analysis.doubts[:MOST_DOUBTS]],
        question=say("Does it move {goal}?", goal=goal),
        answer=retold(clean(analysis.answer)),
        figures=_figures(analysis),
        advice=Callout("answer", say("What to do"), retold(clean(analysis.advice))),
        parts=tuple(part for part in (_effect(analysis), _guards(analysis), _whom(analysis), _how(analysis)) if part),
    )


def _doubt(doubt: Doubt) -> Doubt:
    """Return a doubt in the language: its title as far as it is known, else in the words of its kind."""
    if language() is Language.ENGLISH:
        return doubt
    title, advice = retold(clean(doubt.title)), retold(clean(doubt.advice))
    if is_foreign(title):
        title = say(TROUBLES[doubt.code])
    return replace(doubt, title=title, advice=advice, evidence={page.ORIGINAL: doubt.title, **doubt.evidence})


def _figures(analysis: Analysis) -> tuple[Figure, ...]:
    first = analysis.effects[0]
    items = [
        Figure(
            say("difference, {unit}", unit=retold(clean(first.unit, 40))),
            number(first.difference.value),
            _ends(first.any_look, number),
        ),
        Figure(say("in per cent, at one planned look"), percent(first.lift.value), _ends(first.lift, percent)),
        Figure(say("chance of such a difference without an effect"), probability(first.p_any_look), say("at any look")),
    ]
    if analysis.monthly is not None:
        items.append(Figure(say("money a month"), money(analysis.monthly.value), _ends(analysis.monthly, money)))
    if first.since:
        items.append(Figure(say("sure since"), day(first.since)))
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
    blocks.append(_table(say("Effects on the goal"), analysis.effects))
    blocks.append(_arms(analysis))
    running = _running(analysis)
    if running is not None:
        blocks.append(running)
    first = analysis.effects[0]
    saved = (
        say(" Earlier data took off {share} of the variance.", share=percent(first.saved))
        if first.saved > 0.005
        else ""
    )
    answer = say(
        "{variant} less {control}: {spread} {unit}, however often one looks.",
        variant=named(first.variant),
        control=named(first.control),
        spread=spread(first.any_look, number),
        unit=retold(clean(first.unit, 60)),
    )
    return Chapter(
        "effect",
        say("The effect"),
        say("How large is the effect, and how sure?"),
        f"{answer}{saved}",
        tuple(blocks),
        (say("The interval for one look holds only where the size was fixed beforehand and nobody looked before."),),
    )


def _table(caption: str, effects: tuple[Effect, ...]) -> TableBlock:
    heads = (
        Head(say("Measure")),
        Head(say("Variant")),
        Head(say("At any look"), numeric=True),
        Head(say("At one planned look"), numeric=True),
        Head(say("In per cent"), numeric=True),
        Head(say("p, any look"), numeric=True),
        Head(say("p, all judged together"), numeric=True),
        Head(say("Verdict")),
    )
    rows = tuple(
        (
            Cell(retold(cell(one.measure))),
            Cell(cell(one.variant)),
            Cell(spread(one.any_look, number), order=one.any_look.value),
            Cell(spread(one.difference, number), order=one.difference.value),
            Cell(spread(one.lift, percent), order=one.lift.value),
            Cell(probability(one.p_any_look), order=one.p_any_look),
            Cell(probability(one.p_adjusted), order=one.p_adjusted),
            Cell((say("better") if one.good else say("worse")) if one.sure else say("cannot be told")),
        )
        for one in effects
    )
    return TableBlock(caption, heads, rows)


def _arms(analysis: Analysis) -> TableBlock:
    units = say(f"{analysis.unit}s")
    heads = (
        Head(say("Variant")),
        Head(f"{units[:1].upper()}{units[1:]}", numeric=True),
        Head(say("Mean"), numeric=True),
    )
    rows = tuple(
        (Cell(cell(arm.variant)), Cell(count(arm.units), order=arm.units), Cell(spread(arm.value, number)))
        for arm in analysis.arms
    )
    return TableBlock(say("What was seen in each variant"), heads, rows)


def _guards(analysis: Analysis) -> Chapter | None:
    if not analysis.guards:
        return None
    worse = [one for one in analysis.guards if one.sure and not one.good]
    text = (
        say("{measure} got worse with {variant}.", measure=named(worse[0].measure), variant=named(worse[0].variant))
        if worse
        else say("No guard measure is shown to have become worse.")
    )
    return Chapter(
        "guards",
        say("Guards"),
        say("What else moved?"),
        text,
        (_table(say("Effects on the guard measures"), analysis.guards),),
        (say("That nothing is shown does not mean that nothing is there: look at the intervals."),),
    )


def _whom(analysis: Analysis) -> Chapter | None:
    if not analysis.differing:
        return None
    level = 1 - analysis.effects[0].any_look.level
    apart = [part for part in analysis.differing if part.p < level]
    text = (
        say(
            "The effect of {variant} differs by {column} (p {p}).",
            variant=named(apart[0].variant),
            column=named(apart[0].column),
            p=probability(apart[0].p),
        )
        if apart
        else say("The effect is not shown to differ between the segments looked at: take it to be the same for all.")
    )
    blocks: list[Block] = [
        Details(_title(part), (_segments(part),), unfolded=part.p < level) for part in analysis.differing
    ]
    return Chapter(
        "whom",
        say("For whom"),
        say("For whom does it differ?"),
        text,
        tuple(blocks),
        (
            say(
                "Drawn effects are pulled to the common one as far as chance explains the differences; judge by these."
            ),
            say("These intervals hold for one look."),
        ),
    )


def _title(part: Differing) -> str:
    return say(
        "By {column}, {variant} (p {p})",
        column=clean(part.column, 48),
        variant=clean(part.variant, 48),
        p=probability(part.p),
    )


def _segments(part: Differing) -> TableBlock:
    heads = (
        Head(say("Segment")),
        Head(say("Visitors"), numeric=True),
        Head(say("As seen"), numeric=True),
        Head(say("Drawn"), numeric=True),
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
    return TableBlock(say("Effect by {column}", column=clean(part.column, 48)), heads, rows)


def _how(analysis: Analysis) -> Chapter:
    notes = tuple(retold(clean(note, 300)) for note in analysis.notes)
    blocks: tuple[Block, ...] = (Heading(say("Taken for granted")), Bullets(notes)) if notes else ()
    return Chapter(
        "how",
        say("How"),
        say("How was it computed?"),
        say(
            "Means are compared as a permutation test compares them, so that each tail keeps its level also with a "
            "small holdout and few large orders; for any look the bound is widened so that it holds however often one "
            "looks. P-values are corrected for all variants (Holm) and guards (Benjamini and Hochberg)."
        ),
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
        alt.X(
            "low:Q",
            title=bare(say("difference, {unit}", unit=retold(clean(unit, 40)))),
            axis=alt.Axis(tickCount=5, labelOverlap=True),
        ),
        alt.X2("high:Q"),
    )
    dot = base.mark_point(color=ACCENT, size=90).encode(alt.X("value:Q"))
    zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(color=MUTED, strokeDash=[4, 4]).encode(alt.X("at:Q"))
    told = "; ".join(f"{name} {spread(one, number)}" for name, (_, one) in zip(names, bounded, strict=True))
    return Chart(
        say("The difference to the control, with what is possible at any look"),
        say("Intervals of the difference: {told}.", told=told),
        sized(alt.layer(zero, rule, dot), STEP * len(rows) + 20),
        say("Where the line reaches over zero (dashed), it cannot be told."),
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
        alt.X(
            "day:T",
            title=None,
            axis=alt.Axis(
                format="%d.%m." if language() is Language.GERMAN else "%d %b",
                tickCount=4,
                labelOverlap="greedy",
                labelSeparation=8,
            ),
        )
    )
    band = base.mark_area(opacity=0.25, color=ACCENT).encode(alt.Y("low:Q", title=say("difference")), alt.Y2("high:Q"))
    line = base.mark_line(color=ACCENT).encode(alt.Y("value:Q"))
    zero = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(color=MUTED, strokeDash=[4, 4]).encode(alt.Y("at:Q"))
    last = rows[-1]
    return Chart(
        say("How the answer came about, day by day"),
        say(
            "Line of the difference over {days}, at last {last}.",
            days=plural(len(rows), "day"),
            last=number(float(str(last["value"]))),
        ),
        sized(alt.layer(zero, band, line), 200),
        say("The band holds at every day at once, so one may look whenever one likes."),
    )
