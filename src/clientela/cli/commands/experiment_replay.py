"""What another policy would have earned, from decisions that were logged with their propensities.

DECISIONS has one row per decision: the variant shown, the probability with which it was
chosen, the reward. The policy is a JSON file: probabilities of the variants, by rules on
columns of DECISIONS. Where the log cannot tell, one sentence says so, with exit code 2.
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
from clientela.experiments.replay import Columns
from clientela.pipeline.replaying import replay_source, told
from clientela.workspace.artifacts import encode
from clientela.workspace.folder import check_file, write_whole

STREAM = "-"


@dataclass(frozen=True)
class Options:
    """What `clientela experiment replay` takes."""

    file: Annotated[
        str, typer.Argument(help="Decisions, one a row, in any format that can be read.", metavar="DECISIONS")
    ]
    policy: Annotated[Path, typer.Option(help="JSON file of the policy.")]
    variant: Annotated[str, typer.Option(help="Column with the variant shown.")] = "variant"
    propensity: Annotated[str, typer.Option(help="Column with the probability of the variant shown.")] = "propensity"
    reward: Annotated[str, typer.Option(help="Column with what came of it, a number.")] = "reward"
    visitor: Annotated[str | None, typer.Option(help="Column with the visitor behind the decisions.")] = None
    sheet: Sheet = None
    json: Annotated[str | None, typer.Option(help="File for the result as JSON; - is standard output.")] = None


def act(options: Options) -> None:
    """Replay, and print the answer, its doubts and all estimates, or the JSON."""
    if options.json == "":
        raise InputError("Name a file with --json, or - for standard output.")
    if options.json not in (None, STREAM):
        check_file(Path(options.json))
    columns = Columns(options.variant, options.propensity, options.reward, options.visitor)
    start = time.perf_counter()
    with Screen() as screen:
        progress = screen.begin("replay")
        found = replay_source(options.file, options.policy, columns, sheet=options.sheet, progress=progress)
        screen.end("replay", f"{found.decisions:,} decisions", time.perf_counter() - start, reused=False)
    if options.json == STREAM:
        sys.stdout.write(encode(found).decode())
        return
    if options.json is not None:
        write_whole(Path(options.json), lambda temporary: temporary.write_bytes(encode(found)))
    say("", *told(found), *([f"JSON: {options.json}"] if options.json else []))
