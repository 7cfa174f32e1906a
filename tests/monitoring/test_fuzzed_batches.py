"""Batches that are damaged, foreign or nonsense: an incident or one sentence, never an exception."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.monitoring.conftest import visits

from clientela.domain.errors import ClientelaError
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.sources.opening import open_table
from clientela.tables.frames import from_frame
from clientela.workspace.artifacts import encode

EXAMPLES = 6
ODD = [
    "",
    "?",
    "NULL",
    "nan",
    "inf",
    "-1e999",
    "1,5",
    "'",
    '"',
    '""',
    "\x00",
    "=1+1",
    "2026-13-45",
    "0x1F",
    "é" * 300,
    "\t",
    "½",
]
FEW = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture(scope="module")
def small() -> Baseline:
    """What is learnt from 400 made visits."""
    with from_frame(visits(400, 0)) as table:
        return learn_baseline(table, "bought")


def _clean() -> pl.DataFrame:
    return visits(60, 5)


def sentence(error: ClientelaError) -> bool:
    """Tell whether an error is one line for people."""
    return bool(str(error).strip()) and "Traceback" not in str(error)


def held(baseline: Baseline, source: object) -> CheckResult | None:
    """Hold a source against the baseline; None where it was refused in a sentence."""
    refused: list[ClientelaError] = []
    try:
        with open_table(source) as table:
            result = check(baseline, table)
    except ClientelaError as error:
        refused.append(error)
    if refused:
        assert sentence(refused[0])
        return None
    assert encode(result)
    assert all(incident.title and incident.advice for incident in result.incidents)
    return result


def _write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _cut_in(data: bytes, place: int, gone: int, put: bytes) -> bytes:
    place %= len(data) + 1
    return data[:place] + put + data[place + gone :]


edits = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.sampled_from([0, 1, 3, 60, 2000]),
        st.binary(max_size=6) | st.sampled_from([t.encode() for t in ODD]),
    ),
    min_size=1,
    max_size=6,
)


@FEW
@given(
    name=st.sampled_from(["batch.csv", "batch.parquet", "batch.xlsx", "batch.tsv", "batch"]),
    data=st.binary(max_size=400),
)
def test_bytes_of_any_kind_are_no_exception(name: str, data: bytes, small: Baseline, tmp_path: Path) -> None:
    """A file that is nothing is refused in a sentence, or has an incident."""
    result = held(small, _write(tmp_path, name, data))
    assert result is None or result.incidents


@FEW
@given(edits=edits, kind=st.sampled_from(["csv", "parquet", "xlsx"]))
def test_a_damaged_file_is_no_exception(
    edits: list[tuple[int, int, bytes]], kind: str, small: Baseline, tmp_path: Path
) -> None:
    """Bytes changed, lost or put in anywhere of a file end in a result or a sentence."""
    data = WRITTEN[kind](_clean())
    for place, gone, put in edits:
        data = _cut_in(data, place, gone, put)
    held(small, _write(tmp_path, f"batch.{kind}", data))


HEADERS = st.sampled_from(["keep", "missing", "doubled", "renamed", "blank", "upper", "shuffled", "long", "odd"])


@FEW
@given(
    header=HEADERS,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp437", "utf-32"]),
    delimiter=st.sampled_from([",", ";", "\t", "|", "~", " "]),
    quote=st.sampled_from(["", '"', "'"]),
    end=st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    rows=st.sampled_from([0, 1, 2, 19, 60]),
)
def test_a_csv_written_oddly_is_no_exception(
    header: str, encoding: str, delimiter: str, quote: str, end: str, rows: int, small: Baseline, tmp_path: Path
) -> None:
    """Headers, delimiters, quotes, line ends and character sets of any kind end in a result or a sentence."""
    frame = _clean().head(rows)
    lines = [delimiter.join(f"{quote}{'' if cell is None else cell}{quote}" for cell in row) for row in frame.rows()]
    names = _named(header, frame.columns)
    text = end.join([delimiter.join(names), *lines] if names else lines)
    held(small, _write(tmp_path, "batch.csv", text.encode(encoding, errors="replace")))


def _named(header: str, names: list[str]) -> list[str]:
    ways: dict[str, Callable[[list[str]], list[str]]] = {
        "missing": lambda _: [],
        "doubled": lambda n: [n[0], *n[:-1]],
        "renamed": lambda n: [f"x{place}" for place in range(len(n))],
        "blank": lambda n: ["" for _ in n],
        "upper": lambda n: [name.upper() for name in n],
        "shuffled": lambda n: n[::-1],
        "long": lambda n: [name * 500 for name in n],
        "odd": lambda n: [*n[:-3], '"', "\x00", "'; drop table batch"],
    }
    return ways.get(header, lambda n: n)(names)


def _columns(rows: int) -> dict[str, pl.Series]:
    day = datetime.date(2026, 1, 1)
    return {
        "all missing": pl.Series([None] * rows),
        "text": pl.Series((ODD * rows)[:rows]),
        "huge cells": pl.Series(["x" * 20_000] * rows),
        "bytes": pl.Series([b"\x00\xff"] * rows),
        "lists": pl.Series([[1, 2]] * rows, dtype=pl.List(pl.Int64)),
        "records": pl.Series([{"a": 1}] * rows, dtype=pl.Struct({"a": pl.Int64})),
        "infinite": pl.Series([float("inf"), float("-inf"), float("nan")] * rows)[:rows].cast(pl.Float64),
        "large": pl.Series([2**63 - 1, -(2**63)] * rows, dtype=pl.Int64)[:rows],
        "tiny": pl.Series([5e-324, -1.7e308] * rows, dtype=pl.Float64)[:rows],
        "truths": pl.Series([True, False, None] * rows)[:rows],
        "days": pl.Series([day, None, datetime.date(1, 1, 1)] * rows)[:rows],
        "clock": pl.Series([datetime.time(3)] * rows, dtype=pl.Time),
        "spans": pl.Series([datetime.timedelta(days=1)] * rows, dtype=pl.Duration("us")),
        "one": pl.Series([0] * rows),
    }


@FEW
@given(
    rows=st.sampled_from([0, 1, 2, 5, 25, 60]),
    chosen=st.lists(st.tuples(st.integers(0, 7), st.sampled_from(sorted(_columns(0)))), min_size=1, max_size=8),
)
def test_columns_of_any_kind_are_no_exception(rows: int, chosen: list[tuple[int, str]], small: Baseline) -> None:
    """Columns that turned into lists, bytes, infinities or nothing end in a result; whole ones in an incident."""
    frame = _clean().head(rows)
    odd = _columns(rows)
    frame = frame.with_columns(odd[kind].alias(frame.columns[place]) for place, kind in dict(chosen).items())
    result = held(small, frame)
    assert result is None or result.incidents or result.notes or rows == 60


def _xlsx(frame: pl.DataFrame) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([frame.columns, *frame.rows()]):
            sheet.write_row(place, 0, row)
    return data.getvalue()


def _parquet(frame: pl.DataFrame) -> bytes:
    data = io.BytesIO()
    frame.write_parquet(data)
    return data.getvalue()


WRITTEN: dict[str, Callable[[pl.DataFrame], bytes]] = {
    "csv": lambda frame: frame.write_csv().encode(),
    "parquet": _parquet,
    "xlsx": _xlsx,
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_break_is_the_same_in_every_format(kind: str, baseline: Baseline, tmp_path: Path) -> None:
    """Milliseconds in place of seconds are told of csv, parquet and workbook alike."""
    frame = visits(300, 5).with_columns(pl.col("seconds") * 1000)
    result = held(baseline, _write(tmp_path, f"batch.{kind}", WRITTEN[kind](frame)))
    assert result is not None
    assert [(i.cause.value, i.columns) for i in result.incidents] == [("unit_scale", ("seconds",))]


def test_few_rows_are_told_not_judged(baseline: Baseline) -> None:
    """One clean row gives no incident, and a note that distributions were not compared."""
    result = held(baseline, visits(1, 5))
    assert result is not None
    assert not result.incidents
    assert any("rows" in note for note in result.notes)


@pytest.mark.parametrize("rows", [1, 7, 40])
def test_rows_without_any_cell_are_an_incident(rows: int, baseline: Baseline) -> None:
    """A batch in which every cell is missing is never quiet."""
    empty = visits(rows, 5).with_columns(
        pl.lit(None).cast(kind).alias(name) for name, kind in visits(1, 5).schema.items()
    )
    result = held(baseline, empty)
    assert result is not None
    assert result.incidents


def test_numbers_at_the_end_of_what_numbers_can_be_are_no_exception(baseline: Baseline) -> None:
    """Largest and smallest floats in a column do not stop the search."""
    ends = np.resize([1.7e308, -1.7e308, 5e-324, 0.0], 300)
    result = held(baseline, visits(300, 5).with_columns(pl.Series("seconds", ends)))
    assert result is not None
    assert "seconds" in {column for incident in result.incidents for column in incident.columns}
