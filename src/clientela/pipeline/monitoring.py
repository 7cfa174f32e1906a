"""Monitoring: a baseline in a folder, and batches held against it."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from clientela.domain.errors import InputError, OutputError, SourceNotFoundError, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.monitoring.baseline import Baseline, Facts, learn_baseline, restore
from clientela.monitoring.checking import check
from clientela.monitoring.contract import from_toml, to_pandera, to_sql, to_toml
from clientela.monitoring.result import CheckResult
from clientela.sources.opening import open_table
from clientela.workspace.artifacts import decode, encode
from clientela.workspace.checks import stored
from clientela.workspace.folder import Workspace, write_whole

BASELINE, CONTRACT, ROWS = "baseline.json", "contract.toml", "baseline.parquet"
SQL, PANDERA = "contract.sql", "contract_pandera.txt"


def make_baseline(
    source: object, folder: Path, label: str = "", times: tuple[str, ...] = (), progress: Progress = SILENT
) -> Baseline:
    """Learn the baseline from a reference and write it to a folder.

    Args:
        source: File, folder, glob, or a frame.
        folder: Where to write; made where it is not there.
        label: Column that a model predicts, "" where none.
        times: Columns with the time of a row; found by their type where empty.
        progress: Takes word of the reading.

    Raises:
        ClientelaError: A wrong input; nothing half-written is left.
    """
    with open_table(source, progress=progress) as table:
        baseline = learn_baseline(table, label, times)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{quoted(str(folder))} cannot be made: {error.strerror}.") from error
    rows = io.BytesIO()
    baseline.frame().write_parquet(rows)
    files = {
        ROWS: rows.getvalue(),
        CONTRACT: to_toml(baseline.contract).encode(),
        SQL: to_sql(baseline.contract).encode(),
        PANDERA: to_pandera(baseline.contract).encode(),
        BASELINE: encode(baseline.facts),
    }
    for name, data in files.items():
        _write(folder / name, data)
    return baseline


def _write(path: Path, data: bytes) -> None:
    write_whole(path, lambda temporary: temporary.write_bytes(data))


def load_baseline(folder: Path) -> Baseline:
    """Return the baseline of a folder, its contract as a person may have corrected it.

    Raises:
        SourceNotFoundError: The folder holds none.
        InputError: A file of it is damaged.
    """
    for name in (BASELINE, CONTRACT, ROWS):
        if not (folder / name).is_file():
            raise SourceNotFoundError(
                f"{quoted(str(folder))} holds no {name}: make a baseline with `clientela monitor baseline`."
            )
    facts = decode((folder / BASELINE).read_bytes(), Facts, BASELINE)
    try:
        contract = from_toml((folder / CONTRACT).read_text(encoding="utf-8"))
        frame = pl.read_parquet(folder / ROWS)
    except (UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        raise InputError(f"The baseline in {quoted(str(folder))} is damaged: make it anew.") from error
    return restore(facts, contract, frame)


def check_batch(folder: Path, source: object, progress: Progress = SILENT) -> CheckResult:
    """Hold a batch against the baseline of a folder.

    Args:
        folder: Folder of the baseline.
        source: The batch: file, folder, glob, or a frame.
        progress: Takes word of the reading.

    Raises:
        ClientelaError: The baseline or the batch cannot be opened.
    """
    baseline = load_baseline(folder)
    earlier = [result for _, result in stored(Workspace(folder))]
    with open_table(source, progress=progress) as table:
        mark = table.reading.fingerprint
        rows = [result.rows for result in earlier if not mark or result.fingerprint != mark]
        return check(baseline, table, earlier_rows=rows)


def check_json(result: CheckResult) -> bytes:
    """Return the result as JSON."""
    return encode(result)


def write_check(result: CheckResult, path: Path) -> None:
    """Write the result as JSON, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    _write(path, check_json(result))
