"""What each kind of receiver is sent; text from data cannot leave the place it is put in."""

from __future__ import annotations

import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from clientela.domain.finding import Severity
from clientela.monitoring.alerting.message import MOST_TITLE, Alert
from clientela.monitoring.tracking import State

SLACK_HEADER, SLACK_TEXT, PAGER_SUMMARY = 150, 3000, 1024
REPEAT = "This may be a repeat: the answer to an earlier attempt did not arrive."
_PAGER = {Severity.BLOCKER: "critical", Severity.WARNING: "warning", Severity.NOTICE: "info", Severity.INFO: "info"}
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def webhook_body(alert: Alert, *, repeat: bool) -> dict[str, Any]:
    """Return the JSON of a webhook: the alert's fields, `text` for people, and `id`, the idempotency key.

    Args:
        alert: The message.
        repeat: Whether an earlier attempt may have arrived.
    """
    facts = alert.to_dict()
    del facts["receiver"], facts["place"]
    return {"id": facts.pop("key"), "event": "clientela.incident", "text": alert.headline, "repeat": repeat, **facts}


def slack_body(alert: Alert, *, repeat: bool) -> dict[str, Any]:
    """Return the JSON of an incoming webhook of Slack.

    Data stand in plain text, which Slack does not read for mentions or links; the line for notifications is read,
    so that the three characters which begin those are escaped.

    Args:
        alert: The message.
        repeat: Whether an earlier attempt may have arrived.
    """
    head = alert.headline if len(alert.headline) <= SLACK_HEADER else alert.headline[: SLACK_HEADER - 1] + "…"
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(head)}]
    blocks += [{"type": "section", "text": _plain(line[:SLACK_TEXT])} for line in (alert.title, alert.advice) if line]
    context = [*_facts(alert), *([REPEAT] if repeat else [])]
    blocks.append({"type": "context", "elements": [_plain("\n".join(context)[:SLACK_TEXT])]})
    return {"text": alert.headline.translate(_HTML), "blocks": blocks}


def pagerduty_body(alert: Alert, routing_key: str) -> dict[str, Any]:
    """Return an event of PagerDuty's Events API version 2.

    All states of an incident share its `dedup_key`: a repeat changes nothing there, and the end resolves it.

    Args:
        alert: The message.
        routing_key: Key of the integration.
    """
    event: dict[str, Any] = {"routing_key": routing_key, "dedup_key": f"clientela-{alert.incident}"}
    if alert.state is State.CLOSED:
        return {**event, "event_action": "resolve"}
    facts = {"advice": alert.advice, "batch": alert.batch, "columns": list(alert.columns), "since": alert.since}
    payload = {
        "summary": alert.headline[:PAGER_SUMMARY],
        "source": alert.source,
        "severity": _PAGER[alert.severity],
        "timestamp": alert.checked,
        "component": ", ".join(alert.columns)[:MOST_TITLE],
        "class": alert.cause,
        "custom_details": facts,
    }
    return {**event, "event_action": "trigger", "client": "Clientela", "payload": payload}


def email_message(alert: Alert, sender: str, to: str, *, repeat: bool) -> EmailMessage:
    """Return a mail in plain text; the messages about one incident make one thread.

    Args:
        alert: The message.
        sender: Address it comes from.
        to: Address it goes to.
        repeat: Whether an earlier attempt may have arrived.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = f"[{alert.source}] {alert.headline}"
    mail["From"] = sender
    mail["To"] = to
    mail["Date"] = datetime.datetime.fromisoformat(alert.checked)
    mail["Message-ID"] = f"<{alert.key}@clientela.invalid>"
    mail["References"] = f"<{alert.incident}@clientela.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    lines = [alert.headline, "", alert.advice, "", *_facts(alert), *(["", REPEAT] if repeat else [])]
    mail.set_content("\n".join(lines) + "\n")
    return mail


def _facts(alert: Alert) -> list[str]:
    columns = ", ".join(alert.columns) or "the whole batch"
    seen = f"{alert.batches} batch{'es' if alert.batches != 1 else ''}"
    lines = [f"Cause: {alert.cause}", f"Columns: {columns}", f"Batch: {alert.batch}, checked {alert.checked}"]
    lines += [f"Since: {alert.since}"] if alert.since else []
    return [*lines, f"Shown by: {seen}", f"Incident: {alert.incident}"]


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
