"""Names of segments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.segments.acting import Level
from clientela.segments.columns import sensitive
from clientela.segments.naming import names
from clientela.segments.result import Condition
from clientela.segments.wording import LONGEST, clean, measured, number

A, B = Condition("a", ">", 1.0), Condition("b", ">", 2.0)
C, D = Condition("c", "<=", 3.0), Condition("c", ">", 3.0)


def test_rules_that_begin_alike_are_said_in_full() -> None:
    """Two conditions make a name, unless another rule begins with the same two."""
    found = names([Level.HIGH, Level.LOW, Level.LOW], [(A, B, C), (A, B, D), (B, C, A)])
    assert found == (
        "High value: a above 1, b above 2, c at most 3",
        "Low value: a above 1, b above 2, c above 3",
        "Low value: b above 2, c at most 3",
    )


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
