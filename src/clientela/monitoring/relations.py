"""Rules between columns that are broken, and the column that broke them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.bonds import excess, moved
from clientela.monitoring.calendars import calendar
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Flags, Floats, Kind, Side
from clientela.monitoring.contract import BOUND, RATE, Rule
from clientela.monitoring.counting import counts_on
from clientela.monitoring.fitting import Bins
from clientela.monitoring.identities import named, on_other_rows
from clientela.monitoring.kept import LEVELS_OF_A_FLAG, exchanged, outcomes, same_values, search_constants, what_became
from clientela.monitoring.lookup_breaks import search_codes, search_kept, search_lookups, search_rates
from clientela.monitoring.lookups import other_number
from clientela.monitoring.restored import NO_MORE
from clientela.monitoring.rules import Break, broken, holds, is_lookup
from clientela.statistics.two_samples import homogeneity, homogeneity_p, rate_p, share_p

LEAST, FEW = 5, 20
DAY, HOUR, NIGHT = 86_400.0, 3_600.0, 4.0
"""Seconds; hours next to midnight that an offset carries over it."""

MOVED = 1e-3
"""Chance below which a column's own distribution moved."""

SURE = 3.0
"""Standard errors by which values must lack where those of other rows would stand."""

BY_CHANCE = 0.7
"""Part of the broken rows that chance would give, from which the values are on other rows."""

ONLY = 0.9
"""Share of the broken rows that have one level of another column, and twice what so many of all rows may have."""

SURELY = 1e-6
"""Chance below which also few broken rows have one level, in spite of the choice among all of them."""

MOST_LEVELS, LEFT = 12, 0.05
"""Levels up to which all pairs are exchanged, and part of the broken rows that may stay so."""

FAR = 1e9
"""More than any distance of distributions (chi-square by its degrees of freedom)."""


def search_given(case: Case) -> None:
    """Look for numbers that categories and identifiers give: the rows that break them tell what shares cannot."""
    _identities(case, _breaks(case), (Cause.COLUMN_SWAP,), sure=True)
    search_kept(case)
    search_codes(case)
    search_lookups(case, _breaks(case), numbers=False)
    search_rates(case, _breaks(case))
    given = [item for item in _breaks(case) if item.rule.kind == "determines" and not is_lookup(item.rule, case.batch)]
    for name in dict.fromkeys(item.rule.left for item in given):
        mine = [item for item in given if item.rule.left == name and not set(item.rule.columns) & case.explained]
        if mine and (turned := _exchanged_levels(case, name, mine)) is not None:
            case.add(_named(case, turned[0], mine, turned[1]))


def search_rules(case: Case, *, numbers: bool) -> None:
    """Look for broken rules and name the column that broke them.

    Args:
        case: The batch.
        numbers: Whether columns of numbers may be named already; before their own search they are left to it.
    """
    if numbers:
        search_lookups(case, _breaks(case), numbers=True)
    left = _breaks(case)
    search_constants(case, [item for item in left if item.rule.kind == "constant"], numbers=numbers)
    _identities(case, left, sure=not numbers)
    special = [
        item
        for item in left
        if item.rule.parts or item.rule.kind in ("constant", RATE) or is_lookup(item.rule, case.batch)
    ]
    left = [item for item in left if item not in special and not set(item.rule.columns) & case.explained]
    for item in left:
        asked = not set(item.rule.columns) & case.explained
        if asked and (found := exchanged(case, item) or _merged(case, item)) is not None:
            case.add(found)
    left = [item for item in left if not set(item.rule.columns) & case.explained]
    while left:
        name = _culprit(case, left)
        name, pair = _exchanged_levels(case, name, left) or (name, ())
        mine = [item for item in left if name in item.rule.columns]
        left = [item for item in left if item not in mine]
        if name in case.batch.numbers and not numbers:
            continue
        gives = [item for item in mine if item.rule.kind == "determines" and item.rule.right == name]
        told = (one for item in gives if (one := what_became(case, item)) is not None)
        case.add(next(told, None) or _named(case, name, mine, pair))


def _merged(case: Case, item: Break) -> Found | None:
    """Return that a level has no rows left and one other level has them, as another column shows; None otherwise.

    Were it the other column that changed, rows of the level would be left.
    """
    gives = item.rule.kind == "determines" and item.rule.right in case.batch.texts
    found = what_became(case, item) if gives else None
    return found if found is not None and found.cause is Cause.CATEGORY_MERGED else None


