"""Result records as JSON files, and back."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from clientela.domain.errors import InputError
from clientela.domain.record import Record

R = TypeVar("R", bound=Record)


def encode(record: Record) -> bytes:
    """Return the record as indented JSON (UTF-8); NaN becomes null."""
    return msgspec.json.format(msgspec.json.encode(record.to_dict()), indent=2) + b"\n"


def decode(data: bytes, kind: type[R], name: str) -> R:
    """Return the record of type `kind` that `encode` wrote.

    Args:
        data: The bytes of the file.
        kind: Type of the record.
        name: Name of the file, for the error.

    Raises:
        InputError: The bytes are no such record.
    """
    try:
        return msgspec.convert(_undefined(msgspec.json.decode(data), kind), kind, strict=False)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(f"{name} is damaged or of another version ({error}): run again to make it anew.") from error


def _undefined(data: Any, kind: Any) -> Any:
    """Put "nan" where the type says number and JSON could only say null."""
    if data is None:
        return "nan" if kind is float else None
    origin = typing.get_origin(kind)
    arguments = typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not types.NoneType]
        return _undefined(data, inner[0]) if len(inner) == 1 else data
    if dataclasses.is_dataclass(kind) and isinstance(data, dict):
        hints = typing.get_type_hints(kind)
        return {key: _undefined(value, hints.get(key, Any)) for key, value in data.items()}
    if origin is tuple and isinstance(data, list):
        return _undefined_items(data, arguments)
    if origin is Mapping and isinstance(data, dict):
        return {key: _undefined(value, arguments[1]) for key, value in data.items()}
    return data


def _undefined_items(data: list[Any], arguments: tuple[Any, ...]) -> list[Any]:
    kinds = [arguments[0]] * len(data) if arguments[-1] is Ellipsis else list(arguments)
    return [_undefined(value, kind) for value, kind in zip(data, kinds, strict=False)]
