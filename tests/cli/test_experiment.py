"""The commands `experiment plan` and `experiment analyse`."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion
from xlsxwriter import Workbook

from clientela.cli import main as entry


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with decisions and their outcomes, where commands run."""
    rng = np.random.default_rng(1)
    place = np.arange(600)
    start = dt.datetime.fromisoformat("2024-01-01")
    frame = pl.DataFrame(
        {
            "visitor": [f"u{one}" for one in place],
            "variant": np.where(place % 2 == 0, "control", "new"),
            "time": [start + dt.timedelta(hours=float(hour)) for hour in place * 14 * 24 / 600],
            "revenue": np.round(rng.gamma(4, 10, 600) * np.where(place % 2 == 0, 1, 1.4), 2),
            "bounce": rng.integers(0, 2, 600),
            "city": rng.choice(["north", "south"], 600),
        }
    )
    frame.write_csv(tmp_path / "trial.csv")
    frame.select("visitor", "variant", "time").write_csv(tmp_path / "decisions.csv")
    later = frame.select("visitor", at=pl.col("time") + dt.timedelta(hours=3), revenue="revenue")
    later.filter(pl.int_range(pl.len()) % 3 > 0).write_csv(tmp_path / "outcomes.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run a command as a user does, and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["clientela", "experiment", *words])
    with pytest.raises(SystemExit) as stop:
        entry.main()
    return int(stop.value.code or 0)


def test_the_answer_as_it_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    """Doubts, answer, what to do, numbers, and what was taken for granted, in this order."""
    words = ("--guard", "bounce", "--by", "city", "--planned", "600", "--cap", "200", "--out", "page.html")
    assert run(monkeypatch, "analyse", "trial.csv", *words) == 0
    assert capsys.readouterr().out == snapshot
    assert Path("page.html").read_text().startswith("<!doctype html>")


def test_two_tables_with_a_window_as_they_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    """Decisions and outcomes, conversions within a day."""
    words = ("--goal", "conversion", "--window", "1", "--outcome", "revenue", "--holdout", "50%")
    assert run(monkeypatch, "analyse", "decisions.csv", "outcomes.csv", *words) == 0
    assert capsys.readouterr().out == snapshot


def test_the_json_is_alone_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json - nothing but JSON is written there; with a name the file is told."""
    words = ("analyse", "decisions.csv", "outcomes.csv", "--goal", "time-to-checkout")
    assert run(monkeypatch, *words, "--json", "-") == 0
    alone = json.loads(capsys.readouterr().out)
    assert alone["goal"] == "time-to-checkout"
    assert run(monkeypatch, *words, "--json", "found.json") == 0
    assert json.loads(Path("found.json").read_text()) == alone
    assert "JSON: found.json" in capsys.readouterr().out


def test_the_plan_as_it_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    """The answer, sizes for other effects, the power curve, and what was taken for granted."""
    assert run(monkeypatch, "plan", "--from", "trial.csv", "--effect", "3%", "--holdout", "5%") == 0
    assert capsys.readouterr().out == snapshot


def test_the_plan_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The same plan to standard output, or to a file."""
    assert run(monkeypatch, "plan", "--from", "trial.csv", "--json", "-") == 0
    alone = json.loads(capsys.readouterr().out)
    assert run(monkeypatch, "plan", "--from", "trial.csv", "--json", "plan.json") == 0
    assert json.loads(Path("plan.json").read_text()) == alone


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("analyse", "nothing.csv"), "nothing.csv"),
        (("analyse", "trial.csv", "--outcome", "revenu"), "There is no column 'revenu': did you mean 'revenue'?"),
        (("analyse", "trial.csv", "--goal", "joy"), "joy"),
        (("analyse", "trial.csv", "--holdout", "150%"), "A holdout of 150 % is asked for"),
        (("analyse", "trial.csv", "--holdout", "some"), "--holdout is 'some'"),
        (("analyse", "trial.csv", "--json", ""), "Name a file with --json"),
        (("analyse", "trial.csv", "--out", "page.pdf"), "name a file that ends in .html"),
        (("analyse", "trial.csv", "--out", "no/such/page.html"), "page.html"),
        (("plan", "--from", "trial.csv", "--effect", "0"), "An effect of 0"),
        (("plan", "--from", "trial.csv", "--json", ""), "Name a file with --json"),
        (("plan", "--from", "trial.csv", "--power", "100%"), "A power of 100 %"),
    ],
)
def test_wrong_inputs_end_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    """Exit code 2, one sentence, nothing written."""
    before = sorted(Path().iterdir())
    assert run(monkeypatch, *words) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert "Traceback" not in shown.err
    assert sorted(Path().iterdir()) == before


@pytest.mark.usefixtures("folder")
def test_sheets_of_workbooks_are_chosen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A workbook of several sheets is read from the one that is named, decisions and outcomes each; so is a plan."""
    shown = pl.DataFrame({"visitor": range(200), "variant": ["a", "b"] * 100})
    came = pl.DataFrame({"visitor": range(200), "bought": [0, 0, 0, 1] * 50})
    with Workbook("two.xlsx") as book:
        shown.write_excel(book, "shown")
        came.write_excel(book, "came")
    words = ("analyse", "two.xlsx", "two.xlsx", "--goal", "conversion")
    assert run(monkeypatch, *words) == 2
    assert "choose one with --sheet NAME" in capsys.readouterr().err
    assert run(monkeypatch, *words, "--sheet", "shown", "--outcomes-sheet", "came") == 0
    assert "The control is 'a'" in capsys.readouterr().out
    plan = ("plan", "--from", "two.xlsx", "--goal", "conversion", "--outcome", "bought")
    assert run(monkeypatch, *plan, "--sheet", "came") == 0
