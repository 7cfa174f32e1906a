"""Which columns a repeated key determines: the trace that a join leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Block
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import ID, ORDER, VISITOR, mentions
from clientela.domain.column import Role, Storage
from clientela.domain.roles import Roles
from clientela.statistics.dependency import agreement, chance_of_equal, neighbour_agreement, pair_counts

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]

DETERMINED = 0.9
"""Agreement beyond chance from which a key is said to determine a column; cell noise takes some of it."""

SCREEN = 0.7
"""Share of equal neighbours below which a column is not looked at more closely."""

ALIKE = 0.95
"""Overlap (Jaccard) from which two masks of missing cells are one."""

DULL = 0.98
"""Chance of two equal rows from which a column is too constant to be called determined."""

DAY = 86_400.0
LEAST_KEYS = 8
LEAST_PAIRS = 100
MOST_KEYS = 12
MOST_PLACES = 200


@dataclass(frozen=True)
class _Key:
    """A candidate: its words, the columns it is made of, and its code per sampled row (-1 unknown)."""

    words: str
    columns: tuple[str, ...]
    codes: Codes
    distinct: int


def find_blocks(facts: Facts, roles: Roles) -> tuple[Block, ...]:
    """Find columns that a repeated key determines, each given to the coarsest key that does.

    Candidate keys are text, integer and date columns with at least eight values that
    repeat, the day of the time, and the day together with a text column of few values. Pairs
    of rows with one key are compared (Goodman and Kruskal's tau on repeated keys), so
    that nearly unique keys explain nothing by being unique. Columns of one key with
    different masks of missing cells came from different tables and are parted; a few
    missing cells (5 %) are no mask.

    Args:
        facts: Facts with the sample.
        roles: Roles proposed; label, revenue and outcomes take no part.

    Returns:
        Blocks, largest first.
    """
    left = {roles.label, roles.revenue, roles.visit, roles.visitor, *roles.named(Role.OUTCOME)}
    taken: set[str] = set()
    blocks: list[Block] = []
    for key in _keys(facts, roles):
        repeated = int((np.bincount(key.codes[key.codes >= 0]) > 1).sum()) if (key.codes >= 0).any() else 0
        if repeated < LEAST_KEYS:
            continue
        free = [c for c in facts.columns.values() if c.name not in left | taken | set(key.columns)]
        found = _determined(facts, key, free)
        taken |= set(found)
        for columns in _by_mask(facts, list(found)):
            weakest = min(found[name] for name in columns)
            blocks.append(Block(key.words, key.columns, tuple(columns), weakest, _coverage(facts, columns), repeated))
    return tuple(sorted(blocks, key=lambda block: -len(block.columns)))


def _keys(facts: Facts, roles: Roles) -> list[_Key]:
    """Return candidate keys, coarsest first, pairs last."""
    identity = facts.arrays.identity
    single = [_Key(c.name, (c.name,), identity[c.name] - 1, c.distinct) for c in _candidates(facts, roles)]
    pairs = []
    if roles.time is not None:
        time = roles.time
        seconds = facts.arrays.numbers[time]
        day = np.where(np.isnan(seconds), -1, np.nan_to_num(seconds) // DAY).astype(np.int64)
        known = day >= 0
        single.append(_Key(f"the day of {time}", (time,), day, int(np.unique(day[known]).size)))
        places = [c for c in facts.text if c.distinct <= MOST_PLACES and c.name not in roles.identifiers]
        places = sorted((c for c in places if c.distinct >= 2), key=lambda c: -c.distinct)[:MOST_KEYS]
        for place in places:
            other = identity[place.name]
            both = np.where(known & (other > 0), day * (place.distinct + 2) + other, -1)
            codes = np.unique(both, return_inverse=True)[1] - int(both.min() < 0)
            pairs.append(_Key(f"the day of {time} and {place.name}", (time, place.name), codes, int(codes.max()) + 1))
    return sorted(single, key=lambda key: key.distinct)[:MOST_KEYS] + sorted(pairs, key=lambda key: key.distinct)


def _candidates(facts: Facts, roles: Roles) -> list[ColumnFacts]:
    left = {roles.label, roles.revenue, roles.visit, *roles.named(Role.OUTCOME)}
    # What an order determines is the order's own header, and text with dates names moments, not things.
    orders = {name for name in roles.identifiers if mentions(name, ORDER)}
    left |= orders | set(roles.named(Role.IGNORED))
    return [
        column
        for column in facts.columns.values()
        if (column.storage in (Storage.TEXT, Storage.DATE) or _codes_things(column, roles))
        and column.name not in left
        and LEAST_KEYS <= column.distinct <= 0.8 * column.filled
    ]


def _codes_things(column: ColumnFacts, roles: Roles) -> bool:
    """A number is a key by its name or role, or where it looks like a code: whole and never small."""
    if not column.storage.numeric or column.whole < column.filled - column.nans:
        return False
    named = column.name in roles.identifiers or mentions(column.name, ID | VISITOR)
    return named or (column.storage is Storage.INTEGER and (column.minimum or 0) >= 1000)


def _determined(facts: Facts, key: _Key, columns: Sequence[ColumnFacts]) -> dict[str, float]:
    order = np.argsort(key.codes, kind="stable")
    order = order[key.codes[order] >= 0]
    codes = key.codes[order]
    found = {}
    for column in columns:
        if not 2 <= column.distinct <= key.distinct:
            continue
        value = facts.arrays.identity[column.name][order]
        if not neighbour_agreement(codes, value) >= SCREEN:
            continue
        equal, pairs = pair_counts(codes, value)
        chance = chance_of_equal(value)
        if pairs >= LEAST_PAIRS and chance < DULL and agreement(equal, pairs, chance) >= DETERMINED:
            found[column.name] = agreement(equal, pairs, chance)
    return found


def _by_mask(facts: Facts, names: list[str]) -> list[list[str]]:
    groups: list[list[str]] = []
    for name in names:
        mask = facts.arrays.missing(name)
        for group in groups:
            other = facts.arrays.missing(group[0])
            if _alike(mask, other) or max(mask.mean(), other.mean()) <= 1 - ALIKE:
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def _alike(one: Mask, other: Mask) -> bool:
    return bool((one & other).sum() >= ALIKE * (one | other).sum())


def _coverage(facts: Facts, columns: Sequence[str]) -> float:
    missing = np.stack([facts.arrays.missing(name) for name in columns], axis=1)
    return float(1 - missing.all(axis=1).mean())
