"""The outbox on disk: nothing is lost, nothing is queued twice, a damaged file stops no other."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from tests.monitoring.made import NOON, alert

from clientela.monitoring.alerting.outbox import Entry, Sent
from clientela.workspace.folder import Workspace
from clientela.workspace.outbox import KEPT, SENT, WAITING, Outbox


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    """An empty outbox."""
    return Outbox(Workspace(tmp_path))


def sent(number: int, at: datetime.datetime = NOON) -> Sent:
    """Return that a message was delivered."""
    return Sent(alert(number).key, "webhook", at.isoformat())


def test_a_message_is_queued_once(outbox: Outbox, tmp_path: Path) -> None:
    """The same key is not queued again, neither while it waits nor once it was delivered."""
    assert outbox.put([alert(1), alert(2)]) == 2
    assert outbox.put([alert(1), alert(3)]) == 1
    outbox.done(sent(1))
    assert outbox.put([alert(1)]) == 0
    again = Outbox(Workspace(tmp_path))
    assert [entry.alert for entry in again.waiting()] == [alert(2), alert(3)]
    assert again.sent() == [sent(1)]


def test_what_became_of_it_is_kept(outbox: Outbox, tmp_path: Path) -> None:
    """Attempts, the next time and the problem are read back as they were."""
    entry = Entry(alert(1), 3, NOON.isoformat(), unsure=True, problem="no answer in time")
    outbox.update(entry)
    assert Outbox(Workspace(tmp_path)).waiting() == [entry]


def test_a_crash_between_both_files_delivers_once(outbox: Outbox, tmp_path: Path) -> None:
    """What stands among the delivered and still waits was delivered: it is taken out, not sent again."""
    outbox.put([alert(1)])
    waiting = tmp_path / WAITING / f"{alert(1).key}.json"
    data = waiting.read_bytes()
    outbox.done(sent(1))
    waiting.write_bytes(data)
    assert outbox.waiting() == []
    assert not waiting.exists()


def test_that_it_was_delivered_is_kept_first(outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash after the first of both changes leaves the message among the delivered, so that it is not sent anew."""
    outbox.put([alert(1)])
    monkeypatch.setattr(Workspace, "remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        outbox.done(sent(1))
    monkeypatch.undo()
    again = Outbox(Workspace(tmp_path))
    assert again.sent() == [sent(1)]
    assert again.waiting() == []


def test_a_damaged_file_is_named_and_stops_no_other(outbox: Outbox, tmp_path: Path) -> None:
    """It stays where it is for a person to look at; files of another name are not touched."""
    outbox.put([alert(1), alert(2)])
    damaged = tmp_path / WAITING / f"{alert(1).key}.json"
    damaged.write_text("{")
    (tmp_path / WAITING / "notes.json").write_text("mine")
    assert [entry.alert for entry in outbox.waiting()] == [alert(2)]
    outbox.waiting()
    assert outbox.unread == (f"{WAITING}/{alert(1).key}.json",)
    assert damaged.exists()


def test_the_delivered_are_forgotten_after_a_month(outbox: Outbox, tmp_path: Path) -> None:
    """What was delivered of late is remembered, so that it is not sent anew; older files go."""
    for number, age in ((1, datetime.timedelta(0)), (2, KEPT + datetime.timedelta(seconds=1))):
        outbox.done(sent(number, NOON - age))
    outbox.forget(NOON)
    assert [file.stem for file in (tmp_path / SENT).iterdir()] == [alert(1).key]
