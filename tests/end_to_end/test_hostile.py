"""Names and cells that mean harm come out inert: on the page, in the deck, in csv, on the terminal."""

from __future__ import annotations

import csv
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from pptx import Presentation

SCRIPT = "<script>document.title='owned'</script>"
IMAGE = "<img src=x onerror=\"document.title='owned'\">"
FORMULA = "=cmd|'/c calc'!A1"
HEADERS = ("=visit_id", SCRIPT, "'; drop table visits; --", "../../x", "{{ 7*7 }}", "@SUM(1)", "\x1b[31mred", "bought")
VALUES = (SCRIPT, IMAGE, FORMULA, "+1+1", "@x", "'; drop table t; --", "../../etc/passwd", "\x1b]0;owned\x07", "ok")
BIG = "x" * 1_000_000


def hostile_rows(rows: int) -> list[list[object]]:
    """Return rows whose label depends on two of the columns, so that every stage has something to say."""
    draw = random.Random(4)
    made: list[list[object]] = []
    for number in range(rows):
        name, other, amount = draw.choice(VALUES), draw.choice(VALUES), round(draw.gauss(0, 1), 3)
        likely = 0.15 + 0.4 * (name == SCRIPT) + 0.3 * (amount > 0.5)
        label = FORMULA if draw.random() < likely else IMAGE
        made.append([f"{FORMULA}{number}", name, other, amount, draw.random(), draw.choice(VALUES), number % 5, label])
    return made


def write_csv(path: Path, rows: list[list[object]]) -> Path:
    """Write the rows as csv, one cell of a megabyte among them."""
    rows[7][2] = BIG
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADERS, *rows])
    return path


def write_workbook(path: Path, rows: list[list[object]]) -> Path:
    """Write the rows as a workbook whose sheet has a hostile name too."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("=cmd|<b>")
        for number, row in enumerate([list(HEADERS), *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell.replace("\x1b", "").replace("\x07", ""))
                else:
                    sheet.write(number, column, cell)
    return path


@pytest.fixture(scope="module", params=["csv", "xlsx"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a hostile file, its name included."""
    folder = tmp_path_factory.mktemp("hostile") / "deep" / "er"
    folder.mkdir(parents=True)
    rows = hostile_rows(700)
    if request.param == "csv":
        return write_csv(folder / "<b>=cmd;'x.csv", rows)
    return write_workbook(folder / "<b>=cmd;'x.xlsx", rows)


@pytest.fixture
def ran(source: Path, clientela: Callable[..., Any]) -> tuple[Path, str]:
    """Return the folder of a run on the hostile file, and all that the terminal got."""
    out = source.parent / "out"
    ended = clientela("run", source, "--label", "bought", "--out", out)
    assert ended.code == 0, ended.err
    return out, ended.out + ended.err


def test_terminal_gets_no_commands(ran: tuple[Path, str]) -> None:
    """No escape or control character of the data reaches the terminal."""
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x9b]", ran[1])


def test_nothing_is_written_elsewhere(ran: tuple[Path, str]) -> None:
    """Names like ../../x make no file outside the folder."""
    out = ran[0]
    assert sorted(path.name for path in out.parent.iterdir()) == sorted([out.name, next(out.parent.glob("*cmd*")).name])
    assert sorted(path.name for path in out.parent.parent.iterdir()) == ["er"]
    expected = {"clientela.toml", "audit.json", "model.json", "release", "rules", "scores.arrow", "segments.json"}
    shown = {"report.html", "audit.html", "deck.pptx", "model-card.html", "model-card.md"}
    assert {path.name for path in out.iterdir()} == expected | shown | {"log", "baseline"}


def test_page_is_inert_in_a_browser(ran: tuple[Path, str], dom: Callable[[Path], str]) -> None:
    """No planted script runs and no planted element appears, also without the page's own policy."""
    page = ran[0] / "report.html"
    bare = ran[0].parent.parent / "bare.html"
    bare.write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text()))
    for path in (page, bare):
        shown = dom(path)
        title = re.search(r"<title>(.*?)</title>", shown, re.DOTALL)
        assert title is not None
        assert title[1] != "owned"
        assert "<img" not in shown
        assert shown.count("<script") == 1
    bare.unlink()
    assert page.stat().st_size < 1_000_000


def test_a_planted_script_would_be_seen(tmp_path: Path, dom: Callable[[Path], str]) -> None:
    """The browser does run a script that is let through, so the test above can fail."""
    page = tmp_path / "a.html"
    page.write_text(f"<html><head><title>mine</title></head><body>{SCRIPT}</body></html>")
    assert "<title>owned</title>" in dom(page)


def test_deck_opens(ran: tuple[Path, str], tmp_path: Path) -> None:
    """The deck opens, holds the names as text, and another program opens it as well."""
    deck = ran[0] / "deck.pptx"
    shapes = [shape for slide in Presentation(str(deck)).slides for shape in slide.shapes]
    words = " ".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)
    assert "bought" in words
    assert not re.search(r"[\x00-\x08\x0e-\x1f]", words)
    office = shutil.which("soffice")
    if office is not None:
        command = [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless"]
        command += ["--convert-to", "pdf", "--outdir", str(tmp_path), str(deck)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        assert (tmp_path / "deck.pdf").stat().st_size > 10_000


def test_scores_hold_no_formula(ran: tuple[Path, str], source: Path, clientela: Callable[..., Any]) -> None:
    """In a csv no cell or header is a formula; parquet keeps the text as it is, in order."""
    target = ran[0].parent.parent / "scores"
    for ending in (".csv", ".parquet"):
        ended = clientela("score", ran[0], source, "--out", target.with_suffix(ending))
        assert ended.code == 0, ended.err
    with target.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    bad = [cell for row in rows for cell in row if re.match(r"[=+@\t\r]|-(?!\d)", cell)]
    assert bad == []
    kept = pl.read_parquet(target.with_suffix(".parquet"))
    assert kept.height == 700
    assert {f"p_{FORMULA}", f"p_{IMAGE}", "segment"} <= set(kept.columns)
    assert kept["=visit_id"][699] == f"{FORMULA}699"
    for ending in (".csv", ".parquet"):
        target.with_suffix(ending).unlink()
