"""Names of segments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.segments.acting import Level
from clientela.segments.columns import sensitive
from clientela.segments.naming import names
from clientela.segments.result import Condition, Line
from clientela.segments.wording import LONGEST, clean, measured, number

A, B = Condition("a", ">", 1.0), Condition("b", ">", 2.0)
C, D = Condition("c", "<=", 3.0), Condition("c", ">", 3.0)


def test_one_column_tells_a_segment_where_it_can() -> None:
    """A name holds what no other rule says; where nothing is its own, all columns; bounds stay in the rule."""
    found = names([Level.HIGH, Level.LOW, Level.LOW], [(A, B, C), (A, B, D), (B, C, A)])
    assert found == ("High value: high a, high b, low c", "Low value: high c", "Low value: high b, low c, high a")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ((Condition("p", ">", 1.0), Condition("p", "<=", 9.0)), "middle p"),
        ((Condition("v", "in", None, ("a", "b", "c")),), "v a or 2 more"),
        ((Condition("v", "not in", None, ("a",)),), "v not a"),
        ((Condition("v", "missing"),), "v unknown"),
        ((Condition("v", "present"),), "v known"),
        ((), "the rest"),
    ],
)
def test_conditions_in_a_word_or_two(rule: tuple[Condition, ...], said: str) -> None:
    """Every kind of condition has few words; the rule holds the rest."""
    assert names([Level.MIDDLE], [rule]) == (f"Middle value: {said}",)


def test_names_that_would_be_equal_are_numbered() -> None:
    """Values that look alike once cut still give different names."""
    rules = [(Condition("v", "in", None, ("x" * 50 + end,)),) for end in "abc"]
    found = names([Level.HIGH] * 3, rules)
    assert len(set(found)) == 3
    assert found[2].endswith(" (3)")


@given(st.text(max_size=200))
def test_clean_text_is_short_and_on_one_line(text: str) -> None:
    """Whatever a cell holds, what is shown is printable, not empty and at most `LONGEST` characters."""
    shown = clean(text)
    assert 0 < len(shown) <= LONGEST
    assert shown.isprintable()
    assert clean(shown) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0"), (-2.5, "-2.5"), (1e20, "1e+20"), (1234567.0, "1,234,567"), (0.1 + 0.2, "0.3")]
)
def test_numbers_are_written_as_people_do(value: float, shown: str) -> None:
    """No trailing digits, thousands apart, huge numbers in powers of ten."""
    assert number(value) == shown


def test_measured_numbers_are_rounded() -> None:
    """Three digits are enough for a measured number."""
    assert (measured(0.123456), measured(98765.4), measured(1e18)) == ("0.123", "98,765", "1e+18")


@pytest.mark.parametrize(
    "name", ["sex", "Gender", "is_male_sexual", "AGE", "age_group", "crm_age", "Religion", "ethnicity"]
)
def test_sensitive_names_are_seen(name: str) -> None:
    """Health, belief, origin, sex and age are seen in any spelling."""
    assert sensitive(name)


@pytest.mark.parametrize("name", ["Essex", "page", "language", "message_age", "usage", "trace", "embrace", "", "数"])
def test_other_names_are_let_pass(name: str) -> None:
    """A name that only holds such letters is not sensitive."""
    assert not sensitive(name)


def test_points_are_named_by_what_counts_most() -> None:
    """Of a rule that counts points the first three lines are name enough."""
    lines = tuple(Line(Condition(f"n{place}", ">", 1.0), 9 - place) for place in range(5))
    rule = (Condition("", "points", 7.0, lines=lines),)
    assert names([Level.HIGH, Level.LOW], [rule, ()])[0] == "High value: high n0"
    assert names([Level.HIGH, Level.LOW, Level.LOW], [rule, rule, ()])[1] == "Low value: high n0, high n1, high n2"
