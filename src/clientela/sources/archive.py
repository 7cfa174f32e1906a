"""Workbooks that are zip archives, looked at before any library opens them.

Every member is unpacked once, in small pieces and under limits, so that neither a bomb nor a
damaged archive reaches the reader. The XML is searched for tokens and never parsed into a
tree; nothing in it is expanded.
"""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clientela.domain.errors import InputError, quoted
from clientela.domain.letters import position
from clientela.sources.fingerprint import told

MOST_UNPACKED = 4 << 30
"""Most bytes a workbook may unpack to."""

MOST_RATIO = 200
FREE_RATIO = 64 << 20
"""Below so many unpacked bytes any ratio of compression is accepted."""

MOST_MEMBERS = 20_000
MOST_CELLS = 64_000_000
"""Most positions (rows times columns) of a sheet; the reader holds all of them in memory."""

CHUNK = 1 << 20
LONGEST_TOKEN = 1 << 16
_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*)>")
_COL = re.compile(rb"<(?:\w+:)?col\s([^>]*)>")
_ERROR = re.compile(
    rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>(?:<(?:\w+:)?f\b[^<]*(?:</(?:\w+:)?f>)?)?(?:<(?:\w+:)?v>([^<]*)<)?'
)
_EMPTY_FORMULA = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^>]*)?/>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_WIDE = re.compile(rb'\br="([A-Z]{2,3})\d')
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_REPEATED = re.compile(rb"<table:table-(row|cell)\b([^>]*)>")
_TIMES = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')
_HIDDEN = (b"1", b"true")


@dataclass
class SheetFacts:
    """What the XML of one sheet says beyond its values.

    Attributes:
        errors: Error values by row and column, both from 0.
        hidden_rows: Number of hidden rows.
        hidden_columns: Hidden columns as (first, last), from 1.
        formulas_without_value: Formulas that have no stored value.
        rows: Largest row number.
        columns: Largest column number, at least 26.
    """

    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden_rows: int = 0
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    formulas_without_value: int = 0
    rows: int = 0
    columns: int = 26


def members(path: Path) -> tuple[str, ...]:
    """Return the names of the members of a zip archive.

    Raises:
        InputError: The archive is damaged.
    """
    with _opened(path) as archive:
        return tuple(archive.namelist())


def check_archive(path: Path) -> None:
    """Unpack every member once and refuse bombs, entities and damage.

    Raises:
        InputError: The archive is damaged, unpacks to too much, is encrypted or declares entities.
    """
    with _opened(path) as archive:
        infos = archive.infolist()
        if len(infos) > MOST_MEMBERS:
            raise _bomb(path)
        limit = min(MOST_UNPACKED, max(FREE_RATIO, MOST_RATIO * path.stat().st_size))
        if sum(info.file_size for info in infos) > limit:
            raise _bomb(path)
        taken = 0
        for info in infos:
            for number, chunk in enumerate(_pieces(archive, info, path)):
                taken += len(chunk)
                if taken > limit:
                    raise _bomb(path)
                if number == 0 and (b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk):
                    raise InputError(
                        f"The workbook {quoted(path.name)} declares XML entities, which no workbook needs: "
                        "save it again from a spreadsheet program."
                    )


def sheet_facts(path: Path, name: str) -> SheetFacts:
    """Search the XML of one sheet of an xlsx workbook.

    Args:
        path: The workbook, already checked.
        name: Name of the sheet.

    Returns:
        What was found; nothing where the sheet's XML is not found.
    """
    facts = SheetFacts()
    with _opened(path) as archive:
        member = _sheet_members(archive, path).get(name)
        if member is not None:
            for text in _tokens(_pieces(archive, archive.getinfo(member), path)):
                _collect(text, facts)
    return facts


def check_size(facts: SheetFacts, name: str) -> None:
    """Refuse a sheet whose used area is too large to be held.

    Raises:
        InputError: There are more than `MOST_CELLS` positions.
    """
    if facts.rows * facts.columns > MOST_CELLS:
        raise InputError(
            f"The sheet {quoted(name)} reaches over {facts.rows} rows and {facts.columns} columns, more than can be "
            "held: delete what lies far outside the table, or save the sheet as csv."
        )


