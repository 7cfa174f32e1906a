"""Categories of a category: each city has its region, each product its group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clientela.audit.checking import Block, Context
from clientela.audit.formulas.deriving import HOLDS, Rule
from clientela.domain.column import Role, Storage
from clientela.statistics.dependency import agreement, pair_counts

STRENGTH = 0.9
"""Strength from which a pair of categories is tried: where one says the other it is near 1, whatever their levels."""

FEWER = 0.7
"""Values per value of the finer category up to which the other one groups it rather than renames it."""

COMPLETE = 0.99
LEAST_GROUPED = 3
LEAST_PER_VALUE = 3


def groupings(context: Context, left: Sequence[str]) -> dict[str, Rule]:
    """Find categories that another, finer category says.

    Two rows of one value of the finer category must agree, beyond what two rows at random do
    (`statistics.dependency.agreement`), as often as where a twentieth of the cells at most are exceptions. Columns that
    came with a joined block are told there.

    Args:
        context: What the checks share.
        left: Columns whose rule is known.

    Returns:
        One rule per column: its nearest finer category.
    """
    facts, matrix = context.facts, context.matrix
    joined = [block for block in context.blocks if not _of_texts(context, block)]
    skipped = {*left, context.roles.label, *(name for block in joined for name in block.columns)}
    identifiers = set(context.roles.named(Role.IDENTIFIER))
    names = [name for name in matrix.names[matrix.numeric :] if name not in identifiers]
    names = [name for name in names if facts.columns[name].distinct >= 2]
    found: dict[str, Rule] = {}
    for target in (name for name in names if name not in skipped):
        few = facts.columns[target].distinct
        finer = [name for name in names if facts.columns[name].distinct >= LEAST_GROUPED and name != target]
        finer = [n for n in finer if few <= FEWER * facts.columns[n].distinct and matrix.between(n, target) >= STRENGTH]
        finer = [n for n in finer if facts.columns[n].filled >= LEAST_PER_VALUE * facts.columns[n].distinct]
        for source in sorted(finer, key=lambda name: facts.columns[name].distinct):
            rule = _rule(context, source, target)
            if rule is not None:
                found[target] = rule
                break
    return found


def _of_texts(context: Context, block: Block) -> bool:
    """Whether a block is one of texts that a text says everywhere, as a group is said by its members."""
    columns = context.facts.columns
    texts = all(columns[name].storage is Storage.TEXT for name in (*block.key_columns, *block.columns))
    return texts and len(block.key_columns) == 1 and block.coverage >= COMPLETE and block.fan_out <= 1


def _rule(context: Context, source: str, target: str) -> Rule | None:
    identity = context.facts.arrays.identity
    known = (identity[source] > 0) & (identity[target] > 0)
    key, value = identity[source][known], identity[target][known]
    if key.size == 0:
        return None
    shares = np.bincount(value) / value.size
    if not agreement(*pair_counts(key, value), float((shares**2).sum())) >= HOLDS**2:
        return None
    both, counts = np.unique(key * (int(value.max()) + 1) + value, return_counts=True)
    most = np.zeros(int(key.max()) + 1)
    np.maximum.at(most, both // (int(value.max()) + 1), counts)
    share = float(most.sum()) / key.size
    return Rule(target, (source,), f"one value for each value of {source}", share, key.size) if share >= HOLDS else None
