"""The brand that clientela.toml asks for, and its logo, which is as hostile as any input."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

from clientela.domain.errors import InputError, SourceNotFoundError, quoted
from clientela.domain.later import later
from clientela.report.brand import Brand, house_colors
from clientela.report.options import BrandOptions
from clientela.report.palette import PLAIN

if TYPE_CHECKING:
    import pptx.parts.image
else:
    # a page without a logo should not wait for what makes slides
    pptx = later("pptx")

MOST_BYTES = 300_000
"""A page holds the logo as text, a third longer, and is to stay under 1 MB."""
MOST_PIXELS = 4096
"""In either direction: a small file may unpack to a picture that fills the memory."""
MARK = 0xFF
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Marks of a JPEG's parts that hold its size (ITU T.81, table B.1)."""
KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def read_brand(options: BrandOptions, folder: Path) -> Brand:
    """Return the brand that is asked for.

    Args:
        options: The `[brand]` section.
        folder: What a relative path of the logo starts from.

    Returns:
        The brand; the usual look where nothing is asked for.

    Raises:
        SourceNotFoundError: There is no such logo.
        InputError: It is no PNG or JPEG, or too large.
    """
    colors = house_colors(options.color) if options.color else PLAIN
    return Brand(colors, _logo(folder / options.logo) if options.logo else "")


def _logo(path: Path) -> str:
    if not path.is_file():
        raise SourceNotFoundError(
            f"The logo {quoted(str(path))} is not there: mend the [brand] section of clientela.toml."
        )
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"The logo {quoted(path.name)} has over {MOST_BYTES // 1000} kB: give a smaller picture.")
    blob = path.read_bytes()
    kind = next((kind for mark, kind in KINDS.items() if blob.startswith(mark)), None)
    if kind is None:
        raise InputError(f"The logo {quoted(path.name)} is neither PNG nor JPEG: save it as one of them.")
    wide, high = _png_size(blob) if kind == "image/png" else _jpeg_size(blob)
    if max(wide, high) > MOST_PIXELS:
        raise InputError(f"The logo {quoted(path.name)} is over {MOST_PIXELS} pixels wide or high: give a smaller one.")
    if min(wide, high) < 1 or not _opens(blob):
        raise InputError(f"The logo {quoted(path.name)} is damaged: save the picture anew.")
    return f"data:{kind};base64,{base64.b64encode(blob).decode()}"


def _png_size(blob: bytes) -> tuple[int, int]:
    """Return width and height in pixels as the first part of the file says them; 0 where that is another part."""
    if blob[12:16] != b"IHDR":
        return 0, 0
    return int.from_bytes(blob[16:20]), int.from_bytes(blob[20:24])


def _jpeg_size(blob: bytes) -> tuple[int, int]:
    """Return width and height in pixels as the first frame of the file says them; 0 where there is none."""
    place = 2
    while place + 9 <= len(blob) and blob[place] == MARK:
        if blob[place + 1] in FRAMES:
            return int.from_bytes(blob[place + 7 : place + 9]), int.from_bytes(blob[place + 5 : place + 7])
        place += 1 if blob[place + 1] == MARK else 2 + int.from_bytes(blob[place + 2 : place + 4])
    return 0, 0


def _opens(blob: bytes) -> bool:
    try:
        return pptx.parts.image.Image.from_blob(blob).ext in ("png", "jpg")
    except (OSError, ValueError):
        return False


def picture(logo: str) -> io.BytesIO:
    """Return the file of a logo."""
    return io.BytesIO(base64.b64decode(logo.partition(",")[2]))
