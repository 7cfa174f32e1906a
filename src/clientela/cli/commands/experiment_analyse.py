"""What a variant does to users, by the business goal: right at every look.

One table says who was shown which variant and what came of it; or a second one says what came of it, joined by
visitor. Everything that makes the answer doubtful is printed first.
"""

from __future__ import annotations

import sys
import time
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
from clientela.language import Language
from clientela.pipeline.experimenting import analyse_sources, analysis_json, share_of, write_analysis
from clientela.report.experiment_lines import told
from clientela.workspace.folder import check_file

STREAM = "-"
Names = Annotated[str | None, typer.Option(help="Columns, parted by commas.")]


@dataclass(frozen=True)
class Options:
    """What `clientela experiment analyse` takes."""

    decisions: Annotated[str, typer.Argument(help="Who was shown which variant, in any format that can be read.")]
    outcomes: Annotated[
        str | None, typer.Argument(help="What came of it, joined by visitor; left out where the decisions say.")
    ] = None
    sheet: Sheet = None
    outcomes_sheet: Annotated[str | None, typer.Option(help="The same for the outcomes.")] = None
    goal: GoalOption = None
    variant: Annotated[str | None, typer.Option(help="Column with the variant that was shown.")] = None
    control: Annotated[str | None, typer.Option(help="Variant that the others are held against.")] = None
    holdout: Annotated[str | None, typer.Option(help="Share that the control was to get, such as 5%.")] = None
    visitor: Visitor = None
    time: Annotated[str | None, typer.Option(help="Column with the time of the decision.")] = None
    outcome: Annotated[str | None, typer.Option(help="Column with what came of it.")] = None
    event: Annotated[str | None, typer.Option(help="Column that tells whether a time ended in the checkout.")] = None
    guard: Annotated[str | None, typer.Option(help="Measures that should not get worse, parted by commas.")] = None
    by: Annotated[str | None, typer.Option(help="Columns of segments to compare, parted by commas.")] = None
    earlier: Annotated[
        str | None, typer.Option(help="Columns known before the decision, parted by commas: they sharpen the answer.")
    ] = None
    planned: Annotated[int | None, typer.Option(help="Visitors in all that were planned.", min=4)] = None
    cap: Annotated[float | None, typer.Option(help="Values beyond this count as this.", min=0)] = None
    window: Annotated[float | None, typer.Option(help="Days after the decision in which an outcome counts.", min=0)] = (
        None
    )
    json: Annotated[
        str | None,
        typer.Option(help="File for the whole analysis as JSON; - is standard output, and nothing else there."),
    ] = None
    language: Annotated[
        Language | None, typer.Option(help="Language of the page; else that of a clientela.toml beside it.")
    ] = None
    out: Annotated[Path | None, typer.Option(help="File for the page, ending in .html.")] = None


def act(options: Options) -> None:
    """Analyse, and print the answer with its doubts, or the JSON."""
    _check(options)
    start = time.perf_counter()
    with Screen() as screen:
        progress = screen.begin("analyse")
        sheets = options.sheet, options.outcomes_sheet
        analysis = analyse_sources(options.decisions, options.outcomes, _asked(options), progress, sheets)
        units = sum(arm.units for arm in analysis.arms)
        screen.end("analyse", f"{units:,} {analysis.unit}s", time.perf_counter() - start, reused=False)
    if options.out is not None:
        write_analysis(analysis, options.decisions, options.out, options.language)
    if options.json == STREAM:
        sys.stdout.write(analysis_json(analysis).decode())
        return
    if options.json is not None:
        write_analysis(analysis, options.decisions, Path(options.json))
    say("", *told(analysis), "")
    say(*(f"JSON: {name}" for name in (options.json,) if name), *(f"Page: {name}" for name in (options.out,) if name))


def _asked(options: Options) -> ExperimentOptions:
    return ExperimentOptions(
        goal=options.goal or Goal.REVENUE_PER_VISIT,
        variant=options.variant,
        visitor=options.visitor,
        time=options.time,
        outcome=options.outcome,
        event=options.event,
        control=options.control,
        holdout=share_of(options.holdout, "--holdout"),
        covariates=_names(options.earlier),
        guards=_names(options.guard),
        by=_names(options.by),
        planned=options.planned,
        cap=options.cap,
        window=options.window,
    )


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _check(options: Options) -> None:
    """Refuse, before any work, what could not be written after it."""
    if options.json == "":
        raise InputError("Name a file with --json, or - for standard output.")
    if options.out is not None and options.out.suffix.lower() not in (".html", ".htm"):
        raise InputError("The page of the experiment is HTML: name a file that ends in .html with --out.")
    for path in (options.json if options.json != STREAM else None, options.out):
        if path is not None:
            check_file(Path(path))
