"""Planted worlds as a fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
import pytest

from clientela.models.learning import training_rows
from clientela.models.options import ModelOptions
from clientela.tables.duck import DuckTable
from clientela.tables.frames import from_frame
from clientela.tables.table import ROW

from .worlds import World, settled, stand_in, target_of

LEARNED_WITH = ModelOptions()


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    """Return a builder of planted worlds; `chances` has one column per class."""
    opened: list[DuckTable] = []

    def build(
        frame: pl.DataFrame,
        chances: np.ndarray,
        *,
        classes: tuple[str, ...] = ("no", "yes"),
        label: str = "label",
        expected_revenue: np.ndarray | None = None,
        model_options: ModelOptions = LEARNED_WITH,
        **roles_of: object,
    ) -> World:
        table = from_frame(frame)
        opened.append(table)
        roles = settled(table, label, **roles_of)
        scores = {f"p_{name}": chances[:, place] for place, name in enumerate(classes)}
        if expected_revenue is not None:
            scores["expected_revenue"] = expected_revenue
        rows = training_rows(table, roles, model_options)
        kept = rows.get_column(ROW).to_numpy()
        target = target_of(label, roles.revenue, classes)
        learned = stand_in(rows, roles, target, {name: values[kept] for name, values in scores.items()})
        return World(frame, table, roles, learned, model_options)

    yield build
    for table in opened:
        table.close()
