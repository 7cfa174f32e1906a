"""The audit as a user runs it: the verdict, the JSON, the page, and the rows behind a finding."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import clientela as package

Call = Callable[..., Any]
ASKED = ("--sheet", "sample_03", "--collected", "A:E", "--label", "revenue_group")


@pytest.fixture(scope="module")
def book(root: Path) -> str:
    """Return the bundled workbook."""
    return str(root / "examples" / "shop_visits.xlsx")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a workbook like the bundled one, with a tenth of its rows."""
    return str(package.write_sample(tmp_path_factory.mktemp("small") / "visits.xlsx", 500, 3)[0])


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a csv file whose cells speak to terminals and shells, one row twice, with addresses of people."""
    rows = [f"{row},c{row % 5}\x1b[31m,p{row}@shop.example,{row * 37 % 101}" for row in range(400)]
    file = tmp_path_factory.mktemp("planted") / "may; visits.csv"
    file.write_text("\n".join(["visit_id,channel,contact,clicks", *rows, rows[3]]) + "\n", encoding="utf-8")
    return file


def test_verdict(book: str, clientela: Call) -> None:
    """Ten numbered findings are printed, most important first, then how many more; progress goes elsewhere."""
    ended = clientela("audit", book, *ASKED)
    assert ended.code == 0, ended.err
    lines = ended.out.strip().splitlines()
    assert lines[0].startswith("Audit of shop_visits.xlsx: 5,000 rows, 31 columns, ")
    kinds = [re.match(r"\s*(\d+)\. (blocker|warning|notice|info): \S", line) for line in lines[1:11]]
    assert [int(kind[1]) for kind in kinds if kind] == list(range(1, 11))
    order = ["blocker", "warning", "notice", "info"]
    ranks = [order.index(kind[2]) for kind in kinds if kind]
    assert ranks == sorted(ranks)
    assert re.match(r"\d+ more findings: ", lines[11])
    assert "audit" in ended.err
    assert "audit" not in ended.out.lower().replace("audit of shop_visits.xlsx", "")


def test_json_is_the_same_everywhere(small: str, clientela: Call, tmp_path: Path) -> None:
    """On standard output stands the JSON and nothing else: the same bytes as in a file."""
    streamed = clientela("audit", small, *ASKED, "--json", "-")
    assert streamed.code == 0, streamed.err
    found = json.loads(streamed.out)
    assert {"table", "columns", "findings", "tested"} <= set(found)
    keys = ["code", "severity", "columns", "title", "evidence", "advice"]
    assert all(list(finding) == keys for finding in found["findings"])
    assert [column["column"]["name"] for column in found["columns"]][:2] == ["visit_id", "visitor_id"]
    written = clientela("audit", small, *ASKED, "--json", tmp_path / "a.json", "--out", tmp_path / "a.html")
    assert written.code == 0, written.err
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == streamed.out
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_rows_by_number_and_by_code(small: str, clientela: Call) -> None:
    """The same rows come for the number in the verdict and for the code; all rows of a code's findings come."""
    verdict = clientela("audit", small, *ASKED).out
    number = re.search(r"(\d+)\. warning: Some numbers stand for missing", verdict)
    assert number is not None
    by_number, by_code = (clientela("audit", small, *ASKED, "--rows", wanted) for wanted in (number[1], "sentinel"))
    assert by_number.code == by_code.code == 0
    assert by_number.out == by_code.out
    assert by_number.out.count("-999.0") == 16
    assert 'SELECT * FROM "sample_03" WHERE ISFINITE("temp_c") AND "temp_c" = -999' in by_number.out
    blocks = clientela("audit", small, *ASKED, "--rows", "joined_block")
    assert blocks.out.count("came through one join") > 1


def test_rows_are_inert_and_masked(planted: Path, clientela: Call) -> None:
    """No escape character and no address of a person reaches the terminal, whatever is listed."""
    for code in ("duplicate_rows", "personal_data"):
        ended = clientela("audit", planted, "--rows", code)
        assert ended.code == 0, ended.err
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x9b]", ended.out + ended.err)
        assert "shop.example" not in ended.out
        assert "@xxxx.xxxxxxx" in ended.out
    assert "may; visits" in ended.out
    assert "shop.example" not in clientela("audit", planted, "--json", "-").out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--rows", "77"), "findings 1 to"),
        (("--rows", "nonsense"), "take a number"),
        (("--rows", "1", "--json", "-"), "leave --rows out"),
        (("--out", "page.txt"), "ends in .html"),
        (("--rows", "constant"), "tested for in this table"),
        (("--out", "no/such/folder.html"), "its folder does not exist"),
        (("--json", "no/such/audit.json"), "its folder does not exist"),
        (("--json", "."), "it is a folder"),
        (("--json", ""), "Name a file with --json"),
        (("--json", "/dev/null"), "a device or a pipe"),
        (("--collected", "ZZ:ZY"), "ZZ:ZY"),
        (("--sheet", "may"), "'may'"),
        (("--query", "select 1"), "DuckDB"),
        (("--label", "nowhere"), "nowhere"),
    ],
)
def test_wrong_options_are_one_sentence(planted: Path, clientela: Call, options: tuple[str, ...], words: str) -> None:
    """Whatever cannot be answered ends in exit code 2 and one sentence, nothing on standard output."""
    ended = clientela("audit", planted, *options)
    assert ended.code == 2
    assert ended.out == ""
    assert words in ended.err.splitlines()[-1]
    assert ended.err.count("clientela: ") == 1
    assert "Traceback" not in ended.err


def test_what_cannot_be_written_is_said_before_any_work(planted: Path, clientela: Call, tmp_path: Path) -> None:
    """A wrong name for the result costs no audit."""
    ended = clientela("audit", planted, "--json", tmp_path)
    assert [line.split()[0] for line in ended.err.splitlines()] == ["clientela:"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nothing.csv", None, "There is no file"),
        ("a.csv", "", "is empty"),
        ("a.csv", "page,bought\n", "no rows of data"),
        ("folder", None, "no parquet files"),
    ],
)
def test_wrong_files_are_one_sentence(
    tmp_path: Path, clientela: Call, name: str, content: str | None, words: str
) -> None:
    """A file that is not there, is empty, or is a folder ends in exit code 2 and one sentence."""
    (tmp_path / "folder").mkdir()
    if content is not None:
        (tmp_path / name).write_text(content)
    ended = clientela("audit", tmp_path / name)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("options", [(), ("--json", "-")], ids=["verdict", "json"])
def test_a_reader_that_leaves_early_is_no_fault(planted: Path, options: tuple[str, ...]) -> None:
    """Into a pipe that nobody reads any more the audit ends without a word of complaint."""
    command = [sys.executable, "-c", "from clientela.cli.main import main; main()", "audit", str(planted), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=120) == 0
    assert "Error" not in complaint
    assert "clientela:" not in complaint
