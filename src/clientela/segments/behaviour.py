"""Groups of visits that behave alike: whether there are any, how many, and the rules that tell them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.models.clustering import EVERY, Blocks, blocks, clustered, dimensions, resembling, shared
from clientela.models.latent import Cells, cells, classes
from clientela.models.partition import Branch, Limits, grow
from clientela.segments.growing import DEPTH, Group, conditions_of
from clientela.segments.options import SegmentOptions
from clientela.segments.points import counted
from clientela.segments.result import Condition
from clientela.segments.rules import columns_of, fulfilled, simplified
from clientela.segments.shown import Askable, Asked, Narrowed, askable, narrowed, shown

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
_Finder = Callable[[IntArray, BoolArray], tuple[float, tuple[Condition, ...], BoolArray]]
"""Returns how well a rule tells members among some visits, the rule, and which of all visits fulfil it."""

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
"""Share of visits from which rules are taken to tell the clouds."""
LINES = (10, 12, 14)
"""Most lines of rules that count points; the fewest that do are taken."""
REPEATS = 5
"""Resamples on which clouds and rules are found anew: each takes as long as all groups of like behaviour."""
SLACK = 0.03
"""Gain in stability or agreement from which fewer groups or longer rules are better: few resamples tell no less."""
KEPT = 0.8
"""Share of visits in a resample."""


@dataclass(frozen=True)
class Alike:
    """Groups by behaviour: each is what its rule says.

    Attributes:
        groups: Groups with rules, the last for all other visits; empty where there are none.
        agreement: Share of visits whose rule names the group that they are nearest to, on visits that had no part in
            finding clouds and rules; NaN where there are none.
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
class _Rule:
    """A rule.

    Attributes:
        code: The cloud that it tells.
        conditions: What has to hold; none for all other visits.
        holds: The visits looked at for which it does.
    """

    code: int
    conditions: tuple[Condition, ...]
    holds: BoolArray


@dataclass(frozen=True)
class _Search:
    """What clouds and their rules are found in.

    Attributes:
        found: The columns as cells, in which clouds are found.
        frame: The same columns as they are.
        may: What may be asked of them.
        floor: Fewest visits of a group.
        seed: Seed of every random step.
        lines: Most lines of rules that count points; 0 for plain rules.
        known: Clouds in all columns and in few, by their number and the seed of the visits that they were found on.
    """

    found: Cells
    frame: pl.DataFrame
    may: tuple[Askable, ...]
    floor: int
    seed: int
    lines: int = 0
    known: dict[tuple[int, int], tuple[IntArray, Narrowed]] = field(default_factory=dict)

    def clouds(self, count: int, some: IntArray, seed: int) -> tuple[IntArray, Narrowed]:
        """Return clouds in all columns and in few, found on some visits; both take long, so they are kept."""
        if (count, seed) not in self.known:
            whole = classes(self.found, count, seed, some)
            self.known[count, seed] = whole, narrowed(self.may, whole, some)
        return self.known[count, seed]


@dataclass(frozen=True)
class _Ruled:
    """Clouds and what rules make of them.

    Attributes:
        codes: The cloud of each visit, as far as a rule's columns show it.
        whole: The cloud of each visit, found in all columns.
        rules: One rule per cloud that is told.
        stability: Least mean Jaccard similarity of what a rule names when clouds and rules are found anew.
        agreement: Share of visits, of those left out then, that rules put into their cloud.
    """

    codes: IntArray
    whole: IntArray
    rules: list[_Rule]
    stability: float = 0.0
    agreement: float = 0.0

    @property
    def nearness(self) -> float:
        """How near stability and agreement come to what is asked of them; 1 and more where both reach it."""
        return min(self.stability / STABLE, self.agreement / AGREED)


