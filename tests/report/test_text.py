"""Text from data, made fit to be shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.report.text import cell, clean, joined, labels, lower_first, named, names, plural, sentence, visible

ANY = st.text(st.characters(codec=None), max_size=200)


@given(ANY, st.integers(2, 60))
def test_clean_text_can_be_stored_and_is_short(text: str, most: int) -> None:
    """Whatever comes in, what goes out is one line of legal characters, no longer than asked."""
    shown = clean(text, most)
    assert len(shown) <= most
    assert shown == shown.strip()
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in shown)
    shown.encode("utf-8")


@given(ANY)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """Clean text stays as it is."""
    assert visible(visible(text)) == visible(text)


@given(st.lists(ANY, max_size=20), st.integers(1, 30))
def test_labels_stay_apart(texts: list[str], most: int) -> None:
    """Labels of a chart do not fall together for equal texts, one each."""
    shown = labels(texts, most)
    assert len(shown) == len(texts)
    assert len({text.strip() for text in labels(["same"] * 5, most)}) == 5


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u2066", "\x1b", "\x00", "\ud800", "\ufffe"])
def test_marks_that_turn_or_break_text_are_gone(mark: str) -> None:
    """Marks that turn the reading direction, escapes, NUL and non-characters are taken out."""
    assert clean(f"a{mark}b") == "a b"


def test_backticks_are_ours() -> None:
    """A text from the data cannot pass for a command."""
    assert clean("`rm`") == "'rm'"


def test_blank_names_are_named() -> None:
    """Blank names and cells are said to be blank."""
    assert named(" ") == "“(blank)”"
    assert cell("") == "(blank)"
    assert labels([""]) == ["(blank)"]


def test_lists_read_as_english() -> None:
    """Lists have commas, an and, and a rest."""
    assert joined([]) == ""
    assert joined(["a"]) == "a"
    assert names("abcdef", 2) == "“a”, “b” and 4 more"


def test_small_words() -> None:
    """Nouns are counted, sentences end, and go on in small letters."""
    assert plural(2, "class", "classes") == "2 classes"
    assert sentence("Done") == "Done."
    assert lower_first("A page") == "a page"
    assert lower_first("") == ""
