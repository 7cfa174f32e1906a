"""What happened batch by batch: incidents opened, repeated, worsened and closed, and what is open now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.console import say
from clientela.pipeline.announcing import told_history


@dataclass(frozen=True)
class Options:
    """What `clientela monitor history` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder with a baseline and its checks.", metavar="DIR")]


def act(options: Options) -> None:
    """Print the history."""
    say(*told_history(options.folder))
