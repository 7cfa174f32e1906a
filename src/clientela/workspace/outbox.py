"""The outbox of a folder: one file per message, written whole, so that none is lost and none is sent anew."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from clientela.domain.errors import InputError
from clientela.monitoring.alerting.message import Alert
from clientela.monitoring.alerting.outbox import Entry, Sent
from clientela.workspace.artifacts import R, decode, encode
from clientela.workspace.folder import Workspace

WAITING, SENT = "monitor/outbox/waiting", "monitor/outbox/sent"
KEPT = datetime.timedelta(days=30)
"""How long it is remembered that a message was delivered."""

_KEY = re.compile(r"[0-9a-f]{32}")


class Outbox:
    """Keeps the messages of one project folder; a `Box` for `deliver`.

    A message waits as a file. Delivered, it first becomes a file among those sent, then the waiting one goes: what
    stands in both was delivered.

    Args:
        workspace: The project folder.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.unread: tuple[str, ...] = ()

    def put(self, alerts: Iterable[Alert]) -> int:
        """Queue messages whose key was never queued before; return how many there were."""
        count = 0
        for alert in alerts:
            if self._workspace.has(_file(WAITING, alert.key)) or self._workspace.has(_file(SENT, alert.key)):
                continue
            self.update(Entry(alert))
            count += 1
        return count

    def waiting(self) -> list[Entry]:
        """Return what waits."""
        delivered = set(self._keys(SENT))
        for key in [key for key in self._keys(WAITING) if key in delivered]:
            self._workspace.remove(_file(WAITING, key))
        return self._read(WAITING, Entry)

    def sent(self) -> list[Sent]:
        """Return what was delivered in the last weeks."""
        return self._read(SENT, Sent)

    def update(self, entry: Entry) -> None:
        """Keep what became of a message that waits."""
        self._write(_file(WAITING, entry.alert.key), encode(entry))

    def done(self, sent: Sent) -> None:
        """Keep that a message was delivered."""
        self._write(_file(SENT, sent.key), encode(sent))
        self._workspace.remove(_file(WAITING, sent.key))

    def forget(self, now: datetime.datetime) -> None:
        """Remove what was delivered long ago; only for messages of checks that are queued for good."""
        for one in self.sent():
            if datetime.datetime.fromisoformat(one.at) < now - KEPT:
                self._workspace.remove(_file(SENT, one.key))

    def _write(self, name: str, data: bytes) -> None:
        self._workspace.folder(name.rpartition("/")[0])
        self._workspace.write(name, data)

    def _keys(self, folder: str) -> list[str]:
        path = self._workspace.path / folder
        files = sorted(path.glob("*.json")) if path.is_dir() else []
        return [file.stem for file in files if _KEY.fullmatch(file.stem)]

    def _read(self, folder: str, kind: type[R]) -> list[R]:
        """Return the records of a folder; a damaged one stays where it is, is named, and stops no other."""
        found = []
        for key in self._keys(folder):
            name = _file(folder, key)
            try:
                found.append(decode(self._workspace.read(name), kind, name))
            except InputError:
                self.unread = (*dict.fromkeys((*self.unread, name)),)
        return found


def _file(folder: str, key: str) -> str:
    return f"{folder}/{key}.json"
