"""What each receiver is sent."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from tests.monitoring.made import alert

from clientela.domain.finding import Severity
from clientela.monitoring.alerting.bodies import REPEAT, email_message, pagerduty_body, slack_body, webhook_body
from clientela.monitoring.alerting.message import one_line
from clientela.monitoring.tracking import State

NASTY = "<!channel> <https://evil.example|click> @here & <b>bold</b>"


def test_bodies_as_people_get_them(snapshot: SnapshotAssertion) -> None:
    """The words and fields of a message to each kind of receiver."""
    message = alert()
    assert webhook_body(message, repeat=False) == snapshot(name="webhook")
    assert slack_body(message, repeat=False) == snapshot(name="slack")
    assert pagerduty_body(message, "KEY") == snapshot(name="pagerduty")
    mail = email_message(message, "clientela@shop.example", "ops@shop.example", repeat=False)
    assert mail.as_string() == snapshot(name="mail")


def test_a_repeat_says_so() -> None:
    """Where an earlier attempt may have arrived, the receiver is told."""
    message = alert()
    assert webhook_body(message, repeat=True)["repeat"] is True
    assert REPEAT in json.dumps(slack_body(message, repeat=True))
    assert REPEAT in email_message(message, "a@b.example", "c@d.example", repeat=True).get_content()
    assert REPEAT not in json.dumps(slack_body(message, repeat=False))


def test_slack_reads_no_mention_or_link_from_data() -> None:
    """Data stand in plain text; in the line that Slack reads, what begins a mention, link or entity is escaped."""
    body = slack_body(alert(title=NASTY, columns=(NASTY,)), repeat=False)
    assert "<" not in body["text"]
    assert "&lt;!channel&gt;" in body["text"]
    assert " &amp; " in body["text"]
    texts = [part for block in body["blocks"] for part in block.get("elements", [block.get("text")])]
    assert {part["type"] for part in texts} == {"plain_text"}


def test_slack_stays_within_its_limits() -> None:
    """A header has at most 150 characters, a text 3,000."""
    message = alert(title="x" * 200, advice="y" * 600, columns=("z" * 60,) * 20)
    head, *rest = slack_body(message, repeat=True)["blocks"]
    assert len(head["text"]["text"]) == 150
    assert all(len(part["text"]) <= 3000 for block in rest for part in block.get("elements", [block.get("text")]))


def test_pagerduty_resolves_what_is_over() -> None:
    """All states of an incident share a key; the last one resolves it, severities are PagerDuty's own."""
    opened = pagerduty_body(alert(severity=Severity.BLOCKER), "KEY")
    closed = pagerduty_body(alert(2, state=State.CLOSED), "KEY")
    assert (opened["event_action"], closed["event_action"]) == ("trigger", "resolve")
    assert opened["dedup_key"] == closed["dedup_key"]
    assert opened["payload"]["severity"] == "critical"


@given(st.text(max_size=80))
def test_no_title_adds_a_header_to_a_mail(text: str) -> None:
    """Whatever the data hold, a mail has its own headers alone, and its bytes can be made."""
    title = one_line(text, 200)
    mail = email_message(alert(title=title, source=title), "a@b.example", "c@d.example", repeat=False)
    names = [name.lower() for name in mail]
    assert len(names) == len(set(names))
    assert "bcc" not in names
    raw = mail.as_bytes().split(b"\r\n\r\n")[0]
    starts = {line.split(b":")[0].decode().lower() for line in raw.split(b"\r\n") if not line.startswith(b" ")}
    assert starts == set(names)


def test_messages_of_an_incident_make_one_thread() -> None:
    """They refer to the same message; each has an id of its own, the idempotency key."""
    first, second = (email_message(alert(n), "a@b.example", "c@d.example", repeat=False) for n in (1, 2))
    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert f"{1:032x}" in first["Message-ID"]
