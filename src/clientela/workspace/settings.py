"""clientela.toml: what was asked, what was inferred, column by column, for a person to correct."""

from __future__ import annotations

import dataclasses
import math
import os
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from clientela.activation.options import AudienceOptions
from clientela.domain.column import Available, Column, Origin, Role
from clientela.domain.errors import InputError
from clientela.domain.goal import Goal
from clientela.domain.later import later
from clientela.domain.record import Record
from clientela.domain.roles import Roles
from clientela.language import Language
from clientela.monitoring.alerting.options import AlertOptions
from clientela.report.options import BrandOptions
from clientela.workspace.folder import SETTINGS, Workspace
from clientela.workspace.possible import impossible

if TYPE_CHECKING:
    import tomlkit
    from tomlkit.items import Table as TomlTable
else:
    tomlkit = later("tomlkit")

NAMED_ROLES = {"label": Role.LABEL, "time": Role.TIME, "revenue": Role.REVENUE}

HEAD = """Clientela wrote this file: what was asked, and what it inferred from the data.
Correct what is wrong and run the same command again: your word wins.
Roles: identifier, time, feature, label, revenue, outcome, treatment, ignored."""


@dataclass(frozen=True)
class Source(Record):
    """Where the rows come from.

    Attributes:
        file: Path of the file; what a relative one in clientela.toml starts from is the folder that it stands in.
        sheet: Sheet or table name, or None.
        query: Query for a database file, or None.
    """

    file: str = ""
    sheet: str | None = None
    query: str | None = None


@dataclass(frozen=True)
class Named(Record):
    """The columns that have a job of their own, by name.

    Attributes:
        collected: Columns measured on the site itself, such as "A:E"; None leaves it open.
        label: Column to predict.
        time: Column with the time of the row.
        visitor: Column with the person or browser behind rows.
        revenue: Column with revenue in money.
        order: Classes of the label, lowest first.
    """

    collected: str | None = None
    label: str | None = None
    time: str | None = None
    visitor: str | None = None
    revenue: str | None = None
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run(Record):
    """How to run.

    Attributes:
        goal: What the business wants moved.
        seed: Seed of every random step.
        title: Title of report and deck; "" names the source.
        language: Language of report, deck and model card.
    """

    goal: Goal = Goal.REVENUE_PER_VISIT
    seed: int = 0
    title: str = ""
    language: Language = Language.ENGLISH


@dataclass(frozen=True)
class Campaign(Record):
    """What contacting visitors costs and brings, in the money of the table.

    Attributes:
        cost: What one contact costs; without it nothing is said of profit.
        value: What a visit above the lowest class brings; where left out, its own revenue.
        budget: Money for contacts, for as many visits as the table has; where left out, no bound.
    """

    cost: float | None = None
    value: float | None = None
    budget: float | None = None


@dataclass(frozen=True)
class Settings(Record):
    """The whole of clientela.toml.

    Attributes:
        source: Where the rows come from.
        table: The columns with a job of their own.
        run: How to run.
        columns: Role of every column by name.
        campaign: What contacting visitors costs and brings.
        alerts: Whom to alert of incidents, and how often.
        audience: What audiences for ad platforms are made from, and where they go.
        brand: How report and deck look.
    """

    source: Source = Source()
    table: Named = Named()
    run: Run = Run()
    columns: Mapping[str, Role] = field(default_factory=dict)
    campaign: Campaign = Campaign()
    alerts: AlertOptions = field(default_factory=AlertOptions)
    audience: AudienceOptions = field(default_factory=AudienceOptions)
    brand: BrandOptions = field(default_factory=BrandOptions)


def read_settings(workspace: Workspace) -> Settings:
    """Return clientela.toml of a folder; the defaults where it has none.

    A relative file of the source starts from that folder there, and from the working directory in what is returned.

    Raises:
        InputError: It is no UTF-8 text, or `parse` refuses it.
    """
    if not workspace.has(SETTINGS):
        return Settings()
    try:
        text = workspace.read(SETTINGS).decode()
    except UnicodeDecodeError as error:
        raise InputError("clientela.toml is no UTF-8 text: mend it, or start anew in another folder.") from error
    return _moved(parse(text), workspace.path, Path())


def write_settings(workspace: Workspace, settings: Settings, roles: Roles) -> None:
    """Write clientela.toml of a folder; the file of the source is named as seen from that folder."""
    workspace.write(SETTINGS, render(_moved(settings, Path(), workspace.path), roles).encode())


def _moved(settings: Settings, start: Path, folder: Path) -> Settings:
    """Return the settings with a relative file of the source, as seen from `start`, named as seen from `folder`."""
    given = start / settings.source.file
    if not settings.source.file or Path(settings.source.file).is_absolute():
        return settings
    # links to folders are followed; the file itself may be a link that is meant to lead elsewhere some day
    place = given.parent.resolve() / given.name
    try:
        file = Path(os.path.relpath(place, folder.resolve()))
    except ValueError:
        # on another drive
        file = place
    return dataclasses.replace(settings, source=dataclasses.replace(settings.source, file=file.as_posix()))