def _named(case: Case, name: str, mine: Sequence[Break], pair: Sequence[str]) -> Found:
    """Return what a column that broke rules did.

    Args:
        case: The batch.
        name: The column.
        mine: The rules that it broke.
        pair: Levels that changed places, where the rules hold again with them as they were.
    """
    rows = np.any([item.rows for item in mine], axis=0)
    first = min(mine, key=lambda item: item.chance)
    evidence = {"rule": first.rule.told, "rows": int(rows.sum()), "share": float(rows.mean()), "p": first.chance}
    what = f'breaks the rule "{first.rule.told}" in {rows.sum():,} rows'
    if (value := _frozen(case, name, rows)) is not None:
        what = f"stands at {value} from some row on; it {what}"
        return Found(Cause.STUCK, (name,), evidence, rows, (Cause.METRIC_DEFINITION,), what)
    if all(item.rule.kind == "agrees" and _over_midnight(case, item) for item in mine):
        what = f"is moved over midnight in some rows: it {what}"
        others = (Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION)
        return Found(Cause.TIMEZONE, (first.rule.left,), evidence, rows, others, what)
    if case.baseline.contract.term(name).kind is Kind.TIME and _reversed(case, first):
        columns = tuple(t.name for t in case.baseline.contract.terms if t.name in first.rule.columns)
        what = f"are exchanged, which {what}"
        return Found(Cause.COLUMN_SWAP, columns, evidence, rows, (Cause.METRIC_DEFINITION,), what)
    if pair:
        evidence |= {"levels": list(pair)}
        what = f"{', '.join(map(repr, pair[:-1]))} and {pair[-1]!r} changed places: it {what}"
        return Found(Cause.CATEGORY_PERMUTED, (name,), evidence, rows, (Cause.ROW_MISALIGNMENT,), what)
    if _emptied(case, name, mine):
        return Found(Cause.MISSINGNESS, (name,), evidence, rows, (Cause.NULL_SEMANTICS,), f"is missing: it {what}")
    causes = [Cause.METRIC_DEFINITION, Cause.ROW_MISALIGNMENT]
    where = _only_where(case, name, first)
    by_chance = any(same_values(case, item, name) for item in mine) or (case.later and _as_by_chance(case, mine))
    if where and _counts_itself(case, name, first):
        causes = [Cause.TRAIN_SERVE_SKEW, Cause.METRIC_DEFINITION]
        what = f"counts the outcome of its own row: it {what}"
    if not where and (by_chance or not (moved(case, name) or _one_way(case, mine))):
        causes.reverse()
    return Found(causes[0], (name,), evidence, rows, (causes[1],), f"{what}{where}")


def _only_where(case: Case, name: str, item: Break) -> str:
    """Return in words the level that nearly all rows have in which a number is above what it should be, "" for none.

    Values of any other rows would break the rule in all rows alike that it can be broken in.
    """
    rule, count = item.rule, int(item.rows.sum())
    above = rule.kind == "order" or (rule.kind == "implies" and rule.left_is == ">0")
    if not above or rule.left != name:
        return ""
    asked = (
        ~holds(case.batch, rule.right, rule.right_is)
        if rule.kind == "implies"
        else np.ones(case.batch.rows, dtype=np.bool_)
    )
    for term in case.terms(Kind.CATEGORY):
        for level in term.levels[:MOST_LEVELS]:
            inside = case.batch.holding(term.name, level)
            counts = int(inside[item.rows].sum()), count, int(inside[asked].sum()), int(asked.sum())
            sure = count >= FEW or (count >= LEAST and share_p(*counts) < SURELY)
            if sure and inside[item.rows].mean() > ONLY and inside[asked].mean() < ONLY / 2:
                return f", only where {term.name} is {level}"
    return ""


def _counts_itself(case: Case, name: str, item: Break) -> bool:
    """Tell whether a count is one, where there was nothing to count before, in rows that have an outcome.

    A number of earlier orders that holds one in the row of the first order was read after it, and so was one that is
    more than all earlier visits.
    """
    outcome, values = outcomes(case, name), case.batch.numbers.get(name)
    if values is None or outcome is None:
        return False
    first = values[item.rows] == 1 if item.rule.kind == "implies" else True
    return bool(np.mean(outcome[item.rows] & first) > ONLY)


