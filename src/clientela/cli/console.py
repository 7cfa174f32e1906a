"""Lines on standard output, wrapped on a terminal, with nothing a terminal would obey."""

from __future__ import annotations

import shutil
import sys
import textwrap

WIDEST = 100


def plain(text: str) -> str:
    r"""Return the text on one line, with nothing a terminal would obey.

    >>> plain("a\x1b[31mb")
    'a [31mb'
    """
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def say(*lines: str) -> None:
    """Print lines on standard output, wrapped on a terminal, with nothing a terminal would obey."""
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        text = "".join(char if char.isprintable() else " " for char in line)
        text = text.encode(encoding, "replace").decode(encoding)
        sys.stdout.write("\n".join(_wrapped(text)) + "\n")


def _wrapped(text: str) -> list[str]:
    if not sys.stdout.isatty():
        return [text]
    # paths and rules stay whole, so that they can be copied
    width = min(shutil.get_terminal_size().columns, WIDEST)
    return textwrap.wrap(text, width, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False) or [""]
