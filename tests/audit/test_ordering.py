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
    ("tier 1", "tier 2", "tier 3"),
    ("Q1", "Q2", "Q3", "Q4"),
    ("decile_1", "decile_2", "decile_10"),
    ("Stufe 1", "Stufe 2", "Stufe 3"),
    ("CHF 50", "CHF 100", "CHF 200"),
    ("age 20", "age 30", "age 40"),
    ("5 days", "10 days", "20 days"),
]


@pytest.mark.parametrize("form", ["c{}", "store {}", "Cluster_{}", "campaign-{}", "SKU{}", "Gruppe {}"])
def test_a_number_behind_a_word_is_a_name(form: str) -> None:
    """Letters and a number, or a thing and its number, have no order, be they many, few or two."""
    for count in (20, 4):
        assert order_classes({form.format(number): 5 for number in range(count)}) == ()
    assert order_classes({form.format(1): 3, form.format(2): 9}) == (form.format(2), form.format(1))


@pytest.mark.parametrize("label", ["revenue_group", "Umsatz_Gruppe", "spend tier", "customer value"])
def test_the_name_of_the_label_makes_numbers_ranks(label: str) -> None:
    """Numbered classes of a label that speaks of money or ranks are ordered; others are not."""
    classes = ("g1", "g2", "g3", "g10")
    assert order_classes(dict.fromkeys(classes, 1), label=label) == classes
    assert order_classes(dict.fromkeys(classes, 1), label="home store") == ()


def test_revenue_says_whether_numbers_rank_and_which_way() -> None:
    """Revenue that rises with the number makes ranks of names, falling revenue turns them, and else its means order."""
    counts = dict.fromkeys(("c1", "c2", "c3", "c4"), 5)
    rising = {name: float(place) for place, name in enumerate(counts)}
    assert order_classes(counts, rising) == ("c1", "c2", "c3", "c4")
    falling = {name: -value for name, value in rising.items()}
    assert order_classes(counts, falling) == ("c4", "c3", "c2", "c1")
    tiers = {name.replace("c", "tier "): value for name, value in falling.items()}
    assert order_classes(dict.fromkeys(tiers, 5), tiers) == ("tier 4", "tier 3", "tier 2", "tier 1")
    assert order_classes(counts, {"c1": 3.0, "c2": 1.0, "c3": 2.0, "c4": 4.0}) == ("c2", "c3", "c1", "c4")
    assert order_classes({"0-50": 5, "50-100": 5, "100-200": 5}, {"0-50": 3.0, "50-100": 2.0, "100-200": 1.0}) == (
        "0-50",
        "50-100",
        "100-200",
    )


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
