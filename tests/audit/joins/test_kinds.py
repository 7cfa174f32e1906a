"""The likely kind of a block's source."""

from __future__ import annotations

import pytest

from clientela.audit.checking import Block
from clientela.audit.joins.kinds import LIVE, kind_of
from clientela.domain.column import Column, Storage
from clientela.domain.roles import Roles


def block(key: str, columns: tuple[str, ...]) -> Block:
    """Return a block on a key."""
    return Block(key or "nothing", (key,) if key else (), columns, 1.0, 1.0, 20)


@pytest.mark.parametrize(
    ("key", "columns", "kind"),
    [
        ("seen_on", ("a", "b"), "calendar"),
        ("person", ("a", "b"), "customer"),
        ("PLZ", ("a", "b"), "geography"),
        ("ArtikelNr", ("a", "b"), "product"),
        ("utm_id", ("a", "b"), "campaign"),
        ("", ("rain_mm", "temperature", "x"), "calendar"),
        ("k", ("brand", "list_price", "z"), "product"),
        ("k", ("a", "b"), "unknown"),
        ("k", ("a", "b", "c", "city"), "unknown"),
    ],
)
def test_kind_by_key_then_by_most_columns(key: str, columns: tuple[str, ...], kind: str) -> None:
    """The key decides, then the names of a third of the columns or more; each kind says who knows it live."""
    names = [name for name in ("seen_on", "person", key, *columns) if name]
    storage = {"seen_on": Storage.DATE}
    roles = Roles(tuple(Column(n, storage.get(n, Storage.TEXT)) for n in dict.fromkeys(names)), visitor="person")
    found = kind_of(block(key, columns), roles)
    assert found.name == kind
    assert found.live == LIVE[kind]
    assert found.because
