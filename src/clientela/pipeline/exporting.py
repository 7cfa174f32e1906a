"""The release of a project folder as a file for other programs."""

from __future__ import annotations

from pathlib import Path

from clientela.domain.errors import InputError, quoted
from clientela.models.portable import Ported, port
from clientela.models.release import Release
from clientela.workspace.folder import Workspace, write_whole
from clientela.workspace.releases import champion_folder

ENDING = ".onnx"


def export_folder(folder: str | Path, out: str | Path) -> Ported:
    """Write the release in use of a folder as an ONNX file, checked to give the same scores.

    Args:
        folder: Folder of an earlier run.
        out: File to write, ending in .onnx.

    Returns:
        What was written, and how far its scores are from those of the release.

    Raises:
        ClientelaError: A wrong input, packages that are not installed, or scores that differ; nothing is written.
    """
    target = Path(out)
    if target.suffix.lower() != ENDING:
        raise InputError(f"{quoted(target.name)} does not end in {ENDING}: a release is exported as ONNX only.")
    ported = port(Release.load(champion_folder(Workspace.existing(Path(folder)))))
    write_whole(target, lambda path: path.write_bytes(ported.content))
    return ported
