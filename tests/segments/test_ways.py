"""Ways to segment beside each other: which one is used, and why."""

from __future__ import annotations

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.segments.behaviour import Alike
from clientela.segments.growing import Group
from clientela.segments.history import Division
from clientela.segments.outcomes import Outcomes
from clientela.segments.result import Condition, Way, WayGroup
from clientela.segments.ways import BEHAVIOUR, ORDERS, VALUE, by_behaviour, by_history, by_value, choose

ONE = Estimate(0.5, 0.4, 0.6, n=90, method="wilson")
NAN = float("nan")
RULE = (Condition("pages", ">", 3.0), Condition("device", "in", None, ("mobile",)))


def way(name: str, parted: float, **more: object) -> Way:
    """Return a way that could be used, its separation known to .02."""
    group = WayGroup("g", "", ONE, ONE, ONE)
    width = Estimate(parted, parted - 0.02, parted + 0.02, n=90, method="bootstrap")
    given = {"stability": 0.9, "agreement": 1.0, "conditions": 2.0, "separation": width, **more}
    return Way(name, "", (group, group), **given)


def chosen(*ways: Way) -> list[str]:
    """Return the names of those that are used."""
    return [item.name for item in choose(ways) if item.chosen]


def outcomes(value: np.ndarray) -> Outcomes:
    """Return outcomes with these values."""
    units = np.arange(len(value))
    return Outcomes(value, value, value, False, units, units % 2 == 0, "visit")


def test_what_parts_value_most_is_used() -> None:
    """Of two ways that can be told apart the one that parts value more is used, however long its rules."""
    assert chosen(way(VALUE, 0.3, conditions=3.0), way(BEHAVIOUR, 0.1, conditions=1.0)) == [VALUE]


def test_of_equals_the_one_easily_said_is_used() -> None:
    """Where intervals overlap the one with fewer conditions is used; where these are equal, the better one."""
    assert chosen(way(VALUE, 0.30), way(BEHAVIOUR, 0.29, conditions=1.0)) == [BEHAVIOUR]
    assert chosen(way(VALUE, 0.30), way(BEHAVIOUR, 0.29)) == [VALUE]
    assert chosen(way(VALUE, 0.30), way(BEHAVIOUR, 0.27, conditions=1.0)) == [BEHAVIOUR]
    assert chosen(way(VALUE, 0.30), way(BEHAVIOUR, 0.25, conditions=1.0)) == [VALUE]


def test_what_cannot_serve_is_not_used() -> None:
    """Groups that need memory, one group, unstable ones: none is used. What rules lose of clouds does not count."""
    value = way(VALUE, 0.01)
    assert chosen(value, way(BEHAVIOUR, 0.5, agreement=0.6)) == [BEHAVIOUR]
    assert chosen(value, way(ORDERS, 0.5, live=False)) == [VALUE]
    assert chosen(value, way(BEHAVIOUR, 0.5, stability=0.84)) == [VALUE]
    assert chosen(Way(VALUE, "none"), way(ORDERS, 0.5, live=False)) == []


def test_unstable_groups_by_value_are_better_than_none() -> None:
    """Where no way is stable the one by value is used: it was borne out on other visitors."""
    assert chosen(way(VALUE, 0.1, stability=0.5), way(BEHAVIOUR, 0.5, stability=0.6)) == [VALUE]
    assert chosen(way(VALUE, 0.1, separation=None)) == [VALUE]


def test_groups_by_value_are_measured_and_said() -> None:
    """Shares, rates and the mean number of conditions are those of the groups; one group is no way."""
    value = np.repeat([1.0, 0.0], [100, 300])
    inside = value > 0
    found = by_value([Group(RULE, inside), Group((), ~inside)], outcomes(value), 0.9, 0)
    assert [item.share.value for item in found.groups] == [0.25, 0.75]
    assert [item.rate.value for item in found.groups] == [1, 0]
    assert found.groups[0].name == "pages above 3 and device is mobile"
    assert (found.conditions, found.agreement, found.stability) == (2.0, 1.0, 0.9)
    assert by_value([Group((), inside | True)], outcomes(value), NAN, 0).groups == ()


def test_groups_by_behaviour_keep_what_was_found_of_them() -> None:
    """Stability and agreement are carried over, and what rules keep of the value is told; none found says why."""
    value = np.repeat([1.0, 0.0], [100, 300])
    inside = np.arange(400) < 200
    looked = np.arange(0, 400, 3)
    kinds = Alike(
        (Group(RULE, inside), Group((), ~inside)), 0.8, 0.9, "Two.", looked, (value[looked] > 0).astype(np.int64)
    )
    found = by_behaviour(kinds, outcomes(value), 0)
    assert (found.agreement, found.stability, len(found.groups)) == (0.8, 0.9, 2)
    assert found.told == "Two. Between the groups lies 33.3 % of the variance of value, between the clouds 100.0 %."
    assert by_behaviour(Alike((), NAN, NAN, "one cloud"), outcomes(value), 0) == Way(BEHAVIOUR, "one cloud")


def test_groups_by_history_need_memory() -> None:
    """They are shown with their sizes, never live; groups without visits are left out; unknown history is said."""
    value = np.repeat([1.0, 0.0], [100, 300])
    division = Division((value > 0).astype(np.int64) * 2, ("New", "Returning", "Lapsing"), ("a", "b", "c"))
    found = by_history(ORDERS, division, outcomes(value), 0)
    assert not found.live
    assert [(item.name, item.share.value) for item in found.groups] == [("New", 0.75), ("Lapsing", 0.25)]
    assert "Too few visitors" in by_history(ORDERS, None, outcomes(value), 0).told
