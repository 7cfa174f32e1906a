"""Score new rows with the release of a folder: after a retraining, the one in use.

The file has the identifiers, p_CLASS for every class, expected_revenue where there is
revenue and segment where there are segments; rows keep their order.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import File, Sheet
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.pipeline.scoring import score_file


@dataclass(frozen=True)
class Options:
    """What `clientela score` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder of an earlier run.", metavar="DIR")]
    file: File
    out: Annotated[Path, typer.Option(help="File for the scores, ending in .parquet or .csv.")]
    sheet: Sheet = None


def act(options: Options) -> None:
    """Score the rows and say where they are."""
    start = time.perf_counter()
    with Screen() as screen:
        progress = screen.begin("score")
        found = score_file(options.folder, options.file, options.out, sheet=options.sheet, progress=progress)
        counted = f"{found.rows:,} {'row' if found.rows == 1 else 'rows'}"
        screen.end("score", counted, time.perf_counter() - start, reused=False)
    say(*found.notes, f"Scores: {options.out}")
