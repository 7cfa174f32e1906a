"""The fingerprint of a source, and the proof that it did not change while it was read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from clientela.domain.errors import ClientelaError, InputError, SourceNotFoundError, quoted

WHOLE = 1 << 30
"""Sources of more bytes are known by name, size and time of change."""

CHUNK = 1 << 20


def fingerprint(paths: Sequence[Path]) -> str:
    """Return the SHA-256 of the bytes of the files, or of their names, sizes and times beyond 1 GB.

    Args:
        paths: Files, in a fixed order.

    Raises:
        SourceNotFoundError: A file is gone.
        InputError: A file may not be read.
    """
    digest = hashlib.sha256()
    states = [_state(path) for path in paths]
    whole = sum(size for _, size, _ in states) <= WHOLE
    for path, state in zip(paths, states, strict=True):
        if whole:
            _digest(path, digest.update)
        else:
            digest.update(repr(state).encode())
    return digest.hexdigest()


@contextmanager
def unchanged(paths: Sequence[Path]) -> Iterator[str]:
    """Give the fingerprint of the files, and make sure at the end that it is still the same.

    Raises:
        InputError: The files changed meanwhile, or may not be read.
    """
    states = [_state(path) for path in paths]
    mark = fingerprint(paths)
    changed = f"The file {quoted(paths[0].name)} changed while it was read: wait until it is written, then try again."
    try:
        yield mark
    except Exception as error:
        if [_state(path) for path in paths] != states:
            raise InputError(changed) from error
        raise
    if [_state(path) for path in paths] != states or fingerprint(paths) != mark:
        raise InputError(changed)


def _state(path: Path) -> tuple[str, int, int]:
    with told(path):
        status = path.stat()
    return path.name, status.st_size, status.st_mtime_ns


def _digest(path: Path, update: Callable[[bytes], None]) -> None:
    with told(path), path.open("rb") as file:
        while chunk := file.read(CHUNK):
            update(chunk)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into one sentence."""
    try:
        yield
    except ClientelaError:
        raise
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"There is no file {quoted(str(path))}: check the name and the folder.") from error
    except PermissionError as error:
        raise InputError(f"The file {quoted(path.name)} may not be read: ask for the right to read it.") from error
    except OSError as error:
        raise InputError(f"The file {quoted(path.name)} cannot be read: {error.strerror or error}.") from error
