"""Text from data made fit for names and sentences: short, on one line, without control characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from clientela.language import numerals, say

LONGEST = 30


def clean(text: str) -> str:
    r"""Return text from a cell or header on one line, at most `LONGEST` characters.

    Control, formatting and unassigned characters (Unicode categories C*) become blanks.

    >>> clean("new\x00\nuser")
    'new user'
    >>> clean("x" * 40)
    'xxxxxxxxxxxxxxxxxxxxxxxxxxx...'
    """
    shown = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text[: 4 * LONGEST])
    shown = " ".join(shown.split())
    if not shown:
        return say("(blank)")
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 3] + "..."


def number(value: float) -> str:
    """Return a number as people write it.

    >>> number(1200.0), number(0.25), number(3.14159265)
    ('1,200', '0.25', '3.14159')
    """
    if abs(value) >= 1e15:
        return numerals(f"{value:.4g}")
    return numerals(f"{value:,.0f}" if value == int(value) else f"{value:,.6g}")


def measured(value: float) -> str:
    """Return a measured number, rounded to what a reader takes in.

    >>> measured(1234.56), measured(12.345), measured(0.01234)
    ('1,235', '12.3', '0.0123')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.3g}"


def either(items: Sequence[str]) -> str:
    """Join words with commas and "or".

    >>> either(["a", "b", "c"])
    'a, b or c'
    """
    return items[0] if len(items) == 1 else say("{first} or {last}", first=", ".join(items[:-1]), last=items[-1])
