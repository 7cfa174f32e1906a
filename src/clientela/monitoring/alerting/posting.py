"""JSON to a receiver by HTTP: one attempt, no redirect followed, and no word of the address in what went wrong."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from clientela.monitoring.alerting.outbox import NotDeliveredError

TIMEOUT = 10.0
"""Seconds that a receiver may take to connect, and to each part of its answer."""

MOST_READ = 65536


def post(
    url: str,
    body: Mapping[str, Any] | None,
    headers: Mapping[str, str],
    timeout: float = TIMEOUT,
    method: str = "POST",
) -> bytes:
    """Send JSON once; an answer of 200 to 299 says that it arrived.

    A redirect is refused whatever it leads to: it would hand the message, and the key with it, to somebody else.

    Args:
        url: Where to, http or https.
        body: What to send; None sends nothing along.
        headers: Headers beside those of the content.
        timeout: Seconds.
        method: What is asked for, "POST", "DELETE" or "GET".

    Returns:
        The answer, cut at `MOST_READ` bytes.

    Raises:
        NotDeliveredError: It did not arrive, or nobody knows whether it did.
    """
    parts = _parts(url)
    data = None if body is None else json.dumps(body, ensure_ascii=True).encode()
    kinds = {"Content-Type": "application/json", "User-Agent": "clientela", "Connection": "close"}
    connection = _connection(parts, timeout)
    sent = False
    try:
        connection.connect()
        sent = True
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=data, headers={**kinds, **headers})
        answer = connection.getresponse()
        text = answer.read(MOST_READ)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotDeliveredError(reason(error), unsure=sent, down=True) from None
    finally:
        connection.close()
    _judge(answer.status)
    return text


def reason(error: Exception) -> str:
    """Return what went wrong without the text of the error, which may hold an address or a key."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return "no safe connection (TLS)"
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return error.strerror.lower()
    return type(error).__name__


def _judge(status: int) -> None:
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise NotDeliveredError(f"the receiver answered {status}, a redirect, which is not followed", down=True)
    busy = status >= 500 or status in (408, 425, 429)
    raise NotDeliveredError(f"the receiver answered {status}", down=busy)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        right = right and (parts.port or 1) > 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        right = False
    if not right:
        raise NotDeliveredError("the address is none that begins with http:// or https://, without a user name")
    return parts


def _connection(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=timeout)
