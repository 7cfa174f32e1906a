"""Writing the sample to a file: workbook, csv or parquet, whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from xlsxwriter.exceptions import XlsxWriterException

from clientela.domain.errors import InputError, OutputError, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.samples import dirt
from clientela.samples.dirt import Extract
from clientela.samples.truth import Tally, truth
from clientela.samples.workbook import write_workbook

FEWEST_ROWS = 500
MOST_ROWS = 100_000_000
MOST_WORKBOOK_ROWS = 1_000_000
CSV_SEPARATOR = ";"

_Writer = Callable[[Path, Extract, Progress], Tally]


def write_sample(path: str | Path, rows: int, seed: int, progress: Progress = SILENT) -> tuple[Path, ...]:
    """Write a table of generated visits, and the truth about it beside it.

    The same rows and seed give the same bytes. Nothing is left where the writing fails.

    Args:
        path: File to write; ends in .xlsx, .csv or .parquet. An existing file is replaced.
        rows: Lines of data (a few of them are duplicates), 500 to 100 million; a workbook
            takes at most a million.
        seed: Any whole number.
        progress: Told how far the writing is.

    Returns:
        The files written: the table, then `<stem>.truth.json`.

    Raises:
        InputError: The ending is unknown or the number of rows is out of bounds.
        OutputError: The files cannot be written.
    """
    target = Path(path)
    write = _writer(target, rows)
    aside = target.with_name(f"{target.stem}.truth.json")
    if target.is_dir():
        raise OutputError(f"The sample cannot be written: {quoted(str(target))} is a folder; name a file in it.")
    if not target.parent.is_dir():
        raise OutputError(f"There is no folder {quoted(str(target.parent))}: make it first, or name another.")
    try:
        with tempfile.TemporaryDirectory(prefix=".clientela-", dir=target.parent) as scratch:
            table, facts = Path(scratch, target.name), Path(scratch, aside.name)
            extract = Extract.opened(rows, seed)
            tally = write(table, extract, progress)
            progress.update("writing the truth")
            facts.write_text(json.dumps(truth(extract, tally), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            table.replace(target)
            facts.replace(aside)
    except (OSError, XlsxWriterException) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"The sample {quoted(str(target))} cannot be written: {reason}.") from error
    return target, aside


def _writer(path: Path, rows: int) -> _Writer:
    writers: dict[str, _Writer] = {".xlsx": write_workbook, ".csv": _write_csv, ".parquet": _write_parquet}
    suffix = path.suffix.lower()
    if suffix not in writers:
        raise InputError(f"A sample cannot be written to {quoted(path.name)}: name a file .xlsx, .csv or .parquet.")
    if not FEWEST_ROWS <= rows <= MOST_ROWS:
        raise InputError(f"A sample has {FEWEST_ROWS} to {MOST_ROWS:,} rows; {rows:,} were asked for.")
    if suffix == ".xlsx" and rows > MOST_WORKBOOK_ROWS:
        raise InputError(
            f"A workbook takes at most {MOST_WORKBOOK_ROWS:,} rows and {rows:,} were asked for: write .csv or .parquet."
        )
    return writers[suffix]


def _write_csv(path: Path, extract: Extract, progress: Progress) -> Tally:
    tally = Tally()
    with path.open("wb") as file:
        for frame in extract.frames():
            dirt.as_text(frame).write_csv(
                file,
                separator=CSV_SEPARATOR,
                include_header=tally.lines == 0,
                datetime_format="%Y-%m-%d %H:%M:%S",
            )
            tally.add(frame)
            progress.update(f"{tally.lines:,} of {extract.lines:,} rows", tally.lines / extract.lines)
    return tally


def _write_parquet(path: Path, extract: Extract, progress: Progress) -> Tally:
    tally = Tally()
    schema = extract.frame(np.arange(0)).to_arrow().schema
    opened: Any = pq.ParquetWriter  # untyped there
    with opened(path, schema, compression="zstd") as file:
        for frame in extract.frames():
            file.write_table(frame.to_arrow())
            tally.add(frame)
            progress.update(f"{tally.lines:,} of {extract.lines:,} rows", tally.lines / extract.lines)
    return tally
