"""The models stage alone, of a file or of a project folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from clientela.domain.errors import InputError, quoted
from clientela.pipeline.request import Request
from clientela.pipeline.running import REPORT, Outcome, kept_settings, run
from clientela.pipeline.watch import UNWATCHED, Watch
from clientela.workspace.folder import SETTINGS, Workspace
from clientela.workspace.settings import read_settings


def learn_source(request: Request, out: str | Path | None = None, *, watch: Watch = UNWATCHED) -> Outcome:
    """Learn a release from a file, or anew in the folder of an earlier run with what its clientela.toml says.

    A report that is there is made anew with it.

    Args:
        request: What is asked; `source` is a file, or the folder of an earlier run.
        out: Folder for the results of a file; a folder of an earlier run takes its own.
        watch: Takes word of the stages.

    Returns:
        What was made.

    Raises:
        ClientelaError: A wrong input, or no label is known; nothing half-written is left.
    """
    given = Path(str(request.source))
    if (given / SETTINGS).is_file():
        request, out = _of_folder(request, given, out)
    elif out is None:
        raise InputError("No folder for the results is named: name one with --out.")
    elif request.label is None and given.exists():
        raise InputError("No label is named: name the column to predict with --label.")
    return run(request, out, report=Workspace(Path(out)).has(REPORT), watch=watch)


def _of_folder(request: Request, folder: Path, out: str | Path | None) -> tuple[Request, Path]:
    """Return what is asked of the source behind a folder, and the folder."""
    if out is not None and Path(out).resolve() != folder.resolve():
        raise InputError(
            f"{quoted(str(folder))} is the folder of an earlier run and takes its own results: leave --out out, or "
            "name the file."
        )
    source = kept_settings(folder).source
    if not source.file:
        raise InputError(f"{quoted(str(folder))} was made from a frame in memory: name a file instead.")
    label = request.label or read_settings(Workspace(folder)).table.label
    if not label:
        raise InputError(f"{quoted(str(folder))} knows no label: name the column to predict with --label.")
    return dataclasses.replace(request, source=source.file, label=label), folder
