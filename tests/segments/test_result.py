"""What the stage returns, as text and as plain data."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl


def test_a_result_is_readable_and_plain(world: Callable[..., Any]) -> None:
    """The text has a line per segment; the plain data survive JSON."""
    rng = np.random.default_rng(0)
    high = rng.random(1500) < 0.5
    chance = np.where(high, 0.5, 0.05)
    frame = pl.DataFrame({"v": np.where(high, "a", "b"), "label": np.where(rng.random(1500) < chance, "yes", "no")})
    result = world(frame, np.column_stack([1 - chance, chance])).segment()
    lines = repr(result).splitlines()
    assert lines[0] == "2 segments of 1,500 rows"
    assert all(item.name in line for item, line in zip(result.segments, lines[1:], strict=True))
    assert json.loads(json.dumps(result.to_dict()))["segments"][0]["conditions"][0]["column"] == "v"
