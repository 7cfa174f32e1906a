"""What every result record can do: turn into plain data, and show itself."""

from __future__ import annotations

import dataclasses
import enum
import html
import numbers
from collections.abc import Mapping
from typing import Any, ClassVar

MAX_SHOWN = 12


class Record:
    """Mixin of the frozen dataclasses that stages return.

    A record holds plain data only: numbers, text, enums, tuples, mappings and other
    records. It never holds an open file or connection.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return the record as dicts, lists, text and numbers, ready for JSON.

        Returns:
            A new dict, one key per field, in field order; enums become their values.

        >>> from clientela.domain.estimate import Estimate
        >>> Estimate(0.5, 0.4, 0.6, n=90, method="wilson").to_dict()["n"]
        90
        """
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(key)}</th><td>{html.escape(_short(value))}</td></tr>"
            for key, value in self.to_dict().items()
        )
        return f"<table><caption>{html.escape(type(self).__name__)}</caption>{rows}</table>"


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list, frozenset, set)):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return value
    # numbers of arrays count as numbers everywhere but in JSON
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def _short(value: Any) -> str:
    if isinstance(value, list):
        shown = ", ".join(_short(item) for item in value[:MAX_SHOWN])
        return shown + (f", ... ({len(value)} in all)" if len(value) > MAX_SHOWN else "")
    return str(value)
