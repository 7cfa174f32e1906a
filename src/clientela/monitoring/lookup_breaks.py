"""What broke a lookup: the number that a category gives, or the category, and what it did."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.became import became
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import MOST_CODES, Flags, Floats, Kind, as_numbers
from clientela.monitoring.constants import paired
from clientela.monitoring.contract import RATE, Rule
from clientela.monitoring.fitting import binned
from clientela.monitoring.lookups import NEAR, broken_lookup, given_by, the_list
from clientela.monitoring.rates import as_given, broken_rate, rates, rounded_by, to_blame
from clientela.monitoring.renewed import renewed
from clientela.monitoring.restored import (
    LEAST_TURNED,
    MOST,
    added,
    added_or_scaled,
    capped,
    moved_or_lost,
    of_another,
    of_other_rows,
    one_share,
    rounded_off,
    same,
    scaled,
    wrapped,
)
from clientela.monitoring.rules import Break, is_lookup
from clientela.monitoring.transforms import unit_of
from clientela.statistics.two_samples import homogeneity, homogeneity_p, rate_p

Way = Callable[[Floats, Floats, float], tuple[Cause, str]]
"""What tells from new values, old ones and the error of rounding how they changed."""

FACTOR = " times what it was"
"""Words of a change by a factor."""

LEAST_PAIRS = 5
"""Different pairs of an old and a new number of an identifier that one rule must explain."""

CLEAR = 10.0
"""Errors of rounding by which a number must have changed, so that it shows by what: one more order is half as
many again as two, and a third of three."""

CLOCKS, QUARTER, FARTHEST = 3_600.0, 900.0, 14 * 3_600.0
"""Seconds by which clocks are put forward, of which zones are multiples, and that they are apart from UTC at most."""

LEAST_LEVELS = 3
"""Levels of broken rows from which they show by what rule the number changed."""

RECODED = 0.9
"""Share of the rows from which all codes of a category were moved."""

FRESH = 0.05
"""Share of the broken rows in which a category must hold a number that it never held."""

RATED: tuple[Way, ...] = (moved_or_lost, wrapped, capped, rounded_off, scaled, added)
"""What a number may have done that is a share of another one."""

LIMITS: tuple[Way, ...] = (wrapped, capped)
"""What of these only a number with such a field has done."""

KNOWN, AS_BEFORE = 0.95, 1e-3
"""Part of the broken rows whose values a number had before, where it has other rows'; and chance above which all its
values are as before."""

SAME_RATE, SLIGHTLY = 0.02, 0.03
"""Part of amounts by which they may be off their rate for being rounded, and by which others are made that have no
rate."""

EMPTY = 0.02
"""Part of its rows that a level has left which was made another one."""


def search_lookups(case: Case, breaks: Sequence[Break], *, numbers: bool) -> None:
    """Name the column that broke lookups.

    A category whose rows went to another level, or that no longer gives any of its columns, is named itself; else it is
    the number. What the number did is known row by row, which is surer than its distribution.

    Args:
        case: The batch.
        breaks: All rules that are broken.
        numbers: Whether also numbers are told of which the rows do not show what they did.
    """
    lookups = [item for item in breaks if is_lookup(item.rule, case.batch) and not _kept_elsewhere(case, item, breaks)]
    told_already: set[str] = set()
    for name in dict.fromkeys(item.rule.left for item in lookups):
        # of two categories that give one number the first tells what broke it
        mine = [item for item in lookups if item.rule.left == name and item.rule.right not in told_already]
        if not mine:
            continue
        if (swap := _each_others(case, mine)) is not None:
            case.found = [
                other for other in case.found if not (other.vague and set(other.columns) <= set(swap.columns))
            ]
            case.add(swap)
            told_already.update(swap.columns)
            mine = [item for item in mine if item.rule.right not in swap.columns]
        if not mine:
            continue
        kept = [rule for rule in _asked(case, name) if rule not in [item.rule for item in breaks]]
        if (found := _levels(case, mine, kept)) is None and len(mine) > 1 and not kept:
            found = _told(mine[0], (name,), Cause.ROW_MISALIGNMENT, "")
        told = [found] if found is not None else [_number(case, item, numbers=numbers) for item in mine]
        for one in told:
            if one is not None:
                case.found = [other for other in case.found if not (other.vague and other.columns == one.columns)]
                case.add(one)
                told_already.update(one.columns)


def _each_others(case: Case, breaks: Sequence[Break]) -> Found | None:
    """Return that two numbers which one category gives were exchanged: each is what the other one should be there."""
    for one, two in itertools.combinations(breaks, 2):
        rows = one.rows | two.rows
        rules = one.rule, two.rule
        now = [case.batch.numbers[rule.right][rows] for rule in rules]
        before = [given_by(rule, case.batch, case.reference)[rows] for rule in rules]
        turned = same(now[0], before[1], NEAR), same(now[1], before[0], NEAR)
        if min(turned) > MOST and np.unique(before[0]).size >= LEAST_LEVELS:
            names = [term.name for term in case.baseline.contract.terms]
            columns = tuple(sorted((rule.right for rule in rules), key=names.index))
            return _told(replace(one, rows=rows), columns, Cause.COLUMN_SWAP, "are exchanged")
    return None


def _kept_elsewhere(case: Case, item: Break, breaks: Sequence[Break]) -> bool:
    """Tell whether another column still gives the number, while the category broke a rule beside it."""
    lost = {one.rule for one in breaks}
    name, number = item.rule.left, item.rule.right
    given = (r for r in case.baseline.contract.rules if r.right == number and r.left != name and r not in lost)
    kept = any(r.kind in ("determines", "constant") and case.batch.has(r.left) for r in given)
    return kept and any(rule.right == name for rule in lost)


def search_kept(case: Case) -> None:
    """Look for numbers that stay for an identifier and were all changed by one rule, in however few rows.

    Attributes of visitors change in time, each by itself and often by one more; so many of them must have been
    multiplied, wrapped or cut alike that none of that explains them.
    """
    rules = [rule for rule in case.baseline.contract.rules if rule.kind == "constant"]
    for rule in rules:
        if rule.right not in case.batch.numbers or set(rule.columns) & case.explained or not case.batch.has(rule.left):
            continue
        both = paired(rule, case.batch, case.reference)
        now, before = (both[side].fill_null(float("nan")).to_numpy() for side in ("now", "known"))
        with np.errstate(invalid="ignore"):
            apart: Flags = np.abs(now - before) > NEAR * np.maximum(1.0, np.abs(before))
        count = int(apart.sum())
        chance = rate_p(count, case.batch.rows, rule.exceptions, rule.rows)
        if count < max(LEAST_PAIRS, FLOOR * case.batch.rows) or chance >= case.alpha(len(rules)):
            continue
        pairs = np.unique(np.stack([now[apart], before[apart]]), axis=1)
        clear = np.abs(pairs[0] - pairs[1]) > CLEAR * _within(case, rule.right, now)
        if clear.sum() < max(LEAST_PAIRS, 0.5 * clear.size):
            continue
        changed = _by_rule(case, rule.right, pairs[0, clear], pairs[1, clear], (wrapped, capped, scaled))
        if changed is None:
            continue
        found = _named(Break(rule, apart, chance), changed)
        if (shift := renewed(case, found, rule)) is None:
            case.add(found)
        elif not any(one.cause is shift.cause and one.columns == shift.columns for one in case.found):
            case.add(shift, explains=())  # what else befell the number is told as ever


def search_codes(case: Case) -> None:
    """Look for categories of numbers that another one gives, and that were all multiplied or moved by one number.

    The levels say only that there are new ones; row by row it shows what each was.
    """
    rules = [rule for rule in case.baseline.contract.rules if rule.kind == "determines" and _of_numbers(case, rule)]
    for rule in rules:
        if set(rule.columns) & case.explained:
            continue
        sides = [
            side.without(rule.right).put(rule.right, as_numbers(side.texts[rule.right]))
            for side in (case.batch, case.reference)
        ]
        turned = case.beside(sides[1], sides[0])
        rows = broken_lookup(rule, *sides)
        chance = rate_p(int(rows.sum()), case.batch.rows, max(rule.exceptions, 0), rule.rows)
        held = case.batch.texts[rule.left].filter(pl.Series(rows))
        if rows.sum() < max(LEAST_PAIRS, FLOOR * case.batch.rows) or chance >= case.alpha(len(rules)):
            continue
        now, before = sides[0].numbers[rule.right][rows], given_by(rule, *sides)[rows]
        recoded = rows.mean() > RECODED and abs(float(np.median(now - before))) == 1  # counted from another number
        fresh = ~np.isin(now, sides[1].numbers[rule.right])  # none where rows went to levels that give others
        if held.n_unique() < LEAST_LEVELS or recoded or fresh.sum() < max(LEAST_PAIRS, FRESH * fresh.size):
            continue
        if (changed := _by_rule(turned, rule.right, now, before, (added_or_scaled,))) is not None:
            case.add(_named(Break(rule, rows, chance), changed))


def search_rates(case: Case, breaks: Sequence[Break]) -> None:
    """Name the number that is no longer the share of another one that a category gives, and what it did.

    It is the one in all broken rates, or of two the one that is nearer to the reference once it is as the other gives.
    """
    broken = [item for item in breaks if item.rule.kind == RATE]
    lost = [item.rule for item in broken]
    in_sums = Counter(name for item in breaks if item.rule.parts for name in item.rule.columns)
    for item in broken:
        rule = item.rule
        rules = [one for one in case.baseline.contract.rules if one.kind == RATE and one.left == rule.left]
        kept = [one for one in rules if all(map(case.batch.has, one.columns)) and one not in lost]
        tied = [name for name in to_blame(lost, kept) if name in (rule.right, rule.right_is)]
        # what broke more sums or products is the one, and is told by them, which show more of it
        tied = [name for name in tied if in_sums[name] == max(in_sums[rule.right], in_sums[rule.right_is])]
        told = not tied or in_sums[rule.right_is] > in_sums[rule.right] or bool(set(rule.columns) & case.explained)
        if told or _exchanged(case, item):
            continue
        if words := {one: what for one in tied if (what := _one_rate(case, item, one))}:
            name = max(words, key=lambda one: one == rule.right)
            case.add(_told(item, (name,), Cause.METRIC_DEFINITION, words[name]))
            continue
        if _rounded_only(case, item):
            continue
        if (partner := _held_by(case, item)) is not None:
            columns = tuple(term.name for term in case.baseline.contract.terms if term.name in (partner, rule.right))
            swap = _told(item, columns, Cause.COLUMN_SWAP, "hold each other's values")
            case.add(replace(swap, alternatives=(Cause.COLUMN_SHIFT, *swap.alternatives)))
            continue
        levels = case.batch.texts[rule.left].filter(pl.Series(item.rows)).unique()
        if _of_other_levels(case, item):
            if len(levels) >= LEAST_LEVELS:
                case.add(_told(item, (rule.left,), Cause.ROW_MISALIGNMENT, "stands on other rows"))
            continue
        # what began anew, or ended, at a limit of a field is no change of the other number
        limited = {one: _of_rate(case, item, one, LIMITS) for one in tied}
        ended = [one for one, way in limited.items() if way is not None and way[0] is Cause.OVERFLOW]
        was = {one: as_given(rule, one, case.batch, case.reference)[item.rows] for one in ended or tied}
        turned = [one for one in was if _same_values(case, item, one, was[one])]
        name = max(turned or was, key=lambda one: (_nearer(case, item, one, was[one]), one == rule.right))
        cause, what = _of_rate(case, item, name, RATED) or (Cause.METRIC_DEFINITION, "")
        if not what and _on_other_rows(case, item, name):
            cause, what = Cause.ROW_MISALIGNMENT, "stands on other rows"
        what = what or _by_another(case, item, name)
        where = f" where {rule.left} is {levels[0]}" * (len(levels) == 1)
        case.add(_told(item, (name,), cause, what + where * bool(what)))


def _one_rate(case: Case, item: Break, name: str) -> str:
    """Return in words that the rows of several levels have one rate for all now; "" where they have not."""
    rule, rows = item.rule, item.rows
    if case.batch.texts[rule.left].filter(pl.Series(rows)).n_unique() < LEAST_LEVELS:
        return ""
    other = rule.right if name == rule.right_is else rule.right_is
    now, base = (case.batch.numbers[one][rows] for one in (name, other))
    before = as_given(rule, name, case.batch, case.reference)[rows]
    return one_share(now, before, {other: base}, rounded_by(rule, name, case.reference))


def _by_another(case: Case, item: Break, name: str) -> str:
    """Return in words that one of both numbers of a rate takes in, or leaves out, another column; "" for none."""
    rule, rows = item.rule, item.rows
    others = {one: held[rows] for one, held in case.batch.numbers.items() if one not in rule.columns}
    before = as_given(rule, name, case.batch, case.reference)[rows]
    return of_another(case.batch.numbers[name][rows], before, others, rounded_by(rule, name, case.reference))


def _of_rate(case: Case, item: Break, name: str, ways: Sequence[Way]) -> tuple[Cause, str] | None:
    """Return how one of both numbers of a rate changed from what the other one gives, where a way explains it."""
    was = as_given(item.rule, name, case.batch, case.reference)[item.rows]
    now, held = case.batch.numbers[name][item.rows], np.isfinite(was)
    if not held.any():
        return None
    return _by_rule(case, name, now[held], was[held], ways, rounded_by(item.rule, name, case.reference))


def _same_values(case: Case, item: Break, name: str, was: Floats) -> bool:
    """Tell whether a number has the values in the broken rows that it should have there, each on another row."""
    now = case.batch.numbers[name][item.rows]
    held = np.isfinite(was) & np.isfinite(now)
    within = rounded_by(item.rule, name, case.reference) + 1e-4 * np.abs(was[held])
    same = np.abs(np.sort(now[held]) - np.sort(was[held])) <= np.sort(within)
    return bool(held.sum() >= LEAST_TURNED and same.mean() > MOST)


def _on_other_rows(case: Case, item: Break, name: str) -> bool:
    """Tell whether a number has other rows' values: it is as before, and knows nothing of what it should be there."""
    was, now = as_given(item.rule, name, case.batch, case.reference)[item.rows], case.batch.numbers[name][item.rows]
    held = np.isfinite(was) & np.isfinite(now)
    if held.sum() < LEAST_TURNED or np.isin(now[held], case.reference.numbers[name]).mean() < KNOWN:
        return False
    as_ever = homogeneity_p(*binned(case.reference.numbers[name], case.batch.numbers[name])) > AS_BEFORE
    return as_ever and of_other_rows(now, was)


