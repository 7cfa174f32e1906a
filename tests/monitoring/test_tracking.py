"""Incidents across batches: one break is one incident, from its opening to its end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.monitoring.made import incident, numbered, result

from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, Incident
from clientela.monitoring.result import CheckResult
from clientela.monitoring.tracking import History, State, follow


def states(history: History) -> list[list[str]]:
    """Return what each check did."""
    return [[step.state.value for step in checked.steps] for checked in history.checks]


def seen(*batches: Sequence[Incident]) -> History:
    """Follow one check per batch."""
    return follow(numbered(result(day, *found) for day, found in enumerate(batches, start=1)))


def test_an_incident_opens_goes_on_and_ends_once() -> None:
    """The same break in three batches is one incident under one key; the first batch without it closes it."""
    broken = incident(Cause.UNIT_SCALE, "price")
    history = seen([], [broken], [broken], [broken], [], [])
    assert states(history) == [[], ["opened"], ["repeated"], ["repeated"], ["closed"], []]
    assert len({step.tracked.key for checked in history.checks for step in checked.steps}) == 1
    (over,) = history.over
    assert (over.batches, over.number, over.batch) == (3, 2, "day-02.csv")
    assert over.closed == "2026-12-05T09:00:00Z"
    assert history.standing == ()


def test_a_break_that_comes_back_is_another_incident() -> None:
    """After its end the same break opens anew, under another key."""
    broken = incident(Cause.UNIT_SCALE, "price")
    history = seen([broken], [], [broken])
    assert states(history) == [["opened"], ["closed"], ["opened"]]
    assert history.over[0].key != history.standing[0].key


def test_worse_is_told_once() -> None:
    """A graver severity than ever is `worsened`; falling back and rising to it again is not."""
    warning = incident(Cause.MISSINGNESS, "price")
    blocker = incident(Cause.MISSINGNESS, "price", severity=Severity.BLOCKER)
    history = seen([warning], [blocker], [warning], [blocker])
    assert states(history) == [["opened"], ["worsened"], ["repeated"], ["repeated"]]
    assert history.standing[0].worst is Severity.BLOCKER


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        (incident(Cause.STUCK, "a", "b"), incident(Cause.STUCK, "b", "c"), True),
        (incident(Cause.STUCK, "a"), incident(Cause.STUCK, "b"), False),
        (incident(Cause.UNKNOWN, "a"), incident(Cause.STUCK, "a"), True),
        (incident(Cause.PRECISION, "a", alternatives=(Cause.STUCK,)), incident(Cause.STUCK, "a"), True),
        (incident(Cause.STUCK, "a"), incident(Cause.PRECISION, "a", alternatives=(Cause.STUCK,)), True),
        (incident(Cause.PRECISION, "a"), incident(Cause.STUCK, "a"), False),
        (incident(Cause.UNKNOWN, "a"), incident(Cause.STUCK, "b"), False),
    ],
)
def test_what_is_the_same_incident(first: Incident, second: Incident, one: bool) -> None:
    """It is one incident where cause and a column agree, or the columns agree and the cause was not sure."""
    history = seen([first], [second])
    assert ("repeated" in states(history)[1]) is one
    assert ("opened" in states(history)[1]) is not one


def test_the_surest_pair_goes_first() -> None:
    """Of two open incidents, the one that agrees in all columns is the one that goes on."""
    wide, narrow = incident(Cause.STUCK, "a", "b"), incident(Cause.STUCK, "b")
    history = seen([wide, narrow], [narrow])
    told = {step.tracked.incident.columns: step.state for step in history.checks[1].steps}
    assert told == {("b",): State.REPEATED, ("a", "b"): State.CLOSED}


def test_a_batch_that_cannot_show_a_break_does_not_end_it() -> None:
    """Without rows, or without the column, nobody knows whether the break is over; other columns do not matter."""
    broken = incident(Cause.UNIT_SCALE, "price")
    gone = incident(Cause.COLUMN_REMOVED, "price", "page")
    empty = result(2, incident(Cause.VOLUME), rows=0)
    history = follow(numbered([result(1, broken), empty, result(3, gone), result(4)]))
    assert {one.incident.cause for one in history.over} == {Cause.VOLUME, Cause.UNIT_SCALE, Cause.COLUMN_REMOVED}
    closed = {one.incident.cause: one.closed[:10] for one in history.over}
    assert closed[Cause.UNIT_SCALE] == "2026-12-04"
    assert closed[Cause.VOLUME] == "2026-12-03"


def test_the_last_batch_checked_again_counts_once() -> None:
    """Its later check takes the place of the earlier one: batches are not counted twice, a mended batch ends it."""
    broken = incident(Cause.UNIT_SCALE, "price")
    history = follow(numbered([result(1, broken), result(1, broken), result(1)]))
    assert states(history) == [["opened"], ["repeated"], ["closed"]]
    assert [checked.again for checked in history.checks] == [False, True, True]
    assert history.over[0].batches == 1


def test_an_older_batch_checked_again_changes_nothing() -> None:
    """The state of today is not told from a batch of the day before yesterday."""
    broken = incident(Cause.UNIT_SCALE, "price")
    history = follow(numbered([result(1), result(2, broken), result(1)]))
    assert states(history) == [[], ["opened"], []]
    assert history.checks[2].again
    assert len(history.standing) == 1


def test_batches_without_a_fingerprint_are_all_different() -> None:
    """Frames have no fingerprint: each check of one is a batch of its own."""
    broken = incident(Cause.UNIT_SCALE, "price")
    history = follow(numbered([result(1, broken, fingerprint=""), result(2, broken, fingerprint="")]))
    assert history.standing[0].batches == 2
    assert not history.checks[1].again


CAUSES = st.sampled_from([Cause.STUCK, Cause.UNKNOWN, Cause.COLUMN_REMOVED, Cause.VOLUME])
INCIDENTS = st.builds(
    lambda cause, columns, severity: incident(cause, *columns, severity=severity),
    CAUSES,
    st.lists(st.sampled_from("abc"), unique=True, max_size=2),
    st.sampled_from(list(Severity)),
)


@given(st.lists(st.tuples(st.integers(1, 6), st.lists(INCIDENTS, max_size=3), st.integers(0, 2)), max_size=8))
def test_states_follow_each_other(days: list[tuple[int, list[Incident], int]]) -> None:
    """Whatever comes, an incident opens once, then repeats or worsens, and closes at most once, last of all."""
    checks: list[CheckResult] = [result(day, *found, rows=rows) for day, found, rows in days]
    history = follow(numbered(checks))
    lives: dict[str, list[State]] = {}
    for checked in history.checks:
        keys = [step.tracked.key for step in checked.steps]
        assert len(keys) == len(set(keys))
        for step in checked.steps:
            lives.setdefault(step.tracked.key, []).append(step.state)
    for life in lives.values():
        assert life[0] is State.OPENED
        assert State.OPENED not in life[1:]
        assert State.CLOSED not in life[:-1]
        assert life.count(State.WORSENED) <= len(Severity) - 1
    standing = {one.key for one in history.standing}
    assert standing == {key for key, life in lives.items() if life[-1] is not State.CLOSED}
    assert follow(numbered(checks)) == history
