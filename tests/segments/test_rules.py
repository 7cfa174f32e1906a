"""Rules in words and applied to rows."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.domain.errors import ColumnError, InputError
from clientela.domain.estimate import Estimate
from clientela.segments.result import Condition, Line, Segment, SegmentResult
from clientela.segments.rules import assign, columns_of, fulfilled, rule_text, simplified
from clientela.workspace.artifacts import decode, encode

ONE = Estimate(0.5, 0.4, 0.6, n=10, method="wilson")


def result(*rules: tuple[Condition, ...]) -> SegmentResult:
    """Return segments named s0, s1, ... with these rules."""
    segments = tuple(Segment(f"s{i}", "", rule, 1, ONE, ONE, None, None, (), "") for i, rule in enumerate(rules))
    return SegmentResult(segments, "", None, 1, (), 0)


def test_the_first_segment_that_fits_takes_the_row() -> None:
    """Rules are asked in order, and what fits none falls to the last."""
    found = assign(
        result((Condition("x", ">", 5.0),), (Condition("x", ">", 2.0),), ()), pl.DataFrame({"x": [9, 3, 1, None]})
    )
    assert found.to_list() == ["s0", "s1", "s2", "s2"]
    assert found.name == "segment"


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("x", [1, 2, 3, None]),
        pl.Series("x", [1.0, 2.0, 3.0, float("nan")]),
        pl.Series("x", ["1", " 2 ", "3.0", "n/a"]),
        pl.Series("x", ["1", "2", "3", None], dtype=pl.Categorical),
        pl.Series("x", [1.0, 2.0, 3.0, float("inf")]),
        pl.Series("x", [1, 2, 3, None], dtype=pl.UInt8),
    ],
)
@pytest.mark.parametrize("too", [True, False])
def test_bounds_read_numbers_however_they_are_stored(column: pl.Series, too: bool) -> None:
    """A bound means the same for integers, numbers, text and categories; the rest counts as missing."""
    frame = pl.DataFrame({"x": column})
    assert fulfilled([Condition("x", "<=", 2.0, missing_too=too)], frame).tolist() == [True, True, False, too]
    assert fulfilled([Condition("x", ">", 2.0, missing_too=too)], frame).tolist() == [False, False, True, too]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (pl.Series("v", ["a", "b", None]), ("a",)),
        (pl.Series("v", [True, False, None]), ("true",)),
        (pl.Series("v", [1, 2, None]), ("1",)),
        (pl.Series("v", [1.0, 2.5, float("nan")]), ("1",)),
        (pl.Series("v", ["a", "b", " "], dtype=pl.Categorical), ("a",)),
    ],
)
@pytest.mark.parametrize("too", [True, False])
def test_lists_read_values_however_they_are_stored(column: pl.Series, values: tuple[str, ...], too: bool) -> None:
    """A list of values means the same for text, booleans, numbers and categories."""
    frame = pl.DataFrame({"v": column})
    assert fulfilled([Condition("v", "in", None, values, too)], frame).tolist() == [True, False, too]
    assert fulfilled([Condition("v", "not in", None, values, too)], frame).tolist() == [False, True, too]


@pytest.mark.parametrize("column", [pl.Series("v", ["a", None]), pl.Series("v", [1.0, float("nan")])])
def test_missing_and_present_are_opposites(column: pl.Series) -> None:
    """A cell is either known or not, NaN included."""
    frame = pl.DataFrame({"v": column})
    assert fulfilled([Condition("v", "missing")], frame).tolist() == [False, True]
    assert fulfilled([Condition("v", "present")], frame).tolist() == [True, False]


def test_a_column_that_is_not_there_is_named() -> None:
    """The error names the column and the nearest one; other columns may lack."""
    with pytest.raises(ColumnError, match="'pages'.*'page'"):
        assign(result((Condition("pages", ">", 1.0),), ()), pl.DataFrame({"page": [1]}))


@pytest.mark.parametrize("rows", [0, 3])
def test_rules_without_columns_cover_any_frame(rows: int) -> None:
    """One segment for all visits needs no column, and no rows."""
    assert assign(result(()), pl.DataFrame({"x": [1] * rows})).to_list() == ["s0"] * rows


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition("x", "<=", 1500.0), "x at most 1,500"),
        (Condition("x", ">", 0.25, missing_too=True), "x above 0.25 (or unknown)"),
        (Condition("v", "in", None, ("a", "b", "c")), "v is a, b or c"),
        (Condition("v", "not in", None, ("",)), "v is not (blank)"),
        (Condition("v", "missing", missing_too=True), "v is unknown"),
        (Condition("v", "present"), "v is known"),
    ],
)
def test_conditions_are_said_in_words(condition: Condition, text: str) -> None:
    """Every operator has its words."""
    assert rule_text([condition], frozenset({"x", "v"})) == text


def test_words_about_missing_cells_only_where_there_are_any() -> None:
    """A column without gaps is not said to be unknown."""
    assert rule_text([Condition("x", ">", 1.0, missing_too=True)], frozenset()) == "x above 1"
    assert rule_text([], frozenset()) == "all other visits"


def test_a_column_is_named_once() -> None:
    """Two bounds of one column follow each other without repeating its name."""
    rule = [Condition("x", ">", 1.0), Condition("x", "<=", 20.0), Condition("y", ">", 2.0)]
    assert rule_text(rule, frozenset()) == "x above 1 and at most 20 and y above 2"


conditions = st.lists(
    st.one_of(
        st.builds(
            Condition,
            st.just("x"),
            st.sampled_from(["<=", ">"]),
            st.integers(0, 5).map(float),
            st.just(()),
            st.booleans(),
        ),
        st.builds(
            Condition,
            st.just("v"),
            st.sampled_from(["in", "not in"]),
            st.none(),
            st.sets(st.sampled_from("abcd"), min_size=1).map(lambda values: tuple(sorted(values))),
            st.booleans(),
        ),
        st.builds(
            Condition,
            st.sampled_from("xv"),
            st.sampled_from(["missing", "present"]),
            st.none(),
            st.just(()),
            st.just(False),
        ),
    ),
    max_size=5,
)


@given(conditions)
def test_a_simplified_rule_selects_the_same_rows(given_rule: list[Condition]) -> None:
    """Joining conditions changes no row, and never makes a rule longer."""
    frame = pl.DataFrame({"x": [None, *range(7)] * 5, "v": [v for v in [None, *"abcd"] for _ in range(8)]})
    short = simplified(given_rule)
    assert len(short) <= len(given_rule)
    np.testing.assert_array_equal(fulfilled(short, frame), fulfilled(given_rule, frame))


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"segments": []}, "there are no segments"),
        ({"operator": "like"}, "the operator 'like'"),
        ({"operator": ">"}, "'>' with the bound None"),
        ({"value": 3.0}, "'in' with the bound 3.0"),
    ],
)
def test_damaged_segments_are_told_and_not_obeyed(part: dict[str, object], told: str) -> None:
    """A file of segments that no row can be asked by is one sentence, where it is read."""
    found = result((Condition("device", "in", None, ("mobile",)),))
    data = json.loads(encode(found))
    assert decode(encode(found), SegmentResult, "segments.json").segments[0].conditions == found.segments[0].conditions
    target = data if "segments" in part else data["segments"][0]["conditions"][0]
    target.update(part)
    with pytest.raises(InputError, match=f"segments.json is damaged .*{told}"):
        decode(json.dumps(data).encode(), SegmentResult, "segments.json")


def test_points_are_added_up() -> None:
    """A row is in the segment when the points of the lines that hold for it reach the sum, unknown cells as written."""
    lines = (Line(Condition("pages", ">", 3.0), 3), Line(Condition("device", "not in", None, ("tv",), True), 2))
    rule = (Condition("", "points", 4.0, lines=lines),)
    frame = pl.DataFrame({"pages": [5, 5, 1, None, 9], "device": ["tv", "pc", "pc", "pc", None]})
    assert fulfilled(rule, frame).tolist() == [False, True, False, False, True]
    assert columns_of([rule, (Condition("pages", ">", 1.0),)]) == ("pages", "device")
    assert rule_text(rule, frozenset()) == "at least 4 points of: pages above 3 (3), device is not tv (2)"


def test_points_are_read_back_from_a_file() -> None:
    """Segments written as JSON and read again have the same rules, lines that count included."""
    lines = (Line(Condition("pages", ">", 3.0), 3), Line(Condition("device", "not in", None, ("tv",), True), 2))
    found = result((Condition("", "points", 4.0, lines=lines),))
    again = decode(encode(found), SegmentResult, "segments.json")
    assert [item.conditions for item in again.segments] == [item.conditions for item in found.segments]


@pytest.mark.parametrize(
    ("operator", "lines"),
    [
        ("points", ()),
        (">", (Line(Condition("a", ">", 1.0), 1),)),
        ("points", (Line(Condition("a", ">", 1.0), 0),)),
        ("points", (Line(Condition("", "points", 1.0, lines=(Line(Condition("a", ">", 1.0), 1),)), 1),)),
    ],
)
def test_damaged_points_are_refused(operator: str, lines: tuple[Line, ...]) -> None:
    """Points without lines, lines without points, lines that count for nothing or hold lines are no rule."""
    with pytest.raises(ValueError, match="lines that count"):
        Condition("a", operator, 1.0, lines=lines)
