"""Receivers that run while a test does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.monitoring.alerting.servers import Server, Smtp, Web, serving


@pytest.fixture
def web() -> Iterator[Server]:
    """A receiver of JSON."""
    with serving(Web) as server:
        yield server


@pytest.fixture
def smtp() -> Iterator[Server]:
    """A mail server."""
    with serving(Smtp) as server:
        yield server
