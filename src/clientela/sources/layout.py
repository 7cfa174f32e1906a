"""Where the table lies in a sheet: titles, header lines, data, totals and notes.

Only the first and last rows are looked at; which rows are blank in between is asked of the engine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from clientela.domain.reading import SetAside
from clientela.sources.shapes import ERROR_WORDS, NULL_WORDS

Row = Sequence[str]
"""Cells of one row as text, blanks trimmed, "" where there is none."""

SHOWN = 200
NEAR = 4
LEAST_YEARS = 2
"""A header may hold years where there are so many."""

_TOTAL = re.compile(
    r"(grand |sub|sub-)?total(s|e|en)?|(end|gesamt|zwischen)?summe|sum|gesamt|insgesamt|"
    r"som[ma]e?|suma|razem|totaal|celkem",
    re.IGNORECASE,
)
_TOTAL_TAIL = re.compile(r"[\s:=.()\w%€$-]{0,30}")
_NOTE = re.compile(
    r"(\*|†|note|source|remark|legend|generated|exported|created|printed|page |©|copyright|"
    r"anmerkung|hinweis|quelle|stand|erstellt|erzeugt|exportiert|seite )",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"[^:]{1,40}:(\s|$)")
"""A cell that names something and tells it, or leaves that to the next cell."""

_NUMBER = re.compile(r"[+-]?[€$£]?\s?[\d.,'’\u00a0 ]*\d[\d.,]*([eE][+-]?\d+)?\s?[%€$£]?")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([T ].{0,24})?|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")
_YEAR = re.compile(r"(19|20)\d\d")


class _Look(Enum):
    BLANK = 0
    TEXT = 1
    VALUE = 2


@dataclass(frozen=True)
class Layout:
    """Where the table lies.

    Attributes:
        headers: Name of each column as found; "" where there is none.
        header_position: Position of the last header line; -1 where there is none.
        header_lines: How many lines make the header.
        first: Position of the first data row.
        last: Position after the last data row.
        aside: Rows before and after the data that hold none, by position.
    """

    headers: tuple[str, ...]
    header_position: int
    header_lines: int
    first: int
    last: int
    aside: tuple[tuple[int, str, str], ...] = field(default=())

    def set_aside(self) -> tuple[SetAside, ...]:
        """Return the rows set aside with their row numbers."""
        return tuple(SetAside(position + 1, kind, text) for position, kind, text in self.aside)


def find_layout(
    head: Sequence[Row], tail: Sequence[Row], rows: int, merged_rows: frozenset[int] = frozenset()
) -> Layout:
    """Find titles, header and data in the first rows, totals and notes in the last.

    Args:
        head: First rows.
        tail: Last rows (may overlap `head`).
        rows: Number of rows in all.
        merged_rows: Positions with cells merged across columns.

    Returns:
        The layout; `first == last` where there is no data.

    >>> find_layout([("a", "b"), ("1", "2")], [("1", "2")], 2).headers
    ('a', 'b')
    """
    aside: list[tuple[int, str, str]] = []
    start = _start(head)
    aside += [(i, "title" if any(head[i]) else "blank", shown(head[i])) for i in range(start)]
    lines = _header_lines(head, start, merged_rows)
    first = start + lines
    if lines == 2:
        aside.append((start, "header", shown(head[start])))
    last, below = _end(tail, rows, first, _width(head))
    headers = _headers(head[start:first], max(map(len, head), default=0))
    return Layout(headers, first - 1 if lines else -1, lines, first, last, (*aside, *below))


def shown(row: Row) -> str:
    """Return the cells of a row for a person, cut."""
    return " | ".join(cell for cell in row if cell)[:SHOWN]


def look_of_total(row: Row) -> bool:
    """Tell whether the first cell that is not blank says that the row is a total."""
    first = next((cell for cell in row if cell), "")
    match = _TOTAL.match(first)
    if not match or not _TOTAL_TAIL.fullmatch(first[match.end() :]):
        return False
    rest = first[match.end() :]
    return not rest[:1].isalnum()


def _start(head: Sequence[Row]) -> int:
    """Return the position of the first row that is as wide as a table row."""
    width = _width(head)
    least = 1 if width <= 1 else max(2, (width + 1) // 2)
    for position, row in enumerate(head):
        if _filled(row) >= least and not _above_names(head, position, least):
            return _with_groups(head, position)
    return next((position for position, row in enumerate(head) if any(row)), 0)


def _with_groups(head: Sequence[Row], position: int) -> int:
    """Step back onto a line of group names right above, which has gaps: two names or more, no value."""
    if position == 0:
        return position
    above = head[position - 1]
    names = [cell for cell in above if cell]
    grouped = len(names) >= 2 and _is_text(above) and _is_text(head[position]) and not _is_about(above)
    return position - 1 if grouped else position


def _above_names(head: Sequence[Row], position: int, least: int) -> bool:
    """Tell whether a row says something about the table ("Source:", "CRM") and a row of names comes soon after."""
    if not _is_about(head[position]):
        return False
    below = head[position + 1 : position + 1 + NEAR]
    return any(_filled(row) >= least and _is_names(row) and not _is_about(row) for row in below)


def _is_about(row: Row) -> bool:
    first = next((cell for cell in row if cell), "")
    return bool(_ABOUT.match(first)) or _looks_labelled(row)


def _looks_labelled(row: Row) -> bool:
    """Tell whether every second cell names what stands in the next one: "From:", "1 May", "To:", "31 May"."""
    cells = [cell for cell in row if cell]
    return len(cells) >= 2 and all(cell.endswith(":") for cell in cells[::2])


def _is_text(row: Row) -> bool:
    return any(row) and all(_look(cell) is _Look.TEXT for cell in row if cell)


def _is_names(row: Row) -> bool:
    names = [cell for cell in row if cell]
    return _is_text(row) and 2 * len(set(names)) > len(names)


def _width(head: Sequence[Row]) -> int:
    """Return how many cells a row of the table has, usually."""
    filled = [count for count in map(_filled, head) if count]
    if not filled:
        return 0
    common, times = Counter(filled).most_common(1)[0]
    return common if 3 * times >= len(filled) else sorted(filled)[len(filled) // 2]


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell)


def _look(cell: str) -> _Look:
    lowered = cell.lower()
    if not cell or lowered in NULL_WORDS or lowered in ERROR_WORDS:
        return _Look.BLANK
    if lowered in ("true", "false") or _NUMBER.fullmatch(cell) or _DATE.fullmatch(cell):
        return _Look.VALUE
    return _Look.TEXT


def _header_lines(head: Sequence[Row], start: int, merged_rows: frozenset[int]) -> int:
    """Return how many lines from `start` are header: 0, 1 or 2."""
    if start >= len(head):
        return 0
    gaps = _filled(head[start]) < _width(head[start + 1 :]) or start in merged_rows
    if start + 2 <= len(head) and gaps and _is_text(head[start + 1]) and _is_names(head[start]):
        lower, below = head[start + 1], head[start + 2 :]
        if _heads(lower, below) or (_is_names(lower) and _repeats_nothing(lower, below)):
            return 2
    if not _is_header(head[start], head[start + 1 :]):
        return 0
    return 2 if _is_units(head, start) else 1


def _is_units(head: Sequence[Row], start: int) -> bool:
    """Tell whether the second line is text where all typed columns hold values: a second header line."""
    second, below = head[start + 1] if start + 1 < len(head) else (), head[start + 2 :]
    typed = _typed(below)
    return len(typed) >= 2 and all(_at(second, i) is _Look.TEXT for i in typed)


def _is_header(row: Row, below: Sequence[Row]) -> bool:
    looks = [_look(cell) for cell in row]
    if _Look.TEXT not in looks:
        return False
    values = [cell for cell in row if _look(cell) is _Look.VALUE and not _YEAR.fullmatch(cell)]
    heads = _heads(row, below)
    if heads:
        return heads > len(values)
    if values or any(cell and _look(cell) is _Look.BLANK for cell in row):
        return False
    years = sum(1 for cell in row if _YEAR.fullmatch(cell))
    nameless = all(_at(row, i) is _Look.BLANK for i in _typed(below))
    return (years >= LEAST_YEARS or nameless) and _repeats_nothing(row, below)


def _heads(row: Row, below: Sequence[Row]) -> int:
    """Count the columns that hold values under a cell of text."""
    return sum(1 for i in _typed(below) if _at(row, i) is _Look.TEXT)


def _typed(below: Sequence[Row]) -> list[int]:
    """Return the columns whose cells are mostly values."""
    columns = []
    for i in range(max(map(len, below), default=0)):
        looks = [_at(row, i) for row in below]
        values, texts = looks.count(_Look.VALUE), looks.count(_Look.TEXT)
        if values > 2 * texts:
            columns.append(i)
    return columns


def _at(row: Row, i: int) -> _Look:
    return _look(row[i]) if i < len(row) else _Look.BLANK


def _repeats_nothing(row: Row, below: Sequence[Row]) -> bool:
    """Tell whether no cell comes again in its own column, and no two cells are equal."""
    names = [cell for cell in row if cell]
    again = any(cell and i < len(other) and other[i] == cell for i, cell in enumerate(row) for other in below)
    return not again and 2 * len(set(names)) > len(names)


def _headers(lines: Sequence[Row], width: int) -> tuple[str, ...]:
    if not lines:
        return ("",) * width
    low = _padded(lines[-1], width)
    if len(lines) == 1:
        return low
    high = _padded(lines[0], width)
    if _distinct(low) >= _distinct(high) and _distinct(low) == sum(1 for cell in low if cell):
        return tuple(below or above for above, below in zip(high, low, strict=True))
    return tuple(" ".join(filter(None, pair)) for pair in zip(_spread(high), low, strict=True))


def _spread(row: Row) -> list[str]:
    """Carry the name of a group to the columns right of it."""
    group = ""
    return [group := cell or group for cell in row]


def _distinct(row: Row) -> int:
    return len({cell for cell in row if cell})


def _padded(row: Row, width: int) -> tuple[str, ...]:
    return (*row, *("",) * (width - len(row)))


def _end(tail: Sequence[Row], rows: int, first: int, width: int) -> tuple[int, list[tuple[int, str, str]]]:
    """Return the position after the last data row, and the rows below that hold no data."""
    offset = rows - len(tail)
    last = rows
    below: list[tuple[int, str, str]] = []
    while last > first and last > offset:
        row = tail[last - 1 - offset]
        kind = _kind_below(row, tail[last - 2 - offset] if last - 2 >= max(offset, first) else (), width)
        if not kind:
            break
        below.append((last - 1, kind, shown(row)))
        last -= 1
    if last == first and any(kind != "blank" for _, kind, _ in below) and rows > first:
        return _keep_only_row(below, rows, first)
    return last, below[::-1]


def _keep_only_row(below: list[tuple[int, str, str]], rows: int, first: int) -> tuple[int, list[tuple[int, str, str]]]:
    """Take everything as data where nothing else is left."""
    kept = [item for item in below if item[1] == "blank"]
    last = rows
    while kept and last - 1 == kept[0][0] and last > first:
        last -= 1
        kept = kept[1:]
    return last, [item for item in below if item[0] >= last][::-1]


def _kind_below(row: Row, above: Row, width: int) -> str:
    filled = _filled(row)
    if not filled:
        return "blank"
    if look_of_total(row) and (width <= 1 or filled >= 2):
        return "total"
    first = next(cell for cell in row if cell)
    lonely = width >= 3 and filled <= max(1, width // 4) and _look(first) is _Look.TEXT
    if lonely and (not any(above) or _NOTE.match(first) or (filled == 1 and " " in first and len(first) >= 20)):
        return "note"
    return ""
