"""What does it do to users, by the business goal, and how will that be measured?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clientela.domain.goal import Goal
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
        f"revenue per {facts.row_noun(contents)}",
        money(mean),
        lambda lift: two_mean_size(deviation, mean * lift),
        lambda lift: money(mean * (1 + lift)),
        f"two means (standard deviation {money(deviation)}), two-sided: n = 2 (z(97.5 %) + z(80 %))² · s² / d² per arm "
        "(van Belle 2008)",
    )


def _share_plan(contents: Contents) -> Plan | None:
    base = facts.base_rate(contents)
    if base is None or not 0 < base < 1:
        return None
    model = contents.model
    what = (
        f"share of {facts.row_nouns(contents)} {facts.outcome_phrase(model)}" if model else "share of the rarer class"
    )
    return Plan(
        what,
        percent(base),
        lambda lift: two_proportion_size(base, min(base * (1 + lift), 1 - 1e-9)),
        lambda lift: percent(min(base * (1 + lift), 1 - 1e-9)),
        "two shares, two-sided: n = (z(97.5 %) · √(2p̄q̄) + z(80 %) · √(p₁q₁ + p₂q₂))² / (p₂ − p₁)² per arm "
        "(Fleiss, Levin and Paik 2003)",
    )


def effect(contents: Contents) -> Chapter:
    """Return the chapter on how the effect will be measured."""
    planned = plan(contents)
    blocks: list[Block] = []
    if planned is not None:
        blocks.append(_sizes(planned))
        blocks.append(
            Callout("plain", "How it was computed", f"Sample size for {planned.formula}; 80 % power, 95 % level.")
        )
    blocks.append(Bullets(_rules(contents), ordered=True))
    return Chapter(
        "effect",
        "The effect",
        "What does it do to users, by the business goal? How will that be measured?",
        _answer(contents, planned),
        tuple(blocks),
        (
            (
                "The sizes hold for visitors who are independent of each other and for a base that stays as it is in "
                "this extract; "
                "an extract with chosen rows has another base than the site."
            ),
            (
                "Lots are drawn by visitor and the base is measured per row: where visitors come back often, their "
                "sums spread more than rows do, and more visitors are needed."
            ),
            (
                "Clientela does not serve the pages: the shop's own tool does, and `clientela experiment analyse` "
                "judges what came of it."
            ),
        ),
    )


def _answer(contents: Contents, planned: Plan | None) -> str:
    opening = (
        "These data cannot say: nobody was shown another page at random, so any difference between visitors was "
        "there before. "
        f"The goal is {contents.goal.replace('-', ' ')}, so the effect will be measured as "
        f"{_METRICS[contents.goal]}, in visitors "
        "served the personalised page against a random holdout that never gets it."
    )
    if planned is None:
        return (
            f"{opening} How many visitors that takes cannot be computed yet: the extract holds no base value for "
            "this goal."
        )
    need = planned.size(SHOWN_LIFT)
    return (
        f"{opening} To see a relative change of {chosen(SHOWN_LIFT)} in the {planned.measure}, from {planned.base} "
        f"to {planned.shown(SHOWN_LIFT)}, with a chance of 80 %, {count(need)} visitors are needed in each arm; this "
        f"extract has {count(contents.audit.table.visitors or contents.audit.table.rows)}."
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
        Head("Relative change"),
        Head("From → to"),
        Head("Visitors per arm", numeric=True),
        Head("In all, half and half", numeric=True),
        Head("In all, holdout of a tenth", numeric=True),
    )
    return TableBlock(f"Visitors needed to see a change of the {planned.measure}", heads, rows)


def _rules(contents: Contents) -> tuple[str, ...]:
    unit = (
        "visitor"
        if contents.audit.roles.visitor
        else "visitor (these data name none: a first-party identifier is needed)"
    )
    return (
        f"Draw lots by {unit}, not by visit, so that nobody sees both pages.",
        "Keep a holdout of at least a tenth on the page as it is, also after the experiment.",
        "Write down the goal, the size and the end date before the start; look at the result once, at the end.",
        "Check first that the arms have the sizes that were drawn: if not, the result is void.",
        "Report the change with its interval, also where the interval holds zero.",
    )
