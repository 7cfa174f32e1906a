"""The smallest combination of columns that tells every row from every other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit import lexicon
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import mentions
from clientela.domain.column import Role, Storage
from clientela.domain.roles import Roles
from clientela.statistics.dependency import chance_of_equal

Codes = NDArray[np.int64]

ERROR = 0.01
"""Chance, over all combinations together, that one of unrelated columns is called a key."""

MOST_COLUMNS = 9
LARGEST = 3
PROBE = 4000
MOST_ASKED = 2
FEW = 0.01
"""Share of rows that may repeat a key, copies of whole rows aside."""

FEWER = 0.02
"""Share of the pairs to be expected by chance that may agree in a key all the same."""

MOST_COPIES = 0.1
"""Share of rows that are copies of whole rows from which these are no accident and rows have no key."""

LEAST_ROWS = 30


@dataclass(frozen=True)
class RowKey:
    """Columns that identify rows together.

    Attributes:
        columns: Two or three, the thing first and its position or time last.
        repeats: Rows that repeat an earlier one's key, rows that are copies in every column left out.
        expected: Pairs of rows that would agree in all of them were they independent.
        natural: Whether a position or a time of day is among them, so that nothing had to be done for rows to differ.
    """

    columns: tuple[str, ...]
    repeats: int
    expected: float
    natural: bool = False


def find_row_key(facts: Facts, roles: Roles, determined: frozenset[str] = frozenset()) -> RowKey | None:
    """Find two or three columns that identify rows, where no single one does.

    One of them numbers things or is a time; the others are identifiers, positions, times or categories without
    gaps. Null model: independent columns; rows that agree in all of them would be Poisson with n (n - 1) / 2 times
    the product of their chances to agree, and there are hardly any (error 1 % over all combinations). A
    thing and its time need no such proof: a thing does one thing at a time. Of several keys the smallest is taken,
    and among them the one that is least likely by chance. Counted on the whole table, two combinations at most.

    Args:
        facts: What the table seam said.
        roles: Roles; the label, money and outcomes are no key.
        determined: Columns that another one determines: they add nothing to a key.

    Returns:
        The key, or None where a single column is one, or none was found.
    """
    if roles.visit is not None or facts.rows < LEAST_ROWS or facts.duplicates["extra"] > MOST_COPIES * facts.rows:
        return None
    names = _candidates(facts, roles, determined)
    for size in range(2, LARGEST + 1):
        ranked = sorted(_passing(facts, roles, names, size), key=lambda item: -item[0])
        for expected, columns in ranked[:MOST_ASKED]:
            counts = facts.table.duplicates(columns).row(0, named=True)
            repeats = int(counts["extra"]) - int(facts.duplicates["extra"])
            certain = not _thing_and_time(facts, roles, columns) or repeats == 0
            if certain and (repeats == 0 or (repeats <= FEW * facts.rows and _placed(columns))):
                timed = any(facts.columns[name].storage is Storage.TIMESTAMP for name in columns)
                return RowKey(_in_order(facts, roles, columns), repeats, expected, timed or _placed(columns))
    return None


def _candidates(facts: Facts, roles: Roles, determined: frozenset[str]) -> list[str]:
    left = {roles.label, roles.revenue, *roles.named(Role.OUTCOME), *determined}
    kept = [c for c in facts.columns.values() if c.name not in left and c.nulls == 0 and c.distinct > 1 and _whole(c)]
    kept = [c for c in kept if not mentions(c.name, lexicon.MONEY)]
    kept.sort(key=lambda c: (not _telling(facts, roles, c.name), not _placed([c.name]), -c.distinct))
    return [c.name for c in kept[:MOST_COLUMNS]]


def _whole(column: ColumnFacts) -> bool:
    if column.storage is Storage.NUMBER:
        return column.whole == column.filled
    return column.storage is not Storage.OTHER


def _telling(facts: Facts, roles: Roles, name: str) -> bool:
    """Whether a column numbers things or is a time."""
    return facts.columns[name].storage.temporal or _thing(roles, name)


def _thing(roles: Roles, name: str) -> bool:
    return name in roles.identifiers or mentions(name, lexicon.VISITOR | lexicon.DEVICE | lexicon.ORDER)


def _placed(columns: Sequence[str]) -> bool:
    return any(mentions(name, lexicon.POSITION) for name in columns)


def _thing_and_time(facts: Facts, roles: Roles, columns: Sequence[str]) -> bool:
    times = [name for name in columns if facts.columns[name].storage is Storage.TIMESTAMP]
    things = [name for name in columns if name in roles.identifiers or _numbered(name)]
    return len(columns) == 2 and len(times) == 1 and len(things) == 1


def _numbered(name: str) -> bool:
    return mentions(name, lexicon.VISITOR | lexicon.DEVICE) and mentions(name, lexicon.ID)


def _passing(facts: Facts, roles: Roles, names: Sequence[str], size: int) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Yield combinations that hardly any two sampled rows share, with the pairs to be expected by chance."""
    codes = {name: facts.arrays.identity[name] for name in names}
    chances = {name: chance_of_equal(codes[name]) for name in names}
    unique = {name for name in names if facts.columns[name].unique_share == 1}
    groups = [group for group in itertools.combinations(names, size) if not unique & set(group)]
    groups = [group for group in groups if any(_telling(facts, roles, name) for name in group)]
    n, copies = float(facts.sampled), _copies(facts)
    for group in groups:
        if math.prod(facts.columns[name].distinct for name in group) < facts.rows - int(facts.duplicates["extra"]):
            continue
        expected = n * (n - 1) / 2 * math.prod(chances[name] for name in group)
        free = _thing_and_time(facts, roles, group)
        if not free and math.exp(-expected) >= ERROR / max(len(groups), 1):
            continue
        allowed = max(0.0 if free else FEWER * expected, 0.0) + copies
        few = _pairs([codes[name][:PROBE] for name in group])
        if few <= allowed and (found := _pairs([codes[name] for name in group])) <= allowed:
            surprise = special.pdtr(found, expected)
            if free or surprise < ERROR / len(groups):
                yield expected, group


def _copies(facts: Facts) -> float:
    """Return pairs of sampled rows that are equal in all columns, at most."""
    if not facts.duplicates["extra"]:
        return 0.0
    return float(_pairs([facts.arrays.identity[name] for name in facts.names]))


def _pairs(columns: Sequence[Codes]) -> int:
    """Return pairs of rows that agree in all columns."""
    both = columns[0]
    for codes in columns[1:]:
        both = np.unique(both * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1]
    counts = np.unique(both, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1)).sum()) // 2


def _in_order(facts: Facts, roles: Roles, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the thing first, then categories, then positions and times."""
    return tuple(
        sorted(
            columns, key=lambda name: (facts.columns[name].storage.temporal or _placed([name]), not _thing(roles, name))
        )
    )
