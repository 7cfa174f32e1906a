"""Which of a label's classes is more than which."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.audit.ordering import Spread, order_classes

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


def steps(*means: float) -> list[Spread]:
    """Return revenue of classes that reach half way to the next whole mean, and no further."""
    return [Spread(mean, mean - 0.5, mean + 0.5) for mean in means]


def test_revenue_says_whether_numbers_rank_and_which_way() -> None:
    """Numbers behind a name follow revenue that parts the classes; ranks are turned where revenue falls with them."""
    classes = ("c1", "c2", "c3", "c4")
    counts = dict.fromkeys(classes, 5)
    assert order_classes(counts, dict(zip(classes, steps(1, 2, 3, 4), strict=True))) == classes
    assert order_classes(counts, dict(zip(classes, steps(4, 3, 2, 1), strict=True))) == classes[::-1]
    assert order_classes(counts, dict(zip(classes, steps(3, 1, 2, 4), strict=True))) == ("c2", "c3", "c1", "c4")
    tiers = ("tier 1", "tier 2", "tier 3")
    wide = [Spread(mean, 0.0, 99.0) for mean in (3.0, 2.0, 1.0)]
    assert order_classes(dict.fromkeys(tiers, 5), dict(zip(tiers, wide, strict=True))) == tiers[::-1]
    ranges = ("0-50", "50-100", "100-200")
    assert order_classes(dict.fromkeys(ranges, 5), dict(zip(ranges, wide, strict=True))) == ranges


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
    """Names are ordered where each class ends before the next begins; different means alone order nothing."""
    counts = {"red": 3, "green": 4, "blue": 5}
    names = tuple(counts)
    assert order_classes(counts, dict(zip(names, steps(2, 1, 3), strict=True))) == ("green", "red", "blue")
    assert order_classes(counts, dict(zip(names, steps(2, 2, 3), strict=True))) == ()
    overlapping = {name: Spread(mean, 0.0, 9.0) for name, mean in zip(names, (2.0, 1.0, 3.0), strict=True)}
    assert order_classes(counts, overlapping) == ()
    assert order_classes(counts, {"red": Spread(2.0, 2.0, 2.0)}) == ()
    assert order_classes(counts) == ()


def test_numbers_in_long_names_are_no_order() -> None:
    """A number in a sentence orders nothing, and neither do equal numbers."""
    assert order_classes({"campaign of 2024 spring": 1, "the 2025 campaign here": 1, "offer number 7 of all": 1}) == ()
    assert order_classes({"1 a": 1, "1 b": 1, "2 c": 1}) == ()
