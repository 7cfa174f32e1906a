"""From a file to a report: audit, models, segments, report and deck.

With nothing but FILE the label and the roles of the columns are proposed, with how sure
that is, and written to clientela.toml in the folder; correct them there and run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import (
    Collected,
    File,
    GoalOption,
    Label,
    LanguageOption,
    Query,
    Revenue,
    Seed,
    Sheet,
    Time,
    Visitor,
    default_folder,
)
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.pipeline.request import Request
from clientela.pipeline.running import DECK, REPORT, run
from clientela.report.terminal import summary


@dataclass(frozen=True)
class Options:
    """What `clientela run` takes."""

    file: File
    sheet: Sheet = None
    query: Query = None
    collected: Collected = None
    label: Label = None
    time: Time = None
    visitor: Visitor = None
    revenue: Revenue = None
    goal: GoalOption = None
    seed: Seed = None
    title: Annotated[str | None, typer.Option(help="Title of report and deck.")] = None
    language: LanguageOption = None
    out: Annotated[Path | None, typer.Option(help="Folder for the results; the name of FILE where left out.")] = None


def act(options: Options) -> None:
    """Run all stages and print the five things to know."""
    values = dict(vars(options))
    folder = values.pop("out") or default_folder(options.file)
    with Screen() as screen:
        outcome = run(Request(source=values.pop("file"), **values), folder, watch=screen)
    say("", *summary(outcome.contents), *outcome.contents.notes, "")
    say(f"Report: {folder / REPORT}", f"Slides: {folder / DECK}")
