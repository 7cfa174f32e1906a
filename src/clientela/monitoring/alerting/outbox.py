"""The outbox: what waits, when it is tried again, and in what order; where it is kept is up to the caller."""

from __future__ import annotations

import dataclasses
import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from clientela.domain.errors import ClientelaError
from clientela.domain.finding import Severity
from clientela.domain.record import Record
from clientela.monitoring.alerting.message import Alert
from clientela.monitoring.alerting.options import AlertOptions

FIRST_WAIT, LONGEST_WAIT = 60, 1800
"""Seconds until the second attempt, doubled each time up to the longest."""

RATE_WINDOW = datetime.timedelta(hours=1)
CUT_OFF = "an attempt was cut off"


class NotDeliveredError(ClientelaError, ConnectionError):
    """One attempt failed.

    Args:
        sentence: Why, without anything secret.
        unsure: Whether the receiver may have taken it all the same.
        down: Whether other messages to the same receiver would fail alike now.
    """

    def __init__(self, sentence: str, *, unsure: bool = False, down: bool = False) -> None:
        super().__init__(sentence)
        self.unsure = unsure
        self.down = down


@dataclass(frozen=True)
class Entry(Record):
    """A message in the outbox.

    Attributes:
        alert: The message.
        attempts: Attempts begun.
        again: Not before this time, ISO 8601, or "" for at once.
        unsure: Whether the receiver may have it already.
        problem: Why the last attempt failed, or "".
    """

    alert: Alert
    attempts: int = 0
    again: str = ""
    unsure: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Sent(Record):
    """A message that was delivered: its key, to whom, and when (ISO 8601)."""

    key: str
    receiver: str
    at: str


class Box(Protocol):
    """Keeps messages so that none is lost, whenever the process ends."""

    def waiting(self) -> list[Entry]:
        """Return what waits."""

    def sent(self) -> list[Sent]:
        """Return what was delivered of late."""

    def update(self, entry: Entry) -> None:
        """Keep what became of a message that waits."""

    def done(self, sent: Sent) -> None:
        """Keep that a message was delivered; it waits no longer."""


Send = Callable[[Alert, bool], None]
"""Sends a message once, told whether it may be a repeat; raises `NotDeliveredError`."""


@dataclass(frozen=True)
class Delivery(Record):
    """What one round of delivering did.

    Attributes:
        sent: Messages delivered.
        waiting: Messages that wait on.
        problems: Why, per receiver.
    """

    sent: int = 0
    waiting: int = 0
    problems: Mapping[str, str] = dataclasses.field(default_factory=dict)


def deliver(box: Box, senders: Mapping[str, Send], options: AlertOptions, now: datetime.datetime) -> Delivery:
    """Try every message that is due, once.

    Messages about one incident to one receiver keep their order. That an attempt begins is kept before it is made,
    so that one cut off by a crash is known to be unsure and is repeated under the same key.

    Args:
        box: Where messages are kept.
        senders: One per receiver.
        options: Rate and quiet time.
        now: The time, with its zone.

    Returns:
        What was done.
    """
    round_ = _Round(box, senders, options, now)
    for entry in sorted(box.waiting(), key=lambda entry: (entry.alert.number, entry.alert.place, entry.alert.key)):
        round_.take(entry)
    return Delivery(round_.count, round_.left, round_.problems)


class _Round:
    def __init__(self, box: Box, senders: Mapping[str, Send], options: AlertOptions, now: datetime.datetime) -> None:
        self.count = self.left = 0
        self.problems: dict[str, str] = {}
        self._box, self._senders, self._options, self._now = box, senders, options, now
        self._rate = Counter(sent.receiver for sent in _since(box.sent(), now - RATE_WINDOW))
        self._down: set[str] = set()
        self._held: set[tuple[str, str]] = set()

    def take(self, entry: Entry) -> None:
        """Deliver one message, or hold it."""
        alert = entry.alert
        if self._holds(entry) or not self._delivered(entry):
            self._held.add((alert.receiver, alert.incident))
            self.left += 1

    def _holds(self, entry: Entry) -> bool:
        alert = entry.alert
        if alert.receiver not in self._senders:
            self.problems.setdefault(alert.receiver, "no longer in clientela.toml")
            return True
        if alert.receiver in self._down or (alert.receiver, alert.incident) in self._held:
            return True
        if self._rate[alert.receiver] >= self._options.per_hour:
            self.problems.setdefault(alert.receiver, f"{self._options.per_hour} messages an hour are reached")
            return True
        if alert.severity is not Severity.BLOCKER and self._options.is_quiet(self._now):
            self.problems.setdefault(alert.receiver, f"quiet time {self._options.quiet} {self._options.zone}")
            return True
        if entry.again and self._now < datetime.datetime.fromisoformat(entry.again):
            self.problems.setdefault(alert.receiver, entry.problem)
            return True
        return False

    def _delivered(self, entry: Entry) -> bool:
        alert = entry.alert
        wait = min(FIRST_WAIT * 2 ** min(entry.attempts, 20), LONGEST_WAIT)
        again = (self._now + datetime.timedelta(seconds=wait)).isoformat()
        begun = dataclasses.replace(entry, attempts=entry.attempts + 1, again=again, unsure=True, problem=CUT_OFF)
        self._box.update(begun)
        try:
            self._senders[alert.receiver](alert, entry.unsure)
        except NotDeliveredError as error:
            unsure = entry.unsure or error.unsure
            self._box.update(dataclasses.replace(begun, unsure=unsure, problem=error.sentence))
            self.problems[alert.receiver] = error.sentence
            if error.down:
                self._down.add(alert.receiver)
            return False
        self._box.done(Sent(alert.key, alert.receiver, self._now.isoformat()))
        self._rate[alert.receiver] += 1
        self.count += 1
        return True


def _since(sent: Iterable[Sent], start: datetime.datetime) -> Iterable[Sent]:
    return (one for one in sent if datetime.datetime.fromisoformat(one.at) > start)
