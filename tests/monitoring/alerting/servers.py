"""Receivers on this machine that keep what they take, and fail when they are told to."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from typing import Any

TAKE, BUSY, HANG_UP, DEAF, REFUSE = "take", "busy", "hang up", "deaf", "refuse"
"""Takes it; says to come again; hangs up before it takes; takes it and hangs up without a word; says never."""


class Server(socketserver.ThreadingTCPServer):
    """A receiver of one kind.

    Attributes:
        mood: What it does with the next messages.
        taken: What it took, in order: mails, or (path, headers, body).
        status: HTTP status of a receiver that takes or refuses.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, handler: type[socketserver.BaseRequestHandler], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.mood, self.status = TAKE, 200
        self.taken: list[Any] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class Smtp(socketserver.StreamRequestHandler):
    """Enough of SMTP to take a mail."""

    server: Server
    timeout = 5

    def handle(self) -> None:
        """Talk until the client leaves."""
        if self.server.mood == HANG_UP:
            return
        self.say("220 ready" if self.server.mood != BUSY else "421 come again")
        while line := self.rfile.readline():
            word = line.split(b" ")[0].strip().upper()
            if word == b"QUIT":
                self.say("221 bye")
                return
            if word == b"DATA":
                if not self.data():
                    return
            elif word == b"RCPT" and self.server.mood == REFUSE:
                self.say("550 no such address")
            else:
                self.say("250 ok")

    def data(self) -> bool:
        """Take one mail; tell whether to talk on."""
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.taken.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
        if self.server.mood == DEAF:
            return False
        self.say("250 taken")
        return True

    def say(self, line: str) -> None:
        """Answer."""
        self.wfile.write(f"{line}\r\n".encode())


class Web(BaseHTTPRequestHandler):
    """A receiver of JSON."""

    server: Server
    timeout = 5

    def do_POST(self) -> None:
        """Take one body, or fail."""
        mood = self.server.mood
        if mood == HANG_UP:
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if mood == BUSY:
            self.send_response(503)
        else:
            if mood != REFUSE:
                self.server.taken.append((self.path, dict(self.headers), json.loads(body)))
            if mood == DEAF:
                self.close_connection = True
                return
            self.send_response(404 if mood == REFUSE else self.server.status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@contextmanager
def serving(handler: type[socketserver.BaseRequestHandler], port: int = 0) -> Iterator[Server]:
    """Run a receiver while the block runs."""
    with Server(handler, port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def subjects(server: Server) -> list[str]:
    """Return the subjects of the mails taken."""
    mails: list[EmailMessage] = server.taken
    return [str(mail["Subject"]) for mail in mails]
