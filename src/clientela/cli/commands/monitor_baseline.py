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
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.domain.errors import InputError, quoted
from clientela.monitoring.question import Model
from clientela.pipeline.announcing import renew_overview
from clientela.pipeline.monitoring import CONTRACT, make_baseline, model_of


@dataclass(frozen=True)
class Options:
    """What `clientela monitor baseline` takes."""

    reference: Annotated[str, typer.Argument(help="Rows known to be good, in any format.", metavar="REFERENCE")]
    out: Annotated[Path, typer.Option(help="Folder for the baseline.")]
    label: Label = None
    time: Annotated[list[str] | None, typer.Option(help="Column with the time of the row; may be given again.")] = None
    release: Annotated[
        Path | None, typer.Option(help="Folder with the model in use, of `clientela run` or `clientela learn`.")
    ] = None
    sheet: Sheet = None


def _label(options: Options) -> str | Model:
    if options.release is None:
        return options.label or ""
    model = model_of(options.release)
    if options.label not in (None, model.label):
        given, known = quoted(str(options.label)), quoted(model.label)
        raise InputError(f"The model predicts {known}, not {given}: leave --label out, or name another --release.")
    return model


def act(options: Options) -> None:
    """Learn the baseline and say what was learnt."""
    start = time.perf_counter()
    with Screen() as screen:
        progress = screen.begin("baseline")
        times = tuple(options.time or ())
        baseline = make_baseline(options.reference, options.out, _label(options), times, progress, options.sheet)
        renew_overview(options.out)
        facts, contract = baseline.facts, baseline.contract
        told = f"{facts.rows:,} rows, {len(contract.terms)} columns, {len(contract.rules)} rules"
        screen.end("baseline", told, time.perf_counter() - start, reused=False)
    say(*(f"Rule: {rule.told}" for rule in contract.rules[:20]), f"Contract: {options.out / CONTRACT}")
