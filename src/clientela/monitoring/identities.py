"""Sums and products of columns that give another one: learnt, and what broke them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.columns import Flags, Floats, Kind, Side
from clientela.monitoring.contract import SPANS, Rule, Term
from clientela.monitoring.restored import MOST, added, capped, moved_or_lost, rounded_off, same, scaled, wrapped
from clientela.monitoring.spans import as_sum
from clientela.monitoring.transforms import unit_of
from clientela.statistics.threads import one_thread

SUM, PRODUCT = "sum", "product"

LARGEST = 1e150
"""Numbers from which squares are beyond all numbers there are."""

MOST_COLUMNS = 40
MOST_ROWS = 4_000
LEAST_ROWS = 100
FULL = 0.95
"""Share of the rows in which a column must be there."""

MATTERS = 30
"""Rows in which each part must tell: the others would give the whole without it."""

SLACK = 0.001
"""Share of rows that may break an identity that is still learnt."""

NEAR = 0.01
"""Distance from 1 of a weight that was estimated with rounded values."""

FARTHER = 2.0
"""How much farther from the reference (chi-square by its degrees of freedom) a part must be than the whole that it is
told in place of, and than chance."""

NEARER = 1.0
"""How much nearer to the reference all columns together must be for a later account of what broke an identity."""

Distance = Callable[[str, Floats], float]
"""How far a column with some values is from the reference: chi-square by its degrees of freedom."""

DAY, HALF_HOUR, MOST_HALVES = 86_400.0, 1_800.0, 28
"""Seconds; zones are fourteen hours apart from UTC at most."""


def learn_identities(side: Side, terms: Sequence[Term]) -> Iterator[Rule]:
    """Yield columns that are the sum, or the product, of others, each with plus or minus, times or divided by.

    The weights are those of least squares, on logarithms for products; columns without which the rest gives the whole
    as well are left out one by one.
    """
    held = [t for t in terms if t.kind is Kind.NUMBER and t.nulls <= 1 - FULL and t.high > t.low]
    names = [t.name for t in held if max(abs(t.low), abs(t.high)) < LARGEST][:MOST_COLUMNS]
    told: set[frozenset[str]] = set()
    for kind in (SUM, PRODUCT):
        for rule in sorted(_found(kind, side, names), key=lambda one: _plainness(one, side)):
            if frozenset(rule.columns) not in told:
                told.add(frozenset(rule.columns))
                yield rule


def _plainness(rule: Rule, side: Side) -> tuple[float, ...]:
    """Of the ways to write one identity, that with fewest minus signs, and then the largest whole, comes first."""
    return sum(part[0] in "-/" for part in rule.parts), -float(np.nanmean(np.abs(side.numbers[rule.left])))


def _found(kind: str, side: Side, names: Sequence[str]) -> Iterator[Rule]:
    values = np.stack([side.numbers[name] for name in names], axis=1) if names else np.zeros((0, 0))
    values = values[~np.isnan(values).any(axis=1)]
    if kind == PRODUCT:
        varied = [place for place in range(len(names)) if values.size and np.mean(values[:, place] > 0) > FULL]
        names, values = [names[place] for place in varied], values[:, varied]
        values = np.log(values[(values > 0).all(axis=1)])
    values = values[:MOST_ROWS]
    if values.shape[0] < LEAST_ROWS or len(names) < 3:
        return
    for whole in range(len(names)):
        signs = _signs(values, whole)
        if len(signs) < 2:
            continue
        marks = "+-" if kind == SUM else "*/"
        ordered = sorted(signs, key=lambda place: -signs[place])
        parts = tuple(f"{marks[signs[place] < 0]}{names[place]}" for place in ordered)
        rule = Rule(kind, names[whole], "", parts[0][1:], "", 0, side.rows, parts, _within(side, names[whole], parts))
        count = int(broken_identity(rule, side).sum())
        if count <= SLACK * side.rows and all(_matters(rule, part, side) for part in parts):
            yield Rule(*(vars(rule) | {"exceptions": count}).values())


def _signs(values: Floats, whole: int) -> dict[int, int]:
    """Return which columns, with which sign, give a column; nothing where none do."""
    target, chosen = values[:, whole], [place for place in range(values.shape[1]) if place != whole]
    scale = float(target.std())
    weights, left = _fitted(values, chosen, target)
    if left > NEAR * scale:
        return {}
    order = sorted(chosen, key=lambda place: abs(weights[chosen.index(place)]) * values[:, place].std())
    for place in order:
        rest = [one for one in chosen if one != place]
        if rest and _fitted(values, rest, target)[1] <= max(NEAR * scale / 10, 1.01 * left):
            chosen = rest
    weights = _fitted(values, chosen, target)[0]
    if np.any(np.abs(np.abs(weights) - 1) > NEAR):
        return {}
    return {place: int(np.sign(weight)) for place, weight in zip(chosen, weights, strict=True)}


def _fitted(values: Floats, chosen: Sequence[int], target: Floats) -> tuple[Floats, float]:
    """Return the weights of least squares and what is left (98th part of a hundred, so that a few rows may differ)."""
    with one_thread():
        weights = np.asarray(np.linalg.lstsq(values[:, chosen], target, rcond=None)[0], dtype=np.float64)
        left = np.abs(target - values[:, chosen] @ weights)
    return weights, float(np.quantile(left, 0.98))


def _within(side: Side, whole: str, parts: Sequence[str]) -> float:
    """Return how far rounding may part a whole from its parts."""
    units = [unit_of(side.numbers[name]) for name in (whole, *(part[1:] for part in parts))]
    return (0.5 * min(units) * (len(units) + 1) if parts[0][0] in "+-" else units[0]) + 1e-9


def _matters(rule: Rule, part: str, side: Side) -> bool:
    """Tell whether the whole is another one without a part, in rows enough."""
    rest = tuple(one for one in rule.parts if one != part)
    with np.errstate(invalid="ignore"):
        gap = np.abs(given(rule.kind, rest, side) - given(rule.kind, rule.parts, side))
    return int((gap > rule.within).sum()) >= MATTERS


def given(kind: str, parts: Sequence[str], side: Side) -> Floats:
    """Return the whole as its parts give it, row by row."""
    whole = np.zeros(side.rows) if kind == SUM else np.ones(side.rows)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for part in parts:
            values = side.numbers[part[1:]]
            whole = {"+": whole + values, "-": whole - values, "*": whole * values, "/": whole / values}[part[0]]
    return whole


def broken_identity(rule: Rule, side: Side) -> Flags:
    """Return in which rows the whole is not what its parts give; rows with a missing cell break nothing."""
    rule, side = as_sum(rule, side)
    whole = side.numbers[rule.left]
    with np.errstate(invalid="ignore"):
        wide = rule.within + (1e-6 if rule.kind == SUM else 1e-4) * np.abs(whole)
        broken: Flags = np.abs(whole - given(rule.kind, rule.parts, side)) > wide
    return broken


def rounded(rule: Rule, name: str, side: Side, step: float) -> bool:
    """Tell whether rounding a column to a step may have broken an identity; so it is where it holds or lacks it."""
    if name not in rule.columns or not all(map(side.has, rule.columns)):
        return True
    few = side.only(broken_identity(rule, side))
    rule, few = as_sum(rule, few)
    with np.errstate(invalid="ignore"):
        near = np.abs(few.numbers[name] - _as_given(rule, name, few)) <= 0.51 * step + rule.within
    return not few.rows or bool(near.mean() > MOST)


@dataclass(frozen=True)
class Named:
    """What broke an identity.

    Attributes:
        columns: Columns that broke it.
        cause: The cause.
        words: What they do, "" where the rows do not tell.
        sure: Whether the rows themselves show it; two columns that were multiplied make a third one seem divided.
        factor: By what the column was multiplied, 1 where it was not.
    """

    columns: tuple[str, ...]
    cause: Cause = Cause.METRIC_DEFINITION
    words: str = ""
    sure: bool = False
    factor: float = 1.0


def named(rule: Rule, side: Side, rows: Flags, apart: Mapping[str, float], distance: Distance) -> Named:
    """Return what broke an identity.

    Two columns after whose exchange it holds again are exchanged. Else each column is put as the others give it: where
    the old values come back in another order they are on wrong rows, where they were a constant times the new ones the
    scale is another, and where a part is what is missing from the whole it was left out. Of several such accounts that
    one counts after which the columns are nearest to the reference, and the first where they are as near.

    Args:
        rule: The identity.
        side: The batch.
        rows: Rows that break it.
        apart: How far each column is from the reference; where several may be multiplied it is the farthest.
        distance: How far a column with these values is from the reference.
    """
    span = rule.kind in SPANS
    if span and (times := _moved_times(rule, side, int(rows.sum()))):
        return Named(
            times, Cause.TIMEZONE, f"{'is' if len(times) == 1 else 'of which one is'} moved by hours", sure=True
        )
    rule, few = as_sum(rule, side.only(rows))
    best: tuple[float, Named] | None = None
    for told, back in _accounts(rule, few, apart, span=span):
        fresh = {name: _put(side.numbers[name], rows, values) for name, values in back.items() if name in apart}
        left = {**apart, **{name: distance(name, values) for name, values in fresh.items()}}
        score = sum(max(one, FARTHER) for one in left.values())
        if best is None or score < best[0] - NEARER:
            best = score, told
    return best[1] if best is not None else Named((rule.left,))


def _put(values: Floats, rows: Flags, fresh: Floats) -> Floats:
    put = values.copy()
    put[rows] = fresh
    return put


def _accounts(
    rule: Rule, few: Side, apart: Mapping[str, float], *, span: bool
) -> Iterator[tuple[Named, dict[str, Floats]]]:
    """Yield what may have broken an identity, with the values that the columns concerned would have had."""
    for first, second in itertools.combinations(rule.columns, 2):
        back = {first: few.numbers[second], second: few.numbers[first]}
        if broken_identity(rule, few.put(first, back[first]).put(second, back[second])).mean() < 1 - MOST:
            yield Named((first, second), Cause.COLUMN_SWAP, "are exchanged", sure=True), back
    if (told := _left_out(rule, few, apart)) is not None:
        yield told, {name: _as_given(rule, name, few) for name in told.columns}
    for changed in (moved_or_lost, wrapped, capped, rounded_off, scaled, added):
        for name in sorted(rule.columns, key=lambda one: -apart[one]):
            if changed is added and span and name != rule.left:
                continue  # a count is off by one sooner than two clocks are
            given_as = _as_given(rule, name, few)
            cause, words = changed(few.numbers[name], given_as, rule.within)
            if words:
                sure = changed in (moved_or_lost, wrapped, capped, rounded_off)
                factor = float(words.split()[1]) if changed is scaled else 1.0
                yield Named((name,), cause, words, sure, factor), {name: given_as}


def _left_out(rule: Rule, few: Side, apart: Mapping[str, float]) -> Named | None:
    """Return the whole that leaves out a part, or the other part that takes it in, where that one moved."""
    for part in rule.parts:
        rest = tuple(one for one in rule.parts if one != part)
        if same(few.numbers[rule.left], given(rule.kind, rest, few), rule.within) > MOST:
            taker = max((one[1:] for one in rest if one[0] == part[0]), key=lambda one: apart[one], default=rule.left)
            if apart[taker] < FARTHER * max(FARTHER, apart[rule.left]):
                taker = rule.left
            verb = "leaves out" if taker == rule.left else "takes in"
            return Named((taker,), Cause.METRIC_DEFINITION, f"{verb} {part[1:]}", sure=True)
    return None


def _moved_times(rule: Rule, side: Side, broken: int) -> tuple[str, ...]:
    """Return the times of a span of which one was moved by half hours, for then it holds again in all rows."""
    left: dict[str, float] = {}
    for name in (part[1:] for part in rule.parts):
        values = side.numbers[name]
        if np.any(np.nan_to_num(values) % DAY):  # days have no zone
            tried = (values - halves * HALF_HOUR for halves in range(-MOST_HALVES, MOST_HALVES + 1))
            left[name] = min(float(broken_identity(rule, side.put(name, moved)).sum()) for moved in tried)
    least = min(left.values(), default=math.inf)
    return tuple(name for name, rows in left.items() if rows == least <= (1 - MOST) * broken)


def _as_given(rule: Rule, name: str, side: Side) -> Floats:
    """Return a column as the others of an identity give it."""
    if name == rule.left:
        return given(rule.kind, rule.parts, side)
    sign = next(part[0] for part in rule.parts if part[1:] == name)
    rest = given(rule.kind, tuple(part for part in rule.parts if part[1:] != name), side)
    whole = side.numbers[rule.left]
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"+": whole - rest, "-": rest - whole, "*": whole / rest, "/": rest / whole}[sign]
