"""Clientela: from a table of website visits to revenue groups, segments and a report.

>>> import clientela
>>> callable(clientela.open_table)
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clientela.domain.errors import ClientelaError
    from clientela.domain.roles import Ask, Roles
    from clientela.models.learning import learn
    from clientela.models.release import Release
    from clientela.models.scoring import score
    from clientela.pipeline.request import Request
    from clientela.pipeline.running import run
    from clientela.pipeline.scoring import score_file
    from clientela.samples.writing import write_sample
    from clientela.segments.finding import segment
    from clientela.segments.rules import assign
    from clientela.sources.opening import open_table, sheets

__all__ = [
    "Ask",
    "ClientelaError",
    "Release",
    "Request",
    "Roles",
    "assign",
    "learn",
    "open_table",
    "run",
    "score",
    "score_file",
    "segment",
    "sheets",
    "write_sample",
]

_HOMES = {
    "Ask": "domain.roles",
    "ClientelaError": "domain.errors",
    "Release": "models.release",
    "Request": "pipeline.request",
    "Roles": "domain.roles",
    "assign": "segments.rules",
    "learn": "models.learning",
    "open_table": "sources.opening",
    "run": "pipeline.running",
    "score": "models.scoring",
    "score_file": "pipeline.scoring",
    "segment": "segments.finding",
    "sheets": "sources.opening",
    "write_sample": "samples.writing",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that importing clientela stays quick."""
    if name == "audit":
        return importlib.import_module("clientela.audit")
    if name not in _HOMES:
        raise AttributeError(f"module 'clientela' has no attribute {name!r}")
    return getattr(importlib.import_module(f"clientela.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "audit"])
