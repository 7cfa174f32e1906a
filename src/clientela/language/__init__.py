"""The language of what people read: English stands in the code, every other language in a catalogue beside it."""

from clientela.language.catalogue import catalogue
from clientela.language.foreign import English, bare, foreign, is_foreign, parts
from clientela.language.numerals import day, numerals
from clientela.language.saying import fill, retold, say
from clientela.language.speaking import Language, language, speaking

__all__ = [
    "English",
    "Language",
    "bare",
    "catalogue",
    "day",
    "fill",
    "foreign",
    "is_foreign",
    "language",
    "numerals",
    "parts",
    "retold",
    "say",
    "speaking",
]
