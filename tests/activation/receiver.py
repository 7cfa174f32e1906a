"""A local server that stands for a platform: it checks each request by the published schema, and fails as told."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from .schemas import REMOVALS, SCHEMAS

DROP, LATE = "drop", "late"
"""Replies: the connection is closed before anything is kept, or after the request was kept."""

ANSWERS = {
    "google-ads": b'{"requestId": "126365e1-16d0-4c81-9de9-f362711e250a"}',
    "meta": b'{"audience_id": "7", "session_id": 1, "num_received": 9, "num_invalid_entries": 0}',
    "ga4": b"",
}


class Receiver(ThreadingHTTPServer):
    """Keeps what it accepted.

    Attributes:
        replies: What to do with the next requests: a status, `DROP` or `LATE`; 200 when there are no more.
        kept: Accepted bodies, in order.
        removed: Accepted bodies that take members off, in order.
        asked: Path and headers of every request.
        wrong: Why bodies were refused.
        told: What it answers when it is asked for something.
    """

    def __init__(self, platform: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.platform = platform
        self.replies: list[int | str] = []
        self.kept: list[Any] = []
        self.removed: list[Any] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.wrong: list[str] = []
        self.told = b"{}"

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        status = int(self.server.replies.pop(0)) if self.server.replies else 200
        self.send_response(status)
        self.send_header("Content-Length", str(len(self.server.told)))
        self.end_headers()
        self.wfile.write(self.server.told)

    def do_DELETE(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers)))
        reply = self.server.replies.pop(0) if self.server.replies else 200
        if reply == DROP:
            return
        status = self._take(body) if reply in (200, LATE) else int(reply)
        if reply == LATE:
            return
        answer = ANSWERS[self.server.platform] if status == 200 else b'{"error": {"message": "secret inside"}}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _take(self, body: bytes) -> int:
        removing = self.command == "DELETE" or self.path.endswith(":remove")
        schema = (REMOVALS if removing else SCHEMAS)[self.server.platform]
        try:
            msgspec.json.decode(body, type=schema, strict=True)
        except msgspec.MsgspecError as error:
            self.server.wrong.append(str(error))
            return 400
        (self.server.removed if removing else self.server.kept).append(msgspec.json.decode(body))
        return 200

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextlib.contextmanager
def receiving(platform: str) -> Iterator[Receiver]:
    """Run a receiver in a thread."""
    with Receiver(platform) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
