"""Why one visitor got a group, in words: what speaks for it, what against, and how strongly.

ROW is a value of an identifier column, or the number of a row from 1. Of several rows of a visitor the latest is
explained. The numbers are exact parts of the model's answer; they say what the model does, not what causes what.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.console import say
from clientela.domain.errors import InputError
from clientela.pipeline.explaining import explain_row, told
from clientela.workspace.artifacts import encode
from clientela.workspace.folder import check_file, write_whole

STREAM = "-"


@dataclass(frozen=True)
class Options:
    """What `clientela explain` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder of an earlier run.", metavar="DIR")]
    row: Annotated[str, typer.Option(help="Value of an identifier column, or a row number from 1.")]
    json: Annotated[str | None, typer.Option(help="File for the result as JSON; - is standard output.")] = None


def act(options: Options) -> None:
    """Explain the row, and print it or the JSON."""
    if options.json == "":
        raise InputError("Name a file with --json, or - for standard output.")
    if options.json not in (None, STREAM):
        check_file(Path(options.json))
    found = explain_row(options.folder, options.row)
    if options.json == STREAM:
        sys.stdout.write(encode(found).decode())
        return
    if options.json is not None:
        write_whole(Path(options.json), lambda temporary: temporary.write_bytes(encode(found)))
    say(*told(found), *([f"JSON: {options.json}"] if options.json else []))
