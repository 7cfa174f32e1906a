"""Values are counted once, and the counts are kept where they are few."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from clientela.domain.errors import ClientelaError
from clientela.tables import counting
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by the name of a table whenever a column is counted."""
    found: list[str] = []
    plain = Engine.store

    def store(self: Engine, expression: Any) -> tuple[str, int]:
        name, rows = plain(self, expression)
        found.append(name)
        return name, rows

    monkeypatch.setattr(Engine, "store", store)
    return found


def asked(table: Any) -> list[pl.DataFrame]:
    """Ask all that starts from counted values."""
    return [
        table.summary(),
        table.top_values(["page", "visits"]),
        table.masks(["page"]),
        table.quantiles(["visits"], [0.5]),
    ]


FRAME = pl.DataFrame({"page": ["a", "b", "b"], "visits": [1.5, None, 2.5]})


def test_a_column_is_counted_once(stores: list[str]) -> None:
    """Four requests about two columns, and about a selection of them, group the rows twice."""
    with from_frame(FRAME) as table:
        asked(table)
        table.select(["visits"]).summary()
        assert len(stores) == 2


def test_many_values_are_counted_anew(stores: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts larger than is kept are dropped after each request, and every answer stays the same."""
    with from_frame(FRAME) as table:
        kept = asked(table)
    stores.clear()
    monkeypatch.setattr(counting, "KEPT", 1)
    with Engine() as engine, from_frame(FRAME, engine=engine) as table:
        anew = asked(table)
        assert len(stores) == 6
        for name in stores:
            with pytest.raises(ClientelaError):
                engine.types(name)
    for one, other in zip(kept, anew, strict=True):
        assert one.equals(other)


def test_parts_have_counts_of_their_own() -> None:
    """What was counted of the whole does not answer for a part."""
    with from_frame(pl.DataFrame({"visit": range(1000)})) as table:
        whole = table.summary()["rows"].item()
        first, second = (part.summary().row(0, named=True) for part in table.split(0.3, 1))
        assert whole == 1000
        assert first["distinct"] + second["distinct"] == 1000
        assert first["mean"] != second["mean"]


def test_counts_go_with_the_table(stores: list[str]) -> None:
    """A table that is closed leaves no counts in an engine that lives on, and its selections count again."""
    with Engine() as engine:
        table = from_frame(FRAME, engine=engine)
        part = table.select(["page"])
        table.summary()
        table.close()
        assert len(stores) == 2
        for name in stores:
            with pytest.raises(ClientelaError):
                engine.types(name)
        assert part.summary()["distinct"].item() == 2
