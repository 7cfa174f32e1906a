"""A segment of a project folder as an audience: read, made, written, and sent where that is asked for."""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from clientela.activation.audience import Audience, Wanted, find_segment, make_audience, write
from clientela.activation.columns import Columns, refuse_sensitive, settle
from clientela.activation.listed import RECEIPT, REMOVALS, REQUESTS, listed, requests_of
from clientela.activation.members import visits_of
from clientela.activation.options import AudienceOptions
from clientela.activation.platforms import PLATFORMS, Target
from clientela.activation.receipt import Receipt
from clientela.activation.sending import Line, Sent, endpoint, send
from clientela.activation.status import Status, status
from clientela.domain.errors import ColumnError, InputError, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.pipeline.running import SEGMENTS
from clientela.segments.result import SegmentResult
from clientela.segments.rules import assign, columns_of
from clientela.sources.opening import open_table
from clientela.tables.table import Table
from clientela.workspace.artifacts import decode, encode
from clientela.workspace.folder import Workspace
from clientela.workspace.releases import one_at_a_time
from clientela.workspace.settings import Settings, read_settings

AUDIENCES = "audiences"
LOCK = "log/audience.lock"
SESSION = datetime.timedelta(minutes=80)
"""Meta ends a session 90 minutes after its first batch; what is left is then sent in a new one."""

SEEN = 1000
"""Rows that are looked at where nobody named a column."""


