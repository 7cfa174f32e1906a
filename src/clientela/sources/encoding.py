"""Text files made readable: unpacked, decoded to UTF-8, NUL bytes taken out, every damage counted."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from clientela.domain.errors import InputError, quoted
from clientela.domain.later import later
from clientela.sources.fingerprint import told

if TYPE_CHECKING:
    import charset_normalizer
else:
    charset_normalizer = later("charset_normalizer")

GZIP = b"\x1f\x8b"
CHUNK = 1 << 22
SAMPLE = 1 << 18
MOST_UNPACKED = 64 << 30
"""Most bytes a compressed text file may unpack to."""

MOST_RATIO = 500
FREE_RATIO = 256 << 20
"""Below so many unpacked bytes any ratio of compression is accepted."""

BROKEN = "\ufffd"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY = [
    "cp1252",
    "latin_1",
    "cp1250",
    "cp1251",
    "iso8859_2",
    "iso8859_15",
    "mac_roman",
    "cp850",
    "shift_jis",
    "gb18030",
]
_HIGH = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True)
class PlainText:
    """A text file in UTF-8 without NUL bytes.

    Attributes:
        path: The file itself, or a copy in the folder given.
        encoding: Encoding of the original, such as "utf-8" or "cp1252".
        broken: Places that could not be decoded and hold a replacement character.
        nul: NUL bytes taken out.
    """

    path: Path
    encoding: str
    broken: int = 0
    nul: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about damage."""
        notes = []
        if self.broken:
            places, were = ("place", "was") if self.broken == 1 else ("places", "were")
            said = f"could not be read as {self.encoding} and {were} replaced by {BROKEN}"
            notes.append(f"{self.broken} {places} {said}.")
        if self.nul:
            notes.append(f"{self.nul} NUL {'byte was' if self.nul == 1 else 'bytes were'} taken out.")
        return tuple(notes)


def to_plain_text(path: Path, folder: Path) -> PlainText:
    """Give a text file as UTF-8, copied into `folder` where it is not so already.

    Raises:
        InputError: The file cannot be read or unpacked.
    """
    with told(path), path.open("rb") as file:
        packed = file.read(2) == GZIP
    encoding, mark = _encoding(path, packed)
    if not packed and encoding == "utf-8" and not mark and _is_clean(path):
        return PlainText(path, encoding)
    target = folder / "text"
    broken = nul = 0
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with told(path), target.open("w", encoding="utf-8", newline="", errors="replace") as out:
        for chunk, end in _chunks(path, packed, mark):
            text = decoder.decode(chunk, final=end)
            broken += _replaced(text, chunk) if encoding == "utf-8" else text.count(BROKEN)
            nul += text.count("\0")
            out.write(text.replace("\0", ""))
    return PlainText(target, encoding, broken, nul)


def _chunks(path: Path, packed: bool, skip: int) -> Iterator[tuple[bytes, bool]]:
    """Yield the bytes of the file, unpacked, and whether they are the last."""
    with closing(_opened(path, packed)) as file:
        limit = max(FREE_RATIO, MOST_RATIO * path.stat().st_size)
        taken = 0
        file.read(skip)
        while chunk := _read(file, path, CHUNK):
            taken += len(chunk)
            if packed and taken > min(limit, MOST_UNPACKED):
                raise InputError(
                    f"The file {quoted(path.name)} unpacks to far more than such data do: unpack it yourself first."
                )
            yield chunk, False
        yield b"", True


def _opened(path: Path, packed: bool) -> BinaryIO | gzip.GzipFile:
    with told(path):
        return gzip.open(path, "rb") if packed else path.open("rb")


def _read(file: BinaryIO | gzip.GzipFile, path: Path, size: int) -> bytes:
    try:
        return file.read(size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"The compressed file {quoted(path.name)} is damaged or cut off: get it again.") from error


def _encoding(path: Path, packed: bool) -> tuple[str, int]:
    """Return the encoding and the length of the byte order mark."""
    with closing(_opened(path, packed)) as file:
        sample = _read(file, path, SAMPLE)
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name, len(mark)
    if sample.count(0) > len(sample) // 4:
        return ("utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"), 0
    return _without_mark(path, packed), 0


def _without_mark(path: Path, packed: bool) -> str:
    """Return "utf-8" where it fits (or breaks in a few places only), else the likeliest older encoding."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    high = b""
    valid = broken = 0
    for chunk, end in _chunks(path, packed, 0):
        if chunk.isascii() and not end:
            continue
        text = decoder.decode(chunk, final=end)
        bad = _replaced(text, chunk)
        broken += bad
        valid += sum(1 for char in text if char > "\x7f") - bad if bad or broken else 1
        if bad and len(high) < SAMPLE:
            place = _HIGH.search(chunk)
            start = max(0, place.start() - 1000) if place else 0
            high += chunk[start : start + SAMPLE]
        if len(high) >= SAMPLE:
            break
    if not broken or valid > 4 * broken:
        return "utf-8"
    best = charset_normalizer.from_bytes(high, cp_isolation=_LEGACY).best()
    return best.encoding if best else "cp1252"


def _replaced(text: str, chunk: bytes) -> int:
    """Return how many places of UTF-8 could not be decoded; replacement characters that the file holds are text."""
    return max(0, text.count(BROKEN) - chunk.count(BROKEN.encode()))


def _is_clean(path: Path) -> bool:
    """Tell whether the whole file is UTF-8 without NUL bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    for chunk, end in _chunks(path, False, 0):
        if b"\0" in chunk:
            return False
        if chunk.isascii() and not decoder.getstate()[0]:
            continue
        try:
            decoder.decode(chunk, final=end)
        except UnicodeDecodeError:
            return False
    return True
