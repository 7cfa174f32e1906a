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
from clientela.audit.joins.keys import surely_collected, whole_days
from clientela.audit.lexicon import CALENDAR, mentions
from clientela.domain.column import Role, Storage
from clientela.domain.roles import Roles
from clientela.statistics.cuts import cut_of
from clientela.statistics.dependency import chance_of_equal, joint, key_agreement

Codes = NDArray[np.int64]

ABSENT = "a key that is not in the extract"
LEAST_MEMBERS = 3
"""Two columns that go together may be one and its coarser form; three were brought by something."""

LEAST_REPEATS = 5
"""Rows per value from which a column can stand for the key."""

PARTLY = 0.2
"""Agreement beyond chance from which a column may be one of several that stand for a key together: a value that
five keys share leaves as much."""

LEAST_JOINTLY = 2
"""Rows per combination from which several columns can stand for the key."""

COMPUTED = 0.99
"""Share of variance explained from which a number is a formula of others, which need no key to repeat with them."""

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

    Where no column is fine enough to stand for the key, several may be: columns with gaps in common that all repeat on
    one share of the rows that are equal in the finest of them (a fifth or more), and all together on as much.

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
    taken = {name for block in found for name in block.columns}
    left = [name for name in sorted(distinct, key=lambda name: -distinct[name]) if name not in taken]
    return (*found, *_jointly(facts, left))


def _jointly(facts: Facts, names: list[str]) -> list[Block]:
    """Find columns with gaps in common that repeat on one and the same share of the rows that are equal in the finest.

    Rows that are equal in everything but what numbers them count once here, since copies repeat in everything.
    """
    cells = Cells.of(facts, [c.name for c in facts.columns.values() if c.distinct == c.rows])
    codes = {name: cells.codes[name] for name in names}
    found: list[Block] = []
    while names:
        finest = names.pop(0)
        if (codes[finest] == 0).sum() < LEAST_GAPS:
            continue
        near = _uncomputed(facts, cells.rows, [finest, *_with_its_gaps(codes, finest, names)])
        if finest not in near:
            continue
        near = [n for n in near if n != finest and not _follows(facts, cells.rows, finest, n, codes[n])]
        shares = {name: _agrees(codes[finest] - 1, codes[name])[0] for name in near}
        shared = {name: share for name, share in shares.items() if share >= PARTLY}
        columns, agreed = _of_one_share(codes, finest, shared)
        known = _joint(codes, [finest, *columns])
        if len(columns) >= LEAST_MEMBERS - 1 and LEAST_JOINTLY * (int(known.max()) + 1) <= (known >= 0).sum():
            block, _, keys = _grown(codes, [finest, *columns], names)
            found.append(_block(facts, block, agreed, keys))
            names = [name for name in names if name not in block]
    return found


def _of_one_share(codes: dict[str, Codes], finest: str, shares: dict[str, float]) -> tuple[list[str], float]:
    """Return the columns that agree on the same rows, and how far, so that one thing repeats behind them.

    Rows equal in the finest column are of one key on a share of them; there all columns agree, and elsewhere by
    chance only. So each shows that share, and so do all of them together, but for cell noise in each.
    """
    while len(shares) >= LEAST_MEMBERS - 1:
        together = _agrees(codes[finest] - 1, joint(*(codes[name] for name in shares)))[0]
        most, least = max(shares.values()), min(shares.values())
        if together >= most * DETERMINED ** len(shares) and least >= most * TOGETHER:
            return list(shares), together / most
        middle = float(np.median(list(shares.values())))
        odd = max(shares, key=lambda name: abs(np.log(shares[name] / middle)))
        shares = {name: share for name, share in shares.items() if name != odd}
    return [], 0.0


def _uncomputed(facts: Facts, rows: NDArray[np.intp], names: Sequence[str]) -> list[str]:
    """Leave out numbers that are a sum or a product of the others."""
    kept = list(names)
    for name in names:
        numbers = [n for n in kept if n in facts.arrays.numbers]
        if name in numbers and len(numbers) >= LEAST_MEMBERS:
            parts = np.stack([facts.arrays.numbers[n][rows] for n in numbers if n != name])
            y = facts.arrays.numbers[name][rows]
            known = np.isfinite(y) & np.isfinite(parts).all(axis=0)
            y, parts = y[known], parts[:, known]
            above = bool((y > 0).all() and (parts > 0).all())
            if _explained(y, parts) or (above and _explained(np.log(y), np.log(parts))):
                kept.remove(name)
    return kept


def _explained(y: NDArray[np.float64], parts: NDArray[np.float64]) -> bool:
    if y.size < LEAST_PAIRS or np.ptp(y) == 0:
        return False
    x = np.stack([*parts, np.ones(y.size)], axis=1)
    rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(rest.var()) <= (1 - COMPUTED) * float(y.var())


def _joint(codes: dict[str, Codes], names: Sequence[str]) -> Codes:
    """Return one code per combination where the first column is known, -1 elsewhere."""
    return np.where(codes[names[0]] > 0, joint(*(codes[name] for name in names)), -1)


def _members(facts: Facts, roles: Roles, known: Sequence[Block]) -> list[ColumnFacts]:
    left = {roles.label, roles.revenue, roles.visit, roles.visitor, *roles.identifiers}
    left |= {*roles.named(Role.OUTCOME), *roles.named(Role.IGNORED), *roles.named(Role.TREATMENT)}
    left |= {name for block in known for name in (*block.columns, *block.key_columns)} | {
        *surely_collected(facts, roles)
    }
    return [
        column
        for column in facts.columns.values()
        if column.name not in left
        and _may_be_joined(facts, column)
        and column.distinct >= 2
        and not mentions(column.name, CALENDAR)
    ]


def _may_be_joined(facts: Facts, column: ColumnFacts) -> bool:
    return column.storage.numeric or column.storage in (Storage.TEXT, Storage.BOOLEAN) or whole_days(facts, column.name)


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
    known = _joint(codes, block)
    others = _with_its_gaps(codes, block[0], [name for name in names if name not in block])
    more = [name for name in others if _agrees(known, codes[name])[0] >= TOGETHER]
    proxy = codes[block[0]] - 1
    weakest = [_agrees(proxy, codes[name])[0] for name in block[1:]] + [_agrees(known, codes[name])[0] for name in more]
    return [*block, *more], min(weakest), int((np.bincount(known[known >= 0]) > 1).sum())


def _block(facts: Facts, columns: Sequence[str], weakest: float, keys: int) -> Block:
    ordered = tuple(name for name in facts.names if name in columns)
    missing = np.stack([facts.arrays.missing(name) for name in ordered], axis=1)
    return Block(ABSENT, (), ordered, weakest, float(1 - missing.all(axis=1).mean()), keys)
