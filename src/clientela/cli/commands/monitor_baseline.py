"""Learn from a reference what every batch is held against.

The folder gets contract.toml (columns and rules, to be read and corrected), the same as SQL checks and as a pandera
schema, and the rows that batches are compared with.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import Label, Sheet
from clientela.cli.console import Screen, say
from clientela.pipeline.monitoring import CONTRACT, make_baseline


@dataclass(frozen=True)
class Options:
    """What `clientela monitor baseline` takes."""

    reference: Annotated[str, typer.Argument(help="Rows known to be good, in any format.", metavar="REFERENCE")]
    out: Annotated[Path, typer.Option(help="Folder for the baseline.")]
    label: Label = None
    time: Annotated[list[str] | None, typer.Option(help="Column with the time of the row; may be given again.")] = None
    sheet: Sheet = None


def act(options: Options) -> None:
    """Learn the baseline and say what was learnt."""
    start = time.perf_counter()
    with Screen() as screen:
        progress = screen.begin("baseline")
        times = tuple(options.time or ())
        baseline = make_baseline(options.reference, options.out, options.label or "", times, progress, options.sheet)
        facts, contract = baseline.facts, baseline.contract
        told = f"{facts.rows:,} rows, {len(contract.terms)} columns, {len(contract.rules)} rules"
        screen.end("baseline", told, time.perf_counter() - start, reused=False)
    say(*(f"Rule: {rule.told}" for rule in contract.rules[:20]), f"Contract: {options.out / CONTRACT}")
