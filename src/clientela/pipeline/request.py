"""What a run is asked to do, and how a request, clientela.toml and the table become one."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clientela.domain.column import LONGEST, Storage
from clientela.domain.errors import ColumnError, InputError, quoted
from clientela.domain.goal import Goal
from clientela.domain.letters import resolve
from clientela.domain.record import Record
from clientela.domain.roles import Ask
from clientela.language import Language
from clientela.models.values import months, seconds
from clientela.tables.table import Table
from clientela.workspace.settings import Named, Run, Settings, Source

LOOKED_AT = 1000
"""Rows that tell whether a text column holds times."""


@dataclass(frozen=True)
class Request(Record):
    """What a person asks of a run; what is None is taken from clientela.toml, else inferred.

    Attributes:
        source: File, folder, glob, or a frame from Python.
        sheet: Sheet or table name.
        query: Query for a database file.
        collected: Columns measured on the site itself, such as "A:E".
        label: Column to predict; a name or a letter.
        time: Column with the time of the row.
        visitor: Column with the person or browser behind rows.
        revenue: Column with revenue in money.
        goal: What the business wants moved.
        seed: Seed of every random step.
        title: Title of report and deck.
        language: Language of report, deck and model card.
    """

    source: object
    sheet: str | None = None
    query: str | None = None
    collected: str | None = None
    label: str | None = None
    time: str | None = None
    visitor: str | None = None
    revenue: str | None = None
    goal: Goal | None = None
    seed: int | None = None
    title: str | None = None
    language: Language | None = None


def merge(request: Request, kept: Settings) -> Settings:
    """Return what is asked: the request, and where it is silent what a person wrote in clientela.toml.

    Raises:
        InputError: A column is asked for by an empty name.
    """
    empty = [part.name for part in dataclasses.fields(Named) if getattr(request, part.name, None) == ""]
    if empty:
        raise InputError(f"The {empty[0]} is empty: name a column, or leave --{empty[0]} out.")
    source = Source(
        file=str(request.source) if isinstance(request.source, str | Path) else "",
        sheet=request.sheet or kept.source.sheet,
        query=request.query or kept.source.query,
    )
    named = {
        part.name: getattr(request, part.name, None) or getattr(kept.table, part.name)
        for part in dataclasses.fields(Named)
    }
    run = Run(
        goal=request.goal or kept.run.goal,
        seed=kept.run.seed if request.seed is None else request.seed,
        title=kept.run.title if request.title is None else request.title,
        language=request.language or kept.run.language,
    )
    return dataclasses.replace(kept, source=source, table=Named(**named), run=run)


def ask(settings: Settings, table: Table) -> Ask:
    """Turn what is asked into exact column names of the table.

    Raises:
        ColumnError: A column is not there.
        InputError: A setting that needs one column names several, or one without plain values.
    """
    names = [field.name for field in table.fields]
    for name in settings.columns:
        if name not in names:
            raise ColumnError.missing(name, names, what="column named in clientela.toml as")
    one = {
        key: _one(key, _cut(getattr(settings.table, key), table), names)
        for key in ("label", "time", "visitor", "revenue")
        if getattr(settings.table, key)
    }
    _check_jobs(one, table)
    collected = resolve(settings.table.collected, names) if settings.table.collected else ()
    return Ask(collected=collected, roles=settings.columns, order=settings.table.order, **one)


def _check_jobs(named: Mapping[str, str], table: Table) -> None:
    """Refuse columns that cannot do the job they are named for."""
    storages = {field.name: field.storage for field in table.fields}
    for key, name in named.items():
        if storages[name] is Storage.OTHER:
            raise InputError(
                f"The {key} {quoted(name)} holds lists, bytes or nothing at all: name a column of plain values."
            )
        if key == "revenue" and (storages[name].temporal or storages[name] in (Storage.TEXT, Storage.TIME)):
            raise InputError(f"The revenue {quoted(name)} holds {storages[name].value}: name a column of numbers.")
        if key == "time" and storages[name] in (Storage.TEXT, Storage.BOOLEAN):
            cells = table.sample(LOOKED_AT, 0, columns=(name,))[name]
            if months(cells) is None and not np.isfinite(seconds(cells)).any():
                raise InputError(f"The time {quoted(name)} holds no dates, times or months: name another column.")
    for first, second in itertools.combinations(named, 2):
        # revenue alone may be predicted as it is
        if named[first] == named[second] and (first, second) != ("label", "revenue"):
            raise InputError(
                f"The column {quoted(named[first])} is named as {first} and as {second}: name another one for either."
            )


def _cut(spec: str, table: Table) -> str:
    """Return the name of the column whose header is longer than names may be; else what was asked."""
    if len(spec) <= LONGEST:
        return spec
    headers = [column.name for column in table.reading.columns if column.header == spec]
    return headers[0] if headers else spec[:LONGEST]


def _one(key: str, spec: str, names: list[str]) -> str:
    if spec in names:
        return spec
    found = resolve(spec, names)
    if len(found) != 1:
        raise InputError(f"The {key} {quoted(spec)} names {len(found)} columns: name one.")
    return found[0]
