"""A segment as an audience for an ad platform: identifiers hashed, consent honoured, a holdout kept out.

Nothing is sent without --send: the requests or files are written into the folder, with a receipt that says who goes,
who does not and why. Accounts and audiences stand in clientela.toml under [audience], credentials in environment
variables only. Exit code 0 where all went well, 3 where the platform did not take everything, 2 where the audience
may not be made. Platforms go on working after they took it: --status asks them.
"""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from clientela.activation.listed import RECEIPT
from clientela.activation.platforms import Target
from clientela.activation.receipt import told
from clientela.cli.console import say
from clientela.cli.screen import Screen
from clientela.pipeline.activating import Order, activate, ask_status

NOT_COMPLETE = 3
CHANGES = ("email", "phone", "client_id", "user_id", "consent", "country_code", "holdout")


@dataclass(frozen=True)
class Options:
    """What `clientela audience` takes."""

    folder: Annotated[Path, typer.Argument(help="Folder of an earlier run.", metavar="DIR")]
    segment: Annotated[str, typer.Argument(help="Name or number of a segment.", metavar="SEGMENT")]
    target: Annotated[Target, typer.Option("--for", help="Where the audience goes.")]
    consent: Annotated[str | None, typer.Option(help="Column that says who agreed to be shown such ads.")] = None
    email: Annotated[str | None, typer.Option(help="Column with e-mail addresses.")] = None
    phone: Annotated[str | None, typer.Option(help="Column with phone numbers.")] = None
    client_id: Annotated[str | None, typer.Option(help="Column with client ids of Google Analytics.")] = None
    user_id: Annotated[str | None, typer.Option(help="Column with user ids of Google Analytics.")] = None
    country_code: Annotated[
        str | None, typer.Option(help="Calling code of phone numbers written without one, such as 49.")
    ] = None
    holdout: Annotated[
        float | None, typer.Option(help="Share of the visitors kept out to measure the effect; 0.1 by default.")
    ] = None
    send: Annotated[bool, typer.Option("--send", help="Send it; without this nothing leaves.")] = False
    status: Annotated[bool, typer.Option("--status", help="Only ask the platform what became of what was sent.")] = (
        False
    )


def act(options: Options) -> None:
    """Make the audience, send it where asked, and print the receipt."""
    asked = {name: value for name in CHANGES if (value := getattr(options, name)) is not None}
    order = Order(options.segment, options.target, options.send, asked)
    if options.status:
        found = ask_status(options.folder, order)
        say(*found.lines)
        if found.failed:
            raise typer.Exit(NOT_COMPLETE)
        return
    start = time.perf_counter()
    with Screen() as screen:
        progress = screen.begin("audience")
        done = activate(options.folder, order, datetime.datetime.now(datetime.UTC), progress=progress)
        screen.end("audience", f"{done.receipt.members:,} members", time.perf_counter() - start, reused=False)
    files = ", ".join(done.receipt.files)
    say("", *told(done.receipt), f"Receipt: {done.folder / RECEIPT}; beside it: {files}")
    if not done.receipt.complete:
        raise typer.Exit(NOT_COMPLETE)
