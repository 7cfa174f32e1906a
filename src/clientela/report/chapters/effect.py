"""What does it do to users, by the business goal, and how will that be measured?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clientela.domain.goal import Goal
from clientela.language import say
from clientela.report import facts
from clientela.report.blocks import Block, Bullets, Callout, Cell, Chapter, Head, TableBlock
from clientela.report.contents import Contents
from clientela.report.numbers import chosen, count, money, percent
from clientela.statistics.power import two_mean_size, two_proportion_size, unequal_total

LIFTS = (0.02, 0.05, 0.1, 0.2)
SHOWN_LIFT = 0.05
HOLDOUT = 0.1
_METRICS = {
    Goal.CONVERSION: "the share of visitors who buy",
    Goal.REVENUE_PER_VISIT: "revenue per visitor, visits without a purchase counted as zero",
    Goal.BASKET_SIZE: "the value of a basket, among visitors who buy, beside the share who buy",
    Goal.RETENTION: "the share of visitors who come back within a fixed time, such as 30 days",
    Goal.TIME_TO_CHECKOUT: "the time from the first page to the order, visits without an order counted as not finished",
}
_WITHOUT_REVENUE = "the share of visitors with the outcome, for want of a column with revenue"


@dataclass(frozen=True)
class Plan:
    """What an experiment is planned with.

    Attributes:
        measure: What the base is, in words.
        base: Value without the change, as text.
        size: Visitors per arm for a relative change.
        shown: A changed value as text, for a relative change.
        formula: The formula, with its source.
    """

    measure: str
    base: str
    size: Callable[[float], int]
    shown: Callable[[float], str]
    formula: str


def plan(contents: Contents) -> Plan | None:
    """Return what an experiment for the goal is planned with, from the data; None where they do not say."""
    if contents.goal is Goal.REVENUE_PER_VISIT:
        by_money = _money_plan(contents)
        if by_money is not None:
            return by_money
    return _share_plan(contents) if contents.goal in (Goal.CONVERSION, Goal.REVENUE_PER_VISIT) else None


def _money_plan(contents: Contents) -> Plan | None:
    name = contents.model.target.revenue if contents.model else contents.audit.roles.revenue
    profile = next((p for p in contents.audit.columns if p.column.name == name), None)
    if profile is None or profile.numbers is None or not profile.numbers.mean > 0 or not profile.numbers.deviation > 0:
        return None
    mean, deviation = profile.numbers.mean, profile.numbers.deviation
    return Plan(
        say("revenue per {row_noun}", row_noun=facts.row_noun(contents)),
        money(mean),
        lambda lift: two_mean_size(deviation, mean * lift),
        lambda lift: money(mean * (1 + lift)),
        say(
            "two means (standard deviation {deviation}), two-sided: n = 2 (z(97.5 %) + z(80 %))² · s² / d² per arm "
            "(van Belle 2008)",
            deviation=money(deviation),
        ),
    )


def _share_plan(contents: Contents) -> Plan | None:
    base = facts.base_rate(contents)
    if base is None or not 0 < base < 1:
        return None
    model = contents.model
    what = (
        say(
            "share of {row_nouns} {outcome_phrase}",
            row_nouns=facts.row_nouns(contents),
            outcome_phrase=facts.outcome_phrase(model),
        )
        if model
        else say("share of the rarer class")
    )
    return Plan(
        what,
        percent(base),
        lambda lift: two_proportion_size(base, min(base * (1 + lift), 1 - 1e-9)),
        lambda lift: percent(min(base * (1 + lift), 1 - 1e-9)),
        say(
            "two shares, two-sided: n = (z(97.5 %) · √(2p̄q̄) + z(80 %) · √(p₁q₁ + p₂q₂))² / (p₂ − p₁)² per arm "
            "(Fleiss, Levin and Paik 2003)"
        ),
    )


def effect(contents: Contents) -> Chapter:
    """Return the chapter on how the effect will be measured."""
    planned = plan(contents)
    blocks: list[Block] = []
    if planned is not None:
        blocks.append(_sizes(planned))
        blocks.append(
            Callout(
                "plain",
                say("How it was computed"),
                say("Sample size for {formula}; 80 % power, 95 % level.", formula=planned.formula),
            )
        )
    blocks.append(Bullets(_rules(contents), ordered=True))
    return Chapter(
        "effect",
        say("The effect"),
        say("What does it do to users, by the business goal? How will that be measured?"),
        _answer(contents, planned),
        tuple(blocks),
        (
            say(
                "The sizes hold for visitors who are independent of each other and for a base that stays as it is "
                "in this extract; an extract with chosen rows has another base than the site."
            ),
            say(
                "Lots are drawn by visitor and the base is measured per row: where visitors come back often, their "
                "sums spread more than rows do, and more visitors are needed."
            ),
            say(
                "Clientela does not serve the pages: the shop's own tool does, and `clientela experiment analyse` "
                "judges what came of it."
            ),
        ),
    )


def _measured(contents: Contents) -> bool:
    return contents.goal is not Goal.REVENUE_PER_VISIT or _money_plan(contents) is not None


def _answer(contents: Contents, planned: Plan | None) -> str:
    opening = say(
        "These data cannot say: nobody was shown another page at random, so any difference between visitors was "
        "there before. The goal is {goal}, so the effect will be measured as {metrics}, in visitors served the "
        "personalised page against a random holdout that never gets it.",
        goal=say(contents.goal.replace("-", " ")),
        metrics=say(_METRICS[contents.goal] if _measured(contents) else _WITHOUT_REVENUE),
    )
    if planned is None:
        return say(
            "{opening} How many visitors that takes cannot be computed yet: the extract holds no base value for "
            "this goal.",
            opening=opening,
        )
    need = planned.size(SHOWN_LIFT)
    return say(
        "{opening} To see a relative change of {shown_lift} in the {measure}, from {base} "
        "to {shown_lift_2}, with a chance of 80 %, {need} visitors are needed in each arm; this "
        "extract has {visitors}.",
        opening=opening,
        shown_lift=chosen(SHOWN_LIFT),
        measure=planned.measure,
        base=planned.base,
        shown_lift_2=planned.shown(SHOWN_LIFT),
        need=count(need),
        visitors=count(contents.audit.table.visitors or contents.audit.table.rows),
    )


def _sizes(planned: Plan) -> TableBlock:
    rows = tuple(
        (
            Cell(f"+ {chosen(lift)}", order=lift),
            Cell(f"{planned.base} → {planned.shown(lift)}"),
            Cell(count(planned.size(lift)), order=planned.size(lift)),
            Cell(count(2 * planned.size(lift)), order=2 * planned.size(lift)),
            Cell(count(unequal_total(planned.size(lift), HOLDOUT)), order=unequal_total(planned.size(lift), HOLDOUT)),
        )
        for lift in LIFTS
    )
    heads = (
        Head(say("Relative change")),
        Head(say("From → to")),
        Head(say("Visitors per arm"), numeric=True),
        Head(say("In all, half and half"), numeric=True),
        Head(say("In all, holdout of a tenth"), numeric=True),
    )
    return TableBlock(say("Visitors needed to see a change of the {measure}", measure=planned.measure), heads, rows)


def _rules(contents: Contents) -> tuple[str, ...]:
    unit = (
        say("visitor")
        if contents.audit.roles.visitor
        else say("visitor (these data name none: a first-party identifier is needed)")
    )
    return (
        say("Draw lots by {unit}, not by visit, so that nobody sees both pages.", unit=unit),
        say("Keep a holdout of at least a tenth on the page as it is, also after the experiment."),
        say("Write down the goal, the size and the end date before the start; look at the result once, at the end."),
        say("Check first that the arms have the sizes that were drawn: if not, the result is void."),
        say("Report the change with its interval, also where the interval holds zero."),
    )
