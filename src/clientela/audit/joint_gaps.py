"""Columns whose cells are missing together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.statistics.multiplicity import holm

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ERROR = 0.01
"""Chance, over all pairs together, that unrelated gaps are said to go together."""

LARGE = 0.5
"""Correlation of two masks from which they are one with gaps of their own: a large effect (Cohen 1988)."""

SAME = 0.95
"""Overlap (Jaccard) from which masks are the same."""

LEAST_ROWS = 5


@dataclass(frozen=True)
class Together:
    """Columns missing together.

    Attributes:
        columns: In the order given.
        share: Share of rows where all of them are missing.
        by_chance: That share, were their gaps independent.
        same: Whether they are missing on the same rows (Jaccard of .95 between all pairs).
        own: Largest share of a column's gaps that not all others have.
    """

    columns: tuple[str, ...]
    share: float
    by_chance: float
    same: bool
    own: float


def find_together(masks: Mapping[str, Mask]) -> list[Together]:
    """Group columns by their masks of missing cells, each pair of a group with a correlation of at least .5.

    Null model: gaps of different columns are independent (chi-squared with one degree, Holm over all pairs, error 1 %).

    Args:
        masks: Rows where a cell is missing, by column, all of one length.

    Returns:
        Groups of two columns or more, largest first.
    """
    used = {name: mask for name, mask in masks.items() if LEAST_ROWS <= mask.sum() <= mask.size - LEAST_ROWS}
    names = list(used)
    if len(names) < 2:
        return []
    phi, p_values = pairs(np.stack([used[name] for name in names], axis=1).astype(np.float64))
    upper = np.triu_indices(len(names), 1)
    p_values = holm(p_values[upper])
    linked = np.zeros_like(phi)
    linked[upper] = np.where((p_values < ERROR) & (phi[upper] >= LARGE), phi[upper], 0.0)
    groups = _groups(linked + linked.T)
    found = [_together(used, [names[i] for i in sorted(group)]) for group in groups]
    return sorted(found, key=lambda group: -len(group.columns))


def pairs(gaps: Floats) -> tuple[Floats, Floats]:
    """Return the correlation of every two masks (phi) and its p-value by chi-squared with one degree.

    Args:
        gaps: 1 where a cell is missing, else 0, shape (rows, columns); neither full nor empty.
    """
    n, shares = gaps.shape[0], gaps.mean(axis=0)
    spread = np.sqrt(shares * (1 - shares))
    phi: Floats = (gaps.T @ gaps / n - np.outer(shares, shares)) / np.outer(spread, spread)
    return phi, special.chdtrc(1, n * phi**2)


def _groups(linked: Floats) -> list[list[int]]:
    """Join groups, the strongest pair first, where all their pairs are linked."""
    groups = [[i] for i in range(linked.shape[0])]
    rows, columns = np.nonzero(np.triu(linked))
    for k in np.argsort(-linked[rows, columns], kind="stable"):
        one = next(group for group in groups if int(rows[k]) in group)
        other = next(group for group in groups if int(columns[k]) in group)
        if one is not other and (linked[np.ix_(one, other)] > 0).all():
            one.extend(other)
            groups.remove(other)
    return [group for group in groups if len(group) > 1]


def _together(masks: Mapping[str, Mask], names: Sequence[str]) -> Together:
    stacked = np.stack([masks[name] for name in names])
    every = stacked.all(axis=0)
    same = all(
        (stacked[i] & stacked[j]).sum() >= SAME * (stacked[i] | stacked[j]).sum()
        for i in range(len(names))
        for j in range(i)
    )
    own = 1 - float(every.sum()) / float(stacked.sum(axis=1).max())
    return Together(tuple(names), float(every.mean()), float(stacked.mean(axis=1).prod()), same, own)