def _exchanged(case: Case, item: Break) -> bool:
    """Tell whether the broken rows keep the rate once both numbers are exchanged."""
    amount, base = item.rule.right, item.rule.right_is
    turned = case.batch.put(amount, case.batch.numbers[base]).put(base, case.batch.numbers[amount])
    return float(broken_rate(item.rule, turned, case.reference)[item.rows].mean()) < 1 - MOST


def _held_by(case: Case, item: Break) -> str | None:
    """Return the number that holds in the broken rows what the rate gives, and is nearer to itself once exchanged.

    A tax that stands in the column of the duty, and the duty in that of the tax, were exchanged.
    """
    rule, rows = item.rule, item.rows
    given = as_given(rule, rule.right, case.batch, case.reference)[rows]
    within = rounded_by(rule, rule.right, case.reference) + 1e-4 * np.abs(given)
    for term in case.terms(Kind.NUMBER):
        if term.name in rule.columns:
            continue
        known, now = (side.numbers[term.name] for side in (case.reference, case.batch))
        with np.errstate(invalid="ignore"):
            taken = float(np.mean(np.abs(now[rows] - given) <= within))
            usual = np.abs(known - as_given(rule, rule.right, case.reference, case.reference)) <= within.max()
        turned = np.where(rows, case.batch.numbers[rule.right], now)
        before, after = (homogeneity(*binned(known, part))[0] for part in (now, turned))
        if taken > MOST and np.mean(usual[known != 0]) < 1 - MOST and after < before:
            return term.name
    return None


