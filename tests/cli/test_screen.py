"""What a person sees while a run goes on, on a terminal and in a pipe."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from clientela.cli import screen as shown
from clientela.cli.screen import Screen


def test_a_pipe_gets_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Off a terminal each stage is one line when it ends, and progress is silent."""
    with Screen() as screen:
        progress = screen.begin("audit")
        progress.update("working", 0.5)
        screen.end("audit", "3 findings \x1b[31m", 1.26, reused=False)
        screen.begin("models")
        screen.end("models", "auc .7", 0.1, reused=True)
    captured = capsys.readouterr()
    assert captured.err == "audit     3 findings [31m (1.3 s)\nmodels    auc .7 (unchanged)\n"
    assert captured.out == ""


def test_a_terminal_shows_progress(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a terminal the running stage and its word are drawn, inert, and then the line of the stage."""
    with (tmp_path / "screen").open("w+") as file:
        forced = Console(file=file, force_terminal=True, width=80, markup=False, emoji=False, highlight=False)
        monkeypatch.setattr(shown, "Console", lambda **_: forced)
        with Screen() as screen:
            screen.begin("audit").update("fold \x1b[5m1", 0.5)
            screen.end("audit", "done", 0.5, reused=False)
        file.seek(0)
        drawn = file.read()
    assert "audit     done (0.5 s)" in drawn
    assert "\x1b[5m" not in drawn
