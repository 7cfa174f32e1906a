"""Tests of retraining a project folder: promoted or kept, logged, safe against crashes and company."""

import json
import shutil
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from clientela.cli import main as entry
from clientela.domain.errors import ClientelaError, ColumnError, InputError, OutputError, SourceNotFoundError
from clientela.models.release import Release
from clientela.models.retraining import Retrained, Verdict, retrain
from clientela.pipeline import retraining
from clientela.pipeline.comparing import compare_sources, told, verdict
from clientela.pipeline.request import Request
from clientela.pipeline.retraining import retrain_folder
from clientela.pipeline.running import run
from clientela.pipeline.scoring import score_file
from clientela.workspace import releases
from clientela.workspace.folder import Workspace
from clientela.workspace.releases import CHAMPION, champion_folder, one_at_a_time, open_ledger


def visits(rows: int, days: int) -> pl.DataFrame:
    """Return visits from some day on, whose outcome depends on pages and device."""
    rng = np.random.default_rng(days)
    pages = rng.poisson(4, rows)
    device = rng.choice(["mobile", "desktop"], rows)
    drive = 0.6 * (pages - 4) + (device == "desktop") + rng.normal(size=rows)
    start = datetime.fromisoformat("2026-01-01") + timedelta(days=days)
    return pl.DataFrame(
        {
            "visit_time": [start + timedelta(hours=7 * index) for index in range(rows)],
            "device": device,
            "pages": pages,
            "bought": np.where(drive > 0.5, "yes", "no"),
        }
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with a release, and files of old, new and later visits beside it."""
    place = tmp_path_factory.mktemp("made")
    old, new = visits(300, 0), visits(200, 100)
    old.write_parquet(place / "old.parquet")
    pl.concat([old, new]).write_parquet(place / "new.parquet")
    new.write_parquet(place / "later.parquet")
    run(Request(source=str(place / "old.parquet"), label="bought", time="visit_time"), place / "shop", report=False)
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made, tmp_path / "place")
    return tmp_path / "place"


def log_lines(place: Path) -> list[dict[str, object]]:
    """Return the lines of the log that tell of retraining."""
    lines = [json.loads(line) for line in (place / "shop/log/run.jsonl").read_text().splitlines()]
    return [line for line in lines if line["stage"] == "retrain"]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files of a folder but its log."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and "log" not in file.parts)
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def promote_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every challenger be promoted, so that a test does not hang on chance."""

    def promoted(*arguments: Any) -> Retrained:
        found = retrain(*arguments)
        return Retrained(Verdict(True, "better"), found.release, found.comparison, (), found.result)

    monkeypatch.setattr(retraining, "retrain", promoted)


def test_promoted_used_and_logged_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A promoted release is a folder of its own that scores from then on; the same rows again change nothing."""
    promote_all(monkeypatch)
    first = contents(place / "shop/release")
    found = retrain_folder(place / "shop", str(place / "new.parquet"))
    assert found.decision.promoted
    assert not found.repeated
    assert found.champion.parent == place / "shop/releases"
    assert champion_folder(Workspace(place / "shop")) == found.champion
    assert contents(place / "shop/release") == first
    card = (place / "shop/model-card.md").read_text()
    assert "clientela retrain DIR new.parquet" in card
    assert "2026-06-08" in card
    assert (found.champion / "model-card.md").read_text() == card
    before = contents(place / "shop")
    (place / "shop/model-card.md").write_text("left by a crash")
    again = retrain_folder(place / "shop", str(place / "new.parquet"))
    assert again.repeated
    assert again.champion == found.champion
    assert contents(place / "shop") == before
    assert [line["reused"] for line in log_lines(place)] == [False, True]
    score_file(place / "shop", str(place / "later.parquet"), place / "scores.parquet")
    expected = Release.load(found.champion).predict(pl.read_parquet(place / "later.parquet"))
    assert pl.read_parquet(place / "scores.parquet").select(expected.columns).equals(expected)


def test_kept_where_nothing_is_new(place: Path) -> None:
    """Rows that the champion knows keep it, with one line of log and no new folder."""
    found = retrain_folder(place / "shop", str(place / "old.parquet"))
    assert not found.decision.promoted
    assert found.champion == place / "shop/release"
    assert not (place / "shop/releases").exists()
    assert len(log_lines(place)) == 1


def test_a_crash_leaves_the_champion_and_the_next_run_finishes(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop before the decision is written changes nothing in use; running again gives what it would have given."""
    promote_all(monkeypatch)
    shutil.copytree(place / "shop", place / "twin")
    with monkeypatch.context() as crash:

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        crash.setattr(retraining, "write_ledger", stop)
        with pytest.raises(KeyboardInterrupt):
            retrain_folder(place / "shop", str(place / "new.parquet"))
    assert champion_folder(Workspace(place / "shop")) == place / "shop/release"
    (place / "shop/.clientela-left").write_text("half")
    retrain_folder(place / "shop", str(place / "new.parquet"))
    retrain_folder(place / "twin", str(place / "new.parquet"))
    assert contents(place / "shop") == contents(place / "twin")


def test_two_at_once_are_refused(place: Path) -> None:
    """While one process retrains, another ends with a sentence; the lock is let go afterwards."""
    with one_at_a_time(Workspace(place / "shop")), pytest.raises(OutputError, match="by another process"):
        retrain_folder(place / "shop", str(place / "new.parquet"))
    connection = sqlite3.connect(place / "shop/log/retrain.lock")
    connection.execute("BEGIN EXCLUSIVE")
    connection.close()


def test_a_new_first_release_starts_anew(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `clientela run` made another release, that one is in use."""
    promote_all(monkeypatch)
    retrain_folder(place / "shop", str(place / "new.parquet"))
    manifest = place / "shop/release/manifest.json"
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    assert champion_folder(Workspace(place / "shop")) == place / "shop/release"


@pytest.mark.parametrize(
    ("ledger", "sentence"),
    [("{", "damaged"), ('{"champion": "../other", "origin": ""}', "no release of this folder")],
)
def test_a_damaged_ledger_is_told(place: Path, ledger: str, sentence: str) -> None:
    """A ledger that was changed by hand ends in a sentence that says what to do."""
    (place / "shop" / CHAMPION).write_text(ledger)
    with pytest.raises(InputError, match=sentence):
        open_ledger(Workspace(place / "shop"))


def test_wrong_inputs_change_nothing(place: Path) -> None:
    """No folder, no release, lacking columns and no such file end in a sentence each; nothing is written."""
    before = contents(place / "shop")
    lacking = place / "lacking.parquet"
    visits(100, 100).drop("bought", "pages").write_parquet(lacking)
    for source, kind in ((lacking, ColumnError), (place / "none.parquet", SourceNotFoundError)):
        with pytest.raises(kind):
            retrain_folder(place / "shop", str(source))
    assert contents(place / "shop") == before
    assert log_lines(place) == []
    with pytest.raises(SourceNotFoundError, match="is no folder made by"):
        retrain_folder(place, str(lacking))
    shutil.rmtree(place / "shop/release")
    with pytest.raises(SourceNotFoundError, match="has no release"):
        retrain_folder(place / "shop", str(place / "new.parquet"))
    (place / "shop/log/retrain.lock").unlink()
    (place / "shop/log/retrain.lock").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        retrain_folder(place / "shop", str(place / "new.parquet"))


def test_releases_are_compared_on_a_file(place: Path) -> None:
    """A release answers like itself; a file learned from and classes not learned are pointed out."""
    found, notes = compare_sources(place / "shop", place / "shop/release", str(place / "later.parquet"))
    assert notes == ()
    assert verdict(found) == f"Both releases answer alike on all {found.rows:,} rows."
    assert all(line.endswith(": the same") for line in told(found)[1:])
    assert len(told(found)) == 1 + len(found.differences)
    _, notes = compare_sources(place / "shop", place / "shop/release", str(place / "old.parquet"))
    assert len(notes) == 2
    strange = pl.when(pl.int_range(pl.len()) < 7).then(pl.lit("perhaps"))
    later = pl.read_parquet(place / "later.parquet")
    later.with_columns(strange.otherwise(pl.col("bought")).alias("bought")).write_parquet(place / "strange.parquet")
    found, notes = compare_sources(place / "shop", place / "shop", str(place / "strange.parquet"))
    assert notes == ("Left out: 7 rows whose 'bought' is none of the classes learned, such as 'perhaps'.",)
    assert found.rows == len(later) - 7
    with pytest.raises(SourceNotFoundError, match="neither a release"):
        compare_sources(place, place / "shop", str(place / "later.parquet"))
    visits(50, 9).drop("pages").write_parquet(place / "lacking.parquet")
    with pytest.raises(ClientelaError, match="'pages'"):
        compare_sources(place / "shop", place / "shop", str(place / "lacking.parquet"))


def test_the_commands_say_what_was_decided(place: Path) -> None:
    """Both commands end with 0 and name the release in use, or which is better."""
    shop, old, late = (str(place / name) for name in ("shop", "old.parquet", "later.parquet"))
    for repeated in (False, True):
        result = CliRunner().invoke(entry.app, ["retrain", shop, old])
        assert result.exit_code == 0, result.output
        assert "Kept: too few new rows" in result.output
        assert ("judged before" in result.output) == repeated
    result = CliRunner().invoke(entry.app, ["models", "compare", shop, shop, late])
    assert result.exit_code == 0, result.output
    assert "answer alike on all" in result.output


def test_a_column_that_is_gone_is_told_and_logged(place: Path) -> None:
    """The command ends with 0, a line names the column, the log has it, and nothing but the ledger changed."""
    before = contents(place / "shop")
    gone = pl.lit(None, pl.Int64).alias("pages")
    rows = pl.concat([visits(300, 0), visits(200, 100).with_columns(gone)])
    rows.write_parquet(place / "gone.parquet")
    for repeated in (False, True):
        ended = CliRunner().invoke(entry.app, ["retrain", str(place / "shop"), str(place / "gone.parquet")])
        assert ended.exit_code == 0
        (line,) = [line for line in ended.stdout.splitlines() if line.startswith("Kept: ")]
        assert line.startswith(
            "Kept: most values are gone from 'pages' (0% of 100 rows to compare on, 100% before): mend"
        )
        assert ("judged before" in ended.stdout) == repeated
    assert "most values are gone from 'pages'" in str(log_lines(place)[0]["detail"])
    after = contents(place / "shop")
    assert {name for name in after if after[name] != before.get(name)} == {CHAMPION}


def test_a_lock_that_cannot_be_written_is_no_other_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is told as one: nobody waits for another process that is not there."""

    class Full:
        def execute(self, _: str) -> None:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error

        def close(self) -> None:
            pass

    monkeypatch.setattr(releases.sqlite3, "connect", lambda *_, **__: Full())
    with (
        pytest.raises(OutputError, match=r"cannot be written: database or disk is full\."),
        one_at_a_time(Workspace(tmp_path)),
    ):
        pass