def _nearer(case: Case, item: Break, name: str, was: Floats) -> tuple[float, float]:
    """Return by how much a number is nearer to the reference's of the same levels once it is as the other gives.

    Its distribution tells it, and where rows are too few for that the middle of its logarithms.
    """
    levels = case.batch.texts[item.rule.left].filter(pl.Series(item.rows)).unique()
    same = case.reference.texts[item.rule.left].is_in(levels.implode()).fill_null(value=False).to_numpy()
    known, now = case.reference.numbers[name][same], case.batch.numbers[name][item.rows]
    gaps = [homogeneity(*binned(known, part)) for part in (now, was)]
    apart = [chi2 / max(1, freedom) for chi2, freedom in gaps]
    middles = [float(np.median(np.log(held))) if (held := some[some > 0]).size else 0.0 for some in (known, now, was)]
    return apart[0] - apart[1], abs(middles[1] - middles[0]) - abs(middles[2] - middles[0])


def _rounded_only(case: Case, item: Break) -> bool:
    """Tell whether the broken rows are hardly off their rate, as amounts of another unit or of fewer digits are."""
    given = as_given(item.rule, item.rule.right, case.batch, case.reference)[item.rows]
    gaps = np.abs(case.batch.numbers[item.rule.right][item.rows] - given)
    return bool(np.median(gaps) < SAME_RATE * np.median(np.abs(given)))


