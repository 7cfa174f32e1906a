"""What a file is, told by its content; the name decides only what the content leaves open."""

from __future__ import annotations

import zlib
from enum import StrEnum
from pathlib import Path

from clientela.domain.errors import InputError, NoRowsError, quoted
from clientela.sources.archive import members
from clientela.sources.fingerprint import told

SAMPLE = 1 << 16
OLE_SEARCH = 1 << 26
POSSIBLE = "a workbook (xlsx, xlsm, xls, xlsb, ods), csv, parquet, JSON lines, Arrow or DuckDB file"


class FileKind(StrEnum):
    """The kinds of files that can be read."""

    XLSX = "xlsx"
    XLSM = "xlsm"
    XLS = "xls"
    XLSB = "xlsb"
    ODS = "ods"
    PARQUET = "parquet"
    ARROW = "arrow"
    JSON_LINES = "jsonl"
    DUCKDB = "duckdb"
    TEXT = "csv"

    @property
    def is_workbook(self) -> bool:
        """Whether it has sheets."""
        return self in (FileKind.XLSX, FileKind.XLSM, FileKind.XLS, FileKind.XLSB, FileKind.ODS)


_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"SQLite format 3", "an SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "an RTF document"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
)
_PAGES = (b"<!doctype html", b"<html", b"<?xml")
_ZIPPED = (
    ("xl/workbook.bin", FileKind.XLSB),
    ("xl/vbaProject.bin", FileKind.XLSM),
    ("xl/workbook.xml", FileKind.XLSX),
    ("content.xml", FileKind.ODS),
)
_DOCUMENTS = (("word/document.xml", "a Word document"), ("ppt/presentation.xml", "a PowerPoint deck"))
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\v\x00\x01\x1b\x1c\x1d\x1e\x1f")


def detect(path: Path) -> FileKind:
    """Return what kind of file this is.

    Raises:
        InputError: It is none that can be read; says what was found.
        SourceNotFoundError: There is no such file.
    """
    with told(path), path.open("rb") as file:
        start = file.read(SAMPLE)
    if not start:
        raise NoRowsError(f"The file {quoted(path.name)} is empty: choose one that holds a table.")
    known = _binary(start, path)
    if known:
        return known
    text = _unpacked(start) if start.startswith(b"\x1f\x8b") else start
    return _text(text, path)


def _binary(start: bytes, path: Path) -> FileKind | None:
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return _ole(path)
    if start.startswith(b"PAR1"):
        return FileKind.PARQUET
    if start.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return FileKind.ARROW
    if start[8:12] == b"DUCK":
        return FileKind.DUCKDB
    for magic, what in _OTHERS:
        if start.startswith(magic):
            raise _unsupported(path, what)
    return None


def _zip(path: Path) -> FileKind:
    names = members(path)
    for member, kind in _ZIPPED:
        if member in names:
            return kind
    for member, what in _DOCUMENTS:
        if member in names:
            raise _unsupported(path, what)
    tables = [name for name in names if not name.endswith("/")]
    what = f"a zip archive with {len(tables)} file{'s' if len(tables) != 1 else ''}"
    shown = f" ({quoted(tables[0])})" if len(tables) == 1 else ""
    raise InputError(f"The file {quoted(path.name)} is {what}{shown}: unpack it and name the file you mean.")


def _ole(path: Path) -> FileKind:
    with told(path), path.open("rb") as file:
        content = file.read(OLE_SEARCH)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise InputError(f"The workbook {quoted(path.name)} is protected by a password: save it without one.")
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book", "WORKBOOK", "BOOK")):
        return FileKind.XLS
    raise _unsupported(path, "an older Office document without a workbook")


def _unpacked(start: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(start, SAMPLE)
    except zlib.error:
        return b""


def _text(text: bytes, path: Path) -> FileKind:
    plain = text.lstrip(b"\xef\xbb\xbf \t\r\n")
    if plain[:20].lower().startswith(_PAGES):
        raise _unsupported(path, "a web page or XML file")
    if plain.startswith((b'{"', b"{}")) or (plain[:1] == b"[" and plain[1:].lstrip()[:1] == b"{"):
        return FileKind.JSON_LINES
    controls = sum(1 for byte in text if byte < 32 and byte not in _TEXT_CONTROLS)
    if controls * 20 > len(text):
        raise _unsupported(path, "a binary file of an unknown kind")
    return FileKind.TEXT


def _unsupported(path: Path, what: str) -> InputError:
    return InputError(f"The file {quoted(path.name)} is {what}, which cannot be read: give {POSSIBLE}.")
