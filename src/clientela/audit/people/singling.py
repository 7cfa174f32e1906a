"""Columns that together single visitors out: how small the groups of equal rows are (k-anonymity, Sweeney 2002)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.audit.facts import Facts
from clientela.audit.lexicon import mentions
from clientela.audit.people.words import QUASI
from clientela.domain.column import Role, Storage
from clientela.domain.roles import Roles

Codes = NDArray[np.int64]

MOST_COLUMNS = 12
MOST_CHOSEN = 5
SMALL = 5
"""Groups under this many are too small to publish (a common rule of statistical offices)."""

ENOUGH = 0.9
"""Share of what all candidates together single out from which no column is added."""

MOST_ROWS = 1_000_000
"""Rows up to which small groups are counted on the whole table."""


@dataclass(frozen=True)
class Singled:
    """How far some columns together single out.

    Attributes:
        columns: The columns, the most telling one first.
        steps: Share singled out by the first one, two, ... of them, on the sample.
        units: Visitors, or rows where no visitor is known.
        alone: Units whose combination no other has.
        small: Units in groups under five; None where it was not counted.
        everything: Share singled out by all candidates together, on the sample.
        candidates: Columns that were tried.
    """

    columns: tuple[str, ...]
    steps: tuple[float, ...]
    units: int
    alone: int
    small: int | None
    everything: float
    candidates: tuple[str, ...]


def candidates(facts: Facts, roles: Roles, left: Sequence[str]) -> tuple[str, ...]:
    """Return the columns by which somebody who knows a visitor could find them, by their names.

    Args:
        facts: Facts with the sample.
        roles: Proposed roles: label, revenue and identifiers are no such columns.
        left: Columns that are personal by themselves.
    """
    usual = (Role.FEATURE, Role.IGNORED)
    found = [facts.columns[c.name] for c in roles.columns if c.role in usual and c.name not in left]
    found = [c for c in found if 2 <= c.distinct <= 0.5 * c.filled and c.storage is not Storage.OTHER]
    return tuple(c.name for c in found if mentions(c.name, QUASI))[:MOST_COLUMNS]


def single_out(facts: Facts, roles: Roles, left: Sequence[str]) -> Singled | None:
    """Find the fewest columns that single most visitors out, one by one the most telling next (greedy).

    Bound on the work: 12 columns, at most five chosen, on the sample; only the chosen set is counted on
    the whole table.

    Args:
        facts: Facts with the sample.
        roles: Proposed roles.
        left: Columns that are personal by themselves.

    Returns:
        The set; None where there are fewer than two candidates.
    """
    names = candidates(facts, roles, left)
    if len(names) < 2:
        return None
    taken = _units(facts, roles)
    codes = {name: facts.arrays.identity[name][taken] for name in names}
    everything = _alone(_combined([codes[name] for name in names]))
    chosen: list[str] = []
    steps: list[float] = []
    group = np.zeros(taken.size, dtype=np.int64)
    while len(chosen) < min(MOST_CHOSEN, len(names)) and (not steps or steps[-1] < ENOUGH * everything):
        tried = {name: _combined([group, codes[name]]) for name in names if name not in chosen}
        # Many small groups lead to single ones later, where nothing is singled out yet.
        best = max(tried, key=lambda name: (_alone(tried[name]), int(tried[name].max())))
        chosen.append(best)
        group = tried[best]
        steps.append(_alone(group))
    units, alone, small = _counted(facts, roles, chosen)
    return Singled(tuple(chosen), tuple(steps), units, alone, small, everything, names)


def _units(facts: Facts, roles: Roles) -> NDArray[np.intp]:
    """Return the sampled rows that stand for a unit each: the first of every visitor."""
    if roles.visitor is None:
        return np.arange(facts.sampled)
    first = np.unique(facts.arrays.identity[roles.visitor], return_index=True)
    return np.sort(first[1][first[0] > 0])


def _combined(parts: Sequence[Codes]) -> Codes:
    group = parts[0]
    for part in parts[1:]:
        group = np.unique(group * (int(part.max(initial=0)) + 1) + part, return_inverse=True)[1]
    return group.astype(np.int64)


def _alone(group: Codes) -> float:
    return float((np.bincount(group) == 1).sum() / max(group.size, 1))


def _counted(facts: Facts, roles: Roles, chosen: Sequence[str]) -> tuple[int, int, int | None]:
    """Count units, those alone and those in small groups, on the whole table where it is not too long."""
    visitor = [roles.visitor] if roles.visitor is not None else []
    if facts.rows > MOST_ROWS and not visitor:
        row = facts.table.duplicates(list(chosen)).row(0, named=True)
        return facts.rows, int(row["distinct"] - row["repeated"]), None
    frame = facts.sample.select(*visitor, *chosen)
    if facts.sampled < facts.rows <= MOST_ROWS:
        frame = pl.concat(batch.select(*visitor, *chosen) for batch in facts.table.batches(columns=[*visitor, *chosen]))
    for name in visitor:
        frame = frame.drop_nulls(name).unique(name, keep="first", maintain_order=True)
    sizes = frame.group_by(list(chosen)).len().get_column("len")
    return frame.height, int((sizes == 1).sum()), int(sizes.filter(sizes < SMALL).sum())
