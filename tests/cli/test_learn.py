"""Tests of what `clientela learn` prints."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from clientela.cli.commands import learn


def test_what_is_uncertain_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Below the measure stand what is to come, the notes of the model, those of the run, and where the release is."""
    model = SimpleNamespace(
        coming=("Promised of the next period: auc 0.7 [0.6, 0.8]",),
        notes=("The class 'top' has only 12 rows: what is said of it is uncertain.",),
    )
    contents = SimpleNamespace(model=model, notes=("Took 'group' here.",))
    monkeypatch.setattr(learn, "run", lambda *_, **__: SimpleNamespace(contents=contents))
    learn.act(learn.Options("visits.csv", "group", tmp_path))
    printed = capsys.readouterr().out.splitlines()
    assert printed[1:5] == [repr(model), *model.coming, *model.notes, *contents.notes]
    assert printed[5] == f"Release: {tmp_path / 'release'}"
