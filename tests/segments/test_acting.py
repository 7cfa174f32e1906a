"""Advice."""

from __future__ import annotations

import pytest

from clientela.domain.column import Available
from clientela.domain.estimate import Estimate
from clientela.domain.goal import Goal
from clientela.segments.acting import Level, action, level
from clientela.segments.result import Mark

BEFORE = [Available.BEFORE]
MARKS = [Mark("v", "v less often a (0 % against 50 %)", -1.5), Mark("x", "x higher (mean 3 against 1)", 0.8)]


def worth(value: float, low: float, high: float) -> Estimate:
    """Return a mean value with its interval."""
    return Estimate(value, low, high, n=100, method="bootstrap by visit")


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [(worth(3, 2, 4), Level.HIGH), (worth(1.2, 0.9, 1.5), Level.MIDDLE), (worth(0.2, 0.1, 0.3), Level.LOW)],
)
def test_the_level_follows_the_interval(estimate: Estimate, expected: Level) -> None:
    """High and low are said only where the interval excludes the average."""
    assert level(estimate, 1.0) is expected


@pytest.mark.parametrize(
    ("estimate", "overall", "phrase"),
    [
        (worth(3, 1.53, 4), 1.0, "Bid up to 50 % more"),
        (worth(9, 8, 10), 1.0, "Bid up to 100 % more"),
        (worth(1.2, 1.01, 1.3), 1.0, "Bid slightly more"),
        (worth(0.1, 0.05, 0.2), 1.0, "Bid at least 80 % less for them or leave them out"),
        (worth(0.6, 0.5, 0.74), 1.0, "Bid 25 % less"),
        (worth(0.9, 0.8, 0.99), 1.0, "Bid slightly less"),
        (worth(1.0, 0.5, 1.5), 1.0, "Leave bids as they are"),
        (worth(1.0, 0.5, 1.5), 0.0, "Bid slightly more"),
        (worth(-2.0, -3.0, -1.5), -1.0, "Bid slightly less"),
    ],
)
def test_bids_follow_the_cautious_end(estimate: Estimate, overall: float, phrase: str) -> None:
    """The advised change is what the near end of the interval bears, in steps, never more than double."""
    assert action(estimate, overall, (), BEFORE, Goal.CONVERSION).startswith(phrase)


def test_what_is_known_late_steers_no_first_bid() -> None:
    """A rule with a column known during the visit is for the page and for retargeting."""
    text = action(worth(3, 2, 4), 1.0, (), [Available.BEFORE, Available.DURING], Goal.RETENTION)
    assert text.startswith("Known only once the visit runs")
    assert "Bid" not in text
    assert "if the rule's columns are known" in action(worth(3, 2, 4), 1.0, (), [Available.UNKNOWN], Goal.RETENTION)


@pytest.mark.parametrize("goal", list(Goal))
def test_every_goal_has_its_own_step(goal: Goal) -> None:
    """What the website should do depends on the goal, for high and for middle value."""
    for estimate in (worth(3, 2, 4), worth(1, 0.5, 1.5)):
        texts = {action(estimate, 1.0, (), BEFORE, other) for other in Goal}
        assert len(texts) == len(Goal)
        assert action(estimate, 1.0, (), BEFORE, goal) in texts


def test_advice_speaks_of_what_there_is_more_of() -> None:
    """The first mark of something present is used, and the advice says that it is untested."""
    text = action(worth(3, 2, 4), 1.0, MARKS, BEFORE, Goal.CONVERSION)
    assert "speak to what marks them off (x higher (mean 3 against 1))" in text
    assert "An association until a test shows it" in text
    assert "speak to" not in action(worth(3, 2, 4), 1.0, MARKS[:1], BEFORE, Goal.CONVERSION)
