"""How many visitors an experiment needs, and how long it takes.

Visits as they are today tell how much the measure varies from visitor to visitor.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import GoalOption, Sheet, Visitor
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.domain.errors import InputError
from clientela.domain.goal import Goal
from clientela.experiments.options import ExperimentOptions
from clientela.experiments.planning import Asked
from clientela.pipeline.experimenting import plan_json, plan_source, share_of, write_plan
from clientela.report.experiment_lines import planned
from clientela.workspace.folder import check_file

STREAM = "-"


@dataclass(frozen=True)
class Options:
    """What `clientela experiment plan` takes."""

    visits: Annotated[str, typer.Option("--from", help="Visits as they are, in any format that can be read.")]
    sheet: Sheet = None
    goal: GoalOption = None
    effect: Annotated[str, typer.Option(help="Relative change that is to be seen, such as 3%.")] = "5%"
    holdout: Annotated[str, typer.Option(help="Share of visitors that stay as they are, such as 5%.")] = "50%"
    power: Annotated[str, typer.Option(help="Chance of seeing the change.")] = "80%"
    visitor: Visitor = None
    time: Annotated[str | None, typer.Option(help="Column with the time of the visit.")] = None
    outcome: Annotated[str | None, typer.Option(help="Column with what came of it.")] = None
    event: Annotated[str | None, typer.Option(help="Column that tells whether a time ended in the checkout.")] = None
    earlier: Annotated[
        str | None, typer.Option(help="Columns known before, parted by commas: they sharpen the answer.")
    ] = None
    cap: Annotated[float | None, typer.Option(help="Values beyond this count as this.", min=0)] = None
    json: Annotated[
        str | None, typer.Option(help="File for the plan as JSON; - is standard output, and nothing else there.")
    ] = None


def act(options: Options) -> None:
    """Plan, and print sizes and the power curve, or the JSON."""
    if options.json == "":
        raise InputError("Name a file with --json, or - for standard output.")
    if options.json not in (None, STREAM):
        check_file(Path(options.json))
    asked = Asked(
        effect=share_of(options.effect, "--effect"),
        holdout=share_of(options.holdout, "--holdout"),
        power=share_of(options.power, "--power"),
    )
    wanted = ExperimentOptions(
        goal=options.goal or Goal.REVENUE_PER_VISIT,
        visitor=options.visitor,
        time=options.time,
        outcome=options.outcome,
        event=options.event,
        covariates=tuple(part.strip() for part in (options.earlier or "").split(",") if part.strip()),
        cap=options.cap,
    )
    with Screen() as screen:
        made = plan_source(options.visits, wanted, asked, screen.begin("plan"), options.sheet)
    if options.json == STREAM:
        sys.stdout.write(plan_json(made).decode())
        return
    if options.json is not None:
        write_plan(made, Path(options.json))
    say(*planned(made))
