"""Joins that multiplied rows: keys that stood several times in the joined table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.audit.facts import Facts
from clientela.audit.joins.determining import HALF, LEAST_TELLING, Cells, Mask, Pairs
from clientela.audit.joins.keys import Key
from clientela.statistics.dependency import chance_of_equal

Codes = NDArray[np.int64]

PARTLY = 0.1
"""Agreement beyond chance from which a key says something of a column: a key that stands m times leaves about 1 / m."""

COLLECTED = 0.3
"""Agreement below which a column was collected; copies alone lift it to 1 / 7 where a key has four collected rows."""

RICH = 0.5
"""Chance of two equal rows up to which a column can show that two rows carry different versions."""

RECURS = 0.7
"""Share of the agreement that m versions leave (1 / m) which rows of one key must show: cell noise takes some."""

ALIKE = 0.8
"""Share of rows of multiplied keys that must be multiplied alike: the key says how often, chance does not."""

LEAST_MULTIPLIED = 3
"""Keys that must stand several times."""

PROBES = 3
"""Columns tried, two at a time, for telling one collected row from another."""

DIFFERING = 0.1
"""Share of copies that differ in a column of the join; cell noise of 3 % in both rows leaves .06."""

CHANCE = 0.05
"""Share of copies that may be rows alike by chance for all of them to count as copies."""

DRAWS = 3
"""Keys for which rows are drawn once more where the table is longer than the sample."""


@dataclass(frozen=True)
class Fan:
    """One join that multiplied rows.

    Attributes:
        key: Its key.
        columns: Columns that differ among the copies of a row.
        agreement: How far rows of one key carry one of few versions: 1 where the versions explain all.
        fan_out: Rows after the join per row before it.
        multiplied: Share of rows that stand beside a copy.
        versions: How often a key stood in the joined table, with the number of such keys.
        collected: Columns that tell the rows before the join apart.
        alike: Rows per group of rows that are equal in the key and in these, where it was looked at.
    """

    key: Key
    columns: tuple[str, ...]
    agreement: float
    fan_out: float
    multiplied: float
    versions: tuple[tuple[int, int], ...]
    collected: tuple[str, ...]
    alike: float


@dataclass(frozen=True)
class _Rows:
    """Rows with all rows of a key in or out together.

    Attributes:
        key: Code of the key per row, -1 unknown.
        codes: Code of the value per column and row.
    """

    key: Codes
    codes: Mapping[str, Codes]

    def groups(self, names: Sequence[str]) -> Codes:
        """Return one code per combination of the key and some columns."""
        rng = np.random.default_rng(0)
        digest = self.key * int(rng.integers(1, 2**62) | 1)
        for name in names:
            digest = digest + self.codes[name] * int(rng.integers(1, 2**62) | 1)
        return np.unique(digest, return_inverse=True)[1]


def find_fan(
    facts: Facts,
    cells: Cells,
    keys: Sequence[tuple[Key, Pairs]],
    free: Sequence[str],
    settled: Sequence[str],
) -> Fan | None:
    """Find the key that stood several times in the joined table.

    Such a key says its columns in part: its rows carry few versions of them, each again and again, and every
    collected row stands once beside each version. So rows of one key that are equal in the times, the identifiers and
    two more columns that tell rows apart are laid side by side: what differs there was joined, what is equal
    and not said by the key was collected. It is a fan-out where all collected rows of a key are multiplied
    alike and where those rows meet the same versions. Habits of a visitor and prices that
    changed have versions but no copies; lines of an order have neither in common.

    Args:
        facts: Facts with the sample.
        cells: The different rows.
        keys: Candidate keys, coarsest first, with their pairs.
        free: Columns that may be part of a block.
        settled: Columns that were surely collected: times and identifiers.

    Returns:
        The fan of most rows, of the coarsest key where keys are equal in that; None where no join multiplied rows.
    """
    found: list[Fan] = []
    drawn = 0
    for number, (key, pairs) in enumerate(keys):
        said = {name: pairs.glance(cells, name) for name in facts.names if name not in key.columns}
        joined = [n for n in free if n not in settled and said.get(n, 0.0) >= PARTLY]
        if not any(pairs.share(cells.codes[name]) < 1 for name in joined):
            continue
        probes = _probes(facts, key, said, settled)
        if facts.sampled < facts.rows and probes:
            if key.moment or drawn == DRAWS:
                continue
            drawn += 1
        fan = _fan(facts, key, said, joined, probes)
        if fan is not None and not _of_finer(cells, pairs, fan, keys[number + 1 :]):
            found.append(fan)
    best = max(found, key=lambda fan: round(fan.fan_out, 2), default=None)
    return best if best is None or facts.sampled == facts.rows else _on_all_rows(facts, best)


def _on_all_rows(facts: Facts, fan: Fan) -> Fan:
    """Correct the fan-out of some keys by what rows per group of equal rows are on all keys (ratio estimate)."""
    distinct = int(facts.table.duplicates([*fan.key.columns, *fan.collected]).row(0, named=True)["distinct"])
    return replace(fan, fan_out=max(1.0, fan.fan_out * facts.rows / distinct / fan.alike))


def has_copies(facts: Facts, settled: Sequence[str]) -> bool:
    """Tell whether rows may have copies that differ in some columns only; a look before any key is tried.

    They have where rows are equal in the times, the identifiers and two columns of many values.

    Args:
        facts: Facts with the sample.
        settled: Columns that were surely collected.
    """
    if any(_on_every_row(facts, name) and facts.columns[name].storage.temporal for name in settled):
        return False
    fixed = [name for name in settled if not _on_every_row(facts, name)]
    others = [c.name for c in facts.columns.values() if c.name not in settled and 1 < c.distinct < c.rows]
    telling = sorted(others, key=lambda name: -facts.columns[name].distinct)[: PROBES + 2]
    rows = _Rows(np.zeros(facts.sampled, dtype=np.int64), facts.arrays.identity)
    return any(
        facts.sampled - int(rows.groups([*fixed, *pair]).max(initial=0)) > LEAST_TELLING
        for pair in combinations(telling, min(2, len(telling)))
    )


def _on_every_row(facts: Facts, name: str) -> bool:
    return facts.columns[name].distinct >= facts.rows


def _of_finer(cells: Cells, pairs: Pairs, fan: Fan, finer: Sequence[tuple[Key, Pairs]]) -> bool:
    """Whether the key is only a name or a group of a finer key, whose rows alone meet the same versions."""
    anchor = min(fan.columns, key=lambda name: chance_of_equal(cells.codes[name]))
    codes = cells.codes[anchor]
    for other, others in finer:
        if set(other.columns) & set(fan.columns) or not others.share(pairs.key) >= ALIKE:
            continue
        across, within = pairs.where(~pairs.equal(others.key)), pairs.where(pairs.equal(others.key))
        if across.first.size >= LEAST_TELLING and across.agreement(codes) < HALF * within.agreement(codes):
            return True
    return False


def _drawn(facts: Facts, key: Key) -> _Rows:
    if facts.sampled == facts.rows:
        return _Rows(key.codes, facts.arrays.identity)
    frame = facts.table.sample(facts.options.sample_rows, facts.options.seed, key.columns[0])
    ranked = frame.select(pl.col(facts.names).rank("dense").fill_null(0).cast(pl.Int64))
    codes = {name: ranked.get_column(name).to_numpy() for name in facts.names}
    own = _Rows(codes[key.columns[0]], codes).groups(key.columns)
    known = np.all([codes[name] > 0 for name in key.columns], axis=0)
    return _Rows(np.where(known, own, -1), codes)


def _probes(facts: Facts, key: Key, said: Mapping[str, float], settled: Sequence[str]) -> list[list[str]]:
    """Return the sets of columns that tell collected rows apart and yet are equal on several rows of one key."""
    repeated = _repeated(facts, said)
    fixed = [name for name in settled if name in repeated]
    telling = sorted((n for n in repeated if said[n] < HALF), key=lambda n: -facts.columns[n].distinct)[:PROBES]
    rows = _Rows(key.codes, facts.arrays.identity)
    tried = [sorted({*fixed, *pair}) for pair in combinations(telling, min(2, len(telling)))]
    return [names for names in tried if _beside(rows.groups(names), rows.key)[0].size >= LEAST_TELLING]


def _repeated(facts: Facts, said: Mapping[str, float]) -> list[str]:
    return [name for name in said if not _on_every_row(facts, name) and facts.columns[name].distinct > 1]


def _fan(
    facts: Facts, key: Key, said: Mapping[str, float], joined: Sequence[str], probes: Sequence[Sequence[str]]
) -> Fan | None:
    rows = _drawn(facts, key) if probes else _Rows(key.codes, {})
    found: list[Fan] = []
    for names in probes:
        first, second = _beside(rows.groups(names), rows.key)
        equal = {name: _equal(rows.codes[name], first, second) for name in _repeated(facts, said)}
        alike = [name for name, share in equal.items() if said[name] < COLLECTED and share >= HALF]
        sure = list(dict.fromkeys((*names, *alike)))
        groups = rows.groups(sure)
        fan = _judged(key, rows, groups, [name for name in joined if name not in sure], sure)
        if fan is not None:
            found.append(fan)
    return max(found, key=lambda fan: fan.agreement, default=None)


def _beside(groups: Codes, key: Codes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs of rows that stand beside each other in one group."""
    order = np.argsort(groups, kind="stable")
    order = order[key[order] >= 0]
    same = groups[order[1:]] == groups[order[:-1]]
    return order[:-1][same], order[1:][same]


