"""What a key determines on the sample: agreement of rows with one key, beyond chance, cell noise allowed for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clientela.audit.facts import Facts
from clientela.statistics.dependency import agreement, chance_of_equal, deviations, neighbours

Codes = NDArray[np.int64]
Places = NDArray[np.intp]
Mask = NDArray[np.bool_]

DETERMINED = 0.9
"""Agreement beyond chance from which a key is said to determine a column: cell noise of 5 % leaves (1 - .05)^2."""

NOISE = 0.05
"""Share of rows that may deviate from their key's commonest value by cell noise."""

FEW = 0.3
"""Chance of two equal rows from which a column has few values, so that agreement beyond chance exaggerates noise."""

HALF = 0.5
"""Agreement beyond chance that a column of few values needs where noise is what it lacks."""

HEAPED = 3.0
"""Index of dispersion (1 for even spread) from which deviations heap on some keys: versions or habits, not noise."""

LEAST_PAIRS = 100
LEAST_KEYS = 8
GLANCE = 2000
"""Pairs looked at first: the share that agrees has a standard error of at most 1.1 points."""

LEAST_TELLING = 20
"""Pairs of rows that are not both the commonest value, below which agreement says nothing."""


@dataclass(frozen=True)
class Cells:
    """The sample's different rows: rows equal in everything count once, so that copies determine nothing.

    Attributes:
        rows: Their places in the sample.
        codes: Code of the value per column; 0 where there is no cell.
        seed: Seed of every random step.
        chances: Chance of two equal rows per column, as far as asked for.
    """

    rows: Places
    codes: Mapping[str, Codes]
    seed: int
    chances: dict[str, float] = field(default_factory=dict)

    def chance(self, name: str) -> float:
        """Return the chance that two rows agree in a column."""
        if name not in self.chances:
            self.chances[name] = chance_of_equal(self.codes[name])
        return self.chances[name]

    @classmethod
    def of(cls, facts: Facts, left: Sequence[str] = ()) -> Cells:
        """Take one sampled row of each kind, by a hash of all its cells but those of some columns."""
        rng = np.random.default_rng(facts.options.seed)
        digest = np.zeros(facts.sampled, dtype=np.int64)
        for name, codes in facts.arrays.identity.items():
            if name not in left:
                digest += codes * int(rng.integers(1, 2**62) | 1)
        rows = np.sort(np.unique(digest, return_index=True)[1])
        kept = {name: codes[rows] for name, codes in facts.arrays.identity.items()}
        return cls(rows, kept, facts.options.seed)


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows of one key.

    Attributes:
        key: Code of the key per row of the cells, -1 unknown.
        first: Row of the cells.
        second: Another row with the same key.
        keys: Keys among the pairs.
    """

    key: Codes
    first: Places
    second: Places
    keys: int

    @classmethod
    def of(cls, key: Codes, seed: int) -> Pairs:
        """Pair the rows of a key at random."""
        first, second = neighbours(key, seed)
        return cls(key, first, second, int(np.unique(key[first]).size))

    @property
    def enough(self) -> bool:
        """Whether enough keys repeat to say anything."""
        return self.keys >= LEAST_KEYS and self.first.size >= LEAST_PAIRS

    def equal(self, codes: Codes) -> Mask:
        """Mark the pairs that agree in a column."""
        same: Mask = codes[self.first] == codes[self.second]
        return same

    @cached_property
    def _few(self) -> tuple[Places, Places]:
        """Some of the pairs, at random."""
        if self.first.size <= GLANCE:
            mixed = np.random.default_rng(0).permutation(self.first.size)
            return self.first[mixed], self.second[mixed]
        chosen = np.random.default_rng(0).choice(self.first.size, GLANCE, replace=False)
        return self.first[chosen], self.second[chosen]

    def share(self, codes: Codes, most: int = GLANCE) -> float:
        """Return the share of at most so many of the pairs that agrees in a column."""
        first, second = (part[:most] for part in self._few)
        return float((codes[first] == codes[second]).mean()) if first.size else 0.0

    def glance(self, cells: Cells, name: str) -> float:
        """Return the agreement beyond chance of some of the pairs in a column."""
        chance = cells.chance(name)
        return (self.share(cells.codes[name]) - chance) / (1 - chance) if chance < 1 else 0.0

    def where(self, kept: Mask) -> Pairs:
        """Return some of the pairs."""
        first = self.first[kept]
        return Pairs(self.key, first, self.second[kept], int(np.unique(self.key[first]).size))

    def agreement(self, codes: Codes) -> float:
        """Return the agreement beyond chance in a column, 0 where too little can be told."""
        if not self.first.size:
            return 0.0
        chance = chance_of_equal(codes[self.key >= 0])
        usual = int(np.bincount(codes).argmax())
        telling = int(((codes[self.first] != usual) | (codes[self.second] != usual)).sum())
        if telling < LEAST_TELLING or not chance < 1:
            return 0.0
        return agreement(float(self.equal(codes).mean()), 1.0, chance)


def determined(cells: Cells, pairs: Pairs, names: Iterable[str]) -> dict[str, float]:
    """Return the columns that a key determines, with their agreement beyond chance.

    A key determines a column where rows of one key agree by .9 beyond chance, as they do under
    cell noise of up to 5 %. In a column of few values noise costs more on that
    scale: there half is enough where at most 5 % of rows deviate from their key's commonest value and
    do so here and there, not heaped on some keys.

    Args:
        cells: The different rows.
        pairs: Pairs of rows of the key.
        names: Columns to look at.
    """
    found: dict[str, float] = {}
    if not pairs.enough:
        return found
    for name in names:
        codes = cells.codes[name]
        if pairs.share(codes, GLANCE // 10) < 1 - 6 * NOISE or pairs.share(codes) < 1 - 4 * NOISE:
            continue
        if pairs.equal(codes).mean() < 1 - 3 * NOISE:
            continue
        agreed = pairs.agreement(codes)
        if agreed >= DETERMINED or (agreed >= HALF and _noisy(pairs.key, codes)):
            found[name] = agreed
    return found


def _noisy(key: Codes, codes: Codes) -> bool:
    if chance_of_equal(codes[key >= 0]) < FEW:
        return False
    share, heaped = deviations(key, codes)
    return share <= NOISE and heaped <= HEAPED


def follows(pairs: Pairs, codes: Codes) -> bool:
    """Tell whether another key follows from a key, few cells aside."""
    return pairs.enough and float(pairs.equal(codes).mean()) >= 1 - NOISE


def holds_across(broad: Pairs, fine: Codes, codes: Codes) -> bool:
    """Tell whether a broader key says a column also for rows whose finer key differs.

    A broader key that is nearly one to one with a finer one says nothing of its own.

    Args:
        broad: Pairs of rows of the broader key.
        fine: Codes of the finer key.
        codes: The column.
    """
    across = broad.where(~broad.equal(fine))
    return across.first.size >= LEAST_TELLING and across.agreement(codes) >= DETERMINED**2
