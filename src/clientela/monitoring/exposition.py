"""What machines read: one line of log per check, and the metrics file of Prometheus."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clientela.domain.finding import Severity
from clientela.monitoring.result import CheckResult
from clientela.monitoring.tracking import Checked, History, State, Tracked

MOST_LISTED = 100
_NUMBERS = {Severity.INFO: 9, Severity.NOTICE: 10, Severity.WARNING: 13, Severity.BLOCKER: 17}
_TEXTS = {Severity.INFO: "INFO", Severity.NOTICE: "INFO2", Severity.WARNING: "WARN", Severity.BLOCKER: "ERROR"}
Labels = Mapping[str, str]


def log_line(checked: Checked, standing: int, source: str, version: str) -> dict[str, Any]:
    """Return one check as a log record, with the field names and severity numbers of OpenTelemetry's log data model.

    Args:
        checked: The check.
        standing: Incidents open after it.
        source: Name of the folder.
        version: Version of clientela.

    Source: OpenTelemetry specification, "Logs Data Model", fields Timestamp to EventName.
    """
    result = checked.result
    worst = max((incident.severity for incident in result.incidents), key=lambda one: one.rank, default=Severity.INFO)
    counts = {f"clientela.incidents.{state.value}": checked.told(state) for state in State}
    return {
        "timestamp": result.checked,
        "severity_text": _TEXTS[worst],
        "severity_number": _NUMBERS[worst],
        "event_name": "clientela.monitor.check",
        "body": told(checked),
        "resource": {"service.name": "clientela", "service.version": version, "clientela.folder": source},
        "attributes": {
            "clientela.check.number": checked.number,
            "clientela.check.again": checked.again,
            "clientela.batch.name": result.batch,
            "clientela.batch.fingerprint": result.fingerprint,
            "clientela.batch.rows": result.rows,
            "clientela.batch.first": result.first,
            "clientela.batch.last": result.last,
            **counts,
            "clientela.incidents.open": standing,
            "clientela.shifts": [shift.cause.value for shift in result.shifts[:MOST_LISTED]],
            "clientela.incidents": [
                {
                    "id": step.tracked.key,
                    "state": step.state.value,
                    "cause": step.tracked.incident.cause.value,
                    "columns": list(step.tracked.incident.columns[:MOST_LISTED]),
                    "severity": step.tracked.incident.severity.value,
                }
                for step in checked.steps[:MOST_LISTED]
            ],
            "clientela.metrics": {measured.name: _finite(measured.value.value) for measured in result.metrics},
        },
    }


def told(checked: Checked) -> str:
    """Return a check in a few words.

    >>> told(Checked(1, CheckResult("a.csv", "", "", 0, "", "", (), ()), False, ()))
    'nothing to report'
    """
    counts = [(checked.told(state), state.value) for state in State]
    words = [f"{count} {word}" for count, word in counts if count]
    changes = len(checked.result.shifts)
    words += [f"{changes} real change{'s' if changes > 1 else ''}"] if changes else []
    return ", ".join(words) or "nothing to report"


def prometheus(history: History, waiting: int, source: str) -> str:
    """Return the metrics of a folder in Prometheus' text format, for a textfile collector.

    Args:
        history: All checks.
        waiting: Alerts that wait in the outbox.
        source: Name of the folder.

    Returns:
        Text that ends with a line feed. Labels are escaped, so that a name from data stays inside its quotes.

    Source: Prometheus documentation, "Exposition formats", text-based format.
    """
    folder = {"folder": source}
    opened = sum(checked.told(State.OPENED) for checked in history.checks)
    counts = {kind: sum(one.incident.severity is kind for one in history.standing) for kind in Severity}
    parts = [
        _family("clientela_checks_total", "counter", "Checks made.", [(folder, len(history.checks))]),
        _family("clientela_incidents_opened_total", "counter", "Incidents ever opened.", [(folder, opened)]),
        _family(
            "clientela_incidents_open",
            "gauge",
            "Incidents open now.",
            [({**folder, "severity": kind.value}, count) for kind, count in counts.items()],
        ),
        _family(
            "clientela_incident_open",
            "gauge",
            "Batches that showed an incident that is open now.",
            [({**folder, **_about(one)}, one.batches) for one in history.standing[:MOST_LISTED]],
        ),
        _family("clientela_alerts_waiting", "gauge", "Alerts not delivered yet.", [(folder, waiting)]),
    ]
    if history.checks:
        parts += _latest(history.checks[-1].result, folder)
    return "".join(parts)


def _latest(result: CheckResult, folder: Labels) -> Iterator[str]:
    time = datetime.datetime.fromisoformat(result.checked).timestamp()
    yield _family(
        "clientela_last_check_timestamp_seconds", "gauge", "When the last batch was checked.", [(folder, time)]
    )
    yield _family("clientela_last_batch_rows", "gauge", "Rows of the last batch.", [(folder, result.rows)])
    ends = [
        ({**folder, "name": one.name, "half": one.half, "of": of}, value)
        for one in result.metrics[:MOST_LISTED]
        for of, value in (
            ("value", one.value.value),
            ("low", one.value.low),
            ("high", one.value.high),
            ("limit_low", one.low),
            ("limit_high", one.high),
        )
    ]
    yield _family("clientela_quality", "gauge", "Metrics of the last batch, with interval and control limits.", ends)


def _about(one: Tracked) -> dict[str, str]:
    incident = one.incident
    columns = ",".join(incident.columns[:MOST_LISTED])
    return {"id": one.key, "cause": incident.cause.value, "columns": columns, "severity": incident.severity.value}


def _family(name: str, kind: str, told_of: str, samples: Sequence[tuple[Labels, float]]) -> str:
    lines = [f"# HELP {name} {told_of}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{inside}}} {_number(value)}")
    return "\n".join(lines) + "\n" if samples else ""


def _escaped(text: str) -> str:
    readable = text.encode("utf-8", "replace").decode().replace("\r", " ")
    return readable.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return f"{value:+.0f}".replace("inf", "Inf") if math.isinf(value) else repr(value)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
