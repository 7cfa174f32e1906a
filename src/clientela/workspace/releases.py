"""The releases of a project folder: which one is in use, what was decided, one retraining at a time."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from clientela.domain.errors import InputError, OutputError, SourceNotFoundError, quoted
from clientela.workspace.folder import LOG, Workspace

RELEASE, RELEASES, CHAMPION = "release", "releases", "champion.json"
LOCK = f"{LOG}/retrain.lock"
REMEMBERED = 1000
"""Decisions kept, so that the same rows are not judged twice."""
_NAME = re.compile(rf"{RELEASES}/[0-9]+-[0-9a-f]+")


class Decision(msgspec.Struct, frozen=True):
    """What became of one retraining.

    Attributes:
        promoted: Whether a new release was promoted.
        champion: Folder of the release in use after it, within the project folder.
        why: One sentence.
        told: What was measured, in lines for a person.
    """

    promoted: bool
    champion: str
    why: str
    told: tuple[str, ...] = ()


class Ledger(msgspec.Struct, frozen=True):
    """Which release is in use, and what was decided. Written in one piece: it is the moment a decision counts.

    Attributes:
        champion: Folder of the release in use, within the project folder.
        origin: SHA-256 of the manifest of the release that `clientela run` or `learn` made; with
            another one in its place the ledger no longer holds.
        count: Retrainings decided.
        decisions: The latest decisions by fingerprint of what was judged.
    """

    champion: str
    origin: str
    count: int = 0
    decisions: dict[str, Decision] = {}

    def decided(self, key: str, decision: Decision) -> Ledger:
        """Return the ledger with one more decision."""
        kept = list({**self.decisions, key: decision}.items())[-REMEMBERED:]
        return Ledger(decision.champion, self.origin, self.count + 1, dict(kept))


def open_ledger(workspace: Workspace) -> Ledger:
    """Return the ledger of a project folder; a new one where nothing was retrained since the release was made.

    Raises:
        SourceNotFoundError: The folder has no release.
        InputError: The ledger is damaged.
    """
    manifest = workspace.path / RELEASE / "manifest.json"
    if not manifest.is_file():
        raise SourceNotFoundError(
            f"{quoted(str(workspace.path))} has no release: make one with `clientela learn` or `clientela run`."
        )
    origin = hashlib.sha256(manifest.read_bytes()).hexdigest()
    if not workspace.has(CHAMPION):
        return Ledger(RELEASE, origin)
    try:
        ledger = msgspec.json.decode(workspace.read(CHAMPION), type=Ledger)
    except msgspec.MsgspecError as error:
        raise InputError(f"{CHAMPION} is damaged ({error}): delete it to go back to the first release.") from error
    if ledger.champion != RELEASE and not _NAME.fullmatch(ledger.champion):
        raise InputError(f"{CHAMPION} names {quoted(ledger.champion)}, which is no release of this folder: delete it.")
    return ledger if ledger.origin == origin else Ledger(RELEASE, origin)


def write_ledger(workspace: Workspace, ledger: Ledger) -> None:
    """Write the ledger by renaming.

    Raises:
        OutputError: No space, or no right to write.
    """
    workspace.write(CHAMPION, msgspec.json.format(msgspec.json.encode(ledger), indent=1) + b"\n")


def champion_folder(workspace: Workspace) -> Path:
    """Return the folder of the release in use.

    Raises:
        SourceNotFoundError: The folder has no release.
        InputError: The ledger is damaged.
    """
    return workspace.path / open_ledger(workspace).champion


@contextlib.contextmanager
def one_at_a_time(
    workspace: Workspace, lock: str = LOCK, doing: str = "retrained", patience: float = 0.0
) -> Iterator[None]:
    """Hold a lock on the project folder that the system lets go when the process ends, however it ends.

    Args:
        workspace: The project folder.
        lock: File that stands for what is done.
        doing: What is done, for the error: "the folder is being ... by another process".
        patience: Seconds to wait for another process.

    Raises:
        OutputError: Another process holds it, or the folder cannot be written.
    """
    try:
        (workspace.path / LOG).mkdir(exist_ok=True)
        connection = sqlite3.connect(workspace.path / lock, timeout=patience, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise OutputError(f"{quoted(str(workspace.path))} cannot be written: {error}.") from error
    with contextlib.closing(connection):
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in ("SQLITE_BUSY", "SQLITE_LOCKED"):
                raise OutputError(f"{quoted(str(workspace.path))} cannot be written: {error}.") from error
            raise OutputError(
                f"{quoted(str(workspace.path))} is being {doing} by another process ({error}): wait until it is done."
            ) from error
        yield
