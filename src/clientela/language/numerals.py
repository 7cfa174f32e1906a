"""Numbers and dates as a language writes them."""

from __future__ import annotations

import re

from clientela.language.speaking import Language, language

_SWAPPED = str.maketrans(",.", ".,")
_UNIT = re.compile(r"(?<=\d)%")
_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?!\d)")


def numerals(text: str) -> str:
    """Return a number that was written the English way as the spoken language writes it.

    Args:
        text: Digits with a comma between thousands and a point before decimals, a sign or unit beside them.

    >>> from clientela.language.speaking import speaking
    >>> with speaking(Language.GERMAN):
    ...     numerals("12,330.5 %")
    '12.330,5 %'
    >>> with speaking(Language.GERMAN):
    ...     numerals("3.1%")
    '3,1 %'
    """
    return _UNIT.sub(" %", text.translate(_SWAPPED)) if language() is Language.GERMAN else text


def day(text: str) -> str:
    """Return a text that begins with year, month and maybe day as the spoken language writes it; other text as it is.

    >>> from clientela.language.speaking import speaking
    >>> with speaking(Language.GERMAN):
    ...     day("2026-11-29 10:00"), day("2026-11"), day("May")
    ('29.11.2026 10:00', '11/2026', 'May')
    """
    found = _DAY.match(text) if language() is Language.GERMAN else None
    if found is None:
        return text
    year, month, date = found.groups()
    return f"{date}.{month}.{year}{text[found.end() :]}" if date else f"{month}/{year}{text[found.end() :]}"
