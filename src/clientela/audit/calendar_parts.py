"""Columns that hold a part of a date although no date is in the table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import vocabulary, words
from clientela.domain.column import Storage

_MONTHS = (
    "jan january januar janvier enero gennaio januari",
    "feb february februar fevrier febrero febbraio februari",
    "mar march marz mrz maerz mars marzo maart",
    "apr april avril abril aprile",
    "may mai mayo maggio mei",
    "jun june juni juin junio giugno",
    "jul july juli juillet julio luglio",
    "aug august aout agosto augustus",
    "sep sept september septembre septiembre settembre",
    "oct okt october oktober octobre octubre ottobre",
    "nov november novembre noviembre",
    "dec dez december dezember decembre diciembre dicembre",
)
_DAYS = (
    "mon monday mo montag lundi lunes lunedi maandag",
    "tue tues tuesday di dienstag mardi martes martedi dinsdag",
    "wed wednesday mi mittwoch mercredi miercoles mercoledi woensdag",
    "thu thur thurs thursday do donnerstag jeudi jueves giovedi donderdag",
    "fri friday fr freitag vendredi viernes venerdi vrijdag",
    "sat saturday sa samstag sonnabend samedi sabado sabato zaterdag",
    "sun sunday so sonntag dimanche domingo domenica zondag",
)
NAMES: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "month": {word: place for place, group in enumerate(_MONTHS) for word in group.split()},
        "day of the week": {word: place for place, group in enumerate(_DAYS) for word in group.split()},
    }
)
NUMBERED = MappingProxyType(
    {
        "month": (vocabulary("month, monat, mes, mois, mese, maand"), 12),
        "day of the month": (vocabulary("day, day of month, tag, dia, jour, giorno, dag"), 31),
        "day of the week": (vocabulary("weekday, day of week, dow, wochentag, dia semana, jour semaine"), 7),
        "week": (vocabulary("week, woche, kw, kalenderwoche, semana, semaine, settimana"), 53),
        "hour": (vocabulary("hour, stunde, hora, heure, ora, uur"), 24),
    }
)
LEAST = 4


def date_less(facts: Facts) -> dict[str, str]:
    """Return the columns that hold a part of a date, with the part, where the table has no date and no year.

    By their words in several languages, or by a name that says so and whole numbers in its range.
    """
    if any(column.storage.temporal for column in facts.columns.values()):
        return {}
    if any({"year", "jahr", "ano", "annee", "anno", "date", "datum"} & set(words(name)) for name in facts.names):
        return {}
    parts = {column.name: _part(column) for column in facts.columns.values() if column.filled}
    return {name: part for name, part in parts.items() if part}


def _part(column: ColumnFacts) -> str:
    if column.storage is Storage.TEXT and LEAST <= column.distinct <= 12:
        said = {" ".join(words(value)) for value, _ in column.top}
        return next((part for part, names in NAMES.items() if said <= set(names)), "")
    if column.storage is not Storage.INTEGER or column.minimum is None or column.maximum is None:
        return ""
    name = " ".join(words(column.name))
    for part, (names, most) in NUMBERED.items():
        if name in names and column.minimum >= 0 and LEAST <= column.distinct <= most and column.maximum <= most:
            return part
    return ""


def absent(column: ColumnFacts, part: str) -> list[str]:
    """Return the months or days of the week that no row has, by their English short name."""
    names = NAMES.get(part, {})
    there = {names.get(" ".join(words(value)), -1) for value, _ in column.top}
    order = {"month": _MONTHS, "day of the week": _DAYS}.get(part, ())
    return [group.split()[0] for place, group in enumerate(order) if place not in there and names]
