"""Blocks whose key is not in the extract: columns that move together although nothing there says by what."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Block
from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.joins.computed import monotone
from clientela.audit.joins.coverage import ALIKE, LEAST_GAPS, OWN
from clientela.audit.joins.determining import DETERMINED, LEAST_KEYS, LEAST_PAIRS, Cells
from clientela.audit.lexicon import CALENDAR, mentions
from clientela.domain.column import Role, Storage
from clientela.domain.roles import Roles
from clientela.statistics.cuts import cut_of
from clientela.statistics.dependency import chance_of_equal, key_agreement

Codes = NDArray[np.int64]

ABSENT = "a key that is not in the extract"
LEAST_MEMBERS = 3
"""Two columns that go together may be one and its coarser form; three were brought by something."""

LEAST_REPEATS = 5
"""Rows per value from which a column can stand for the key."""

TOGETHER = DETERMINED**2
"""Agreement beyond chance asked for: cell noise hits both the stand-in and the column."""

SCREEN = 0.7
"""Share of equal neighbours below which a column is not looked at more closely."""

DULL = 0.98
"""Chance of two equal rows from which a column is too constant to be called determined."""

PROBE = 2000


def find_latent(facts: Facts, roles: Roles, known: Sequence[Block]) -> tuple[Block, ...]:
    """Find columns that one another determine as if a repeated key stood behind them.

    The finest column of such a block stands for the missing key: where its values repeat (five rows
    each or more), the others repeat with it, beyond chance (Cohen's kappa of pairs, every value of the stand-in
    weighs the same, so that a heap of zeros says nothing) by .81 or more, which cell noise of 5 % in both
    leaves. Rows equal in everything count once. A column that is a cut of the stand-in or rises or falls with it is a
    derivation and does not count; at least two others are needed, one where both have gaps in common and the stand-in
    is measured. A column with cells where the stand-in has none did not come with it. Calendar
    columns, identifiers, the label and blocks with a key take no part.

    Args:
        facts: Facts with the sample.
        roles: Roles proposed.
        known: Blocks whose key is there; their columns take no part.

    Returns:
        Blocks, finest stand-in first.
    """
    members = _members(facts, roles, known)
    if len(members) < 2:
        return ()
    cells = Cells.of(facts)
    rows = cells.rows
    codes = {c.name: cells.codes[c.name] for c in members}
    members = [c for c in members if chance_of_equal(codes[c.name]) < DULL]
    distinct = {c.name: int(np.unique(codes[c.name]).size) for c in members}
    probe = np.random.default_rng(facts.options.seed).permutation(rows.size)[:PROBE]
    names = sorted(distinct, key=lambda name: -distinct[name])
    found: list[Block] = []
    while names:
        proxy = names.pop(0)
        if LEAST_KEYS <= distinct[proxy] <= rows.size / LEAST_REPEATS:
            led = _with_its_gaps(codes, proxy, _led(codes, proxy, names, probe))
            if sum(not _follows(facts, rows, proxy, name, codes[name]) for name in led) >= _least(facts, codes, proxy):
                columns, weakest, keys = _grown(codes, [proxy, *led], names)
                found.append(_block(facts, columns, weakest, keys))
                names = [name for name in names if name not in columns]
    return tuple(found)


def _members(facts: Facts, roles: Roles, known: Sequence[Block]) -> list[ColumnFacts]:
    left = {roles.label, roles.revenue, roles.visit, roles.visitor, *roles.identifiers}
    left |= {*roles.named(Role.OUTCOME), *roles.named(Role.IGNORED), *roles.named(Role.TREATMENT)}
    left |= {name for block in known for name in (*block.columns, *block.key_columns)}
    return [
        column
        for column in facts.columns.values()
        if column.name not in left
        and (column.storage.numeric or column.storage in (Storage.TEXT, Storage.BOOLEAN))
        and column.distinct >= 2
        and not mentions(column.name, CALENDAR)
    ]


def _led(codes: dict[str, Codes], proxy: str, names: Sequence[str], probe: NDArray[np.intp]) -> list[str]:
    """Return the columns that repeat with the stand-in, screened on neighbours of some rows in random order."""
    order = probe[np.argsort(codes[proxy][probe], kind="stable")]
    key = codes[proxy][order]
    same = (key[1:] == key[:-1]) & (key[1:] > 0)
    if not same.any():
        return []
    first, second = order[:-1][same], order[1:][same]
    close = [name for name in names if (codes[name][first] == codes[name][second]).mean() >= SCREEN]
    return [name for name in close if _agrees(codes[proxy] - 1, codes[name])[0] >= TOGETHER]


def _agrees(key: Codes, value: Codes) -> tuple[float, int]:
    """Return the agreement beyond chance and the keys behind it; nothing where too few rows share a key."""
    equal, keys, pairs = key_agreement(key, value)
    chance = chance_of_equal(value[key >= 0])
    enough = keys >= LEAST_KEYS and pairs >= LEAST_PAIRS and chance < DULL
    return ((equal - chance) / (1 - chance) if enough else 0.0), keys


def _with_its_gaps(codes: dict[str, Codes], proxy: str, led: Sequence[str]) -> list[str]:
    """Return the columns that have the gaps of the stand-in: few of their own, and hardly a cell where it has none.

    What has cells there belongs to the same thing but did not come with the stand-in.
    """
    gaps = codes[proxy] == 0
    kept = []
    for name in led:
        empty = codes[name] == 0
        shared = int((gaps & empty).sum())
        if shared >= ALIKE * gaps.sum() and empty.sum() - shared <= OWN * empty.size:
            kept.append(name)
    return kept


def _least(facts: Facts, codes: dict[str, Codes], proxy: str) -> int:
    """Return how many columns must go with a stand-in: one where they have gaps in common and it names nothing."""
    measured = proxy in facts.arrays.numbers and facts.columns[proxy].whole < facts.columns[proxy].filled
    return 1 if measured and (codes[proxy] == 0).sum() >= LEAST_GAPS else LEAST_MEMBERS - 1


def _follows(facts: Facts, rows: NDArray[np.intp], proxy: str, name: str, codes: Codes) -> bool:
    """Whether a column is the stand-in in another form: cut from it, or rising or falling with it."""
    numbers = facts.arrays.numbers.get(proxy)
    if numbers is not None and facts.columns[name].storage.numeric:
        known = ~np.isnan(numbers[rows]) & (codes > 0)
        if monotone(numbers[rows][known], codes[known]):
            return True
    return _cut(facts, rows, proxy, codes)


def _cut(facts: Facts, rows: NDArray[np.intp], proxy: str, codes: Codes) -> bool:
    numbers = facts.arrays.numbers.get(proxy)
    if numbers is None:
        return False
    known = ~np.isnan(numbers[rows]) & (codes > 0)
    if not known.any():
        return False
    cut = cut_of(numbers[rows][known], codes[known])
    return cut is not None and cut.share >= DETERMINED


def _grown(codes: dict[str, Codes], block: list[str], names: Sequence[str]) -> tuple[list[str], float, int]:
    """Add what the columns together determine; return the block, its weakest agreement and its keys."""
    joint = np.zeros(codes[block[0]].size, dtype=np.int64)
    for name in block:
        joint = np.unique(joint * (int(codes[name].max()) + 1) + codes[name], return_inverse=True)[1]
    known = np.where(codes[block[0]] > 0, joint, -1)
    others = _with_its_gaps(codes, block[0], [name for name in names if name not in block])
    more = [name for name in others if _agrees(known, codes[name])[0] >= TOGETHER]
    proxy = codes[block[0]] - 1
    weakest = [_agrees(proxy, codes[name])[0] for name in block[1:]] + [_agrees(known, codes[name])[0] for name in more]
    return [*block, *more], min(weakest), int((np.bincount(known[known >= 0]) > 1).sum())


def _block(facts: Facts, columns: Sequence[str], weakest: float, keys: int) -> Block:
    ordered = tuple(name for name in facts.names if name in columns)
    missing = np.stack([facts.arrays.missing(name) for name in ordered], axis=1)
    return Block(ABSENT, (), ordered, weakest, float(1 - missing.all(axis=1).mean()), keys)
