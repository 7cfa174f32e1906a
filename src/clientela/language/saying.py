"""Sentences: the English template stands in the code and is the key to all other languages."""

from __future__ import annotations

from collections.abc import Mapping

from clientela.language.catalogue import PLACEHOLDER, catalogue
from clientela.language.foreign import foreign
from clientela.language.numerals import day, numerals
from clientela.language.speaking import Language, language


def say(template: str, /, **values: object) -> str:
    """Return a sentence in the spoken language.

    Args:
        template: In English, a name between braces where a value goes. It comes from the code, never from data.
        values: By name; they are put in as they are, whatever braces they hold.

    Returns:
        The sentence; in English and marked as such (`foreign`) where it has no translation.

    >>> say("{rows} of {all}", rows="{all}", all=3)
    '{all} of 3'
    """
    spoken = language()
    if spoken is Language.ENGLISH:
        return fill(template, values)
    translated = catalogue(spoken).said.get(template)
    return foreign(fill(template, values)) if translated is None else fill(translated, values)


def retold(text: str) -> str:
    """Return what an earlier stage finished in English in the spoken language, as far as the catalogue knows it.

    Args:
        text: One sentence or phrase, fit to be shown.

    Returns:
        The same said in the spoken language; in English and marked as such where it is not known.
    """
    spoken = language()
    if spoken is Language.ENGLISH or not text:
        return text
    known = catalogue(spoken)
    if text in known.retold:
        return known.retold[text]
    for pattern, template in known.patterns:
        found = pattern.fullmatch(text)
        if found:
            return fill(template, {key: _value(key, value) for key, value in found.groupdict().items()})
    return foreign(text)


def _value(key: str, value: str) -> str:
    if key.startswith("name"):
        return value
    return day(value) if key.startswith("day") else numerals(value)


def fill(template: str, values: Mapping[str, object]) -> str:
    """Return a template with its placeholders filled in one pass, so that no value is ever read as a template."""
    # a word of the data that is looked up may hold braces, and has no values
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), template)
