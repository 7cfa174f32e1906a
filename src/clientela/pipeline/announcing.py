"""What follows a check: it is stored, its incidents are followed, and people and machines get word."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from clientela.domain.errors import OutputError
from clientela.domain.later import later
from clientela.domain.record import Record
from clientela.language import Language, say, speaking
from clientela.monitoring.alerting.message import messages
from clientela.monitoring.alerting.options import AlertOptions
from clientela.monitoring.alerting.outbox import Delivery, Send, deliver
from clientela.monitoring.announced import Announcement, announce, explained
from clientela.monitoring.exposition import log_line, prometheus, told
from clientela.monitoring.result import CheckResult
from clientela.monitoring.tracking import Checked, History, Tracked, follow, held_against
from clientela.pipeline.monitoring import reference_of
from clientela.report.brand import Brand
from clientela.report.logo import read_brand
from clientela.report.monitor_pages import OVERVIEW, Watched, render_check, render_overview
from clientela.workspace.checks import (
    MONITOR,
    announcements,
    keep_announcements,
    monitored,
    queue_through,
    queued_through,
    same,
    store,
    stored,
)
from clientela.workspace.folder import LOG, Workspace
from clientela.workspace.outbox import Outbox
from clientela.workspace.releases import one_at_a_time
from clientela.workspace.settings import Settings, read_settings

if TYPE_CHECKING:
    from clientela.monitoring.alerting import senders
else:
    # mail and TLS, which a check that alerts nobody should not wait for
    senders = later("clientela.monitoring.alerting.senders")

LINES, METRICS = f"{LOG}/monitor.jsonl", f"{MONITOR}/metrics.prom"
CHECKING, DELIVERING = f"{LOG}/monitor.lock", f"{LOG}/deliver.lock"
PATIENCE = 60.0
"""Seconds that one check waits for another to be stored."""


@dataclass(frozen=True)
class Handed(Record):
    """What became of a check.

    Attributes:
        checked: The check in its place, what was announced beforehand told as real changes.
        repeated: Whether the same had been found in the same batch before; then nothing was stored.
        standing: Incidents open now.
        page: Its page.
        overview: The page about all checks.
        delivery: What became of the alerts.
    """

    checked: Checked
    repeated: bool
    standing: tuple[Tracked, ...]
    page: Path
    overview: Path
    delivery: Delivery


@dataclass(frozen=True)
class _Look:
    """How the pages look and what language they speak."""

    language: Language
    brand: Brand


def settings_of(folder: str | Path) -> Settings:
    """Return clientela.toml of a folder; the defaults where it has none.

    Raises:
        InputError: It cannot be read.
    """
    return read_settings(Workspace(Path(folder)))


def hand_on(
    folder: str | Path,
    result: CheckResult,
    settings: Settings,
    now: datetime.datetime,
    sending: Mapping[str, Send] | None = None,
) -> Handed:
    """Store a check, follow its incidents, and give word of it: log, metrics, pages, alerts.

    The check is stored first, and everything else is told from the stored checks. So after a crash the next check
    of the folder makes up for what is missing, and no alert is lost. Alerts are tried once; what a receiver does not
    take waits for the next check or `clientela monitor deliver`, and never makes a check fail.

    Args:
        folder: Project folder.
        result: The check.
        settings: Settings of the folder; whom to alert is in them.
        now: The time, with its zone.
        sending: What sends to each receiver; None makes it from the settings and the environment.

    Returns:
        What became of it.

    Raises:
        ClientelaError: The folder cannot be written, or holds damaged files.
    """
    workspace = monitored(Workspace(Path(folder)))
    # a logo that cannot be read stops the check before anything is stored
    look = _Look(settings.run.language, read_brand(settings.brand, workspace.path))
    with one_at_a_time(workspace, CHECKING, "checked", PATIENCE):
        calendar = announcements(workspace)
        history, number, repeated = _stored(workspace, explained(result, calendar))
        source = workspace.path.resolve().name
        _queue(workspace, history, settings.alerts, source)
        checked = next(one for one in history.checks if one.number == number)
        if repeated:
            _log(workspace, Checked(number, result, True, ()), len(history.standing), source)
        watched = _watched(history, source, calendar, look)
        page = workspace.write(f"{MONITOR}/{_page(checked)}", render_check(watched, checked).encode())
    delivery = _delivered(workspace, settings.alerts, now, sending)
    _publish(workspace, watched, delivery)
    return Handed(checked, repeated, history.standing, page, workspace.path / MONITOR / OVERVIEW, delivery)


def deliver_waiting(
    folder: str | Path, settings: Settings, now: datetime.datetime, sending: Mapping[str, Send] | None = None
) -> Delivery:
    """Try the alerts that wait and are due, once each; arguments as for `hand_on`.

    Raises:
        ClientelaError: There is no such folder, or another process delivers.
    """
    workspace = monitored(Workspace(Path(folder)))
    look = _Look(settings.run.language, read_brand(settings.brand, workspace.path))
    with one_at_a_time(workspace, CHECKING, "checked", PATIENCE):
        history = follow(stored(workspace))
        # what a crash kept from being queued
        _queue(workspace, history, settings.alerts, workspace.path.resolve().name)
    with one_at_a_time(workspace, DELIVERING, "alerted of"):
        outbox = Outbox(workspace)
        made = _senders(settings.alerts) if sending is None else sending
        delivery = deliver(outbox, made, settings.alerts, now)
        outbox.forget(now)
    watched = _watched(history, workspace.path.resolve().name, announcements(workspace), look)
    _publish(workspace, watched, delivery)
    return delivery


def renew_overview(folder: str | Path) -> None:
    """Write the page about all checks anew, where there are any: the baseline may be another one now.

    Raises:
        ClientelaError: The folder cannot be written, or holds damaged files.
    """
    workspace = monitored(Workspace(Path(folder)))
    history = follow(stored(workspace))
    if not history.checks:
        return
    settings = read_settings(workspace)
    look = _Look(settings.run.language, read_brand(settings.brand, workspace.path))
    with one_at_a_time(workspace, CHECKING, "checked", PATIENCE):
        watched = _watched(history, workspace.path.resolve().name, announcements(workspace), look)
        waiting = Outbox(workspace).waiting()
        reasons = {one.alert.receiver: one.problem or "not tried yet" for one in waiting}
        _publish(workspace, watched, Delivery(0, len(waiting), reasons))


def announce_change(
    folder: str | Path, text: str, start: datetime.date, end: datetime.date | None, now: datetime.datetime
) -> Announcement:
    """Add an entry to the change calendar of a folder; the same entry twice is one.

    Args:
        folder: Project folder.
        text: What changes, such as "new items SKU-2*".
        start: First day of the change.
        end: Last day on which it may begin to show, or None.
        now: The time, with its zone.

    Returns:
        The entry, with what it explains.

    Raises:
        ClientelaError: There is no such folder, or the text says no kind of change.
    """
    workspace = monitored(Workspace(Path(folder)))
    entry = announce(text, start, end, now.isoformat(timespec="seconds"))
    workspace.folder(LOG)
    with one_at_a_time(workspace, CHECKING, "checked", PATIENCE):
        kept = announcements(workspace)
        if not any((one.text, one.start, one.end) == (entry.text, start, end) for one in kept):
            keep_announcements(workspace, (*kept, entry))
    return entry


def told_history(folder: str | Path) -> tuple[str, ...]:
    """Return what happened in a folder, batch by batch, in lines for a person.

    Raises:
        ClientelaError: There is no such folder, or it holds damaged files.
    """
    workspace = monitored(Workspace(Path(folder)))
    history = held_against(follow(stored(workspace)), reference_of(workspace.path))
    if not history.checks:
        return ("No batch was checked yet: `clientela monitor check` does it.",)
    wide = min(max(len(one.result.batch) for one in history.checks), 40)
    lines = [
        f"{one.number:>4}  {one.result.checked[:16].replace('T', ' ')}  {one.result.batch[:wide]:<{wide}}"
        f"{one.result.rows:>11,} rows  {told(one)}{' (checked again)' if one.again else ''}"
        for one in history.checks
    ]
    standing = [f"  {_standing(one)}" for one in history.standing]
    renewed = "not known, the baseline was made anew since the last check"
    lines += ["", f"Open now: {renewed if history.renewed else len(standing) or 'nothing'}", *standing]
    outbox = Outbox(workspace)
    waiting = outbox.waiting()
    reasons = dict.fromkeys(f"{one.alert.receiver}: {one.problem or 'not tried yet'}" for one in waiting)
    lines += [f"Alerts that wait: {len(waiting)} ({'; '.join(reasons)})"] if waiting else []
    return (*lines, *(f"{name} is damaged: remove it." for name in outbox.unread))


def _standing(one: Tracked) -> str:
    incident = one.incident
    columns = f" {', '.join(incident.columns[:6])}" if incident.columns else ""
    seen = f"{one.batches} batch{'es' if one.batches != 1 else ''}"
    return f"{incident.severity.value:<8} {incident.cause.value}{columns}: {incident.title} ({seen}, from {one.batch})"


def _stored(workspace: Workspace, result: CheckResult) -> tuple[History, int, bool]:
    """Store a check unless the same was found in the same batch; return the history, its number, and that."""
    results = list(stored(workspace))
    earlier = [(number, one) for number, one in results if result.fingerprint and one.fingerprint == result.fingerprint]
    if earlier and same(earlier[-1][1], result):
        return follow(results), earlier[-1][0], True
    number = results[-1][0] + 1 if results else 1
    store(workspace, number, result)
    return follow([*results, (number, result)]), number, False


def _queue(workspace: Workspace, history: History, options: AlertOptions, source: str) -> None:
    """Put the messages of all checks that are not queued yet into the outbox, and log those checks."""
    through = queued_through(workspace)
    new = [checked for checked in history.checks if checked.number > through]
    for checked in new:
        Outbox(workspace).put(messages(checked, options, source))
        _log(workspace, checked, _open_after(history, checked), source)
        queue_through(workspace, checked.number)


def _open_after(history: History, last: Checked) -> int:
    if last is history.checks[-1]:
        return len(history.standing)
    return len(follow((one.number, one.result) for one in history.checks if one.number <= last.number).standing)


def _senders(options: AlertOptions) -> Mapping[str, Send]:
    return senders.senders(options, os.environ) if options != AlertOptions() else {}


def _log(workspace: Workspace, checked: Checked, standing: int, source: str) -> None:
    line = log_line(checked, standing, source, version("clientela"))
    workspace.append(LINES, msgspec.json.encode(line).decode())


def _delivered(
    workspace: Workspace, options: AlertOptions, now: datetime.datetime, sending: Mapping[str, Send] | None
) -> Delivery:
    """Try what is due; where another process is at it, it does."""
    outbox = Outbox(workspace)
    made = _senders(options) if sending is None else sending
    try:
        with one_at_a_time(workspace, DELIVERING, "alerted of"):
            delivery = deliver(outbox, made, options, now)
            outbox.forget(now)
            return delivery
    except OutputError as error:
        return Delivery(0, len(outbox.waiting()), {"outbox": error.sentence})


def _publish(workspace: Workspace, watched: Watched, delivery: Delivery) -> None:
    history = held_against(watched.history, reference_of(workspace.path))
    told_of = replace(watched, history=history, waiting=_waiting(delivery, watched.language))
    workspace.folder(MONITOR)
    workspace.write(f"{MONITOR}/{OVERVIEW}", render_overview(told_of).encode())
    workspace.write(METRICS, prometheus(history, delivery.waiting, watched.source).encode())


def _waiting(delivery: Delivery, spoken: Language) -> str:
    if not delivery.waiting:
        return ""
    why = "; ".join(f"{receiver}: {problem}" for receiver, problem in delivery.problems.items())
    with speaking(spoken):
        return say("{n} alerts wait ({why}); `clientela monitor deliver` tries them again", n=delivery.waiting, why=why)


def _watched(history: History, source: str, calendar: Iterable[Announcement], look: _Look) -> Watched:
    pages = tuple(_page(checked) for checked in history.checks)
    made = version("clientela")
    return Watched(history, source, made, pages, tuple(calendar), language=look.language, brand=look.brand)


def _page(checked: Checked) -> str:
    """Return the name of a check's page; of the batch's name only what is harmless in a file name is left."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", checked.result.batch.rpartition(".")[0] or checked.result.batch)
    return f"{checked.number:06d}-{stem.strip('-')[:60] or 'batch'}.html"
