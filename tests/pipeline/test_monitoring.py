"""Monitoring from the command line: baseline, check, exit codes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import polars as pl
import pytest
import typer
from tests.monitoring.conftest import visits

from clientela.cli.commands import monitor_baseline, monitor_check
from clientela.domain.errors import ClientelaError
from clientela.pipeline.monitoring import check_batch, load_baseline, make_baseline
from clientela.workspace.checks import store
from clientela.workspace.folder import Workspace


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
