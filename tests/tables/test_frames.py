"""Frames of any make become tables; what is lost is said."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from clientela.domain.column import Storage
from clientela.domain.errors import InputError
from clientela.domain.reading import Reading
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame
from clientela.tables.table import ROW


def storages(data: object) -> list[Storage]:
    """Return the storage types of the columns of `data` as a table."""
    with from_frame(data) as table:
        return [field.storage for field in table.fields]


def test_lazy_frames_are_collected() -> None:
    """A lazy frame is read as the frame it stands for."""
    with from_frame(pl.LazyFrame({"x": [1, 2]}).filter(pl.col("x") > 1)) as table:
        assert table.rows == 1


def test_any_arrow_stream() -> None:
    """Whatever offers an Arrow stream is a frame."""

    class Stream:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return pa.table({"x": [1, 2, 3]}).__arrow_c_stream__(requested_schema)

    with from_frame(Stream()) as table:
        assert table.top_values(["x"])["value"].to_list() == ["1", "2", "3"]


def test_broken_streams_are_refused() -> None:
    """A stream that breaks gives one sentence."""

    class Broken:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            raise ValueError("torn\nin two")

    with pytest.raises(InputError, match="cannot be taken as a table: torn$"):
        from_frame(Broken())


@pytest.mark.parametrize("data", [[1, 2], {"x": [1]}, "file.csv", None, np.zeros((2, 2))])
def test_other_things_are_refused(data: object) -> None:
    """What is no frame is named, with what would be."""
    with pytest.raises(InputError, match=f"A {type(data).__name__} is no frame"):
        from_frame(data)


def test_pandas_nan_is_null_and_the_index_is_reported() -> None:
    """NaN of pandas is a missing cell; an index that numbers nothing else is left out with a note."""
    data = pd.DataFrame({"x": [1.5, np.nan]}, index=["a", "b"])
    with from_frame(data) as table:
        assert table.summary().select("nulls", "nans").row(0) == (1, 0)
        assert table.reading.notes == ("The index of the frame was left out.",)
    with from_frame(data.reset_index(drop=True)) as table:
        assert table.reading.notes == ()


def test_pandas_columns_of_mixed_types_become_text() -> None:
    """A column of several types is kept as text, and said so; missing cells stay missing."""
    with from_frame(pd.DataFrame({"x": [1, "a", None, dt.date(2026, 1, 1)], "y": [1, 2, 3, 4]})) as table:
        assert [field.storage for field in table.fields] == [Storage.TEXT, Storage.INTEGER]
        assert table.sample(9, seed=1)["x"].to_list() == ["1", "a", None, "2026-01-01"]
        assert "mixed types were taken as text: 'x'" in table.reading.notes[0]


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame([[1, 2]], columns=["x", "x"]),
        pa.table([pa.array([1]), pa.array([2])], names=["x", "x"]),
    ],
)
def test_names_that_occur_twice_are_refused(data: object) -> None:
    """Two columns of one name cannot be told apart."""
    with pytest.raises(InputError, match="the same name: 'x'"):
        from_frame(data)


def test_the_name_of_the_position_is_kept() -> None:
    """No column may have the name that samples use for the position."""
    with pytest.raises(InputError, match="kept for the position"):
        from_frame(pl.DataFrame({ROW: [1]}))


def test_python_objects_are_refused() -> None:
    """A column of Python objects has no storage type."""
    with pytest.raises(InputError, match="'x' holds Python objects"):
        from_frame(pl.DataFrame({"x": pl.Series([object()], dtype=pl.Object)}))


def test_rarer_types() -> None:
    """Every type of Polars has a storage type."""
    frame = pl.DataFrame(
        {
            "unsigned": pl.Series([2**64 - 1], dtype=pl.UInt64),
            "small": pl.Series([1], dtype=pl.Int8),
            "single": pl.Series([0.1], dtype=pl.Float32),
            "category": pl.Series(["b"], dtype=pl.Categorical),
            "enum": pl.Series(["b"], dtype=pl.Enum(["b", "a"])),
            "zone": pl.Series([dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)]).dt.convert_time_zone("Asia/Tokyo"),
            "nano": pl.Series([1], dtype=pl.Datetime("ns")),
            "nothing": pl.Series([None], dtype=pl.Null),
            "bytes": pl.Series([b"a\xff"]),
            "list": pl.Series([[1, 2]]),
            "struct": pl.Series([{"a": 1}]),
            "span": pl.Series([dt.timedelta(days=1)]),
            "digits": pl.Series(["12345678901234567890"]).cast(pl.Decimal(38, 0)),
        }
    )
    texts = {
        "unsigned": "18446744073709551615",
        "small": "1",
        "single": "0.1",
        "category": "b",
        "enum": "b",
        "zone": "2026-01-01 12:00:00",
        "nano": "1970-01-01 00:00:00.000000001",
        "bytes": "a\\xFF",
        "list": "[1, 2]",
        "struct": "{'a': 1}",
        "span": "24:00:00",
        "digits": "12345678901234567890",
    }
    kinds = [
        "integer",
        "integer",
        "number",
        "text",
        "text",
        "timestamp",
        "timestamp",
        "text",
        *["other"] * 4,
        "integer",
    ]
    assert storages(frame) == kinds
    with from_frame(frame) as table:
        found = table.top_values(frame.columns)
        assert dict(zip(found["column"], found["value"], strict=True)) == texts
        assert table.sample(1, seed=1)["list"].to_list() == ["[1, 2]"]
        assert table.summary().filter(pl.col("storage") == "other")["distinct"].to_list() == [1, 1, 1, 1]
        assert table.summary(["digits"])["maximum"].item() == 12345678901234567890.0


def test_enums_are_ordered_as_text() -> None:
    """First and last of a category go by its text, not by the order of its kinds."""
    with from_frame(pl.DataFrame({"x": pl.Series(["b", "a"], dtype=pl.Enum(["b", "a"]))})) as table:
        assert table.summary().select("first", "last").row(0) == ("a", "b")


def test_a_given_engine_stays_open() -> None:
    """Closing a table closes its own engine, never one that was given."""
    with Engine(threads=1) as engine:
        first = from_frame(pl.DataFrame({"x": [1]}), engine=engine)
        second = from_frame(pl.DataFrame({"x": [2]}), Reading("mine", "frame"), engine)
        first.close()
        assert second.rows == 1
        assert second.reading.source == "mine"


def test_a_copy_is_held() -> None:
    """What happens to the frame afterwards does not change the table."""
    values = np.array([1.0, 2.0])
    with from_frame(pd.DataFrame({"x": values}, copy=False)) as table:
        values[0] = 9.0
        assert table.summary()["maximum"].item() == 2.0


def test_parts_of_an_owner_end_with_it() -> None:
    """A part asked after its table was closed says so in one sentence."""
    table = from_frame(pl.DataFrame({"x": [1]}))
    part = table.select(["x"])
    table.close()
    with pytest.raises(InputError, match="closed"):
        part.summary()
