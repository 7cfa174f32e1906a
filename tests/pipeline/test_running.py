"""What a run takes from its folder, and what it says where that is damaged."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from clientela.domain.column import Role
from clientela.domain.errors import InputError, RefusedError
from clientela.domain.finding import Finding, Severity
from clientela.domain.goal import Goal
from clientela.domain.roles import Ask
from clientela.models.options import ModelOptions
from clientela.pipeline import running
from clientela.pipeline.request import Request, ask
from clientela.pipeline.watch import UNWATCHED
from clientela.sources.opening import open_table
from clientela.tables.frames import from_frame
from clientela.workspace.folder import LOG, Workspace
from clientela.workspace.settings import Campaign, Named, Run, Settings


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


@pytest.mark.parametrize(("verb", "label"), [("learn", "--label bought "), ("run", "")])
def test_the_command_names_every_column_asked_for(tmp_path: Path, verb: str, label: str) -> None:
    """The command that makes a result again is the one that made it, with all that changes its numbers and its folder.

    A label that was found is named where the command needs one.
    """
    run = Run(seed=7, goal=Goal.CONVERSION)
    asked = Settings(table=Named(time="day", visitor="who is it", revenue="money"), run=run)
    with from_frame(pl.DataFrame({"a": [1]})) as table:
        job = running._Job(Workspace.create(tmp_path / "my shop"), table, asked, UNWATCHED, verb)
        told = job._command("bought")
    assert told.startswith(f"clientela {verb} ")
    columns = f"{label}--time day --visitor 'who is it' --revenue money"
    assert told.endswith(f" {columns} --goal conversion --seed 7 --out 'my shop'")


@pytest.fixture
def alike(tmp_path: Path) -> Request:
    """A file whose column "same" cannot be learned."""
    file = tmp_path / "visits.csv"
    file.write_text("page,same\n" + "a,x\nb,x\n" * 30)
    return Request(source=str(file), label="same")


def test_a_wrong_label_leaves_a_good_folder_as_it_was(tmp_path: Path, alike: Request) -> None:
    """Where nothing can be learned, audit and settings that were there are put back, and what was not there goes."""
    workspace = Workspace.create(tmp_path / "shop")
    kept = {running.AUDIT: b"old audit", running.SETTINGS: b"[columns]\n", f"{LOG}/run.jsonl": b"{}\n"}
    for name, content in kept.items():
        workspace.write(name, content)
    with pytest.raises(RefusedError, match="single value 'x'"):
        running.run(alike, workspace.path, report=False)
    found = {str(f.relative_to(workspace.path)): f.read_bytes() for f in workspace.path.rglob("*") if f.is_file()}
    assert found.pop(f"{LOG}/run.jsonl").startswith(b"{}\n")
    assert found == {name: kept[name] for name in (running.AUDIT, running.SETTINGS)}


def test_a_wrong_label_makes_no_folder(tmp_path: Path, alike: Request) -> None:
    """Where nothing can be learned, a new folder is not there and an empty one is empty."""
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (empty, tmp_path / "new"):
        with pytest.raises(RefusedError, match="single value 'x'"):
            running.run(alike, folder, report=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "visits.csv"]
    assert not list(empty.iterdir())


def test_the_column_taken_of_several_with_one_name_is_told(tmp_path: Path) -> None:
    """A label whose name stands over two columns is said to be the first, with the other's name."""
    file = tmp_path / "twice.csv"
    file.write_text("page,bought,bought\n" + "a,yes,1\nb,no,2\n" * 20)
    with open_table(str(file)) as table:
        asked = Ask(label="bought", visitor="page")
        assert running._twins(asked, table) == [
            "Several columns are named 'bought': took the one called 'bought' here as the label, not 'bought_2'."
        ]


def test_a_campaign_reaches_the_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Value and cost of clientela.toml are options of the models stage, so that profit is told at each depth."""
    taken: list[ModelOptions] = []

    def learn(*given: Any) -> Any:
        taken.append(given[3])
        raise RefusedError("enough")

    monkeypatch.setattr(running, "learn", learn)
    asked = Settings(table=Named(label="same"), run=Run(seed=4), campaign=Campaign(cost=0.8, value=20, budget=100))
    with from_frame(pl.DataFrame({"page": ["a", "b"] * 30, "same": ["x", "y"] * 30})) as table:
        job = running._Job(Workspace.create(tmp_path / "shop"), table, asked, UNWATCHED)
        assert job.learn(job.audit(ask(asked, table)), insisted=False) is None
    assert taken == [ModelOptions(seed=4, value=20, cost=0.8)]


def test_rows_that_a_join_repeated_are_told_beside_the_model() -> None:
    """Where the audit found rows multiplied, the model's notes say by how much sums are too high; else nothing."""
    found = Finding("fanout", Severity.WARNING, ("who",), "A join multiplied rows.", {"fan_out": 1.5}, "Join again.")
    other = Finding("leak", Severity.NOTICE, ("who",), "Something else.", {}, "")
    audited: Any = SimpleNamespace(findings=(other, found))
    (said,) = running._multiplied(audited)
    assert said.startswith("A join repeated rows, 1.50 for each one before: ")
    clean: Any = SimpleNamespace(findings=(other,))
    assert running._multiplied(clean) == ()
