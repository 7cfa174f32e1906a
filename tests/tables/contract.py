"""What every engine must pass: inherit `TableContract` and say how a frame becomes a table."""

from __future__ import annotations

import datetime as dt
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from clientela.domain.errors import ClientelaError, ColumnError, InputError
from clientela.tables.condition import AllOf, AnyOf, Condition, Like, Missing, Negated, OneOf, Repeated, Within
from clientela.tables.table import ROW, SUMMARY_COLUMNS, Table

from .oracle import Plain, mask

SHARES = (0.0, 0.07, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0)

NAMES = (
    "plain",
    "Plain",
    "PLAIN",
    'quo"te',
    "apo'strophe",
    "semi;colon",
    "'; drop table t0; --",
    "select",
    "rowid",
    "c0",
    "v",
    "n",
    "position",
    "count",
    "🛒 basket",
    " leading",
    "trailing ",
    "with\nline",
    "%s {0} $1 ?",
    "Ümläut",
    "long" * 75,
    "*",
    ".",
)


def awkward() -> pl.DataFrame:
    """Return a frame with every storage type and every awkward value, some rows twice."""
    at = dt.datetime.fromisoformat("2026-11-05 13:00:00")
    rows = {
        "whole": [1, 2, None, 2, -7, 0, 9_007_199_254_740_993, 9_007_199_254_740_992],
        "number": [0.1, math.nan, -0.0, math.inf, -math.inf, None, 1e20, 0.0],
        "text": ["a", "A", " ", "", None, "é\u0301", "10", "9"],
        "flag": [True, False, None, True, True, False, False, True],
        "day": [dt.date(2026, 11, 5), None, dt.date(1899, 12, 31), *[dt.date(2026, 1, 1)] * 5],
        "moment": [at, at + dt.timedelta(milliseconds=500), None, *[at] * 5],
        "clock": [dt.time(13), dt.time(13, 0, 0, 250_000), None, *[dt.time(9, 30)] * 5],
        "money": [Decimal("1.50"), Decimal("2.00"), None, Decimal("-0.01"), *[Decimal("100.00")] * 4],
        "empty": [None] * 8,
    }
    types = {"clock": pl.Time(), "money": pl.Decimal(12, 2), "empty": pl.String(), "moment": pl.Datetime("us")}
    frame = pl.DataFrame(rows, schema_overrides=types)
    return pl.concat([frame, frame[[3, 1, 1]]])


CELLS = {
    pl.Int64(): st.integers(-(2**53), 2**53) | st.integers(-3, 3),
    pl.Float64(): st.floats(width=64) | st.sampled_from([0.0, -0.0, 1.0, 0.1, math.nan]),
    pl.String(): st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=5)
    | st.sampled_from("aA1 "),
    pl.Boolean(): st.booleans(),
    pl.Date(): st.dates(dt.date(1000, 1, 1), dt.date(9999, 12, 31)),
    pl.Datetime("us"): st.datetimes(dt.datetime.fromisoformat("1700-01-01"), dt.datetime.fromisoformat("2200-01-01")),
}


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    """Draw a small frame of mixed types with nulls, ties and awkward numbers."""
    rows = draw(st.integers(0, 12))
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS, key=str)), min_size=1, max_size=4))
    columns = {
        f"column {index}": pl.Series(draw(st.lists(st.none() | CELLS[kind], min_size=rows, max_size=rows)), dtype=kind)
        for index, kind in enumerate(kinds)
    }
    return pl.DataFrame(columns)


