"""What tests rely on."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest


def test_network_is_refused() -> None:
    """No test can reach another machine, by connect or connect_ex."""
    with socket.socket() as one, pytest.raises(PermissionError, match="no network"):
        one.connect(("192.0.2.1", 80))
    with socket.socket() as one, pytest.raises(PermissionError, match="no network"):
        one.connect_ex(("192.0.2.1", 80))


def test_loopback_is_allowed() -> None:
    """A server on this machine can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()


def test_missing_real_data_skips(real_data: Callable[[str], Path]) -> None:
    """A real file that is not there skips the test and tells the variable to set."""
    with pytest.raises(pytest.skip.Exception, match="CLIENTELA_DATA"):
        real_data("no such file.csv")
