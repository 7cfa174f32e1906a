"""What to do with a segment, in a sentence or two that a marketer can use on Monday."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from clientela.domain.column import Available
from clientela.domain.estimate import Estimate
from clientela.domain.goal import Goal
from clientela.segments.result import Mark

MOST_CHANGE = 100
"""Largest change of a bid that is ever advised, in per cent."""
STEP = 5

UNTESTED = "An association until a test shows it: keep a tenth of them, drawn by lot, as they are."
"""The last sentence of every action."""


class Level(StrEnum):
    """What a segment is worth beside the average visit; told apart by its interval."""

    HIGH = "High value"
    MIDDLE = "Middle value"
    LOW = "Low value"


_PAGE = {
    Goal.CONVERSION: "take distractions off the way to the checkout and answer the last doubts (delivery, returns)",
    Goal.REVENUE_PER_VISIT: "show the best range and service first and give no discount",
    Goal.BASKET_SIZE: "show matching products and bundles beside the basket",
    Goal.RETENTION: "offer an account, reminders and a reason to come back",
    Goal.TIME_TO_CHECKOUT: "offer the express checkout at once and keep known details filled in",
}
_TRY = {
    Goal.CONVERSION: "a clearer first step, or proof from other customers",
    Goal.REVENUE_PER_VISIT: "another order of products on the first page",
    Goal.BASKET_SIZE: "a threshold for free delivery a little above their usual basket",
    Goal.RETENTION: "an invitation to the newsletter after the visit",
    Goal.TIME_TO_CHECKOUT: "a shorter way from the product to the checkout",
}


def level(value: Estimate, overall: float) -> Level:
    """Return what a segment is worth: high or low only where its interval excludes the overall mean.

    >>> level(Estimate(3.0, 2.0, 4.0, n=90, method="bootstrap"), 1.0).value
    'High value'
    """
    if not value.excludes(overall):
        return Level.MIDDLE
    return Level.HIGH if value.value > overall else Level.LOW


def action(value: Estimate, overall: float, marks: Sequence[Mark], known: Sequence[Available], goal: Goal) -> str:
    """Say what the website or a campaign should do for a segment.

    Args:
        value: Mean value of its visits, with its interval.
        overall: Mean value of all visits, in the same unit.
        marks: What marks the segment off, strongest first.
        known: When the columns of its rule are known.
        goal: What the business wants moved.

    Returns:
        A few short sentences; bids follow the cautious end of the interval.
    """
    found = level(value, overall)
    late = Available.DURING in known
    bids = _bids(found, value, overall)
    if late and found is not Level.MIDDLE:
        bids = "Known only once the visit runs, so act on the page and in retargeting, not in first bids"
    elif Available.UNKNOWN in known and found is not Level.MIDDLE:
        bids += ", if the rule's columns are known before the visit"
    return f"{bids}; {_page(found, marks, goal)}. {UNTESTED}"


def _bids(found: Level, value: Estimate, overall: float) -> str:
    if found is Level.HIGH:
        more = _step(value.low / overall - 1) if overall > 0 else 0
        return f"Bid up to {more} % more for them in campaigns" if more else "Bid slightly more for them in campaigns"
    if found is Level.LOW:
        less = _step(1 - value.high / overall) if overall > 0 else 0
        if 2 * less >= MOST_CHANGE:
            return f"Bid at least {less} % less for them or leave them out of paid campaigns"
        return f"Bid {less} % less for them in campaigns" if less else "Bid slightly less for them in campaigns"
    return "Leave bids as they are"


def _page(found: Level, marks: Sequence[Mark], goal: Goal) -> str:
    if found is Level.LOW:
        return "on the website keep the standard page and spend no discount or sales time on them"
    # One says nothing to people about what they lack.
    strong = [mark.phrase for mark in marks if mark.effect > 0]
    hint = f", and speak to what marks them off ({strong[0]})" if strong else ""
    if found is Level.HIGH:
        return f"on the website {_PAGE[goal]}{hint}"
    return f"on the website try {_TRY[goal]}{hint}"


def _step(change: float) -> int:
    """Return a change in per cent, rounded down to a step and bounded."""
    return min(MOST_CHANGE, int(change * 100 / STEP) * STEP)
