"""Every wrong input ends in exit code 2 and one clear sentence, and leaves nothing half-written."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

ROWS = [("visit", "page", "bought")] + [
    (f"v{i}", "home" if i % 3 else "sale", "yes" if i % 4 else "no") for i in range(80)
]


def workbook(path: Path, **sheets: list[tuple[object, ...]]) -> Path:
    """Write a workbook with these sheets."""
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def text(path: Path, content: str | bytes) -> Path:
    """Write a file."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def csv(rows: list[tuple[object, ...]]) -> str:
    """Return rows as csv."""
    return "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def missing(folder: Path) -> list[object]:
    """A file that is not there."""
    return [folder / "nothing.xlsx"]


def sheet_not_there(folder: Path) -> list[object]:
    """A sheet that is not there."""
    return [workbook(folder / "a.xlsx", visits=ROWS, orders=ROWS), "--sheet", "sample_03"]


def two_sheets(folder: Path) -> list[object]:
    """Two sheets with data, none named."""
    return [workbook(folder / "a.xlsx", visits=ROWS, orders=ROWS)]


def encrypted(folder: Path) -> list[object]:
    """A workbook with a password: an OLE container that names its encrypted package."""
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504
    return [text(folder / "a.xlsx", header + "EncryptedPackage".encode("utf-16-le") + b"\0" * 1000)]


