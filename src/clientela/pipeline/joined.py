"""What the audit found of joins, as the models stage needs it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from clientela.audit.result import AuditResult
from clientela.domain.block import Block
from clientela.domain.column import Available
from clientela.domain.roles import Roles


def blocks(audited: AuditResult) -> tuple[Block, ...]:
    """Return the blocks of columns that came through one join each, in the order of the findings."""
    personal = {name for found in audited.findings if found.code == "personal_data" for name in found.columns}
    joins = [found for found in audited.findings if found.code == "joined_block"]
    names = [_named(found.columns, found.evidence.get("key")) for found in joins]
    twice = Counter(names)
    return tuple(
        Block(
            name=name if twice[name] == 1 else f"{name} ({place})",
            columns=found.columns,
            key=tuple(found.evidence.get("key_columns", ())),
            coverage=float(found.evidence.get("coverage", 1.0)),
            fan_out=float(found.evidence.get("fan_out", 1.0)),
            personal=tuple(column for column in found.columns if column in personal),
        )
        for place, (name, found) in enumerate(zip(names, joins, strict=True), start=1)
    )


def _named(columns: tuple[str, ...], key: object) -> str:
    more = f" and {len(columns) - 1} more" if len(columns) > 1 else ""
    # the key of a join is not always in the extract
    return f"{columns[0]}{more}, by {key}" if key else f"{columns[0]}{more}"


def settled_roles(audited: AuditResult) -> Roles:
    """Return the roles, with columns that a live decision cannot know marked as known after the outcome."""
    late = {name for found in audited.findings if found.code == "unavailable_live" for name in found.columns}
    columns = tuple(
        replace(column, available=Available.AFTER) if column.name in late else column
        for column in audited.roles.columns
    )
    return replace(audited.roles, columns=columns)
