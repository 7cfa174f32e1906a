"""Candidate keys: columns, moments and pairs of columns on which something may have been joined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import CALENDAR, ID, ORDER, VISIT, VISITOR, mentions
from clientela.domain.column import Role, Storage
from clientela.domain.roles import Roles
from clientela.statistics.dependency import joint

Codes = NDArray[np.int64]

LEAST_KEYS = 8
"""Values that a key must have: columns of fewer (weekdays, devices) are told apart by chance."""

LEAST_HALF = 3
"""Values that both columns of a pair must have, the day aside: a flag names nothing."""

MOST_KEYS = 48
MOST_PLACES = 200
MOST_PAIRED = 16
REPEATED = 0.8
"""Distinct values per filled cell up to which a column repeats enough to be a key."""

SURE = 0.9
"""Sureness from which the time is more than the only date there is."""

DAY = 86_400.0
_DATE = r"(9{4}[-/.]9{1,2}[-/.]9{1,2}|9{1,2}[-/.]9{1,2}[-/.](9{4}|9{2}))"
_DAY_TEXT = re.compile(_DATE + "$")
_MOMENT_TEXT = re.compile(_DATE + "[T ]+9{1,2}:9{2}")


@dataclass(frozen=True)
class Key:
    """A candidate key on the sample.

    Attributes:
        words: The key as it stands in a sentence.
        columns: The columns it is made of.
        codes: Code per sampled row, -1 where it is not known.
        distinct: Distinct codes on the sample.
        moment: Whether it is a piece of the time (a day, an hour, a month).
        names: Whether it names things; a number that may as well be an amount does not.
        place: Place of its first column in the table.
        halves: The two keys of a pair.
    """

    words: str
    columns: tuple[str, ...]
    codes: Codes
    distinct: int
    moment: bool = False
    names: bool = True
    place: int = 0
    halves: tuple[Key, ...] = ()

    @property
    def filled(self) -> int:
        """Sampled rows where the key is known."""
        return int((self.codes >= 0).sum())


def single_keys(facts: Facts, roles: Roles) -> list[Key]:
    """Return single columns and pieces of the time that repeat, coarsest first.

    Text, dates and whole numbers with at least eight values that repeat; text
    is compared without blanks around it and in lower case, and as it stands where that differs: a join may have
    matched the clean cells only. What an order determines is the order's own header, and
    text with times names moments, not things: both are left out.

    Args:
        facts: Facts with the sample.
        roles: Roles proposed.

    Returns:
        At most 48 keys; where there are more, numbers that may as well be counts or amounts are left out first.
    """
    found = [key for column in _columns(facts, roles) for key in _of_column(facts, roles, column)]
    found += _moments(facts, roles)
    kept = sorted(found, key=lambda key: (_doubt(facts, key), key.distinct, key.place))[:MOST_KEYS]
    return sorted(kept, key=lambda key: (key.distinct, key.place))


def _doubt(facts: Facts, key: Key) -> int:
    """Return 0 for what names things, 1 for numbers of one length, 2 for others, which may be counts."""
    return 0 if key.names else 1 + (not _one_length(facts.columns[key.columns[0]]))


def pair_keys(facts: Facts, roles: Roles, moments: Sequence[Key]) -> Iterator[Key]:
    """Yield pairs of keys: a day or an hour with a category, then two categories, each coarsest first.

    Args:
        facts: Facts with the sample.
        roles: Roles proposed.
        moments: Pieces of the time among the single keys.

    Yields:
        Pairs with at least eight combinations that repeat.
    """
    places = [_category(facts, column) for column in _places(facts, roles)]
    of_days = [(moment, place) for moment in moments for place in places if moment.place != place.place]
    named = [place for place in places if place.distinct >= LEAST_HALF]
    for group in (of_days, list(combinations(named, 2))):
        made = [_pair(first, second) for first, second in group]
        kept = [key for key in made if LEAST_KEYS <= key.distinct <= REPEATED * max(key.filled, 1)]
        yield from sorted(kept, key=lambda key: key.distinct)


def dated(facts: Facts, key: Key) -> bool:
    """Whether a key says a day or an hour."""
    if key.moment:
        return "month" not in key.words
    return len(key.columns) == 1 and whole_days(facts, key.columns[0])


def not_keys(roles: Roles) -> set[str | None]:
    """Return columns that are what came of the visit, or its own name."""
    return {roles.label, roles.revenue, roles.visit, *roles.named(Role.OUTCOME)}


def event_columns(facts: Facts, roles: Roles) -> tuple[str, ...]:
    """Return what names a single event: the time, times kept as text, identifiers of visits and orders."""
    times = [c.name for c in facts.text if _shaped(c, _MOMENT_TEXT)]
    named = [name for name in roles.identifiers if mentions(name, ORDER | VISIT) and not mentions(name, VISITOR)]
    found = {roles.time, *times, *named} - {None}
    return tuple(name for name in facts.names if name in found)


def time_of_row(roles: Roles) -> str | None:
    """Return the time where a person or its name says so; the only date of a table may as well have been joined."""
    return roles.time if roles.time is not None and roles.column(roles.time).sure >= SURE else None


def surely_collected(facts: Facts, roles: Roles) -> list[str]:
    """Return what names a single event, but for the only date there is where its name does not say that it is one."""
    return [name for name in event_columns(facts, roles) if name != roles.time or name == time_of_row(roles)]


def whole_days(facts: Facts, name: str) -> bool:
    """Whether a column says days and nothing finer: dates, and times that are all at midnight."""
    if facts.columns[name].storage is Storage.DATE:
        return True
    if facts.columns[name].storage is Storage.TEXT:
        return _days_as_text(facts.columns[name])
    if not facts.columns[name].storage.temporal or name not in facts.arrays.numbers:
        return False
    return bool((facts.arrays.finite(name) % DAY == 0).all())


def _columns(facts: Facts, roles: Roles) -> list[ColumnFacts]:
    left = not_keys(roles) | {name for name in roles.identifiers if mentions(name, ORDER)}
    ignored = set(roles.named(Role.IGNORED))
    return [
        column
        for column in facts.columns.values()
        if column.name not in left
        and (column.name not in ignored or _days_as_text(column))
        and LEAST_KEYS <= column.distinct <= REPEATED * column.filled
    ]


def _days_as_text(column: ColumnFacts) -> bool:
    return column.storage is Storage.TEXT and _shaped(column, _DAY_TEXT)


def _shaped(column: ColumnFacts, shape: re.Pattern[str]) -> bool:
    return sum(count for mask, count in column.masks if shape.match(mask)) >= 0.9 * max(column.filled, 1)


def _of_column(facts: Facts, roles: Roles, column: ColumnFacts) -> list[Key]:
    place = facts.names.index(column.name)
    codes = facts.arrays.identity[column.name] - 1
    if column.storage is Storage.TEXT:
        plain, exact = (_made(column.name, held, place) for held in (_plain(facts, column.name), codes))
        kept = [plain, exact] if exact.distinct > plain.distinct else [plain]
        return kept if plain.distinct >= LEAST_KEYS else []
    if column.storage.temporal and whole_days(facts, column.name):
        return [_made(column.name, codes, place)]
    whole = column.storage.numeric and column.whole == column.filled - column.nans
    if not whole or mentions(column.name, CALENDAR):
        return []
    named = column.name in roles.identifiers or mentions(column.name, ID | VISITOR)
    return [_made(column.name, codes, place, names=named)] if named or _coded(column) else []


def _coded(column: ColumnFacts) -> bool:
    """Whether whole numbers look like codes: all of one length of four digits or more, or nearly without a hole."""
    low, high = column.minimum or 0, column.maximum or 0
    if column.storage is not Storage.INTEGER or low < 0:
        return False
    return _one_length(column) or column.distinct >= 0.9 * (high - low + 1)


def _one_length(column: ColumnFacts) -> bool:
    low, high = column.minimum or 0, column.maximum or 0
    return low >= 1000 and len(str(int(low))) == len(str(int(high)))


def _made(name: str, codes: Codes, place: int, *, names: bool = True) -> Key:
    return Key(name, (name,), codes, int(np.unique(codes[codes >= 0]).size), names=names, place=place)


def _plain(facts: Facts, name: str) -> Codes:
    """Return codes of text compared without blanks around it and in lower case, each different text once."""
    codes = facts.arrays.identity[name]
    places = np.zeros(int(codes.max(initial=0)) + 1, dtype=np.int64)
    places[codes] = np.arange(codes.size)
    held = facts.sample.get_column(name).gather(places).str.strip_chars().str.to_lowercase()
    ranks = held.rank("dense").cast(pl.Int64).fill_null(0).to_numpy().astype(np.int64) - 1
    return np.where(codes > 0, ranks[codes], -1)


def _moments(facts: Facts, roles: Roles) -> list[Key]:
    times = [column.name for column in facts.columns.values() if column.storage.temporal]
    return [key for name in times if name in facts.arrays.numbers for key in _pieces(facts, roles, name)]


def _pieces(facts: Facts, roles: Roles, time: str) -> list[Key]:
    """Return month, day and hour of the time, and the day of other times, where they are coarser than the column."""
    place = facts.names.index(time)
    seconds = facts.arrays.numbers[time]
    known = ~np.isnan(seconds)
    days = np.nan_to_num(seconds // DAY, nan=0).astype(np.int64)
    dates = days.astype("datetime64[D]")
    pieces = {
        "month": dates.astype("datetime64[M]").astype(np.int64),
        "day": days,
        "hour": np.nan_to_num(seconds // 3600, nan=0).astype(np.int64),
    }
    found, before = [], 0
    for word, values in pieces.items():
        codes = np.full(known.size, -1, dtype=np.int64)
        codes[known] = np.unique(values[known], return_inverse=True)[1]
        distinct = int(codes.max(initial=-1)) + 1
        wanted = time == roles.time or word == "day"
        wanted = wanted and (word == "month" or not whole_days(facts, time))
        if wanted and LEAST_KEYS <= distinct <= REPEATED * known.sum() and distinct > before:
            found.append(Key(f"the {word} of {time}", (time,), codes, distinct, moment=True, place=place))
        before = distinct
    return found


def _places(facts: Facts, roles: Roles) -> list[ColumnFacts]:
    """Return the categories that may be half of a pair, most values first: text of few values, codes by name."""
    left = not_keys(roles) | set(roles.named(Role.IGNORED))
    whole = [c for c in facts.stored(Storage.INTEGER) if mentions(c.name, ID) and c.name not in roles.identifiers]
    both = [c for c in (*facts.text, *whole) if c.name not in left and c.name not in roles.identifiers]
    return sorted((c for c in both if 2 <= c.distinct <= MOST_PLACES), key=lambda c: -c.distinct)[:MOST_PAIRED]


def _category(facts: Facts, column: ColumnFacts) -> Key:
    text = column.storage is Storage.TEXT
    codes = _plain(facts, column.name) if text else facts.arrays.identity[column.name] - 1
    return _made(column.name, codes, facts.names.index(column.name))


def _pair(first: Key, second: Key) -> Key:
    codes = joint(first.codes, second.codes)
    names = sorted((first, second), key=lambda key: (not key.moment, key.place))
    words = f"{names[0].words} and {names[1].words}"
    columns = (*names[0].columns, *names[1].columns)
    return Key(words, columns, codes, int(codes.max(initial=-1)) + 1, place=names[0].place, halves=(first, second))
