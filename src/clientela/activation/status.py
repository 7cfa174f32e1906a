"""What a platform says became of an audience that was sent: Google works on it for hours, Meta for an hour or more.

Google: `requestStatus.retrieve` of the Data Manager API (developers.google.com/data-manager/api/reference/rest/v1/
requestStatus/retrieve). Meta: reading a custom audience (developers.facebook.com/docs/marketing-api/reference/
custom-audience).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from clientela.activation.options import AudienceOptions
from clientela.activation.platforms import PLATFORMS, Target
from clientela.activation.receipt import Receipt
from clientela.activation.sending import PATIENCE, REQUEST, Line
from clientela.domain.errors import InputError, quoted
from clientela.domain.record import Record
from clientela.monitoring.alerting.outbox import NotDeliveredError

_STATES = {
    "SUCCESS": "done",
    "PROCESSING": "being worked on",
    "PARTIAL_SUCCESS": "done in part",
    "FAILED": "failed",
}
_BAD = ("PARTIAL_SUCCESS", "FAILED")
_REASON = re.compile(r"[A-Z][A-Z0-9_]{0,80}")
_READY, _FIRST_ERROR = 200, 400
"""Codes of `operation_status`: usable; from 400 on something is wrong."""
_FIELDS = "operation_status,approximate_count_lower_bound,approximate_count_upper_bound"


@dataclass(frozen=True)
class Status(Record):
    """What a platform says of an audience.

    Attributes:
        lines: In words, a request or list each.
        failed: Whether something of it failed.
    """

    lines: tuple[str, ...]
    failed: bool


def status(receipt: Receipt, options: AudienceOptions, line: Line) -> Status:
    """Ask a platform what became of an audience; nothing is changed there.

    Args:
        receipt: The receipt of what was sent.
        options: Which list.
        line: How requests are sent.

    Returns:
        What it says; words of its own are not repeated.

    Raises:
        InputError: Nothing was sent, the platform tells nothing, or it cannot be asked.
    """
    name = PLATFORMS[receipt.target].name
    if receipt.target not in (Target.GOOGLE_ADS, Target.META):
        raise InputError(f"{name} tells nothing of what was sent: look at the platform.")
    if not receipt.sent:
        raise InputError(f"Nothing of segment {receipt.number}, {quoted(receipt.segment)}, was sent to {name} yet.")
    if receipt.target is Target.META:
        return _of_list(options, line)
    numbers = [answer.removeprefix(REQUEST) for answer in receipt.answers if answer.startswith(REQUEST)]
    found = [_of_request(number, options, line) for number in numbers]
    return Status(tuple(text for one in found for text in one.lines), any(one.failed for one in found))


def _of_request(number: str, options: AudienceOptions, line: Line) -> Status:
    server = options.google_ads.server.rstrip("/")
    answer = _asked(f"{server}/v1/requestStatus:retrieve?{urlencode({'requestId': number})}", Target.GOOGLE_ADS, line)
    parts = answer.get("requestStatusPerDestination")
    parts = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    states = [str(part.get("requestStatus")) for part in parts]
    lines = [
        f"Request {number}: {_STATES.get(state, 'not known')}{_errors(part)}"
        for part, state in zip(parts, states, strict=True)
    ]
    return Status(tuple(lines or [f"Request {number}: not known"]), any(state in _BAD for state in states))


def _errors(part: dict[str, Any]) -> str:
    """Return how many members failed and why, as far as that is a count and a reason of the reference."""
    info = part.get("errorInfo")
    counts = info.get("errorCounts") if isinstance(info, dict) else None
    told = [
        f"{int(one['recordCount']):,} x {one['reason'].lower().replace('_', ' ')}"
        for one in (counts if isinstance(counts, list) else ())
        if isinstance(one, dict)
        and str(one.get("recordCount", "")).isdecimal()
        and isinstance(one.get("reason"), str)
        and _REASON.fullmatch(one["reason"])
    ]
    return f" ({'; '.join(told)})" if told else ""


def _of_list(options: AudienceOptions, line: Line) -> Status:
    meta = options.meta
    url = f"{meta.server.rstrip('/')}/{meta.version}/{meta.audience}?{urlencode({'fields': _FIELDS})}"
    answer = _asked(url, Target.META, line)
    state = answer.get("operation_status")
    code = state.get("code") if isinstance(state, dict) else None
    if not isinstance(code, int):
        return Status((f"List {meta.audience}: not known",), failed=False)
    said = "ready" if code == _READY else "being worked on" if code < _FIRST_ERROR else "something is wrong"
    low, high = answer.get("approximate_count_lower_bound"), answer.get("approximate_count_upper_bound")
    people = f", {low:,} to {high:,} people" if isinstance(low, int) and isinstance(high, int) and low >= 0 else ""
    return Status((f"List {meta.audience}: {said} (code {code}){people}",), failed=code >= _FIRST_ERROR)


def _asked(url: str, target: Target, line: Line) -> dict[str, Any]:
    name = PLATFORMS[target].name
    try:
        found = msgspec.json.decode(line.post(url, None, line.endpoint.headers, PATIENCE, "GET"))
    except NotDeliveredError as error:
        raise InputError(f"{name} could not be asked: {error.sentence}.") from error
    except msgspec.DecodeError as error:
        raise InputError(f"{name} answered something that is not understood: look at the platform.") from error
    return found if isinstance(found, dict) else {}