def _of_other_levels(case: Case, item: Break) -> bool:
    """Tell whether the broken rows have the rates of other levels, so that it is the category that is another one.

    Where they are all rows of one level, its rate is another one, as some other level has it; and where there are so
    many rates that numbers of none of them are near one too, nothing is told.
    """
    rule = item.rule
    given = rates(rule, case.reference)["rate"].unique().to_numpy()
    now, base = (case.batch.numbers[name][item.rows] for name in (rule.right, rule.right_is))
    within = rounded_by(rule, rule.right, case.reference)
    near = [
        float(np.mean(np.abs(now[:, None] * by - base[:, None] * given).min(axis=1) <= within + 1e-4 * np.abs(now)))
        for by in (1.0, 1 - SLIGHTLY, 1 + SLIGHTLY)
    ]
    levels = case.batch.texts[rule.left].filter(pl.Series(item.rows)).unique()
    rows = int(case.batch.texts[rule.left].is_in(levels.implode()).sum())
    other = near[0] > MOST and max(near[1:]) < 1 - MOST
    return other and (len(levels) > 1 or bool(item.rows.sum() < MOST * rows))


def _of_numbers(case: Case, rule: Rule) -> bool:
    """Tell whether a rule gives a category whose levels are numbers, in reference and batch."""
    if not all(map(case.batch.has, rule.columns)) or rule.right not in case.batch.texts:
        return False
    held = [side.texts[rule.right].drop_nulls().unique() for side in (case.reference, case.batch)]
    return all(len(levels) > 0 and not np.isnan(as_numbers(levels)).any() for levels in held)


