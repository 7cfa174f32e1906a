"""The segments stage of a project folder alone, and its rules as files."""

from __future__ import annotations

from pathlib import Path

from clientela.domain.errors import InputError, quoted
from clientela.pipeline.request import Request
from clientela.pipeline.running import Outcome, kept_settings, run
from clientela.pipeline.watch import UNWATCHED, Watch
from clientela.workspace.folder import Workspace


def segment_folder(folder: str | Path, *, watch: Watch = UNWATCHED) -> Outcome:
    """Find the segments of a project folder, making anew only stages whose inputs changed.

    Writes segments.json, and the rules as SQL, JsonLogic and Python into the folder `rules`.

    Args:
        folder: Folder of an earlier run; its clientela.toml names the source.
        watch: Takes word of the stages.

    Returns:
        What was made; `contents.segments` is None where there is no label.

    Raises:
        ClientelaError: The folder is none of ours, or its source cannot be read any more.
    """
    path = Workspace.existing(Path(folder)).path
    source = kept_settings(path).source
    if not source.file:
        raise InputError(
            f"{quoted(str(path))} was made from a frame in memory: call `clientela.run` with the frame again."
        )
    return run(Request(source.file), path, report=False, segments=True, watch=watch)
