"""From a business goal to what is measured, of whom, and what a missing outcome means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from clientela.domain.goal import Goal

SHARE = "share of visitors"
"""The unit of what is yes or no of a visitor."""


class Kind(StrEnum):
    """How a measure is made of the sums of a unit."""

    MEAN = "mean"
    RATIO = "ratio"
    DURATION = "duration"


@dataclass(frozen=True)
class Measure:
    """One measure of one experiment, bound to columns of a table with one row per unit.

    Attributes:
        name: What it is called.
        kind: Mean of a column, ratio of two sums, or time until an event.
        value: Column of the value; the numerator of a ratio; the duration.
        per: Column of the denominator of a ratio, or None.
        event: Column that tells whether the duration ended in the event; None where each did.
        better: 1 where more is better, -1 where less is.
        unit: Unit of a difference, in words.
    """

    name: str
    kind: Kind
    value: str
    per: str | None = None
    event: str | None = None
    better: int = 1
    unit: str = ""


@dataclass(frozen=True)
class Declared:
    """What a goal asks for.

    Attributes:
        kind: How its measure is made.
        words: Column names that carry its outcome, the likeliest first.
        better: 1 where more is better, -1 where less is.
        unit: Unit of a difference, in words.
        aggregates: What is summed per unit.
        missing: What a unit without an outcome row means.
        guards: Measures that should not get worse, where their columns are there.
    """

    kind: Kind
    words: tuple[str, ...]
    better: int
    unit: str
    aggregates: str
    missing: str
    guards: tuple[str, ...]


_MONEY = ("revenue", "spend", "amount", "sales", "turnover", "umsatz", "betrag", "value", "order_value", "total")
_BOUGHT: tuple[str, ...] = (
    "conversion",
    "converted",
    "purchase",
    "purchased",
    "ordered",
    "order",
    "orders",
    "bought",
    "buy",
)
_BOUGHT += ("konversion", "gekauft", "kauf", "bestellt", "bestellung")

_TIMES = ("time_to_checkout", "duration", "seconds", "minutes", "hours", "time")
_CLOCK = (
    *_TIMES,
    "days",
    "weeks",
    "wait",
    "delay",
    "elapsed",
    "latency",
    "dauer",
    "sekunden",
    "minuten",
    "stunden",
    "zeit",
)
"""What a time may be called that was named by its user."""

GOALS: Mapping[Goal, Declared] = MappingProxyType(
    {
        Goal.CONVERSION: Declared(
            Kind.MEAN,
            _BOUGHT,
            1,
            SHARE,
            "whether the visitor converted at least once: n and the sum",
            "a visitor without an outcome did not convert",
            ("revenue", "bounce"),
        ),
        Goal.REVENUE_PER_VISIT: Declared(
            Kind.RATIO,
            _MONEY,
            1,
            "money per visit",
            "revenue and visits of each visitor: sums of their powers and products up to the third",
            "a visit without an outcome brought nothing",
            ("conversion", "bounce"),
        ),
        Goal.BASKET_SIZE: Declared(
            Kind.RATIO,
            _MONEY,
            1,
            "money per order",
            "revenue and orders of each visitor: sums of their powers and products up to the third",
            "a visitor without an order is in neither sum",
            ("conversion",),
        ),
        Goal.RETENTION: Declared(
            Kind.MEAN,
            ("returned", "retained", "retention", "came_back", "return", "visit"),
            1,
            SHARE,
            "whether the visitor came back within the window: n and the sum",
            "a visitor without a later visit did not come back",
            ("revenue",),
        ),
        Goal.TIME_TO_CHECKOUT: Declared(
            Kind.DURATION,
            _TIMES,
            -1,
            "time until checkout, up to the horizon",
            "time until the order of each visitor, and whether it came: counts at risk and events per time",
            "a visitor without a checkout had not finished when last seen",
            ("conversion",),
        ),
    }
)
"""What each goal asks for."""

_LESS_IS_BETTER = (
    "bounce",
    "time",
    "duration",
    "seconds",
    "latency",
    "error",
    "refund",
    "return_rate",
    "complaint",
    "unsubscribe",
    "cancel",
    "cost",
)


_GERMAN_LESS: tuple[str, ...] = (
    "absprung",
    "abbruch",
    "abmeld",
    "beschwerde",
    "erstattung",
    "fehler",
    "kosten",
    "retour",
    "storno",
)
_GERMAN_LESS += ("ladezeit", "wartezeit")
"""Parts of German words, which are put together of several."""

_GERMAN_TIMES = ("dauer", "sekunden", "minuten", "stunden", "zeit")


def direction(name: str) -> int:
    """Return -1 where less of a guard measure is better, else 1, from its name.

    >>> direction("bounce_rate"), direction("Absprungrate"), direction("revenue"), direction("lifetime_value")
    (-1, -1, 1, 1)
    """
    words = plain(name)
    less = any(f"_{words}".find(f"_{word}") >= 0 for word in _LESS_IS_BETTER)
    return -1 if less or any(part in words for part in _GERMAN_LESS) else 1


def time_like(name: str) -> bool:
    """Tell whether a column is called as a time is: a word of it is one, for a lifetime value is money.

    >>> time_like("minutes_to_order"), time_like("timeToCheckout"), time_like("Bestelldauer")
    (True, True, True)
    >>> time_like("revenue"), time_like("lifetime_value")
    (False, False)
    """
    words = plain(name).split("_")
    return any(word in _CLOCK or word.endswith(_GERMAN_TIMES) for word in words)


def plain(name: str) -> str:
    """Return a column's name in small letters, its words parted by one underscore.

    >>> plain("Visitor ID"), plain("orderValue (EUR)")
    ('visitor_id', 'order_value_eur')
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return re.sub(r"[\W_]+", "_", parted).strip("_").lower()


def likely(words: tuple[str, ...], names: list[str]) -> str | None:
    """Return the column that carries what `words` say: an equal name first, then one that holds a word.

    >>> likely(("revenue", "spend"), ["id", "Spend_EUR"])
    'Spend_EUR'
    """
    lowered = {name.lower(): name for name in reversed(names)}
    for word in words:
        if word in lowered:
            return lowered[word]
    for word in words:
        for name in names:
            if word in name.lower():
                return name
    return None
