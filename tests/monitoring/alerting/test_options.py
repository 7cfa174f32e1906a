"""The settings of the alerts: what is impossible is refused, and quiet time is a time of day."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from clientela.monitoring.alerting.options import AlertOptions, Email, PagerDuty, Security, Slack, Webhook

MAIL: dict[str, Any] = {"server": "localhost", "sender": "a@shop.example", "to": ("b@shop.example",)}


@pytest.mark.parametrize(
    ("kind", "facts", "told"),
    [
        (Webhook, {"url_env": "https://hooks.example/secret"}, "name of an environment variable"),
        (Webhook, {"url_env": "HOOK", "token_env": "s3cret token"}, "name of an environment variable"),
        (Slack, {"url_env": ""}, "name of an environment variable"),
        (PagerDuty, {"key_env": "1abc"}, "name of an environment variable"),
        (PagerDuty, {"key_env": "KEY", "server": "ftp://x"}, "https://"),
        (PagerDuty, {"key_env": "KEY", "server": "https://user@host"}, "https://"),
        (Email, {**MAIL, "to": ()}, "needs an address"),
        (Email, {**MAIL, "to": ("b@shop.example\nBcc: x@y.example",)}, "no e-mail address"),
        (Email, {**MAIL, "sender": "nobody"}, "no e-mail address"),
        (Email, {**MAIL, "server": "a b"}, "host name"),
        (Email, {**MAIL, "port": 0}, "host name"),
        (Email, {**MAIL, "user_env": "USER_NAME"}, "go together"),
        (Email, {**MAIL, "user_env": "A", "password_env": "B", "security": Security.NONE}, "only sent with"),
        (AlertOptions, {"per_hour": 0}, "1 or more"),
        (AlertOptions, {"quiet": "22-7"}, "22:00-07:00"),
        (AlertOptions, {"quiet": "24:00-07:00"}, "22:00-07:00"),
        (AlertOptions, {"zone": "Middle/Earth"}, "no time zone"),
        (AlertOptions, {"zone": "../../etc/passwd"}, "no time zone"),
    ],
)
def test_what_is_impossible_is_refused(kind: type[Any], facts: dict[str, Any], told: str) -> None:
    """Each wrong value is refused in words, and a secret given in place of its name is not repeated."""
    with pytest.raises(ValueError, match=told) as error:
        kind(**facts)
    assert "secret" not in str(error.value).replace("the secret itself", "")
    assert "s3cret" not in str(error.value)


def test_receivers_are_named_by_kind_and_address() -> None:
    """Each address of a mail is a receiver of its own."""
    mail = Email("localhost", "a@shop.example", ("b@shop.example", "c@shop.example"))
    options = AlertOptions(webhook=Webhook("W"), slack=Slack("S"), pagerduty=PagerDuty("P"), email=mail)
    assert options.receivers == ("webhook", "slack", "pagerduty", "email b@shop.example", "email c@shop.example")
    assert AlertOptions().receivers == ()


@pytest.mark.parametrize(
    ("quiet", "zone", "hour", "minute", "is_quiet"),
    [
        ("", "UTC", 3, 0, False),
        ("22:00-07:00", "UTC", 22, 0, True),
        ("22:00-07:00", "UTC", 6, 59, True),
        ("22:00-07:00", "UTC", 7, 0, False),
        ("12:00-13:00", "UTC", 12, 30, True),
        ("12:00-13:00", "UTC", 13, 0, False),
        ("22:00-07:00", "Europe/Berlin", 21, 30, True),
        ("22:00-07:00", "Europe/Berlin", 6, 30, False),
    ],
)
def test_quiet_time(quiet: str, zone: str, hour: int, minute: int, is_quiet: bool) -> None:
    """Quiet time may pass midnight, ends with its last minute, and is that of the zone."""
    now = datetime.datetime(2026, 12, 1, hour, minute, tzinfo=datetime.UTC)
    assert AlertOptions(quiet=quiet, zone=zone).is_quiet(now) is is_quiet
