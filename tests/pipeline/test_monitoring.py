"""Monitoring from the command line: baseline, check, exit codes."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from tests.monitoring import made
from tests.monitoring.conftest import visits

from clientela.audit.result import AuditResult
from clientela.cli.commands import monitor_announce, monitor_baseline, monitor_check, monitor_deliver, monitor_history
from clientela.domain.errors import ClientelaError
from clientela.domain.finding import Severity
from clientela.domain.incident import Cause
from clientela.monitoring.question import Model
from clientela.pipeline import running
from clientela.pipeline.monitoring import check_batch, load_baseline, make_baseline, model_of
from clientela.pipeline.request import Request, ask, merge
from clientela.pipeline.watch import UNWATCHED
from clientela.sources.opening import open_table
from clientela.workspace.checks import store
from clientela.workspace.folder import Workspace
from clientela.workspace.settings import Settings


def test_a_batch_is_checked_from_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Baseline and check work from csv to JSON; incidents end with exit code 3, a clean batch with none."""
    visits(2000, 0).write_csv(tmp_path / "reference.csv")
    good = visits(500, 1)
    good.write_csv(tmp_path / "good.csv")
    good.drop("device").write_parquet(tmp_path / "bad.parquet")
    folder = tmp_path / "base"
    monitor_baseline.act(monitor_baseline.Options(str(tmp_path / "reference.csv"), folder, "bought", ["at"]))
    monitor_check.act(monitor_check.Options(folder, str(tmp_path / "good.csv")))
    assert "0 incidents" in capsys.readouterr().out
    with pytest.raises(typer.Exit) as stop:
        monitor_check.act(monitor_check.Options(folder, str(tmp_path / "bad.parquet"), "-"))
    assert stop.value.exit_code == 3
    found = json.loads(capsys.readouterr().out)["incidents"]
    assert [(item["cause"], item["columns"]) for item in found] == [("column_removed", ["device"])]
    assert {"severity", "since", "evidence", "advice"} <= set(found[0])
    with pytest.raises(typer.Exit):
        monitor_check.act(monitor_check.Options(folder, str(tmp_path / "bad.parquet"), str(tmp_path / "out.json")))
    assert json.loads((tmp_path / "out.json").read_text())["rows"] == 500


def test_the_number_of_rows_is_held_against_earlier_checks(tmp_path: Path) -> None:
    """After four checks of one size half of it is an incident, and the same batch again is no history of its own."""
    folder = tmp_path / "base"
    make_baseline(visits(1000, 0), folder, "bought")
    workspace = Workspace(folder)
    for number in range(1, 5):
        result = check_batch(folder, visits(400, number))
        assert result.incidents == ()
        store(workspace, number, dataclasses.replace(result, fingerprint=f"{number:064x}"))
    assert [incident.cause.value for incident in check_batch(folder, visits(200, 9)).incidents] == ["volume"]


def test_wrong_input_is_one_sentence(tmp_path: Path) -> None:
    """A folder without baseline, a damaged one, unknown columns and few rows are refused."""
    with pytest.raises(ClientelaError, match="holds no baseline"):
        check_batch(tmp_path, visits(200, 1))
    with pytest.raises(ClientelaError, match="no column"):
        make_baseline(visits(200, 1), tmp_path / "a", "nothing")
    with pytest.raises(ClientelaError, match="holds no times"):
        make_baseline(visits(200, 1), tmp_path / "a", "", ("shop",))
    with pytest.raises(ClientelaError, match="at least 100"):
        make_baseline(visits(20, 1), tmp_path / "a")
    make_baseline(visits(200, 1), tmp_path / "b")
    (tmp_path / "b" / "baseline.parquet").write_bytes(b"no")
    with pytest.raises(ClientelaError, match="damaged"):
        load_baseline(tmp_path / "b")
    with pytest.raises(ClientelaError, match="Name a file"):
        monitor_check.act(monitor_check.Options(tmp_path, "x", ""))


def test_an_edited_contract_is_what_counts(tmp_path: Path) -> None:
    """A rule that a person deletes is not held against a batch."""
    folder = tmp_path / "base"
    make_baseline(visits(2000, 0), folder, "bought")
    batch = visits(500, 2).with_columns(pl.when(pl.col("pages") > 5).then(0.0).otherwise(pl.col("paid")).alias("paid"))
    before = {i.evidence.get("rule") for i in check_batch(folder, batch).incidents}
    text = (folder / "contract.toml").read_text()
    (folder / "contract.toml").write_text(text.split("[[rule]]")[0])
    assert before != {i.evidence.get("rule") for i in check_batch(folder, batch).incidents}


