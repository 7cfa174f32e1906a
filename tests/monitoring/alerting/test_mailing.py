"""One attempt by SMTP against a real server, and how the login is kept safe."""

from __future__ import annotations

import smtplib
import socket
from email.message import EmailMessage
from typing import Any

import pytest
from tests.monitoring.alerting.servers import BUSY, DEAF, HANG_UP, REFUSE, Server, subjects
from tests.monitoring.made import alert

from clientela.monitoring.alerting import mailing
from clientela.monitoring.alerting.bodies import email_message
from clientela.monitoring.alerting.mailing import mail
from clientela.monitoring.alerting.options import Email, Security
from clientela.monitoring.alerting.outbox import NotDeliveredError


def options(port: int, security: Security = Security.NONE) -> Email:
    """Return a server on this machine."""
    return Email("127.0.0.1", "clientela@shop.example", ("ops@shop.example",), port, security)


def message() -> EmailMessage:
    """Return a mail with text beyond ASCII."""
    return email_message(alert(title="Köln is gone"), "clientela@shop.example", "ops@shop.example", repeat=False)


def failed(port: int, security: Security = Security.NONE) -> NotDeliveredError:
    """Mail and return why it failed."""
    with pytest.raises(NotDeliveredError) as error:
        mail(message(), options(port, security), None, timeout=2)
    assert error.value.__cause__ is None
    return error.value


def test_a_mail_arrives_once(smtp: Server) -> None:
    """Subject and text arrive as they were, whatever their letters."""
    mail(message(), options(smtp.port), None, timeout=2)
    assert subjects(smtp) == ["[shop] New (warning): Köln is gone"]
    assert "Have the source write the old unit again." in smtp.taken[0].get_content()


@pytest.mark.parametrize(
    ("mood", "told", "unsure", "down"),
    [
        (BUSY, "421", False, True),
        (REFUSE, "refused the address", False, False),
        (HANG_UP, "SMTPServerDisconnected", False, True),
        (DEAF, "SMTPServerDisconnected", True, True),
    ],
)
def test_what_a_failure_means(smtp: Server, mood: str, told: str, unsure: bool, down: bool) -> None:
    """Before the mail is handed over it surely did not arrive, after it nobody knows; a refusal is of the address."""
    smtp.mood = mood
    error = failed(smtp.port)
    assert told in error.sentence
    assert (error.unsure, error.down) == (unsure, down)


def test_nobody_listens() -> None:
    """A port without a server is a refused connection."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert failed(port).sentence == "connection refused"


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_without_tls_nothing_is_sent(smtp: Server, security: Security) -> None:
    """A server that cannot keep the connection private gets neither mail nor login."""
    error = failed(smtp.port, security)
    assert not error.unsure
    assert smtp.taken == []


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_the_login_comes_after_tls(monkeypatch: pytest.MonkeyPatch, security: Security) -> None:
    """The password is handed over only once the connection is private; refused, the connection is closed."""
    done: list[str] = []

    class Recorder:
        def __init__(self, *_: Any, **facts: Any) -> None:
            done.append("connect privately" if "context" in facts else "connect")

        def starttls(self, **_: Any) -> None:
            done.append("starttls")

        def login(self, user: str, password: str) -> None:
            done.append(f"login {user} {password}")
            raise smtplib.SMTPAuthenticationError(535, b"no: secret")

        def close(self) -> None:
            done.append("close")

    monkeypatch.setattr(mailing.smtplib, "SMTP", Recorder)
    monkeypatch.setattr(mailing.smtplib, "SMTP_SSL", Recorder)
    with pytest.raises(NotDeliveredError, match="answered 535") as error:
        mail(message(), options(25, security), ("me", "secret"))
    assert "secret" not in str(error.value)
    private = ["connect", "starttls"] if security is Security.STARTTLS else ["connect privately"]
    assert done == [*private, "login me secret", "close"]
