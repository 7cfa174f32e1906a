"""From goals to measures."""

from __future__ import annotations

from clientela.domain.goal import Goal
from clientela.experiments.goals import GOALS, direction, likely


def test_every_goal_declares_what_it_needs() -> None:
    """Each goal says its outcome's names, its direction, its unit, what a missing outcome means, and its guards."""
    assert set(GOALS) == set(Goal)
    for declared in GOALS.values():
        assert declared.words
        assert declared.guards
        assert declared.missing
        assert declared.unit
    assert [goal for goal, declared in GOALS.items() if declared.better < 0] == [Goal.TIME_TO_CHECKOUT]


def test_less_of_trouble_is_better() -> None:
    """Bounces, times and refunds should fall; all else should rise."""
    assert [direction(name) for name in ("Bounce", "load_time", "refunds", "revenue")] == [-1, -1, -1, 1]


def test_an_equal_name_is_likelier_than_a_part_of_one() -> None:
    """An exact name wins over an earlier column that holds the word; nothing fits nothing."""
    assert likely(("revenue",), ["past_revenue", "Revenue"]) == "Revenue"
    assert likely(("spend", "revenue"), ["past_revenue", "spending"]) == "spending"
    assert likely(("spend",), ["clicks"]) is None
