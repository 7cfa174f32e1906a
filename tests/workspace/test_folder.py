"""The project folder: whole files or none, and never over something else."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from clientela.domain.errors import OutputError, SourceNotFoundError
from clientela.workspace.folder import SETTINGS, Workspace, check, check_file, write_whole


def names(path: Path) -> list[str]:
    """Return the names in a folder."""
    return sorted(entry.name for entry in path.iterdir())


def test_create_makes_parents_and_leaves_no_probe(tmp_path: Path) -> None:
    """A new folder holds the log folder only."""
    workspace = Workspace.create(tmp_path / "a" / "b")
    assert names(workspace.path) == ["log"]
    assert Workspace.create(workspace.path).path == workspace.path


def test_something_else_is_left_alone(tmp_path: Path) -> None:
    """A folder with other things, or a file, is refused and not touched."""
    (tmp_path / "thesis.doc").write_text("x")
    with pytest.raises(OutputError, match="holds something else"):
        Workspace.create(tmp_path)
    with pytest.raises(OutputError, match="is a file"):
        check(tmp_path / "thesis.doc")
    assert names(tmp_path) == ["thesis.doc"]


def test_leftovers_of_a_crash_are_swept(tmp_path: Path) -> None:
    """Temporary files and folders of an interrupted run go at the next one."""
    workspace = Workspace.create(tmp_path / "w")
    (workspace.path / ".clientela-x").write_text("half")
    (workspace.path / ".clientela-y").mkdir()
    Workspace.create(workspace.path)
    assert names(workspace.path) == ["log"]


def test_write_replaces_whole_files(tmp_path: Path) -> None:
    """Writing again replaces the file, readable by others, and reading gives it back."""
    workspace = Workspace.create(tmp_path / "w")
    workspace.write("a.json", b"1")
    path = workspace.write("a.json", b"2")
    assert workspace.read("a.json") == b"2"
    assert path.stat().st_mode & 0o777 == 0o644
    assert workspace.has("a.json")
    assert not workspace.has("b.json")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """Where writing fails midway the old content stays and no temporary file is left."""
    target = tmp_path / "a"
    target.write_bytes(b"old")

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match="no space left on the disk"):
        write_whole(target, fail)
    assert names(tmp_path) == ["a"]
    assert target.read_bytes() == b"old"


def test_output_errors_say_why(tmp_path: Path) -> None:
    """A missing folder and an over-long name are named as the reason."""
    with pytest.raises(OutputError, match="its folder does not exist"):
        write_whole(tmp_path / "no" / "a", lambda path: path.write_bytes(b""))
    with pytest.raises(OutputError, match="its name is too long"):
        check(tmp_path / ("x" * 300))


def test_only_files_are_replaced(tmp_path: Path) -> None:
    """A folder, a pipe or a device is refused and left as it is, before anything is written."""
    os.mkfifo(tmp_path / "pipe")
    for target, words in ((tmp_path, "it is a folder"), (tmp_path / "pipe", "device or a pipe")):
        with pytest.raises(OutputError, match=words):
            write_whole(target, lambda path: path.write_bytes(b""))
    assert not (tmp_path / "pipe").is_file()
    assert names(tmp_path) == ["pipe"]


def test_reading_what_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    """A missing artifact, or a folder of something else, is one sentence."""
    workspace = Workspace.create(tmp_path / "w")
    with pytest.raises(SourceNotFoundError, match="has no audit.json"):
        workspace.read("audit.json")
    with pytest.raises(SourceNotFoundError, match="no folder made by"):
        Workspace.existing(workspace.path)
    workspace.write(SETTINGS, b"")
    assert Workspace.existing(workspace.path).path == workspace.path


def test_replace_folder_swaps_whole_folders(tmp_path: Path) -> None:
    """A folder is replaced as a whole; where filling fails the old one stays."""
    workspace = Workspace.create(tmp_path / "w")
    workspace.replace_folder("release", lambda path: (path / "one").touch())
    workspace.replace_folder("release", lambda path: (path / "two").touch())
    assert names(workspace.path / "release") == ["two"]

    def fail(path: Path) -> None:
        (path / "three").touch()
        raise OSError(errno.EACCES, "Permission denied")

    with pytest.raises(OutputError, match="no right to write"):
        workspace.replace_folder("release", fail)
    assert names(workspace.path / "release") == ["two"]
    assert names(workspace.path) == ["log", "release"]


def test_remove_takes_files_and_folders(tmp_path: Path) -> None:
    """What no longer holds is removed, and what is not there is no error."""
    workspace = Workspace.create(tmp_path / "w")
    workspace.write("a.json", b"")
    workspace.replace_folder("release", lambda path: (path / "one").touch())
    workspace.remove("a.json", "release", "never")
    assert names(workspace.path) == ["log"]


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    """The file that a result is made from is refused as its place, by whatever name; others are not."""
    rows = tmp_path / "rows.csv"
    rows.write_text("a\n1\n")
    (tmp_path / "link.csv").symlink_to(rows)
    for source in (rows, str(tmp_path / "." / "rows.csv"), tmp_path / "link.csv"):
        with pytest.raises(OutputError, match="is the file that is read"):
            check_file(rows, source)
    check_file(rows, tmp_path / "others.csv")
    check_file(rows)
