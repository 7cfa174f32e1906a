"""What do the revenue groups mean, and how do they help marketing?"""

from __future__ import annotations

from clientela.language import retold, say
from clientela.models.result import ModelResult, RevenueGroup, TargetKind
from clientela.report import charts, facts
from clientela.report.blocks import Block, Bullets, Callout, Chapter
from clientela.report.contents import Contents
from clientela.report.lifetime import customers_table
from clientela.report.numbers import chosen, money, percent, with_interval
from clientela.report.profits import best_sentence
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
            *(_paying(model) if contents.segments is None else _acting(contents.segments)),
            *customers_table(model),
        )
    return Chapter(
        "groups",
        say("Revenue groups"),
        say("What do the revenue groups mean? How do they help marketing target ads and campaigns?"),
        _answer(contents, model) if model is not None and model.groups else _needed(),
        blocks,
        (
            say(
                "A group says what visits were worth, not what an advertisement would change: whoever buys anyway "
                "gains nothing from a discount. What it changes is known after an experiment."
            ),
        ),
    )


def _paying(model: ModelResult) -> tuple[Block, ...]:
    """Return how deep it pays to act; nothing where nothing says what acting costs."""
    best = model.evidence.best if model.evidence else None
    return () if best is None else (Callout("plain", say("Whom to contact"), best_sentence(best)),)


def _acting(result: SegmentResult) -> tuple[Block, ...]:
    """Return what follows from the groups: steps up, bids, whom to contact."""
    tables = [table for table in (steps_table(result), bids_table(result)) if table is not None]
    plan = result.targeting
    figures = (targeting_figures(plan),) if plan is not None and plan.contacts else ()
    return (*tables, Callout("plain", say("Whom to contact"), targeting_sentence(result)), *figures)


def _needed() -> str:
    return say(
        "There are no revenue groups yet: a column with revenue in money, or one that already holds ordered "
        "groups, is needed beside the visits (`--label`). Clientela then derives the groups and says where their "
        "bounds lie."
    )


def _answer(contents: Contents, model: ModelResult) -> str:
    target, best = model.target, facts.best_group(model)
    kind = say("ordered groups") if target.kind is TargetKind.ORDERED else say("answers")
    text = say(
        "{label} parts the {row_nouns} into {classes} {kind}. ",
        label=named(target.label),
        row_nouns=facts.row_nouns(contents),
        classes=len(target.classes),
        kind=kind,
    )
    if target.derived:
        text += f"{retold(sentence(clean(target.derived, 240)))} "
    text += _best(contents, best)
    told = say("reliably") if best.precision.value >= 0.5 else say("only as a tendency")
    return say(
        "{text} Who will be in it can be told {told}: {precision} of those named are in it, and {recall} of it "
        "are found.",
        text=text,
        told=told,
        precision=with_interval(best.precision, percent),
        recall=with_interval(best.recall, percent),
    )


def _best(contents: Contents, best: RevenueGroup) -> str:
    share = with_interval(best.share, percent)
    text = say(
        "{best} is the group to care for: {share} of {row_nouns}",
        best=named(best.name),
        share=share,
        row_nouns=facts.row_nouns(contents),
    )
    if best.revenue_share is not None:
        text += say(" and {revenue_share} of revenue", revenue_share=percent(best.revenue_share))
    if best.mean_revenue is not None:
        text += say(", {mean_revenue} each", mean_revenue=with_interval(best.mean_revenue, money))
    return f"{text}."


def _use(contents: Contents, model: ModelResult) -> tuple[str, ...]:
    best, point = facts.best_group(model), facts.best_fifth(model)
    items = [
        say(
            "Bids and budgets: weigh advertising by the expected group, most for {best}; expected revenue per "
            "{row_noun} is a better weight than the group's name.",
            best=named(best.name),
            row_noun=facts.row_noun(contents),
        ),
        say("Look-alikes: give the platform the visitors of the two best groups as the example, not all buyers."),
        say("Suppression: stop paying for visits that score lowest; they are many and bring least."),
    ]
    if point is not None:
        items.insert(
            0,
            say(
                "Reach: the best {share} by score hold {reached} of the {row_nouns} {outcome_phrase}: start "
                "there, and stop where the curve runs flat.",
                share=chosen(point.share),
                reached=with_interval(point.reached, percent),
                row_nouns=facts.row_nouns(contents),
                outcome_phrase=facts.outcome_phrase(model),
            ),
        )
    lowest = model.groups[0]
    items.append(
        say(
            "The lowest group, {lowest_name}, has {rows}: inform it, do not discount for it.",
            lowest_name=named(lowest.name),
            rows=plural(lowest.rows, "row"),
        )
    )
    return tuple(items)
