"""Column letters, as spreadsheets write them: A, B, ..., Z, AA; ranges A:E and F:."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clientela.domain.errors import ColumnError, InputError, quoted

_RANGE = re.compile(r"([A-Za-z]{1,3})?:([A-Za-z]{1,3})?")
_LETTER = re.compile(r"[A-Za-z]{1,3}")


def letter(index: int) -> str:
    """Return the letter of the column at `index` (0 is A).

    >>> letter(0), letter(26)
    ('A', 'AA')
    """
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def position(text: str) -> int:
    """Return the index of the column with this letter (A is 0).

    >>> position("AA")
    26
    """
    index = 0
    for char in text.upper():
        index = index * 26 + ord(char) - 64
    return index - 1


def resolve(spec: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that `spec` names: letters, ranges of letters, names, joined by commas.

    An exact column name wins over a letter.

    Args:
        spec: Such as "A:E", "F:", "A,C,price"; "E:A" is "A:E".
        names: Column names of the table, in order.

    Returns:
        Column names in the order asked for, without repeats.

    Raises:
        ColumnError: A part names no column.
        InputError: The range is empty or outside the table.

    >>> resolve("A:B,price", ["id", "time", "device", "price"])
    ('id', 'time', 'price')
    """
    found: list[str] = []
    parts = [spec] if spec in names else [part.strip() for part in spec.split(",")]
    for part in parts:
        found.extend(_part(part, names))
    return tuple(dict.fromkeys(found))


def _part(part: str, names: Sequence[str]) -> Sequence[str]:
    if part in names:
        return [part]
    if match := _RANGE.fullmatch(part):
        first = position(match[1]) if match[1] else 0
        last = position(match[2]) if match[2] else len(names) - 1
        if match[1] and match[2] and first > last:
            # Written from right to left: the same columns.
            first, last = last, first
        if first > last or last >= len(names):
            raise InputError(
                f"The columns {quoted(part)} do not fit: the table has {len(names)} columns, "
                f"A to {letter(len(names) - 1)}."
            )
        return names[first : last + 1]
    if _LETTER.fullmatch(part) and position(part) < len(names):
        return [names[position(part)]]
    raise ColumnError.missing(part, names)
