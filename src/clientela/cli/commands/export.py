"""The release of a folder as an ONNX file, checked to give the same scores.

For programs that score without Python. Needs the packages onnx and onnxruntime: pip install 'clientela[onnx]'.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.pipeline.exporting import export_folder


@dataclass(frozen=True)
class Options:
    """What `clientela export` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder of an earlier run.", metavar="DIR")]
    onnx: Annotated[Path, typer.Option(help="File to write, ending in .onnx.")]


def act(options: Options) -> None:
    """Export the release and say how far its scores are from those of the file."""
    start = time.perf_counter()
    with Screen() as screen:
        screen.begin("export")
        ported = export_folder(options.folder, options.onnx)
        screen.end("export", f"{len(ported.content) / 1e6:.1f} MB", time.perf_counter() - start, reused=False)
    say(
        f"Checked: on {ported.rows:,} rows that meet every threshold, category and gap, the scores differ from those "
        f"of the release by {ported.difference:.0e} at most.",
        f"ONNX file: {options.onnx}",
    )
