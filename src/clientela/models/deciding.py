"""How deep to act: chosen by what rows that the model has not seen brought, told on rows it was not chosen on.

Where expectations are right, acting on what is expected to bring its cost cannot be beaten, and the best of many depths
is that one and luck. They may be off, at their top most of all: then another depth left more, beyond chance, and is
taken. What was chosen flatters itself on the rows it was chosen on: a fifth of the units is told by what the other four
chose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientela.models.values import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

DEEP = np.array([*(step / 100 for step in range(1, 20)), *(step / 20 for step in range(4, 21))])
"""Shares of rows that are looked at; to act on nobody is one more."""
SURE = 1.6448536269514722
"""Standard errors by which a depth has to leave more than what is expected to: one-sided, level 95 %."""
PARTS = 5
"""Parts of the units that are told by what the others chose."""


@dataclass(frozen=True)
class Decided:
    """Whom to act on.

    Attributes:
        least: Score from which acting pays; infinite where no depth pays.
        taken: Rows from there on.
        told: Rows acted on by what the other parts of the units chose: their profit is not flattered.
    """

    least: float
    taken: BoolArray
    told: BoolArray


@dataclass(frozen=True)
class Offered:
    """Rows that could be acted on.

    Attributes:
        score: What rows are ranked by, from models that have not seen them.
        left: What acting on each row brings less what it costs, in money.
        units: Independent unit of every row, counted from 0.
    """

    score: FloatArray
    left: FloatArray
    units: IntArray

    def of(self, rows: BoolArray) -> Offered:
        """Return the same for some of the rows."""
        return Offered(self.score[rows], self.left[rows], self.units[rows])


def decide(offered: Offered, cut: float, seed: int) -> Decided:
    """Choose how deep to act on rows, the highest score first.

    Args:
        offered: The rows.
        cut: Score from which a row is expected to bring its cost.
        seed: Seed of the parts.

    Returns:
        The choice of all rows, and that which its profit is told by.

    >>> visits = np.arange(100.0)
    >>> rows = Offered(visits, np.where(visits < 90, -1.0, 1.0), np.arange(100))
    >>> decide(rows, 20.0, 0).least, decide(rows, 89.0, 0).least
    (90.0, 89.0)
    """
    parts = np.random.default_rng(seed).permutation(int(offered.units.max()) + 1)[offered.units] % PARTS
    told = np.zeros(len(parts), dtype=np.bool_)
    for part in range(PARTS):
        inside = parts == part
        told[inside] = offered.score[inside] >= _least(offered.of(~inside), cut)
    least = _least(offered, cut)
    return Decided(least, offered.score >= least, told)


def in_order(units: IntArray) -> IntArray:
    """Return units counted from 0 as they first come, so that the same rows are parted and drawn the same everywhere.

    >>> in_order(np.array([7, 3, 7, 5])).tolist()
    [0, 1, 0, 2]
    """
    _, first, codes = np.unique(units, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[codes.reshape(-1)], dtype=np.int64)


def _least(offered: Offered, cut: float) -> float:
    """Return the score from which to act: the cut, or where another depth left more beyond chance, that of the best.

    Rows of one score go together.
    """
    score, left = offered.score, offered.left
    if len(score) == 0:
        return cut
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    wanted = np.ceil(DEEP * len(score) - 1e-9).astype(np.int64) - 1
    places = ends[np.searchsorted(ends, wanted)]
    sums = np.cumsum(left[order])[places]
    best = int(sums.argmax())
    least = float(ranked[places[best]]) if sums[best] > 0 else math.inf
    # only rows between the two make a difference
    more = np.where(score >= least, left, 0.0) - np.where(score >= cut, left, 0.0)
    by_unit = np.bincount(offered.units, weights=more)
    return least if by_unit.sum() > SURE * math.sqrt(float((by_unit**2).sum())) else cut