def check_spread(path: Path, name: str) -> None:
    """Refuse an ods workbook that repeats filled cells without measure.

    Raises:
        InputError: The repeated cells are more than `MOST_CELLS`.
    """
    cells = rows = 1
    with _opened(path) as archive:
        if "content.xml" not in archive.namelist():
            return
        for text in _tokens(_pieces(archive, archive.getinfo("content.xml"), path)):
            for match in _REPEATED.finditer(text):
                times = _TIMES.search(match[2])
                count = int(times[1]) if times else 1
                if match[1] == b"row":
                    rows = count
                elif b"office:value" in match[2]:
                    cells += rows * count
    check_size(SheetFacts(rows=cells, columns=1), name)


def _opened(path: Path) -> zipfile.ZipFile:
    with told(path):
        try:
            return zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise _damaged(path) from error


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Iterator[bytes]:
    if info.flag_bits & 1:
        raise InputError(f"The workbook {quoted(path.name)} is protected by a password: save it without one.")
    try:
        with archive.open(info) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> InputError:
    return InputError(f"The workbook {quoted(path.name)} is damaged or cut off: get it again, or save it anew.")


def _bomb(path: Path) -> InputError:
    return InputError(
        f"The workbook {quoted(path.name)} unpacks to far more than such files do and was not opened: "
        "save it anew, or as csv."
    )


def _tokens(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the XML in pieces that end after a cell or row, so that no token is cut."""
    held = b""
    for piece in pieces:
        held += piece
        end = max(held.rfind(b"</c>"), held.rfind(b"</row>"), held.rfind(b"</table:table-row>"))
        if end < 0 and len(held) > LONGEST_TOKEN:
            end = held.rfind(b">")
        if end >= 0:
            cut = held.index(b">", end) + 1
            yield held[:cut]
            held = held[cut:]
    yield held


def _attributes(text: bytes) -> Mapping[str, str]:
    return {key.decode(): html.unescape(value.decode("utf-8", "replace")) for key, value in _ATTRIBUTE.findall(text)}


def _sheet_members(archive: zipfile.ZipFile, path: Path) -> dict[str, str]:
    """Return the member that holds each sheet, by sheet name."""
    names = set(archive.namelist())
    book, links = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not {book, links} <= names:
        return {}
    texts = [b"".join(_pieces(archive, archive.getinfo(member), path)) for member in (book, links)]
    targets = {}
    for match in _RELATION.finditer(texts[1]):
        found = _attributes(match[1])
        target = found.get("Target", "")
        targets[found.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets = {}
    for match in _SHEET.finditer(texts[0]):
        found = _attributes(match[1])
        link = next((value for key, value in found.items() if key.endswith(":id")), "")
        if targets.get(link) in names:
            sheets[found.get("name", "")] = targets[link]
    return sheets


def _collect(text: bytes, facts: SheetFacts) -> None:
    for match in _ROW.finditer(text):
        found = dict(_ATTRIBUTE.findall(match[1]))
        facts.hidden_rows += found.get(b"hidden") in _HIDDEN
        facts.rows = max(facts.rows, int(found[b"r"]) if found.get(b"r", b"").isdigit() else facts.rows + 1)
    for match in _COL.finditer(text):
        found = dict(_ATTRIBUTE.findall(match[1]))
        if found.get(b"hidden") in _HIDDEN and found.get(b"min", b"").isdigit() and found.get(b"max", b"").isdigit():
            facts.hidden_columns.append((int(found[b"min"]), int(found[b"max"])))
    for match in _ERROR.finditer(text):
        reference = _REFERENCE.fullmatch(_attributes(match[1]).get("r", ""))
        if reference:
            value = (match[2] or b"#N/A").decode("utf-8", "replace")
            facts.errors.setdefault(int(reference[2]) - 1, {})[position(reference[1])] = value
    facts.formulas_without_value += len(_EMPTY_FORMULA.findall(text))
    wide = {letters.decode() for letters in _WIDE.findall(text)}
    facts.columns = max([facts.columns, *(position(letters) + 1 for letters in wide)])
