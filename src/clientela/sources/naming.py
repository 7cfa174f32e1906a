"""Names of columns: unique, never blank, otherwise as found."""

from __future__ import annotations

from collections.abc import Sequence

from clientela.domain.column import LONGEST
from clientela.domain.errors import listed


def unique_names(headers: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give every column a name of its own.

    Names that differ in case only are told apart too, because no engine keeps them apart.

    Args:
        headers: Header cells, blanks trimmed; "" where there is none.

    Returns:
        The names in order, and sentences about what was changed.

    >>> unique_names(["price", "", "price"])[0]
    ('price', 'column_2', 'price_2')
    """
    wanted = {header[:LONGEST].lower() for header in headers if header}
    taken: set[str] = set()
    names: list[str] = []
    blank, twice = [], []
    for index, header in enumerate(headers):
        name = header[:LONGEST] or f"column_{index + 1}"
        if not header:
            blank.append(name)
        elif name.lower() in taken:
            twice.append(name)
        if name.lower() in taken or (not header and name.lower() in wanted):
            name = _next(name, taken | wanted)
        names.append(name)
        taken.add(name.lower())
    notes = []
    if blank:
        notes.append(f"Columns without a name were named: {listed(_renamed(headers, names, blank=True))}.")
    if twice:
        notes.append(f"Column names that occur twice were told apart: {listed(_renamed(headers, names, blank=False))}.")
    return tuple(names), tuple(notes)


def _next(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}_{number}".lower() in taken:
        number += 1
    return f"{name}_{number}"


def _renamed(headers: Sequence[str], names: Sequence[str], *, blank: bool) -> list[str]:
    pairs = zip(headers, names, strict=True)
    return [name for header, name in pairs if (not header if blank else header and header[:LONGEST] != name)]
