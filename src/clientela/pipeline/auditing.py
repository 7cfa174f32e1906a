"""The audit alone: from a source to findings, the page of them, and the rows behind one."""

from __future__ import annotations

import datetime
import shlex
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from clientela.audit.auditing import audit
from clientela.audit.listing import Listing, chosen, list_rows
from clientela.audit.options import AuditOptions
from clientela.audit.wording import plural
from clientela.domain.later import later
from clientela.pipeline.request import Request, ask, merge
from clientela.pipeline.watch import UNWATCHED, Watch
from clientela.report.contents import Contents
from clientela.sources.opening import open_table
from clientela.workspace.artifacts import encode
from clientela.workspace.folder import write_whole
from clientela.workspace.settings import Settings

if TYPE_CHECKING:
    from clientela.report import audit_page
else:
    # templates and charts, which an audit that writes no page should not wait for
    audit_page = later("clientela.report.audit_page")


@dataclass(frozen=True)
class Audited:
    """What an audit alone gives.

    Attributes:
        contents: The audit with how the table was read; no model, no segments.
        listings: The rows behind the findings that were asked for.
    """

    contents: Contents
    listings: tuple[Listing, ...] = ()


def audit_source(request: Request, rows: str | None = None, watch: Watch = UNWATCHED) -> Audited:
    """Audit a source, and list the rows behind a finding.

    Args:
        request: What is asked; model, goal and title play no part.
        rows: A finding by its number or code, or None.
        watch: Takes word of the stages.

    Returns:
        The result, the same that a run writes to audit.json.

    Raises:
        ClientelaError: A wrong input.
    """
    asked = merge(request, Settings())
    start = time.perf_counter()
    progress = watch.begin("read")
    with open_table(request.source, sheet=request.sheet, query=request.query, progress=progress) as table:
        detail = f"{plural(table.rows, 'row')} x {plural(len(table.fields), 'column')}"
        watch.end("read", detail, time.perf_counter() - start, reused=False)
        start = time.perf_counter()
        result = audit(table, ask(asked, table), AuditOptions(seed=asked.run.seed), watch.begin("audit"))
        watch.end("audit", plural(len(result.findings), "finding"), time.perf_counter() - start, reused=False)
        numbers = chosen(result, rows) if rows is not None else ()
        listings = tuple(list_rows(table, result, number) for number in numbers)
        contents = Contents(
            title=request.title or f"Audit of {table.reading.source}",
            created=datetime.datetime.now(datetime.UTC).date().isoformat(),
            version=version("clientela"),
            reading=table.reading,
            audit=result,
            command=_command(request, table.reading.source),
        )
    return Audited(contents, listings)


def audit_json(audited: Audited) -> bytes:
    """Return the audit as JSON, as audit.json of a run holds it."""
    return encode(audited.contents.audit)


def write_json(audited: Audited, path: Path) -> None:
    """Write the audit as JSON, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    write_whole(path, lambda temporary: temporary.write_bytes(audit_json(audited)))


def write_page(audited: Audited, path: Path) -> None:
    """Write the page of the audit, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    page = audit_page.render_audit(audited.contents).encode()
    write_whole(path, lambda temporary: temporary.write_bytes(page))


def _command(request: Request, source: str) -> str:
    parts = ["clientela", "audit", Path(source).name]
    pairs = {
        "--sheet": request.sheet,
        "--query": request.query,
        "--collected": request.collected,
        "--label": request.label,
    }
    for option, value in pairs.items():
        parts += [option, value] if value else []
    return shlex.join(parts)