def _emptied(case: Case, name: str, breaks: Sequence[Break]) -> bool:
    """Tell whether a column broke rules by being missing where it was not, and is so more often than before.

    Seasons move how often that is, but leave it as it was in the rows of which the rules say nothing, where values on
    other rows would stand now.
    """
    lost, gone = case.batch.missing(name), case.reference.missing(name)
    if not all(lost[item.rows].all() for item in breaks):
        return False
    if lost.mean() > gone.mean() and share_p(int(lost.sum()), lost.size, int(gone.sum()), gone.size) < MOVED:
        return True
    item = max(breaks, key=lambda one: int(one.rows.sum()))
    sides = [_of_no_matter(side, item.rule, name) for side in (case.batch, case.reference)]
    if not case.later or any(rows is None or not rows.any() for rows in sides):
        return False
    now, known = (~part[rows] for part, rows in zip((lost, gone), sides, strict=True))
    expected = known.mean() * now.size + item.rows.sum()  # as many more cells are there as are missing elsewhere
    share = expected / now.size
    error = np.sqrt(max(share * (1 - share), 0.0) * now.size * (1 + now.size / known.size))
    return bool(expected < now.size and now.sum() < expected - SURE * max(1.0, error))


def _of_no_matter(side: Side, rule: Rule, name: str) -> Flags | None:
    """Return the rows in which a rule leaves open whether a column is there; None where it says nothing of that."""
    if rule.kind != "implies":
        return None
    if (rule.right, rule.right_is) == (name, "present"):
        return ~holds(side, rule.left, rule.left_is)
    if (rule.left, rule.left_is) == (name, "missing"):
        return holds(side, rule.right, rule.right_is)
    return None


def _identities(case: Case, breaks: Sequence[Break], causes: Sequence[Cause] = (), *, sure: bool) -> None:
    """Name the column that broke a sum or product; what follows from it is not told again.

    Args:
        case: The batch.
        breaks: All rules that are broken, sums and products among them.
        causes: The causes that are looked for; all where there are none.
        sure: Whether only those are told in which the rows themselves show what happened.
    """
    for item in sorted((one for one in breaks if one.rule.parts), key=lambda one: (one.chance, one.rule.columns)):
        vague = {found.columns for found in case.found if found.vague}
        if any((name,) not in vague for name in set(item.rule.columns) & case.explained):
            continue
        shared = Counter(name for one in breaks for name in one.rule.columns)
        # what broke several of them is in them all
        apart = {
            name: _distance(case, name, case.batch.numbers[name]) + FAR * (shared[name] - 1)
            for name in item.rule.columns
        }
        sound = _sound(case, item, breaks)
        if len(sound) < len(apart):
            apart |= {name: FAR + far for name, far in apart.items() if sound and name not in sound}
        told = named(item.rule, case.batch, item.rows, apart, partial(_distance, case))
        alone = tuple(column for column in item.rule.columns if moved(case, column))
        if causes and told.cause not in causes:
            continue
        columns = alone if not told.words and len(alone) == 1 else told.columns
        if not told.words and not alone:  # each holds what it always held, so that it is the rows that are wrong
            most = max(shared[name] for name in item.rule.columns)
            tied = [name for name in item.rule.columns if shared[name] == most]
            lost = max(tied, key=lambda name: (excess(case, name, item.rule.columns), name))
            turned = on_other_rows(item.rule, lost, case.batch, item.rows)
            told, columns = replace(told, cause=Cause.ROW_MISALIGNMENT if turned else told.cause), (lost,)
        if sure and not told.sure and (case.later or not told.words or columns != alone):
            continue
        evidence = {"rule": item.rule.told, "rows": int(item.rows.sum()), "share": float(item.rows.mean())}
        evidence |= {"factor": told.factor} if told.factor != 1 else {}
        evidence |= {"limit": float(told.words.split()[-1])} if told.words.startswith(NO_MORE) else {}
        them = ": it " if len(columns) == 1 else ", which "
        what = (
            f'{told.words + them if told.words else ""}breaks the rule "{item.rule.told}" in {item.rows.sum():,} rows'
        )
        causes = (Cause.METRIC_DEFINITION, Cause.ROW_MISALIGNMENT, Cause.UNIT_SCALE)
        others = tuple(one for one in causes if one is not told.cause)
        case.found = [found for found in case.found if not (found.vague and found.columns == columns)]
        case.add(Found(told.cause, columns, evidence | {"p": item.chance}, item.rows, others, what))


