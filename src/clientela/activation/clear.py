"""Personal data in clear: told wherever it hides, so that it is never handed out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clientela.domain.errors import RefusedError

_ADDRESS = re.compile(r"[^\s@<>\"',;:=]+(?:@|%40)[^\s@]+\.[^\s@]{2,}")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)\s?[1-9](?:[\s()./-]?\d){7,14}(?!\w)")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DIGESTS = frozenset({"emailAddress", "phoneNumber", "data"})
"""Keys of a body whose texts are digests, whatever they look like."""


def in_clear(text: str) -> str:
    """Say which personal data a text holds in clear: "an e-mail address", "a phone number", or "".

    Numbers without a plus are not told from other numbers.

    >>> in_clear("id-7"), in_clear("me@example.com"), in_clear("+49 170 1234567")
    ('', 'an e-mail address', 'a phone number')
    """
    if _DIGEST.fullmatch(text):
        return ""
    if _ADDRESS.search(text):
        return "an e-mail address"
    return "a phone number" if _PHONE.search(text) else ""


def check_body(body: Mapping[str, Any]) -> None:
    """Refuse the body of a request that holds an identifier in clear.

    Raises:
        RefusedError: It does; the identifier is not repeated.
    """
    for key, text in _texts("", body):
        found = in_clear(text)
        if not found and key in _DIGESTS and text and not _DIGEST.fullmatch(text):
            found = "an identifier that is not hashed"
        if found:
            raise RefusedError(
                f"A request holds {found} in clear under {key!r}: nothing is sent; make the audience anew, and name "
                "e-mail and phone columns with --email and --phone so that they are hashed."
            )


def _texts(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield key, str(name)
            yield from _texts(str(name), item)
    elif isinstance(value, str):
        yield key, value
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(key, item)
