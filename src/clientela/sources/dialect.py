"""How a text file parts its cells: delimiter, quote and width, found from its first and last lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE = 1 << 18
LARGEST_SAMPLE = 1 << 24
LEAST_LINES = 5
MOST_LINES = 2000
STANDARD = ("\t", ";", "|", ",")
OTHER = ("\x1f", "\x01", "^", "~", "¦", ":")
NONE = "\x1f"
"""Delimiter of a file with one column: a character that text does not hold."""

OPEN_LINES = 200
"""A quote that is not closed within so many lines is no quote."""


@dataclass(frozen=True)
class Dialect:
    """How a text file parts its cells.

    Attributes:
        delimiter: One character; " " for any run of blanks; "" for one column.
        quote: The character around cells that hold a delimiter.
        escape: The character before a quote inside a cell.
        width: Most cells a line has, among those looked at.
    """

    delimiter: str
    quote: str = '"'
    escape: str = '"'
    width: int = 1

    @property
    def separator(self) -> str:
        """The delimiter as a parser needs it."""
        return self.delimiter.replace(" ", "\t") or NONE


def find_dialect(path: Path) -> Dialect:
    """Find the dialect of a UTF-8 text file.

    Args:
        path: The file.

    Returns:
        The dialect with the most even number of cells a line.
    """
    head, tail = _lines(path)
    quote, escape = _quoting(head)
    delimiter = _delimiter(head, quote, escape)
    width = 1
    if delimiter == " ":
        width = max(len(line.split()) for line in (*head, *tail))
    elif delimiter:
        widths = [len(row) for lines in (head, tail) for row in _parsed(lines, delimiter, quote, escape)]
        width = max(widths, default=1)
    return Dialect(delimiter, quote, escape, width)


def _lines(path: Path) -> tuple[list[str], list[str]]:
    """Return whole lines from the start and from the end of the file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
        while sample.count(b"\n") + sample.count(b"\r") < LEAST_LINES and len(sample) < min(size, LARGEST_SAMPLE):
            sample += file.read(len(sample))
        complete = len(sample) >= size
        file.seek(max(len(sample), size - SAMPLE))
        rest = file.read(SAMPLE)
    head = sample.decode("utf-8", "replace").splitlines()
    tail = rest.decode("utf-8", "replace").splitlines()[1:]
    return (head if complete or len(head) < 2 else head[:-1])[:MOST_LINES], tail[-MOST_LINES:]


def _quoting(lines: Sequence[str]) -> tuple[str, str]:
    text = "\n".join(lines)
    if '"' not in text:
        single = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=$|[,;\t|])", text, re.MULTILINE))
        if single >= max(2, len(lines) // 2):
            return "'", "'"
    escape = "\\" if '\\"' in text and '""' not in text.replace('\\""', "") else '"'
    return '"', escape


def _parsed(lines: Iterable[str], delimiter: str, quote: str, escape: str) -> list[list[str]]:
    return [row for row in records(lines, Dialect(delimiter, quote, escape)) if row]


def _delimiter(lines: Sequence[str], quote: str, escape: str) -> str:
    """Return the delimiter with the most even width, "" where no line is parted."""
    full = [line for line in lines if line.strip()]
    for candidates, least in ((STANDARD, 0.5), (OTHER, 0.9)):
        scores = {item: _evenness(_parsed(full, item, quote, escape)) for item in candidates}
        best = max(candidates, key=lambda item: scores[item])
        if scores[best] >= least:
            return best
    runs = Counter(len(line.split()) for line in full)
    # one word over lines with blanks is the name of a single column of text
    if len(full) >= 2 and len(full[0].split()) > 1:
        width, times = runs.most_common(1)[0]
        if width >= 2 and times >= 0.95 * len(full):
            return " "
    return ""


def _evenness(rows: Sequence[Sequence[str]]) -> float:
    """Return the share of rows that have the commonest width of two cells or more."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0.0
    return widths.most_common(1)[0][1] / len(rows)


def records(lines: Iterable[str], dialect: Dialect) -> Iterator[list[str]]:
    """Yield the cells of each line, whatever the line looks like.

    A quote that is never closed is taken as a plain character, so that it swallows no more
    than its own line.

    Args:
        lines: Lines with or without their ends.
        dialect: How cells are parted.
    """
    waiting: list[str] = []
    for line in lines:
        if not waiting and dialect.quote not in line:
            yield line.rstrip("\r\n").split(dialect.separator)
            continue
        waiting.append(line.rstrip("\r\n"))
        if _closed("\n".join(waiting), dialect) or len(waiting) > OPEN_LINES:
            yield from _rows(waiting, dialect)
            waiting = []
    yield from _rows(waiting, dialect)


def _closed(text: str, dialect: Dialect) -> bool:
    plain = text.replace(dialect.escape + dialect.quote, "") if dialect.escape != dialect.quote else text
    return plain.count(dialect.quote) % 2 == 0


def _rows(waiting: Sequence[str], dialect: Dialect) -> Iterator[list[str]]:
    if not waiting:
        return
    text = "\n".join(waiting)
    if not _closed(text, dialect):
        first, *rest = waiting
        yield first.split(dialect.separator)
        yield from records(rest, dialect)
    else:
        yield split(text, dialect)


def split(text: str, dialect: Dialect) -> list[str]:
    """Return the cells of one record.

    >>> split('a;"b;c"', Dialect(";"))
    ['a', 'b;c']
    """
    if dialect.quote not in text:
        return text.split(dialect.separator)
    reader = csv.reader(
        text.splitlines(keepends=True),
        delimiter=dialect.separator,
        quotechar=dialect.quote,
        escapechar=None if dialect.escape == dialect.quote else dialect.escape,
    )
    try:
        return [cell for row in reader for cell in row]
    except csv.Error:
        return text.split(dialect.separator)
