"""Checks, incidents and messages made by hand."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from clientela.domain.estimate import Estimate
from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, Incident, Shift, ShiftKind
from clientela.monitoring.alerting.message import Alert
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult, Measured
from clientela.monitoring.tracking import State
from clientela.tables.frames import from_frame

NOON = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)


def incident(cause: Cause = Cause.UNIT_SCALE, *columns: str, **facts: Any) -> Incident:
    """Return an incident; facts take the place of what it has by itself."""
    given: dict[str, Any] = {
        "severity": Severity.WARNING,
        "since": "2026-12-01T08:00:00Z",
        "title": f"{cause.value} in {', '.join(columns)}.",
        "evidence": {"share": 0.5},
        "advice": "Mend it.",
        **facts,
    }
    return Incident(cause, columns, **given)


def shift(kind: ShiftKind = ShiftKind.SEASON, *columns: str, **evidence: Any) -> Shift:
    """Return a real change."""
    return Shift(kind, columns, Severity.NOTICE, "", f"{kind.value}.", evidence, "Nothing to mend.")


def result(number: int, *incidents: Incident, **facts: Any) -> CheckResult:
    """Return the check of the batch of a day of December 2026."""
    given: dict[str, Any] = {
        "batch": f"day-{number:02d}.csv",
        "fingerprint": f"{number:064x}",
        "checked": f"2026-12-{number:02d}T09:00:00Z",
        "rows": 1000,
        "first": f"2026-12-{number:02d}T00:00:00Z",
        "last": f"2026-12-{number:02d}T08:59:00Z",
        "incidents": incidents,
        "shifts": (),
        **facts,
    }
    return CheckResult(**given)


def measured(name: str, value: float, half: str = "business") -> Measured:
    """Return a measure with an interval of a tenth, a baseline of 1 and limits of 0.5 and 1.5."""
    now = Estimate(value, value - 0.1, value + 0.1, 1000, "normal")
    return Measured(name, half, now, Estimate(1.0, 0.9, 1.1, 5000, "normal"), 0.5, 1.5, "labels")


def numbered(results: Iterable[CheckResult]) -> list[tuple[int, CheckResult]]:
    """Return checks with their numbers, from 1."""
    return list(enumerate(results, start=1))


def alert(number: int = 1, receiver: str = "webhook", **facts: Any) -> Alert:
    """Return a message."""
    given: dict[str, Any] = {
        "key": f"{number:032x}",
        "incident": "a" * 20,
        "receiver": receiver,
        "number": number,
        "place": 0,
        "state": State.OPENED,
        "severity": Severity.WARNING,
        "title": "Unit scale: price looks like times 100 in all rows.",
        "advice": "Have the source write the old unit again.",
        "cause": "unit_scale",
        "columns": ("price",),
        "since": "2026-12-01T08:00:00Z",
        "batch": "day-01.csv",
        "checked": "2026-12-01T09:00:00Z",
        "batches": 1,
        "source": "shop",
        **facts,
    }
    return Alert(**given)


def told_of_texts(known: list[str], now: list[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return cause, way and alternatives of a column of texts beside a number."""
    known_rows, rows = (pl.DataFrame({"text": cells, "n": np.arange(len(cells)) % 97 / 2}) for cells in (known, now))
    with from_frame(known_rows) as table:
        baseline = learn_baseline(table)
    with from_frame(rows) as table:
        incidents = check(baseline, table).incidents
    return [(i.cause.value, str(i.evidence.get("way")), tuple(a.value for a in i.alternatives)) for i in incidents]


def month_of(rng: np.random.Generator, rows: int, month: int) -> pl.Series:
    """Return so many times of a month of 2026, in order."""
    seconds = np.sort(rng.integers(0, 28 * 86_400, rows)) + np.datetime64(f"2026-{month:02d}-01", "s").astype(np.int64)
    return pl.Series((seconds * 1_000_000).astype("datetime64[us]"))
