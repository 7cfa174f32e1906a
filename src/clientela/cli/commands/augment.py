"""Try to raise the numbers of classes that are too small, and say whether it helps.

Class weights, resampling and synthetic rows are each made from training rows alone and judged on rows left out.
SOURCE is a file, or the folder of an earlier run, whose report then tells what was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import Collected, Label, Query, Revenue, Seed, Sheet, Time, Visitor
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.pipeline.raising import raise_source, told
from clientela.pipeline.request import Request


@dataclass(frozen=True)
class Options:
    """What `clientela augment` takes."""

    source: Annotated[str, typer.Argument(help="A file, or the folder of an earlier run.", metavar="DIR|FILE")]
    label: Label = None
    out: Annotated[
        Path | None, typer.Option(help="File for synthetic rows of the small classes, ending in .parquet or .csv.")
    ] = None
    sheet: Sheet = None
    query: Query = None
    collected: Collected = None
    time: Time = None
    visitor: Visitor = None
    revenue: Revenue = None
    seed: Seed = None


def act(options: Options) -> None:
    """Try every way and print what it brings."""
    values = dict(vars(options))
    out = values.pop("out")
    with Screen() as screen:
        found = raise_source(Request(**values), out, screen)
    say("", *told(found.result), *found.result.notes)
    if out is not None:
        marked = f"{found.rows:,} synthetic rows, marked as such: {out}"
        say(marked if found.rows else "No rows were written: no class is small.")
