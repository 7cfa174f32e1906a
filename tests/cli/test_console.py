"""What a person sees: nothing of the data reaches the terminal as a command."""

from __future__ import annotations

import io

import pytest

from clientela.cli import console
from clientela.cli.console import plain, say

HOSTILE = "a\x1b]0;owned\x07b\u202e\r\nc\x00"


def test_plain_removes_what_a_terminal_obeys() -> None:
    """Escape sequences, direction marks, line breaks and NUL become blanks."""
    assert plain(HOSTILE) == "a ]0;owned b c"


def test_say_prints_inert_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line stays one line, without control characters."""
    say("one", HOSTILE)
    assert capsys.readouterr().out == "one\na ]0;owned b   c \n"


def test_say_wraps_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal a long line is wrapped between words; a path without blanks stays whole."""
    monkeypatch.setattr(console.sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    say("1. " + "word " * 20, "x" * 60, "")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1. word")
    assert all(len(line) <= 40 for line in lines[:-2])
    assert lines[1].startswith("   word")
    assert lines[-2:] == ["x" * 60, ""]


def test_say_survives_a_narrow_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters the terminal cannot show are replaced, not an error."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(console.sys, "stdout", out)
    say("größer")
    out.flush()
    assert out.buffer.getvalue() == b"gr??er\n"
