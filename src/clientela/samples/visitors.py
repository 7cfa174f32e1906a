"""The people of the sample: who they are, where they live, what the shop knows of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.samples import world
from clientela.samples.randoms import Flags, Floats, Ints, Stream

_ID_PRIME = 9_999_999_967
_ID_STEP = 6_180_339_887

_LINE = [count for count, visitors in world.VISIT_COUNTS.items() for _ in range(visitors)]
GROUP_VISITORS = len(_LINE)
_COUNTS = np.array([_LINE[place * 37 % GROUP_VISITORS] for place in range(GROUP_VISITORS)])
_STARTS = np.concatenate([[0], np.cumsum(_COUNTS)])
GROUP_VISITS = int(_STARTS[-1])
_OWNERS = np.repeat(np.arange(GROUP_VISITORS), _COUNTS)
MOST_VISITS = int(_COUNTS.max())


def owners(slots: Ints) -> Ints:
    """Return the number of the visitor behind each slot.

    Slots are visits before they are shuffled in time: those of a visitor lie side by side,
    and every `GROUP_VISITS` slots hold `GROUP_VISITORS` visitors.
    """
    groups, places = np.divmod(slots, GROUP_VISITS)
    numbers: Ints = groups * GROUP_VISITORS + _OWNERS[places]
    return numbers


def visit_slots(numbers: Ints) -> tuple[Ints, Ints]:
    """Return the first slot of each visitor and how many there are."""
    groups, places = np.divmod(numbers, GROUP_VISITORS)
    return groups * GROUP_VISITS + _STARTS[places], _COUNTS[places]


def visitor_ids(numbers: Ints) -> pl.Series:
    """Return the id of each visitor: different for different visitors, in no order."""
    scrambled = (numbers.astype(np.int64) * _ID_STEP + 31_415_926) % _ID_PRIME
    return pl.Series("visitor_id", scrambled).cast(pl.String).str.zfill(10).str.replace("^", "u")


def frequency(counts: Ints) -> Ints:
    """Return the line of `world.TYPE_SHARES` for visitors with that many visits."""
    classes: Ints = (counts > 1).astype(np.int64) + (counts > 3)
    return classes


@dataclass(frozen=True)
class Areas:
    """Postcode areas, one position each.

    Attributes:
        city: Index of the city.
        power: Purchasing power, 100 is the average of the country.
        household: Persons per household.
        children: Share of households with children, percent.
        matched: Whether the area is in the table that was joined.
    """

    city: Ints
    power: Floats
    household: Floats
    children: Floats
    matched: Flags

    @classmethod
    def drawn(cls, source: Stream) -> Areas:
        """Draw all areas of the country."""
        numbers = np.arange(len(world.CITIES) * world.AREAS_PER_CITY)
        size = source.named("household").normal(numbers)
        return cls(
            city=numbers // world.AREAS_PER_CITY,
            power=np.round(100 + 15 * source.named("power").normal(numbers), 1),
            household=np.round(2.05 + 0.25 * size, 2),
            children=np.round(22 + 4 * size + 3 * source.named("children").normal(numbers), 1),
            matched=source.named("matched").uniform(numbers) >= world.UNMATCHED_SHARE,
        )

    @property
    def names(self) -> list[str]:
        """Codes of the areas."""
        return [f"K{100 + number}" for number in range(len(self.city))]


@dataclass(frozen=True)
class Visitors:
    """Attributes of visitors, one position each.

    Attributes:
        kind: Index of the type.
        area: Index of the area they live in.
        interests: Raw product interest, one column per `world.INTERESTS`.
        known: Whether the customer data base knows them.
        since: Days between becoming a customer and the first day of the extract.
        newsletter: Whether they take the newsletter.
        age: Index of the age band.
        orders: Orders before the first day of the extract.
        distance: Way to the nearest store, km, rounded.
    """

    kind: Ints
    area: Ints
    interests: Floats
    known: Flags
    since: Ints
    newsletter: Flags
    age: Ints
    orders: Ints
    distance: Ints

    @classmethod
    def drawn(cls, numbers: Ints, source: Stream) -> Visitors:
        """Draw the visitors with these numbers."""
        kind = visitor_types(numbers, source)
        city = source.named("city").choice(numbers, world.CITY_SHARES)
        inner = (source.named("area").uniform(numbers) * world.AREAS_PER_CITY).astype(np.int64)
        crm = source.named("crm")
        away = source.named("distance").uniform(numbers)
        interests = [
            source.named(f"interest {name}").normal(numbers) + world.INTEREST_MEANS[kind, index]
            for index, name in enumerate(world.INTERESTS)
        ]
        return cls(
            kind=kind,
            area=city * world.AREAS_PER_CITY + inner,
            interests=np.stack(interests, axis=1),
            known=crm.uniform(numbers) < world.CRM_SHARES[kind],
            since=(1 + 3200 * crm.named("since").uniform(numbers) ** 1.5).astype(np.int64),
            newsletter=crm.named("newsletter").uniform(numbers) < world.NEWSLETTER_SHARES[kind],
            age=crm.named("age").choice(numbers, world.AGE_SHARES, kind),
            orders=_orders(crm.named("orders").uniform(numbers), kind),
            distance=(np.round(-18 * np.log(away) / world.DISTANCE_STEP) * world.DISTANCE_STEP).astype(np.int64),
        )


def visitor_types(numbers: Ints, source: Stream) -> Ints:
    """Return the type of each visitor; frequent visitors are more often loyal."""
    _, counts = visit_slots(numbers)
    return source.named("type").choice(numbers, world.TYPE_SHARES, frequency(counts))


def _orders(uniform: Floats, kind: Ints) -> Ints:
    """Orders before the extract: geometric around the mean of the type (at least 0)."""
    stay = world.ORDER_MEANS / (1 + world.ORDER_MEANS)
    drawn: Ints = np.floor(np.log(uniform) / np.log(stay)[kind]).astype(np.int64)
    return drawn
