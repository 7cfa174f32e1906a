"""Which columns are averages of the label over groups: plain, smoothed, without the row, without its fold."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.measuring import Outcome
from clientela.domain.column import Role
from clientela.domain.roles import Roles
from clientela.statistics.averages import Fit, Groups, exact_fit, near_fit
from clientela.statistics.steps import step_of

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

LEAST_VALUES = 3
MOST_FOLDS = 12
"""Values per group from which a column is no average that leaves a row or a fold out."""


MOSTLY = 0.6
"""Share of (group, value) cells that must lie on such an average: folds of equal sums fall into one cell and off it."""


@dataclass(frozen=True)
class Average:
    """An average of the label.

    Attributes:
        of: What was averaged, in words.
        over: The column that names the groups, where it is known; else "".
        left_out: What each row's average leaves out: "", "the row itself" or "the row's fold".
        scale: How the average is written: "", "as percent", "as logarithm of the odds", ...
        fit: How well the values lie on the averages.
    """

    of: str
    over: str
    left_out: str
    scale: str
    fit: Fit


def find_averages(facts: Facts, roles: Roles, outcome: Outcome | None) -> dict[str, Average]:
    """Find the features that are averages of the label.

    Args:
        facts: Facts with the sample; an exact fit needs all rows of a group in it.
        roles: Proposed roles.
        outcome: The label on the sample.

    Returns:
        One average per column, in table order.
    """
    if outcome is None:
        return {}
    targets = _targets(facts, roles, outcome)
    found: dict[str, Average] = {}
    for column in tested(facts, roles):
        average = next(_fits(facts, column, targets), None) or _without(facts, roles, column, targets)
        if average is not None:
            found[column.name] = average
    return found


def tested(facts: Facts, roles: Roles) -> list[ColumnFacts]:
    """Return the numeric features whose values repeat."""
    columns = [facts.columns[name] for name in roles.named(Role.FEATURE)]
    columns = [column for column in columns if column.storage.numeric and column.distinct >= LEAST_VALUES]
    return [column for column in columns if column.distinct <= 0.5 * column.filled]


@dataclass(frozen=True)
class _Target:
    """A label as a number per row (NaN where unknown), what it is in words, and whether it is yes or no."""

    words: str
    cells: Floats
    share: bool


def _targets(facts: Facts, roles: Roles, outcome: Outcome) -> tuple[_Target, ...]:
    known = outcome.known
    found: dict[str, tuple[Floats, bool]] = {}
    if outcome.above is not None:
        found[f"the share {outcome.above.words}"] = (outcome.above.positive.astype(np.float64), True)
    if outcome.amount is not None and len(outcome.questions) > 1:
        found["the place of the class"] = (outcome.amount, False)
    if outcome.amount is not None and len(outcome.questions) == 1 and np.unique(outcome.amount[known]).size > 2:
        found["the label"] = (outcome.amount, False)
    if len(outcome.questions) > 1:
        found |= {f"the share of {q.words}": (q.positive.astype(np.float64), True) for q in outcome.questions}
    if roles.revenue is not None and roles.revenue != roles.label:
        found[roles.revenue] = (facts.arrays.numbers[roles.revenue], False)
    return tuple(_Target(words, np.where(known, cells, np.nan), share) for words, (cells, share) in found.items())


def _grouped(group: Codes, size: int, target: Floats) -> tuple[Floats, Floats, float, float]:
    """Return rows and sum of the target per group, its variance within groups and its mean."""
    known = ~np.isnan(target)
    cells, group = target[known], group[known]
    n = np.bincount(group, minlength=size).astype(np.float64)
    totals = np.bincount(group, weights=cells, minlength=size).astype(np.float64)
    within = float((cells**2).sum() - (totals**2 / np.maximum(n, 1)).sum())
    mean = float(cells.mean()) if cells.size else math.nan
    return n, totals, within / max(cells.size - size, 1), mean


HANDFUL = 10

FLAGS = 2_000_000
"""Codes below this are counted by a flag each, which is faster than sorting them."""

_SCALES: Mapping[str, Callable[[Floats, float], Floats]] = {
    "": lambda v, _: v,
    "as percent": lambda v, _: v / 100,
    "as a multiple of the mean": lambda v, m: v * m,
    "as an index with the mean at 100": lambda v, m: v * m / 100,
    "as logarithm of the odds": lambda v, _: special.expit(v),
    "as weight of evidence": lambda v, m: special.expit(v + special.logit(m)),
    "as weight of evidence, turned round": lambda v, m: special.expit(special.logit(m) - v),
}
"""How averages of the label are written, as the share that a value stands for."""


def _fits(facts: Facts, column: ColumnFacts, targets: tuple[_Target, ...]) -> Iterator[Average]:
    values = facts.arrays.numbers[column.name]
    there = ~np.isnan(values)
    unique, group = np.unique(values[there], return_inverse=True)
    half = step_of(values[there][:500]) / 2
    near = []
    for target in targets if unique.size >= LEAST_VALUES else ():
        n, totals, scatter, mean = _grouped(group, unique.size, target.cells[there])
        if scatter <= 0 or not _goes_with(n, totals, scatter):
            continue
        for scale, share_of in _SCALES.items():
            if scale and (not target.share or not 0 < mean < 1):
                continue
            shares = share_of(unique, mean)
            if target.share and (shares.min() < 0 or shares.max() > 1):
                continue
            rounding = np.abs(share_of(unique + half, mean) - shares)
            groups = Groups(shares, n, totals, rounding, scatter)
            fit = exact_fit(groups)
            if fit is not None:
                yield Average(target.words, "", "", scale, fit)
            elif scale == "" and (rough := near_fit(groups, mean)) is not None:
                near.append(Average(target.words, "", "", scale, rough))
    yield from near


def _goes_with(n: Floats, totals: Floats, scatter: float) -> bool:
    """Tell whether the target rises or falls with the value at all, by rank, since every scale keeps the order.

    Averages of pure chance over k groups give a squared standard score of k - 1 or nearly; a ninth of that is asked
    for, and never more than three standard errors, so that few columns need the search for a line. The score of a
    handful of groups says little: they are all searched.
    """
    if n.size <= HANDFUL:
        return True
    place = np.cumsum(n) - n / 2
    place -= float((n * place).sum()) / max(float(n.sum()), 1.0)
    spread = float((n * place**2).sum())
    return abs(float((place * totals).sum())) >= min(3.0, math.sqrt(n.size) / 3) * math.sqrt(spread * scatter)


def _without(facts: Facts, roles: Roles, column: ColumnFacts, targets: tuple[_Target, ...]) -> Average | None:
    """Find averages that leave out the row or its fold, over groups that a column of the table names."""
    values = facts.arrays.numbers[column.name]
    there = ~np.isnan(values)
    own, codes = np.unique(values[there]).size, facts.arrays.identity[column.name]
    for key in facts.columns.values():
        if key.name in (column.name, roles.label, roles.revenue) or not _names_groups(key):
            continue
        group = facts.arrays.identity[key.name]
        if group.min() > 0 and own > MOST_FOLDS * group.max():
            continue
        known = there & (group > 0)
        groups = int(np.count_nonzero(np.bincount(group[known])))
        most = int(min(MOST_FOLDS * groups, 0.5 * known.sum()))
        joint = group[known] * (int(codes.max()) + 1) + codes[known]
        if not 1.2 * groups < _different(joint, most) <= most:
            continue
        for target in targets:
            found = _left_out(values, group, np.where(known, target.cells, np.nan))
            if found is not None:
                return Average(target.words, key.name, found[0], "", found[1])
    return None


def _different(codes: Codes, most: int) -> int:
    """Count the different codes; where the first rows hold more than `most` of them, the rest are not looked at."""
    for rows in (4 * most, codes.size):
        part = codes[:rows]
        reach = int(part.max(initial=0)) + 1
        if reach <= FLAGS:
            met = np.zeros(reach, dtype=np.bool_)
            met[part] = True
            found = int(np.count_nonzero(met))
        else:
            found = np.unique(part).size
        if found > most or rows >= codes.size:
            break
    return found


def _names_groups(key: ColumnFacts) -> bool:
    return 2 <= key.distinct <= 0.5 * max(key.filled, 1) and key.storage.value in ("text", "integer", "boolean", "date")


def _left_out(values: Floats, group: Codes, target: Floats) -> tuple[str, Fit] | None:
    known = ~np.isnan(target) & ~np.isnan(values)
    v, g, y = values[known], group[known], target[known]
    if v.size == 0:
        return None
    unique, place = np.unique(v, return_inverse=True)
    cells, cell = np.unique(g * unique.size + place, return_inverse=True)
    key, value = cells // unique.size, unique[cells % unique.size]
    n, total = np.bincount(cell).astype(np.float64), np.bincount(cell, weights=y)
    rows, sums = np.bincount(g).astype(np.float64)[key], np.bincount(g, weights=y)[key]
    scatter = float(y.var())
    half = np.full(n.size, step_of(v[:500]) / 2)
    for words, size, rest in (
        ("the row itself", rows - 1, sums - total / n),
        ("the row's fold", rows - n, sums - total),
    ):
        fit = exact_fit(Groups(value, size, rest, half, scatter), MOSTLY)
        if fit is not None:
            return words, fit
    return None
