"""Retraining a project folder with new rows: compared, promoted or kept, logged; safe to run every night."""

from __future__ import annotations

import datetime
import shlex
import time
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

from clientela.audit.result import AuditResult
from clientela.models.options import ModelOptions
from clientela.models.release import Release
from clientela.models.retraining import Retrained, retrain
from clientela.models.values import moments
from clientela.pipeline.comparing import told
from clientela.pipeline.running import AUDIT, CARDS, suspects_of
from clientela.pipeline.watch import UNWATCHED, Watch
from clientela.report.card import render_card
from clientela.report.contents import Contents
from clientela.sources.opening import open_table
from clientela.tables.table import Table
from clientela.workspace.artifacts import decode
from clientela.workspace.folder import Workspace
from clientela.workspace.journal import Journal, fingerprint
from clientela.workspace.releases import (
    RELEASES,
    Decision,
    Ledger,
    one_at_a_time,
    open_ledger,
    write_ledger,
)

STAGE = "retrain"
Cards = dict[str, bytes]


@dataclass(frozen=True)
class Decided:
    """What became of a retraining.

    Attributes:
        decision: Promoted or kept, and why.
        champion: Folder of the release in use now.
        repeated: Whether the same rows had been judged before; then nothing was changed.
    """

    decision: Decision
    champion: Path
    repeated: bool


def retrain_folder(
    folder: str | Path, source: object, *, sheet: str | None = None, watch: Watch = UNWATCHED
) -> Decided:
    """Learn the model of a project folder anew on new rows, and promote it where it is not worse.

    A new release becomes a folder below `releases`, which is never changed again. Which one is in use, and what was
    decided, is written in one piece at the very end: a crash before it leaves the champion in use. Rows that
    were judged before change nothing. One line of the log tells what was decided.

    Args:
        folder: Project folder of an earlier run.
        source: New rows: all of them are learned from, but those compared on. A file, folder, glob, or a frame.
        sheet: Sheet or table name.
        watch: Takes word of the stages.

    Returns:
        What was decided.

    Raises:
        ClientelaError: A wrong input, or another retraining of the folder is going on.
    """
    workspace = Workspace.existing(Path(folder))
    with one_at_a_time(workspace):
        ledger = open_ledger(workspace)
        start = time.perf_counter()
        progress = watch.begin(STAGE)
        champion = Release.load(workspace.path / ledger.champion)
        audited = decode(workspace.read(AUDIT), AuditResult, AUDIT)
        options = ModelOptions(seed=champion.manifest.seed)
        with open_table(source, sheet=sheet, progress=progress) as table:
            key = fingerprint([version("clientela"), table.reading.to_dict(), vars(options)])
            # a frame has no fingerprint, so nothing shows that it was judged before
            known = ledger.decisions.get(key) if table.reading.fingerprint else None
            if known is None:
                found = retrain(table, audited.roles, champion, options, progress, suspects_of(audited))
                cards = _cards(table, audited, found)
                ledger, known = _commit(workspace, ledger, key, found, cards)
                repeated = False
            else:
                repeated = True
        _show_cards(workspace, ledger.champion)
        seconds = time.perf_counter() - start
        word = "judged before, nothing changed" if repeated else "promoted" if known.promoted else "kept"
        detail = f"{ledger.champion} {word}: {known.why}"
        Journal(workspace).log(stage=STAGE, seconds=round(seconds, 3), reused=repeated, detail=detail)
        watch.end(STAGE, detail, seconds, reused=repeated)
    return Decided(known, workspace.path / ledger.champion, repeated)


def _cards(table: Table, audited: AuditResult, found: Retrained) -> Cards:
    """Return the model card of a release that is promoted, of the rows it was learned from; nothing else has one."""
    if not found.verdict.promoted or found.release is None or found.result is None:
        return {}
    start, end = _period(table, audited.roles.time)
    facts = replace(audited.table, rows=table.rows, columns=len(table.fields), start=start, end=end)
    contents = Contents(
        title="",
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        version=version("clientela"),
        reading=table.reading,
        audit=replace(audited, table=facts),
        model=found.result,
        command=shlex.join(["clientela", "retrain", "DIR", Path(table.reading.source).name]),
    )
    texts = render_card(contents, found.result, found.release.manifest)
    return {name: text.encode() for name, text in zip(CARDS, texts, strict=True)}


def _period(table: Table, time_column: str | None) -> tuple[str | None, str | None]:
    """Return the earliest and the latest time of a table as text, None where there is none."""
    if time_column is None:
        return None, None
    ends = []
    for batch in table.batches(columns=[time_column]):
        known = moments(batch[time_column]).drop_nulls()
        ends += [known.min(), known.max()] if len(known) else []
    told = sorted(map(str, ends))
    return (told[0], told[-1]) if told else (None, None)


def _show_cards(workspace: Workspace, champion: str) -> None:
    """Put the card of the release in use where a person looks for it; a crash before it is made good next time."""
    for name in CARDS:
        if workspace.has(f"{champion}/{name}"):
            text = workspace.read(f"{champion}/{name}")
            if not workspace.has(name) or workspace.read(name) != text:
                workspace.write(name, text)


def _save(release: Release, cards: Cards, folder: Path) -> None:
    release.save(folder)
    for name, text in cards.items():
        (folder / name).write_bytes(text)


def _commit(workspace: Workspace, ledger: Ledger, key: str, found: Retrained, cards: Cards) -> tuple[Ledger, Decision]:
    """Keep the new release where it is promoted, then write the ledger; only then anything has changed."""
    champion = ledger.champion
    if found.verdict.promoted and found.release is not None:
        champion = f"{RELEASES}/{ledger.count + 1:04d}-{key[:8]}"
        # a crash may have left a folder of this name, which no ledger names
        workspace.replace_folder(champion, partial(_save, found.release, cards))
    lines = told(found.comparison) if found.comparison else ()
    decision = Decision(found.verdict.promoted, champion, found.verdict.why, (*lines, *found.notes))
    decided = ledger.decided(key, decision)
    write_ledger(workspace, decided)
    return decided, decision
