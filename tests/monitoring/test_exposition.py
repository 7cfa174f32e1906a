"""What machines read: the line of log, and Prometheus' text."""

from __future__ import annotations

import json
import math
import re

from hypothesis import given
from hypothesis import strategies as st
from tests.monitoring.made import incident, measured, numbered, result, shift

from clientela.domain.finding import Severity
from clientela.domain.incident import Cause, ShiftKind
from clientela.monitoring.exposition import log_line, prometheus, told
from clientela.monitoring.tracking import follow

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABELS = r'\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"(?:,|(?=\})))*\}'
VALUE = r"(?:NaN|[+-]Inf|[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?))"
SAMPLE = re.compile(rf"({NAME})({LABELS}) ({VALUE})")


def parsed(text: str) -> dict[str, list[tuple[str, float]]]:
    """Return the samples by metric; every line must be one of the three kinds of the format, in its order."""
    assert text.endswith("\n")
    found: dict[str, list[tuple[str, float]]] = {}
    kinds: dict[str, str] = {}
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            assert line.split(" ")[2] not in kinds
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge")
            assert name not in kinds
            kinds[name] = kind
            found[name] = []
        else:
            match = SAMPLE.fullmatch(line)
            assert match is not None, line
            assert list(kinds)[-1] == match[1]
            found[match[1]].append((match[2], float(match[3])))
    assert all(len({labels for labels, _ in samples}) == len(samples) > 0 for samples in found.values())
    return found


def test_prometheus_counts_what_is_open() -> None:
    """Checks, incidents opened and open by severity, alerts that wait, and the last batch are there."""
    broken = incident(Cause.UNIT_SCALE, "price", severity=Severity.BLOCKER)
    metrics = (measured("conversion", 2.0), measured("auc", math.nan, "prediction"))
    history = follow(numbered([result(1, broken), result(2, broken, metrics=metrics)]))
    found = parsed(prometheus(history, 3, "shop"))
    assert found["clientela_checks_total"] == [('{folder="shop"}', 2.0)]
    assert found["clientela_incidents_opened_total"][0][1] == 1
    open_now = {labels.split('"')[3]: value for labels, value in found["clientela_incidents_open"]}
    assert open_now == {"info": 0, "notice": 0, "warning": 0, "blocker": 1}
    assert found["clientela_incident_open"][0][1] == 2
    assert found["clientela_alerts_waiting"][0][1] == 3
    assert found["clientela_last_batch_rows"][0][1] == 1000
    assert found["clientela_last_check_timestamp_seconds"][0][1] == 1796202000.0
    ends = dict(found["clientela_quality"])
    assert ends['{folder="shop",name="conversion",half="business",of="limit_high"}'] == 1.5
    assert math.isnan(ends['{folder="shop",name="auc",half="prediction",of="value"}'])


def test_prometheus_says_infinity_as_the_format_does() -> None:
    """A limit without end is +Inf or -Inf."""
    text = prometheus(follow(numbered([result(1, metrics=(measured("a", math.inf), measured("b", -math.inf)))])), 0, "")
    assert '"value"} +Inf\n' in text
    assert '"value"} -Inf\n' in text
    parsed(text)


def test_prometheus_of_a_folder_without_checks() -> None:
    """There are counts of nothing, and nothing is said of a last batch."""
    found = parsed(prometheus(follow([]), 0, "shop"))
    assert found["clientela_checks_total"][0][1] == 0
    assert "clientela_last_batch_rows" not in found


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_name_leaves_its_quotes(column: str, folder: str) -> None:
    """Whatever a column or folder is called, the text stays valid and one sample stays one line."""
    history = follow(numbered([result(1, incident(Cause.STUCK, column), metrics=(measured(column, 1.0),))]))
    found = parsed(prometheus(history, 0, folder).encode().decode())
    assert len(found["clientela_incident_open"]) == 1


def test_the_line_of_log_has_its_fields() -> None:
    """Names and severity numbers are those of OpenTelemetry; what is no number is null; it is JSON on one line."""
    broken = incident(Cause.STUCK, "price", severity=Severity.BLOCKER)
    metrics = (measured("conversion", 0.25), measured("auc", math.nan))
    history = follow(numbered([result(1, broken, shifts=(shift(ShiftKind.TREND),), metrics=metrics), result(2)]))
    first, second = (log_line(one, 1, "shop", "0.1.0") for one in history.checks)
    text = json.dumps(first, allow_nan=False)
    assert "\n" not in text
    assert list(first) == [
        "timestamp", "severity_text", "severity_number", "event_name", "body", "resource", "attributes",
    ]  # fmt: skip
    assert first["timestamp"] == "2026-12-01T09:00:00Z"
    assert (first["severity_text"], first["severity_number"]) == ("ERROR", 17)
    assert first["resource"] == {"service.name": "clientela", "service.version": "0.1.0", "clientela.folder": "shop"}
    facts = first["attributes"]
    assert set(facts) == {
        *(f"clientela.check.{name}" for name in ("number", "again")),
        *(f"clientela.batch.{name}" for name in ("name", "fingerprint", "rows", "first", "last")),
        *(f"clientela.incidents.{name}" for name in ("opened", "repeated", "worsened", "closed", "open")),
        *("clientela.incidents", "clientela.shifts", "clientela.metrics"),
    }
    assert facts["clientela.metrics"] == {"conversion": 0.25, "auc": None}
    assert facts["clientela.shifts"] == ["trend"]
    (one,) = facts["clientela.incidents"]
    assert one == {**one, "state": "opened", "cause": "stuck", "columns": ["price"], "severity": "blocker"}
    assert (second["severity_text"], second["severity_number"]) == ("INFO", 9)
    assert second["attributes"]["clientela.incidents"][0]["state"] == "closed"
    assert second["attributes"]["clientela.incidents"][0]["id"] == one["id"]


def test_a_check_in_a_few_words() -> None:
    """The words count what was opened, closed and changed."""
    broken = incident(Cause.STUCK, "price")
    history = follow(numbered([result(1, broken, shifts=(shift(),)), result(2)]))
    assert [told(one) for one in history.checks] == ["1 opened, 1 real change", "1 closed"]
