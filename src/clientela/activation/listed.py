"""Who stands on the list at a platform: kept beside the requests, to take off whoever is no member any more."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from clientela.activation.bodies import Body
from clientela.activation.receipt import Receipt
from clientela.domain.errors import InputError, quoted

RECEIPT = "receipt.json"
REQUESTS, REMOVALS, LISTED = "requests.jsonl", "removals.jsonl", "listed.jsonl"
_KINDS = {"emailAddress": "email", "phoneNumber": "phone"}

Key = tuple[str, str]
"""Kind of an identifier, "email" or "phone", and its digest."""


def listed(folder: Path, place: str) -> frozenset[Key]:
    """Return the identifiers that stand on a list as far as the folder of its audience knows.

    Args:
        folder: The folder; it need not be there.
        place: The list; what was sent to another one does not count.

    Returns:
        What was on it before, with what the platform took since and without what it took off.

    Raises:
        InputError: A file of the folder is damaged.
    """
    try:
        receipt = msgspec.json.decode((folder / RECEIPT).read_bytes(), type=Receipt)
    except (OSError, msgspec.MsgspecError):
        return frozenset()
    if not place or receipt.place != place:
        return frozenset()
    try:
        return frozenset(_listed(folder, receipt))
    except (InputError, KeyError, OSError, TypeError, ValueError) as error:
        raise InputError(
            f"{quoted(str(folder))} is damaged, so that it cannot be told who stands on the list: delete it, make the "
            "audience anew, and take off the list at the platform whoever withdrew consent since."
        ) from error


def _listed(folder: Path, receipt: Receipt) -> set[Key]:
    keys = set(_lines(folder / LISTED)) if LISTED in receipt.files else set()
    if receipt.dry_run:
        return keys
    for body in itertools.islice(requests_of(folder / REMOVALS, 0), receipt.removed) if receipt.removed else ():
        keys.difference_update(_keys(body))
    # the one after those that were taken may have arrived all the same
    for body in itertools.islice(requests_of(folder / REQUESTS, 0), receipt.sent + 1):
        keys.update(_keys(body))
    return keys


def write_listed(keys: Iterable[Key], file: Path) -> None:
    """Write identifiers, one a line, in order."""
    file.write_bytes(b"".join(msgspec.json.encode(key) + b"\n" for key in sorted(keys)))


def requests_of(path: Path, skip: int) -> Iterator[Body]:
    """Yield the bodies of a file of requests.

    Args:
        path: The file.
        skip: How many to leave out.

    Raises:
        InputError: A line is damaged.
    """
    with path.open("rb") as file:
        for line in itertools.islice(file, skip, None):
            yield _decoded(line, Body, path)


def _lines(path: Path) -> Iterator[Key]:
    with path.open("rb") as file:
        for line in file:
            yield _decoded(line, Key, path)


def _decoded(line: bytes, kind: Any, path: Path) -> Any:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.MsgspecError as error:
        raise InputError(f"{path.name} is damaged: make the audience anew.") from error


def _keys(body: Body) -> Iterator[Key]:
    """Yield the identifiers of the body of a request, whichever platform it is for."""
    for member in body.get("audienceMembers", ()):
        for identifier in member["userData"]["userIdentifiers"]:
            for name, digest in identifier.items():
                yield _KINDS[name], digest
    payload = body.get("payload", {"schema": (), "data": ()})
    for row in payload["data"]:
        yield from ((kind.lower(), digest) for kind, digest in zip(payload["schema"], row, strict=True) if digest)
