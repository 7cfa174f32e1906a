"""Who responds to a variant, and whether visitors differ in that at all.

TRIAL has one row per visitor whom chance gave the variant or not. Only the columns named with
--known are learned from: one that was measured after the decision would make the answer
worthless. Every number is of visitors that the score has not learned from.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import Sheet
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.domain.errors import InputError
from clientela.pipeline.uplifting import TrialColumns, told, uplift_source
from clientela.workspace.artifacts import encode
from clientela.workspace.folder import check_file, write_whole

STREAM = "-"


@dataclass(frozen=True)
class Options:
    """What `clientela experiment uplift` takes."""

    file: Annotated[
        str, typer.Argument(help="Trial, one visitor a row, in any format that can be read.", metavar="TRIAL")
    ]
    treated: Annotated[str, typer.Option(help="Variant of those who were treated.")]
    control: Annotated[str, typer.Option(help="Variant of those who were not.")]
    known: Annotated[str, typer.Option(help="Columns known before the decision, with commas between them.")]
    variant: Annotated[str, typer.Option(help="Column with the variant shown.")] = "variant"
    reward: Annotated[str, typer.Option(help="Column with what came of it, a number.")] = "reward"
    visitor: Annotated[str | None, typer.Option(help="Column with the visitor behind the rows.")] = None
    cost: Annotated[float, typer.Option(help="What treating one visitor costs, in units of the reward.")] = 0.0
    sheet: Sheet = None
    json: Annotated[str | None, typer.Option(help="File for the result as JSON; - is standard output.")] = None


def act(options: Options) -> None:
    """Judge, and print the verdict with what it rests on, or the JSON."""
    if options.json == "":
        raise InputError("Name a file with --json, or - for standard output.")
    if options.json not in (None, STREAM):
        check_file(Path(options.json))
    known = tuple(name for name in (part.strip() for part in options.known.split(",")) if name)
    columns = TrialColumns(options.variant, options.treated, options.control, options.reward, known, options.visitor)
    start = time.perf_counter()
    with Screen() as screen:
        progress = screen.begin("uplift")
        found = uplift_source(options.file, columns, cost=options.cost, sheet=options.sheet, progress=progress)
        screen.end("uplift", f"{found.rows:,} rows", time.perf_counter() - start, reused=False)
    if options.json == STREAM:
        sys.stdout.write(encode(found).decode())
        return
    if options.json is not None:
        write_whole(Path(options.json), lambda temporary: temporary.write_bytes(encode(found)))
    say("", *told(found), *([f"JSON: {options.json}"] if options.json else []))
