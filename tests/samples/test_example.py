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
