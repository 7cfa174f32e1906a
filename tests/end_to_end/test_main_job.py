"""The main job as a user runs it: from a workbook or a real file to a report, again, and on new rows."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import clientela as package
from clientela.models.options import ModelOptions

Call = Callable[..., Any]
ENTRY = "from clientela.cli.main import main; main()"
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
"""The environment of other processes: what is measured of the code is measured by the other tests."""

ARTIFACTS = (
    *("audit.json", "model.json", "scores.arrow", "segments.json"),
    *("report.html", "audit.html", "deck.pptx", "clientela.toml", "baseline/contract.toml"),
    *("model-card.html", "model-card.md"),
)


FEW = (
    *("visit_id", "visitor_id", "visit_time", "device", "temp_c", "pp_idx", "crm_orders", "cmp_chan"),
    *("session_sec", "prev_visits", "order_value", "revenue_group"),
)
"""A third of the columns of the sample: with 500 rows the work goes with the columns."""


def write_few(file: Path, seed: int) -> None:
    """Write 500 visits in some of the sample's columns as a csv file."""
    whole, *_ = package.write_sample(file.with_suffix(".parquet"), 500, seed)
    pl.read_parquet(whole).select(FEW).write_csv(file)
    whole.unlink()


def model_of(folder: Path) -> dict[str, Any]:
    """Return model.json of a folder."""
    found: dict[str, Any] = json.loads((folder / "model.json").read_text())
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all results, the log aside."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "log" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def shop(bundled: Any) -> Path:
    """Return the folder of the run on the bundled workbook, typed in another process; it is only read."""
    return Path(bundled.place) / "shop"


def test_bundled_workbook(shop: Path) -> None:
    """All results are there, the label is known in its order, and the planted traps were not walked into."""
    assert all((shop / name).exists() for name in ARTIFACTS)
    model = model_of(shop)
    assert model["target"]["classes"] == ["none", "low", "middle", "high", "top"]
    assert model["splits"][0]["name"] == "folds by visitor"
    assert any(split["name"] == "forward in time" for split in model["splits"])
    left = {item["column"] for item in model["left_out"]}
    assert {"order_value", "area_avg", "visit_id", "visitor_id"} <= left
    assert (shop / "report.html").stat().st_size < 1_000_000
    assert (shop / "audit.html").stat().st_size < 1_000_000


def test_quality_stays_within_what_is_possible(shop: Path, root: Path) -> None:
    """The measured AUC is above chance and does not exceed what the true probabilities allow."""
    truth = json.loads((root / "examples" / "shop_visits.truth.json").read_text())
    best = truth["quality"]["expected_auc"]["true_probability"]
    headline = model_of(shop)["metrics"][0]
    assert headline["name"] == "auc"
    assert 0.7 < headline["estimate"]["low"] < headline["estimate"]["value"] < best


def test_score_gives_every_class_in_order(shop: Path, root: Path, tmp_path: Path, clientela: Call) -> None:
    """Scores hold identifiers, one probability per class that sum to 1, revenue and segment; rows keep order."""
    book, target = root / "examples" / "shop_visits.xlsx", tmp_path / "scored.parquet"
    ended = clientela("score", shop, book, "--sheet", "sample_03", "--out", target)
    assert ended.code == 0, ended.err
    assert ended.out == f"Scores: {target}\n"
    scored = pl.read_parquet(target)
    chances = [f"p_{name}" for name in ("none", "low", "middle", "high", "top")]
    assert scored.columns == ["visit_id", "visitor_id", *chances, "expected_revenue", "segment"]
    sums = scored.select(pl.sum_horizontal(chances)).to_series()
    assert (sums - 1).abs().max() < 1e-9
    with package.open_table(book, sheet="sample_03") as table:
        ids = pl.concat(list(table.batches(columns=["visit_id"])))["visit_id"]
    assert scored["visit_id"].to_list() == ids.to_list()
    assert scored["segment"].null_count() == 0


def test_score_tells_what_the_model_has_not_learned(shop: Path, root: Path, tmp_path: Path, clientela: Call) -> None:
    """New values and an empty column are told in a line each, and the scores are written all the same."""
    with package.open_table(root / "examples" / "shop_visits.xlsx", sheet="sample_03") as table:
        rows = next(table.batches()).head(50)
    rows.with_columns(device=pl.lit("watch"), city=pl.lit(None, pl.String)).write_parquet(tmp_path / "new.parquet")
    ended = clientela("score", shop, tmp_path / "new.parquet", "--out", tmp_path / "scored.csv")
    assert ended.code == 0, ended.err
    assert ended.out.splitlines() == [
        "Values that the model has not learned are scored as rare ones: 'device' in 50 of 50 rows (such as 'watch').",
        "Nothing that the model can read is in 'city': all 50 rows are scored as missing there.",
        f"Scores: {tmp_path / 'scored.csv'}",
    ]
    assert pl.read_csv(tmp_path / "scored.csv").height == 50