def alike(rows: pl.DataFrame, columns: Sequence[str], floor: int, options: SegmentOptions) -> Alike:
    """Look for groups of visits that behave alike.

    Visitors of a kind show it in several sources at once, so clouds are looked for in what
    the columns (those of one join taken as one) have in common: latent classes. Each cloud is
    given one rule: a short plain one where such rules tell the clouds, else one that counts
    points, and then clouds are found anew in the few columns that rules ask; and the group is
    what the rule says. The number of groups is the largest with which what the rules name is
    stable under resampling, clouds and rules found anew, and is what the clouds are on visits
    left out; else the one that comes nearest to both; among numbers with which visits are more
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
    frame = rows[some].select(made.names)
    least = floor * len(some) // rows.height
    search = _Search(cells(made, linked, seed), frame, askable(frame, made.sources), least, seed)
    ruled = _stablest(search, allowed, rows, floor)
    if ruled is None:
        return _none(
            f"Visits form {max(allowed)} clouds, but no short rule tells one of them: no groups of like behaviour."
        )
    return Alike(
        _assigned(rows, ruled.rules), ruled.agreement, ruled.stability, _told(ruled, len(made.names)), some, ruled.codes
    )


def _stablest(search: _Search, counts: Sequence[int], rows: pl.DataFrame, floor: int) -> _Ruled | None:
    """Return the most groups whose rules are stable and tell the clouds, else those that come nearest to that."""
    best: _Ruled | None = None
    for count in sorted(counts, reverse=True):
        plain = _ruled(search, count, np.arange(search.frame.height), search.seed)
        lengths = (0,) if _agreement(plain) >= AGREED else LINES
        for lines in lengths:
            tried = _measured(replace(search, lines=lines), count, rows, floor)
            if tried is not None and (best is None or tried.nearness > best.nearness + SLACK):
                best = tried
            if tried is not None and tried.nearness >= 1:
                return tried
    return best


def _measured(search: _Search, count: int, rows: pl.DataFrame, floor: int) -> _Ruled | None:
    """Return clouds with rules and how good they are; None where rules tell no two groups large enough."""
    ruled = _ruled(search, count, np.arange(search.frame.height), search.seed)
    everywhere = [replace(rule, holds=fulfilled(rule.conditions, rows)) for rule in ruled.rules]
    kept = [rule.code for rule in _large(everywhere, floor)]
    rules = [rule for rule in ruled.rules if rule.code in kept]
    if len(rules) < 2:
        return None
    stability, agreement = _again(search, count, _places(rules))
    return replace(ruled, rules=rules, stability=stability, agreement=agreement)


def _agreement(ruled: _Ruled, out: IntArray | slice = EVERY) -> float:
    said = np.array([rule.code for rule in ruled.rules])[_places(ruled.rules)]
    return float((ruled.codes == said)[out].mean())


def _ruled(search: _Search, count: int, some: IntArray, seed: int) -> _Ruled:
    """Return clouds, and the rules that tell them, both found on some visits alone."""
    whole, few = search.clouds(count, some, seed)
    floor = max(search.floor * len(some) // search.frame.height, 1)
    if not search.lines:
        return _Ruled(whole, whole, _large(_rules(search.frame, whole, some, floor, search.seed), floor, some))
    codes, asked = shown(few, search.lines)
    return _Ruled(codes, whole, _large(_counting(asked, codes, some), floor, some))


def _again(search: _Search, count: int, said: IntArray) -> tuple[float, float]:
    """Return how stable and how true rules are when clouds and rules are found on four fifths of visits.

    Resampling ends as soon as a group cannot be `VALID` any more; means are then those of the resamples so far.

    Args:
        search: What clouds are found in.
        count: Number of clouds.
        said: The group of each visit, as the rules at hand name it.

    Returns:
        The least mean Jaccard similarity of a group, and the mean share of the other fifth that rules put into its
        cloud.
    """
    rng = np.random.default_rng(search.seed)
    found, agreed = np.zeros(int(said.max()) + 1), 0.0
    for place in range(REPEATS):
        drawn = rng.permutation(len(said))
        some, out = np.split(drawn, [int(KEPT * len(said))])
        ruled = _ruled(search, count, np.sort(some), search.seed + place + 1)
        found += jaccards(said, _places(ruled.rules), len(found))
        agreed += _agreement(ruled, out)
        lacking = place + 1 - float(found.min())
        if lacking > (1 - VALID) * REPEATS:
            break
    return 1 - lacking / (place + 1), agreed / (place + 1)


def _large(rules: list[_Rule], floor: int, some: IntArray | slice = EVERY) -> list[_Rule]:
    """Return the rules without those of small groups among some visits: their visits go with all others."""
    kept = list(rules)
    while len(kept) > 1:
        sizes = np.bincount(_places(kept)[some], minlength=len(kept))
        if min(sizes) >= floor:
            break
        # where too few are left over, the smallest group with a rule of its own makes them more
        kept.pop(int(np.argmin(sizes[:-1])))
    return kept


def _places(rules: Sequence[_Rule]) -> IntArray:
    """Return the place of the first rule that each visit fulfils."""
    return np.asarray(np.column_stack([rule.holds for rule in rules]).argmax(axis=1), dtype=np.int64)


def _none(told: str) -> Alike:
    return Alike((), float("nan"), float("nan"), told)


def _told(ruled: _Ruled, columns: int) -> str:
    found = "found again on other visits" if ruled.stability >= STABLE else "not all found again on other visits"
    lost = f"{100 * (1 - ruled.agreement):.0f} % of visits"
    told = (
        f"{len(ruled.rules)} groups of like behaviour, {found}; each is what its rule says, and {lost} are nearer to "
        "another cloud than the one that their rule was made for."
    )
    if ruled.codes is ruled.whole:
        return told
    few = len(columns_of(rule.conditions for rule in ruled.rules))
    elsewhere = f"{100 * float((ruled.codes != ruled.whole).mean()):.0f} % of visits"
    return f"{told} Rules ask {few} of {columns} columns; clouds found in all of them would put {elsewhere} elsewhere."


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


def jaccards(first: IntArray, second: IntArray, count: int) -> FloatArray:
    """Return for each group of the first grouping the Jaccard similarity to its likest group of the second.

    >>> jaccards(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 1]), 2).round(3).tolist()
    [0.667, 0.5]
    """
    width = int(second.max()) + 1
    both = np.bincount(first * width + second, minlength=count * width).reshape(count, width).astype(np.float64)
    either = both.sum(axis=1, keepdims=True) + np.bincount(second, minlength=width) - both
    return np.asarray((both / np.maximum(either, 1)).max(axis=1))


def _rules(frame: pl.DataFrame, codes: IntArray, some: IntArray, floor: int, seed: int) -> list[_Rule]:
    """Return one plain rule per cloud, found on some visits."""

    def found(left: IntArray, member: BoolArray) -> tuple[float, tuple[Condition, ...], BoolArray]:
        score, rule = _best_leaf(frame[left], member, floor, seed)
        return score, rule, fulfilled(rule, frame)

    return _in_turn(found, codes, some)


def _counting(asked: Asked, codes: IntArray, some: IntArray) -> list[_Rule]:
    """Return one rule with points per cloud, found on some visits."""
    return _in_turn(lambda left, member: counted(asked, member, left), codes, some)


def _in_turn(found: _Finder, codes: IntArray, some: IntArray) -> list[_Rule]:
    """Return rules that are asked one after the other; the cloud hardest to tell is all other visits."""
    left, waiting = some, list(range(int(codes.max()) + 1))
    rules: list[_Rule] = []
    while len(waiting) > 1:
        tries = [(*found(left, codes[left] == code), code) for code in waiting]
        score, rule, holds, code = max(tries, key=lambda item: item[0])
        if score <= 0 or not rule:
            break
        rules.append(_Rule(code, rule, holds))
        left = left[~holds[left]]
        waiting.remove(code)
    rest = np.bincount(codes[left], minlength=int(codes.max()) + 1)
    return [*rules, _Rule(int(rest.argmax()), (), np.ones(len(codes), dtype=np.bool_))]


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
    for rule in rules:
        inside = left & fulfilled(rule.conditions, rows)
        left &= ~inside
        groups.append(Group(rule.conditions, inside))
    return tuple(groups)