def _equal(codes: Codes, first: NDArray[np.intp], second: NDArray[np.intp]) -> float:
    return float((codes[first] == codes[second]).mean())


def _judged(key: Key, rows: _Rows, groups: Codes, joined: Sequence[str], collected: Sequence[str]) -> Fan | None:
    first, second = _beside(groups, rows.key)
    if first.size < LEAST_TELLING:
        return None
    columns = [name for name in joined if _equal(rows.codes[name], first, second) < 1 - DIFFERING]
    if not columns:
        return None
    exact = _by_chance(rows, collected) <= CHANCE * first.size
    different = _times(groups, _Rows(groups, rows.codes).groups(columns)) >= 2
    times = _of_keys(rows.key, np.where(different | exact, np.bincount(groups)[groups], 1))
    agreed = _alike(rows, groups, columns, times)
    agreed = 1.0 if agreed is None and exact else agreed
    if not _multiplied_alike(key, rows, groups, different, times) or agreed is None or agreed < RECURS:
        return None
    counted = np.where(rows.key >= 0, times[rows.key], 1)
    return Fan(
        key=key,
        columns=tuple(columns),
        agreement=agreed,
        fan_out=counted.size / float((1 / counted).sum()),
        multiplied=float((counted >= 2).mean()),
        versions=_versions(rows.key, times),
        collected=tuple(name for name in collected if name not in key.columns),
        alike=groups.size / (int(groups.max()) + 1),
    )


