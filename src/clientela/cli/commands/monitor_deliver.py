"""Try the alerts that wait again: for a timer, every few minutes.

Exit code 0 where nothing waits any more, 3 where something does, and 2 for a wrong input.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.console import say
from clientela.pipeline.announcing import deliver_waiting, settings_of

WAITING = 3


@dataclass(frozen=True)
class Options:
    """What `clientela monitor deliver` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder with a baseline and its checks.", metavar="DIR")]


def act(options: Options) -> None:
    """Deliver what is due and say what waits."""
    delivery = deliver_waiting(options.folder, settings_of(options.folder), datetime.datetime.now(datetime.UTC))
    say(f"Delivered {delivery.sent}, waiting {delivery.waiting}.")
    say(*(f"  {receiver}: {problem}" for receiver, problem in delivery.problems.items()))
    if delivery.waiting:
        raise typer.Exit(WAITING)
