"""One message: one state of one incident for one receiver, in plain data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from clientela.domain.finding import Severity
from clientela.domain.record import Record
from clientela.monitoring.alerting.options import AlertOptions
from clientela.monitoring.tracking import Checked, State, Step

MOST_TITLE, MOST_TEXT, MOST_NAME, MOST_NAMES = 200, 600, 60, 20
TOLD = {State.OPENED: "New", State.WORSENED: "Worse", State.CLOSED: "Over"}
"""States that people are told, in a word; that an incident goes on is no news."""


@dataclass(frozen=True)
class Alert(Record):
    """A message about one state of one incident; all text is on one line, without unseen characters.

    Attributes:
        key: Idempotency key: one state of one incident for one receiver.
        incident: Key of the incident.
        receiver: One of `AlertOptions.receivers`.
        number: Number of the check that brought the state.
        place: Place among the messages of the check.
        state: The state.
        severity: Severity of the incident.
        title: What happened.
        advice: What to do.
        cause: Its cause.
        columns: Columns concerned.
        since: Time of the first row concerned, or "".
        batch: Name of the batch.
        checked: When the batch was checked, ISO 8601.
        batches: Batches that showed the incident so far.
        source: Name of the folder that is monitored.
    """

    key: str
    incident: str
    receiver: str
    number: int
    place: int
    state: State
    severity: Severity
    title: str
    advice: str
    cause: str
    columns: tuple[str, ...]
    since: str
    batch: str
    checked: str
    batches: int
    source: str

    @property
    def headline(self) -> str:
        """The message in one line."""
        return f"{TOLD[self.state]} ({self.severity.value}): {self.title}"


def one_line(text: str, most: int) -> str:
    r"""Return text from data on one line, without what cannot be seen, cut at `most` characters.

    >>> one_line("a\r\nBcc: x@y\u202e", 40)
    'a Bcc: x@y'
    """
    plain = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * most]).split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def messages(checked: Checked, options: AlertOptions, source: str) -> Iterator[Alert]:
    """Yield what is to be told of a check, in its order.

    An incident is told once its worst severity reaches `options.least`; that it is over is told where it was told.

    Args:
        checked: The check.
        options: Whom to alert.
        source: Name of the folder that is monitored.
    """
    place = 0
    for step in checked.steps:
        state = _telling(step, options.least)
        for receiver in options.receivers if state is not None else ():
            yield _alert(checked, Step(state or step.state, step.tracked), receiver, place, source)
            place += 1


def _telling(step: Step, least: Severity) -> State | None:
    if step.state not in TOLD or step.tracked.worst.rank < least.rank:
        return None
    return step.state


def _alert(checked: Checked, step: Step, receiver: str, place: int, source: str) -> Alert:
    tracked, result = step.tracked, checked.result
    incident = tracked.incident
    grade = tracked.worst.value if step.state is State.WORSENED else ""
    facts = "\n".join([source, tracked.key, step.state.value, grade, receiver])
    return Alert(
        key=hashlib.sha256(facts.encode()).hexdigest()[:32],
        incident=hashlib.sha256(f"{source}\n{tracked.key}".encode()).hexdigest()[:20],
        receiver=receiver,
        number=checked.number,
        place=place,
        state=step.state,
        severity=incident.severity,
        title=one_line(incident.title, MOST_TITLE),
        advice=one_line(incident.advice, MOST_TEXT),
        cause=incident.cause.value,
        columns=tuple(one_line(name, MOST_NAME) for name in incident.columns[:MOST_NAMES]),
        since=one_line(incident.since, MOST_NAME),
        batch=one_line(result.batch, MOST_NAME),
        checked=result.checked,
        batches=tracked.batches,
        source=one_line(source, MOST_NAME),
    )
