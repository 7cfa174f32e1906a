"""Which stages are done, from what, and the log of what happened."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path
from typing import Any

import msgspec

from clientela.workspace.folder import LOG, Workspace

STATE = f"{LOG}/state.json"
LINES = f"{LOG}/run.jsonl"


class Done(msgspec.Struct, frozen=True):
    """A stage that is done.

    Attributes:
        inputs: Fingerprint of all that went into it.
        outputs: SHA-256 of each file it wrote, by name in the workspace.
    """

    inputs: str
    outputs: dict[str, str]


def fingerprint(data: Any) -> str:
    """Return the SHA-256 of plain data, the same for equal data."""
    return hashlib.sha256(msgspec.json.encode(data, order="deterministic")).hexdigest()


class Journal:
    """Reads and writes the state of the stages of one workspace.

    Args:
        workspace: The project folder.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._done = self._load()

    def _load(self) -> dict[str, Done]:
        if not self._workspace.has(STATE):
            return {}
        try:
            return msgspec.json.decode(self._workspace.read(STATE), type=dict[str, Done])
        except msgspec.MsgspecError:
            return {}  # a damaged state only means that every stage runs again

    def is_done(self, stage: str, inputs: str) -> bool:
        """Tell whether the stage ran from these inputs and its files are as it left them."""
        done = self._done.get(stage)
        if done is None or done.inputs != inputs:
            return False
        return all(_digest(self._workspace.path / name) == digest for name, digest in done.outputs.items())

    def finish(self, stage: str, inputs: str, outputs: tuple[str, ...]) -> None:
        """Record that the stage wrote `outputs` from `inputs`."""
        digests = {name: _digest(self._workspace.path / name) for name in outputs}
        self._done[stage] = Done(inputs, digests)
        self._workspace.write(STATE, msgspec.json.format(msgspec.json.encode(self._done), indent=2))

    def log(self, **facts: object) -> None:
        """Add a line to the log: time in UTC and the facts."""
        line = {"time": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"), **facts}
        self._workspace.append(LINES, msgspec.json.encode(line).decode())


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.is_file():
            digest.update(f"{file.relative_to(path)}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
