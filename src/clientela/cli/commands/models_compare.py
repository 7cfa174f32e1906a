"""Two releases on the same rows: which one is better, or that it cannot be told.

A and B are folders of releases, or folders of earlier runs, which stand for the release in use there. DATA has the
label and should hold rows that neither has learned from.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import Sheet
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.pipeline.comparing import compare_sources, told, verdict


@dataclass(frozen=True)
class Options:
    """What `clientela models compare` takes."""

    first: Annotated[Path, typer.Argument(help="Folder of a release, or of an earlier run.", metavar="A")]
    second: Annotated[Path, typer.Argument(help="Another one.", metavar="B")]
    file: Annotated[str, typer.Argument(help="Rows with the label, in any format that can be read.", metavar="DATA")]
    sheet: Sheet = None


def act(options: Options) -> None:
    """Compare and say which is better."""
    start = time.perf_counter()
    with Screen() as screen:
        progress = screen.begin("compare")
        found, notes = compare_sources(
            options.first, options.second, options.file, sheet=options.sheet, progress=progress
        )
        screen.end("compare", f"{found.rows:,} rows", time.perf_counter() - start, reused=False)
    say("", *told(found), *notes, verdict(found))
