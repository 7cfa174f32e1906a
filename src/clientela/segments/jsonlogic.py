"""Rules of segments as JsonLogic, for whatever asks them in a browser or a tag manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from clientela.domain.column import Storage
from clientela.segments.result import Condition, SegmentResult

Node = dict[str, Any]


def document(result: SegmentResult, stored: Mapping[str, Storage]) -> bytes:
    """Return the rules as one JSON document.

    `columns` tells which variable of the rule holds which column: a name with dots would be
    a path in JsonLogic, so such columns get a variable of their own. `rule` is one JsonLogic
    "if" that gives the name of the segment. JSON has neither NaN nor infinity: send null for
    them; text of blanks alone is sent as "" or null.

    Args:
        result: The segments.
        stored: How the columns of the rules are stored.

    Returns:
        Indented UTF-8.

    Source: jsonlogic.com/operations.html (operators if, and, or, !, in, ===, <=, >, >=, +, var).
    """
    names = list(stored)
    variables = {name: _variable(place, name) for place, name in enumerate(names)}
    *first, last = result.segments
    asked: list[Any] = []
    for segment in first:
        parts = [
            _points(item, variables, stored) if item.lines
            else _condition(item, variables[item.column], stored[item.column])
            for item in segment.conditions
        ]  # fmt: skip
        asked += [{"and": parts} if parts else True, segment.name]
    columns = {variables[name]: name for name in names}
    rule = {"if": [*asked, last.name]}
    return msgspec.json.format(msgspec.json.encode({"columns": columns, "rule": rule}), indent=1) + b"\n"


def _variable(place: int, name: str) -> str:
    plain = name.isidentifier() and name.isascii()
    return name if plain else f"column:{place}"


def _points(item: Condition, variables: Mapping[str, str], stored: Mapping[str, Storage]) -> Node:
    counted: list[Node] = []
    for line in item.lines:
        asked = line.condition
        counted.append({"if": [_condition(asked, variables[asked.column], stored[asked.column]), line.points, 0]})
    return {">=": [{"+": counted}, item.value]}


def _condition(item: Condition, variable: str, storage: Storage) -> Node:
    cell: Node = {"var": variable}
    unknown: Node = {"in": [cell, [None, ""]]} if storage is Storage.TEXT else {"===": [cell, None]}
    if item.operator in ("missing", "present"):
        return unknown if item.operator == "missing" else {"!": [unknown]}
    if item.value is not None:
        holds: Node = {item.operator: [cell, item.value]}
    else:
        listed: Node = {"in": [cell, _values(item.values, storage)]}
        holds = listed if item.operator == "in" else {"!": [listed]}
    # null is less than 1 to JavaScript, so it is always asked for first
    return {"or": [unknown, holds]} if item.missing_too else {"and": [{"!": [unknown]}, holds]}


def _values(values: Sequence[str], storage: Storage) -> list[Any]:
    if storage is Storage.BOOLEAN:
        return [value == "true" for value in values if value in ("true", "false")]
    return [float(value) for value in values] if storage.numeric else list(values)
