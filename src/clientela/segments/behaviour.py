"""Groups of visits that behave alike: whether there are any, how many, and the rules that tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.models.clustering import Blocks, blocks, clustered, nearest, resembling
from clientela.models.partition import Branch, Limits, grow
from clientela.segments.growing import DEPTH, Group, conditions_of
from clientela.segments.result import Condition
from clientela.segments.rules import fulfilled, simplified

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

MOST_ROWS = 2000
"""Visits that groups are looked for on: centres move little with more."""
LEAST_ROWS = 100
REFERENCES = 39
"""Tables without groups that the visits are held against: all must be less grouped, which is 1 in 40 by chance."""
STABLE = 0.75
"""Mean Jaccard similarity under resampling from which a group counts as stable (Hennig 2007)."""
REPEATS = 8
KEPT = 0.8
"""Share of visits in a resample."""


@dataclass(frozen=True)
class Alike:
    """Groups by behaviour.

    Attributes:
        groups: Groups with rules, the last for all other visits; empty where there are none.
        agreement: Share of visits whose rule names the group they are nearest to.
        stability: Mean Jaccard similarity of the groups under resampling; NaN where there are none.
        told: One sentence on what was found.
    """

    groups: tuple[Group, ...]
    agreement: float
    stability: float
    told: str


def alike(rows: pl.DataFrame, columns: Sequence[str], most: int, floor: int, seed: int) -> Alike:
    """Look for groups of visits that behave alike.

    The number of groups is that with the most stable groups under resampling among those that
    are more compact than in every one of `REFERENCES` tables without groups (a permutation
    test of the largest standardised gap, level 1 in 40).

    Args:
        rows: Visits.
        columns: Columns known live that say what visitors do.
        most: Most groups.
        floor: Fewest visits of a group.
        seed: Seed.

    Returns:
        The groups, or none and why.
    """
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(rows.height)[:MOST_ROWS])
    made = blocks(rows[some], columns, seed)
    if len(made.names) < 2 or len(some) < LEAST_ROWS:
        return Alike((), float("nan"), float("nan"), "There are too few visits or columns to look for behaviour.")
    counts = [count for count in range(2, most + 1) if count * floor <= rows.height]
    allowed = compact(made, counts, seed)
    if not allowed:
        return Alike((), float("nan"), float("nan"), "Visits form one cloud: no groups of like behaviour.")
    stable = {count: stability(made.matrix, count, seed) for count in allowed}
    count = max(stable, key=lambda item: (round(stable[item], 2), item))
    codes, _, _ = clustered(made.matrix, count, seed)
    rules = _rules(rows[some], made, codes, floor * len(some) // rows.height, seed)
    sizes = [int(group.inside.sum()) for group in _assigned(rows, rules)]
    if min(sizes) < floor:
        # what is left too small without its own visits is not told apart: it goes with all other visits
        rules = [rule for rule, size in zip(rules[:-1], sizes[:-1], strict=True) if size >= floor] + rules[-1:]
    groups, said = _assigned(rows, rules), _assigned(rows[some], rules)
    named = sum(int((codes[said[place].inside] == code).sum()) for place, (code, _) in enumerate(rules))
    agreement = named / len(some)
    told = f"{count} groups of like behaviour; a visit's rule names its group in {agreement:.0%} of visits."
    return Alike(groups, agreement, stable[count], told)


def compact(made: Blocks, counts: Sequence[int], seed: int) -> tuple[int, ...]:
    """Return the numbers of groups with which visits are more compact than all tables without groups.

    Args:
        made: The columns.
        counts: Numbers of groups to try.
        seed: Seed.

    Returns:
        Some of `counts`; empty where the largest gap is not above that of every reference.
    """
    matrices = [made.matrix, *(resembling(made, seed + 1 + place) for place in range(REFERENCES))]
    spread = np.log([[max(clustered(matrix, count, seed)[2], 1e-12) for count in counts] for matrix in matrices])
    # all tables, the one at hand among them, are treated alike, so that the test is exact
    gaps = (spread.mean(axis=0) - spread) / np.maximum(spread.std(axis=0), 1e-12)
    largest = gaps.max(axis=1)
    if largest[0] <= largest[1:].max():
        return ()
    return tuple(count for count, gap, bound in zip(counts, gaps[0], gaps[1:].max(axis=0), strict=True) if gap > bound)


def stability(matrix: FloatArray, count: int, seed: int) -> float:
    """Return the least mean Jaccard similarity of a group when a fifth of the rows is left out (Hennig 2007).

    Args:
        matrix: Rows by dimensions.
        count: Number of groups.
        seed: Seed.
    """
    whole, _, _ = clustered(matrix, count, seed)
    rng = np.random.default_rng(seed)
    found = np.zeros(count)
    for place in range(REPEATS):
        some = rng.permutation(len(matrix))[: int(KEPT * len(matrix))]
        _, centres, _ = clustered(matrix[some], count, seed + place + 1)
        found += jaccards(whole, nearest(matrix, centres), count)
    return float((found / REPEATS).min())


def jaccards(first: IntArray, second: IntArray, count: int) -> FloatArray:
    """Return for each group of the first grouping the Jaccard similarity to its likest group of the second.

    >>> jaccards(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 1]), 2).round(3).tolist()
    [0.667, 0.5]
    """
    width = int(second.max()) + 1
    both = np.bincount(first * width + second, minlength=count * width).reshape(count, width).astype(np.float64)
    either = both.sum(axis=1, keepdims=True) + np.bincount(second, minlength=width) - both
    return np.asarray((both / np.maximum(either, 1)).max(axis=1))


def _rules(
    rows: pl.DataFrame, made: Blocks, codes: IntArray, floor: int, seed: int
) -> list[tuple[int, tuple[Condition, ...]]]:
    """Return one rule per group, asked one after the other; the group hardest to tell is all other visits."""
    left = np.ones(rows.height, dtype=np.bool_)
    waiting = list(range(int(codes.max()) + 1))
    rules: list[tuple[int, tuple[Condition, ...]]] = []
    frame = rows.select(made.names)
    while len(waiting) > 1:
        tries = [(*_best_leaf(frame.filter(left), codes[left] == code, floor, seed), code) for code in waiting]
        score, rule, code = max(tries, key=lambda item: item[0])
        if score <= 0:
            break
        rules.append((code, rule))
        left &= ~fulfilled(rule, frame)
        waiting.remove(code)
    rest = np.bincount(codes[left], minlength=int(codes.max()) + 1)
    return [*rules, (int(rest.argmax()), ())]


def _best_leaf(frame: pl.DataFrame, member: BoolArray, floor: int, seed: int) -> tuple[float, tuple[Condition, ...]]:
    """Return the leaf of a small tree that tells a group best, by F1."""
    branch = grow(frame, member.astype(np.float64), Limits(2**DEPTH, DEPTH, max(floor, 2), seed))
    best: tuple[float, tuple[Condition, ...]] = (0.0, ())
    for rule in _leaves(branch):
        holds = fulfilled(rule, frame)
        score = 2 * float((holds & member).sum()) / max(1, int(holds.sum() + member.sum()))
        best = max(best, (score, rule), key=lambda item: item[0])
    return best


def _leaves(branch: Branch | None) -> list[tuple[Condition, ...]]:
    if branch is None:
        return []
    found = []
    for condition, below in zip(conditions_of(branch), (branch.yes, branch.no), strict=True):
        found += [simplified((condition, *rule)) for rule in _leaves(below)]
        # an inner node is a rule too: fewer conditions, more visits
        found.append((condition,))
    return found


def _assigned(rows: pl.DataFrame, rules: Sequence[tuple[int, tuple[Condition, ...]]]) -> tuple[Group, ...]:
    left = np.ones(rows.height, dtype=np.bool_)
    groups = []
    for _, rule in rules:
        inside = left & fulfilled(rule, rows)
        left &= ~inside
        groups.append(Group(rule, inside))
    return tuple(groups)
