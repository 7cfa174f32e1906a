"""Numbers and dates in German."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.language import Language, day, numerals, speaking
from clientela.report.numbers import chosen, count, money, number, percent, score

SHOWN = (count, percent, chosen, number, score, money)


@given(st.floats(-1e17, 1e17), st.sampled_from(SHOWN))
def test_a_german_number_is_the_english_one_with_its_marks_exchanged(value: float, shown: object) -> None:
    """Every format gives the same digits in German, a comma before decimals, points between thousands."""
    assert callable(shown)
    english = shown(value)
    with speaking(Language.GERMAN):
        german = shown(value)
        assert numerals(numerals(english)) == english
    assert german.replace(".", "").replace(",", ".") == english.replace(",", "")


@pytest.mark.parametrize(
    ("shown", "value", "told"),
    [(count, 12330, "12.330"), (percent, 0.1547, "15,5 %"), (money, 1234.5, "1.234"), (money, 12.3456, "12,35"),
     (score, 0.9265, "0,926"), (number, 0.012345, "0,01235"), (chosen, 0.2, "20 %"), (chosen, 0.125, "12,5 %")],
)  # fmt: skip
def test_examples(shown: object, value: float, told: str) -> None:
    """Numbers as a German reader expects them."""
    assert callable(shown)
    with speaking(Language.GERMAN):
        assert shown(value) == told


@given(st.dates())
def test_a_date_is_written_day_first(date: datetime.date) -> None:
    """A date reads day, month, year in German and stays as it is in English."""
    with speaking(Language.GERMAN):
        assert day(date.isoformat()) == f"{date.day:02}.{date.month:02}.{date.year:04}"
    assert day(date.isoformat()) == date.isoformat()


@given(st.text(alphabet="ab-0123456789 ", max_size=12))
def test_other_text_keeps_its_characters(text: str) -> None:
    """Whatever is no date loses nothing."""
    with speaking(Language.GERMAN):
        assert sorted(filter(str.isalnum, day(text))) == sorted(filter(str.isalnum, text))
