"""What a run takes from its folder, and what it says where that is damaged."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from clientela.domain.column import Role
from clientela.domain.errors import InputError
from clientela.pipeline import running
from clientela.pipeline.watch import UNWATCHED
from clientela.tables.frames import from_frame
from clientela.workspace.folder import Workspace
from clientela.workspace.settings import Named, Settings


def test_what_cannot_be_told_apart_is_told(tmp_path: Path) -> None:
    """A damaged record of what was inferred says what to delete; doing so helps."""
    workspace = Workspace.create(tmp_path / "shop")
    assert running.kept_settings(workspace.path) == Settings()
    workspace.write(running.SETTINGS, b"[table]\nlabel = 'bought'\n\n[columns]\npage = 'ignored'\n")
    workspace.write(running.INFERRED, b'{"table": {"label": "bou')
    with pytest.raises(InputError, match=r"log/inferred\.json is damaged.*: delete it"):
        running.kept_settings(workspace.path)
    workspace.remove(running.INFERRED)
    asked = Settings(table=Named(label="bought"), columns={"page": Role.IGNORED})
    assert running.kept_settings(workspace.path) == asked


def test_a_damaged_result_of_augment_stops_no_report(tmp_path: Path) -> None:
    """Only `clientela augment` can make its result anew: a run goes on without it and says so."""
    workspace = Workspace.create(tmp_path / "shop")
    workspace.write(running.RAISED, b"[]")
    learned: Any = SimpleNamespace()
    with from_frame(pl.DataFrame({"a": [1]})) as table:
        job = running._Job(workspace, table, Settings(), UNWATCHED)
        assert job._raised(learned) is None
    assert job.notes == ["augment.json is damaged and was left out: run `clientela augment` again."]
