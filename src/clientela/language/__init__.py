"""The language of what people read: English stands in the code, every other language in a catalogue beside it."""

from clientela.language.catalogue import catalogue
from clientela.language.foreign import bare, foreign, is_foreign, parts
from clientela.language.numerals import day, numerals
from clientela.language.saying import retold, say
from clientela.language.speaking import Language, language, speaking

__all__ = [
    "Language",
    "bare",
    "catalogue",
    "day",
    "foreign",
    "is_foreign",
    "language",
    "numerals",
    "parts",
    "retold",
    "say",
    "speaking",
]
