"""The journal: a stage is done only while inputs and outputs are as it left them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clientela.workspace.folder import Workspace
from clientela.workspace.journal import LINES, STATE, Journal, fingerprint


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return a workspace with one artifact and one folder."""
    made = Workspace.create(tmp_path / "w")
    made.write("a.json", b"1")
    made.replace_folder("release", lambda path: (path / "m.txt").write_text("x"))
    return made


def test_a_finished_stage_is_done_for_the_same_inputs_only(workspace: Workspace) -> None:
    """Other inputs, or another stage, are not done; a new journal knows what an old one wrote."""
    Journal(workspace).finish("audit", "f1", ("a.json", "release"))
    journal = Journal(workspace)
    assert journal.is_done("audit", "f1")
    assert not journal.is_done("audit", "f2")
    assert not journal.is_done("models", "f1")


@pytest.mark.parametrize("damage", ["change", "remove", "inside"])
def test_touched_outputs_are_made_again(workspace: Workspace, damage: str) -> None:
    """An output that was changed or removed, also inside a folder, makes the stage run again."""
    journal = Journal(workspace)
    journal.finish("audit", "f1", ("a.json", "release"))
    if damage == "change":
        workspace.write("a.json", b"2")
    elif damage == "remove":
        workspace.remove("a.json")
    else:
        (workspace.path / "release" / "m.txt").write_text("y")
    assert not journal.is_done("audit", "f1")


def test_a_damaged_state_only_means_running_again(workspace: Workspace) -> None:
    """A state file that cannot be read counts as nothing done."""
    workspace.write(STATE, b"{nonsense")
    assert not Journal(workspace).is_done("audit", "f1")


def test_log_lines_are_json(workspace: Workspace) -> None:
    """Each log line is one JSON object with a time in UTC and the facts."""
    journal = Journal(workspace)
    journal.log(stage="audit", seconds=1.5)
    journal.log(stage="models", detail="two\nlines")
    lines = [json.loads(line) for line in workspace.read(LINES).decode().splitlines()]
    assert [line["stage"] for line in lines] == ["audit", "models"]
    assert lines[0]["time"].endswith("+00:00")


def test_fingerprint_does_not_depend_on_key_order() -> None:
    """Equal data have one fingerprint, other data another."""
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
