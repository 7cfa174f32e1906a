"""Quality by month and by group, and the parts of the rows where the model errs more than it expects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import quoted
from clientela.domain.estimate import Estimate
from clientela.models.evaluating import Judged, fewer_units
from clientela.models.evidence import Looked, Slice, Weak
from clientela.models.partition import Branch, Limits, grow
from clientela.models.recipe import MOST_SHOWN, Category, Number, Step
from clientela.models.values import FloatArray, IntArray, moments, months, numbers, texts
from clientela.statistics.intervals import bootstrap_each, bootstrap_ratio, sure_share
from clientela.statistics.multiplicity import benjamini_hochberg
from clientela.statistics.parts import gap_of, ranked_apart, share_of
from clientela.statistics.scores import Ranking

LEAST_ROWS = 100
"""Rows a part needs to be looked at on its own."""
MOST_GROUPS = 20
"""Groups that are measured in full: the largest, and as many of those that stand out."""
MOST_TOLD = 3
"""Groups ranked worse that a sentence names each."""
MOST_MONTHS = 24
ERROR = 0.05
"""Largest share of false ones among the parts that are said to stand out (Benjamini and Hochberg 1995)."""
MATTERS = 0.05
"""An area under the ROC curve that is lower by less is no worse."""
GUESS = 0.5
"""Area of a guess; in folds noise ranks below it, as rows held out move the means of the others away from their own."""
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
    parts = [_Part("month", time, str(names.filter(inside)[0]), np.flatnonzero(inside)) for _, inside in found]
    return tuple(_slice(rows, part, seen) for part, seen in zip(parts, _seen(rows, parts), strict=True))


def by_group(rows: Rows, steps: Sequence[Step]) -> tuple[tuple[Slice, ...], Looked]:
    """Return quality by value of the columns that have few: categories, answers, and numbers with at most 30 values.

    Args:
        rows: Rows.
        steps: How columns whose values make groups are read.

    Returns:
        Those that stand out, largest first, then the largest of the others; and how many were looked at.
    """
    parts = [part for step in steps for part in _parts(rows, step)]
    parts.sort(key=lambda part: (-len(part.inside), part.column, part.value))
    looked = list(zip(parts, _seen(rows, parts), strict=True))
    apart = [one for one in looked if one[1].off or one[1].worse]
    others = [one for one in looked if not (one[1].off or one[1].worse)]
    chosen = apart[:MOST_GROUPS] + others[: max(0, MOST_GROUPS - len(apart))]
    # one that is ranked worse is the graver finding
    chosen += [one for one in apart[MOST_GROUPS:] if one[1].worse][:MOST_GROUPS]
    counted = Looked(len(parts), sum(seen.off for _, seen in looked), sum(seen.worse for _, seen in looked))
    return tuple(_slice(rows, part, seen) for part, seen in chosen), counted


def told(slices: Sequence[Slice]) -> tuple[str, ...]:
    """Say which groups are ranked worse than the other rows, the worst first."""
    worse = sorted((one for one in slices if one.kind == "group" and one.worse), key=lambda one: one.apart.value)
    said = [
        f"Rows where {quoted(one.column)} is {quoted(one.value)} are ranked worse than the others beyond chance: "
        f"AUC {one.auc.value:.3f} ({one.auc.low:.3f} to {one.auc.high:.3f}) against {one.rest:.3f}."
        for one in worse[:MOST_TOLD]
    ]
    more = len(worse) - MOST_TOLD
    if more > 0:
        said.append(f"{more} more {'group is' if more == 1 else 'groups are'} ranked worse: see the model card.")
    return tuple(said)


@dataclass(frozen=True)
class _Part:
    """Rows with one value of a column."""

    kind: str
    column: str
    value: str
    inside: IntArray


@dataclass(frozen=True)
class _Seen:
    """A part beside the rest: gaps of chances and of areas, the area of the rest, and whether it stands out."""

    gap: Estimate
    apart: Estimate
    rest: float
    off: bool = False
    worse: bool = False


def _parts(rows: Rows, step: Step) -> Iterator[_Part]:
    """Yield the values of a column that have enough rows, where it has few values or categories."""
    if not isinstance(step, Category | Number):
        return
    cells = texts(rows.frame[step.column])
    values = cells.drop_nulls().value_counts(name="rows")
    if isinstance(step, Number) and not step.truth and len(values) > MOST_SHOWN:
        return
    for value, count in values.iter_rows():
        if LEAST_ROWS <= count < len(cells):
            inside = np.flatnonzero((cells == value).fill_null(value=False).to_numpy())
            yield _Part("group", step.column, value, inside)


def _seen(rows: Rows, parts: Sequence[_Part]) -> list[_Seen]:
    """Hold parts of one kind against their chances and the other rows; all of them together keep to `ERROR`."""
    above, units = rows.judged.codes > 0, rows.judged.units
    found, chances = [], np.full((2, len(parts)), np.nan)
    for place, part in enumerate(parts):
        inside = np.zeros(len(above), dtype=np.bool_)
        inside[part.inside] = True
        gap, chances[0, place] = gap_of(rows.chance[inside], above[inside], units[inside])
        apart, rest, chances[1, place] = ranked_apart(rows.chance, above, inside, units)
        found.append(_Seen(gap, apart, rest))
    off, worse = benjamini_hochberg(chances.ravel()).reshape(chances.shape) <= ERROR
    return [
        replace(one, off=bool(off[place]), worse=bool(worse[place]) and _matters(one))
        for place, one in enumerate(found)
    ]


def _matters(one: _Seen) -> bool:
    """Tell whether the other rows are ranked better by enough than these, or than by a guess where that is more."""
    return one.rest - max(GUESS, one.rest + one.apart.value) >= MATTERS


def _slice(rows: Rows, part: _Part, seen: _Seen) -> Slice:
    inside = part.inside
    judged, chance = rows.judged.of(inside), rows.chance[inside]
    above, named = judged.codes > 0, rows.classes[inside] > 0
    ranking = Ranking(above, chance)

    def all_of(weights: FloatArray) -> FloatArray:
        bought = (weights * above).sum()
        found = float((weights * (above & named)).sum() / bought) if bought > 0 else np.nan
        return np.array([ranking.auc(weights), found])

    fewer = fewer_units(judged.units, above)
    area, found = bootstrap_each(all_of, judged.units, judged.resamples, judged.seed, judged.unit, [len(fewer), None])
    return Slice(
        kind=part.kind,
        column=part.column,
        value=part.value,
        rows=len(inside),
        auc=sure_share(area, fewer),
        observed=share_of(above, judged.units),
        expected=float(chance.mean()),
        gap=seen.gap,
        named=float(named.mean()),
        found=sure_share(found, judged.units[above]),
        apart=seen.apart,
        rest=seen.rest,
        off=seen.off,
        worse=seen.worse,
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
