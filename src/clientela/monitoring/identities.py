"""Sums and products of columns that give another one: learnt, and what broke them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.columns import Flags, Floats, Kind, Side
from clientela.monitoring.contract import SIGNS, SPANS, Rule, Term
from clientela.monitoring.restored import (
    LEAST_TURNED,
    MOST,
    added,
    blurred,
    capped,
    moved_or_lost,
    of_another,
    of_other_rows,
    one_share,
    one_value,
    rounded_off,
    same,
    scaled,
    wrapped,
)
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

AT_LIMIT = 0.02
"""Share of the rows that lie at a limit, as the largest value of a column."""

LEAST_WITHIN = 5
"""Rows below a limit from which they tell what broke an identity."""

SLACK = 0.001
"""Share of rows that may break an identity that is still learnt."""

DIGITS = 6
"""Digits of a number that columns are multiplied by."""

AS_NEAR = 1.02
"""How much farther a whole may be from what its parts give where their number has fewer digits."""

VAGUE = 0.2
"""How far rounding may part a number from a multiple of another one, by its standard deviation."""

FOLLOWS = 1e-4
"""Singular value of coefficients, times the size of their columns, below which one rule follows from others."""

NEAR = 0.01
"""Distance from 1 of a weight that was estimated with rounded values."""

FARTHER = 2.0
"""How much farther from the reference (chi-square by its degrees of freedom) a part must be than the whole that it is
told in place of, and than chance."""

PLACES = 6
"""Places after the point to which what the other columns give is no sum of their rounding."""

NEARER = 1.0
"""How much nearer to the reference all columns together must be for a later account of what broke an identity."""

Distance = Callable[[str, Floats], float]
"""How far a column with some values is from the reference: chi-square by its degrees of freedom."""

DAY, HALF_HOUR, MOST_HALVES = 86_400.0, 1_800.0, 28
"""Seconds; zones are fourteen hours apart from UTC at most."""


def learn_identities(side: Side, terms: Sequence[Term]) -> Iterator[Rule]:
    """Yield columns that are the sum, or the product, of others, each with plus or minus, times or divided by.

    The weights are those of least squares, on logarithms for products; columns without which the rest gives the whole
    as well are left out one by one. A column that is missing or zero in many rows may be given in the others only:
    what a stay costs is rate times nights where somebody booked.
    """
    held = [t for t in terms if t.kind is Kind.NUMBER and t.high > t.low and max(abs(t.low), abs(t.high)) < LARGEST]
    places = list(_places(side, [term.name for term in held][:MOST_COLUMNS]))
    sums = _plainest((rule for place in places for rule in _found(SUM, place, ())), side)
    alike = _independent(sums, [rule for place in places for rule in _proportions(place)], side)
    products = _plainest((rule for place in places for rule in _found(PRODUCT, place, alike)), side)
    told: set[frozenset[str]] = set()
    for rule in (*sums, *alike, *products):
        count = int(broken_identity(rule, side).sum())  # a rule with a limit was learnt below it, and holds at it too
        if frozenset(rule.columns) not in told and count <= SLACK * side.rows:
            told.add(frozenset(rule.columns))
            yield replace(rule, rows=side.rows, exceptions=count)


@dataclass(frozen=True)
class _Place:
    """Rows among which identities are looked for: what holds of the whole there, and which columns may be one.

    Where a whole lies at its largest value in many rows that is a limit, and the others show what gives it.
    """

    where: str
    side: Side
    names: list[str]
    wholes: list[str]
    limit: str = ""


def _places(side: Side, names: Sequence[str]) -> Iterator[_Place]:
    """Yield all rows, and for each column that is seldom there, or above zero, the rows where it is."""
    full = [name for name in names if np.mean(side.missing(name)) <= 1 - FULL]
    yield _Place("", side, full, full)
    for name in names:
        values = side.numbers[name]
        with np.errstate(invalid="ignore"):
            where = "present" if np.any(values < 0) or np.mean(values == 0) <= 1 - FULL else ">0"
            kept = ~np.isnan(values) if where == "present" else values > 0
        if LEAST_ROWS <= kept.sum() < FULL * side.rows:
            some = side.only(kept)
            there = [one for one in names if np.mean(some.missing(one)) <= 1 - FULL and np.nanstd(some.numbers[one])]
            yield _Place(where, some, there, [name])
        top = float(np.nanmax(values))
        below = values < top
        if name in full and float(np.mean(values == top)) >= AT_LIMIT and below.sum() >= LEAST_ROWS:
            yield _Place("", side.only(below), full, [name], f"<={top:.15g}")


def _proportions(place: _Place) -> Iterator[Rule]:
    """Yield columns that are a number times another one: taxes, other units, copies."""
    for whole, part in itertools.permutations(place.names, 2):
        if whole not in place.wholes:
            continue
        values, other = place.side.numbers[whole], place.side.numbers[part]
        both = (values != 0) & (other != 0) & ~np.isnan(values + other)
        if both.sum() < LEAST_ROWS:
            continue
        large = both & (np.abs(other) >= np.median(np.abs(other[both])))  # rounding matters less there
        times = float(np.median(values[large] / other[large]))
        parts = (f"*{part}",)
        within = _within(place.side, whole, parts)
        if within > VAGUE * float(np.std(values[both])):
            continue  # rounded so far, small whole numbers fit many a number
        rule = _plainly(Rule(PRODUCT, whole, place.where, part, "", 0, 0, parts, within, times), place.side)
        if rule is not None:
            yield rule


def _independent(sums: Sequence[Rule], proportions: Sequence[Rule], side: Side) -> list[Rule]:
    """Return the proportions that follow neither from sums nor from each other, the plainest numbers first."""
    ordered = sorted(proportions, key=lambda one: (len(f"{one.times:e}".partition("e")[0].rstrip("0")), one.columns))
    names = sorted({name for rule in (*sums, *ordered) for name in rule.columns})
    sizes = {name: float(np.nanmean(np.abs(side.numbers[name]))) for name in names}
    kept: list[Rule] = []
    lines: list[Floats] = []
    for rule in (*sums, *ordered):
        line = np.zeros(len(names))
        line[names.index(rule.left)] = sizes[rule.left]
        for part in rule.parts:
            line[names.index(part[1:])] = -rule.times * sizes[part[1:]] * (-1 if part[0] == "-" else 1)
        line /= np.linalg.norm(line)
        with one_thread():
            rank = np.linalg.matrix_rank(np.stack([*lines, line]), tol=FOLLOWS)
        if rank > len(lines):
            lines.append(line)
            kept += [rule] if rule.kind == PRODUCT else []
    return kept


def _plainly(rule: Rule, side: Side) -> Rule | None:
    """Return a rule with the number of fewest digits that it holds with as well; None where it does not hold."""
    held: Rule | None = None
    least = 0.0
    for digits in range(DIGITS, 0, -1):
        tried = replace(rule, times=float(f"{rule.times:.{digits}g}"))
        count = int(broken_identity(tried, side).sum())
        if count > SLACK * side.rows:
            break
        off = float(np.nanmean(np.abs(side.numbers[rule.left] - given(tried, side))))
        if held is not None and off > AS_NEAR * least + rule.within / 1e3:
            break
        held, least = replace(tried, exceptions=count), least if held is not None else off
    return held


def _plainest(rules: Iterable[Rule], side: Side) -> list[Rule]:
    """Return the rules of all rows before those of some, and the plainest way to write one first."""
    return sorted(rules, key=lambda rule: (bool(rule.left_is or rule.right_is), *_plainness(rule, side)))


def _plainness(rule: Rule, side: Side) -> tuple[float, ...]:
    """Of the ways to write one identity, that with fewest minus signs, and then the largest whole, comes first."""
    return sum(part[0] in "-/" for part in rule.parts), -float(np.nanmean(np.abs(side.numbers[rule.left])))


def _found(kind: str, place: _Place, alike: Sequence[Rule]) -> Iterator[Rule]:
    """Yield columns of a place that are the sum or product of others, but for those that are a number times another."""
    side, follow = place.side, {rule.left for rule in alike}
    names = [name for name in place.names if name not in follow]
    values = np.stack([side.numbers[name] for name in names], axis=1) if names else np.zeros((0, 0))
    values = values[~np.isnan(values).any(axis=1)]
    if kind == PRODUCT:
        varied = [place for place in range(len(names)) if values.size and np.mean(values[:, place] > 0) > FULL]
        names, values = [names[place] for place in varied], values[:, varied]
        values = np.log(values[(values > 0).all(axis=1)])
        # the last column is one: what it weighs is the logarithm of the number that all is multiplied by
        values = np.column_stack([values, np.ones(len(values))])
    values = values[:MOST_ROWS]
    if values.shape[0] < LEAST_ROWS or len(names) < 3:
        return
    for whole in (names.index(name) for name in place.wholes if name in names):
        signs, times = _signs(values, whole, len(names))
        if len(signs) < 2:
            continue
        marks = "+-" if kind == SUM else "*/"
        ordered = sorted(signs, key=lambda place: -signs[place])
        parts = tuple(f"{marks[signs[place] < 0]}{names[place]}" for place in ordered)
        within = _within(side, names[whole], parts)
        tried = Rule(kind, names[whole], place.where, parts[0][1:], place.limit, 0, 0, parts, within, times)
        rule = _plainly(tried, side)
        if rule is not None and all(_matters(rule, part, side) for part in parts):
            yield rule


def limit_of(rule: Rule) -> float:
    """Return the largest value that the whole can have; infinity where there is no such limit."""
    return float(rule.right_is.removeprefix("<=")) if rule.right_is else math.inf


def _signs(values: Floats, whole: int, names: int) -> tuple[dict[int, int], float]:
    """Return which columns, with which sign, and times which number, give a column; nothing where none do."""
    logarithms = values.shape[1] > names
    chosen = [place for place in range(values.shape[1]) if place != whole]
    scale = float(values[:, whole].std())
    if logarithms:  # of large numbers, for small ones are rounded by a large part of themselves
        values = values[values[:, whole] >= np.median(values[:, whole])]
    target = values[:, whole]
    weights, left = _fitted(values, chosen, target)
    if left > NEAR * scale:
        return {}, 1.0
    # a tax that is nearly a constant times the price shows by its rounding only
    near = NEAR * scale / 10 if logarithms else max(1e-6 * scale, 1.1 * left)
    order = sorted(chosen, key=lambda place: abs(weights[chosen.index(place)]) * values[:, place].std())
    for place in order:
        rest = [one for one in chosen if one != place]
        if rest and _fitted(values, rest, target)[1] <= max(near, 1.01 * left):
            chosen = rest
    told = dict(zip(chosen, _fitted(values, chosen, target)[0].tolist(), strict=True))
    times = float(np.exp(told.pop(names, 0.0)))
    if any(abs(abs(weight) - 1) > NEAR for weight in told.values()):
        return {}, 1.0
    return {place: int(np.sign(weight)) for place, weight in told.items()}, times


def _fitted(values: Floats, chosen: Sequence[int], target: Floats) -> tuple[Floats, float]:
    """Return the weights of least squares and what is left (98th part of a hundred, so that a few rows may differ)."""
    with one_thread():
        weights = np.asarray(np.linalg.lstsq(values[:, chosen], target, rcond=None)[0], dtype=np.float64)
        left = np.abs(target - values[:, chosen] @ weights)
    return weights, float(np.quantile(left, 0.98))


def _within(side: Side, whole: str, parts: Sequence[str]) -> float:
    """Return how far rounding may part a whole from its parts, with another rounding of all in another currency."""
    units = [unit_of(side.numbers[name]) for name in (whole, *(part[1:] for part in parts))]
    if parts[0][0] in SIGNS[SUM]:
        return 0.5 * min(units) * (len(units) + 1) + 1e-9
    return units[0] * (2 if len(parts) == 1 else 1) + 1e-9


def _matters(rule: Rule, part: str, side: Side) -> bool:
    """Tell whether the whole is another one without a part, in rows enough."""
    rest = tuple(one for one in rule.parts if one != part)
    with np.errstate(invalid="ignore"):
        gap = np.abs(given(replace(rule, parts=rest), side) - given(rule, side))
    return int((gap > rule.within).sum()) >= MATTERS


def given(rule: Rule, side: Side) -> Floats:
    """Return the whole as its parts give it, row by row."""
    whole = np.zeros(side.rows) if rule.kind == SUM else np.full(side.rows, rule.times)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for part in rule.parts:
            values = side.numbers[part[1:]]
            whole = {"+": whole + values, "-": whole - values, "*": whole * values, "/": whole / values}[part[0]]
        limited: Floats = np.minimum(whole, limit_of(rule))
    return limited


def broken_identity(rule: Rule, side: Side) -> Flags:
    """Return in which rows the whole is not what its parts give.

    Rows with a missing cell break nothing, and no others than those with a whole above zero where the rule asks for it.
    """
    rule, side = as_sum(rule, side)
    whole = side.numbers[rule.left]
    with np.errstate(invalid="ignore"):
        wide = rule.within + (1e-6 if rule.kind == SUM else 1e-4) * np.abs(whole)
        broken: Flags = np.abs(whole - given(rule, side)) > wide
        return broken & (whole > 0) if rule.left_is == ">0" else broken


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
    if span and (times := _moved_times(rule, side, rows, distance)):
        return Named(
            times, Cause.TIMEZONE, f"{'is' if len(times) == 1 else 'of which one is'} moved by hours", sure=True
        )
    limited: dict[str, Floats] = {}
    if rule.right_is:
        limited[rule.left] = _put(side.numbers[rule.left], rows, given(rule, side.only(rows)))
        below = rows & (side.numbers[rule.left] < limit_of(rule))
        rows = below if below.sum() >= LEAST_WITHIN else rows  # at the limit they do not tell
    whole = {name for name in rule.columns if np.all(np.nan_to_num(side.numbers[name]) % 1 == 0)}
    rule, few = as_sum(rule, side.only(rows))
    best: tuple[float, Named] | None = None
    for account, back in _accounts(rule, few, apart, whole, span=span):
        fresh = {name: _put(side.numbers[name], rows, values) for name, values in back.items() if name in apart}
        fresh |= {name: values for name, values in limited.items() if name in fresh}
        # times of a span are counted in its unit, so that they are nowhere near the reference's
        if not span and any(_another(name, side.numbers[name], values, distance) for name, values in fresh.items()):
            continue
        left = {**apart, **{name: distance(name, values) for name, values in fresh.items()}}
        # what is far from the reference without the rounding too was multiplied as well
        rounded_only = account.cause is not Cause.PRECISION or max(left[name] for name in fresh) <= FARTHER
        told = replace(account, sure=account.sure and rounded_only)
        score = sum(max(one, FARTHER) for one in left.values())
        if best is None or score < best[0] - NEARER:
            best = score, told
    return best[1] if best is not None else Named((rule.left,))


def _another(name: str, now: Floats, fresh: Floats, distance: Distance) -> bool:
    """Tell whether a column that is about as ever would be another one as the others give it."""
    return distance(name, np.round(fresh, PLACES)) > FARTHER * max(FARTHER, distance(name, now))


def _put(values: Floats, rows: Flags, fresh: Floats) -> Floats:
    put = values.copy()
    put[rows] = fresh
    return put


def _accounts(
    rule: Rule, few: Side, apart: Mapping[str, float], whole: set[str], *, span: bool
) -> Iterator[tuple[Named, dict[str, Floats]]]:
    """Yield what may have broken an identity, with the values that the columns concerned would have had."""
    for first, second in itertools.combinations(rule.columns, 2):
        back = {first: few.numbers[second], second: few.numbers[first]}
        if broken_identity(rule, few.put(first, back[first]).put(second, back[second])).mean() < 1 - MOST:
            yield Named((first, second), Cause.COLUMN_SWAP, "are exchanged", sure=True), back
    if (told := _left_out(rule, few, apart)) is not None:
        yield told, {name: _as_given(rule, name, few) for name in told.columns}
    for changed in (moved_or_lost, wrapped, capped, one_value, rounded_off, scaled, added, blurred):
        for name in sorted(rule.columns, key=lambda one: (_step(few, one) if changed is blurred else 0.0, -apart[one])):
            if changed is added and span and name != rule.left:
                continue  # a count is off by one sooner than two clocks are
            given_as = _as_given(rule, name, few)
            if name in whole and _as_it_is(few.numbers[name], given_as):
                continue
            cause, words = changed(few.numbers[name], given_as, rule.within)
            if words:
                sure = changed in (moved_or_lost, wrapped, capped, rounded_off)
                factor = float(words.split()[1]) if changed is scaled else 1.0
                yield Named((name,), cause, words, sure, factor), {name: given_as}
    yield from _of_others(rule, few, apart)


def _of_others(rule: Rule, few: Side, apart: Mapping[str, float]) -> Iterator[tuple[Named, dict[str, Floats]]]:
    """Yield columns that another one made what they are: one that they take in, or of which they are a share."""
    if rule.kind in SPANS:
        return
    others = {name: values for name, values in few.numbers.items() if name not in rule.columns}
    parts = {name: few.numbers[name] for name in rule.columns}
    for name in sorted(rule.columns, key=lambda one: -apart[one]):
        now, given_as = few.numbers[name], _as_given(rule, name, few)
        words = of_another(now, given_as, others, rule.within)
        words = words or one_share(now, given_as, {one: parts[one] for one in parts if one != name}, rule.within)
        if words:
            yield Named((name,), Cause.METRIC_DEFINITION, words, sure=True), {name: given_as}


def _step(side: Side, name: str) -> float:
    """Return the step of a column's values: what is stored in fewer bits lies on no cents."""
    return unit_of(side.numbers[name])