CONDITIONS: tuple[Condition, ...] = (
    *(Missing(name) for name in ("whole", "number", "text", "empty", "moment")),
    *(OneOf("whole", values) for values in ((), ("2", "-7"), ("9007199254740993",), ("2.0",))),
    OneOf("number", ("nan", "0.0", "1e+20", "-inf")),
    OneOf("text", ("a", " ", "", "nothing")),
    OneOf("flag", ("true",)),
    OneOf("day", ("1899-12-31",)),
    OneOf("moment", ("2026-11-05 13:00:00.5",)),
    OneOf("clock", ("13:00:00.25",)),
    OneOf("money", ("1.5", "100.0")),
    *(Within("number", low, high) for low, high in ((None, None), (0.1, None), (None, 0.1), (0.0, 0.0), (2.0, 1.0))),
    *(Within("whole", low, high) for low, high in ((2.0, None), (-7.0, -7.0), (None, -0.5), (0.5, 2.5))),
    Within("money", -0.01, 2.0),
    Within("flag", 1.0),
    *(Like("text", pattern) for pattern in ("a", "^$", r"^\d+$", r"^\s", "^[^'\"]$", "(?i)^A$")),
    Repeated(()),
    Repeated(("text",)),
    Repeated(("number",)),
    Repeated(("flag", "day")),
    *(Negated(part) for part in (Missing("text"), Like("text", "a"), Within("number", 0.0), Repeated(("whole",)))),
    Negated(AllOf((Missing("text"), Negated(OneOf("flag", ("false",)))))),
    Negated(Negated(Within("whole", 0.0))),
    AllOf(()),
    AnyOf(()),
    AllOf((Repeated(("text",)), Negated(Missing("text")))),
    AnyOf((Missing("text"), AllOf((Within("whole", None, 0.0), OneOf("flag", ("false",)))))),
)


def close_to(found: Any, wanted: Any, scale: float) -> bool:
    """Tell whether two numbers (or nulls) agree to rounding, beside values of size `scale`."""
    if found is None or wanted is None:
        return found is wanted
    if math.isinf(found):
        return abs(wanted) > Fraction(1.79e308)
    return abs(Fraction(found) - Fraction(wanted)) <= abs(Fraction(wanted)) / 10**12 + Fraction(scale) / 10**13