def corrupt(folder: Path) -> list[object]:
    """A workbook cut in the middle."""
    whole = workbook(folder / "b.xlsx", visits=ROWS).read_bytes()
    return [text(folder / "a.xlsx", whole[: len(whole) // 2])]


def bomb(folder: Path) -> list[object]:
    """A workbook whose sheet unpacks to a gigabyte, more than two hundred times its size."""
    path = workbook(folder / "a.xlsx", visits=ROWS)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet9.xml", "w", force_zip64=True) as file,
    ):
        for _ in range(100):
            file.write(b" " * 10_000_000)
    return [path]


def empty_sheet(folder: Path) -> list[object]:
    """A sheet without cells."""
    return [workbook(folder / "a.xlsx", visits=[])]


def empty_file(folder: Path) -> list[object]:
    """A file of no bytes."""
    return [text(folder / "a.csv", "")]


def one_row(folder: Path) -> list[object]:
    """One row of data is too few to learn from."""
    return [text(folder / "a.csv", csv(ROWS[:2])), "--label", "bought"]


def label_not_there(folder: Path) -> list[object]:
    """A label that is not there."""
    return [text(folder / "a.csv", csv(ROWS)), "--label", "brought"]


def one_class(folder: Path) -> list[object]:
    """A label with one class."""
    rows = [ROWS[0], *[(a, b, "yes") for a, b, _ in ROWS[1:]]]
    return [text(folder / "a.csv", csv(rows)), "--label", "bought"]


def all_null(folder: Path) -> list[object]:
    """Every cell of every column is missing."""
    rows = [ROWS[0], *[("", "", "")] * 60]
    return [text(folder / "a.csv", csv(rows)), "--label", "bought"]


def collected_outside(folder: Path) -> list[object]:
    """Letters beyond the last column."""
    return [text(folder / "a.csv", csv(ROWS)), "--collected", "A:Z"]


def unknown_kind(folder: Path) -> list[object]:
    """A picture."""
    return [text(folder / "a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100)]


def a_folder(folder: Path) -> list[object]:
    """A folder without parquet files."""
    (folder / "things").mkdir()
    return [folder / "things"]


CASES = {
    missing: r"nothing\.xlsx",
    sheet_not_there: r"sample_03.*'visits', 'orders'",
    two_sheets: r"'visits', 'orders'.*--sheet",
    encrypted: r"password",
    corrupt: r"a\.xlsx",
    bomb: r"a\.xlsx.*unpacks to far more",
    empty_sheet: r"a\.xlsx|visits",
    empty_file: r"a\.csv",
    one_row: r"row",
    label_not_there: r"brought.*'bought'",
    one_class: r"'bought' has the single value 'yes'",
    all_null: r"a\.csv.*no rows of data",
    collected_outside: r"A:Z.*3 columns",
    unknown_kind: r"a\.png",
    a_folder: r"things",
}


@pytest.mark.parametrize("make", list(CASES), ids=lambda make: make.__name__)
def test_wrong_input(make: Callable[[Path], list[object]], tmp_path: Path, clientela: Callable[..., object]) -> None:
    """Exit code 2, one sentence that names what was given, no traceback, no half-written file."""
    ended = clientela("run", *make(tmp_path), "--out", tmp_path / "out")
    assert ended.code == 2, ended.err
    assert "Traceback" not in ended.err
    said = [line for line in ended.err.splitlines() if line.startswith("clientela: ")]
    assert len(said) == 1
    assert re.search(CASES[make], said[0]), said[0]
    assert said[0].endswith((".", "?"))
    assert not list(tmp_path.rglob(".clientela-*"))
    if (tmp_path / "out").exists():
        assert not (tmp_path / "out" / "model.json").exists()


def test_folder_of_something_else(tmp_path: Path, clientela: Callable[..., object]) -> None:
    """A folder that holds something else is named and left as it is."""
    file = text(tmp_path / "a.csv", csv(ROWS))
    ended = clientela("run", file, "--out", tmp_path)
    assert ended.code == 2
    assert "holds something else" in ended.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_right_to_write(tmp_path: Path, clientela: Callable[..., object]) -> None:
    """A folder that may not be written is named."""
    file = text(tmp_path / "a.csv", csv(ROWS))
    (tmp_path / "locked").mkdir(mode=0o500)
    ended = clientela("run", file, "--out", tmp_path / "locked" / "out")
    assert ended.code == 2
    assert "no right to write" in ended.err


def test_no_space(tmp_path: Path, clientela: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is named, and no half-written file stays."""
    file = text(tmp_path / "a.csv", csv(ROWS))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    ended = clientela("run", file, "--out", tmp_path / "out")
    assert ended.code == 2
    assert "no space left on the disk" in ended.err
    assert not list((tmp_path / "out").rglob(".clientela-*"))


@pytest.mark.parametrize("arguments", [("score", "nowhere", "x.csv", "--out", "s.csv"), ("learn", "x.csv")])
def test_other_commands(arguments: tuple[str, ...], clientela: Callable[..., object]) -> None:
    """A folder that is no project, or a missing option, is exit code 2 as well."""
    assert clientela(*arguments).code == 2


def test_score_wants_a_known_ending(tmp_path: Path, clientela: Callable[..., object]) -> None:
    """Scores are written as parquet or csv, and another ending says so before any work."""
    ended = clientela("score", tmp_path, tmp_path / "a.csv", "--out", tmp_path / "s.xlsx")
    assert ended.code == 2
    assert "neither .parquet nor .csv" in ended.err


def test_duplicate_and_blank_names_open(tmp_path: Path, clientela: Callable[..., object]) -> None:
    """Duplicate and blank column names are made unique, not an error."""
    rows = [("page", "page", "", "bought"), *[(b, b, i % 17 / 8, c) for i, (_, b, c) in enumerate(ROWS[1:])]]
    ended = clientela("run", text(tmp_path / "a.csv", csv(rows)), "--label", "bought", "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    settings = (tmp_path / "out" / "clientela.toml").read_text()
    assert "page_2" in settings


def test_mixed_conventions_are_kept_and_told(tmp_path: Path, clientela: Callable[..., object]) -> None:
    """A column with two number conventions runs through to the report."""
    frame = pl.DataFrame(
        {
            "price": [f"1,{i + 100}.50" if i % 2 else f"1.{i + 100},50" for i in range(80)],
            "pages": [i % 13 for i in range(80)],
            "bought": ["yes" if i % 4 else "no" for i in range(80)],
        }
    )
    frame.write_csv(tmp_path / "a.csv")
    ended = clientela("run", tmp_path / "a.csv", "--label", "bought", "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert "mixed_types" in (tmp_path / "out" / "audit.json").read_text()
