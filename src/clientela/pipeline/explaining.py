"""Why one row of a project folder got its group, in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from clientela.domain.errors import ColumnError, InputError, listed, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.models.reasons import Answer, Explanation, Reason, explain
from clientela.models.release import Manifest, Release
from clientela.models.values import seconds, texts
from clientela.pipeline.running import kept_settings
from clientela.report.text import clean, named
from clientela.sources.opening import open_table
from clientela.tables.table import Table
from clientela.workspace.folder import Workspace
from clientela.workspace.releases import champion_folder

COMPARED = 2_000
"""Rows that "on average" is measured on: enough for two digits."""
TOLD = 4
"""Reasons of each side that are told; the others are told together."""


def explain_row(folder: str | Path, row: str, *, progress: Progress = SILENT) -> Explanation:
    """Say why one row of the table that a folder was made from got its group, by the release in use.

    Args:
        folder: Folder of an earlier run; its clientela.toml names the source.
        row: Value of an identifier column (the visitor's last; of several rows the latest), or else the number of a
            row, from 1.
        progress: Takes word of how far it is.

    Returns:
        The explanation.

    Raises:
        ClientelaError: The folder has no release, its source cannot be read any more, or no such row is there.
    """
    workspace = Workspace.existing(Path(folder))
    release = Release.load(champion_folder(workspace))
    settings = kept_settings(workspace.path)
    source = settings.source
    if not source.file:
        raise InputError(
            f"{quoted(str(workspace.path))} was made from a frame in memory: use `clientela.models.reasons.explain`."
        )
    with open_table(source.file, sheet=source.sheet, query=source.query, progress=progress) as table:
        names = [field.name for field in table.fields]
        lost = [name for name in release.manifest.features if name not in names]
        if lost:
            raise ColumnError(f"The model needs columns that are not there any more: {listed(lost)}.")
        found, called = _found(table, release.manifest, settings.table.time, row)
        progress.update("explaining", 0.5)
        others = table.sample(COMPARED, release.manifest.seed, columns=release.manifest.features)
    return explain(release, found, others, called)


def _found(table: Table, manifest: Manifest, time: str | None, row: str) -> tuple[pl.DataFrame, str]:
    """Return the row asked for, and what it is called."""
    names = {field.name for field in table.fields}
    # a visitor may have several rows, so what names one row comes first
    keys = [name for name in sorted(manifest.identifiers, key=lambda name: name == manifest.visitor) if name in names]
    clock = [time] if time in names else []
    columns = list(dict.fromkeys([*keys, *clock, *manifest.features]))
    asked = int(row) - 1 if row.isascii() and row.isdigit() and len(row) < 19 else -1
    matches: dict[str, list[pl.DataFrame]] = {name: [] for name in keys}
    done = 0
    numbered = None
    for frame in table.batches(columns=columns):
        for name in keys:
            matches[name].append(frame.filter((texts(frame[name]) == row).fill_null(value=False)))
        if done <= asked < done + len(frame):
            numbered = frame[asked - done : asked - done + 1]
        done += len(frame)
    for name, frames in matches.items():
        rows = pl.concat(frames)
        if len(rows):
            return _latest(rows, clock), _called(name, row, len(rows), bool(clock))
    if numbered is not None:
        return numbered, f"row {asked + 1:,}"
    where = f"in {listed(keys)}, and none has that number" if keys else "as its number"
    raise InputError(
        f"No row has {quoted(row)} {where}: give {'a value of one of them, or ' if keys else ''}"
        f"a row number from 1 to {done:,}."
    )


def _latest(rows: pl.DataFrame, clock: list[str]) -> pl.DataFrame:
    """Return the latest of some rows, by time where there is one, else the last."""
    times = [seconds(rows[name]) for name in clock]
    known = bool(times) and bool(np.isfinite(times[0]).any())
    place = int(np.nanargmax(times[0])) if known else len(rows) - 1
    return rows[place : place + 1]


def _called(name: str, row: str, rows: int, timed: bool) -> str:
    one = f"{named(name)} {named(row)}"
    return one if rows == 1 else f"the {'latest' if timed else 'last'} of {rows:,} rows of {one}"


def told(found: Explanation) -> tuple[str, ...]:
    """Return an explanation in lines for a person: the group first, then what speaks for and against."""
    ranked = sorted(found.chances.items(), key=lambda item: -item[1])
    chances = ", ".join(f"{named(name)} {100 * chance:.0f} %" for name, chance in ranked)
    money = "" if found.revenue is None else f"; expected revenue {found.revenue:,.2f}"
    first = f"{found.row} is put into {named(found.group)} of {named(found.label)}: {chances}{money}."
    lines = [first[0].upper() + first[1:]]
    if ranked[0][0] != found.group:
        lines.append(
            f"The likeliest single group is {named(ranked[0][0])}; rows are put into groups so that each gets as "
            "many as there are."
        )
    for answer in found.answers:
        lines += _answered(answer)
    lines.append(f"The average is that of {found.compared:,} rows. What goes together in the data need not be a cause.")
    return tuple(lines)


def _answered(answer: Answer) -> list[str]:
    question = clean(answer.question, 160)
    average = f"{100 * answer.average:.1f} % is the average"
    asked, chance = question[0].upper() + question[1:], f"{100 * answer.chance:.1f} %"
    average, start = f"{100 * answer.average:.1f} %", f"{100 * answer.start:.1f} %"
    lines = [
        f"{asked}: {chance}, where {average} is the average; columns that all speak as on average would give {start}."
    ]
    for word, sign in (("for", 1), ("against", -1)):
        side = [reason for reason in answer.reasons if reason.added * sign > 0]
        if side:
            rest = side[TOLD:]
            more = [f"{len(rest):,} more (odds x {_times(rest)})"] if rest else []
            lines.append(f"  speaks {word}: {', '.join([*map(_reason, side[:TOLD]), *more])}")
    return lines


def _reason(reason: Reason) -> str:
    said = "is missing" if reason.value is None else f"is {clean(reason.value.removesuffix('.000000'), 40)}"
    return f"{named(reason.column)} {said} (odds x {_times([reason])})"


def _times(reasons: list[Reason]) -> str:
    return f"{np.exp(sum(reason.added for reason in reasons)):.2f}"
