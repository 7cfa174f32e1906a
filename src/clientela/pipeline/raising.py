"""Raising the numbers of small classes, of a file or of a project folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from clientela.activation.files import inert
from clientela.audit.auditing import audit
from clientela.audit.options import AuditOptions
from clientela.audit.result import AuditResult
from clientela.domain.errors import InputError, quoted
from clientela.domain.estimate import Estimate
from clientela.domain.progress import Progress
from clientela.models.raising.raising import DEFAULTS, Raising, raise_numbers
from clientela.models.raising.result import RaisedResult, Tried
from clientela.pipeline.joined import settled_roles
from clientela.pipeline.request import Request, ask, merge
from clientela.pipeline.running import AUDIT, RAISED, REPORT, run
from clientela.pipeline.watch import UNWATCHED, Watch
from clientela.sources.opening import open_table
from clientela.workspace.artifacts import decode, encode
from clientela.workspace.folder import SETTINGS, Workspace, check_file, write_whole
from clientela.workspace.settings import Settings, read_settings

STAGE = "augment"
ENDINGS = (".parquet", ".csv")


@dataclass(frozen=True)
class Raised:
    """What became of raising the numbers.

    Attributes:
        result: What each way brought.
        rows: How many synthetic rows were written.
    """

    result: RaisedResult
    rows: int = 0


def raise_source(request: Request, out: Path | None = None, watch: Watch = UNWATCHED) -> Raised:
    """Try every way to raise the numbers of small classes of a file, or of the file behind a project folder.

    Nothing is written but synthetic rows where they are asked for, and for a project folder augment.json and,
    where there is one, its report.

    Args:
        request: What is asked; `source` is a file, or the folder of an earlier run.
        out: File for synthetic rows of the small classes, marked as such, ending in .parquet or .csv; or None.
        watch: Takes word of the stages.

    Returns:
        What each way brought.

    Raises:
        ClientelaError: A wrong input; nothing half-written is left.
    """
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise InputError(f"{quoted(out.name)} ends in neither .parquet nor .csv: rows are written as one of them.")
    if out is not None:
        check_file(out, request.source)
    folder = Path(str(request.source))
    project = (folder / SETTINGS).is_file()
    found = _of_project(request, folder, out, watch) if project else _of_file(request, out, watch)
    rows = 0
    if out is not None and found.rows is not None:
        made = found.rows
        write_whole(out, lambda path: _write(made, path, out.suffix.lower()))
        rows = made.height
    return Raised(found.result, rows)


def _of_file(request: Request, out: Path | None, watch: Watch) -> Raising:
    if request.label is None and Path(str(request.source)).exists():
        raise InputError("No label is named: name the column to predict with --label.")
    asked = merge(request, Settings())
    progress = watch.begin("read")
    start = time.perf_counter()
    with open_table(request.source, sheet=asked.source.sheet, query=asked.source.query, progress=progress) as table:
        watch.end("read", f"{table.rows:,} rows", time.perf_counter() - start, reused=False)
        start = time.perf_counter()
        audited = audit(table, ask(asked, table), AuditOptions(seed=asked.run.seed), watch.begin("audit"))
        watch.end("audit", f"{len(audited.findings)} findings", time.perf_counter() - start, reused=False)
        options = replace(DEFAULTS, seed=asked.run.seed)
        return _watched(
            watch, lambda told: raise_numbers(table, settled_roles(audited), options, told, make=out is not None)
        )


def _of_project(request: Request, folder: Path, out: Path | None, watch: Watch) -> Raising:
    workspace = Workspace.create(folder)
    kept = read_settings(workspace)
    audited = decode(workspace.read(AUDIT), AuditResult, AUDIT)
    if request.label not in (None, audited.roles.label):
        raise InputError(
            f"The folder was made with the label {quoted(str(audited.roles.label))}, not {quoted(str(request.label))}: "
            "leave --label out, or name the file."
        )
    if not kept.source.file:
        raise InputError("The folder was made from a frame: name a file instead.")
    options = replace(DEFAULTS, seed=kept.run.seed)
    with open_table(kept.source.file, sheet=kept.source.sheet, query=kept.source.query) as table:
        found = _watched(
            watch, lambda told: raise_numbers(table, settled_roles(audited), options, told, make=out is not None)
        )
    workspace.write(RAISED, encode(found.result))
    if workspace.has(REPORT):
        run(Request(source=kept.source.file), folder, watch=watch)
    return found


def _watched(watch: Watch, make: Callable[[Progress], Raising]) -> Raising:
    start = time.perf_counter()
    found = make(watch.begin(STAGE))
    watch.end(STAGE, f"{len(found.result.tried)} ways", time.perf_counter() - start, reused=False)
    return found


def _write(frame: pl.DataFrame, path: Path, ending: str) -> None:
    if ending == ".csv":
        inert(frame).write_csv(path)
    else:
        frame.write_parquet(path)


def told(result: RaisedResult) -> tuple[str, ...]:
    """Return what was found in lines for a person."""
    small = [f"{one.name}: {one.rows:,} rows, raised to {one.raised:,}" for one in result.classes]
    lines = [f"Small classes of {result.rows:,} rows: {'; '.join(small)}" if small else "No class is small."]
    if result.tried:
        lines.append(
            f"Out of sample, found is average precision of {quoted(result.classes[0].name)}, lost {result.loss}:"
        )
    lines += [_line(one) for one in result.tried]
    if result.fidelity is not None:
        fidelity = result.fidelity
        lines.append(
            f"Like real rows: columns differ by {fidelity.margins:.3f} (real from real {fidelity.margins_real:.3f}), "
            f"most {quoted(fidelity.worst)}; pairs by {fidelity.pairs:.3f} ({fidelity.pairs_real:.3f}); trees tell "
            f"them apart with AUC {_said(fidelity.discriminator)}"
        )
    if result.privacy is not None:
        privacy = result.privacy
        lines.append(
            f"Privacy: {_said(privacy.nearer)} lie nearer to rows they were made from (half is chance), membership AUC "
            f"{_said(privacy.membership)}, copies {privacy.copies} ({privacy.chance_copies} by chance)"
        )
    answer = result.answer[:1].upper() + result.answer[1:]
    return (*lines, answer)


def _line(one: Tried) -> str:
    head = f"{one.name:<22}found {one.found.value:.4f}  lost {one.loss.value:.4f}"
    if one.found_gap is None or one.loss_gap is None:
        return head
    gaps = f"  found {_signed(one.found_gap)}  lost {_signed(one.loss_gap)}"
    return f"{head}{gaps}" + (f": {one.verdict}" if one.verdict else "")


def _said(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _signed(estimate: Estimate) -> str:
    return f"{estimate.value:+.4f} [{estimate.low:+.4f}, {estimate.high:+.4f}]"
