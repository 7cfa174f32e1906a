"""The models stage alone: a release that scores new rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import Collected, File, Query, Revenue, Seed, Sheet, Time, Visitor
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.pipeline.request import Request
from clientela.pipeline.running import CARDS, run
from clientela.workspace.releases import RELEASE


@dataclass(frozen=True)
class Options:
    """What `clientela learn` takes."""

    file: File
    label: Annotated[str, typer.Option(help="Column to predict: a name or a letter.")]
    out: Annotated[Path, typer.Option(help="Folder for the results.")]
    sheet: Sheet = None
    query: Query = None
    collected: Collected = None
    time: Time = None
    visitor: Visitor = None
    revenue: Revenue = None
    seed: Seed = None


def act(options: Options) -> None:
    """Learn a release and print how good it is."""
    values = dict(vars(options))
    folder = values.pop("out")
    with Screen() as screen:
        outcome = run(Request(source=values.pop("file"), **values), folder, report=False, watch=screen)
    model = outcome.contents.model
    say("", repr(model), *((*model.coming, *model.notes) if model else ()), *outcome.contents.notes)
    say(f"Release: {folder / RELEASE}", f"Model card: {folder / CARDS[0]}")
