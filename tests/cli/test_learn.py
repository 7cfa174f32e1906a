"""Tests of what `clientela learn` asks for and prints."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clientela.cli.commands import learn
from clientela.domain.goal import Goal
from clientela.pipeline.request import Request


def test_what_is_uncertain_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Below the measure stand what is to come, the notes of the model, those of the run, and where the release is."""
    model = SimpleNamespace(
        coming=("Promised of the next period: auc 0.7 [0.6, 0.8]",),
        notes=("The class 'top' has only 12 rows: what is said of it is uncertain.",),
    )
    contents = SimpleNamespace(model=model, notes=("Took 'group' here.",))
    asked: list[tuple[Any, ...]] = []

    def learned(*given: object, **_: object) -> SimpleNamespace:
        asked.append(given)
        return SimpleNamespace(contents=contents, folder=tmp_path)

    monkeypatch.setattr(learn, "learn_source", learned)
    learn.act(learn.Options("visits.csv", "group", tmp_path, goal=Goal.CONVERSION))
    printed = capsys.readouterr().out.splitlines()
    assert asked == [(Request("visits.csv", label="group", goal=Goal.CONVERSION), tmp_path)]
    assert printed[1:5] == [repr(model), *model.coming, *model.notes, *contents.notes]
    assert printed[5] == f"Release: {tmp_path / 'release'}"
