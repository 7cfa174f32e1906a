"""Quality by month and by group, and the parts of the rows where the model errs more than it expects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.estimate import Estimate
from clientela.models.evaluating import Judged, fewer_units
from clientela.models.evidence import Slice, Weak
from clientela.models.partition import Branch, Limits, grow
from clientela.models.recipe import Category, Number, fit_recipe
from clientela.models.values import FloatArray, IntArray, moments, months, numbers, texts
from clientela.statistics.intervals import bootstrap_each, bootstrap_ratio, sure_share
from clientela.statistics.scores import Ranking

LEAST_ROWS = 100
"""Rows a part needs to be looked at on its own."""
MOST_GROUPS = 20
MOST_MONTHS = 24
LEAVES, DEPTH = 8, 3
SMALLEST = 1e-9


@dataclass(frozen=True)
class Rows:
    """Rows with what the model says of them, none of which it has seen.

    Attributes:
        frame: The rows.
        judged: Truth.
        chance: Probability of anything above the first class.
        classes: Class every row is put into.
    """

    frame: pl.DataFrame
    judged: Judged
    chance: FloatArray
    classes: IntArray

    @property
    def above(self) -> FloatArray:
        """Whether each row is above the first class, as 0 or 1."""
        return (self.judged.codes > 0).astype(np.float64)


def by_month(rows: Rows, time: str | None) -> tuple[Slice, ...]:
    """Return quality by month of the time column, in order; nothing where there are no months.

    Args:
        rows: Rows.
        time: The time column, or None.
    """
    if time is None or time not in rows.frame.columns:
        return ()
    series = rows.frame[time]
    named = months(series)
    names = texts(series) if named is not None else moments(series).dt.strftime("%Y-%m")
    places = named if named is not None else names.rank("dense").cast(pl.Float64).fill_null(float("nan")).to_numpy()
    found = [(place, inside) for place in np.unique(places[np.isfinite(places)]) if (inside := places == place).any()][
        -MOST_MONTHS:
    ]
    return tuple(
        _slice(rows, "month", time, str(names.filter(inside)[0]), np.flatnonzero(inside)) for _, inside in found
    )


def by_group(rows: Rows, columns: Sequence[str]) -> tuple[Slice, ...]:
    """Return quality by value of categories and of yes-or-no columns, largest groups first.

    Args:
        rows: Rows.
        columns: Columns whose values make groups.
    """
    found = []
    for column in columns:
        step = fit_recipe(rows.frame.select(column), [column]).steps[0]
        if isinstance(step, Category) or (isinstance(step, Number) and step.truth):
            cells = texts(rows.frame[column])
            for value, count in cells.drop_nulls().value_counts(name="rows").iter_rows():
                if LEAST_ROWS <= count < len(cells):
                    found.append((-count, column, value))
    return tuple(
        _slice(rows, "group", column, value, _where(rows.frame[column], value))
        for _, column, value in sorted(found)[:MOST_GROUPS]
    )


def _where(series: pl.Series, value: str) -> IntArray:
    return np.flatnonzero((texts(series) == value).fill_null(value=False).to_numpy())


def _slice(rows: Rows, kind: str, column: str, value: str, inside: IntArray) -> Slice:
    judged, chance = rows.judged.of(inside), rows.chance[inside]
    above, named = judged.codes > 0, rows.classes[inside] > 0
    ranking = Ranking(above, chance)

    def all_of(weights: FloatArray) -> FloatArray:
        whole, bought = weights.sum(), (weights * above).sum()
        share = float(bought / whole)
        found = float((weights * (above & named)).sum() / bought) if bought > 0 else np.nan
        return np.array([ranking.auc(weights), share, float((weights * chance).sum() / whole) - share, found])

    fewer = fewer_units(judged.units, above)
    area, observed, gap, found = bootstrap_each(
        all_of, judged.units, judged.resamples, judged.seed, judged.unit, [len(fewer)]
    )
    area = sure_share(area, fewer)
    observed, found = sure_share(observed, judged.units), sure_share(found, judged.units[above])
    return Slice(
        kind, column, value, len(inside), area, observed, float(chance.mean()), gap, float(named.mean()), found
    )


def weak(rows: Rows, columns: Sequence[str]) -> tuple[Weak, ...]:
    """Find where the model errs more than it expects on half of the units, and measure it on the other half.

    What is looked for is log loss less the loss that the model's own probabilities expect: a row that is hard to
    tell and known to be so is no fault. Of a model whose probabilities are right the excess is 0 in every part, so
    an interval above 0 on rows that took no part in the search shows a fault there.

    Args:
        rows: Rows.
        columns: Columns to ask about.

    Returns:
        The parts, largest excess on the second half first.
    """
    chance = np.clip(rows.chance, SMALLEST, 1 - SMALLEST)
    above = rows.above
    excess = (chance - above) * np.log(chance / (1 - chance))
    _, units = np.unique(rows.judged.units, return_inverse=True)
    first = np.random.default_rng(rows.judged.seed).permutation(int(units.max()) + 1)[units.reshape(-1)] % 2 == 0
    least = max(LEAST_ROWS // 2, int(0.02 * first.sum()))
    searched = rows.frame.filter(first).select(columns)
    tree = grow(searched, excess[first], Limits(LEAVES, DEPTH, least, rows.judged.seed))
    frame = rows.frame.select(columns)
    everything = np.ones(len(frame), dtype=np.bool_)
    found = []
    for rule, inside in _leaves(tree, frame, everything, ()) if tree else ():
        suspected = float(excess[inside & first].mean()) if (inside & first).any() else 0.0
        held = np.flatnonzero(inside & ~first)
        if suspected <= 0 or len(held) < LEAST_ROWS // 2:
            continue
        measured, observed = _mean(rows, excess, held), _mean(rows, above, held)
        holds = measured.low > 0
        expected = float(chance[held].mean())
        found.append(Weak(rule, len(held), suspected, measured, observed, expected, holds))
    return tuple(sorted(found, key=lambda one: -one.excess.value))


def _mean(rows: Rows, values: FloatArray, inside: IntArray) -> Estimate:
    judged = rows.judged
    ones = np.ones(len(inside))
    return bootstrap_ratio(values[inside], ones, judged.units[inside], judged.resamples, judged.seed, judged.unit)


_Leaf = tuple[str, NDArray[np.bool_]]
_Step = tuple[Branch, bool]
"""A question, and whether it was fulfilled."""


def _leaves(
    branch: Branch | None, frame: pl.DataFrame, inside: NDArray[np.bool_], path: tuple[_Step, ...]
) -> Iterator[_Leaf]:
    """Yield every leaf: its rule in words, and its rows."""
    if branch is None:
        yield _rule(path), inside
        return
    answers = _answers(branch, frame[branch.column])
    yield from _leaves(branch.yes, frame, inside & answers, (*path, (branch, True)))
    yield from _leaves(branch.no, frame, inside & ~answers, (*path, (branch, False)))


def _rule(path: tuple[_Step, ...]) -> str:
    """Return a rule in words: the bounds of one column joined, so that each column with bounds is named once."""
    bounded: dict[str, list[_Step]] = {}
    for branch, fulfilled in path:
        if branch.operator == "<=":
            bounded.setdefault(branch.column, []).append((branch, fulfilled))
    told = dict.fromkeys(
        _bounds(bounded[branch.column]) if branch.operator == "<=" else _words(branch)[not fulfilled]
        for branch, fulfilled in path
    )
    return " and ".join(told)


def _bounds(steps: Sequence[_Step]) -> str:
    """Return the bounds of one column; rows without a value are in where every question takes them."""
    highs = [branch.value for branch, fulfilled in steps if fulfilled and branch.value is not None]
    lows = [branch.value for branch, fulfilled in steps if not fulfilled and branch.value is not None]
    parts = [f"above {max(lows):g}"] if lows else []
    parts += [f"at most {min(highs):g}"] if highs else []
    gap = all(branch.missing_seen and branch.missing == fulfilled for branch, fulfilled in steps)
    return f"{steps[0][0].column} {' and '.join(parts)}{' or missing' if gap else ''}"


def _answers(branch: Branch, series: pl.Series) -> NDArray[np.bool_]:
    if branch.operator == "<=" and branch.value is not None:
        values = numbers(series)
        return np.where(np.isfinite(values), values <= branch.value, branch.missing)
    if branch.operator == "in":
        cells = texts(series)
        listed = cells.is_in(list(branch.values)).fill_null(value=False).to_numpy()
        return np.where(cells.is_null().to_numpy(), branch.missing, listed)
    if series.dtype.is_numeric():
        return ~np.isfinite(numbers(series))
    return np.asarray(texts(series).is_null().to_numpy(), dtype=np.bool_)


def _words(branch: Branch) -> tuple[str, str]:
    """Return the rule of rows that fulfil a question without bounds, and of those that do not."""
    name = branch.column
    if branch.operator == "missing":
        return f"{name} is missing", f"{name} is known"
    yes_gap, no_gap = (" or missing", "") if branch.missing else ("", " or missing")
    if not branch.missing_seen:
        yes_gap = no_gap = ""
    listed = ", ".join(branch.values)
    return f"{name} is {listed}{yes_gap}", f"{name} is not {listed}{no_gap}"
