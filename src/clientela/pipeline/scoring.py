"""Scoring new rows with the release and segments of a project folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet

from clientela.activation.files import inert
from clientela.audit.result import AuditResult
from clientela.domain.errors import InputError, quoted
from clientela.domain.progress import SILENT, Progress
from clientela.models.release import Release
from clientela.models.scoring import Scores, score
from clientela.pipeline.running import AUDIT, SEGMENTS
from clientela.segments.result import SegmentResult
from clientela.segments.rules import assign, columns_of
from clientela.sources.opening import open_table
from clientela.workspace.artifacts import decode
from clientela.workspace.folder import Workspace, check_file, write_whole
from clientela.workspace.releases import champion_folder

_ParquetWriter: Any = pyarrow.parquet.ParquetWriter


@dataclass(frozen=True)
class Scored:
    """What became of a file of rows.

    Attributes:
        rows: Rows scored.
        notes: Sentences about what the model had not learned: values, and columns that hold nothing.
    """

    rows: int
    notes: tuple[str, ...]


def score_file(
    folder: str | Path, source: object, out: str | Path, *, sheet: str | None = None, progress: Progress = SILENT
) -> Scored:
    """Score every row of `source` and write the scores to `out`.

    The file has the identifiers, `p_<class>` for every class, `expected_revenue` where the
    label has revenue, and `segment` where there are segments; rows keep their order.

    Args:
        folder: Project folder of an earlier run.
        source: File, folder, glob, or a frame.
        out: File to write, ending in .parquet or .csv. In a csv, text that a spreadsheet
            would take for a formula gets a leading apostrophe.
        sheet: Sheet or table name.
        progress: Takes word of how many rows are scored.

    Returns:
        `rows` scored, and `notes`: sentences about what the model had not learned of them.

    Raises:
        ClientelaError: A wrong input; nothing half-written is left.
    """
    target = Path(out)
    fill = {".parquet": _fill_parquet, ".csv": _fill_csv}.get(target.suffix.lower())
    if fill is None:
        raise InputError(f"{quoted(target.name)} ends in neither .parquet nor .csv: scores are written as one of them.")
    check_file(target, source)
    workspace = Workspace.existing(Path(folder))
    release = Release.load(champion_folder(workspace))
    roles = decode(workspace.read(AUDIT), AuditResult, AUDIT).roles
    segments = decode(workspace.read(SEGMENTS), SegmentResult, SEGMENTS) if workspace.has(SEGMENTS) else None
    with open_table(source, sheet=sheet, progress=progress) as table:
        names = [field.name for field in table.fields]
        kept = [name for name in roles.identifiers if name in names]
        needed = columns_of(segment.conditions for segment in segments.segments) if segments else ()
        scores = score(release, table, columns=tuple(dict.fromkeys([*kept, *needed])))
        frames = _with_segments(scores, segments, [name for name in needed if name not in kept])
        write_whole(target, lambda path: fill(path, _counted(frames, table.rows, progress)))
        return Scored(table.rows, scores.notes)


def _with_segments(scores: Scores, segments: SegmentResult | None, needed: list[str]) -> Iterator[pl.DataFrame]:
    for frame in scores:
        kept = frame.drop(needed)
        yield kept.with_columns(assign(segments, frame).alias("segment")) if segments else kept


def _counted(frames: Iterator[pl.DataFrame], rows: int, progress: Progress) -> Iterator[pl.DataFrame]:
    done = 0
    for frame in frames:
        done += frame.height
        progress.update(f"{done:,} of {rows:,} rows", done / max(rows, 1))
        yield frame


def _fill_parquet(path: Path, frames: Iterator[pl.DataFrame]) -> None:
    writer: Any = None
    try:
        for frame in frames:
            batch = frame.to_arrow()
            writer = writer or _ParquetWriter(path, batch.schema)
            writer.write_table(batch)
    finally:
        if writer is not None:
            writer.close()


def _fill_csv(path: Path, frames: Iterator[pl.DataFrame]) -> None:
    with path.open("wb") as file:
        for number, frame in enumerate(frames):
            inert(frame).write_csv(file, include_header=number == 0)
