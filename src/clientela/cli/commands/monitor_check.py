"""Hold a batch against a baseline: incidents with a named cause, and real changes that are none.

Exit code 0 where nothing broke, 3 where there are incidents, 2 for wrong input.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.console import say
from clientela.domain.errors import InputError
from clientela.pipeline.monitoring import check_batch, check_json, write_check
from clientela.workspace.folder import check_file

STREAM = "-"
INCIDENTS = 3


@dataclass(frozen=True)
class Options:
    """What `clientela monitor check` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder of the baseline.", metavar="DIR")]
    batch: Annotated[str, typer.Argument(help="The new rows, in any format.", metavar="BATCH")]
    json: Annotated[
        str | None, typer.Option(help="File for the result as JSON; - is standard output, and nothing else there.")
    ] = None


def act(options: Options) -> None:
    """Check, and print what was found."""
    if options.json == "":
        raise InputError("Name a file with --json, or - for standard output.")
    if options.json not in (None, STREAM):
        check_file(Path(str(options.json)))
    result = check_batch(options.folder, options.batch)
    if options.json == STREAM:
        sys.stdout.write(check_json(result).decode())
    else:
        if options.json:
            write_check(result, Path(options.json))
        say(f"{result.batch}: {result.rows:,} rows, {len(result.incidents)} incidents, {len(result.shifts)} shifts")
        for incident in result.incidents:
            when = f" (since {incident.since})" if incident.since else ""
            say(f"{incident.severity.value.upper()} {incident.title}{when}", f"   {incident.advice}")
        say(*(f"Shift, no break: {shift.title}" for shift in result.shifts), *result.notes)
    if result.incidents:
        raise typer.Exit(INCIDENTS)
