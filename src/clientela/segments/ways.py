"""Several ways to segment beside each other, and which one is used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clientela.segments.behaviour import STABLE, Alike
from clientela.segments.growing import Group
from clientela.segments.history import Division
from clientela.segments.honest import estimate
from clientela.segments.outcomes import Outcomes
from clientela.segments.result import Way, WayGroup
from clientela.segments.rules import rule_text
from clientela.segments.steadiness import coded

VALUE, BEHAVIOUR, ORDERS, LIFECYCLE = "value", "behaviour", "orders", "lifecycle"
RESAMPLES = 100
IntArray = NDArray[np.int64]


def by_value(kept: Sequence[Group], found: Outcomes, stability: float, seed: int) -> Way:
    """Return the way by predicted value; its rules are the grouping itself."""
    if len(kept) < 2:
        return Way(VALUE, "No group that a short rule tells differs in value by more than chance.")
    told = f"{len(kept)} groups that differ in what the model expects and in what came of them."
    return _ruled(Way(VALUE, told, stability=stability, agreement=1.0), kept, found, seed)


def by_behaviour(alike: Alike, found: Outcomes, seed: int) -> Way:
    """Return the way by behaviour; its groups are what the rules say, and what the rules lose of the clouds is told."""
    if not alike.groups:
        return Way(BEHAVIOUR, alike.told)
    way = Way(BEHAVIOUR, alike.told, stability=alike.stability, agreement=alike.agreement)
    way = _ruled(way, alike.groups, found, seed)
    seen = replace(
        found, expected=found.expected[alike.looked], value=found.value[alike.looked],
        above=found.above[alike.looked], units=found.units[alike.looked], grows=found.grows[alike.looked],
    )  # fmt: skip
    clouds = estimate(seen, alike.kinds, ~seen.grows, RESAMPLES, seed)[1]
    groups, kinds = (f"{100 * share:.1f} %" for share in (_parted(way), clouds.value))
    kept = f"Between the groups lies {groups} of the variance of value, between the clouds {kinds}."
    return replace(way, told=f"{alike.told} {kept}")


def by_history(name: str, division: Division | None, found: Outcomes, seed: int) -> Way:
    """Return a way that needs memory of earlier visits; its groups are fixed by definition."""
    if division is None:
        return Way(name, "Too few visitors come again, or visitor and date are not known.", live=False)
    told = f"{len(division.names)} groups by what is known from earlier visits; a live page needs that memory."
    way = Way(name, told, stability=1.0, agreement=1.0, conditions=1.0, live=False)
    return _measured(way, division.codes, division.names, division.rules, found, seed)


def choose(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Mark the way that is used.

    Of the ways with rules that a single visit fulfils and groups that are highly stable (Jaccard
    .85, Hennig 2007), the one that parts value most; where intervals overlap, the one with fewer
    conditions. Where none is stable the groups by value are used, for they
    were borne out on other visitors.

    Args:
        ways: All ways.

    Returns:
        The same ways, at most one of them chosen.
    """
    able = [way for way in ways if len(way.groups) > 1 and way.live]
    steady = [way for way in able if way.stability >= STABLE] or [way for way in able if way.name == VALUE]
    if not steady:
        return tuple(ways)
    best = max(steady, key=_parted)
    bound = best.separation.low if best.separation is not None else _parted(best)
    rivals = [way for way in steady if way.separation is not None and way.separation.high >= bound]
    used = min([best, *rivals], key=lambda way: (round(way.conditions, 1), -_parted(way)))
    return tuple(replace(way, chosen=way is used) for way in ways)


def _parted(way: Way) -> float:
    return way.separation.value if way.separation is not None and not math.isnan(way.separation.value) else -1.0


def _ruled(way: Way, groups: Sequence[Group], found: Outcomes, seed: int) -> Way:
    said = tuple(rule_text(group.conditions, frozenset()) for group in groups)
    asked = [sum(len(item.columns) for item in group.conditions) for group in groups if group.conditions]
    way = replace(way, conditions=float(np.mean(asked)) if asked else 0.0)
    return _measured(way, coded(groups, len(found.value)), said, said, found, seed)


def _measured(way: Way, codes: IntArray, names: Sequence[str], rules: Sequence[str], found: Outcomes, seed: int) -> Way:
    there = np.unique(codes)
    place = np.searchsorted(there, codes)
    numbers, separation = estimate(found, place, ~found.grows, RESAMPLES, seed)
    made = tuple(
        WayGroup(names[code], rules[code], item.share, item.rate, item.value)
        for code, item in zip(there.tolist(), numbers, strict=True)
    )
    return replace(way, groups=made, separation=separation)
