"""The models stage alone, of a file and of the folder of an earlier run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clientela.domain.errors import InputError, SourceNotFoundError
from clientela.domain.goal import Goal
from clientela.pipeline import learning
from clientela.pipeline.request import Request

TOML = '[source]\nfile = "../visits.csv"\n\n[table]\nlabel = "group"\n'


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Take what is asked of a run in place of running."""
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr(learning, "run", lambda *given, **more: found.append((*given, more["report"])))
    return found


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder of an earlier run beside its file, and work there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop" / "log").mkdir(parents=True)
    (tmp_path / "shop" / "clientela.toml").write_text(TOML)
    (tmp_path / "visits.csv").write_text("group,pages\nnone,1\n")
    return Path("shop")


def test_a_folder_is_learned_anew_with_its_settings(shop: Path, calls: list[tuple[Any, ...]]) -> None:
    """Its file and label are taken from clientela.toml, what is asked goes before, and a report there follows."""
    learning.learn_source(Request(str(shop), goal=Goal.CONVERSION))
    learning.learn_source(Request(str(shop), label="bought"), "./shop")
    (shop / "report.html").write_text("")
    learning.learn_source(Request(str(shop)))
    assert calls == [
        (Request("visits.csv", label="group", goal=Goal.CONVERSION), shop, False),
        (Request("visits.csv", label="bought"), shop, False),
        (Request("visits.csv", label="group"), shop, True),
    ]


def test_a_file_is_learned_into_a_folder(shop: Path, calls: list[tuple[Any, ...]]) -> None:
    """A file needs a label and a folder; a report in that folder is made anew."""
    learning.learn_source(Request("visits.csv", label="group"), "new")
    (shop / "report.html").write_text("")
    learning.learn_source(Request("visits.csv", label="group"), shop)
    assert calls == [
        (Request("visits.csv", label="group"), "new", False),
        (Request("visits.csv", label="group"), shop, True),
    ]


def test_what_is_missing_is_one_sentence(shop: Path) -> None:
    """No folder, no label, another folder, a frame, no file: each says what to do."""
    with pytest.raises(InputError, match="name one with --out"):
        learning.learn_source(Request("visits.csv", label="group"))
    with pytest.raises(InputError, match="No label is named"):
        learning.learn_source(Request("visits.csv"), "new")
    with pytest.raises(SourceNotFoundError, match=r"no file 'nowhere\.csv'"):
        learning.learn_source(Request("nowhere.csv"), "new")
    with pytest.raises(InputError, match="takes its own results"):
        learning.learn_source(Request(str(shop)), "new")
    (shop / "clientela.toml").write_text(TOML.split("[table]", maxsplit=1)[0])
    with pytest.raises(InputError, match="'shop' knows no label"):
        learning.learn_source(Request(str(shop)))
    (shop / "clientela.toml").write_text("[run]\nseed = 1\n")
    with pytest.raises(InputError, match="frame in memory"):
        learning.learn_source(Request(str(shop)))
    assert not Path("new").exists()
