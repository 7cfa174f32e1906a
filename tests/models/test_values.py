"""Tests of reading cells whatever their storage."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from clientela.models import values

NAN = float("nan")


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (pl.Series([1, None]), [1, NAN]),
        (pl.Series([float("inf"), -2.5]), [NAN, -2.5]),
        (pl.Series([" 3 ", "x"]), [3, NAN]),
        (pl.Series([True, False, None]), [1, 0, NAN]),
        (pl.Series([Decimal("1.25")]), [1.25]),
        (pl.Series(["7", "8"], dtype=pl.Categorical), [7, 8]),
        (pl.Series([date(1970, 1, 2)]), [86_400]),
        (pl.Series([time(0, 1)]), [60]),
    ],
)
def test_numbers_of_any_storage(series: pl.Series, expected: list[float]) -> None:
    """A number is read the same from every storage; what is none is NaN."""
    assert np.array_equal(values.numbers(series), np.array(expected, dtype=float), equal_nan=True)


def test_texts_are_the_same_for_whole_numbers() -> None:
    """1, 1.0 and "1" are one category; blanks and NaN are missing."""
    assert values.texts(pl.Series([1, 2])).to_list() == ["1", "2"]
    assert values.texts(pl.Series([1.0, 2.5, NAN, None, 1e30])).to_list() == ["1", "2.5", None, None, "1e+30"]
    assert values.texts(pl.Series(["1", " ", None])).to_list() == ["1", None, None]


def test_moments_are_wall_clock_times() -> None:
    """Dates, times with a zone and ISO text give local wall-clock times; other storage none."""
    zoned = pl.Series([datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))]).dt.convert_time_zone(
        "Europe/Berlin"
    )
    assert values.moments(zoned).dt.hour().to_list() == [12]
    assert values.moments(pl.Series([date(2026, 5, 1)])).dt.day().to_list() == [1]
    text = pl.Series(["2026-05-01", "2026-05-01T10:30", "2026-05-01 11:00:00.5", "soon"])
    assert values.moments(text).dt.hour().to_list() == [0, 10, 11, None]
    assert values.moments(pl.Series([3])).to_list() == [None]


def test_lists_cannot_be_read() -> None:
    """Cells that are lists or records are no values."""
    assert not values.readable(pl.List(pl.Int64()))
    assert not values.readable(pl.Null())
    assert values.readable(pl.String())
