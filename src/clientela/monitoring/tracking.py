"""Incidents across batches: opened, repeated, worsened, closed; told from the checks alone, in their order."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, Incident
from clientela.domain.record import Record
from clientela.monitoring.result import CheckResult

KEY_LENGTH = 20
GONE = (Cause.COLUMN_REMOVED, Cause.COLUMN_RENAMED)
"""Causes that leave a batch unable to show whether another break of the same column is over."""


class State(StrEnum):
    """What a check did to an incident."""

    OPENED = "opened"
    REPEATED = "repeated"
    WORSENED = "worsened"
    CLOSED = "closed"


@dataclass(frozen=True)
class Tracked(Record):
    """One incident across batches.

    Attributes:
        key: Stable name: the same checks give the same key.
        incident: The incident as it was seen last.
        number: Number of the check that opened it.
        batch: Name of the batch that opened it.
        opened: When that batch was checked, ISO 8601.
        batches: Batches that showed it.
        worst: Gravest severity it had.
        closed: When the check that closed it was made, or "" while it is open.
    """

    key: str
    incident: Incident
    number: int
    batch: str
    opened: str
    batches: int
    worst: Severity
    closed: str = ""


@dataclass(frozen=True)
class Step(Record):
    """What one check did to one incident: its state, and the incident after it."""

    state: State
    tracked: Tracked


@dataclass(frozen=True)
class Checked(Record):
    """One check in its place.

    Attributes:
        number: Its number, from 1.
        result: What it found.
        again: Whether its batch had been checked before.
        steps: What it did to each incident it showed or closed.
    """

    number: int
    result: CheckResult
    again: bool
    steps: tuple[Step, ...]

    def told(self, state: State) -> int:
        """Return how many incidents the check brought into a state."""
        return sum(step.state is state for step in self.steps)


@dataclass(frozen=True)
class History(Record):
    """All checks of a folder, and what became of their incidents.

    Attributes:
        checks: In their order.
        standing: Incidents open now, in the order of their opening.
        over: Incidents closed, likewise.
        renewed: Whether the baseline was made anew since the last check; then nothing is known to be open.
    """

    checks: tuple[Checked, ...] = ()
    standing: tuple[Tracked, ...] = ()
    over: tuple[Tracked, ...] = ()
    renewed: bool = False


def held_against(history: History, baseline: str) -> History:
    """Return the history as it is to be told beside a baseline: what was open against another one is set aside.

    Args:
        history: What became of all checks.
        baseline: Hash of the reference of the baseline that is there now, or "" where that is not known.
    """
    last = history.checks[-1].result.baseline if history.checks else ""
    if not last or not baseline or last == baseline:
        return history
    return dataclasses.replace(history, standing=(), renewed=True)


def follow(results: Iterable[tuple[int, CheckResult]]) -> History:
    """Return what became of the incidents of a run of checks.

    An incident of a batch is one that stands open where cause and columns are the same; else where the cause is the
    same and a column is shared; else where the columns are the same and one of the two causes is `unknown` or an
    alternative of the other. An open incident that a batch does not show is closed, unless the batch could not show
    it: it has no rows, or its columns are gone. The last batch checked again takes the place of its earlier check
    and counts once; an older batch checked again is recorded and changes no state. Held against another baseline, a
    batch is checked for the first time.

    Args:
        results: Number and result of each check, in the order they were made.

    Returns:
        The checks with their steps, and the incidents.

    >>> follow([]).standing
    ()
    """
    checks: list[Checked] = []
    standing: tuple[Tracked, ...] = ()
    over: list[Tracked] = []
    seen: set[str] = set()
    latest = against = ""
    for number, result in results:
        if result.baseline != against:
            seen, latest, against = set(), "", result.baseline
        again = bool(result.fingerprint) and result.fingerprint in seen
        if again and result.fingerprint != latest:
            checks.append(Checked(number, result, again, ()))
            continue
        seen.add(result.fingerprint)
        latest = result.fingerprint
        steps = tuple(_steps(standing, number, result, again=again))
        checks.append(Checked(number, result, again, steps))
        over += [step.tracked for step in steps if step.state is State.CLOSED]
        moved = {step.tracked.key: step for step in steps}
        kept = [moved[one.key].tracked if one.key in moved else one for one in standing]
        new = [step.tracked for step in steps if step.state is State.OPENED]
        standing = tuple(one for one in [*kept, *new] if not one.closed)
    return History(tuple(checks), standing, tuple(over))


def _steps(standing: tuple[Tracked, ...], number: int, result: CheckResult, *, again: bool) -> Iterator[Step]:
    pairs = _paired(standing, result.incidents)
    for place, incident in enumerate(result.incidents):
        known = pairs.get(place)
        if known is None:
            yield Step(State.OPENED, _opened(number, place, result, incident))
            continue
        worse = incident.severity.rank > known.worst.rank
        after = dataclasses.replace(
            known,
            incident=incident,
            batches=known.batches + (not again),
            worst=incident.severity if worse else known.worst,
        )
        yield Step(State.WORSENED if worse else State.REPEATED, after)
    shown = {known.key for known in pairs.values()}
    for one in standing:
        if one.key not in shown and not _unseen(one, result):
            yield Step(State.CLOSED, dataclasses.replace(one, closed=result.checked))


def _opened(number: int, place: int, result: CheckResult, incident: Incident) -> Tracked:
    facts = [result.fingerprint or result.batch, number, place, incident.cause.value, *incident.columns]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:KEY_LENGTH]
    return Tracked(key, incident, number, result.batch, result.checked, 1, incident.severity)


def _paired(standing: tuple[Tracked, ...], incidents: tuple[Incident, ...]) -> dict[int, Tracked]:
    """Return the open incident that each incident of a batch is, by place; the surest pairs first."""
    pairs: dict[int, Tracked] = {}
    left = list(standing)
    for alike in _ALIKE:
        for place, incident in enumerate(incidents):
            found = next((one for one in left if alike(one.incident, incident)), None) if place not in pairs else None
            if found is not None:
                pairs[place] = found
                left.remove(found)
    return pairs


def _equal(first: Incident, second: Incident) -> bool:
    return first.cause is second.cause and set(first.columns) == set(second.columns)


def _overlapping(first: Incident, second: Incident) -> bool:
    return first.cause is second.cause and bool(set(first.columns) & set(second.columns))


def _renamed(first: Incident, second: Incident) -> bool:
    if set(first.columns) != set(second.columns):
        return False
    unsure = Cause.UNKNOWN in (first.cause, second.cause)
    return unsure or second.cause in first.alternatives or first.cause in second.alternatives


_ALIKE: tuple[Callable[[Incident, Incident], bool], ...] = (_equal, _overlapping, _renamed)


def _unseen(one: Tracked, result: CheckResult) -> bool:
    """Tell whether the batch could not have shown the incident."""
    gone = {name for incident in result.incidents if incident.cause in GONE for name in incident.columns}
    columns = set(one.incident.columns)
    return result.rows == 0 or (bool(columns) and columns <= gone)
