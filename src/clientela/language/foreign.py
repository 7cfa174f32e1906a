"""Text in another language than the page around it: marked, so that it can be shown and read out as what it is."""

from __future__ import annotations

from clientela.language.speaking import Language, language

OPEN, CLOSE = "\ue000", "\ue001"
"""Marks of the private use area; text from data loses them where it is cleaned (`report.text`)."""


class English(str):
    """English text with its marks; nothing that was read from data is of this type."""

    __slots__ = ()


def foreign(text: str) -> str:
    """Return English text marked as such where another language is spoken.

    >>> foreign("left as it is")
    'left as it is'
    """
    return text if language() is Language.ENGLISH or not text else English(f"{OPEN}{bare(text)}{CLOSE}")


def bare(text: str) -> str:
    """Return `text` without marks, for places that cannot hold an element."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def parts(text: str) -> list[tuple[bool, str]]:
    r"""Return the parts of a text, each with whether it is English in a page of another language.

    >>> parts("Hinweis: \ue000It holds.\ue001 Weiter")
    [(False, 'Hinweis: '), (True, 'It holds.'), (False, ' Weiter')]
    """
    found: list[tuple[bool, str]] = []
    for piece in text.split(OPEN):
        inside, _, outside = piece.partition(CLOSE) if found or text.startswith(OPEN) else ("", "", piece)
        found += [(True, inside), (False, outside)]
    return [(marked, bare(piece)) for marked, piece in found if bare(piece)]


def is_foreign(text: str) -> bool:
    """Tell whether a part of a text is English in a page of another language."""
    return OPEN in text
