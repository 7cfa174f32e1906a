"""Tables of the segments stage: ways compared, months, moves, steps between groups, bids, targeting."""

from __future__ import annotations

import math

from clientela.language import day, numerals, retold, say
from clientela.report.blocks import Cell, Figure, Figures, Head, TableBlock
from clientela.report.numbers import NONE, count, money, percent, score, span, with_interval
from clientela.report.profits import doubts, worth
from clientela.report.text import cell, clean, joined
from clientela.segments.result import Bid, Segment, SegmentResult, StepUp, Targeting, Way

MOST_ROWS = 12
MOST_SHOWN_MONTHS = 12
MOST_MARKS = 3
MOST_NAME = 48
MOST_TOLD = 600
_WAYS = {
    "value": "By predicted value",
    "behaviour": "By behaviour",
    "orders": "By recency, frequency and money of orders",
    "lifecycle": "By lifecycle",
}


def ways_table(result: SegmentResult) -> TableBlock | None:
    """Return the ways to segment beside each other; None where none were compared."""
    if not result.ways:
        return None
    heads = (
        Head(say("Way")),
        Head(say("Groups"), numeric=True),
        Head(say("Found again"), numeric=True),
        Head(say("Value between groups"), numeric=True),
        Head(say("Conditions a rule"), numeric=True),
        Head(say("Rule names the group"), numeric=True),
    )
    note = say(
        "Found again: least similarity (Jaccard, 1 is the same) of a group to the one found on four fifths of the "
        "visitors; .85 and more is highly stable. Value between groups: share of its variance, out of sample. Groups "
        "settled beforehand are the same by definition."
    )
    return TableBlock(
        say("Ways to segment, and the one that is used"), heads, tuple(_way(way) for way in result.ways), note=note
    )


def _way(way: Way) -> tuple[Cell, ...]:
    settled = not way.live and way.groups
    return (
        _named(way),
        Cell(count(len(way.groups)) if way.groups else NONE, order=len(way.groups)),
        Cell(say("settled") if settled else score(way.stability)),
        Cell(with_interval(way.separation, percent) if way.groups else NONE),
        Cell(NONE if math.isnan(way.conditions) else numerals(f"{way.conditions:.1f}")),
        Cell(say("settled") if settled else percent(way.agreement)),
    )


def found_table(result: SegmentResult) -> TableBlock | None:
    """Return what each way found, in words, which would make rows of numbers tall; None where none were compared."""
    if not result.ways:
        return None
    rows = tuple((_named(way), Cell(retold(clean(way.told, MOST_TOLD)))) for way in result.ways)
    return TableBlock(say("What each way found"), (Head(say("Way")), Head(say("What was found"))), rows)


def _named(way: Way) -> Cell:
    return Cell(say(_WAYS[way.name]) if way.name in _WAYS else cell(way.name), note=say("used") if way.chosen else "")


def months_table(result: SegmentResult) -> TableBlock | None:
    """Return the share of each segment in every month; None with fewer than two months."""
    shown = [segment for segment in result.by_value if len(segment.months) > 1][:MOST_ROWS]
    if not shown:
        return None
    names = [period.name for period in shown[0].months[-MOST_SHOWN_MONTHS:]]
    heads = (Head(say("Segment")), *(Head(day(clean(name, 10)), numeric=True) for name in names), Head(say("Drift")))
    rows = tuple(
        (
            Cell(clean(segment.name, MOST_NAME)),
            *(
                Cell(percent(period.share.value), order=period.share.value)
                for period in segment.months[-MOST_SHOWN_MONTHS:]
            ),
            Cell(_drift(segment)),
        )
        for segment in shown
    )
    return TableBlock(say("Share of visits, month by month"), heads, rows)


def _drift(segment: Segment) -> str:
    first, last = segment.months[0].share, segment.months[-1].share
    if first.high < last.low:
        return say("grows")
    return say("shrinks") if first.low > last.high else say("none seen")


def moves_table(result: SegmentResult) -> TableBlock | None:
    """Return how visitors move between segments; None where few come again."""
    if not result.moves:
        return None
    heads = (
        Head(say("From")),
        Head(say("To")),
        Head(say("Visitors"), numeric=True),
        Head(say("Share of those who came again"), numeric=True),
    )
    rows = tuple(
        (
            Cell(clean(move.source, MOST_NAME)),
            Cell(say("stayed") if move.source == move.target else clean(move.target, MOST_NAME)),
            Cell(count(move.visitors), order=move.visitors),
            Cell(with_interval(move.share, percent), order=move.share.value),
        )
        for move in result.moves[:MOST_ROWS]
    )
    note = say("Segment of the last visit in the earlier half of the time against that in the later half.")
    return TableBlock(say("How visitors move between segments"), heads, rows, note=note)


