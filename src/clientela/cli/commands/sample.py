"""Make a workbook or table of visits with known truths, written beside it as truth.json."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.samples.writing import write_sample


@dataclass(frozen=True)
class Options:
    """What `clientela sample` takes."""

    out: Annotated[Path, typer.Option(help="File to write, ending in .xlsx, .csv or .parquet.")]
    rows: Annotated[int, typer.Option(help="Visits, from 500 to 100 million.")] = 5000
    seed: Annotated[int, typer.Option(help="Seed; the same seed makes the same file.", min=0)] = 0


def act(options: Options) -> None:
    """Write the sample and say where it is."""
    start = time.perf_counter()
    with Screen() as screen:
        progress = screen.begin("sample")
        files = write_sample(options.out, options.rows, options.seed, progress)
        screen.end("sample", f"{options.rows:,} visits", time.perf_counter() - start, reused=False)
    say(*(f"Wrote: {file}" for file in files))
