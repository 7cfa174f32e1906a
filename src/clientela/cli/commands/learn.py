"""The models stage alone: a release that scores new rows.

SOURCE is a file, or the folder of an earlier run, which is learned anew with what its clientela.toml says now.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import Collected, GoalOption, Label, Query, Revenue, Seed, Sheet, Time, Visitor
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.pipeline.learning import learn_source
from clientela.pipeline.request import Request
from clientela.pipeline.running import CARDS
from clientela.workspace.releases import RELEASE


@dataclass(frozen=True)
class Options:
    """What `clientela learn` takes."""

    source: Annotated[str, typer.Argument(help="A file, or the folder of an earlier run.", metavar="DIR|FILE")]
    label: Label = None
    out: Annotated[Path | None, typer.Option(help="Folder for the results of a file.")] = None
    sheet: Sheet = None
    query: Query = None
    collected: Collected = None
    time: Time = None
    visitor: Visitor = None
    revenue: Revenue = None
    goal: GoalOption = None
    seed: Seed = None


def act(options: Options) -> None:
    """Learn a release and print how good it is."""
    values = dict(vars(options))
    out = values.pop("out")
    with Screen() as screen:
        outcome = learn_source(Request(**values), out, watch=screen)
    model = outcome.contents.model
    say("", repr(model), *((*model.coming, *model.notes) if model else ()), *outcome.contents.notes)
    say(f"Release: {outcome.folder / RELEASE}", f"Model card: {outcome.folder / CARDS[0]}")
