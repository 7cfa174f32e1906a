"""Sentences in the spoken language: values are put in as they are, and what has no translation is marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.language import Language, foreign, parts, retold, say, speaking
from clientela.language.foreign import CLOSE, OPEN


@given(st.text(), st.text())
def test_values_never_act_as_templates(first: str, second: str) -> None:
    """Whatever a value holds, braces and names of placeholders included, it stands in the sentence as it is."""
    for language in Language:
        with speaking(language):
            said = say("{first} and {last}", first=first, last=second)
        word = "und" if language is Language.GERMAN else "and"
        assert said == f"{first} {word} {second}"


@pytest.mark.parametrize("text", ["{first}", "{0}", "{first.__class__}", "{{ 7*7 }}", "%s", "\\1"])
def test_a_hostile_name_stays_a_name(text: str) -> None:
    """Templates of other kinds in a name are text."""
    with speaking(Language.GERMAN):
        assert say("“{name}”", name=text) == f"„{text}“"
        found = retold(f"The best single column, which the model is held against, is '{text}'.")
    assert found == f"Die beste einzelne Spalte, an der das Modell gemessen wird, ist „{text}“."


def test_what_has_no_translation_is_english_and_marked() -> None:
    """A sentence that the catalogue lacks comes in English, marked as a whole."""
    with speaking(Language.GERMAN):
        assert parts(say("No such {thing}.", thing="words")) == [(True, "No such words.")]
        assert parts(retold("Nobody wrote this.")) == [(True, "Nobody wrote this.")]
    assert say("No such {thing}.", thing="words") == "No such words."
    assert retold("Nobody wrote this.") == "Nobody wrote this."


def test_numbers_of_a_finished_sentence_are_rewritten() -> None:
    """Numbers in a sentence of an earlier stage get the marks of the language; names keep theirs."""
    with speaking(Language.GERMAN):
        assert retold("Found on 1,200 of 45,000 rows: those that were learned from.") == (
            "Gefunden an 1.200 von 45.000 Zeilen: denen, aus denen gelernt wurde."
        )
        assert "„1,5 a.b“" in retold("The class '1,5 a.b' has only 12 rows: what is said of it is uncertain.")


def test_a_date_in_a_finished_sentence_is_rewritten() -> None:
    """A day comes as the language writes it; in a name it stays."""
    with speaking(Language.GERMAN):
        found = retold("On 2 of 14 days no outcome came of 2026-03-01, the first 2026-03-07.")
    assert found == "An 2 von 14 Tagen kam kein Ergebnis von 2026-03-01, zuerst am 07.03.2026."


def test_a_number_is_asked_for_where_one_belongs() -> None:
    """A sentence with a word where a number belongs is another sentence."""
    with speaking(Language.GERMAN):
        assert parts(retold("Only few visits: groups under 50 are never shown."))[0][0]


def test_language_ends_with_its_block() -> None:
    """After the block, also one that fails, the language before it is spoken."""
    with pytest.raises(ValueError, match="stop"), speaking(Language.GERMAN):
        raise ValueError("stop")
    assert say("row") == "row"


@given(st.text(alphabet=f"ab {OPEN}{CLOSE}"))
def test_parts_hold_the_whole_text_without_marks(text: str) -> None:
    """However marks stand in a text, its parts are the text without them."""
    assert "".join(part for _, part in parts(text)) == text.replace(OPEN, "").replace(CLOSE, "")


def test_nothing_is_marked_twice() -> None:
    """English in English is one part."""
    with speaking(Language.GERMAN):
        assert parts(foreign(foreign("It holds."))) == [(True, "It holds.")]
        assert foreign("") == ""
