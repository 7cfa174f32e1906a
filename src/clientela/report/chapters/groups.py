"""What do the revenue groups mean, and how do they help marketing?"""

from __future__ import annotations

from clientela.models.result import ModelResult, RevenueGroup, TargetKind
from clientela.report import charts, facts
from clientela.report.blocks import Block, Bullets, Callout, Chapter
from clientela.report.contents import Contents
from clientela.report.lifetime import customers_table
from clientela.report.numbers import chosen, money, percent, with_interval
from clientela.report.segment_tables import bids_table, steps_table, targeting_figures, targeting_sentence
from clientela.report.tables import groups_table
from clientela.report.text import clean, named, plural, sentence
from clientela.segments.result import SegmentResult


def groups(contents: Contents) -> Chapter:
    """Return the chapter on the revenue groups and their use."""
    model = contents.model
    blocks: tuple[Block, ...] = ()
    if model is not None and model.groups:
        shown = [charts.groups(model), charts.gain(model)]
        use = Bullets(_use(contents, model))
        blocks = (
            groups_table(model, contents),
            *[c for c in shown if c],
            use,
            *_acting(contents.segments),
            *customers_table(model),
        )
    return Chapter(
        "groups",
        "Revenue groups",
        "What do the revenue groups mean? How do they help marketing target ads and campaigns?",
        _answer(contents, model) if model is not None and model.groups else _needed(),
        blocks,
        (
            (
                "A group says what visits were worth, not what an advertisement would change: whoever buys anyway "
                "gains "
                "nothing "
                "from a discount. What it changes is known after an experiment."
            ),
        ),
    )


def _acting(result: SegmentResult | None) -> tuple[Block, ...]:
    """Return what follows from the groups: steps up, bids, whom to contact."""
    if result is None:
        return ()
    tables = [table for table in (steps_table(result), bids_table(result)) if table is not None]
    plan = result.targeting
    figures = (targeting_figures(plan),) if plan is not None and plan.contacts else ()
    return (*tables, Callout("plain", "Whom to contact", targeting_sentence(result)), *figures)


def _needed() -> str:
    return (
        "There are no revenue groups yet: a column with revenue in money, or one that already holds ordered groups, "
        "is needed "
        "beside the visits (`--label`). Clientela then derives the groups and says where their bounds lie."
    )


def _answer(contents: Contents, model: ModelResult) -> str:
    target, best = model.target, facts.best_group(model)
    kind = "ordered groups" if target.kind is TargetKind.ORDERED else "answers"
    text = f"{named(target.label)} parts the {facts.row_nouns(contents)} into {len(target.classes)} {kind}. "
    if target.derived:
        text += f"{sentence(clean(target.derived, 240))} "
    text += _best(contents, best)
    told = "reliably" if best.precision.value >= 0.5 else "only as a tendency"
    return (
        f"{text} Who will be in it can be told {told}: {with_interval(best.precision, percent)} of those named are "
        "in it, and "
        f"{with_interval(best.recall, percent)} of it are found."
    )


def _best(contents: Contents, best: RevenueGroup) -> str:
    share = with_interval(best.share, percent)
    text = f"{named(best.name)} is the group to care for: {share} of {facts.row_nouns(contents)}"
    if best.revenue_share is not None:
        text += f" and {percent(best.revenue_share)} of revenue"
    if best.mean_revenue is not None:
        text += f", {with_interval(best.mean_revenue, money)} each"
    return f"{text}."


def _use(contents: Contents, model: ModelResult) -> tuple[str, ...]:
    best, point = facts.best_group(model), facts.best_fifth(model)
    items = [
        (
            f"Bids and budgets: weigh advertising by the expected group, most for {named(best.name)}; expected "
            "revenue per "
            f"{facts.row_noun(contents)} is a better weight than the group's name."
        ),
        "Look-alikes: give the platform the visitors of the two best groups as the example, not all buyers.",
        "Suppression: stop paying for visits that score lowest; they are many and bring least.",
    ]
    if point is not None:
        items.insert(
            0,
            f"Reach: the best {chosen(point.share)} by score hold {with_interval(point.reached, percent)} of the "
            f"{facts.row_nouns(contents)} {facts.outcome_phrase(model)}: start there, and stop where the curve runs "
            "flat.",
        )
    lowest = model.groups[0]
    items.append(
        f"The lowest group, {named(lowest.name)}, has {plural(lowest.rows, 'row')}: inform it, do not discount for it."
    )
    return tuple(items)
