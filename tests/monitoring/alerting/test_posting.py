"""One attempt by HTTP against a real receiver: taken, refused, busy, cut off, and never a word of the address."""

from __future__ import annotations

import socket
import ssl

import pytest
from tests.monitoring.alerting.servers import BUSY, DEAF, HANG_UP, REFUSE, Server

from clientela.monitoring.alerting import posting
from clientela.monitoring.alerting.outbox import NotDeliveredError
from clientela.monitoring.alerting.posting import post, reason


def failed(url: str) -> NotDeliveredError:
    """Post and return why it failed."""
    with pytest.raises(NotDeliveredError) as error:
        post(url, {"a": 1}, {}, timeout=2)
    assert "secret" not in str(error.value)
    assert error.value.__cause__ is None
    return error.value


def test_a_body_arrives_once(web: Server) -> None:
    """Path, query, headers and body arrive; text beyond ASCII is escaped."""
    post(f"http://127.0.0.1:{web.port}/hook?a=b", {"text": "Köln"}, {"X-Own": "1"}, timeout=2)
    ((path, headers, body),) = web.taken
    assert (path, headers["X-Own"], headers["Content-Type"]) == ("/hook?a=b", "1", "application/json")
    assert body == {"text": "Köln"}
    post(f"http://127.0.0.1:{web.port}", {}, {}, timeout=2)
    assert web.taken[1][0] == "/"


@pytest.mark.parametrize(
    ("mood", "told", "unsure", "down"),
    [(BUSY, "503", False, True), (REFUSE, "404", False, False), (HANG_UP, "", True, True), (DEAF, "", True, True)],
)
def test_what_a_failure_means(web: Server, mood: str, told: str, unsure: bool, down: bool) -> None:
    """An answer says that it did not arrive; no answer leaves it unsure; only a refusal is about this message."""
    web.mood = mood
    error = failed(f"http://127.0.0.1:{web.port}/secret")
    assert told in error.sentence
    assert (error.unsure, error.down) == (unsure, down)


def test_a_redirect_is_not_followed(web: Server) -> None:
    """The message is handed to nobody else."""
    web.status = 307
    error = failed(f"http://127.0.0.1:{web.port}/secret")
    assert "not followed" in error.sentence
    assert error.down


def test_nobody_listens() -> None:
    """A port without a receiver is a refused connection, and surely not delivered."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    error = failed(f"http://127.0.0.1:{port}/secret")
    assert error.sentence == "connection refused"
    assert (error.unsure, error.down) == (False, True)


def test_a_receiver_without_tls(web: Server) -> None:
    """An https address whose receiver speaks none fails before anything is sent."""
    error = failed(f"https://127.0.0.1:{web.port}/secret")
    assert (error.unsure, web.taken) == (False, [])


@pytest.mark.parametrize(
    "url",
    [
        "secret",
        "ftp://secret.example/",
        "http://",
        "http://user:secret@host/",
        "http://host:99999/secret",
        "http://host/secret\r\nX: y",
        "http://host/a secret",
        "http://[secret",
        "http://hóst/secret",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    """It is said to be none, and not repeated."""
    assert "address is none" in failed(url).sentence


def test_reasons_hold_no_text_of_the_error() -> None:
    """What is told is a class of errors, never the error's own words, which may hold the address."""
    assert reason(TimeoutError("https://secret")) == "no answer in time"
    assert reason(ssl.SSLError("https://secret")) == "no safe connection (TLS)"
    assert reason(OSError(113, "No route to host", "secret")) == "no route to host"
    assert reason(ValueError("https://secret")) == "ValueError"
    assert posting.TIMEOUT <= 30