def _sound(case: Case, item: Break, breaks: Sequence[Break]) -> set[str]:
    """Return the numbers of a sum or product that keep another one, or a rate, in the rows that break it.

    A number that moved by itself may have taken the others of its rate along; in another season most numbers move.
    """
    broken_rules = [one.rule for one in breaks]
    rules = [one for one in case.baseline.contract.rules if (one.parts or one.kind == RATE) and one not in broken_rules]
    names: set[str] = set()
    for rule in rules:
        both = set(rule.columns) & set(item.rule.columns) - case.explained
        if (
            not both
            or len(set(rule.columns) & set(item.rule.columns)) > 1
            or not all(map(case.batch.has, rule.columns))
        ):
            continue
        numbers = [case.batch.numbers[name] for name in rule.columns if name in case.batch.numbers]
        asked = np.all([np.nan_to_num(values) != 0 for values in numbers], axis=0)
        kept = asked & ~case.broken[rule] if rule in case.broken else np.zeros(item.rows.size, dtype=np.bool_)
        if kept[item.rows].mean() > ONLY:
            names |= {name for name in both if case.later or not moved(case, name)}
    return names


def _distance(case: Case, name: str, values: Floats) -> float:
    """Return how far a number with these values is from the reference: chi-square by its degrees of freedom."""
    base = case.reference.numbers[name]
    bins = Bins.made(base, values)
    chi2, freedom = homogeneity(bins.counts(values), bins.counts(base))
    return chi2 / max(1, freedom)


def _frozen(case: Case, name: str, rows: Flags) -> str | None:
    """Return the one value that all broken rows hold, where by time all rows after the first of them hold it."""
    times = case.order[rows]
    if name not in case.batch.texts or rows.sum() < LEAST or np.isnan(times).any():
        return None
    with np.errstate(invalid="ignore"):
        after = case.batch.texts[name].filter(pl.Series(case.order >= times.min()))
    return str(after[0]) if after.n_unique() == 1 and after[0] is not None else None


def _breaks(case: Case) -> list[Break]:
    unnamed = {item.columns for item in case.found if item.vague}
    rules = [
        rule
        for rule in case.baseline.contract.rules
        if all(map(case.batch.has, rule.columns))
        and (
            not set(rule.columns) & case.explained
            # a number that merely moved may be told by what gives it
            or (is_lookup(rule, case.batch) and rule.left not in case.explained and (rule.right,) in unnamed)
            or (rule.parts and all((name,) in unnamed for name in set(rule.columns) & case.explained))
        )
    ]
    found = []
    fresh = np.any([np.zeros(case.batch.rows, dtype=np.bool_), *case.fresh.values()], axis=0)
    for rule in rules:
        if rule not in case.broken:
            case.broken[rule] = broken(rule, case.batch, case.reference)
        rows = case.broken[rule]
        if (rule.right,) in unnamed and is_lookup(rule, case.batch):
            rows = other_number(rule, case.batch, case.reference)  # it moved, so that a list kept up to date matters
        rows = rows & ~fresh  # new items have attributes of their own
        count = int(rows.sum())
        # visitors that merely got a known number again are few: what stays for each is held to the whole floor
        if count < max(3, FLOOR * case.batch.rows / (1 if rule.kind == "constant" else 5)):
            continue
        known = max(rule.exceptions, 0)
        chance = rate_p(count, case.batch.rows, known, rule.rows)
        if chance < case.alpha(len(rules)) and count / case.batch.rows > 2 * known / max(1, rule.rows):
            # a sum holds of new items too, and values that stand on other rows are the same only in all of them
            found.append(Break(rule, case.broken[rule] if rule.parts else rows, chance))
    return found


def _exchanged_levels(case: Case, name: str, breaks: Sequence[Break]) -> tuple[str, tuple[str, ...]] | None:
    """Return a category of some broken rules, and levels of it after whose exchange they hold again.

    It is the named column, or one that a rule ties to it.
    """
    mine = [item for item in breaks if name in item.rule.columns]
    for one in dict.fromkeys((name, *(column for item in mine for column in item.rule.columns))):
        levels = case.baseline.contract.term(one).levels
        held = all(one in item.rule.columns for item in mine)
        if one not in case.batch.texts or not (held and 2 < len(levels) <= MOST_LEVELS) or calendar(levels):
            continue
        count = sum(int(item.rows.sum()) for item in mine)
        rules = [rule for rule in case.baseline.contract.rules if one in rule.columns and rule.kind != "constant"]
        rules = [rule for rule in rules if all(map(case.batch.has, rule.columns))]
        for turn in _turns(levels):
            turned = case.batch.texts[one].replace(turn)
            left = (broken(rule, case.batch.put(one, turned), case.reference) for rule in rules)
            if sum(int(rows.sum()) for rows in left) < LEFT * count:
                return one, tuple(turn)
    return None