def steps_table(result: SegmentResult) -> TableBlock | None:
    """Return what separates each group from the next one up; None where classes have no order."""
    if not result.steps:
        return None
    paid = any(step.gain for step in result.steps)
    heads: tuple[Head, ...] = (Head(say("From")), Head(say("To the next one up")), Head(say("How those above differ")))
    if paid:
        heads = (*heads, Head(say("1 % moved up, money per 1,000 visits"), numeric=True))
    note = say(
        "Associations beyond chance, strongest first: who is above, not what would move anybody up. The worth of a "
        "move is what the visits of the group above are worth more, whatever would cause it."
    )
    rows = tuple(_step(step, paid) for step in result.steps[:MOST_ROWS])
    return TableBlock(say("What separates a group from the next one up"), heads, rows, note=note)


def _step(step: StepUp, paid: bool) -> tuple[Cell, ...]:
    said = [clean(mark.phrase, 90) for mark in step.marks[:MOST_MARKS]]
    cells = (Cell(cell(step.lower)), Cell(cell(step.upper)), Cell(joined(said) or say("nothing beyond chance")))
    return (*cells, Cell(with_interval(step.gain, money))) if paid else cells


def bids_table(result: SegmentResult) -> TableBlock | None:
    """Return factors for value-based bidding; None where there are none."""
    if not result.bids:
        return None
    heads = (
        Head(say("Who")),
        Head(say("Share of visits"), numeric=True),
        Head(say("Worth beside the average visit"), numeric=True),
        Head(say("Bid factor"), numeric=True),
    )
    note = say(
        "The factor is the cautious end of the interval, 1 where the interval holds 1. It follows what visits are "
        "worth, not what an advertisement changes."
    )
    return TableBlock(say("Factors for bidding by value"), heads, tuple(_bid(bid) for bid in result.bids), note=note)


def _bid(bid: Bid) -> tuple[Cell, ...]:
    kind = say("segment") if bid.kind == "segment" else say("predicted group")
    return (
        Cell(clean(bid.name, MOST_NAME), note=kind),
        Cell(percent(bid.share), order=bid.share),
        Cell(with_interval(bid.factor, _times), order=bid.factor.value),
        Cell(numerals(f"{bid.advised:.2f}"), order=bid.advised),
    )


def _times(value: float) -> str:
    return numerals(f"{value:.2f}")


def targeting_figures(plan: Targeting) -> Figures:
    """Return what contacting pays, beside lots and everyone."""
    whole = say("beyond the budget") if plan.budget is not None else span(plan.everyone, money)
    return Figures(
        (
            Figure(
                say("visits to contact"),
                percent(plan.share),
                say("{contacts} of this table", contacts=count(plan.contacts)),
            ),
            Figure(say("profit per 1,000 visits to come"), money(plan.ahead.value), span(plan.ahead, money)),
            Figure(say("as many by lot"), money(plan.by_lot.value), span(plan.by_lot, money)),
            Figure(say("everyone"), money(plan.everyone.value), whole),
        )
    )


def targeting_sentence(result: SegmentResult) -> str:
    """Return whom to contact, what it pays and whom to leave alone; or what is missing to say so."""
    plan = result.targeting
    if plan is None:
        return say(
            "Whom to contact, and what that pays, is told once clientela.toml says what a contact costs "
            "([campaign], cost = ...; value and budget if there are any)."
        )
    bound = say(" and a budget of {budget}", budget=money(plan.budget)) if plan.budget is not None else ""
    if not plan.contacts:
        return say(
            "At a cost of {cost} a contact{bound} ({worth}) nobody is worth a contact.",
            cost=money(plan.cost),
            bound=bound,
            worth=worth(plan.value),
        )
    text = say(
        "At a cost of {cost} a contact{bound} ({worth}), contact visits that are expected to bring {least} and more: "
        "{share} of them. By what visits brought, that leaves {profit} per 1,000 visits, {gain} more than as many "
        "drawn by lot. It counts all that they bring, also what would have come without a contact.",
        cost=money(plan.cost),
        bound=bound,
        worth=worth(plan.value),
        least=money(plan.least),
        share=percent(plan.share),
        profit=with_interval(plan.profit, money),
        gain=with_interval(plan.gain, money),
    )
    text += doubts(plan.profit, plan.beyond if plan.budget is None and plan.share < 1 else None)
    held = plan.holdout
    if held is None:
        return text
    return say(
        "{text} Leave {share} of them alone, drawn by lot: {visitors} visitors are needed "
        "in all to see whether a contact brings back its cost ({difference} a visitor); here are "
        "{available}.",
        text=text,
        share=percent(held.share),
        visitors=count(held.visitors),
        difference=money(held.difference),
        available=count(held.available),
    )
