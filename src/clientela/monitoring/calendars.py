"""Names of months and days, by which a column of text tells the time."""

from __future__ import annotations

from collections.abc import Callable, Collection

_MONTHS = (
    "jan january januar janvier enero",
    "feb february februar février febrero",
    "mar march mär märz mrz mars marzo",
    "apr april avril abril",
    "may mai mayo",
    "jun june juni juin junio",
    "jul july juli juillet julio",
    "aug august août agosto",
    "sep sept september septembre septiembre",
    "oct october okt oktober octobre octubre",
    "nov november novembre noviembre",
    "dec december dez dezember décembre diciembre",
)
_DAYS = (
    "mon monday montag lundi lunes",
    "tue tuesday dienstag mardi martes",
    "wed wednesday mittwoch mercredi miércoles",
    "thu thursday donnerstag jeudi jueves",
    "fri friday freitag vendredi viernes",
    "sat saturday samstag samedi sábado",
    "sun sunday sonntag dimanche domingo",
)
MONTHS = {word: place for place, words in enumerate(_MONTHS, 1) for word in words.split()}
DAYS = {word: place for place, words in enumerate(_DAYS, 1) for word in words.split()}
"""Months and days of the week by their names, in small letters."""


def _plain(word: str) -> str:
    return word.strip().casefold().strip(".")


def renamed_time(words: Collection[str]) -> Callable[[str], str | None]:
    """Return what gives, for a name of a month or day in other letters or another language, the one among some words.

    >>> renamed_time(["Feb", "Mar"])("März")
    'Mar'
    """
    table = MONTHS if {_plain(word) for word in words} <= set(MONTHS) else DAYS
    known = {table[_plain(word)]: word for word in words} if calendar(words) else {}
    return lambda cell: known.get(table.get(_plain(cell), 0))


def calendar(levels: Collection[str]) -> bool:
    """Tell whether all levels are names of months or of days.

    >>> calendar(["Feb", "June"]), calendar(["A", "B"])
    (True, False)
    """
    words = {_plain(level) for level in levels}
    return bool(words) and (words <= set(MONTHS) or words <= set(DAYS))