@dataclass(frozen=True)
class Order:
    """What a person asks of an audience.

    Attributes:
        segment: Name or number of the segment.
        target: The platform.
        send: Whether it is sent, or only made.
        changes: Options of the `[audience]` section that are asked for instead.
    """

    segment: str
    target: Target
    send: bool = False
    changes: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What became of an audience.

    Attributes:
        receipt: The receipt.
        folder: Where it and its files are.
    """

    receipt: Receipt
    folder: Path


def activate(
    folder: str | Path,
    order: Order,
    now: datetime.datetime,
    *,
    line: Line | None = None,
    progress: Progress = SILENT,
) -> Done:
    """Make a segment an audience in the folder `audiences`, and send it where that is asked for.

    Nothing is written before everything was checked. A sending that was broken off goes on where it ended when the
    same audience is sent again within the hour.

    Args:
        folder: Folder of an earlier run; its clientela.toml names the source.
        order: Which audience, and whether to send it.
        now: The time, with its zone.
        line: How requests are sent; None takes the credential from the environment.
        progress: Takes word of how far it is.

    Returns:
        The receipt and where it is.

    Raises:
        ClientelaError: A wrong input, or an audience that may not be made.
    """
    workspace = Workspace.existing(Path(folder))
    settings = read_settings(workspace)
    options = _changed(settings.audience, order.changes)
    if order.send and line is None:
        line = Line(endpoint(order.target, options, os.environ))
    segments = _segments(workspace)
    place = find_segment(segments, order.segment)
    refuse_sensitive(segments, place)
    wanted = Wanted(segments.segments[place].name, place + 1, order.target, not order.send, now)
    with _opened(workspace, settings, progress) as table:
        named = {"visitor": settings.table.visitor, "time": settings.table.time}
        columns = settle(table.fields, _head(table), options, order.target, named)
        visits = _visits(table, segments, wanted.segment, columns, options)
    audience = make_audience(visits, columns, wanted, options)
    with one_at_a_time(workspace, LOCK, "made an audience of"):
        return _written_and_sent(workspace, audience, line if order.send else None, progress)


def _segments(workspace: Workspace) -> SegmentResult:
    if not workspace.has(SEGMENTS):
        raise InputError(f"{quoted(str(workspace.path))} has no segments: `clientela segment` makes them.")
    return decode(workspace.read(SEGMENTS), SegmentResult, SEGMENTS)


def ask_status(folder: str | Path, order: Order, *, line: Line | None = None) -> Status:
    """Ask a platform what became of an audience that was sent.

    Args:
        folder: Folder of an earlier run.
        order: Which audience.
        line: How requests are sent; None takes the credential from the environment.

    Returns:
        What it says.

    Raises:
        ClientelaError: Nothing was sent, or the platform cannot be asked.
    """
    workspace = Workspace.existing(Path(folder))
    options = read_settings(workspace).audience
    segments = _segments(workspace)
    name = f"{AUDIENCES}/{find_segment(segments, order.segment) + 1}-{order.target.value}/{RECEIPT}"
    if not workspace.has(name):
        raise InputError(f"No audience of that segment was made for {PLATFORMS[order.target].name} yet.")
    receipt = decode(workspace.read(name), Receipt, name)
    return status(receipt, options, line or Line(endpoint(order.target, options, os.environ)))


def _changed(options: AudienceOptions, changes: Mapping[str, Any]) -> AudienceOptions:
    empty = [name for name, value in changes.items() if value == ""]
    if empty:
        raise InputError(f"--{empty[0].replace('_', '-')} is empty: give a value, or leave it out.")
    try:
        return dataclasses.replace(options, **changes)
    except ValueError as error:
        raise InputError(f"That is not possible: {error}.") from error


def _opened(workspace: Workspace, settings: Settings, progress: Progress) -> Table:
    source = settings.source
    if not source.file:
        raise InputError(
            f"{quoted(str(workspace.path))} was made from a frame in memory, which is gone: run `clientela run` on a "
            "file."
        )
    return open_table(source.file, sheet=source.sheet, query=source.query, progress=progress)


def _head(table: Table) -> pl.DataFrame:
    return next(table.batches(SEEN), pl.DataFrame({field.name: [] for field in table.fields}))


def _visits(
    table: Table, segments: SegmentResult, name: str, columns: Columns, options: AudienceOptions
) -> pl.DataFrame:
    there = [field.name for field in table.fields]
    ruled = columns_of(segment.conditions for segment in segments.segments)
    needed = list(dict.fromkeys([*columns.needed, *ruled]))
    for column in needed:
        if column not in there:
            raise ColumnError.missing(column, there)
    frames = [
        visits_of(frame, columns, assign(segments, frame) == name, options) for frame in table.batches(columns=needed)
    ]
    if not frames:
        raise InputError("The table has no rows: run `clientela run` again on one that has.")
    return pl.concat(frames)


def _written_and_sent(workspace: Workspace, audience: Audience, line: Line | None, progress: Progress) -> Done:
    name = f"{AUDIENCES}/{audience.receipt.number}-{audience.receipt.target.value}"
    receipt = _unfinished(workspace, name, audience.receipt) if line is not None else None
    if receipt is None:
        known = listed(workspace.path / name, audience.receipt.place)

        def fill(folder: Path) -> None:
            made = write(audience, folder, known)
            (folder / RECEIPT).write_bytes(encode(made))

        workspace.replace_folder(name, fill)
        receipt = decode(workspace.read(f"{name}/{RECEIPT}"), Receipt, RECEIPT)
    if line is not None:
        receipt = _sent(workspace, name, receipt, line, progress)
    return Done(receipt, workspace.path / name)


def _unfinished(workspace: Workspace, name: str, wanted: Receipt) -> Receipt | None:
    """Return the receipt of the same audience whose sending was broken off within the hour."""
    if not workspace.has(f"{name}/{RECEIPT}"):
        return None
    try:
        kept = decode(workspace.read(f"{name}/{RECEIPT}"), Receipt, RECEIPT)
        young = datetime.datetime.fromisoformat(wanted.made) - datetime.datetime.fromisoformat(kept.made) < SESSION
    except (InputError, TypeError, ValueError):
        return None
    same = kept.content == wanted.content and workspace.has(f"{name}/{REQUESTS}")
    return kept if same and young and not kept.complete else None


def _sent(workspace: Workspace, name: str, receipt: Receipt, line: Line, progress: Progress) -> Receipt:
    """Take off the list whoever is no member any more, then send what is left."""
    receipt = _through(workspace, name, receipt, line, progress, removing=True)
    if receipt.removed < receipt.removals:
        return receipt
    # members come last: whoever changed an address and was taken off by the old one is put on by the new one
    return _through(workspace, name, receipt, line, progress, removing=False)


def _through(
    workspace: Workspace, name: str, receipt: Receipt, line: Line, progress: Progress, *, removing: bool
) -> Receipt:
    """Send what is left of one kind of requests, and keep after each one how far it is."""
    file = REMOVALS if removing else REQUESTS
    before, whole = (receipt.removed, receipt.removals) if removing else (receipt.sent, receipt.requests)
    if before == whole:
        return receipt

    def kept(sent: Sent) -> Receipt:
        count = before + sent.count
        ended = "" if count == whole and not removing else "it was stopped"
        answers, problem = (*receipt.answers, *sent.answers), sent.problem or ended
        state = dataclasses.replace(receipt, answers=answers, problem=problem)
        state = dataclasses.replace(state, removed=count) if removing else dataclasses.replace(state, sent=count)
        workspace.write(f"{name}/{RECEIPT}", encode(state))
        progress.update(f"{count:,} of {whole:,} requests", count / whole)
        return state

    bodies = requests_of(workspace.path / name / file, before)
    return kept(send(bodies, receipt.target, line, kept, removing=removing))