def _by_chance(rows: _Rows, collected: Sequence[str]) -> float:
    """Return how many pairs of rows of one key are equal in the two most telling columns by chance, if independent."""
    size = np.bincount(rows.key[rows.key >= 0]).astype(np.float64)
    chances = sorted(chance_of_equal(rows.codes[name]) for name in collected)
    return float((size * (size - 1) / 2).sum() * np.prod(chances[:2]))


def _multiplied_alike(key: Key, rows: _Rows, groups: Codes, different: Mask, times: Codes) -> bool:
    """Whether nearly all collected rows of the multiplied keys are multiplied, and as often.

    Where all of them have one value in a half of a pair, the other half has no part in it.
    """
    size = np.bincount(groups)[groups]
    inside = (rows.key >= 0) & (times[rows.key] > 1)
    marked = np.isin(rows.key, np.unique(rows.key[(rows.key >= 0) & different]))
    if np.unique(rows.key[inside]).size < LEAST_MULTIPLIED or (size >= 2)[marked].mean() < HALF:
        return False
    if any(np.unique(rows.codes[name][inside]).size < 2 for name in key.columns):
        return False
    return bool((size % times[rows.key] == 0)[inside].mean() >= ALIKE)


def _times(groups: Codes, versions: Codes) -> Codes:
    """Return how many different versions the group of a row has, per row."""
    held = np.unique(versions, return_index=True)[1]
    count: Codes = np.bincount(groups[held], minlength=int(groups.max(initial=0)) + 1)
    return count[groups]


def _of_keys(key: Codes, times: Codes) -> Codes:
    """Return how many rows most rows of a key became, per key."""
    known = key >= 0
    most = int(times.max(initial=1)) + 1
    both, counts = np.unique(key[known] * most + times[known], return_counts=True)
    order = np.argsort(counts, kind="stable")
    found = np.ones(int(key.max(initial=0)) + 1, dtype=np.int64)
    found[both[order] // most] = both[order] % most
    return found


def _alike(rows: _Rows, groups: Codes, columns: Sequence[str], times: Codes) -> float | None:
    """Return how often rows of one key that are no copies carry the same version, by what its versions would leave.

    None where no column has values enough to tell, or too few keys have two collected rows.
    """
    inside = (rows.key >= 0) & (times[rows.key] > 1)
    pairs = Pairs.of(np.where(inside, rows.key, -1), 0)
    apart = pairs.where(~pairs.equal(groups))
    if apart.first.size < LEAST_TELLING or apart.keys < LEAST_MULTIPLIED:
        return None
    chances = {name: chance_of_equal(rows.codes[name]) for name in columns}
    anchor = min(columns, key=lambda name: chances[name])
    if chances[anchor] > RICH:
        return None
    expected = 1 / times[rows.key[apart.first]]
    return min(1.0, float(apart.equal(rows.codes[anchor]).sum() / expected.sum()))


def _versions(key: Codes, times: Codes) -> tuple[tuple[int, int], ...]:
    held = np.unique(key[key >= 0])
    often, keys = np.unique(times[held], return_counts=True)
    return tuple((int(time), int(number)) for time, number in zip(often, keys, strict=True))