def _as_it_is(now: Floats, given_as: Floats) -> bool:
    """Tell whether whole numbers are what the other columns give once that is rounded: then these are not exact."""
    return float(np.mean(np.rint(given_as) == now)) > MOST


def _left_out(rule: Rule, few: Side, apart: Mapping[str, float]) -> Named | None:
    """Return the whole that leaves out a part, or the other part that takes it in, where that one moved."""
    for part in rule.parts:
        rest = tuple(one for one in rule.parts if one != part)
        if (
            rest
            and same(few.numbers[rule.left], given(replace(rule, parts=rest, right_is=""), few), rule.within) > MOST
        ):
            taker = max((one[1:] for one in rest if one[0] == part[0]), key=lambda one: apart[one], default=rule.left)
            if apart[taker] < FARTHER * max(FARTHER, apart[rule.left]):
                taker = rule.left
            verb = "leaves out" if taker == rule.left else "takes in"
            return Named((taker,), Cause.METRIC_DEFINITION, f"{verb} {part[1:]}", sure=True)
    return None


def _moved_times(rule: Rule, side: Side, rows: Flags, distance: Distance) -> tuple[str, ...]:
    """Return the times of a span of which one was moved by half hours, for then it holds again in all rows that broke.

    Where it broke in some rows the span itself may be longer by hours there; then it is nearer to the reference as the
    times give it.
    """
    few, now = side.only(rows), side.numbers[rule.left]
    if not rows.all() and distance(rule.left, _put(now, rows, given(*as_sum(rule, few)))) < distance(rule.left, now):
        return ()
    left: dict[str, float] = {}
    for name in (part[1:] for part in rule.parts):
        values = few.numbers[name]
        if np.any(np.nan_to_num(values) % DAY):  # days have no zone
            tried = (values - halves * HALF_HOUR for halves in range(-MOST_HALVES, MOST_HALVES + 1))
            left[name] = min(float(broken_identity(rule, few.put(name, moved)).sum()) for moved in tried)
    least = min(left.values(), default=math.inf)
    return tuple(name for name, broken in left.items() if broken == least <= (1 - MOST) * few.rows)


def on_other_rows(rule: Rule, name: str, side: Side, rows: Flags) -> bool:
    """Tell whether a column may have other rows' values in rows that break an identity; few rows do not tell."""
    rule, few = as_sum(rule, side.only(rows))
    return few.rows < LEAST_TURNED or of_other_rows(few.numbers[name], _as_given(rule, name, few))


def _as_given(rule: Rule, name: str, side: Side) -> Floats:
    """Return a column as the others of an identity give it."""
    if name == rule.left:
        return given(rule, side)
    sign = next(part[0] for part in rule.parts if part[1:] == name)
    rest = given(replace(rule, parts=tuple(part for part in rule.parts if part[1:] != name), right_is=""), side)
    whole = side.numbers[rule.left]
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"+": whole - rest, "-": rest - whole, "*": whole / rest, "/": rest / whole}[sign]
