"""Which language is spoken just now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class Language(StrEnum):
    """A language of report and deck, by its code of ISO 639-1."""

    ENGLISH = "en"
    GERMAN = "de"


# What is written at the same time in another thread or task keeps its own language.
_SPOKEN: ContextVar[Language] = ContextVar("language", default=Language.ENGLISH)


def language() -> Language:
    """Return the language that is spoken just now; English where nothing else was asked for.

    >>> language().value
    'en'
    """
    return _SPOKEN.get()


@contextmanager
def speaking(wanted: Language) -> Iterator[None]:
    """Speak a language for as long as the block lasts.

    Args:
        wanted: The language.

    >>> with speaking(Language.GERMAN):
    ...     language().value
    'de'
    """
    before = _SPOKEN.set(wanted)
    try:
        yield
    finally:
        _SPOKEN.reset(before)
