"""`clientela export`: the release in use as a file, whole or not at all."""

from pathlib import Path

import pytest

from clientela.cli.commands.export import Options, act
from clientela.domain.errors import InputError, OutputError, SourceNotFoundError
from clientela.models.portable import Ported
from clientela.models.release import Release
from clientela.pipeline import exporting
from clientela.workspace.folder import Workspace


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder whose release is told by its place."""
    monkeypatch.setattr(exporting, "champion_folder", lambda workspace: workspace.path / "release")
    monkeypatch.setattr(Workspace, "existing", classmethod(lambda cls, path: cls.create(path)))
    monkeypatch.setattr(Release, "load", classmethod(lambda cls, path: path))
    return tmp_path / "shop"


def test_the_file_and_the_difference_are_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command writes what was checked, and prints how many rows and the largest difference."""
    monkeypatch.setattr(exporting, "port", lambda release: Ported(str(release.name).encode(), 4000, 3e-16))
    out = folder.parent / "shop.onnx"
    act(Options(folder, out))
    assert out.read_bytes() == b"release"
    assert "on 4,000 rows" in (printed := capsys.readouterr().out)
    assert "by 3e-16 at most" in printed


def test_a_wrong_ending_and_scores_that_differ_leave_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only .onnx is written; what differs is not."""

    def differs(_: Release) -> Ported:
        raise OutputError("The scores differ.")

    with pytest.raises(InputError, match="does not end in .onnx"):
        act(Options(folder, folder.parent / "shop.pkl"))
    monkeypatch.setattr(exporting, "port", differs)
    with pytest.raises(OutputError, match="differ"):
        act(Options(folder, folder.parent / "shop.onnx"))
    assert list(folder.parent.glob("shop.*")) == []


def test_a_folder_without_a_release_is_told(tmp_path: Path) -> None:
    """A folder that is none ends in a sentence."""
    with pytest.raises(SourceNotFoundError):
        act(Options(tmp_path / "none", tmp_path / "a.onnx"))
