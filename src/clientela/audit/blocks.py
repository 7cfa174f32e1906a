"""Which columns a repeated key determines: the trace that a join leaves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Block
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import ID, VISITOR, mentions
from clientela.domain.column import Role, Storage
from clientela.domain.roles import Roles
from clientela.statistics.dependency import agreement, chance_of_equal, pair_counts

Codes = NDArray[np.int64]

DETERMINED = 0.9
"""Agreement beyond chance from which a key is said to determine a column; cell noise takes some of it."""

LEAST_KEYS = 8
LEAST_PAIRS = 100
MOST_KEYS = 12


def find_blocks(facts: Facts, roles: Roles) -> tuple[Block, ...]:
    """Find columns that a repeated key determines, each given to the coarsest key that does.

    Candidate keys are text, integer and date columns with at least eight values that
    repeat. Pairs of rows with one key are compared (Goodman and Kruskal's tau on repeated
    keys), so that nearly unique keys explain nothing by being unique. A column that
    determines the key in turn is the key's twin, not its attribute.

    Returns:
        Blocks, largest first.
    """
    keys = sorted(_candidates(facts, roles), key=lambda column: column.distinct)[:MOST_KEYS]
    taken: dict[str, str] = {}
    strength: dict[str, float] = {}
    repeated: dict[str, int] = {}
    for key in keys:
        codes = _key_codes(facts, key)
        repeated[key.name] = int((np.bincount(codes[codes >= 0]) > 1).sum()) if (codes >= 0).any() else 0
        if repeated[key.name] < LEAST_KEYS:
            continue
        for name, value in _determined(facts, roles, key, codes).items():
            if name not in taken:
                taken[name], strength[name] = key.name, value
    blocks = []
    for name in (column.name for column in keys):
        columns = tuple(item for item in facts.names if taken.get(item) == name)
        if columns:
            weakest = min(strength[item] for item in columns)
            blocks.append(Block(name, columns, weakest, _coverage(facts, columns), repeated[name]))
    return tuple(sorted(blocks, key=lambda block: -len(block.columns)))


def _candidates(facts: Facts, roles: Roles) -> list[ColumnFacts]:
    left = {roles.label, roles.revenue, roles.visit, *roles.named(Role.OUTCOME)}
    return [
        column
        for column in facts.columns.values()
        if column.storage in (Storage.TEXT, Storage.INTEGER, Storage.DATE)
        and column.name not in left
        and LEAST_KEYS <= column.distinct <= 0.8 * column.filled
        and (column.storage is not Storage.INTEGER or _codes_things(column))
    ]


def _codes_things(column: ColumnFacts) -> bool:
    """An integer is a key by its name, or where it looks like a code: many digits, never small."""
    return mentions(column.name, ID | VISITOR) or (column.minimum or 0) >= 1000


def _key_codes(facts: Facts, key: ColumnFacts) -> Codes:
    return facts.arrays.identity[key.name] - 1


def _determined(facts: Facts, roles: Roles, key: ColumnFacts, codes: Codes) -> Mapping[str, float]:
    left = {roles.label, roles.revenue, roles.visit, roles.visitor, key.name, *roles.named(Role.OUTCOME)}
    found = {}
    known = codes >= 0
    for column in facts.columns.values():
        if column.name in left or column.distinct < 2 or column.distinct > key.distinct:
            continue
        value = facts.arrays.identity[column.name]
        equal, pairs = pair_counts(codes, value)
        if pairs < LEAST_PAIRS:
            continue
        chance = chance_of_equal(value[known])
        score = agreement(equal, pairs, chance)
        # Nearly constant columns agree by chance: they must vary enough to be told apart.
        if score >= DETERMINED and chance < 0.98:
            found[column.name] = score
    return found


def _coverage(facts: Facts, columns: tuple[str, ...]) -> float:
    missing = np.stack([facts.arrays.missing(name) for name in columns], axis=1)
    return float(1 - missing.all(axis=1).mean())