@dataclass(frozen=True)
class Asked:
    """A run as it was typed: what was printed, the file, and the folder it made."""

    out: str
    file: Path
    folder: Path


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Return a run of a small file with nothing but its name, typed in another process."""
    place = tmp_path_factory.mktemp("first")
    write_few(place / "may visits.csv", 2)
    program = [sys.executable, "-c", ENTRY, "run", "may visits.csv"]
    ended = subprocess.run(program, cwd=place, check=True, capture_output=True, text=True, env=PLAIN)
    return Asked(ended.stdout, place / "may visits.csv", place / "may-visits")


def test_nothing_but_a_file(first: Asked) -> None:
    """With nothing but a file the label is proposed, how sure is said, and the folder is named after the file."""
    assert "Took 'revenue_group' as the label" in first.out
    assert "% sure)" in first.out
    assert all((first.folder / name).exists() for name in ARTIFACTS)


def test_audit_of_a_run_is_that_of_the_command(first: Asked, clientela: Call) -> None:
    """`audit --json -` prints the same bytes as the run wrote to audit.json."""
    streamed = clientela("audit", first.file, "--json", "-")
    assert streamed.code == 0, streamed.err
    assert streamed.out == (first.folder / "audit.json").read_text(encoding="utf-8")


def test_running_again_changes_nothing_and_takes_up_corrections(first: Asked, tmp_path: Path, clientela: Call) -> None:
    """A second run finds every stage unchanged; a corrected role is taken up and stays."""
    folder = tmp_path / "again"
    shutil.copytree(first.folder, folder)
    moved = clientela("run", first.file, "--out", folder)
    # report and card name the folder, which is another one now
    assert moved.err.count("(unchanged)") == 4, moved.err
    before = contents(folder)
    ended = clientela("run", first.file, "--out", folder)
    assert ended.code == 0, ended.err
    assert ended.err.count("(unchanged)") == 5 + (contents(folder)["report.html"] == before["report.html"])
    settings = folder / "clientela.toml"
    settings.write_text(settings.read_text().replace('temp_c = "feature"', 'temp_c = "ignored"'))
    ended = clientela("run", first.file, "--out", folder)
    assert ended.code == 0, ended.err
    assert "(unchanged)" not in ended.err
    assert "temp_c" not in model_of(folder)["features"]
    assert tomllib.loads(settings.read_text())["columns"]["temp_c"] == "ignored"


def test_same_seed_same_bytes(first: Asked, tmp_path: Path) -> None:
    """Another process with another hash seed makes the same files to the byte."""
    shutil.copy(first.file, tmp_path)
    program = [sys.executable, "-c", ENTRY, "run", first.file.name]
    other = {**PLAIN, "PYTHONHASHSEED": "77"}
    subprocess.run(program, cwd=tmp_path, check=True, capture_output=True, env=other)
    one, two = contents(first.folder), contents(tmp_path / first.folder.name)
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_interrupt_leaves_the_folder_usable(tmp_path: Path, clientela: Call) -> None:
    """Ctrl-C in the middle of the models ends in one sentence; the next run goes on from the finished stages."""
    folder, file = tmp_path / "out", tmp_path / "visits.csv"
    write_few(file, 4)
    process = subprocess.Popen(
        [sys.executable, "-c", ENTRY, "run", str(file), "--label", "revenue_group", "--out", str(folder)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    for _ in range(1200):
        if (folder / "log" / "inferred.json").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"Run the same command again" in complaint
    assert b"Traceback" not in complaint
    assert not (folder / "model.json").exists()
    ended = clientela("learn", file, "--label", "revenue_group", "--out", folder)
    assert ended.code == 0, ended.err
    assert "audit" in ended.err.split("(unchanged)")[0].splitlines()[-1]
    assert not list(folder.glob(".clientela-*"))


def test_bank_marketing(real_data: Callable[[str], Path], tmp_path: Path, clientela: Call) -> None:
    """A file separated by semicolons runs through; `learn` alone makes a release that scores the file."""
    with zipfile.ZipFile(real_data("bank-additional.zip")) as packed:
        member = "bank-additional/bank-additional.csv"
        lines = packed.read(member).splitlines(keepends=True)
    (tmp_path / "bank.csv").write_bytes(b"".join(lines[:1201]))
    ended = clientela("learn", tmp_path / "bank.csv", "--label", "y", "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert "auc" in ended.out
    assert not (tmp_path / "out" / "report.html").exists()
    ended = clientela("score", tmp_path / "out", tmp_path / "bank.csv", "--out", tmp_path / "s.csv")
    assert ended.code == 0, ended.err
    scored = pl.read_csv(tmp_path / "s.csv")
    assert scored.columns == ["p_no", "p_yes"]
    assert scored.height == 1200


def test_a_file_without_label_is_audited(tmp_path: Path, clientela: Call) -> None:
    """Where no column looks like a label the audit and the report are made, and it says what to name."""
    rows = "\n".join(f"{i % 7},{i % 11},{'ab'[i % 2]}" for i in range(300))
    (tmp_path / "a.csv").write_text(f"height,width,colour\n{rows}\n")
    ended = clientela("run", tmp_path / "a.csv", "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert "--label" in ended.out
    assert (tmp_path / "out" / "report.html").exists()
    assert not (tmp_path / "out" / "model.json").exists()


def test_steps_from_python(root: Path) -> None:
    """The same steps as functions on a table, from a frame, with results that show themselves."""
    with package.open_table(root / "examples" / "shop_visits.xlsx", sheet="sample_03") as table:
        frame = pl.concat(list(table.batches(columns=FEW)))[:400]
    options = ModelOptions(folds=3, resamples=50)
    with package.open_table(frame) as table:
        audited = package.audit(table, package.Ask(label="revenue_group", collected=FEW[:4]))
        learned = package.learn(table, audited.roles, options=options)
        found = package.segment(table, audited.roles, learned, options)
        scores = pl.concat(list(package.score(learned.release, table, columns=("visit_id",))))
        names = package.assign(found, frame)
    assert "findings" in repr(audited)
    assert "auc" in repr(learned)
    assert "<table>" in audited._repr_html_()
    assert learned.result.to_dict()["rows"] == scores.height == names.len() == 400