def test_a_batch_without_rows_is_an_incident(tmp_path: Path) -> None:
    """An empty file, and a header alone, are a break with a name, told once however often they come."""
    make_baseline(visits(400, 0), tmp_path / "base")
    empty, head = tmp_path / "empty.csv", tmp_path / "head.csv"
    empty.write_bytes(b"")
    head.write_text(",".join(visits(1, 0).columns) + "\n")
    for file, told in ((empty, "is empty"), (head, "no rows of data")):
        found = check_batch(tmp_path / "base", file)
        (one,) = found.incidents
        assert (one.cause, one.severity, one.evidence["rows"]) == (Cause.VOLUME, Severity.BLOCKER, 0)
        assert (found.batch, found.rows, len(found.fingerprint)) == (file.name, 0, 64)
        assert told in found.notes[0]
    frame = check_batch(tmp_path / "base", visits(1, 0).head(0))
    assert (frame.batch, frame.fingerprint, len(frame.incidents)) == ("frame", "", 1)


def test_earlier_batches_say_how_many_rows_are_usual(tmp_path: Path) -> None:
    """After four batches a sixth of the usual rows is an incident; empty ones and the batch itself do not count."""
    folder = tmp_path / "base"
    make_baseline(visits(1000, 0), folder)
    for number in range(1, 6):
        store(Workspace(folder), number, made.result(number, rows=1000 if number < 5 else 0))
    few = tmp_path / "few.csv"
    visits(150, 7).write_csv(few)
    found = check_batch(folder, few)
    assert [one.cause for one in found.incidents] == [Cause.VOLUME]
    assert found.incidents[0].evidence["batches"] == 4
    store(Workspace(folder), 6, found)
    assert check_batch(folder, few).incidents[0].evidence["batches"] == 4


def test_what_rests_on_a_column_is_read_from_the_model(tmp_path: Path) -> None:
    """With a release named, its label is the label, and an incident says what of it rests on the column."""
    folder, release = tmp_path / "base", tmp_path / "model"
    release.mkdir()
    target = {"label": "bought", "classes": ["false", "true"], "members": [["false"], ["true"]], "revenue": "paid"}
    share = {"column": "seconds", "share": 0.25, "direction": "mixed"}
    (release / "model.json").write_text(json.dumps({"target": target, "importance": [share]}))
    visits(1000, 0).write_csv(tmp_path / "rows.csv")
    asked = monitor_baseline.Options(str(tmp_path / "rows.csv"), folder, release=release)
    monitor_baseline.act(asked)
    facts = load_baseline(folder).facts
    assert facts.question is not None
    assert facts.yardstick is not None
    assert [form.name for form in facts.yardstick.columns] == ["seconds"]
    assert (facts.label, facts.question.label, facts.question.yes) == ("bought", "bought", ("true",))
    batch = visits(500, 1).with_columns(pl.col("seconds") * 1000)
    (found,) = check_batch(folder, batch).incidents
    told = found.evidence["model"]
    assert told.startswith("25 % of the model rests on seconds: scores of the rows concerned move. A plain model of")
    assert found.evidence["model effect"]["loss"] > 0
    with pytest.raises(ClientelaError, match="predicts 'bought', not 'pages': leave --label out"):
        monitor_baseline.act(dataclasses.replace(asked, label="pages"))


def test_a_release_is_read_from_either_of_its_folders(tmp_path: Path) -> None:
    """The folder of a release has its manifest; ranges of an amount begin above the lowest; nothing else will do."""
    with pytest.raises(ClientelaError, match="holds no model"):
        model_of(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ClientelaError, match=r"manifest.json is damaged"):
        model_of(tmp_path)
    target = {"label": "paid", "classes": ["none", "low", "high"], "edges": [0, 0.01, 30]}
    (tmp_path / "manifest.json").write_text(json.dumps({"target": target, "features": ["pages"]}))
    assert model_of(tmp_path) == Model("paid", (), 0.01)


