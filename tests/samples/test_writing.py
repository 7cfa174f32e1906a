"""Tests of the files: opened by other libraries, they hold what the truth says."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clientela.domain.errors import InputError, OutputError
from clientela.samples.columns import COLUMNS
from clientela.samples.visits import generate
from clientela.samples.writing import MOST_ROWS, write_sample

NAMES = [column.name for column in COLUMNS]


class Heard:
    """A progress that keeps what it is told, and may break off."""

    def __init__(self, error: BaseException | None = None) -> None:
        """Keep `error` to raise it at the first word."""
        self.shares: list[float | None] = []
        self.error = error

    def update(self, message: str, share: float | None = None) -> None:
        """Keep the share."""
        assert message
        self.shares.append(share)
        if self.error is not None:
            raise self.error


def truth_of(path: Path) -> dict[str, Any]:
    """Read the truth beside a file."""
    facts: dict[str, Any] = json.loads(path.with_name(f"{path.stem}.truth.json").read_text(encoding="utf-8"))
    return facts


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".parquet", ".CSV"])
def test_same_seed_same_bytes(tmp_path: Path, suffix: str) -> None:
    """Twice the same rows and seed give the same bytes, another seed does not; two files come back."""
    (tmp_path / "b").mkdir()
    first = write_sample(tmp_path / f"a{suffix}", 700, 4)
    second = write_sample(tmp_path / "b" / f"a{suffix}", 700, 4)
    other = write_sample(tmp_path / f"c{suffix}", 700, 5)
    assert [path.name for path in first] == [f"a{suffix}", "a.truth.json"]
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
    assert first[0].read_bytes() != other[0].read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {
        f"a{suffix}",
        "a.truth.json",
        f"c{suffix}",
        "c.truth.json",
        "b",
    }


def test_parquet_is_typed(tmp_path: Path) -> None:
    """Parquet holds the clean types, and only -999 and duplicates as dirt."""
    path, _ = write_sample(tmp_path / "a.parquet", 3000, 4)
    read = pl.read_parquet(path)
    facts = truth_of(path)
    clean = generate(facts["visits"], 4)
    assert read.height == 3000
    assert_frame_equal(
        read.unique(maintain_order=True).with_columns(pl.col("temp_c").replace(-999.0, None)),
        clean,
    )
    assert read.height - clean.height == facts["dirt"]["duplicate_lines"] == len(facts["dirt"]["duplicates"])


def test_csv_holds_the_same_in_text(tmp_path: Path) -> None:
    """Csv has the columns of parquet, with decimal commas and dates as text, cell by cell the same."""
    table, _ = write_sample(tmp_path / "a.parquet", 1000, 4)
    path, _ = write_sample(tmp_path / "b.csv", 1000, 4)
    typed = pl.read_parquet(table)
    text = pl.read_csv(path, separator=";", infer_schema=False)
    assert text.columns == NAMES
    back = text.with_columns(
        pl.col("pp_idx").str.replace(",", "."),
        pl.col("crm_since").str.to_date("%d.%m.%Y"),
        pl.col("visit_time").str.to_datetime("%Y-%m-%d %H:%M:%S"),
    ).cast(dict(typed.schema))
    assert_frame_equal(back, typed)


def test_truth_holds_in_the_file(tmp_path: Path) -> None:
    """Coverage, caps, sentinels, duplicates, shares and visitors are what the truth says."""
    path, _ = write_sample(tmp_path / "a.parquet", 5000, 8)
    read, facts = pl.read_parquet(path), truth_of(path)
    assert facts["lines"] == read.height
    assert facts["visits"] == read["visit_id"].n_unique()
    assert facts["visitors"] == read["visitor_id"].n_unique() == len(facts["types"]["visitors"])
    assert set(facts["types"]["visitors"]) == set(read["visitor_id"])
    assert list(facts["columns"]) == read.columns
    for block in facts["blocks"]:
        there = read.select(pl.col(block["columns"]).is_not_null().sum()).row(0)
        assert set(there) == {block["matched_lines"]}
        assert block["coverage"] == pytest.approx(there[0] / 5000)
        assert set(block["keys"] + block["columns"]) <= set(read.columns)
    where = (read["temp_c"] == -999).arg_true().to_list()
    assert facts["dirt"]["sentinel"] == {"column": "temp_c", "value": -999, "lines": len(where), "where": where}
    for line, source in facts["dirt"]["duplicates"]:
        assert source < line
        assert read.row(line) == read.row(source)
    assert facts["processing"]["capped"]["session_sec"]["lines"] == (read["session_sec"] == 1800).sum()
    shares = dict(read["revenue_group"].value_counts(normalize=True).rows())
    assert facts["label"]["shares"] == pytest.approx(shares)
    assert facts["label"]["revenue"] == pytest.approx(read["order_value"].sum())
    unmatched = read.filter(pl.col("pp_idx").is_null())["area_cd"]
    assert set(unmatched) <= set(facts["processing"]["unmatched_areas"])


def test_large_tables_list_no_lines(tmp_path: Path) -> None:
    """Beyond 100,000 lines or visitors the truth gives counts and the recipe, and progress rises to one."""
    heard = Heard()
    path, aside = write_sample(tmp_path / "a.parquet", 180_000, 8, heard)
    facts = truth_of(path)
    assert facts["types"]["visitors"] is None
    assert "visitor_types" in facts["types"]["recipe"]
    assert facts["dirt"]["duplicates"] is None
    assert facts["dirt"]["sentinel"]["where"] is None
    assert facts["dirt"]["sentinel"]["lines"] == (pl.read_parquet(path)["temp_c"] == -999).sum()
    assert aside.stat().st_size < 50_000
    told = [share for share in heard.shares if share is not None]
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.mark.parametrize("rows", [0, -5, 499, MOST_ROWS + 1])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_rows_out_of_bounds(tmp_path: Path, rows: int, suffix: str) -> None:
    """Too few or too many rows are refused in one sentence, and nothing is written."""
    with pytest.raises(InputError, match="500 to 100,000,000") as caught:
        write_sample(tmp_path / f"a{suffix}", rows, 1)
    assert str(caught.value).count(".") == 1
    assert not list(tmp_path.iterdir())


def test_too_many_rows_for_a_workbook(tmp_path: Path) -> None:
    """A workbook of more than a million rows is refused, with what to do."""
    with pytest.raises(InputError, match="at most 1,000,000 rows and 1,000,001 were asked for: write .csv or .parquet"):
        write_sample(tmp_path / "a.xlsx", 1_000_001, 1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.json", "a", "xlsx", "a.csv.gz"])
def test_unknown_ending(tmp_path: Path, name: str) -> None:
    """An ending that is not known is refused with the ones that are."""
    with pytest.raises(InputError, match=r"\.xlsx, \.csv or \.parquet"):
        write_sample(tmp_path / name, 500, 1)
    assert not list(tmp_path.iterdir())


def test_folders(tmp_path: Path) -> None:
    """A folder in the place of the file, or none to put it in, is refused in one sentence."""
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write_sample(tmp_path / "a.csv", 500, 1)
    with pytest.raises(OutputError, match="make it first"):
        write_sample(tmp_path / "none" / "a.csv", 500, 1)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".parquet"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_nothing_half_written(tmp_path: Path, suffix: str, error: BaseException) -> None:
    """Broken off while writing, an older file stays as it was and nothing else is left."""
    path = tmp_path / f"a{suffix}"
    path.write_text("older")
    expected = OutputError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        write_sample(path, 500, 1, Heard(error))
    if isinstance(error, OSError):
        assert "cannot be written: No space left on device." in str(caught.value)
    assert [item.name for item in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "older"


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    """Writing again replaces both files."""
    path, aside = write_sample(tmp_path / "a.csv", 500, 1)
    before = path.read_bytes(), aside.read_bytes()
    write_sample(str(path), 500, 2)
    assert path.read_bytes() != before[0]
    assert aside.read_bytes() != before[1]
    assert datetime.fromisoformat(truth_of(path)["period"][1]).year == 2026
