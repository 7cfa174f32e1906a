"""The checks of a folder, one file each, and the change calendar beside them."""

from __future__ import annotations

import dataclasses
import datetime
import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from clientela.domain.errors import InputError, SourceNotFoundError, quoted
from clientela.domain.later import later
from clientela.monitoring.announced import Announcement
from clientela.monitoring.result import CheckResult
from clientela.workspace.artifacts import decode, encode
from clientela.workspace.folder import SETTINGS, Workspace

if TYPE_CHECKING:
    import tomlkit
else:
    tomlkit = later("tomlkit")

MONITOR, BASELINE = "monitor", "baseline.json"
CHECKS, QUEUED = f"{MONITOR}/checks", f"{MONITOR}/queued.json"
CALENDAR = f"{MONITOR}/announcements.toml"

_NAME = re.compile(r"(\d{6,9})-[0-9a-f]{12}\.json")
_HEAD = """The change calendar: what was announced beforehand and is no break.
`clientela monitor announce` adds entries; correct or remove them here."""


class _Queued(msgspec.Struct, frozen=True):
    through: int


def monitored(workspace: Workspace) -> Workspace:
    """Return the workspace of a folder that can be monitored.

    Raises:
        SourceNotFoundError: There is no such folder, or it is not one of ours.
    """
    if not any(workspace.has(name) for name in (SETTINGS, BASELINE, MONITOR)):
        raise SourceNotFoundError(
            f"{quoted(str(workspace.path))} is no folder made by `clientela run` or `clientela monitor baseline`."
        )
    return workspace


def stored(workspace: Workspace) -> Iterator[tuple[int, CheckResult]]:
    """Yield number and result of every check, in the order they were made.

    Raises:
        InputError: A file is damaged.
    """
    folder = workspace.path / CHECKS
    names = sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
    for name in names:
        match = _NAME.fullmatch(name)
        if match is not None:
            try:
                result = decode(workspace.read(f"{CHECKS}/{name}"), CheckResult, name)
            except InputError as error:
                raise InputError(f"{CHECKS}/{name} is damaged: remove it to go on without that check.") from error
            yield int(match[1]), result


def store(workspace: Workspace, number: int, result: CheckResult) -> None:
    """Keep a check under its number.

    Raises:
        OutputError: No space, or no right to write.
    """
    workspace.folder(CHECKS)
    digest = f"{result.fingerprint if re.fullmatch(r'[0-9a-f]{12,}', result.fingerprint) else '0' * 12}"[:12]
    workspace.write(f"{CHECKS}/{number:06d}-{digest}.json", encode(result))


def same(first: CheckResult, second: CheckResult) -> bool:
    """Tell whether two checks found the same in the same batch, whenever they were made."""
    first, second = (dataclasses.replace(one, checked="") for one in (first, second))
    return bool(first.fingerprint) and encode(first) == encode(second)


def queued_through(workspace: Workspace) -> int:
    """Return the number of the last check whose messages are in the outbox; 0 where there is none.

    Raises:
        InputError: The file is damaged.
    """
    if not workspace.has(QUEUED):
        return 0
    try:
        return msgspec.json.decode(workspace.read(QUEUED), type=_Queued).through
    except msgspec.MsgspecError as error:
        raise InputError(f"{QUEUED} is damaged ({error}): remove it to have all checks told again.") from error


def queue_through(workspace: Workspace, number: int) -> None:
    """Keep that the messages of all checks up to a number are in the outbox."""
    workspace.folder(MONITOR)
    workspace.write(QUEUED, msgspec.json.encode(_Queued(number)) + b"\n")


def announcements(workspace: Workspace) -> tuple[Announcement, ...]:
    """Return the change calendar.

    Raises:
        InputError: It is no TOML, or an entry lacks its text or day.
    """
    if not workspace.has(CALENDAR):
        return ()
    try:
        entries = tomllib.loads(workspace.read(CALENDAR).decode()).get("announcement", [])
        return tuple(_entry(entry) for entry in entries)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"{CALENDAR} cannot be read ({error}): an entry has `text`, `from` as a day such as 2026-12-01, "
            "and perhaps `until`."
        ) from error


def keep_announcements(workspace: Workspace, entries: Sequence[Announcement]) -> None:
    """Write the change calendar as TOML.

    Raises:
        OutputError: No space, or no right to write.
    """
    document = tomlkit.document()
    for line in _HEAD.splitlines():
        document.add(tomlkit.comment(line))
    tables = tomlkit.aot()
    for entry in entries:
        table = tomlkit.table()
        days = {"from": entry.start, "until": entry.end, "announced": entry.made or None}
        for key, value in {"text": entry.text, **days}.items():
            if value is not None:
                table.add(key, value)
        tables.append(table)
    document.add("announcement", tables)
    workspace.folder(MONITOR)
    workspace.write(CALENDAR, tomlkit.dumps(document).encode())


def _entry(entry: dict[str, object]) -> Announcement:
    text, start, end = entry["text"], entry["from"], entry.get("until")
    days = [day.date() if isinstance(day, datetime.datetime) else day for day in (start, end)]
    if not isinstance(text, str) or not isinstance(days[0], datetime.date):
        raise TypeError(f"an entry has text {text!r:.80} and from {start!r:.40}")
    if days[1] is not None and not isinstance(days[1], datetime.date):
        raise TypeError(f"an entry has until {end!r:.40}")
    return Announcement(text, days[0], days[1], str(entry.get("announced", "")))