def test_a_folder_of_a_run_holds_its_baseline_within(tmp_path: Path) -> None:
    """The folder of `clientela run` is checked against by its own name."""
    make_baseline(visits(400, 0), tmp_path / "shop" / "baseline")
    assert check_batch(tmp_path / "shop", visits(300, 1)).rows == 300


def test_a_baseline_needs_a_folder(tmp_path: Path) -> None:
    """A file in its place is refused before anything is written."""
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(ClientelaError, match="is a file: name a folder"):
        make_baseline(visits(400, 0), file)
    with pytest.raises(ClientelaError, match="cannot be made"):
        make_baseline(visits(400, 0), file / "below")
    assert file.read_text() == "mine"


def job(folder: Path, frame: pl.DataFrame) -> tuple[Any, AuditResult]:
    """Return the stages of a run on a frame, audited."""
    table = open_table(frame)
    request = Request(source=frame, label="bought")
    asked = merge(request, Settings())
    stages = running._Job(Workspace.create(folder), table, asked, UNWATCHED)
    return stages, stages.audit(ask(asked, table))


def test_a_run_learns_the_baseline(tmp_path: Path) -> None:
    """The stage writes what later batches are held against, with the run's label and time; too few rows are a note."""
    frame = visits(300, 0).select("at", "device", "pages", "bought")
    stages, audited = job(tmp_path / "shop", frame)
    stages.baseline(audited, None)
    assert stages.notes == []
    baseline = load_baseline(tmp_path / "shop")
    assert (baseline.facts.label, baseline.facts.times, baseline.facts.rows) == ("bought", ("at",), 300)
    assert check_batch(tmp_path / "shop", frame.head(200).drop("device")).incidents[0].cause is Cause.COLUMN_REMOVED
    few, audited = job(tmp_path / "few", frame.head(60))
    (tmp_path / "few" / "baseline").mkdir()
    few.baseline(audited, None)
    assert few.notes == [
        "No baseline for monitoring: The reference has 60 rows: at least 100 are needed to tell chance from a break."
    ]
    assert not (tmp_path / "few" / "baseline").exists()


def test_the_commands_tell_what_became_of_a_batch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Check, history, announce and deliver print what a person needs, and end with their exit codes."""
    folder = tmp_path / "base"
    make_baseline(visits(1000, 0), folder, "bought")
    bad = tmp_path / "bad.csv"
    visits(500, 1).with_columns(pl.col("shop").replace("Rome", "SKU-21")).write_csv(bad)
    (folder / "clientela.toml").write_text('[alerts.webhook]\nurl_env = "NO_SUCH_VARIABLE"\n')
    for again in (False, True):
        with pytest.raises(typer.Exit) as stop:
            monitor_check.act(monitor_check.Options(folder, str(bad)))
        out = capsys.readouterr().out
        assert stop.value.exit_code == 3
        assert ("checked before: it counts once" in out) is again
        assert "(since 2026-01-0" in out
        assert "Alerts that wait: 1 (`clientela monitor deliver` tries them again)." in out
        assert "Page: " in out
    with pytest.raises(typer.Exit) as stop:
        monitor_deliver.act(monitor_deliver.Options(folder))
    assert stop.value.exit_code == 3
    assert "webhook: the environment variable NO_SUCH_VARIABLE is not set" in capsys.readouterr().out
    monitor_history.act(monitor_history.Options(folder))
    assert "Open now: 1" in capsys.readouterr().out
    first, last = (datetime.datetime(2026, 1, day, tzinfo=datetime.UTC) for day in (1, 31))
    monitor_announce.act(monitor_announce.Options(folder, "renamed to SKU-2*", first, last))
    assert "It explains category_renamed of SKU-2*, beginning from 2026-01-01 to 2026-01-31." in capsys.readouterr().out
    monitor_announce.act(monitor_announce.Options(folder, "renamed", first))
    assert "category_renamed, whatever its columns and values, beginning from 2026-01-01 on." in capsys.readouterr().out
    monitor_check.act(monitor_check.Options(folder, str(bad)))
    assert "Shift, no break: Category renamed" in capsys.readouterr().out
    (folder / "clientela.toml").unlink()
    for file in (folder / "monitor" / "outbox" / "waiting").iterdir():
        file.unlink()
    monitor_deliver.act(monitor_deliver.Options(folder))
    assert "Delivered 0, waiting 0." in capsys.readouterr().out
