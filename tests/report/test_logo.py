"""A logo is a picture that can be shown, or it is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from clientela.domain.errors import InputError, SourceNotFoundError
from clientela.report.brand import Brand
from clientela.report.logo import read_brand
from clientela.report.options import BrandOptions

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
FRAME = b"\xff\xc0\x00\x11\x08%b%b\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"


def test_a_jpeg_is_taken(tmp_path: Path) -> None:
    """The size of a JPEG is read from its first frame, behind other parts and filling."""
    (tmp_path / "logo.jpg").write_bytes(JPEG + b"\xff" + FRAME % (b"\x00\x10", b"\x00\x30") + b"\xff\xd9")
    assert read_brand(BrandOptions("", "logo.jpg"), tmp_path).logo.startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "neither PNG nor JPEG"),
        (b"GIF89a" + bytes(20), "neither PNG nor JPEG"),
        (b"", "neither PNG nor JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10", "damaged"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x80\0\0\0\x80\0" + bytes(20), "4096 pixels"),
        (JPEG, "damaged"),
        (JPEG + FRAME % (b"\x00\x00", b"\x00\x10"), "damaged"),
        (JPEG + FRAME % (b"\xff\xff", b"\xff\xff"), "4096 pixels"),
        (b"\x89PNG\r\n\x1a\n" + bytes(300_001), "300 kB"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """Another format, a damaged, huge or unpacking file: one sentence, before anything is made."""
    (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_brand(BrandOptions("", "logo.png"), tmp_path)


def test_a_logo_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A missing file or a folder is no logo."""
    for name in ("nothing.png", "."):
        with pytest.raises(SourceNotFoundError, match=r"\[brand\]"):
            read_brand(BrandOptions("", name), tmp_path)


def test_nothing_asked_is_the_usual_look(tmp_path: Path) -> None:
    """Without a brand nothing is read or changed."""
    assert read_brand(BrandOptions(), tmp_path) == Brand()
