"""Relations that faded or are turned are named."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.result import CheckResult

Checked = Callable[[pl.DataFrame], CheckResult]


def test_values_on_other_rows_fade_a_relation(checked: Checked, clean: pl.DataFrame) -> None:
    """Shuffled or one row late, a column keeps its distribution and loses its partners."""
    for change in (pl.col("seconds").shuffle(seed=1), pl.col("seconds").shift(1).fill_null(strategy="backward")):
        found = checked(clean.with_columns(change)).incidents
        assert [incident.cause for incident in found] == [Cause.ROW_MISALIGNMENT]
        assert set(found[0].columns) <= {"seconds", "pages"}
