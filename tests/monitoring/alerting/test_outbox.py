"""What waits, when it is tried again and in what order; the clock is the test's own."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.monitoring.made import NOON, alert

from clientela.domain.finding import Severity
from clientela.monitoring.alerting.message import Alert
from clientela.monitoring.alerting.options import AlertOptions
from clientela.monitoring.alerting.outbox import CUT_OFF, Delivery, Entry, NotDeliveredError, Send, Sent, deliver

MINUTE = datetime.timedelta(minutes=1)


@dataclass
class Memory:
    """A box in memory."""

    entries: dict[str, Entry] = field(default_factory=dict)
    over: list[Sent] = field(default_factory=list)

    def waiting(self) -> list[Entry]:
        """Return what waits."""
        return list(self.entries.values())

    def sent(self) -> list[Sent]:
        """Return what was delivered."""
        return self.over

    def update(self, entry: Entry) -> None:
        """Keep an entry."""
        self.entries[entry.alert.key] = entry

    def done(self, sent: Sent) -> None:
        """Keep that one was delivered."""
        del self.entries[sent.key]
        self.over.append(sent)


@dataclass
class Receiver:
    """Takes messages, or fails as it is told."""

    failing: NotDeliveredError | None = None
    taken: list[tuple[str, bool]] = field(default_factory=list)
    tries: int = 0

    def __call__(self, message: Alert, repeat: bool) -> None:
        """Take one."""
        self.tries += 1
        if self.failing is not None:
            raise self.failing
        self.taken.append((message.key[-2:], repeat))


def box(*alerts: Alert) -> Memory:
    """Return a box in which messages wait."""
    return Memory({one.key: Entry(one) for one in alerts})


def round_(kept: Memory, receiver: Send, after: int = 0, **options: Any) -> Delivery:
    """Deliver what is due some minutes after noon."""
    given = AlertOptions(**options)
    return deliver(kept, {"webhook": receiver, "slack": receiver}, given, NOON + after * MINUTE)


def test_what_waits_is_delivered_in_order_and_once() -> None:
    """Messages go out by check and place, and a second round has nothing to do."""
    kept, receiver = box(alert(3), alert(1, place=1), alert(2), alert(1, key="9" * 32)), Receiver()
    assert round_(kept, receiver) == Delivery(4, 0, {})
    assert [key for key, _ in receiver.taken] == ["99", "01", "02", "03"]
    assert round_(kept, receiver) == Delivery(0, 0, {})
    assert len(receiver.taken) == 4


def test_back_off_doubles_and_ends_at_half_an_hour() -> None:
    """A message is tried at once, then 1, 2, 4, 8, 16, 30 and 30 minutes after the attempt before."""
    kept, receiver = box(alert()), Receiver(NotDeliveredError("no", down=True))
    tried = []
    for minute in range(150):
        before = receiver.tries
        found = round_(kept, receiver, minute)
        assert found.waiting == 1
        assert found.problems == {"webhook": "no"}
        tried += [minute] if receiver.tries > before else []
    assert tried == [0, 1, 3, 7, 15, 31, 61, 91, 121]


def test_attempts_without_end_do_not_overflow() -> None:
    """A receiver that is gone for years is tried every half hour still."""
    kept, receiver = box(), Receiver(NotDeliveredError("no"))
    kept.update(Entry(alert(), attempts=10**6))
    round_(kept, receiver)
    again = datetime.datetime.fromisoformat(kept.waiting()[0].again)
    assert again == NOON + 30 * MINUTE


def test_an_incident_keeps_its_order() -> None:
    """While the opening of an incident waits, its end waits too; another incident passes."""
    refusal: list[NotDeliveredError] = [NotDeliveredError("refused")]
    taken: list[str] = []

    def send(message: Alert, _: bool) -> None:
        if refusal and message.number == 1:
            raise refusal.pop()
        taken.append(message.key[-1])

    kept = box(alert(1), alert(2), alert(3, incident="b" * 20))
    assert round_(kept, send).waiting == 2
    assert taken == ["3"]
    assert round_(kept, send, 2).sent == 2
    assert taken == ["3", "1", "2"]


def test_one_receiver_down_does_not_stop_another() -> None:
    """After one failure that others would share, a receiver is left alone for the round; another gets its messages."""
    slack, down = Receiver(), Receiver(NotDeliveredError("down", down=True))
    kept = box(*(alert(n, incident=f"{n:020x}") for n in (1, 2)), alert(3, "slack"))
    found = deliver(kept, {"webhook": down, "slack": slack}, AlertOptions(), NOON)
    assert (found.sent, found.waiting, down.tries) == (1, 2, 1)


def test_a_refusal_of_one_message_does_not_hold_the_others() -> None:
    """What is wrong with one message stops that one alone."""
    refused = Receiver(NotDeliveredError("refused"))
    round_(box(alert(1), alert(2, incident="b" * 20)), refused)
    assert refused.tries == 2


def test_the_rate_is_kept_and_nothing_is_lost() -> None:
    """No more than the rate go to a receiver within any hour; the rest follow when there is room."""
    kept, receiver = box(*(alert(n, incident=f"{n:020x}") for n in range(1, 8))), Receiver()
    first = round_(kept, receiver, 0, per_hour=3)
    assert (first.sent, first.waiting) == (3, 4)
    assert "3 messages an hour" in first.problems["webhook"]
    assert round_(kept, receiver, 59, per_hour=3).sent == 0
    assert round_(kept, receiver, 60, per_hour=3).sent == 3
    assert round_(kept, receiver, 121, per_hour=3).sent == 1
    assert len({key for key, _ in receiver.taken}) == 7


def test_quiet_time_holds_all_but_blockers() -> None:
    """A warning waits for the end of the quiet time, a blocker does not."""
    kept, receiver = box(alert(1), alert(2, severity=Severity.BLOCKER, incident="b" * 20)), Receiver()
    found = round_(kept, receiver, 0, quiet="11:30-12:30")
    assert (found.sent, found.waiting) == (1, 1)
    assert found.problems["webhook"] == "quiet time 11:30-12:30 UTC"
    assert round_(kept, receiver, 30, quiet="11:30-12:30").sent == 1
    assert [key for key, _ in receiver.taken] == ["02", "01"]


def test_a_receiver_taken_out_of_the_settings_keeps_its_messages() -> None:
    """They wait, and it is said why; set again, it gets them."""
    kept, receiver = box(alert(1, "slack")), Receiver()
    found = deliver(kept, {"webhook": receiver}, AlertOptions(), NOON)
    assert found == Delivery(0, 1, {"slack": "no longer in clientela.toml"})
    assert round_(kept, receiver).sent == 1


@pytest.mark.parametrize(("unsure", "repeat"), [(True, True), (False, False)])
def test_a_repeat_is_marked_where_the_first_may_have_arrived(unsure: bool, repeat: bool) -> None:
    """An answer that was lost makes the next attempt a possible repeat; a refused connection does not."""
    kept, receiver = box(alert()), Receiver(NotDeliveredError("no", unsure=unsure, down=True))
    round_(kept, receiver)
    receiver.failing = None
    round_(kept, receiver, 1)
    assert receiver.taken == [("01", repeat)]


def test_once_unsure_it_stays_so() -> None:
    """A later attempt that surely failed does not undo that an earlier one may have arrived."""
    kept, receiver = box(alert()), Receiver(NotDeliveredError("no", unsure=True, down=True))
    round_(kept, receiver)
    receiver.failing = NotDeliveredError("no", down=True)
    round_(kept, receiver, 1)
    receiver.failing = None
    round_(kept, receiver, 10)
    assert receiver.taken == [("01", True)]


def test_an_attempt_cut_off_is_known_to_be_unsure() -> None:
    """That an attempt begins is kept before it is made: after a crash in it, the next one is a possible repeat."""
    kept, receiver = box(alert()), Receiver()

    class StopError(BaseException):
        pass

    def crash(message: Alert, repeat: bool) -> None:
        receiver(message, repeat)
        raise StopError

    with pytest.raises(StopError):
        round_(kept, crash)
    (entry,) = kept.waiting()
    assert (entry.attempts, entry.unsure, entry.problem) == (1, True, CUT_OFF)
    assert round_(kept, receiver, 0).waiting == 1
    assert round_(kept, receiver, 1).sent == 1
    assert receiver.taken == [("01", False), ("01", True)]
