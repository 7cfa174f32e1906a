"""Hold a batch against a baseline: incidents with a named cause, and real changes that are none.

Exit code 0 where nothing broke, 3 where there are incidents, 2 for wrong input. The check is kept in the folder:
its page, the history, a line of the log and figures for machines; who is to be alerted gets word.
"""

from __future__ import annotations

import datetime
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import Sheet
from clientela.cli.console import say
from clientela.domain.errors import InputError
from clientela.language import Language
from clientela.pipeline.announcing import hand_on, settings_of
from clientela.pipeline.monitoring import check_batch, check_json, write_check
from clientela.report.text import plural
from clientela.workspace.folder import check_file

STREAM = "-"
INCIDENTS = 3


@dataclass(frozen=True)
class Options:
    """What `clientela monitor check` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder of the baseline, or of `clientela run`.", metavar="DIR")]
    batch: Annotated[str, typer.Argument(help="The new rows, in any format.", metavar="BATCH")]
    json: Annotated[
        str | None, typer.Option(help="File for the result as JSON; - is standard output, and nothing else there.")
    ] = None
    sheet: Sheet = None
    language: Annotated[
        Language | None, typer.Option(help="Language of the pages; else that of the folder's clientela.toml.")
    ] = None


def act(options: Options) -> None:
    """Check, and print what was found."""
    if options.json == "":
        raise InputError("Name a file with --json, or - for standard output.")
    if options.json not in (None, STREAM):
        check_file(Path(str(options.json)))
    settings = settings_of(options.folder)
    settings = replace(settings, run=replace(settings.run, language=options.language or settings.run.language))
    found = check_batch(options.folder, options.batch, sheet=options.sheet)
    handed = hand_on(options.folder, found, settings, datetime.datetime.now(datetime.UTC))
    result = handed.checked.result
    if options.json == STREAM:
        sys.stdout.write(check_json(result).decode())
    else:
        if options.json:
            write_check(result, Path(options.json))
        counts = [plural(len(result.incidents), "incident"), plural(len(result.shifts), "shift")]
        again = " (checked before: it counts once)" if handed.checked.again or handed.repeated else ""
        say(f"{result.batch}: {result.rows:,} rows, {', '.join(counts)}{again}")
        for incident in result.incidents:
            when = f" (since {incident.since})" if incident.since else ""
            say(f"{incident.severity.value.upper()} {incident.title}{when}", f"   {incident.advice}")
        say(*(f"Shift, no break: {shift.title}" for shift in result.shifts), *result.notes)
        waiting = handed.delivery.waiting
        say(*([f"Alerts that wait: {waiting} (`clientela monitor deliver` tries them again)."] if waiting else []))
        say(f"Page: {handed.page}")
    if result.incidents:
        raise typer.Exit(INCIDENTS)
