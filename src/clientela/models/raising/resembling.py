"""Are synthetic rows like real ones, and do they give away the rows they were made from?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.spatial import KDTree

from clientela.domain.estimate import Estimate
from clientela.models.learners import Effort, fit_trees
from clientela.models.raising.result import Fidelity, Privacy
from clientela.models.raising.ways import Raised, draw
from clientela.models.recipe import Recipe, fit_recipe
from clientela.models.values import FloatArray, IntArray
from clientela.statistics.intervals import bootstrap, wilson
from clientela.statistics.scores import Ranking

_Tree: Any = KDTree
LEAST_ROWS = 40
"""Rows of the class that are parted into two halves at least."""
MOST_ROWS = 2_000
"""Rows of each kind that are held against each other."""
BINS = 10
RESAMPLES = 200
EVEN = 0.5
QUICK = Effort(stage=0.5, bags=1)


@dataclass(frozen=True)
class Halves:
    """Real rows of one class in two halves, and synthetic rows made from the first.

    Attributes:
        made: Synthetic rows.
        first: Real rows they were made from.
        second: Real rows of other visitors.
        columns: Columns compared.
        clock: Column with the time of the row, where it is among them.
        seed: Seed.
    """

    made: pl.DataFrame
    first: pl.DataFrame
    second: pl.DataFrame
    columns: tuple[str, ...]
    clock: str | None
    seed: int


def halves(
    raised: Raised, rows: tuple[pl.DataFrame, IntArray, IntArray], code: int, clock: str | None
) -> Halves | None:
    """Part the rows of a class by visitor and make synthetic rows from one half.

    Args:
        raised: What every way needs to know.
        rows: All rows, their classes, and the visitor of each.
        code: The class.
        clock: Column with the time of the row, where it is among the columns.

    Returns:
        The rows; None where the class has too few.
    """
    frame, codes, groups = rows
    rng = np.random.default_rng(raised.seed)
    # the visitors of the class are dealt out in turn, those with most rows first, so that both halves are alike
    counts = np.bincount(groups, weights=codes == code)
    order = np.lexsort((rng.random(len(counts)), -counts))
    half_of = np.empty(len(counts), dtype=np.int64)
    half_of[order] = np.arange(len(counts)) % 2
    side = half_of[groups]
    members = [np.flatnonzero((codes == code) & (side == half)) for half in (0, 1)]
    size = min(len(members[0]), len(members[1]), MOST_ROWS)
    if 2 * size < LEAST_ROWS:
        return None
    first, second = (np.sort(rng.permutation(of)[:size]) for of in members)
    known = np.flatnonzero(side == 0)
    known = known[(codes[known] != code) | np.isin(known, first)]
    made = draw(raised, frame[known], codes[known], code, size)
    chosen = list(raised.columns)
    return Halves(made, frame[first].select(chosen), frame[second].select(chosen), raised.columns, clock, raised.seed)


def fidelity(found: Halves) -> Fidelity:
    """Hold synthetic rows against real rows of other visitors, next to real rows against them."""
    recipe = fit_recipe(pl.concat([found.first, found.second]), found.columns, found.clock)
    made, first, second = (recipe.trees(frame) for frame in (found.made, found.first, found.second))
    apart, by_chance = _margins(made, second), _margins(first, second)
    worst = recipe.columns[recipe.tree_sources[int(np.argmax(apart - by_chance))]]
    lines = [recipe.lines(frame) for frame in (found.made, found.first, found.second)]
    pairs, pairs_real = _pairs(lines[0], lines[2]), _pairs(lines[1], lines[2])
    told = _discriminator(recipe, made, second, found.seed)
    return Fidelity(float(apart.mean()), float(by_chance.mean()), worst, pairs, pairs_real, told)


def privacy(found: Halves) -> Privacy:
    """Tell whether synthetic rows lie nearer to the rows they were made from than to rows of other visitors.

    Distances are between standardised columns. Both halves have as many rows, so that neither is
    nearer by their number (distance to closest record, Platzer and Reutterer 2021; membership by nearness, as in
    Chen and others 2020).
    """
    recipe = fit_recipe(pl.concat([found.first, found.second]), found.columns, found.clock)
    made, first, second = (recipe.lines(frame) for frame in (found.made, found.first, found.second))
    to_first, to_second = _Tree(first).query(made)[0], _Tree(second).query(made)[0]
    nearer = float(np.mean(to_first < to_second) + np.mean(to_first == to_second) / 2)
    near = wilson(nearer * len(made), len(made))
    ratio = float(np.median(to_first) / max(float(np.median(to_second)), 1e-12))
    tree = _Tree(made)
    nearness = -np.concatenate([tree.query(first)[0], tree.query(second)[0]])
    inside = np.repeat([True, False], [len(first), len(second)])
    membership = _area(inside, nearness, found.seed)
    return Privacy(
        rows=len(made),
        nearer=near,
        ratio=ratio,
        membership=membership,
        copies=_copies(found.made, found.first),
        chance_copies=_copies(found.made, found.second),
        safe=not (near.low > EVEN or membership.low > EVEN),
    )


def _margins(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the total variation distance of every column, numbers in ten bins, missing cells a bin of their own."""
    found = []
    for ours, theirs in zip(one.T, other.T, strict=True):
        known = theirs[np.isfinite(theirs)]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.zeros(0)
        shares = [
            np.bincount(np.where(np.isfinite(cells), np.searchsorted(edges, cells, side="left"), len(edges) + 1))
            for cells in (ours, theirs)
        ]
        width = max(len(share) for share in shares)
        padded = [np.pad(share, (0, width - len(share))) / max(1, share.sum()) for share in shares]
        found.append(float(np.abs(padded[0] - padded[1]).sum()) / 2)
    return np.array(found, dtype=np.float64)


def _pairs(one: FloatArray, other: FloatArray) -> float:
    """Return the mean absolute difference of the correlations of two columns that vary in both."""
    vary = (one.std(axis=0) > 0) & (other.std(axis=0) > 0)
    if np.count_nonzero(vary) < 2:
        return 0.0
    apart = np.abs(np.corrcoef(one[:, vary].T) - np.corrcoef(other[:, vary].T))
    return float(apart[np.triu_indices(len(apart), 1)].mean())


def _discriminator(recipe: Recipe, made: FloatArray, real: FloatArray, seed: int) -> Estimate:
    """Return the AUC at which trees learned on half of the rows tell the other half's synthetic from real."""
    matrix = np.concatenate([made, real])
    truth = np.repeat([True, False], [len(made), len(real)])
    side = np.random.default_rng(seed).permutation(len(truth)) % 2
    odds = np.empty(len(truth))
    for half in (0, 1):
        trees = fit_trees(recipe, matrix[side != half], truth[side != half], seed, QUICK)
        odds[side == half] = trees.log_odds(matrix[side == half])
    return _area(truth, odds, seed)


def _area(truth: np.ndarray, scores: FloatArray, seed: int) -> Estimate:
    return bootstrap(Ranking(truth, scores).auc, np.arange(len(truth)), RESAMPLES, seed)


def _copies(made: pl.DataFrame, real: pl.DataFrame) -> int:
    return made.join(real.unique(), on=made.columns, how="semi", nulls_equal=True).height
