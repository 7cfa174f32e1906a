"""From rows to groups: a small tree on one half of the visitors, kept as far as the other half bears it out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.models.partition import Branch, Limits, grow
from clientela.segments.honest import Judge, foreseen
from clientela.segments.options import SegmentOptions
from clientela.segments.outcomes import Outcomes
from clientela.segments.result import Condition
from clientela.segments.rules import fulfilled, simplified

BoolArray = NDArray[np.bool_]

DEPTH = 3
"""Most conditions of a rule."""
MOST_ROWS = 30_000
"""Visits that rules are found on: bounds are rounded anyway, more rows would not move them."""
SLACK = 1.1
"""Groups are found a little larger than the smallest allowed: on all visits they may turn out smaller."""
_OTHER_SIDE = {"<=": ">", "in": "not in", "missing": "present"}


@dataclass(frozen=True)
class Group:
    """A group of visits and its rule.

    Attributes:
        conditions: The rule; empty for all other visits.
        inside: Which visits belong to it.
    """

    conditions: tuple[Condition, ...]
    inside: BoolArray


def groups(
    rows: pl.DataFrame, columns: Sequence[str], outcomes: Outcomes, options: SegmentOptions
) -> tuple[Group, ...]:
    """Find groups of visits that differ in what is to be expected of them.

    The tree grows on one half of the visitors; each of its questions stays only if the
    groups behind it differ on the other half (honest estimation, Athey and Imbens 2016),
    with Bonferroni's correction over all questions. Groups at the lower end that do not
    differ are joined to "all other visits". Nothing is looked for where the scores do not
    foresee the outcome.

    Args:
        rows: Visits with all columns.
        columns: Columns that rules may name.
        outcomes: What came of the visits and what was expected.
        options: Options of the stage.

    Returns:
        Groups, most valuable on the other half first; one group where none differ.
    """
    everyone = Group((), np.ones(rows.height, dtype=np.bool_))
    if not foreseen(outcomes):
        return (everyone,)
    chosen = np.flatnonzero(outcomes.grows)
    if len(chosen) > MOST_ROWS:
        rng = np.random.default_rng(options.seed)
        chosen = np.sort(rng.choice(chosen, MOST_ROWS, replace=False))
    least = max(options.least_rows, math.ceil(SLACK * options.least_share * len(chosen)))
    limits = Limits(options.most, DEPTH, least, options.seed)
    branch = grow(rows[chosen].select(columns), outcomes.expected[chosen], limits)
    if branch is None:
        return (everyone,)
    asked = _questions(branch)
    judge = Judge(outcomes, ~outcomes.grows, tests=2 * asked)
    floor = max(options.least_rows, math.ceil(options.least_share * rows.height))
    kept = _settled(branch, everyone.inside, rows, judge, (floor, options.least_rows))
    tidy = [replace(group, conditions=simplified(group.conditions)) for group in kept]
    return _pooled(tidy, outcomes, judge)


def _questions(branch: Branch | None) -> int:
    return 0 if branch is None else 1 + _questions(branch.yes) + _questions(branch.no)


def _settled(
    branch: Branch | None, inside: BoolArray, rows: pl.DataFrame, judge: Judge, floor: tuple[int, int]
) -> list[Group]:
    """Return the groups below a question, or one group where they do not differ or have too few visits or visitors."""
    whole = [Group((), inside)]
    if branch is None:
        return whole
    yes, no = conditions_of(branch)
    holds = fulfilled((yes,), rows)
    first = _settled(branch.yes, inside & holds, rows, judge, floor)
    second = _settled(branch.no, inside & ~holds, rows, judge, floor)
    if any(group.inside.sum() < floor[0] or judge.visitors(group.inside) < floor[1] for group in (*first, *second)):
        return whole
    if len(first) == len(second) == 1 and not judge.differ(first[0].inside, second[0].inside):
        return whole
    return [
        replace(group, conditions=(condition, *group.conditions))
        for condition, below in ((yes, first), (no, second))
        for group in below
    ]


def conditions_of(branch: Branch) -> tuple[Condition, Condition]:
    """Return the two sides of a question as conditions: yes, and no."""
    yes = Condition(branch.column, branch.operator, branch.value, branch.values, branch.missing)
    no = replace(yes, operator=_OTHER_SIDE[branch.operator], missing_too=not branch.missing)
    return yes, no


def _pooled(found: list[Group], outcomes: Outcomes, judge: Judge) -> tuple[Group, ...]:
    """Order groups by value and join the lowest ones that do not differ."""
    judged = ~outcomes.grows

    def value(group: Group) -> float:
        seen = group.inside & judged
        return float(outcomes.value[seen].mean()) if seen.any() else -math.inf

    ordered = sorted(found, key=value, reverse=True)
    while len(ordered) > 1 and not judge.differ(ordered[-1].inside, ordered[-2].inside):
        last, pool = ordered.pop(), ordered.pop()
        ordered.append(Group((), pool.inside | last.inside))
    return tuple(ordered)
