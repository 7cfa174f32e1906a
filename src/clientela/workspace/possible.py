"""What a value of clientela.toml can be, where one that is not possible was given."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from enum import Enum
from typing import Any

from clientela.domain.errors import listed, quoted

KINDS = {
    int: "a whole number", float: "a number", str: "text in quotes", bool: "true or false", tuple: "a list in brackets",
    Mapping: "a table",
}  # fmt: skip

_PLACE = re.compile(r" - at `\$\.?([^`]*)`$")
_LACKS = re.compile(r"missing required field `([^`]+)`")
_STEP = re.compile(r"[^.\[\]]+|\[[^\]]*\]")


def impossible(error: Exception, data: Mapping[str, Any], kind: type[Any]) -> str:
    """Return in a sentence what of the settings is not possible, and what would be.

    Args:
        error: What msgspec said.
        data: The settings as they were read.
        kind: The record they were to become.
    """
    found = _PLACE.search(str(error))
    place = found[1] if found else ""
    said = str(error)[: found.start()] if found else str(error)
    lacks = _LACKS.search(said)
    if lacks:
        return f"lacks {place}.{lacks[1]}: add it to [{place}], or remove that section."
    if not said.startswith(("Expected", "Invalid enum")):
        return f"has a value in [{place}] that is not possible: {said}."
    wanted, given, names = kind, typing.cast("Any", data), list[str]()
    for step in _STEP.findall(place):
        wanted = _inner(wanted, step)
        key = _key(given, step, wanted)
        given = given[key]
        names.append(str(key))
    return f"has {'.'.join(names)} = {_shown(given)}: {_possible(wanted)}."


def _inner(kind: Any, step: str) -> Any:
    """Return the type of a part of a value of some type."""
    kind, parts = _plain(kind), typing.get_args(_plain(kind))
    if step.startswith("["):
        return parts[-1] if typing.get_origin(kind) is Mapping else parts[0]
    return typing.get_type_hints(kind)[step] if dataclasses.is_dataclass(kind) else Any


def _key(value: Any, step: str, wanted: Any) -> Any:
    if step == "[...]":  # one of a table's values; msgspec does not say which
        return next(key for key, one in value.items() if not _fits(one, wanted))
    return int(step[1:-1]) if step.startswith("[") else step


def _fits(value: Any, wanted: Any) -> bool:
    kind = _plain(wanted)
    return value in list(kind) if isinstance(kind, type) and issubclass(kind, Enum) else isinstance(value, kind)


def _plain(kind: Any) -> Any:
    """Return a type without "or None"."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return next(one for one in typing.get_args(kind) if one is not types.NoneType)
    return kind


def _shown(given: Any) -> str:
    """Return a value as it may be repeated: of lists and tables only that they are one."""
    if isinstance(given, Mapping):
        return "a table"
    if isinstance(given, list):
        return "a list"
    return quoted(str(given))


def _possible(wanted: Any) -> str:
    kind = _plain(wanted)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"possible are {listed(str(one.value) for one in kind)}"
    if dataclasses.is_dataclass(kind):
        return f"it must be a table with {', '.join(field.name for field in dataclasses.fields(kind))}"
    return f"it must be {KINDS.get(typing.get_origin(kind) or kind, 'something else')}"