def parse(text: str) -> Settings:
    """Read clientela.toml.

    Raises:
        InputError: It is not TOML, or holds a key or value that is not possible.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(
            f"clientela.toml cannot be read: {error}. Mend that line, or start anew in another folder."
        ) from error
    unknown = sorted(_unknown(data, Settings))
    if unknown:
        raise InputError(f"clientela.toml has {unknown[0]!r}, which is not known: remove it or mend its name.")
    try:
        settings = msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        raise InputError(f"clientela.toml {impossible(error, data, Settings)}") from error
    _check(settings.campaign)
    return settings


def _check(campaign: Campaign) -> None:
    for key, amount in vars(campaign).items():
        if amount is not None and not 0 < amount < math.inf:
            raise InputError(
                f"clientela.toml has campaign.{key} = {amount:g}: it must be an amount of money above 0, or left out."
            )


def _unknown(data: Mapping[str, Any], kind: type[Any], within: str = "") -> Iterator[str]:
    """Yield the keys that no field of the record `kind`, or of a record in it, takes."""
    hints = typing.get_type_hints(kind)
    for key, value in data.items():
        if key not in hints:
            yield f"{within}{key}"
        parts = (hints.get(key), *typing.get_args(hints.get(key)))
        inner = [part for part in parts if isinstance(part, type) and dataclasses.is_dataclass(part)]
        if inner and isinstance(value, dict):
            yield from _unknown(value, inner[0], f"{within}{key}.")


def corrections(settings: Settings, inferred: Settings) -> Settings:
    """Return what a person asked for or corrected: all that differs from what was inferred.

    Args:
        settings: clientela.toml as it is.
        inferred: What the last run inferred by itself; what was asked is empty there.
    """
    changed = {name: role for name, role in settings.columns.items() if inferred.columns.get(name) is not role}
    table = {
        part.name: getattr(settings.table, part.name)
        for part in dataclasses.fields(Named)
        if getattr(settings.table, part.name) != getattr(inferred.table, part.name)
    }
    for key, role in NAMED_ROLES.items():
        moved = [name for name, given in changed.items() if given is role]
        if moved and key not in table:
            table[key] = moved[0]
    return dataclasses.replace(settings, table=Named(**table), columns=changed)


def settled(asked: Settings, roles: Roles) -> Settings:
    """Return the settings that say what a run settled on."""
    table = Named(
        collected=asked.table.collected,
        label=roles.label,
        time=roles.time,
        visitor=roles.visitor,
        revenue=roles.revenue,
        order=roles.order,
    )
    return dataclasses.replace(asked, table=table, columns={column.name: column.role for column in roles.columns})


def inferred_part(asked: Settings, result: Settings) -> Settings:
    """Return of the settled settings what was inferred, leaving out what was asked."""
    asked_keys = {key for key, value in asked.table.to_dict().items() if value}
    table = {key: value for key, value in vars(result.table).items() if key not in asked_keys}
    columns = {name: role for name, role in result.columns.items() if name not in asked.columns}
    return dataclasses.replace(result, table=Named(**table), columns=columns)


def render(settings: Settings, roles: Roles) -> str:
    """Return clientela.toml as text, each column with how sure its role is and why."""
    document = tomlkit.document()
    for line in HEAD.splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    for section, record in (("source", settings.source), ("table", settings.table), ("run", settings.run)):
        document.add(section, _section(record))
    columns = tomlkit.table()
    for column in roles.columns:
        columns.add(column.name, str(column.role))
        columns[column.name].comment(_why(column))
    document.add("columns", columns)
    campaign = _section(settings.campaign)
    campaign.comment("cost of a contact, value of a success, budget for as many visits as these; all in money")
    document.add("campaign", campaign)
    # sections of a person's own, where there are any
    if settings.brand != BrandOptions():
        document.add("brand", _section(settings.brand))
    if settings.alerts != AlertOptions():
        document.add("alerts", _nested(settings.alerts.to_dict()))
    if settings.audience != AudienceOptions():
        document.add("audience", _nested(settings.audience.to_dict()))
    return tomlkit.dumps(document)


def _section(record: Record) -> TomlTable:
    table = tomlkit.table()
    for key, value in record.to_dict().items():
        if value not in (None, [], ""):
            table.add(key, value)
    return table


def _nested(data: Mapping[str, Any]) -> TomlTable:
    table = tomlkit.table()
    for key, value in data.items():
        if value not in (None, [], ""):
            table.add(key, _nested(value) if isinstance(value, dict) else value)
    return table


def _why(column: Column) -> str:
    known = "" if column.available is Available.UNKNOWN else f", known {column.available}"
    origin = "origin unknown" if column.origin is Origin.UNKNOWN else column.origin
    text = f"{origin}{known}; {column.sure:.0%} sure" + (f": {column.reason}" if column.reason else "")
    return "".join(char if char.isprintable() else " " for char in text)[:160]
