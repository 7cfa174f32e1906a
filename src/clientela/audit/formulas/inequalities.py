"""Pairs of numbers of which one is never above the other, but for a few rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.statistics.outliers import beyond, outlying

Floats = NDArray[np.float64]

SCREENED = 2000
LEAST_ROWS = 200
MOST_WRONG = 0.02
"""Share of rows up to which a pair out of order is an error; beyond it no order was meant."""

ASKED = 10
"""How many times as many rows must be out of order where the pair is parted: else the two merely lie apart."""

SMOOTH = 1 / 3
"""Rows out of order against those a smooth density would leave there, below which an order cuts it off."""


@dataclass(frozen=True)
class Inequality:
    """A column that is at most another one on nearly all rows.

    Attributes:
        part: The smaller column.
        whole: The larger column.
        wrong: Sampled rows on which the part is above the whole.
        rows: Sampled rows compared.
        by_chance: Share of rows out of order if the two columns were parted.
    """

    part: str
    whole: str
    wrong: int
    rows: int
    by_chance: float


def find_inequalities(numbers: Mapping[str, Floats], error: float, seed: int) -> tuple[Inequality, ...]:
    """Find pairs a <= b that hold on nearly all rows and are broken on some, whatever the columns are called.

    Zeros are left aside: nothing is below everything. Asked for: at most 2 % of the rows are out of order, and more
    where the rows of one column are shuffled than by accident (so the rows keep the order, not the two scales;
    Poisson counts, compared given their sum); and the rows out of order are no tail of the others. Either the
    differences break off at zero: ten times as many are out of order where rows are shuffled, and there are less
    than a third of the rows that a density that goes on falling as it does before zero would leave behind it (as in
    McCrary 2008; Poisson, Bonferroni over the pairs looked at). Or a quarter of the rows out of order are outliers
    among the differences (`statistics.outliers`).

    Args:
        numbers: One array of the same length per column, NaN where missing.
        error: Chance that any pair is told where there is no order.
        seed: Seed of the shuffling and of the rows that are screened.

    Returns:
        One inequality per smaller column, the one with the nearest larger column.

    >>> rng = np.random.default_rng(0)
    >>> whole = rng.poisson(14, 2000) + 2.0
    >>> part = rng.binomial(whole.astype(int), 0.6).astype(float)
    >>> part[:9] = whole[:9] + 4
    >>> [(found.part, found.whole, found.wrong) for found in find_inequalities({"a": part, "b": whole}, 1e-3, 0)]
    [('a', 'b', 9)]
    """
    table = {name: np.where(cells == 0, np.nan, cells) for name, cells in numbers.items()}
    rng = np.random.default_rng(seed)
    screened = list(_screened(table, rng))
    found: dict[str, tuple[float, Inequality]] = {}
    for part, whole, parted, compared in screened:
        difference = table[whole] - table[part]
        difference = difference[np.isfinite(difference)]
        wrong = int((difference < 0).sum())
        if not 0 < wrong <= MOST_WRONG * difference.size or difference.size < LEAST_ROWS:
            continue
        share = difference.size / (difference.size + compared)
        if special.bdtr(wrong, wrong + parted, share) >= error / len(screened):
            continue
        chance = parted / compared
        kept = wrong <= chance / ASKED * difference.size and _cut_off(difference, error / len(screened))
        if kept or _apart(difference, rng):
            near = float(np.median(difference))
            if part not in found or near < found[part][0]:
                found[part] = (near, Inequality(part, whole, wrong, int(difference.size), chance))
    return tuple(item for _, item in found.values())


def _screened(table: Mapping[str, Floats], rng: np.random.Generator) -> Iterator[tuple[str, str, int, int]]:
    """Yield smaller and larger column of pairs mostly in order, rows out of order once shuffled, rows shuffled."""
    names = list(table)
    if len(names) < 2:
        return
    cells = np.stack([table[name] for name in names], axis=1)
    cells = cells[rng.permutation(cells.shape[0])[:SCREENED]]
    shuffled = rng.permuted(cells, axis=0)
    for i, part in enumerate(names):
        own = cells[:, i : i + 1]
        above, below = (own > cells).sum(axis=0), (own <= cells).sum(axis=0)
        parted, kept = (own > shuffled).sum(axis=0), (own <= shuffled).sum(axis=0)
        # Twice as many may be wrong in a few rows as in all.
        mostly = (above <= 2 * MOST_WRONG * (above + below)) & (below > 0)
        for j in np.flatnonzero(mostly & (parted > 0)):
            if i != j:
                yield part, names[int(j)], int(parted[j]), int(parted[j] + kept[j])


def _cut_off(difference: Floats, error: float) -> bool:
    """Whether differences break off at zero, against a density that falls on as it does before it."""
    deep = -difference[difference < 0]
    width = float(np.median(deep))
    just_wrong = int((deep <= width).sum())
    just_right = int(((difference > 0) & (difference <= width)).sum())
    further = int(((difference > width) & (difference <= 2 * width)).sum())
    expected = just_right * min(1.0, just_right / max(further, 1))
    return float(special.pdtr(just_wrong, SMOOTH * expected)) < error


def _apart(difference: Floats, rng: np.random.Generator) -> bool:
    """Whether most rows out of order are far below all other differences; whole numbers are spread over their step."""
    spread = difference
    if bool((difference == np.rint(difference)).all()):
        spread = difference + rng.uniform(-0.5, 0.5, difference.size)
    flags = outlying(spread) | beyond(spread)
    return bool(flags[difference < 0].mean() > 0.25)
