"""Monitoring: a baseline in a folder, and batches held against it."""

from __future__ import annotations

import datetime
import hashlib
import io
import math
from pathlib import Path

import msgspec
import polars as pl

from clientela.domain.errors import InputError, NoRowsError, OutputError, SourceNotFoundError, quoted
from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, Incident
from clientela.domain.progress import SILENT, Progress
from clientela.monitoring.baseline import ROWS as MOST_ROWS
from clientela.monitoring.baseline import Baseline, Facts, learn_baseline, restore
from clientela.monitoring.checking import check
from clientela.monitoring.contract import from_toml, to_pandera, to_sql, to_toml
from clientela.monitoring.question import Model
from clientela.monitoring.result import CheckResult
from clientela.monitoring.showing import show
from clientela.monitoring.wording import ADVICE
from clientela.sources.opening import open_table
from clientela.tables.table import ROW
from clientela.workspace.artifacts import decode, encode
from clientela.workspace.checks import stored
from clientela.workspace.folder import Workspace, write_whole

BASELINE, CONTRACT, ROWS = "baseline.json", "contract.toml", "baseline.parquet"
SQL, PANDERA = "contract.sql", "contract_pandera.txt"
INNER = "baseline"
"""Folder within that of `clientela run` that holds the baseline."""

MODEL, MANIFEST = "model.json", "manifest.json"
RECENT = 30
"""Batches whose number of rows says what is usual."""


class _Importance(msgspec.Struct):
    column: str
    share: float


class _Target(msgspec.Struct):
    label: str
    classes: tuple[str, ...]
    edges: tuple[float, ...] = ()
    members: tuple[tuple[str, ...], ...] = ()
    revenue: str | None = None


class _Referred(msgspec.Struct):
    fingerprint: str


class _Learnt(msgspec.Struct):
    target: _Target
    importance: list[_Importance] = []


def make_baseline(
    source: object,
    folder: Path,
    label: str | Model = "",
    times: tuple[str, ...] = (),
    progress: Progress = SILENT,
    sheet: str | None = None,
) -> Baseline:
    """Learn the baseline from a reference and write it to a folder.

    Args:
        source: File, folder, glob, or a frame.
        folder: Where to write; made where it is not there.
        label: Column that a model predicts, "" where none; or the model in use (`model_of`), whose label it is.
        times: Columns with the time of a row; found by their type where empty.
        progress: Takes word of the reading.
        sheet: Sheet of a workbook, or table of a DuckDB file.

    Raises:
        ClientelaError: A wrong input; nothing half-written is left.
    """
    named, model = (label.label, label) if isinstance(label, Model) else (label, None)
    with open_table(source, sheet=sheet, progress=progress) as table:
        baseline = learn_baseline(table, named, times, model=model)
    if folder.is_file():
        raise OutputError(f"{quoted(str(folder))} is a file: name a folder with --out.")
    write_baseline(baseline, folder)
    return baseline


def write_baseline(baseline: Baseline, folder: Path) -> None:
    """Write a baseline to a folder, made where it is not there.

    Raises:
        OutputError: No space, or no right to write.
    """
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


def _write(path: Path, data: bytes) -> None:
    write_whole(path, lambda temporary: temporary.write_bytes(data))


def load_baseline(folder: Path) -> Baseline:
    """Return the baseline of a folder, its contract as a person may have corrected it.

    Args:
        folder: Folder of a baseline, or of `clientela run`.

    Raises:
        SourceNotFoundError: The folder holds none.
        InputError: A file of it is damaged.
    """
    folder = folder / INNER if (folder / INNER / BASELINE).is_file() else folder
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


def reference_of(folder: Path) -> str:
    """Return the hash of the reference of a folder's baseline; "" where there is none that can be read."""
    folder = folder / INNER if (folder / INNER / BASELINE).is_file() else folder
    try:
        return msgspec.json.decode((folder / BASELINE).read_bytes(), type=_Referred).fingerprint
    except (OSError, msgspec.MsgspecError):
        return ""


def check_batch(folder: Path, source: object, progress: Progress = SILENT, sheet: str | None = None) -> CheckResult:
    """Hold a batch against the baseline of a folder; a batch without rows is an incident and no error.

    Args:
        folder: Folder of the baseline, or of `clientela run`.
        source: The batch: file, folder, glob, or a frame.
        progress: Takes word of the reading.
        sheet: Sheet of a workbook, or table of a DuckDB file.

    Raises:
        ClientelaError: The baseline or the batch cannot be opened.
    """
    baseline = load_baseline(folder)
    try:
        with open_table(source, sheet=sheet, progress=progress) as table:
            result = check(baseline, table, earlier_rows=_earlier(folder, table.reading.fingerprint))
            if not result.incidents and not result.shifts:
                return result
            return show(result, baseline, table.sample(MOST_ROWS, 0).drop(ROW), baseline.facts.model)
    except NoRowsError as error:
        return _nothing(source, error)


def _earlier(folder: Path, fingerprint: str) -> list[int]:
    """Return the rows of the batches checked of late, this one aside."""
    rows = {result.fingerprint: result.rows for _, result in stored(Workspace(folder)) if result.rows}
    return [count for known, count in rows.items() if known != fingerprint][-RECENT:]


def model_of(folder: Path) -> Model:
    """Return what monitoring needs to know of a model: its label, what its lowest class is, its columns.

    Args:
        folder: Folder of `clientela run` or `clientela learn`, or that of a release.

    Raises:
        SourceNotFoundError: The folder holds no model.
        InputError: The model's description is damaged.
    """
    for name in (MODEL, MANIFEST):
        if (folder / name).is_file():
            return _described(folder / name)
    raise SourceNotFoundError(
        f"{quoted(str(folder))} holds no model: name a folder made by `clientela run` or `clientela learn`."
    )


def _described(path: Path) -> Model:
    try:
        learnt = msgspec.json.decode(path.read_bytes(), type=_Learnt)
    except (OSError, msgspec.MsgspecError) as error:
        raise InputError(f"{path.name} is damaged ({error}): learn the model again.") from error
    target = learnt.target
    lowest = target.members[0] if target.members else target.classes[:1]
    over = target.edges[1] if len(target.edges) > 1 else math.nan
    columns = {one.column: one.share for one in learnt.importance}
    return Model(target.label, () if target.edges else lowest, over, target.revenue or "", columns)


def _nothing(source: object, error: NoRowsError) -> CheckResult:
    """Return the check of a batch that arrived without rows."""
    path = Path(source) if isinstance(source, str | Path) else None
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    empty = Incident(
        Cause.VOLUME, (), Severity.BLOCKER, "", "Volume: the batch has no rows.", {"rows": 0}, ADVICE[Cause.VOLUME]
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path is not None and path.is_file() else ""
    return CheckResult(path.name if path else "frame", digest, now, 0, "", "", (empty,), (), (), (error.sentence,))


def check_json(result: CheckResult) -> bytes:
    """Return the result as JSON."""
    return encode(result)


def write_check(result: CheckResult, path: Path) -> None:
    """Write the result as JSON, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    _write(path, check_json(result))
