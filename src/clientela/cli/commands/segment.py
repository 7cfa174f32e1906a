"""The segments stage of a folder alone: who differs, by which rule, and the rules as files.

Compares several ways to segment and uses the one that is stable, parts value most and is easily said. Earlier stages
run again only where their inputs changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.domain.errors import InputError, quoted
from clientela.pipeline.running import RULES, SEGMENTS
from clientela.pipeline.segmenting import segment_folder
from clientela.segments.result import SegmentResult
from clientela.workspace.folder import SETTINGS


@dataclass(frozen=True)
class Options:
    """What `clientela segment` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder of an earlier run.", metavar="DIR")]


def act(options: Options) -> None:
    """Find segments and print them with the ways that were compared."""
    with Screen() as screen:
        contents = segment_folder(options.folder, watch=screen).contents
    found = contents.segments
    if found is None:
        raise InputError(
            f'There are no segments without a model: mark the column to be predicted as "label" under [columns] in '
            f"{quoted(str(options.folder / SETTINGS))} and run again. {' '.join(contents.notes)}".rstrip()
        )
    ways = [f"{'* ' if way.chosen else '  '}{way.name}: {way.told}" for way in found.ways]
    say("", *repr(found).splitlines(), "Ways to segment (* is used):", *ways, _targeting(found))
    say(*found.notes, *contents.notes)
    say(f"Segments: {options.folder / SEGMENTS}", f"Rules: {options.folder / RULES}")


def _targeting(found: SegmentResult) -> str:
    plan = found.targeting
    if plan is None:
        return "Whom to contact is told once clientela.toml says what a contact costs: [campaign], cost = ..."
    money = [
        f"{name} {number.value:,.0f} [{number.low:,.0f}, {number.high:,.0f}]"
        for name, number in (("profit", plan.profit), ("as many by lot", plan.by_lot), ("everyone", plan.everyone))
    ]
    return f"Whom to contact: {plan.contacts:,} visits ({plan.share:.1%}); per 1,000 visits {', '.join(money)}."
