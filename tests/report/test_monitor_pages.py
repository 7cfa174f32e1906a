"""The pages of monitoring: what broke, what is open, batch by batch, both halves of quality, the calendar."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.monitoring.made import incident, measured, numbered, result, shift

from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, ShiftKind
from clientela.monitoring.announced import Announcement
from clientela.monitoring.result import CheckResult
from clientela.monitoring.tracking import follow
from clientela.report.monitor_pages import MOST_BATCHES, MOST_CARDS, UNKNOWN_EFFECT, Watched, render_check, render_overview

from .pages import Page

BROKEN = incident(
    Cause.CATEGORY_RENAMED,
    "page",
    alternatives=(Cause.CATEGORY_NEW,),
    evidence={
        "rows": 120,
        "shares": [["start", 0.6, 0.1], ["START", 0.0, 0.5], ["bad"], ["worse", "a", 0.1], ["none", math.nan, 0.1]],
        "query": 'SELECT * FROM "batch" WHERE "page" IN (\'START\') LIMIT 100',
        "model": "12 % of what the model tells visits apart by rests on page: scores of the rows concerned move.",
    },
)
GRAVE = incident(Cause.COLUMN_REMOVED, severity=Severity.BLOCKER, since="", title="Everything is gone.")


def watched(*results: CheckResult, **facts: object) -> Watched:
    """Return the pages' parts of some checks."""
    history = follow(numbered(results))
    pages = tuple(f"{one.number:06d}.html" for one in history.checks)
    return replace(Watched(history, "shop", "0.1.0", pages), **facts)  # type: ignore[arg-type]


def text_of(html: str) -> str:
    """Return what a person reads."""
    return " ".join(" ".join(Page(html).text).split()) if not isinstance(Page(html).text, str) else " ".join(Page(html).text.split())
