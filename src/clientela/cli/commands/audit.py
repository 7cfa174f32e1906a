"""The audit alone: what is in the data, what was done to it, where it came from.

The ten findings that matter most are printed, most important first. `--rows` lists the
rows behind one of them instead, with the query that selects them all.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.cli.asking import Collected, File, Label, Query, Sheet
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.domain.errors import InputError
from clientela.pipeline.auditing import audit_json, audit_source, write_json, write_page
from clientela.pipeline.request import Request
from clientela.report.terminal import listing, verdict
from clientela.workspace.folder import check_file

STREAM = "-"


@dataclass(frozen=True)
class Options:
    """What `clientela audit` takes."""

    file: File
    sheet: Sheet = None
    query: Query = None
    collected: Collected = None
    label: Label = None
    json: Annotated[
        str | None, typer.Option(help="File for the whole audit as JSON; - is standard output, and nothing else there.")
    ] = None
    out: Annotated[Path | None, typer.Option(help="File for the page, ending in .html.")] = None
    rows: Annotated[str | None, typer.Option(help="Rows behind a finding: its number in the verdict, or its code.")] = (
        None
    )


def act(options: Options) -> None:
    """Audit, and print the verdict, the rows behind a finding, or the JSON."""
    _check(options)
    request = Request(
        source=options.file,
        sheet=options.sheet,
        query=options.query,
        collected=options.collected,
        label=options.label,
    )
    with Screen() as screen:
        audited = audit_source(request, options.rows, watch=screen)
    if options.out is not None:
        write_page(audited, options.out)
    if options.json == STREAM:
        sys.stdout.write(audit_json(audited).decode())
        return
    if options.json is not None:
        write_json(audited, Path(options.json))
    for item in audited.listings:
        say(*listing(item), "")
    if not audited.listings:
        say("", *verdict(audited.contents), "")
    say(*(f"JSON: {name}" for name in (options.json,) if name), *(f"Page: {name}" for name in (options.out,) if name))


def _check(options: Options) -> None:
    """Refuse, before any work, what could not be answered or written after it."""
    if options.json == "":
        raise InputError("Name a file with --json, or - for standard output.")
    if options.json == STREAM and options.rows is not None:
        raise InputError("With --json - nothing but the JSON is printed: name a file, or leave --rows out.")
    if options.out is not None and options.out.suffix.lower() not in (".html", ".htm"):
        raise InputError("The page of the audit is HTML: name a file that ends in .html with --out.")
    for path in (options.json if options.json != STREAM else None, options.out):
        if path is not None:
            check_file(Path(path))