def _turns(levels: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield all ways to exchange two levels, or to turn three of them around."""
    for first, second in itertools.combinations(levels, 2):
        yield {first: second, second: first}
    for first, second, third in itertools.permutations(levels, 3):
        if first < min(second, third):
            yield {first: second, second: third, third: first}


def _over_midnight(case: Case, item: Break) -> bool:
    """Tell whether the rows that have another day than their time all lie soon after midnight, or soon before it."""
    hours = case.batch.numbers[item.rule.left][item.rows] % DAY / HOUR
    return hours.size >= LEAST and bool(hours.max() < NIGHT or hours.min() >= 24 - NIGHT)


def _reversed(case: Case, item: Break) -> bool:
    """Tell whether two columns are apart as usual in the rows that break their order, only the other way round."""
    if item.rule.kind != "order":
        return False
    known, now = (side.numbers[item.rule.right] - side.numbers[item.rule.left] for side in (case.reference, case.batch))
    turned = -now[item.rows]
    bins = Bins.made(known, turned)
    return turned.size >= FEW and homogeneity_p(bins.counts(turned), bins.counts(known)) > MOVED


def _as_by_chance(case: Case, breaks: Sequence[Break]) -> bool:
    """Tell whether rules are broken about as often as columns without a relation would break them.

    Another season moves columns too, so that their own distributions do not tell values on wrong rows.
    """
    rules = [item for item in breaks if item.rule.kind == "implies" and not _bounded(item.rule)]
    expected = 0.0
    for item in rules:
        left, right = holds(case.batch, item.rule.left, item.rule.left_is), item.rule
        expected += float(left.sum() * (1 - holds(case.batch, right.right, right.right_is).mean()))
    return bool(rules) and sum(float(item.rows.sum()) for item in rules) > BY_CHANCE * expected


def _bounded(rule: Rule) -> bool:
    """Tell whether a rule sets a bound to an amount, which another amount breaks as well as another row."""
    return any(what != ">0" and BOUND.fullmatch(what) for what in (rule.left_is, rule.right_is))


def _one_way(case: Case, breaks: Sequence[Break]) -> bool:
    """Values on wrong rows break "a means b" and "b means a" alike; another definition breaks one of them."""
    pairs = {_direction(case, item.rule) for item in breaks if item.rule.kind == "implies"}
    mirrored = {_direction(case, rule) for rule in case.baseline.contract.rules if rule.kind == "implies"}
    turned = (pair[::-1] for pair in pairs)
    return any(pair in mirrored and pair not in pairs for pair in turned)


def _direction(case: Case, rule: Rule) -> tuple[str, str]:
    """Return which column means which; what says that a number is small says what a large one means.

    "Kilometres mean no cancellation" and "a cancellation means no kilometres" are one rule: never both. It is turned
    around by "one of both".
    """
    small = [what.startswith("<=") for what in (rule.left_is, rule.right_is)]
    if any(small):
        return (rule.left, rule.right) if all(small) else (rule.right, rule.left)
    left, right = (_says_no(case, *one) for one in ((rule.left, rule.left_is), (rule.right, rule.right_is)))
    if left == right:
        return (rule.right, rule.left) if left and right else (rule.left, rule.right)
    them = "/".join(sorted((rule.left, rule.right)))
    return (f"one of {them}", f"not both {them}") if left else (f"not both {them}", f"one of {them}")


def _says_no(case: Case, name: str, what: str) -> bool:
    """Tell whether a state is that of two which says that there is nothing: missing, or the first of two levels."""
    levels = case.baseline.contract.term(name).levels if name in case.batch.texts else ()
    return what == "missing" or (len(levels) == LEVELS_OF_A_FLAG and what == levels[0])


def _culprit(case: Case, breaks: Sequence[Break]) -> str:
    """Return the column in most broken rules; among equals the one that moved, or lost its other relations."""
    names = Counter(name for item in breaks for name in item.rule.columns)
    going_on = [name for name in names if counts_on(case, name)]
    if len(going_on) < len(names):
        names = Counter({name: count for name, count in names.items() if name not in going_on})
    most = max(names.values())
    tied = [name for name, count in names.items() if count == most]
    if len(tied) == 1:
        return tied[0]
    gaps = all({item.rule.left_is, item.rule.right_is} <= {"missing", "present"} for item in breaks)
    return max(
        tied,
        key=lambda name: (
            gaps * (case.batch.missing(name).mean() - case.reference.missing(name).mean()),
            moved(case, name),
            excess(case, name, tied),
            name in case.batch.texts,
            name,
        ),
    )