def _asked(case: Case, name: str) -> list[Rule]:
    """Return the rules by which a category gives columns that are not explained."""
    rules = (rule for rule in case.baseline.contract.rules if rule.kind == "determines" and rule.left == name)
    return [rule for rule in rules if all(map(case.batch.has, rule.columns)) and rule.right not in case.explained]


def _levels(case: Case, breaks: Sequence[Break], kept: Sequence[Rule]) -> Found | None:
    """Return what became of a category where the broken rows hold the number of one other level, or of each other's.

    Args:
        case: The batch.
        breaks: Broken lookups of one category.
        kept: Other columns that it still gives, so that the two levels must give the same of each.
    """
    item = max(breaks, key=lambda one: int(one.rows.sum()))
    rule, total = item.rule, int(item.rows.sum())
    sources = the_list(rule, case.reference).unique("right", keep="first").rename({"left": "giver"})
    rows = pl.DataFrame({"taker": case.batch.texts[rule.left], "right": case.batch.numbers[rule.right]})
    pairs = rows.filter(pl.Series(item.rows)).join(sources, on="right", how="left").group_by("giver", "taker").len()
    told = pairs.drop_nulls().sort("len", "giver", descending=[True, False]).rows()
    if not told:
        return None
    giver, taker, count = told[0]
    lists = (dict(the_list(one, case.reference).iter_rows()) for one in kept)
    if any(known.get(giver) != known.get(taker) for known in lists):
        return None
    other, back = _back(case, item, giver, taker)
    left = int((case.batch.texts[rule.left] == other).sum())  # rows that still are the giver's
    # of a small level and a large one most broken rows are the large one's
    if count + back > MOST * total and back >= LEAST_PAIRS and (count <= MOST * total or back > MOST * left):
        return _told(item, (rule.left,), Cause.CATEGORY_PERMUTED, f"{other!r} and {taker!r} changed places")
    if count <= MOST * total:
        return None
    gone = left < EMPTY * (left + count)
    cause = Cause.CATEGORY_MERGED if gone else Cause.METRIC_DEFINITION
    part = "all" if gone else f"{count / (left + count):.0%} of the"
    found = _told(item, (rule.left,), cause, f"{part} rows of {giver!r} went to {taker!r}")
    others = (Cause.CATEGORY_RENAMED,) if gone else (Cause.CATEGORY_MERGED, Cause.CATEGORY_PERMUTED)
    return replace(found, alternatives=others)


