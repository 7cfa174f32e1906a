"""Joins that multiplied rows: keys that stood several times in the joined table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clientela.audit.arrays import to_arrays
from clientela.audit.determining import HALF, LEAST_TELLING, Cells, Mask, Pairs
from clientela.audit.facts import Facts
from clientela.audit.keys import Key
from clientela.statistics.dependency import agreement, chance_of_equal, joint
from clientela.tables.table import ROW

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

PARTLY = 0.1
"""Agreement beyond chance from which a key says something of a column: a key that stands m times leaves about 1 / m."""

RICH = 0.5
"""Chance of two equal rows up to which a column can show that two rows carry different versions."""

RECURS = 0.7
"""Share of the agreement that m versions leave (1 / m) which rows of one key must show: cell noise takes some."""

TWINNED = 0.5
"""Share of rows of multiplied keys that must have a twin; an extract in rows parts some of them."""

ALIKE = 0.8
"""Share of rows of multiplied keys that must be multiplied alike: the key says how often, chance does not."""

LEAST_MULTIPLIED = 3
"""Keys that must stand several times."""

PROBES = 2
"""Columns tried for telling one collected row from another."""

MIXED = 0.8
"""Agreement of copies beyond chance from which a column was collected, cell noise of 5 % in both rows aside."""

DIFFERING = 0.1
"""Share of multiplied keys whose versions differ in a column of the join."""

SPECIFIC = 0.95
"""Distinct values per collected row from which a column tells collected rows apart."""


@dataclass(frozen=True)
class Fan:
    """One join that multiplied rows.

    Attributes:
        key: Its key.
        columns: Columns that change together among the copies of a row.
        agreement: How far rows of one key carry one of few versions: 1 where the versions explain all.
        fan_out: Rows after the join per row before it.
        multiplied: Share of rows that stand beside a copy.
        versions: How often a key stood in the joined table, with the number of such keys.
    """

    key: Key
    columns: tuple[str, ...]
    agreement: float
    fan_out: float
    multiplied: float
    versions: tuple[tuple[int, int], ...]


def find_fans(facts: Facts, cells: Cells, keys: Sequence[tuple[Key, Pairs]], free: Sequence[str]) -> Iterator[Fan]:
    """Find blocks whose key stood several times in the joined table.

    Such a key no longer determines its columns, but its rows carry few versions of the whole
    block, each again and again, and every collected row stands once beside each version. So a key is looked for
    that says a column in part; then rows that are twins (equal in the key and in a column that tells
    collected rows apart) are laid side by side: what differs there is the block, what is equal was collected.
    It is a fan-out where most rows of the multiplied keys have twins and where rows of one key
    that are no twins meet the same versions. Habits of a visitor and prices that
    changed have versions but no twins; lines of an order have twins but no versions that recur.

    Args:
        facts: Facts with the sample.
        cells: The different rows.
        keys: Candidate keys, coarsest first, with their pairs.
        free: Columns that may be part of a block.

    Yields:
        Fans with no column in common.
    """
    taken: set[str] = set()
    twins: dict[str, _Twins] = {}
    for key, pairs in keys:
        if key.moment or set(key.columns) & taken:
            continue
        names = [name for name in free if name not in taken and name not in key.columns]
        anchor = _anchor(cells, pairs, names)
        if anchor is None or (facts.sampled < facts.rows and not _accompanied(cells, pairs, anchor, names)):
            continue
        fan = _fan(facts, key, anchor, names, twins)
        if fan is not None:
            taken |= set(fan.columns)
            yield fan


def _anchor(cells: Cells, pairs: Pairs, names: Sequence[str]) -> str | None:
    """Return the column of most values among those that the key says in part."""
    found = []
    for name in names:
        codes = cells.codes[name]
        chance = chance_of_equal(codes[pairs.key >= 0])
        if chance <= RICH and PARTLY <= pairs.agreement(codes) < 1:
            found.append((chance, name))
    return min(found)[1] if found else None


def _accompanied(cells: Cells, pairs: Pairs, anchor: str, names: Sequence[str]) -> bool:
    """Whether another column changes with this one within a key, so that it pays to draw twins from a long table."""
    same = pairs.equal(cells.codes[anchor])
    if min(same.sum(), (~same).sum()) < LEAST_TELLING:
        return False
    within, across = pairs.where(same), pairs.where(~same)
    others = (cells.codes[name] for name in names if name != anchor)
    return any(within.agreement(codes) >= MIXED > across.agreement(codes) + DIFFERING for codes in others)


def _fan(facts: Facts, key: Key, anchor: str, names: Sequence[str], held: dict[str, _Twins]) -> Fan | None:
    best: tuple[_Twins, list[str]] | None = None
    for probe in _probes(facts, key, anchor):
        if probe not in held:
            held[probe] = _Twins.of(facts, probe)
        columns = held[probe].differing(key.columns, anchor, names)
        if columns and (best is None or len(columns) < len(best[1])):
            best = held[probe], columns
    return None if best is None else _judged(facts, key, anchor, *best)


def _probes(facts: Facts, key: Key, anchor: str) -> list[str]:
    """Return columns that may tell collected rows apart: many values, but not another one on every row."""
    columns = [
        column
        for column in facts.columns.values()
        if column.name not in (*key.columns, anchor) and column.filled == column.rows and column.distinct < column.rows
    ]
    return [column.name for column in sorted(columns, key=lambda column: -column.distinct)[:PROBES]]


@dataclass(frozen=True)
class _Twins:
    """Rows drawn so that rows with one value of a column are in or out together.

    Attributes:
        probe: That column.
        codes: Code of the value per column and row.
        facts: Facts of the table.
    """

    probe: str
    codes: Mapping[str, Codes]
    facts: Facts

    @classmethod
    def of(cls, facts: Facts, probe: str) -> _Twins:
        if facts.sampled == facts.rows:
            return cls(probe, facts.arrays.identity, facts)
        drawn = facts.table.sample(facts.options.sample_rows, facts.options.seed, probe).drop(ROW)
        return cls(probe, to_arrays(drawn, facts.table.fields).identity, facts)

    def differing(self, key: Sequence[str], anchor: str, names: Sequence[str]) -> list[str]:
        """Return the columns in which rows of one key and one collected row differ.

        They agree no more than half beyond chance; or less than .8 where they differ in most pairs of some
        keys with three pairs or more, since versions of few keys may be equal in a column of few values.
        """
        own = joint(*(self.codes[name] for name in key))
        pairs = Pairs.of(joint(self.codes[self.probe], own), self.facts.options.seed)
        pairs = pairs.where(~pairs.equal(self.codes[anchor]))
        if pairs.first.size < LEAST_TELLING:
            return []
        keys = np.unique(own[pairs.first], return_inverse=True)[1]
        size = np.bincount(keys)
        found = [anchor]
        for name in names:
            chance = chance_of_equal(self.codes[name])
            if name in (anchor, self.probe) or not chance < 1:
                continue
            equal = pairs.equal(self.codes[name])
            agreed = agreement(float(equal.mean()), 1.0, chance)
            differ = (np.bincount(keys, weights=~equal) / size)[size >= 3] >= HALF
            if agreed < HALF or (agreed < MIXED and differ.size and differ.mean() >= DIFFERING):
                found.append(name)
        return found

    def groups(self, columns: Sequence[str]) -> _Groups:
        """Group rows by everything but some columns and what is different on every row."""
        several = [c.name for c in self.facts.columns.values() if c.distinct < c.rows and c.name not in columns]
        return _Groups(_hashed(self.codes, several), _hashed(self.codes, columns) if columns else None, several)


@dataclass(frozen=True)
class _Groups:
    """Collected rows, each with the rows that came of it.

    Attributes:
        code: Code of the collected row per row.
        version: Code of the joined part per row; None where nothing differs.
        names: The columns collected.
    """

    code: Codes
    version: Codes | None
    names: Sequence[str]

    @cached_property
    def copies(self) -> Codes:
        """Return how many rows came of the same collected row, per row."""
        size: Codes = np.bincount(self.code)[self.code]
        return size

    @cached_property
    def different(self) -> Codes:
        """Return how many of them are different, per row."""
        if self.version is None:
            return self.copies
        held = np.unique(joint(self.code, self.version), return_index=True)[1]
        count: Codes = np.bincount(self.code[held], minlength=int(self.code.max(initial=0)) + 1)
        return count[self.code]


def _hashed(codes: Mapping[str, Codes], names: Sequence[str]) -> Codes:
    rng = np.random.default_rng(0)
    digest = np.zeros(next(iter(codes.values())).size, dtype=np.int64)
    for name in names:
        digest += (codes[name] + 1) * int(rng.integers(1, 2**62) | 1)
    return np.unique(digest, return_inverse=True)[1]


def _judged(facts: Facts, key: Key, anchor: str, twins: _Twins, columns: Sequence[str]) -> Fan | None:
    groups = twins.groups(columns)
    codes = joint(*(twins.codes[name] - 1 for name in key.columns))
    doubled = groups.different >= 2
    several = _of_keys(codes, doubled)
    if int((several > 0).sum()) < LEAST_MULTIPLIED:
        return None
    inside = (codes >= 0) & (several[codes] > 0)
    if doubled[inside].mean() < TWINNED:
        return None
    recurs = _recurrence(Pairs.of(np.where(inside, codes, -1), facts.options.seed), groups, twins.codes[anchor])
    if recurs < RECURS:
        return None
    counted = _counted(facts, groups)
    return Fan(
        key=key,
        columns=tuple(columns),
        agreement=min(1.0, recurs),
        fan_out=counted.size / float((1 / counted).sum()),
        multiplied=float((counted >= 2).mean()),
        versions=_versions(codes, counted),
    )


def _of_keys(codes: Codes, marks: Mask) -> Floats:
    """Return the marked rows per key."""
    known = codes >= 0
    counts: Floats = np.bincount(codes[known], weights=marks[known]).astype(np.float64)
    return counts


def _recurrence(pairs: Pairs, groups: _Groups, anchor: Codes) -> float:
    """Return how often rows of one key that are no twins carry the same version, by what its versions would leave.

    Nothing where such rows are not multiplied alike.
    """
    apart = pairs.where(~pairs.equal(groups.code))
    if apart.first.size < LEAST_TELLING or apart.keys < LEAST_MULTIPLIED:
        return 0.0
    if apart.equal(groups.different).mean() < ALIKE:
        return 0.0
    expected = 1 / np.maximum(groups.different[apart.first], groups.different[apart.second])
    return float(apart.equal(anchor).sum() / expected.sum())


def _counted(facts: Facts, groups: _Groups) -> Codes:
    """Return rows per collected row, per row.

    Where a column tells collected rows apart, copies that are equal by chance came of the join too; elsewhere
    they may be rows that were alike before it, and only different ones count.
    """
    collected = int(groups.code.max(initial=0)) + 1
    finest = max(facts.columns[name].distinct for name in groups.names) * groups.code.size / max(facts.rows, 1)
    return groups.copies if finest >= SPECIFIC * collected else groups.different


def _versions(codes: Codes, counted: Codes) -> tuple[tuple[int, int], ...]:
    known = codes >= 0
    size = np.bincount(codes[known])
    mean = np.bincount(codes[known], weights=counted[known])[size > 0] / size[size > 0]
    times, keys = np.unique(np.round(mean).astype(np.int64), return_counts=True)
    return tuple((int(time), int(number)) for time, number in zip(times, keys, strict=True))
