"""Groups of visits that behave alike: whether there are any, how many, and the rules that tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.models.clustering import Blocks, blocks, clustered, dimensions, nearest, resembling, shared
from clientela.models.partition import Branch, Limits, grow
from clientela.segments.growing import DEPTH, Group, conditions_of
from clientela.segments.options import SegmentOptions
from clientela.segments.result import Condition
from clientela.segments.rules import fulfilled, simplified

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

MOST_ROWS = 5000
"""Visits that groups are looked for on: centres move little with more."""
MOST_TESTED = 1500
"""Visits of them that are held against tables without groups: that takes forty times the work."""
LEAST_ROWS = 100
REFERENCES = 39
"""Tables without groups that the visits are held against: all must be less grouped, which is 1 in 40 by chance."""
STABLE = 0.85
"""Mean Jaccard similarity under resampling from which a group counts as highly stable (Hennig 2007)."""
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
        kinds: Group of each visit that was looked at; empty where there are none.
    """

    groups: tuple[Group, ...]
    agreement: float
    stability: float
    told: str
    kinds: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def alike(rows: pl.DataFrame, columns: Sequence[str], floor: int, options: SegmentOptions) -> Alike:
    """Look for groups of visits that behave alike.

    Visitors of a kind show it in several sources at once, so groups are looked for in what
    the columns (those of one join taken as one) have in common. The number of groups is the
    largest that is stable under resampling, else the most stable, among those that are more
    compact than in every one of `REFERENCES` tables without groups (a permutation test of the
    largest standardised gap, level 1 in 40).

    Args:
        rows: Visits.
        columns: Columns known live that say what visitors do.
        floor: Fewest visits of a group.
        options: Options of the stage: most groups, joins and seed.

    Returns:
        The groups, or none and why.
    """
    seed = options.seed
    some = np.sort(np.random.default_rng(seed).permutation(rows.height)[:MOST_ROWS])
    made = blocks(rows[some], columns, seed, options.joined)
    if len(made.names) < 2 or len(some) < LEAST_ROWS:
        return _none("There are too few visits or columns to look for behaviour.")
    linked = dimensions(made, seed)
    if not linked:
        return _none("The columns know nothing of each other: no groups of like behaviour.")
    # so many groups at most can differ in directions of their own; cautious: more may lie in a row
    most = min(options.most, linked + 1, rows.height // floor)
    tested = some[:: -(-len(some) // MOST_TESTED)]
    held = made if len(tested) == len(some) else blocks(rows[tested], made.names, seed, options.joined)
    allowed = compact(held, linked, range(2, most + 1), seed)
    if not allowed:
        return _none("Visits form one cloud: no groups of like behaviour.")
    found = {count: stability(made, linked, count, seed) for count in allowed}
    steady = [count for count in allowed if found[count] >= STABLE]
    count = max(steady) if steady else max(allowed, key=lambda item: found[item])
    codes, _, _ = clustered(shared(made.parts, made.sources, linked), count, seed)
    rules = _rules(rows[some].select(made.names), codes, floor * len(some) // rows.height, seed)
    sizes = [int(group.inside.sum()) for group in _assigned(rows, rules)]
    if min(sizes) < floor:
        # what is left too small without its own visits is not told apart: it goes with all other visits
        rules = [rule for rule, size in zip(rules[:-1], sizes[:-1], strict=True) if size >= floor] + rules[-1:]
    groups, said = _assigned(rows, rules), _assigned(rows[some], rules)
    named = sum(int((codes[said[place].inside] == code).sum()) for place, (code, _) in enumerate(rules))
    agreement = named / len(some)
    return Alike(groups, agreement, found[count], _told(count, found[count], agreement), codes)


def _none(told: str) -> Alike:
    return Alike((), float("nan"), float("nan"), told)


def _told(count: int, steady: float, agreement: float) -> str:
    found = "found again on other visits" if steady >= STABLE else "not all found again on other visits"
    return (
        f"{count} groups of like behaviour, {found}; a rule short enough to be said names the group of {agreement:.0%} "
        f"of visits and loses {1 - agreement:.0%}."
    )


def compact(made: Blocks, linked: int, counts: Sequence[int], seed: int) -> tuple[int, ...]:
    """Return the numbers of groups with which visits are more compact than all tables without groups.

    Args:
        made: The columns.
        linked: Dimensions in which their sources are linked.
        counts: Numbers of groups to try.
        seed: Seed.

    Returns:
        Some of `counts`; empty where the largest gap is not above that of every reference.
    """
    if not counts:
        return ()
    tables = [made.parts, *(resembling(made, seed + 1 + place) for place in range(REFERENCES))]
    matrices = [shared(parts, made.sources, linked) for parts in tables]
    # as a share of the whole spread: how much sources have in common must not count, only how it lies
    spread = np.log([[_left(matrix, count, seed) for count in counts] for matrix in matrices])
    # all tables, the one at hand among them, are treated alike, so that the test is exact
    gaps = (spread.mean(axis=0) - spread) / np.maximum(spread.std(axis=0), 1e-12)
    largest = gaps.max(axis=1)
    if largest[0] <= largest[1:].max():
        return ()
    return tuple(count for count, gap, bound in zip(counts, gaps[0], gaps[1:].max(axis=0), strict=True) if gap > bound)


def _left(matrix: FloatArray, count: int, seed: int) -> float:
    """Return the share of the sum of squares that is left within groups."""
    whole = float(((matrix - matrix.mean(axis=0)) ** 2).sum())
    return max(clustered(matrix, count, seed)[2] / max(whole, 1e-12), 1e-12)


def stability(made: Blocks, linked: int, count: int, seed: int) -> float:
    """Return the least mean Jaccard similarity of a group when a fifth of the rows is left out (Hennig 2007).

    Args:
        made: The columns; what they have in common is found anew without the rows left out.
        linked: Dimensions in which their sources are linked.
        count: Number of groups.
        seed: Seed.
    """
    whole, _, _ = clustered(shared(made.parts, made.sources, linked), count, seed)
    rng = np.random.default_rng(seed)
    found = np.zeros(count)
    for place in range(REPEATS):
        some = rng.permutation(len(whole))[: int(KEPT * len(whole))]
        placed = shared(made.parts, made.sources, linked, some)
        _, centres, _ = clustered(placed[some], count, seed + place + 1)
        found += jaccards(whole, nearest(placed, centres), count)
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


def _rules(frame: pl.DataFrame, codes: IntArray, floor: int, seed: int) -> list[tuple[int, tuple[Condition, ...]]]:
    """Return one rule per group, asked one after the other; the group hardest to tell is all other visits."""
    left = np.ones(frame.height, dtype=np.bool_)
    waiting = list(range(int(codes.max()) + 1))
    rules: list[tuple[int, tuple[Condition, ...]]] = []
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
