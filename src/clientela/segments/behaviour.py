"""Groups of visits that behave alike: whether there are any, how many, and the rules that tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.models.clustering import Blocks, blocks, clustered, dimensions, resembling, shared
from clientela.models.latent import Cells, cells, classes
from clientela.models.partition import Branch, Limits, grow
from clientela.segments.growing import DEPTH, Group, conditions_of
from clientela.segments.options import SegmentOptions
from clientela.segments.points import Asked, asked, counted
from clientela.segments.result import Condition
from clientela.segments.rules import fulfilled, simplified

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
_Rule = tuple[int, tuple[Condition, ...]]
"""The cloud that it tells, and its conditions."""

MOST_ROWS = 5000
"""Visits that groups are looked for on: centres move little with more."""
MOST_TESTED = 1500
"""Visits of them that are held against tables without groups: that takes forty times the work."""
LEAST_ROWS = 100
REFERENCES = 39
"""Tables without groups that the visits are held against: all must be less grouped, which is 1 in 40 by chance."""
STABLE = 0.85
"""Mean Jaccard similarity under resampling from which a group counts as highly stable (Hennig 2007)."""
VALID = 0.75
"""Mean Jaccard similarity from which a group counts as stable at all (Hennig 2007)."""
TEST_STARTS = 2
"""Starts where visits are held against tables without groups: all are treated alike, so that fewer do."""
AGREED = 0.95
"""Share of visits from which plain rules are taken to tell the clouds."""
REPEATS = 8
RULED_REPEATS = 5
"""Resamples on which rules are found anew: each takes as long as all groups of like behaviour on the others."""
KEPT = 0.8
"""Share of visits in a resample."""


@dataclass(frozen=True)
class Alike:
    """Groups by behaviour: each is what its rule says.

    Attributes:
        groups: Groups with rules, the last for all other visits; empty where there are none.
        agreement: Share of visits whose rule names the group that they are nearest to.
        stability: Least mean Jaccard similarity of a group to the likest one when clouds and rules are found on
            four fifths of the visits; NaN where there are none.
        told: One sentence on what was found.
        looked: Rows of the visits that were looked at; empty where there are none.
        kinds: For each of them the cloud that it is nearest to: what the rules were made for.
    """

    groups: tuple[Group, ...]
    agreement: float
    stability: float
    told: str
    looked: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    kinds: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class _Search:
    """What clouds and their rules are found in.

    Attributes:
        found: The columns as cells, in which clouds are found.
        frame: The same columns as they are.
        may: What rules that count points may ask; None for plain rules.
        floor: Fewest visits of a group.
        seed: Seed of every random step.
    """

    found: Cells
    frame: pl.DataFrame
    may: Asked | None
    floor: int
    seed: int


@dataclass(frozen=True)
class _Ruled:
    """Clouds and what rules make of them.

    Attributes:
        codes: The cloud of each visit.
        rules: One rule per cloud that is told.
        stability: Least mean Jaccard similarity of what a rule names when clouds and rules are found anew.
    """

    codes: IntArray
    rules: list[_Rule]
    stability: float


def alike(rows: pl.DataFrame, columns: Sequence[str], floor: int, options: SegmentOptions) -> Alike:
    """Look for groups of visits that behave alike.

    Visitors of a kind show it in several sources at once, so clouds are looked for in what
    the columns (those of one join taken as one) have in common: latent classes. Each cloud is
    given one rule, a short plain one where such rules tell the clouds, else one that counts
    points; and the group is what the rule says. The number of groups is the largest with which
    clouds and what their rules name are both stable under resampling, clouds and rules found
    anew, else the one with the most stable rules; among numbers with which visits are more
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
    found = cells(made, linked, seed)
    search = _Search(found, rows[some].select(made.names), None, floor * len(some) // rows.height, seed)
    clouds = _number(found, allowed, seed)
    ruled = _stablest(search, [count for count in allowed if count <= clouds], rows, floor)
    if ruled is None:
        return _none(f"Visits form {clouds} clouds, but no short rule tells one of them: no groups of like behaviour.")
    agreement = _agreement(ruled.rules, ruled.codes, search.frame)
    told = _told(len(ruled.rules), ruled.stability, agreement)
    return Alike(_assigned(rows, ruled.rules), agreement, ruled.stability, told, some, ruled.codes)


def _number(found: Cells, allowed: Sequence[int], seed: int) -> int:
    """Return the largest number of clouds that is stable, else the most stable."""
    tried: dict[int, float] = {}
    for count in sorted(allowed, reverse=True):
        tried[count] = stability(found, count, seed)
        if tried[count] >= STABLE:
            return count
    return max(tried, key=lambda count: tried[count])


def _stablest(search: _Search, counts: Sequence[int], rows: pl.DataFrame, floor: int) -> _Ruled | None:
    """Return the most groups whose rules are stable, else those whose rules are the most stable."""
    best: _Ruled | None = None
    for count in sorted(counts, reverse=True):
        used, codes, rules = _told_best(search, count)
        rules = _large(rules, rows, floor)
        if len(rules) < 2:
            continue
        steadiness = _ruled_stability(used, count, _places(rules, search.frame))
        if best is None or steadiness > best.stability:
            best = _Ruled(codes, rules, steadiness)
        if steadiness >= STABLE:
            break
    return best


def _told_best(search: _Search, count: int) -> tuple[_Search, IntArray, list[_Rule]]:
    """Return clouds and the rules that tell them best: plain ones where hardly anything is lost, else with points."""
    everyone = np.arange(search.frame.height)
    codes, plain = _ruled(search, count, everyone, search.seed)
    if _agreement(plain, codes, search.frame) >= AGREED:
        return search, codes, plain
    counting = replace(search, may=asked(search.frame))
    _, counted = _ruled(counting, count, everyone, search.seed)
    if _agreement(counted, codes, search.frame) > _agreement(plain, codes, search.frame):
        return counting, codes, counted
    return search, codes, plain


def _agreement(rules: Sequence[_Rule], codes: IntArray, frame: pl.DataFrame) -> float:
    return float((codes == np.array([code for code, _ in rules])[_places(rules, frame)]).mean())


def _ruled(search: _Search, count: int, some: IntArray, seed: int) -> tuple[IntArray, list[_Rule]]:
    """Return the cloud of each of some visits, and the rules that tell clouds, both found on these visits alone."""
    codes = classes(search.found, count, seed, some)[some]
    floor = max(search.floor * len(some) // search.frame.height, 1)
    frame = search.frame[some]
    if search.may is None:
        return codes, _large(_rules(frame, codes, floor, search.seed), frame, floor)
    return codes, _large(_counting(search.may, codes, some), frame, floor)


def _ruled_stability(search: _Search, count: int, said: IntArray) -> float:
    """Return the least mean Jaccard similarity of a group when clouds and rules are found on four fifths of visits.

    Resampling ends as soon as it cannot be `VALID` any more; the mean is then that of the resamples so far.
    """
    rng = np.random.default_rng(search.seed)
    groups = int(said.max()) + 1
    found = np.zeros(groups)
    for place in range(RULED_REPEATS):
        some = np.sort(rng.permutation(len(said))[: int(KEPT * len(said))])
        _, rules = _ruled(search, count, some, search.seed + place + 1)
        found += jaccards(said, _places(rules, search.frame), groups)
        lacking = place + 1 - float(found.min())
        if lacking > (1 - VALID) * RULED_REPEATS:
            break
    return 1 - lacking / (place + 1)


def _large(rules: list[_Rule], rows: pl.DataFrame, floor: int) -> list[_Rule]:
    """Return the rules without those of small groups: their visits go with all others."""
    kept = list(rules)
    while len(kept) > 1:
        sizes = [int(group.inside.sum()) for group in _assigned(rows, kept)]
        if min(sizes) >= floor:
            break
        # where too few are left over, the smallest group with a rule of its own makes them more
        kept.pop(int(np.argmin(sizes[:-1])))
    return kept


def _places(rules: Sequence[_Rule], rows: pl.DataFrame) -> IntArray:
    places = np.zeros(rows.height, dtype=np.int64)
    for place, group in enumerate(_assigned(rows, rules)):
        places[group.inside] = place
    return places


def _none(told: str) -> Alike:
    return Alike((), float("nan"), float("nan"), told)


def _told(count: int, steady: float, agreement: float) -> str:
    found = "found again on other visits" if steady >= STABLE else "not all found again on other visits"
    return (
        f"{count} groups of like behaviour, {found}; each is what its rule says, and {1 - agreement:.0%} of visits are "
        "nearer to another cloud than the one that their rule was made for."
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
    return max(clustered(matrix, count, seed, TEST_STARTS)[2] / max(whole, 1e-12), 1e-12)


def stability(found: Cells, count: int, seed: int) -> float:
    """Return the least mean Jaccard similarity of a cloud when a fifth of the rows is left out (Hennig 2007).

    Resampling ends as soon as it cannot be `STABLE` any more; the mean is then that of the resamples so far.

    Args:
        found: The columns as cells; what they have in common is found anew without the rows left out.
        count: Number of clouds.
        seed: Seed.
    """
    whole = classes(found, count, seed)
    rng = np.random.default_rng(seed)
    likest = np.zeros(count)
    for place in range(REPEATS):
        some = rng.permutation(len(whole))[: int(KEPT * len(whole))]
        likest += jaccards(whole, classes(found, count, seed + place + 1, some), count)
        lacking = place + 1 - float(likest.min())
        if lacking > (1 - STABLE) * REPEATS:
            break
    return 1 - lacking / (place + 1)


def jaccards(first: IntArray, second: IntArray, count: int) -> FloatArray:
    """Return for each group of the first grouping the Jaccard similarity to its likest group of the second.

    >>> jaccards(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 1]), 2).round(3).tolist()
    [0.667, 0.5]
    """
    width = int(second.max()) + 1
    both = np.bincount(first * width + second, minlength=count * width).reshape(count, width).astype(np.float64)
    either = both.sum(axis=1, keepdims=True) + np.bincount(second, minlength=width) - both
    return np.asarray((both / np.maximum(either, 1)).max(axis=1))


def _rules(frame: pl.DataFrame, codes: IntArray, floor: int, seed: int) -> list[_Rule]:
    """Return one rule per group, asked one after the other; the group hardest to tell is all other visits."""
    left = np.ones(frame.height, dtype=np.bool_)
    waiting = list(range(int(codes.max()) + 1))
    rules: list[_Rule] = []
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


def _counting(may: Asked, codes: IntArray, some: IntArray) -> list[_Rule]:
    """Return one rule with points per group, asked one after the other; the group hardest to tell is all others."""
    left = np.ones(len(some), dtype=np.bool_)
    waiting = list(range(int(codes.max()) + 1))
    rules: list[_Rule] = []
    while len(waiting) > 1:
        tries = [(*counted(may, codes[left] == code, some[left]), code) for code in waiting]
        score, rule, holds, code = max(tries, key=lambda item: item[0])
        if score <= 0 or not rule:
            break
        rules.append((code, rule))
        left &= ~holds[some]
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


def _assigned(rows: pl.DataFrame, rules: Sequence[_Rule]) -> tuple[Group, ...]:
    left = np.ones(rows.height, dtype=np.bool_)
    groups = []
    for _, rule in rules:
        inside = left & fulfilled(rule, rows)
        left &= ~inside
        groups.append(Group(rule, inside))
    return tuple(groups)
