"""The project folder: every file written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from clientela.domain.errors import ClientelaError, OutputError, SourceNotFoundError, quoted

SETTINGS = "clientela.toml"
LOG = "log"
TEMPORARY = ".clientela-"


class Workspace:
    """One project folder.

    Args:
        path: The folder; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> Workspace:
        """Open the folder at `path` for writing, making it where it is not there.

        Raises:
            OutputError: The folder holds something else, or may not be written.
        """
        check(path)
        with _explained(path):
            (path / LOG).mkdir(parents=True, exist_ok=True)
            _sweep(path)
            descriptor, probe = tempfile.mkstemp(prefix=TEMPORARY, dir=path)
            os.close(descriptor)
            Path(probe).unlink()
        return cls(path)

    @classmethod
    def existing(cls, path: Path) -> Workspace:
        """Open a folder that an earlier run made.

        Raises:
            SourceNotFoundError: There is no such folder, or it is not one of ours.
        """
        if not (path / SETTINGS).is_file():
            raise SourceNotFoundError(
                f"{quoted(str(path))} is no folder made by `clientela run` or `clientela learn`: "
                "it has no clientela.toml."
            )
        return cls(path)

    def has(self, name: str) -> bool:
        """Tell whether the file or folder `name` is there."""
        return (self.path / name).exists()

    def read(self, name: str) -> bytes:
        """Return the bytes of the file `name`.

        Raises:
            SourceNotFoundError: It is not there.
        """
        file = self.path / name
        if not file.is_file():
            raise SourceNotFoundError(f"{quoted(str(self.path))} has no {name}: run `clientela run` again to make it.")
        return file.read_bytes()

    def write(self, name: str, data: bytes) -> Path:
        """Write the file `name` under a temporary name, then rename it.

        Returns:
            Its path.

        Raises:
            OutputError: No space, or no right to write.
        """
        target = self.path / name
        write_whole(target, lambda temporary: temporary.write_bytes(data))
        return target

    def folder(self, name: str) -> Path:
        """Return the folder `name` within this one, made where it is not there.

        Raises:
            OutputError: No right to write.
        """
        target = self.path / name
        with _explained(target):
            target.mkdir(parents=True, exist_ok=True)
        return target

    def remove(self, *names: str) -> None:
        """Remove files and folders of an earlier run that no longer hold; missing ones are no error."""
        with _explained(self.path):
            for name in names:
                target = self.path / name
                if target.is_dir():
                    shutil.rmtree(target)
                else:
                    target.unlink(missing_ok=True)

    def append(self, name: str, line: str) -> None:
        """Add one line to the text file `name`.

        Raises:
            OutputError: No space, or no right to write.
        """
        with _explained(self.path), (self.path / name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def replace_folder(self, name: str, fill: Callable[[Path], None]) -> Path:
        """Fill a temporary folder and put it in the place of the folder `name`.

        Raises:
            OutputError: No space, or no right to write.
        """
        target = self.path / name
        with _explained(target):
            temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=self.path))
            try:
                fill(temporary)
                temporary.chmod(0o755)
                if target.exists():
                    old = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=self.path))
                    target.rename(old / target.name)
                target.parent.mkdir(exist_ok=True)
                temporary.rename(target)
            finally:
                _sweep(self.path)
        return target


def check(path: Path) -> None:
    """Tell whether `path` can become or is a project folder, writing nothing.

    Raises:
        OutputError: It is a file, or a folder that holds something else.
    """
    with _explained(path):
        if path.exists() and not path.is_dir():
            raise OutputError(f"{quoted(str(path))} is a file: name a folder with --out.")
        if path.is_dir() and not _ours(path):
            raise OutputError(
                f"The folder {quoted(str(path))} holds something else: name a new or empty folder with --out."
            )


@contextlib.contextmanager
def put_back(path: Path, names: Sequence[str]) -> Iterator[None]:
    """Put the files `names` of the folder at `path` back as they were where what is done inside ends in an error.

    A log, or the folder itself, that was not there before is removed. A crash leaves all as it is, to be taken up
    where it stopped.
    """
    workspace = Workspace(path)
    made = [name for name in (LOG, "") if not workspace.has(name)]
    before = {name: workspace.read(name) for name in names if workspace.has(name)}
    try:
        yield
    except ClientelaError:
        workspace.remove(*(name for name in names if name not in before), *made)
        for name, content in before.items():
            workspace.write(name, content)
        raise


def check_file(target: Path, source: object = None) -> None:
    """Tell whether a file can be written at `target`, writing nothing.

    Args:
        target: The file.
        source: What it is made from; a file or folder is never written over.

    Raises:
        OutputError: It is what it is made from, a folder, a device or a pipe, or its folder is not there.
    """
    with _explained(target):
        given = Path(source) if isinstance(source, str | Path) else None
        if given is not None and target.exists() and given.exists() and target.samefile(given):
            raise OutputError(f"{quoted(str(target))} is the file that is read: name another one to write.")
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        # A rename would put a file in the place of the device itself.
        if target.exists() and not target.is_file():
            raise OutputError(f"{quoted(str(target))} is a device or a pipe: name a file.")
        target.parent.stat()


def write_whole(target: Path, fill: Callable[[Path], object]) -> None:
    """Let `fill` write a temporary file beside `target`, then rename it to `target`.

    Raises:
        OutputError: No space, no right to write, no folder to write in, or no file to be replaced.
    """
    check_file(target)
    with _explained(target):
        descriptor, name = tempfile.mkstemp(prefix=TEMPORARY, dir=target.parent)
        os.close(descriptor)
        temporary = Path(name)
        try:
            fill(temporary)
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


def _ours(path: Path) -> bool:
    names = {entry.name for entry in path.iterdir() if not entry.name.startswith(TEMPORARY)}
    return SETTINGS in names or names <= {LOG}


def _sweep(path: Path) -> None:
    for entry in path.glob(TEMPORARY + "*"):
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


_REASONS = {
    errno.ENOSPC: "there is no space left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "there is no right to write there",
    errno.EPERM: "there is no right to write there",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "a part of its path is a file",
    errno.EISDIR: "it is a folder",
    errno.ENAMETOOLONG: "its name is too long",
}


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or "the system refused")
        raise OutputError(f"{quoted(str(path))} cannot be written: {reason}.") from error
