"""Options as records: a command declares one frozen dataclass, and takes one of it."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from clientela.domain.goal import Goal
from clientela.language import Language

File = Annotated[
    str, typer.Argument(help="Workbook, csv, parquet, JSON lines, Arrow or DuckDB file; a folder or glob of parquet.")
]
Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook, or table of a DuckDB file.")]
Query = Annotated[str | None, typer.Option(help="Query for a DuckDB file.")]
Collected = Annotated[
    str | None, typer.Option(help="Columns measured on the site itself, such as A:E; the others were joined.")
]
Label = Annotated[str | None, typer.Option(help="Column to predict: a name or a letter.")]
Time = Annotated[str | None, typer.Option(help="Column with the time of the visit.")]
Visitor = Annotated[str | None, typer.Option(help="Column with the visitor behind the visits.")]
Revenue = Annotated[str | None, typer.Option(help="Column with revenue in money.")]
GoalOption = Annotated[Goal | None, typer.Option(help="What the business wants moved.")]
LanguageOption = Annotated[Language | None, typer.Option(help="Language of report, deck and model card.")]
Seed = Annotated[int | None, typer.Option(help="Seed of every random step.", min=0)]


class StoppedError(Exception):
    """A person stopped the command."""


class UnreadError(Exception):
    """The reader of the output has gone."""


def taking(kind: type[Any], act: Callable[[Any], None]) -> Callable[..., None]:
    """Return a function whose parameters are the fields of the dataclass `kind`.

    Args:
        kind: A dataclass whose fields are annotated for Typer.
        act: Called with one `kind`.

    The function raises `StoppedError` where a person stops it, `UnreadError` where nobody reads on.
    """
    hints = typing.get_type_hints(kind, include_extras=True)

    def command(**values: Any) -> None:
        try:
            act(kind(**values))
            sys.stdout.flush()
        except KeyboardInterrupt as stop:
            # Typer would end the program without a word
            raise StoppedError from stop
        except BrokenPipeError as gone:
            # Typer would end the program as a failure
            raise UnreadError from gone

    parameters = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=hints[field.name],
            default=inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default,
        )
        for field in dataclasses.fields(kind)
    ]
    # Typer reads the parameters of a command from these two
    command.__dict__["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = hints
    return command


def default_folder(file: str) -> Path:
    """Return the folder for results where none is named: the file's name without its ending.

    >>> default_folder("data/May visits.csv.gz").name
    'May-visits'
    """
    stem = re.sub(r"[^\w-]+", "-", Path(file).name.split(".")[0]).strip("-")
    return Path(stem or "clientela-results")
