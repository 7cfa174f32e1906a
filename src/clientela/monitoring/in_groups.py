"""Numbers that changed in one group of the rows only, too few for all rows to show it: what changed them there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Self

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Codes, Flags, Floats, Kind
from clientela.monitoring.fitting import Bins, Fit, scan
from clientela.monitoring.gaps import ONLY_WHERE
from clientela.monitoring.looking_like import coded
from clientela.monitoring.strength import score_interval
from clientela.monitoring.transforms import Change
from clientela.statistics.two_samples import homogeneity_p, share_p

FEW = 15
"""Rows of a group, in batch and reference, from which it shows what changed."""

LEAST_SQUARES, FAR = 16.0, 4.0
"""Chi-square of one bin, and standard deviations of that of all, below which no group is looked at."""

MOST = 0.9
"""Share of the rows that a group may have, so that there are others."""

STAYED = 1e-3
"""Chance above which the other groups of a column stayed as they were, the one that moved most of them."""

AT_ONCE = 32
"""Columns whose groups are counted at once: more would take memory, fewer time."""

TRIED = 5
"""Groups, those that moved most surely, in which the change is looked for."""

ALONE = 1.3
"""Part of what one value gained that all values together may have gained where it took the place of others."""

MOVED = 1e-2
"""Chance below which the rows of all other groups moved as well."""


_Placed = tuple[Codes, Codes, int]
"""Bins of the rows of reference and batch, and how many there are; the last is for missing cells."""


@dataclass(frozen=True)
class _Group:
    """One level, or one part of the range, of a column.

    Attributes:
        chance: The chance that the number in question is as before in its rows.
        column: The column.
        code: Its code there.
        gap: How far the number moved in its rows: half the sum of the differences of shares.
    """

    chance: float
    column: str
    code: int
    gap: float


@dataclass(frozen=True)
class _Block:
    """The groups of several columns, numbered on, so that all are counted at once.

    Attributes:
        columns: Column of each group.
        codes: Its code there.
        told: Whether it is one: all levels without a code of their own are none.
        known: Group of each row of the reference, one line for each column.
        now: Group of each row of the batch.
    """

    columns: list[str]
    codes: Codes
    told: Flags
    known: Codes
    now: Codes

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.columns)

    @classmethod
    def made(cls, case: Case, names: Sequence[str]) -> Self:
        """Return the groups of some columns."""
        ones = [coded(case, name) for name in names]
        starts = np.cumsum([0, *(wide for *_, wide in ones)])[:-1, None]
        rests = [name in case.batch.texts for name in names]
        return cls(
            [name for name, (*_, wide) in zip(names, ones, strict=True) for _ in range(wide)],
            np.concatenate([np.arange(wide) for *_, wide in ones]),
            np.concatenate([np.arange(wide) < wide - rest for (*_, wide), rest in zip(ones, rests, strict=True)]),
            np.stack([known for known, *_ in ones]) + starts,
            np.stack([now for _, now, _ in ones]) + starts,
        )


def search_in_groups(case: Case) -> None:
    """Look for numbers that changed where another column has one value, and as nowhere else, and name the change.

    Another season changes the rows of a group in any way, so that nothing is looked for there.
    """
    if case.later:
        return
    numbers = [term.name for term in case.terms(Kind.NUMBER)]
    groups = [term.name for term in case.terms(Kind.NUMBER, Kind.CATEGORY)]
    level = case.alpha(len(numbers) * sum(coded(case, name)[2] for name in groups))
    places = {name: _placed(case, name) for name in numbers}
    blocks = [_Block.made(case, groups[start : start + AT_ONCE]) for start in range(0, len(groups), AT_ONCE)]
    moved = {
        name: [
            one
            for block in blocks
            for number in (places[name], coded(case, name))
            for others in _by_column(_moved(number, block, case.batch.rows), name)
            for one in _alone(others)
            if one.chance < level / 2
        ]
        for name in numbers
    }
    # what changed in a group changes the other columns where it has its new values: the surest change comes first
    surest = {name: min(group.chance for group in found) for name, found in moved.items() if found}
    for name in sorted(surest, key=lambda one: surest[one]):
        near = [group for group in moved[name] if group.chance <= math.sqrt(surest[name])]
        for group in sorted(near, key=lambda one: -one.gap)[:TRIED]:
            rows = [codes == group.code for codes in coded(case, group.column)[:2]]
            told = bool({name, group.column} & case.explained) or _rest_moved(places[name], rows)
            found = None if told else _named(case, name, group, rows)
            if found is not None:
                case.add(found)
                break


def _alone(groups: list[_Group]) -> list[_Group]:
    """Return the group that moved where no other one did: values on other rows move them all."""
    ordered = sorted(groups, key=lambda group: group.chance)
    return ordered[:1] if len(ordered) > 1 and ordered[1].chance > STAYED else []


def _placed(case: Case, name: str) -> _Placed:
    sides = (case.reference.numbers[name], case.batch.numbers[name])
    bins = Bins.made(*sides)
    known, now = (np.where(np.isnan(values), bins.size, bins.places(values)) for values in sides)
    return known, now, bins.size + 1


def _by_column(groups: Iterable[_Group], name: str) -> list[list[_Group]]:
    """Return the groups of each column other than the one they are looked at for."""
    return [list(ones) for column, ones in groupby(groups, key=lambda group: group.column) if column != name]


def _moved(number: _Placed, block: _Block, rows: int) -> list[_Group]:
    """Return groups with the chance that a number is as before in their rows, all of each column where one may be."""
    known, now, width = number
    tables = [
        np.bincount((codes * width + own).ravel(), minlength=block.size * width)
        .reshape(block.size, width)
        .astype(np.float64)
        for codes, own in ((block.known, known), (block.now, now))
    ]
    base, size = (table.sum(axis=1) for table in tables)
    whole = np.maximum(base + size, 1.0)[:, None]
    both = tables[0] + tables[1]
    expected = [both * part[:, None] / whole for part in (base, size)]
    # bins of few rows say nothing by this law
    full = np.minimum(*expected) >= 1.0
    gaps = sum((table - part) ** 2 / np.maximum(part, 1e-9) for table, part in zip(tables, expected, strict=True))
    chi2, freedom = np.where(full, gaps, 0.0).sum(axis=1), full.sum(axis=1) - 1
    lone = np.where(full, gaps, 0.0) / np.maximum(1 - both / whole, 1e-9)
    told = block.told & (np.minimum(base, size) >= FEW) & (size <= MOST * rows) & (freedom > 0)
    # a chance that matters has sums of squares far above these, and most columns have none
    far = (lone.max(axis=1) > LEAST_SQUARES) | (chi2 > freedom + FAR * np.sqrt(2.0 * np.maximum(freedom, 0)))
    looked = {block.columns[place] for place in np.flatnonzero(told & far)}
    return [
        _Group(
            _chance(tables[1][place], tables[0][place], int(lone[place].argmax())),
            block.columns[place],
            int(block.codes[place]),
            0.5 * float(np.abs(tables[0][place] / base[place] - tables[1][place] / size[place]).sum()),
        )
        for place in np.flatnonzero(told)
        if block.columns[place] in looked
    ]


def _chance(now: Floats, known: Floats, place: int) -> float:
    """Return the chance that bins hold what they held before: all together, sparse ones joined, or one alone."""
    alone = share_p(int(now[place]), int(now.sum()), int(known[place]), int(known.sum()))
    return 2 * min(homogeneity_p(now, known), now.size * alone)


def _rest_moved(number: _Placed, rows: list[Flags]) -> bool:
    known, now, width = number
    counts = [np.bincount(codes[~part], minlength=width) for codes, part in zip((known, now), rows, strict=True)]
    return homogeneity_p(counts[1].astype(np.float64), counts[0].astype(np.float64)) < MOVED


def _named(case: Case, name: str, group: _Group, rows: list[Flags]) -> Found | None:
    """Return what changed a number in the rows of a group; None where no change that is known did."""
    inside = replace(
        case,
        reference=case.reference.only(rows[0]),
        batch=case.batch.only(rows[1]),
        order=case.order[rows[1]],
        codes={},
        counts={},
        broken={},
        clusters=[],
    )
    seen = scan(inside, name, 1.0)
    fit = seen.whole or seen.best
    if fit is None or fit.change.cause in (Cause.SAMPLING, Cause.UNKNOWN):  # rows of all groups would be lost
        fit = _one_value(inside, name)
    if fit is None or fit.change.cause is Cause.UNKNOWN or fit.change.other:
        return None
    if fit.share * rows[1].mean() < FLOOR:
        return None
    where = _where(case, group, rows)
    share = "all" if fit.share == 1 else f"about {fit.share:.0%}"
    what = f"looks like {fit.change.name} in {share} of the rows where {where}, as before in all others"
    evidence = {"change": fit.change.name, "share": fit.share, "chi2 explained": fit.gain, "chi2 left": fit.left}
    cause, others = fit.change.cause, fit.change.alternatives
    if cause is Cause.NULL_SEMANTICS:  # not all that was zero or missing, but what a rule left out
        cause, others = Cause.METRIC_DEFINITION, (cause, *(one for one in others if one is not Cause.METRIC_DEFINITION))
    # of all rows, as for other causes
    strength = score_interval(fit.share * int(rows[1].sum()), rows[1].size)
    return Found(cause, (name,), {**evidence, ONLY_WHERE: where}, rows[1], others, what, strength=strength)


def _one_value(case: Case, name: str) -> Fit | None:
    """Return that one value took the place of others, where it alone came more often."""
    known, now = (side.numbers[name][~np.isnan(side.numbers[name])] for side in (case.reference, case.batch))
    values, counts = np.unique(now, return_counts=True)
    value = float(values[counts.argmax()])
    gained = counts.max() / now.size - float(np.mean(known == value))
    bins = Bins.made(known, now)
    risen = bins.counts(now) / now.size - bins.counts(known) / known.size
    if gained <= 0 or risen[risen > 0].sum() > ALONE * gained:
        return None
    share = gained / max(1e-9, 1 - float(np.mean(known == value)))
    change = Change(f"set to {value:g}", Cause.METRIC_DEFINITION, known, alternatives=(Cause.NULL_SEMANTICS,))
    return Fit(change, share, 0.0, 0.0, share, share)


def _where(case: Case, group: _Group, rows: list[Flags]) -> str:
    """Return a group in words."""
    if group.column in case.batch.texts:
        return f"{group.column} is {case.baseline.contract.term(group.column).levels[group.code]}"
    values = case.reference.numbers[group.column][rows[0]]
    if np.isnan(values).all():
        return f"{group.column} is missing"
    return f"{group.column} is {np.nanmin(values):g} to {np.nanmax(values):g}"