def _back(case: Case, item: Break, giver: str, taker: str) -> tuple[str, int]:
    """Return the giver, of all that give its number, that has most of the taker's rows, and how many these are."""
    known = dict(the_list(item.rule, case.reference).iter_rows())
    frame = pl.DataFrame({"level": case.batch.texts[item.rule.left], "right": case.batch.numbers[item.rule.right]})
    rows = frame.filter(pl.Series(item.rows) & (frame["right"] == known.get(taker)).fill_null(value=False))
    counts = dict(rows.group_by("level").len().iter_rows())
    alike = [giver, *(level for level, number in known.items() if number == known[giver] and level != giver)]
    return max(((level, counts.get(level, 0)) for level in alike), key=lambda one: one[1])


def _number(case: Case, item: Break, *, numbers: bool) -> Found | None:
    """Return what became of the number; None where only its distribution may tell."""
    rule = item.rule
    now, before = (
        values[item.rows] for values in (case.batch.numbers[rule.right], given_by(rule, case.batch, case.reference))
    )
    if case.baseline.contract.term(rule.right).kind is Kind.TIME:
        return _time(item, now - before, numbers=numbers)
    if (turned := _codes(case, item)) is not None:
        return turned
    held = case.batch.texts[rule.left].filter(pl.Series(item.rows))
    if held.n_unique() >= LEAST_LEVELS:
        changed = _by_rule(case, rule.right, now, before, (moved_or_lost, wrapped, capped, rounded_off, scaled, added))
        if changed is not None:
            return _named(item, changed)
        if (value := _one(now)) is not None:
            return _told(item, (rule.right,), Cause.NULL_SEMANTICS, f"is {value:g} where it was not")
        listed = the_list(rule, case.reference)["right"].to_numpy()
        if np.isin(now, listed).mean() > MOST and np.unique(now).size >= LEAST_LEVELS:
            return _told(item, (rule.right,), Cause.ROW_MISALIGNMENT, "holds the numbers of other levels")
    level = f"is another for {held[0]!r}" if held.n_unique() == 1 else ""
    return _told(item, (rule.right,), Cause.METRIC_DEFINITION, level) if numbers else None


