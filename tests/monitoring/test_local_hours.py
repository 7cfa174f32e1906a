"""The hour of the place, which time and place give."""

from __future__ import annotations

import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause, Incident
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame

AHEAD = {"Köln": 1, "Paris": 1, "Rome": 1, "Oslo": -5}


def _local(rows: int, seed: int) -> pl.DataFrame:
    ahead = pl.col("shop").replace_strict(AHEAD, return_dtype=pl.Int64)
    return visits(rows, seed).sort("at").with_columns(hour=(pl.col("at").dt.hour() + ahead) % 24)


def _told(frame: pl.DataFrame) -> list[Incident]:
    with from_frame(_local(5000, 0)) as table:
        baseline = learn_baseline(table)
    with from_frame(frame) as table:
        return list(check(baseline, table).incidents)


@pytest.mark.parametrize("ahead", [5, -2])
def test_hours_of_one_place_by_another_offset_are_told(ahead: int) -> None:
    """A place whose clock is set otherwise from some row on is named with the hours, though no distribution moves."""
    late = (pl.col("shop") == "Oslo") & (pl.int_range(pl.len()) >= 400)
    hour = pl.when(late).then((pl.col("hour") + ahead) % 24).otherwise("hour").alias("hour")
    (found,) = _told(_local(1000, 5).with_columns(hour))
    assert (found.cause, found.columns, found.evidence["hours"]) == (Cause.TIMEZONE, ("hour",), [float(ahead)])


def test_hours_of_other_rows_are_no_offset() -> None:
    """Hours that stand on other rows differ by all offsets, which no clock gives."""
    shuffled = pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.col("hour").shuffle(seed=1)).otherwise("hour")
    assert Cause.TIMEZONE not in [found.cause for found in _told(_local(1000, 5).with_columns(hour=shuffled))]


def test_hours_as_ever_raise_nothing() -> None:
    """A clean batch, and one of another mix of places, keep the hour."""
    frame = _local(2000, 6)
    assert _told(frame.head(1000)) == []
    assert not [found for found in _told(frame.filter(pl.col("shop") != "Rome")) if "hour" in found.columns]
