"""Tests of the bundled workbook: it is what the generator makes today."""

import json
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from clientela.samples.writing import write_sample

WRITTEN_WITH = "3.3.1"


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bundled workbook made again."""
    return write_sample(tmp_path_factory.mktemp("again") / "shop_visits.xlsx", 5000, 3)[0]


def test_bundled_workbook_is_made_again(root: Path, again: Path) -> None:
    """Made again the workbook has the same cells, and with the same library the same parts to the byte."""
    bundled = root / "examples" / "shop_visits.xlsx"
    assert bundled.stat().st_size < 1_500_000
    books = [CalamineWorkbook.from_path(path) for path in (bundled, again)]
    assert books[0].sheet_names == books[1].sheet_names
    for name in books[0].sheet_names:
        cells = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for book in books]
        assert cells[0] == cells[1]
    if xlsxwriter.__version__ == WRITTEN_WITH:
        with zipfile.ZipFile(bundled) as old, zipfile.ZipFile(again) as new:
            assert old.namelist() == new.namelist()
            assert all(old.read(name) == new.read(name) for name in old.namelist())


def test_bundled_truth_is_made_again(root: Path, again: Path) -> None:
    """The truth beside it is the one of today."""
    bundled = root / "examples" / "shop_visits.truth.json"
    beside = again.with_name("shop_visits.truth.json")
    assert json.loads(bundled.read_text(encoding="utf-8")) == json.loads(beside.read_text(encoding="utf-8"))


def cells_of(page: str, name: str) -> list[str]:
    """Return the cells of the only table line that begins with `name` and has most cells."""
    lines = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith(f"| {name} |")]
    assert lines, name
    return max(lines, key=len)


def test_docs_tell_the_truth(root: Path) -> None:
    """The numbers on the page about the sample are those of the bundled workbook, rounded."""
    page = (root / "docs" / "explanation" / "the-sample.md").read_text(encoding="utf-8")
    facts = json.loads((root / "examples" / "shop_visits.truth.json").read_text(encoding="utf-8"))
    for block in facts["blocks"]:
        if block["name"] != "area_average":
            shown = cells_of(page, block["name"])
            assert float(shown[-1]) == pytest.approx(block["auc_lost_without"], abs=0.0006)
            assert shown[1].split(", ") == block["columns"]
    limits = zip(
        ("what is known", "the same and", "type and mood"), facts["quality"]["expected_auc"].values(), strict=True
    )
    for start, value in limits:
        assert f"{value:.2f} |" in next(line for line in page.splitlines() if line.startswith(f"| {start}"))
    for kind, response in facts["variants"]["response"].items():
        name = kind.replace("passer_by", "passer-by").replace("_", " ")
        numbers = [line for line in page.splitlines() if line.startswith(f"| {name} | 1 |")]
        assert [float(cell) for cell in numbers[0].strip("| ").split(" | ")[1:]] == list(response.values())
        share = cells_of(page, name)[1]
        assert share == f"{facts['types']['shares'][kind]:.0%}".replace("%", " %")
