"""Tests of the people of the sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.samples import world
from clientela.samples.randoms import stream
from clientela.samples.visitors import (
    GROUP_VISITORS,
    GROUP_VISITS,
    Areas,
    Visitors,
    frequency,
    owners,
    visit_slots,
    visitor_ids,
    visitor_types,
)


def test_visits_per_visitor() -> None:
    """A hundred visitors make 170 visits, as the table of counts says."""
    assert (GROUP_VISITORS, GROUP_VISITS) == (100, 170)
    _, counts = visit_slots(np.arange(300))
    assert np.bincount(counts).tolist() == [3 * world.VISIT_COUNTS.get(count, 0) for count in range(12)]


@given(st.integers(0, 10**8))
def test_slots_lead_back_to_their_owner(number: int) -> None:
    """All slots of a visitor belong to that visitor, and those around do not."""
    first, count = (int(value[0]) for value in visit_slots(np.array([number])))
    assert set(owners(first + np.arange(count)).tolist()) == {number}
    assert owners(np.array([first + count]))[0] == number + 1


def test_ids_are_unique_and_in_no_order() -> None:
    """Ids of 200,000 visitors, far ones included, differ and do not rise with the number."""
    numbers = np.concatenate([np.arange(100_000), 58_000_000 + np.arange(100_000)])
    ids = visitor_ids(numbers)
    assert ids.n_unique() == 200_000
    assert ids.str.contains(r"^u\d{10}$").all()
    assert 0.3 < (ids[1:] > ids[:-1]).mean() < 0.7


def test_types_follow_their_shares() -> None:
    """Types come as often as the table says for visitors with one, a few, and many visits."""
    numbers = np.arange(60_000)
    kinds = visitor_types(numbers, stream(2))
    classes = frequency(visit_slots(numbers)[1])
    for line, shares in enumerate(world.TYPE_SHARES):
        inside = kinds[classes == line]
        found = np.bincount(inside, minlength=5) / len(inside)
        assert found == pytest.approx(shares, abs=0.02)


def test_attributes_follow_the_type() -> None:
    """Interests, customer data and orders have the means of the type; interests have deviation one."""
    people = Visitors.drawn(np.arange(60_000), stream(2))
    for kind in range(5):
        own = people.kind == kind
        assert people.interests[own].mean(axis=0) == pytest.approx(world.INTEREST_MEANS[kind], abs=0.05)
        assert people.interests[own].std(axis=0) == pytest.approx(np.ones(4), abs=0.05)
        assert people.known[own].mean() == pytest.approx(world.CRM_SHARES[kind], abs=0.02)
        assert people.newsletter[own].mean() == pytest.approx(world.NEWSLETTER_SHARES[kind], abs=0.02)
        assert people.orders[own].mean() == pytest.approx(world.ORDER_MEANS[kind], rel=0.05)
    assert set(np.unique(people.distance % world.DISTANCE_STEP)) == {0}


def test_areas_lie_in_cities() -> None:
    """Every city has thirty areas with their own code, and visitors live in all of them."""
    areas = Areas.drawn(stream(2))
    assert np.bincount(areas.city).tolist() == [30] * 8
    assert len(set(areas.names)) == 240
    assert len(np.unique(Visitors.drawn(np.arange(20_000), stream(2)).area)) == 240
    assert areas.matched.mean() == pytest.approx(1 - world.UNMATCHED_SHARE, abs=0.05)