class TableContract(ABC):
    """The meaning of every request, whatever engine answers it."""

    @abstractmethod
    def open(self, frame: pl.DataFrame) -> Table:
        """Return the rows of `frame` as a table of the engine under test."""

    @pytest.fixture
    def frame(self) -> pl.DataFrame:
        """Return the awkward frame."""
        return awkward()

    @pytest.fixture
    def plain(self, frame: pl.DataFrame) -> Plain:
        """Return the awkward frame in lists."""
        return Plain(frame)

    @pytest.fixture
    def table(self, frame: pl.DataFrame) -> Iterator[Table]:
        """Return the awkward frame as a table."""
        with self.open(frame) as table:
            yield table

    def test_fields_and_rows(self, table: Table, plain: Plain) -> None:
        """Columns keep name, order and storage type; rows are counted."""
        assert [(f.name, f.storage) for f in table.fields] == [(n, plain.storage(n)) for n in plain.columns]
        assert table.rows == plain.frame.height

    def test_select_keeps_rows_and_orders_columns(self, table: Table) -> None:
        """A selection has the columns asked for in that order, and all rows."""
        part = table.select(["text", "whole"])
        assert [field.name for field in part.fields] == ["text", "whole"]
        assert part.rows == table.rows
        with pytest.raises(ColumnError, match="flag"):
            part.summary(["flag"])

    def test_summary(self, table: Table, plain: Plain) -> None:
        """Each number of the summary is the one counted by hand."""
        self.same_summary(table.summary(), plain.summary(list(plain.columns)))

    def test_summary_of_some_columns(self, table: Table, plain: Plain) -> None:
        """Columns are summarised in the order asked for."""
        self.same_summary(table.summary(["text", "whole"]), plain.summary(["text", "whole"]))

    def test_summary_of_no_column(self, table: Table) -> None:
        """No column asked for gives no row, with the columns of the summary."""
        assert dict(table.summary([]).schema) == SUMMARY_COLUMNS
        assert table.summary([]).height == 0

    @staticmethod
    def same_summary(found: pl.DataFrame, wanted: Sequence[dict[str, Any]]) -> None:
        """Compare a summary with the one made by hand: counts exactly, moments to rounding."""
        assert dict(found.schema) == SUMMARY_COLUMNS
        assert found.height == len(wanted)
        for row, plain in zip(found.to_dicts(), wanted, strict=True):
            scale = max(abs(plain["minimum"] or 0), abs(plain["maximum"] or 0))
            for name in ("mean", "deviation"):
                assert close_to(row.pop(name), plain.pop(name), scale), (name, row, plain)
            assert row == plain

    @pytest.mark.parametrize("offset", [0.0, 1e8, -1e12, 1e15])
    def test_deviation_far_from_zero(self, offset: float) -> None:
        """A small deviation is found however far from zero the values lie."""
        values = [offset + place % 5 for place in range(1000)]
        with self.open(pl.DataFrame({"x": values})) as table:
            row = table.summary().row(0, named=True)
        assert row["mean"] == offset + 2
        assert row["deviation"] == pytest.approx(math.sqrt(2000 / 999), rel=1e-12)

    @pytest.mark.parametrize("values", [[1e308, 1e308, -1e308], [5e-324, 1e-310], [1e-300, 3e-300], [1e300, 1.0]])
    def test_moments_at_the_ends_of_the_range(self, values: list[float]) -> None:
        """Mean and deviation neither overflow nor vanish for the largest and smallest numbers."""
        frame = pl.DataFrame({"x": values})
        with self.open(frame) as table:
            row = table.summary().row(0, named=True)
        wanted = Plain(frame).summary(["x"])[0]
        for name in ("mean", "deviation"):
            assert row[name] == pytest.approx(wanted[name], rel=1e-9, abs=1e-320)

    @pytest.mark.parametrize("number", [0.0, 1.5])
    def test_nan_beside_one_number(self, number: float) -> None:
        """NaN is counted and left out of quantiles even where all other cells are equal."""
        plain = Plain(pl.DataFrame({"x": [number, math.nan, math.inf, math.nan, number]}))
        with self.open(plain.frame) as table:
            self.same_summary(table.summary(), plain.summary(["x"]))
            assert table.quantiles(["x"], SHARES).rows() == plain.quantiles(["x"], SHARES)
            self.same_groups(table.grouped("x", ["x"]), plain.grouped("x", ["x"]))
            assert table.duplicates().rows() == [plain.duplicates(["x"])]

    def test_answers_do_not_depend_on_chance(self) -> None:
        """Sums come out the same to the last bit, however the work is parted."""
        values = [math.sin(place) * 10 ** (place % 20 - 10) for place in range(5000)]
        frame = pl.DataFrame({"x": values, "g": [place % 3 for place in range(5000)]})
        answers = []
        for _ in range(3):
            with self.open(frame) as table:
                answers.append((table.summary(), table.grouped("g", ["x"])))
        assert all(answer[0].equals(answers[0][0]) and answer[1].equals(answers[0][1]) for answer in answers)

    def test_white_space_is_blank(self) -> None:
        """Cells of white space only are blank, the kinds of Unicode included; others are not."""
        cells = ["", " ", "\t", "\n ", "\xa0", "\u2003\u3000", "\u200b", ".", " x ", "\x1f"]
        with self.open(pl.DataFrame({"x": cells})) as table:
            assert table.summary()["blanks"].item() == 6

    def test_top_values(self, table: Table, plain: Plain) -> None:
        """Values come by descending count, ties by their text; nulls are left out."""
        names = list(plain.columns)
        assert table.top_values(names).rows() == plain.top(names, 10)
        assert table.top_values(names[::-1], limit=2).rows() == plain.top(names[::-1], 2)

    def test_top_values_keep_large_integers(self) -> None:
        """Integers beyond what a double can hold stay apart and exact."""
        values = [2**63 - 1, 2**63 - 2, -(2**63), 2**53 + 1]
        with self.open(pl.DataFrame({"x": values})) as table:
            assert table.top_values(["x"])["value"].to_list() == sorted(map(str, values))
            assert table.summary()["distinct"].item() == 4

    def test_text_of_numbers(self) -> None:
        """Numbers are rendered as the shortest text that reads back, whole ones with .0."""
        values = [1.0, 0.1, 1e15, 1e16, 1e20, 1e-4, 1e-5, 123456.789, 5e-324, 1.7976931348623157e308, -2.5, 1 / 3]
        with self.open(pl.DataFrame({"x": values})) as table:
            assert table.top_values(["x"], limit=20)["value"].to_list() == sorted(map(repr, values))

    def test_quantiles(self, table: Table, plain: Plain) -> None:
        """Quantiles are values of the column: the smallest with the share at or below it."""
        names = ["whole", "number", "flag", "money"]
        assert table.quantiles(names, SHARES).rows() == plain.quantiles(names, SHARES)

    def test_quantiles_without_rounding(self) -> None:
        """Ranks are exact where share times count is whole, for a hundred shares."""
        frame = pl.DataFrame({"x": list(range(1, 101))})
        shares = [place / 100 for place in range(101)]
        with self.open(frame) as table:
            assert table.quantiles(["x"], shares)["value"].to_list() == [1, *range(1, 101)]

    @pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
    def test_quantiles_outside_the_range(self, table: Table, share: float) -> None:
        """A share outside 0 to 1 is refused."""
        with pytest.raises(InputError, match="between 0 and 1"):
            table.quantiles(["whole"], [share])

    def test_requests_on_the_wrong_kind(self, table: Table) -> None:
        """Numbers are not asked of text, nor masks of numbers."""
        with pytest.raises(InputError, match="holds text"):
            table.quantiles(["text"], [0.5])
        with pytest.raises(InputError, match="holds text"):
            table.grouped("flag", ["text"])
        with pytest.raises(InputError, match="holds integer"):
            table.masks(["whole"])

    def test_masks(self) -> None:
        """Digits and letters lose their identity, all else stays; long text is cut."""
        cells = ["Ab-12", "Cd-34", "é9", "X" * 70, "X" * 64, "", None, "e\u0301" * 40, "[z]{@}"]
        plain = Plain(pl.DataFrame({"x": cells}))
        with self.open(plain.frame) as table:
            assert table.masks(["x"]).rows() == plain.top(["x"], 10, mask)
            assert table.masks(["x"], limit=1).rows() == [("x", "A" * 64, 2)]

    def test_null_patterns(self, table: Table, plain: Plain) -> None:
        """Patterns are counted in the order of the columns asked for."""
        names = list(plain.columns)
        for asked in (names, names[::-1], ["empty"], []):
            assert table.null_patterns(asked).rows() == plain.null_patterns(asked, 50)
        assert table.null_patterns(names, limit=1).rows() == plain.null_patterns(names, 1)

    def test_null_patterns_of_many_columns(self) -> None:
        """Patterns of more columns than a machine word has bits are kept apart."""
        columns = {f"x{place}": [None if place % 7 == row else 1 for row in range(4)] for place in range(150)}
        plain = Plain(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int64())))
        with self.open(plain.frame) as table:
            assert table.null_patterns(list(columns)).rows() == plain.null_patterns(list(columns), 50)

    def test_contingency(self, table: Table, plain: Plain) -> None:
        """Pairs are counted, null among them, in the order laid down."""
        for first in plain.columns:
            assert table.contingency(first, "flag").rows() == plain.contingency(first, "flag", 10_000)
        assert table.contingency("text", "text", limit=3).rows() == plain.contingency("text", "text", 3)

    def test_grouped(self, table: Table, plain: Plain) -> None:
        """Sums are over finite values of each group, null being a group."""
        names = ["number", "whole", "flag", "money"]
        for by in ("flag", "text", "number", "day", "empty"):
            self.same_groups(table.grouped(by, names), plain.grouped(by, names))

    @staticmethod
    def same_groups(found: pl.DataFrame, wanted: Sequence[dict[str, Any]]) -> None:
        """Compare sums per group with those made by hand: exactly but for rounding."""
        assert found.height == len(wanted)
        for row, plain in zip(found.to_dicts(), wanted, strict=True):
            n, largest = max(plain["n"], 1), max(abs(plain["minimum"] or 0), abs(plain["maximum"] or 0))
            scales = {"total": n * largest, "squares": 1e-300, "minimum": 0, "maximum": 0}
            for name, scale in scales.items():
                assert close_to(row.pop(name), plain.pop(name), scale), (name, row)
            assert row == plain

    def test_grouped_small_beside_large(self) -> None:
        """A group of small values keeps its sums beside a group of large ones."""
        frame = pl.DataFrame({"g": ["a", "a", "b"], "x": [1e-3, 2e-3, -999_999_999.0]})
        with self.open(frame) as table:
            self.same_groups(table.grouped("g", ["x"]), Plain(frame).grouped("g", ["x"]))

    def test_dependency(self, table: Table, plain: Plain) -> None:
        """The sums behind a dependency are those counted by hand, null being a value."""
        names = list(plain.columns)
        for keys in (["text"], ["flag", "day"], ["number"], ["empty"], []):
            assert table.dependency(keys, names).to_dicts() == plain.dependency(keys, names)

    def test_duplicates(self, table: Table, plain: Plain) -> None:
        """Rows equal in all columns asked for are counted."""
        assert table.duplicates().rows() == [plain.duplicates(list(plain.columns))]
        for names in (["flag"], ["number"], ["text", "flag"], ["empty"], []):
            assert table.duplicates(names).rows() == [plain.duplicates(names)]

    @pytest.mark.parametrize("key", [None, "key", "number", "day"])
    def test_sample(self, key: str | None) -> None:
        """A sample takes the rows whose key hashes below the threshold, whole, in order."""
        frame = numbered(400)
        with self.open(frame) as table:
            found = table.sample(100, seed=5, key=key)
        places = Plain(frame).taken(Fraction(100, 400), 5, key)
        assert 0 < len(places) < 400
        assert found[ROW].to_list() == places
        assert found.columns == [ROW, *frame.columns]
        assert_frame_equal(found.drop(ROW), frame[places], check_dtypes=False)

    def test_sample_of_some_columns(self) -> None:
        """A sample by a key holds the columns asked for, the key itself not among them."""
        frame = numbered(50)
        with self.open(frame) as table:
            found = table.sample(20, seed=1, key="key", columns=["day"])
            bare = table.sample(20, seed=1, key="key", columns=[])
        assert found.columns == [ROW, "day"]
        assert bare[ROW].to_list() == found[ROW].to_list() == Plain(frame).taken(Fraction(20, 50), 1, "key")

    def test_sample_changes_with_the_seed(self) -> None:
        """Another seed takes other rows, the same seed the same."""
        with self.open(numbered(400)) as table:
            first, again, other = (table.sample(50, seed=seed)[ROW].to_list() for seed in (1, 1, 2))
        assert first == again
        assert first != other

    def test_sample_of_all(self, table: Table, frame: pl.DataFrame) -> None:
        """Where the table has no more rows than asked for, all come back with their types."""
        found = table.sample(frame.height, seed=3)
        assert found[ROW].to_list() == list(range(frame.height))
        assert found.schema[ROW] == pl.Int64()
        assert_frame_equal(found.drop(ROW), frame)

    def test_split(self) -> None:
        """A split parts rows by key: every key on one side, all rows in one part, order kept."""
        frame = numbered(300)
        with self.open(frame) as table:
            parts = [part.sample(1000, seed=0) for part in table.split(0.7, seed=9, key="key")]
        places = Plain(frame).taken(Fraction(7, 10), 9, "key")
        assert parts[0][ROW].to_list() == places
        assert parts[1][ROW].to_list() == sorted(set(range(300)) - set(places))

    def test_split_of_a_split(self) -> None:
        """A part keeps the positions of its rows, so it can be parted and sampled again."""
        frame = numbered(300)
        with self.open(frame) as table:
            part, _ = table.split(0.5, seed=1)
            first, rest = part.split(0.5, seed=2)
            rows = part.rows
            found = [first.sample(300, seed=0)[ROW].to_list(), rest.sample(300, seed=0)[ROW].to_list()]
            counted = part.duplicates(["key"])["rows"].item()
        plain = Plain(frame)
        held = plain.taken(Fraction(1, 2), 1, None)
        again = set(plain.taken(Fraction(1, 2), 2, None))
        assert rows == counted == len(held)
        assert found == [[p for p in held if p in again], [p for p in held if p not in again]]

    @pytest.mark.parametrize("share", [0.0, 1.0])
    def test_split_to_one_side(self, table: Table, share: float) -> None:
        """All rows lie on one side where the share is none or all."""
        first, rest = table.split(share, seed=1)
        assert (first.rows, rest.rows) == (round(share) * table.rows, round(1 - share) * table.rows)

    def test_split_outside_the_range(self, table: Table) -> None:
        """A share outside 0 to 1 is refused."""
        with pytest.raises(InputError, match="between 0 and 1"):
            table.split(1.5, seed=1)

    @pytest.mark.parametrize("size", [1, 7, 100_000])
    def test_batches(self, size: int) -> None:
        """Batches give all rows in order, none longer than asked for."""
        frame = numbered(100)
        with self.open(frame) as table:
            parts = list(table.batches(size))
        assert max(part.height for part in parts) <= size
        assert_frame_equal(pl.concat(parts), frame)

    def test_batches_of_some_columns(self, table: Table, frame: pl.DataFrame) -> None:
        """Batches hold the columns asked for, in that order."""
        found = pl.concat(list(table.batches(columns=["text", "whole"])))
        assert_frame_equal(found, frame.select("text", "whole"))

    def test_batches_keep_the_order_of_many_rows(self) -> None:
        """Rows keep their order and positions beyond what one chunk of an engine holds."""
        frame = pl.DataFrame({"x": range(300_000)})
        with self.open(frame) as table:
            assert pl.concat(list(table.batches(50_000))).equals(frame)
            assert table.sample(300_000, seed=1)[ROW].equals(frame["x"].rename(ROW))

    @pytest.mark.parametrize("name", NAMES)
    def test_names_are_never_interpreted(self, name: str) -> None:
        """Any text is a name: in every request it means its column."""
        frame = pl.DataFrame({name: [2, 1, 2], "other": ["a", "b", "a"]})
        plain = Plain(frame)
        with self.open(frame) as table:
            assert [field.name for field in table.fields] == [name, "other"]
            self.same_summary(table.summary([name]), plain.summary([name]))
            assert table.top_values([name]).rows() == plain.top([name], 10)
            assert table.contingency(name, "other").rows() == plain.contingency(name, "other", 10)
            assert table.dependency(["other"], [name]).to_dicts() == plain.dependency(["other"], [name])
            self.same_groups(table.grouped("other", [name]), plain.grouped("other", [name]))
            assert table.sample(3, seed=1, key=name).columns == [ROW, name, "other"]
            assert next(iter(table.batches())).columns == [name, "other"]

    def test_names_that_differ_by_case(self) -> None:
        """Names that differ by case alone are different columns."""
        frame = pl.DataFrame({"Id": [1, 1], "ID": [1, 2], "id": [3, 3]})
        with self.open(frame) as table:
            assert table.summary()["distinct"].to_list() == [1, 2, 1]
            assert table.select(["ID"]).duplicates()["distinct"].item() == 2

    def test_unknown_columns(self, table: Table) -> None:
        """A name that is not there raises an error with the nearest names, in every request."""
        requests = [
            lambda: table.select(["wholes"]),
            lambda: table.summary(["wholes"]),
            lambda: table.top_values(["wholes"]),
            lambda: table.quantiles(["wholes"], [0.5]),
            lambda: table.masks(["wholes"]),
            lambda: table.null_patterns(["wholes"]),
            lambda: table.contingency("wholes", "text"),
            lambda: table.grouped("wholes", []),
            lambda: table.grouped("text", ["wholes"]),
            lambda: table.dependency(["wholes"], []),
            lambda: table.dependency([], ["wholes"]),
            lambda: table.duplicates(["wholes"]),
            lambda: table.sample(1, seed=1, key="wholes"),
            lambda: table.sample(1, seed=1, columns=["wholes"]),
            lambda: table.split(0.5, seed=1, key="wholes"),
            lambda: list(table.batches(columns=["wholes"])),
        ]
        for request in requests:
            with pytest.raises(ColumnError, match="'whole'"):
                request()

    def test_empty_table(self) -> None:
        """A table without rows answers every request with nothing, or with counts of nothing."""
        frame = awkward().clear()
        plain = Plain(frame)
        names = list(plain.columns)
        with self.open(frame) as table:
            assert table.rows == 0
            self.same_summary(table.summary(), plain.summary(names))
            assert table.top_values(names).rows() == []
            assert table.masks(["text"]).rows() == []
            assert table.quantiles(["whole"], [0.5]).rows() == [("whole", 0.5, None)]
            assert table.null_patterns(names).rows() == table.null_patterns([]).rows() == []
            assert table.contingency("text", "flag").rows() == table.grouped("text", ["whole"]).rows() == []
            assert table.dependency(["text"], names).to_dicts() == plain.dependency(["text"], names)
            assert table.duplicates().rows() == table.duplicates([]).rows() == [(0, 0, 0, 0, 0)]
            assert table.sample(5, seed=1).columns == [ROW, *names]
            assert [part.rows for part in table.split(0.5, seed=1)] == [0, 0]
            assert list(table.batches()) == []

    def test_matching(self, table: Table, plain: Plain) -> None:
        """A condition holds for the same rows as in plain Python, whatever stands in it; nulls are never undecided."""
        for condition in CONDITIONS:
            found = table.matching(condition, limit=100)
            assert found[ROW].to_list() == plain.matching(condition, 100), condition

    def test_matching_is_bounded_and_keeps_types_and_positions(self, table: Table, frame: pl.DataFrame) -> None:
        """At most `limit` rows come back, the first ones, with their own types; a part is asked about its own rows."""
        found = table.matching(Negated(Missing("text")), columns=["text", "whole"], limit=3)
        assert found.columns == [ROW, "text", "whole"]
        assert found[ROW].to_list() == [0, 1, 2]
        assert found.drop(ROW).schema == frame.select("text", "whole").schema
        assert table.matching(AllOf(()), limit=0).is_empty()
        part, rest = table.split(0.5, seed=7)
        for side in (part, rest):
            rows = side.sample(100, seed=0)
            assert side.matching(AllOf(()), limit=100)[ROW].to_list() == rows[ROW].to_list()
            twice = rows.filter(pl.struct("text", "day").is_duplicated())[ROW].to_list()
            assert side.matching(Repeated(("text", "day")), limit=100)[ROW].to_list() == twice
        with pytest.raises(ColumnError):
            table.matching(Missing("nowhere"))
        for wrong in (Within("text", 0.0), Like("whole", "1")):
            with pytest.raises(InputError):
                table.matching(wrong)

    def test_matching_quotes_names_and_values(self) -> None:
        """Odd names and values that look like SQL are only names and values."""
        frame = pl.DataFrame({name: ["it's", '"', "x"] for name in NAMES})
        with self.open(frame) as table:
            for name in NAMES:
                assert table.matching(OneOf(name, ("it's", "'; drop table t0; --")))[ROW].to_list() == [0]
                assert table.matching(Like(name, "^['\"]$"))[ROW].to_list() == [1]
            assert table.matching(Repeated(NAMES)).is_empty()

    def test_closed_table(self, frame: pl.DataFrame) -> None:
        """A closed table says so; closing twice does no harm."""
        table = self.open(frame)
        table.close()
        table.close()
        with pytest.raises(ClientelaError, match="closed"):
            table.summary()

    def test_any_table(self) -> None:
        """Whatever the cells, every request gives what plain Python gives."""
        settings(max_examples=15)(given(frames())(self.same_answers))()

    def same_answers(self, frame: pl.DataFrame) -> None:
        """Compare the answers about a frame with those made by hand."""
        plain = Plain(frame)
        names = frame.columns
        numeric = [n for n in names if plain.storage(n).numeric or plain.storage(n).value == "boolean"]
        with self.open(frame) as table:
            self.same_summary(table.summary(), plain.summary(names))
            assert table.top_values(names, limit=3).rows() == plain.top(names, 3)
            assert table.quantiles(numeric, SHARES).rows() == plain.quantiles(numeric, SHARES)
            assert table.null_patterns(names).rows() == plain.null_patterns(names, 50)
            assert table.contingency(names[0], names[-1]).rows() == plain.contingency(names[0], names[-1], 10_000)
            assert table.dependency(names[:1], names).to_dicts() == plain.dependency(names[:1], names)
            assert table.duplicates().rows() == [plain.duplicates(names)]
            for condition in (Repeated(tuple(names)), Negated(Missing(names[0])), *(Missing(name) for name in names)):
                assert table.matching(condition)[ROW].to_list() == plain.matching(condition, 20)
            if frame.height:
                taken = table.sample(frame.height // 2, seed=4, key=names[0])[ROW].to_list()
                assert taken == plain.taken(Fraction(frame.height // 2, frame.height), 4, names[0])

    def test_any_groups(self) -> None:
        """Whatever the numbers, sums per group are those of exact arithmetic."""
        rows = st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.floats(-1e9, 1e9)))
        settings(max_examples=20)(given(rows)(self.same_sums))()

    def same_sums(self, rows: list[tuple[str, float | None]]) -> None:
        """Compare the sums of groups with those made by hand."""
        frame = pl.DataFrame(rows, schema={"g": pl.String(), "x": pl.Float64()}, orient="row")
        with self.open(frame) as table:
            self.same_groups(table.grouped("g", ["x"]), Plain(frame).grouped("g", ["x"]))


def numbered(rows: int) -> pl.DataFrame:
    """Return a frame with a repeating key that has nulls, a number and a day."""
    return pl.DataFrame(
        {
            "key": [None if place % 11 == 0 else f"visitor {place % 37}" for place in range(rows)],
            "number": [place % 13 / 4 for place in range(rows)],
            "day": [dt.date(2026, 1, 1) + dt.timedelta(days=place % 29) for place in range(rows)],
        }
    )