def _time(item: Break, apart: Floats, *, numbers: bool) -> Found | None:
    """Return what became of a time that a category gives: moved by hours, one more where clocks were put forward."""
    middle = float(np.median(apart))
    hours = (np.abs(apart - middle) <= CLOCKS) & (np.abs(apart / QUARTER - np.round(apart / QUARTER)) * QUARTER <= 1)
    if hours.mean() > MOST and 0 < abs(middle) <= FARTHEST:
        name = (item.rule.right,)
        return _told(item, name, Cause.TIMEZONE, f"is moved by {middle / CLOCKS:+g} hours")
    return _told(item, (item.rule.right,), Cause.METRIC_DEFINITION, "") if numbers else None


def _codes(case: Case, item: Break) -> Found | None:
    """Return what became of a number that is a code: some of its values are others, and all else is as it was."""
    rule = item.rule
    known, now = given_by(rule, case.batch, case.reference), case.batch.numbers[rule.right]
    codes = np.unique(known[~np.isnan(known)])
    kept = np.unique(known[~item.rows & ~np.isnan(known)])
    if not 2 < codes.size <= MOST_CODES or np.isin(now[item.rows], codes).mean() <= MOST or kept.size < 2:
        return None
    texts = (pl.Series([None if value != value else f"{value:g}" for value in part]) for part in (known, now))
    if (told := became(*texts)) is None or len(told.levels) == codes.size:
        return None
    found = _told(item, (rule.right,), told.cause, told.words)
    return replace(found, evidence={**found.evidence, "levels": list(told.levels)[:10]})


def _by_rule(
    case: Case, name: str, now: Floats, before: Floats, ways: Sequence[Way], within: float = 0.0
) -> tuple[Cause, str] | None:
    """Return how a number changed where one of the ways explains its rows."""
    within = within or _within(case, name, now)
    beyond = float(np.nanmax(case.batch.numbers[name])) > float(now.max()) + within
    for way in ways:
        cause, what = way(now, before, within)
        if what and not (way is capped and cause is not Cause.OVERFLOW and beyond):
            return cause, what  # a definition has one limit for all rows
    return None


def _within(case: Case, name: str, now: Floats) -> float:
    """Return how far rounding may part a number from what it should be."""
    return 0.5 * min(unit_of(now), unit_of(case.reference.numbers[name])) + 1e-9


def _named(item: Break, changed: tuple[Cause, str]) -> Found:
    cause, what = changed
    found = _told(item, (item.rule.right,), cause, what)
    if FACTOR not in what:
        return found
    return replace(found, evidence={**found.evidence, "factor": float(what.split()[1])})


def _one(now: Floats) -> float | None:
    """Return the number that most rows hold."""
    values, counts = np.unique(now, return_counts=True)
    return float(values[counts.argmax()]) if counts.max() > MOST * now.size else None


def _told(item: Break, columns: tuple[str, ...], cause: Cause, what: str) -> Found:
    rule, rows = item.rule.told, int(item.rows.sum())
    evidence = {"rule": rule, "rows": rows, "share": float(item.rows.mean()), "p": item.chance}
    causes = (Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION)
    others = tuple(one for one in causes if one is not cause)
    lead = f"{what}: it " if what else ""
    return Found(cause, columns, evidence, item.rows, others, f'{lead}breaks the rule "{rule}" in {rows:,} rows')
