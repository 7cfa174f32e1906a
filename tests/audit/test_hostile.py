"""Frames that no person would make: the audit says what it can and never fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HOSTILE = {
    "far apart": pl.DataFrame({"id": range(400), "big": [1e308, -1e308] * 200}),
    "over the whole range": pl.DataFrame({"id": range(400), "big": np.linspace(-1.7, 1.7, 400) * 1e308}),
    "denormal": pl.DataFrame({"id": range(400), "small": np.arange(400) * 5e-324, "y": [0, 1] * 200}),
    "infinite": pl.DataFrame({"x": [np.inf, -np.inf, 1.0, np.nan] * 100, "y": [0, 1] * 200}),
    "only infinite": pl.DataFrame({"x": [np.inf] * 400, "y": [0, 1] * 200}),
    "no number at all": pl.DataFrame({"x": [np.nan] * 400, "z": [np.nan, None] * 200, "nothing": [None] * 400}),
    "ends of the integers": pl.DataFrame({"x": [2**63 - 1, -(2**63)] * 200}),
    "unsigned": pl.DataFrame({"x": pl.Series([2**64 - 1, 0] * 200, dtype=pl.UInt64)}),
    "one row": pl.DataFrame({"a": [1], "b": ["x"], "c": [np.nan]}),
    "one column": pl.DataFrame({"a": [1.5, 2.5, 1e300] * 50}),
    "one odd cell": pl.DataFrame({"a": [*np.linspace(0, 1, 299), 1e308, -1e308], "y": [0] * 150 + [1] * 151}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tables_are_audited(audited: Callable[..., Any], name: str) -> None:
    """Extremes, infinities, denormals, huge integers, empty cells, one row or column are audited without a warning."""
    result = audited(HOSTILE[name])
    assert [profile.column.name for profile in result.columns] == HOSTILE[name].columns


NUMBERS = st.one_of(
    st.floats(allow_subnormal=True),
    st.sampled_from([0.0, -0.0, 1e308, -1e308, 5e-324, float("inf"), 2.0**53 + 2, 1e15]),
    st.none(),
)
WHOLE = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-2, 3), st.none())
TEXT = st.one_of(st.text(max_size=4), st.sampled_from(["", " ", "?", "1,5", "2024-01-31", "ja", "nan", "1e999"]))
CELLS = {"x": NUMBERS, "z": NUMBERS, "k": WHOLE, "t": TEXT, "y": st.one_of(st.booleans(), st.none())}
TYPES = {"x": pl.Float64, "z": pl.Float64, "k": pl.Int64, "t": pl.String, "y": pl.Boolean}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=6), times=st.integers(1, 40))
def test_any_small_table_is_audited(audited: Callable[..., Any], rows: list[dict[str, Any]], times: int) -> None:
    """Any few rows, repeated any number of times, are audited without an exception or a warning."""
    frame = pl.DataFrame(rows * times, schema=TYPES)
    assert len(audited(frame).columns) == len(TYPES)
