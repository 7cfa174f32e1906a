"""Announce a change beforehand, so that it is told as a real change and not as a break.

WHAT says in words what changes (new, renamed, removed, merged, split, definition, unit, format, timezone, traffic,
rounding) and which names, such as "new items SKU-2*" or "unit of order_value".
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.console import say
from clientela.pipeline.announcing import announce_change

DAY = ["%Y-%m-%d"]


@dataclass(frozen=True)
class Options:
    """What `clientela monitor announce` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder with a baseline and its checks.", metavar="DIR")]
    text: Annotated[str, typer.Argument(help="What changes.", metavar="WHAT")]
    start: Annotated[datetime.datetime, typer.Option("--from", help="First day of the change.", formats=DAY)]
    until: Annotated[
        datetime.datetime | None, typer.Option(help="Last day on which it may begin to show.", formats=DAY)
    ] = None


def act(options: Options) -> None:
    """Add the entry and say what it explains."""
    end = options.until.date() if options.until is not None else None
    now = datetime.datetime.now(datetime.UTC)
    entry = announce_change(options.folder, options.text, options.start.date(), end, now)
    causes = " or ".join(cause.value for cause in entry.causes)
    names = f" of {', '.join(entry.patterns)}" if entry.patterns else ", whatever its columns and values"
    days = f"from {entry.start} on" if entry.end is None else f"from {entry.start} to {entry.end}"
    say(f"Announced: {entry.text}", f"It explains {causes}{names}, beginning {days}.")
