"""Learn the model of a folder anew on new rows, and use it where it is not worse.

Target and columns stay as they are. NEWDATA has the label too; all of its rows are learned from but the newest,
on which old and new model are compared. Exit code 0 where the new model is promoted or the old one kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import Sheet
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.pipeline.retraining import retrain_folder


@dataclass(frozen=True)
class Options:
    """What `clientela retrain` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder of an earlier run.", metavar="DIR")]
    file: Annotated[str, typer.Argument(help="New rows, in any format that can be read.", metavar="NEWDATA")]
    sheet: Sheet = None


def act(options: Options) -> None:
    """Retrain and say what was decided."""
    with Screen() as screen:
        found = retrain_folder(options.folder, options.file, sheet=options.sheet, watch=screen)
    word = "Promoted" if found.decision.promoted else "Kept"
    say("", *found.decision.told, f"{word}: {found.decision.why}.")
    say(*(["These rows were judged before: nothing was changed."] if found.repeated else []))
    say(f"In use: {found.champion}")
