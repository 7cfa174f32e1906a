"""Tables of the segments stage: ways compared, months, moves, steps between groups, bids, targeting."""

from __future__ import annotations

import math

from clientela.report.blocks import Cell, Figure, Figures, Head, TableBlock
from clientela.report.numbers import NONE, count, money, percent, score, span, with_interval
from clientela.report.text import cell, clean, joined
from clientela.segments.result import Bid, Segment, SegmentResult, StepUp, Targeting, Way

MOST_ROWS = 12
MOST_SHOWN_MONTHS = 12
MOST_MARKS = 3
MOST_NAME = 48
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
        Head("Way"),
        Head("Groups", numeric=True),
        Head("Found again", numeric=True),
        Head("Value between groups", numeric=True),
        Head("Conditions a rule", numeric=True),
        Head("Rule names the group", numeric=True),
        Head("What was found"),
    )
    note = (
        "Found again: least similarity (Jaccard, 1 is the same) of a group to the one found on four fifths of the "
        "visitors; .85 and more is highly stable. Value between groups: share of its variance, out of sample. Groups "
        "settled beforehand are the same by definition."
    )
    return TableBlock(
        "Ways to segment, and the one that is used", heads, tuple(_way(way) for way in result.ways), note=note
    )


def _way(way: Way) -> tuple[Cell, ...]:
    settled = not way.live and way.groups
    return (
        Cell(_WAYS.get(way.name, cell(way.name)), note="used" if way.chosen else ""),
        Cell(count(len(way.groups)) if way.groups else NONE, order=len(way.groups)),
        Cell("settled" if settled else score(way.stability)),
        Cell(with_interval(way.separation, percent) if way.groups else NONE),
        Cell(NONE if math.isnan(way.conditions) else f"{way.conditions:.1f}"),
        Cell("settled" if settled else percent(way.agreement)),
        Cell(clean(way.told, 260)),
    )


def months_table(result: SegmentResult) -> TableBlock | None:
    """Return the share of each segment in every month; None with fewer than two months."""
    shown = [segment for segment in result.by_value if len(segment.months) > 1][:MOST_ROWS]
    if not shown:
        return None
    names = [period.name for period in shown[0].months[-MOST_SHOWN_MONTHS:]]
    heads = (Head("Segment"), *(Head(clean(name, 10), numeric=True) for name in names), Head("Drift"))
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
    return TableBlock("Share of visits, month by month", heads, rows)


def _drift(segment: Segment) -> str:
    first, last = segment.months[0].share, segment.months[-1].share
    if first.high < last.low:
        return "grows"
    return "shrinks" if first.low > last.high else "none seen"


def moves_table(result: SegmentResult) -> TableBlock | None:
    """Return how visitors move between segments; None where few come again."""
    if not result.moves:
        return None
    heads = (
        Head("From"),
        Head("To"),
        Head("Visitors", numeric=True),
        Head("Share of those who came again", numeric=True),
    )
    rows = tuple(
        (
            Cell(clean(move.source, MOST_NAME)),
            Cell("stayed" if move.source == move.target else clean(move.target, MOST_NAME)),
            Cell(count(move.visitors), order=move.visitors),
            Cell(with_interval(move.share, percent), order=move.share.value),
        )
        for move in result.moves[:MOST_ROWS]
    )
    note = "Segment of the last visit in the earlier half of the time against that in the later half."
    return TableBlock("How visitors move between segments", heads, rows, note=note)


def steps_table(result: SegmentResult) -> TableBlock | None:
    """Return what separates each group from the next one up; None where classes have no order."""
    if not result.steps:
        return None
    paid = any(step.gain for step in result.steps)
    heads: tuple[Head, ...] = (Head("From"), Head("To the next one up"), Head("How those above differ"))
    if paid:
        heads = (*heads, Head("1 % moved up, money per 1,000 visits", numeric=True))
    note = (
        "Associations beyond chance, strongest first: who is above, not what would move anybody up. The worth of a "
        "move is what the visits of the group above are worth more, whatever would cause it."
    )
    rows = tuple(_step(step, paid) for step in result.steps[:MOST_ROWS])
    return TableBlock("What separates a group from the next one up", heads, rows, note=note)


def _step(step: StepUp, paid: bool) -> tuple[Cell, ...]:
    said = [clean(mark.phrase, 90) for mark in step.marks[:MOST_MARKS]]
    cells = (Cell(cell(step.lower)), Cell(cell(step.upper)), Cell(joined(said) or "nothing beyond chance"))
    return (*cells, Cell(with_interval(step.gain, money))) if paid else cells


def bids_table(result: SegmentResult) -> TableBlock | None:
    """Return factors for value-based bidding; None where there are none."""
    if not result.bids:
        return None
    heads = (
        Head("Who"),
        Head("Share of visits", numeric=True),
        Head("Worth beside the average visit", numeric=True),
        Head("Bid factor", numeric=True),
    )
    note = (
        "The factor is the cautious end of the interval, 1 where the interval holds 1. It follows what visits are "
        "worth, not what an advertisement changes."
    )
    return TableBlock("Factors for bidding by value", heads, tuple(_bid(bid) for bid in result.bids), note=note)


def _bid(bid: Bid) -> tuple[Cell, ...]:
    kind = "segment" if bid.kind == "segment" else "predicted group"
    return (
        Cell(clean(bid.name, MOST_NAME), note=kind),
        Cell(percent(bid.share), order=bid.share),
        Cell(with_interval(bid.factor, _times), order=bid.factor.value),
        Cell(f"{bid.advised:.2f}", order=bid.advised),
    )


def _times(value: float) -> str:
    return f"{value:.2f}"


def targeting_figures(plan: Targeting) -> Figures:
    """Return what contacting pays, beside lots and everyone."""
    whole = "beyond the budget" if plan.budget is not None else span(plan.everyone, money)
    return Figures(
        (
            Figure("visits to contact", percent(plan.share), f"{count(plan.contacts)} of this table"),
            Figure("profit per 1,000 visits to come", money(plan.ahead.value), span(plan.ahead, money)),
            Figure("as many by lot", money(plan.by_lot.value), span(plan.by_lot, money)),
            Figure("everyone", money(plan.everyone.value), whole),
        )
    )


def targeting_sentence(result: SegmentResult) -> str:
    """Return whom to contact, what it pays and whom to leave alone; or what is missing to say so."""
    plan = result.targeting
    if plan is None:
        return (
            "Whom to contact, and what that pays, is told once clientela.toml says what a contact costs "
            "([campaign], cost = ...; value and budget if there are any)."
        )
    bound = f" and a budget of {money(plan.budget)}" if plan.budget is not None else ""
    if not plan.contacts:
        return f"At a cost of {money(plan.cost)} a contact{bound} nobody is worth a contact."
    text = (
        f"At a cost of {money(plan.cost)} a contact{bound}, contact visits that are expected to bring "
        f"{money(plan.least)} and more: {percent(plan.share)} of them. That is {with_interval(plan.gain, money)} more "
        "per 1,000 visits than as many drawn by lot. It counts all that they bring, also what would have come without "
        "a contact."
    )
    held = plan.holdout
    if held is None:
        return text
    return (
        f"{text} Leave {percent(held.share)} of them alone, drawn by lot: {count(held.visitors)} visitors are needed "
        f"in all to see whether a contact brings back its cost ({money(held.difference)} a visitor); here are "
        f"{count(held.available)}."
    )
