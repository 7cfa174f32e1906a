"""Which segments are there, and what should the website do for each?"""

from __future__ import annotations

import math

from clientela.language import retold, say
from clientela.report import charts, facts
from clientela.report.blocks import Block, Card, Cards, Chapter, Details, Figure, Paragraph
from clientela.report.contents import Contents
from clientela.report.numbers import count, money, percent, score, span, with_interval
from clientela.report.segment_tables import found_table, months_table, moves_table, ways_table
from clientela.report.text import clean, named, plural, sentence
from clientela.segments.result import Segment, SegmentResult

MOST_SEGMENTS = 12
MOST_MARKS = 3
MOST_NAMED = 80
MOST_RULE = 900
"""Letters of a rule: one that counts points has a line for each."""
MOST_ACTION = 480
TELLING = 0.1


def segments(contents: Contents) -> Chapter:
    """Return the chapter on the segments and what to do for each."""
    result = contents.segments
    parted = result if result is not None and len(result.segments) > 1 else None
    return Chapter(
        "segments",
        say("Segments"),
        say("Which segments are there, and what should the website do for each?"),
        _answer(contents, parted) if parted else _needed(contents),
        _evidence(contents, parted) if parted else (),
        tuple(retold(sentence(clean(note, 300))) for note in result.notes[:6]) if result else (),
    )


def _needed(contents: Contents) -> str:
    if contents.segments is not None:
        return say(
            "No segments were found that differ in value more than chance would make them: serve all visitors the "
            "same page."
        )
    if contents.model is None:
        return say(
            "Segments are cut from what a model says about value, so a label or a revenue column is needed first."
        )
    return say("The segments stage was not run: the groups above can be used for targeting until it is.")


def _answer(contents: Contents, result: SegmentResult) -> str:
    best, last = result.by_value[0], result.by_value[-1]
    text = say(
        "{segments} cover all {row_nouns}. {best} comes first: {share} of {row_nouns}, of which {rate} {doing}, "
        "against {rate_2} in {last_name}.",
        segments=plural(len(result.segments), "segment"),
        best=named(best.name, MOST_NAMED),
        share=with_interval(best.share, percent),
        row_nouns=facts.row_nouns(contents),
        rate=with_interval(best.rate, percent),
        doing=facts.doing(contents.model),
        rate_2=with_interval(last.rate, percent),
        last_name=named(last.name, MOST_NAMED),
    )
    if result.separation is not None:
        share = result.separation.value
        word = say("well") if share >= TELLING else say("weakly")
        between = with_interval(result.separation, percent)
        text += say(
            " The segments part value {word}: {between} of its variance lies between them.", word=word, between=between
        )
    return text


def _evidence(contents: Contents, result: SegmentResult) -> tuple[Block, ...]:
    blocks: list[Block] = [
        Cards(tuple(_card(segment, facts.doing(contents.model)) for segment in result.by_value[:MOST_SEGMENTS]))
    ]
    blocks.append(charts.segments(result))
    tables = (ways_table(result), found_table(result), months_table(result), moves_table(result))
    blocks += [table for table in tables if table is not None]
    how = say(
        "{method} Found on {rows} rows, seed {seed}.",
        method=retold(sentence(clean(result.method, 300))),
        rows=count(result.rows),
        seed=result.seed,
    )
    blocks.append(Details(say("How the segments were found"), (Paragraph(how),)))
    return tuple(blocks)


def _card(segment: Segment, doing: str) -> Card:
    facts_shown = [Figure(say("of visits"), percent(segment.share.value), _span(segment, "share"))]
    facts_shown.append(Figure(doing, percent(segment.rate.value), _span(segment, "rate")))
    if segment.revenue_share is not None:
        facts_shown.append(Figure(say("of revenue"), percent(segment.revenue_share.value), _span(segment, "revenue")))
    if segment.mean_revenue is not None:
        facts_shown.append(Figure(say("per visit"), money(segment.mean_revenue.value)))
    if not math.isnan(segment.stability):
        facts_shown.append(Figure(say("found again"), score(segment.stability), say("1 is the same")))
    return Card(
        clean(segment.name, MOST_NAMED),
        clean(segment.rule, MOST_RULE),
        tuple(facts_shown),
        tuple(clean(mark.phrase, 120) for mark in segment.marks[:MOST_MARKS]),
        sentence(clean(segment.action, MOST_ACTION)),
    )


def _span(segment: Segment, what: str) -> str:
    estimate = {"share": segment.share, "rate": segment.rate}.get(what, segment.revenue_share)
    if estimate is None or estimate.low != estimate.low:
        return ""
    return span(estimate, percent)
