"""Relations between columns that no longer hold: rules that are broken, and values on the wrong rows."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.incident import Cause
from clientela.monitoring.calendars import calendar
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Flags, Floats, Kind
from clientela.monitoring.constants import paired
from clientela.monitoring.contract import BOUND, Rule
from clientela.monitoring.fitting import Bins
from clientela.monitoring.identities import named
from clientela.monitoring.levels import counted
from clientela.monitoring.looking_like import coded
from clientela.monitoring.lookup_breaks import search_codes, search_kept, search_lookups
from clientela.monitoring.lookups import other_number
from clientela.monitoring.rules import Break, broken, holds, is_lookup
from clientela.statistics.tails import chi_square_tail
from clientela.statistics.two_samples import homogeneity, homogeneity_p, normal_p, rate_p, shifted

LEAST, FEW = 5, 20
DAY, HOUR, NIGHT = 86_400.0, 3_600.0, 4.0
"""Seconds; hours next to midnight that an offset carries over it."""

STRONG = 0.15
"""Strength of association (Cramer's V) that is worth watching."""

PARTNERS = 4
ERRORS = 4.5
"""Standard errors (one over the root of the rows, at most) by which an association must have fallen."""

MOVED = 1e-3
"""Chance below which a column's own distribution moved."""

BY_CHANCE = 0.7
"""Part of the broken rows that chance would give, from which the values are on other rows."""

KEPT, KEPT_LATER = 0.85, 0.5
"""Share of an association that may go before rows are called misaligned; a season may change more."""


MOST_LEVELS, LEFT = 8, 0.05
"""Levels up to which all pairs are exchanged, and part of the broken rows that may stay so."""

FAR = 1e9
"""More than any distance of distributions (chi-square by its degrees of freedom)."""


def search_given(case: Case) -> None:
    """Look for numbers that categories and identifiers give: the rows that break them tell what shares cannot."""
    search_kept(case)
    search_codes(case)
    search_lookups(case, _breaks(case), numbers=False)


def search_rules(case: Case, *, numbers: bool) -> None:
    """Look for broken rules and name the column that broke them.

    Args:
        case: The batch.
        numbers: Whether columns of numbers may be named already; before their own search they are left to it.
    """
    if numbers:
        search_lookups(case, _breaks(case), numbers=True)
    left = _breaks(case)
    _constants(case, [item for item in left if item.rule.kind == "constant"], numbers=numbers)
    _identities(case, [item for item in left if item.rule.parts], sure=not numbers)
    special = [
        item for item in left if item.rule.parts or item.rule.kind == "constant" or is_lookup(item.rule, case.batch)
    ]
    left = [item for item in left if item not in special and not set(item.rule.columns) & case.explained]
    while left:
        name = _culprit(case, left)
        name, pair = _exchanged_levels(case, name, left) or (name, ())
        mine = [item for item in left if name in item.rule.columns]
        left = [item for item in left if item not in mine]
        if name in case.batch.numbers and not numbers:
            continue
        rows = np.any([item.rows for item in mine], axis=0)
        first = min(mine, key=lambda item: item.chance)
        evidence = {"rule": first.rule.told, "rows": int(rows.sum()), "share": float(rows.mean()), "p": first.chance}
        what = f'breaks the rule "{first.rule.told}" in {rows.sum():,} rows'
        if (value := _frozen(case, name, rows)) is not None:
            what = f"stands at {value} from some row on; it {what}"
            found = Found(Cause.STUCK, (name,), evidence, rows, (Cause.METRIC_DEFINITION,), what)
        elif all(item.rule.kind == "agrees" and _over_midnight(case, item) for item in mine):
            what = f"is moved over midnight in some rows: it {what}"
            others = (Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION)
            found = Found(Cause.TIMEZONE, (first.rule.left,), evidence, rows, others, what)
        elif case.baseline.contract.term(name).kind is Kind.TIME and _reversed(case, first):
            columns = tuple(t.name for t in case.baseline.contract.terms if t.name in first.rule.columns)
            what = f"are exchanged, which {what}"
            found = Found(Cause.COLUMN_SWAP, columns, evidence, rows, (Cause.METRIC_DEFINITION,), what)
        elif pair:
            evidence |= {"levels": list(pair)}
            what = f"{pair[0]!r} and {pair[1]!r} changed places: it {what}"
            found = Found(Cause.CATEGORY_PERMUTED, (name,), evidence, rows, (Cause.ROW_MISALIGNMENT,), what)
        elif case.later and _as_by_chance(case, mine):
            found = Found(Cause.ROW_MISALIGNMENT, (name,), evidence, rows, (Cause.METRIC_DEFINITION,), what)
        elif moved(case, name) or _one_way(case, mine):
            found = Found(Cause.METRIC_DEFINITION, (name,), evidence, rows, (Cause.ROW_MISALIGNMENT,), what)
        else:
            found = Found(Cause.ROW_MISALIGNMENT, (name,), evidence, rows, (Cause.METRIC_DEFINITION,), what)
        case.add(found)


def _constants(case: Case, breaks: Sequence[Break], *, numbers: bool) -> None:
    """Name what visitors no longer keep: columns on the rows of others, or the visitors where they keep nothing."""
    for who in dict.fromkeys(item.rule.left for item in breaks):
        mine = [item for item in breaks if item.rule.left == who and not set(item.rule.columns) & case.explained]
        kept = [rule for rule in case.baseline.contract.rules if rule.kind == "constant" and rule.left == who]
        renewed = [item for item in mine if _renewed(case, item.rule)]
        others = [item for item in mine if item not in renewed]
        if len(others) == len(kept) > 1:
            _kept_no_more(case, others, (who,), Cause.ROW_MISALIGNMENT)
            continue
        # numbers may be rounded or multiplied, which their own search tells
        others = [item for item in others if numbers or item.rule.right not in case.batch.numbers]
        if others:
            _kept_no_more(case, others, tuple(item.rule.right for item in others), Cause.ROW_MISALIGNMENT)
        for item in renewed:
            if numbers or item.rule.right not in case.batch.numbers:
                _kept_no_more(case, [item], (item.rule.right,), Cause.METRIC_DEFINITION)


def _kept_no_more(case: Case, breaks: Sequence[Break], columns: tuple[str, ...], cause: Cause) -> None:
    rows = np.any([item.rows for item in breaks], axis=0)
    told = breaks[0].rule.told
    evidence = {"rule": told, "rows": int(rows.sum()), "share": float(rows.mean()), "p": breaks[0].chance}
    others = tuple(one for one in (Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION) if one is not cause)
    case.add(Found(cause, columns, evidence, rows, others, f'breaks the rule "{told}" in {rows.sum():,} rows'))


def _renewed(case: Case, rule: Rule) -> bool:
    """Tell whether the very same visitors have other values than before, rather than those of each other."""
    both = paired(rule, case.batch, case.reference).drop_nulls()
    if rule.right in case.batch.numbers:
        known, now = both["known"].to_numpy(), both["now"].to_numpy()
        bins = Bins.made(known, now)
        return homogeneity_p(bins.counts(now), bins.counts(known)) < MOVED
    counts = [both[part].value_counts(name="rows").rename({part: "value"}) for part in ("now", "known")]
    table = counts[0].join(counts[1], on="value", how="full", coalesce=True).fill_null(0).sort("value")
    return homogeneity_p(table["rows"].to_numpy(), table["rows_right"].to_numpy()) < MOVED


def _identities(case: Case, breaks: Sequence[Break], *, sure: bool) -> None:
    """Name the column that broke a sum or product; what follows from it is not told again.

    Args:
        case: The batch.
        breaks: Sums and products that are broken.
        sure: Whether only those are told in which the rows themselves show what happened.
    """
    for item in sorted(breaks, key=lambda one: (one.chance, one.rule.columns)):
        if set(item.rule.columns) & case.explained:
            continue
        shared = Counter(name for one in breaks for name in one.rule.columns)
        # what broke several of them is in them all
        apart = {
            name: _distance(case, name, case.batch.numbers[name]) + FAR * (shared[name] - 1)
            for name in item.rule.columns
        }
        told = named(item.rule, case.batch, item.rows, apart, partial(_distance, case))
        alone = tuple(column for column in item.rule.columns if moved(case, column))
        columns = alone if not told.words and len(alone) == 1 else told.columns
        if sure and not told.sure and (case.later or not told.words or columns != alone):
            continue
        evidence = {"rule": item.rule.told, "rows": int(item.rows.sum()), "share": float(item.rows.mean())}
        evidence |= {"factor": told.factor} if told.factor != 1 else {}
        them = ": it " if len(columns) == 1 else ", which "
        what = (
            f'{told.words + them if told.words else ""}breaks the rule "{item.rule.told}" in {item.rows.sum():,} rows'
        )
        causes = (Cause.METRIC_DEFINITION, Cause.ROW_MISALIGNMENT, Cause.UNIT_SCALE)
        others = tuple(one for one in causes if one is not told.cause)
        case.add(Found(told.cause, columns, evidence | {"p": item.chance}, item.rows, others, what))


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
        )
    ]
    found = []
    for rule in rules:
        if rule not in case.broken:
            case.broken[rule] = broken(rule, case.batch, case.reference)
        rows = case.broken[rule]
        if (rule.right,) in unnamed and is_lookup(rule, case.batch):
            rows = other_number(rule, case.batch, case.reference)  # it moved, so that a list kept up to date matters
        count = int(rows.sum())
        # visitors that merely got a known number again are few: what stays for each is held to the whole floor
        if count < max(3, FLOOR * case.batch.rows / (1 if rule.kind == "constant" else 5)):
            continue
        known = max(rule.exceptions, 0)
        chance = rate_p(count, case.batch.rows, known, rule.rows)
        if chance < case.alpha(len(rules)) and count / case.batch.rows > 2 * known / max(1, rule.rows):
            found.append(Break(rule, rows, chance))
    return found


def _exchanged_levels(case: Case, name: str, breaks: Sequence[Break]) -> tuple[str, tuple[str, str]] | None:
    """Return a category of some broken rules, and two levels of it after whose exchange they hold again.

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
        for first, second in itertools.combinations(levels, 2):
            turned = case.batch.texts[one].replace({first: second, second: first})
            left = (broken(rule, case.batch.put(one, turned), case.reference) for rule in rules)
            if sum(int(rows.sum()) for rows in left) < LEFT * count:
                return one, (first, second)
    return None


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
    rules = [item.rule for item in breaks if item.rule.kind == "implies"]
    pairs = {(rule.left, rule.right) for rule in rules}
    mirrored = {(r.left, r.right) for r in case.baseline.contract.rules if r.kind == "implies"}
    return any((right, left) in mirrored and (right, left) not in pairs for left, right in pairs)


def _culprit(case: Case, breaks: Sequence[Break]) -> str:
    """Return the column in most broken rules; among equals the one that moved, or lost its other relations."""
    names = Counter(name for item in breaks for name in item.rule.columns)
    most = max(names.values())
    tied = [name for name, count in names.items() if count == most]
    if len(tied) == 1:
        return tied[0]
    return max(tied, key=lambda name: (moved(case, name), _excess(case, name, tied), name in case.batch.texts, name))


def moved(case: Case, name: str) -> bool:
    """Tell whether a column's own distribution moved."""
    if case.baseline.contract.term(name).kind is Kind.CATEGORY:
        levels = counted(case, name)
        return homogeneity_p(levels.now, levels.known) < MOVED
    if name in case.batch.numbers:
        base, batch = case.reference.numbers[name], case.batch.numbers[name]
        bins = Bins.made(base, batch)
        if homogeneity_p(bins.counts(batch), bins.counts(base)) < MOVED:
            return True
        with np.errstate(invalid="ignore"):
            up, up_now = base[base > 0], batch[batch > 0]
        enough = min(up.size, up_now.size) > 2
        return enough and normal_p(shifted(np.log(up_now), np.log(up))) < MOVED
    return False


def _excess(case: Case, name: str, but: Sequence[str]) -> float:
    gone = 0.0
    for other in _watched(case):
        if other != name and other not in but:
            bond = _bond(case, name, other)
            gone += max(0.0, bond.before - bond.now) if bond.before > STRONG / 2 else 0.0
    return gone


@dataclass(frozen=True)
class Bond:
    """The association of two columns before and now, and the chance that it is the same."""

    before: float
    now: float
    chance: float
    excess: float


def _watched(case: Case) -> list[str]:
    return [term.name for term in case.terms(Kind.NUMBER, Kind.CATEGORY)]


def _bond(case: Case, first: str, second: str) -> Bond:
    codes, fresh, width = coded(case, first)
    other, new, wide = coded(case, second)
    base = np.bincount(codes * wide + other, minlength=width * wide).reshape(width, wide).astype(np.float64)
    batch = np.bincount(fresh * wide + new, minlength=width * wide).reshape(width, wide).astype(np.float64)
    # The batch's table as it would be with the reference's association and its own margins.
    expected = _raked(base + 0.25 / base.size, batch)
    size = min(batch.sum(), base.sum())
    thin = expected * size / max(1.0, batch.sum()) < 5
    gap = (batch - expected) ** 2 / np.maximum(expected * (1 + batch.sum() / base.sum()), 1e-9)
    freedom = max(1, int((~thin).sum()) - width - wide + 1)
    excess = float(gap[~thin].sum())
    return Bond(_strength(base), _strength(batch), chi_square_tail(freedom, excess), excess / freedom)


def _raked(base: Floats, batch: Floats) -> Floats:
    """Fit a table to the margins of another, its odds ratios kept (Deming and Stephan 1940)."""
    table = base.copy()
    rows, columns = batch.sum(axis=1), batch.sum(axis=0)
    for _ in range(20):
        table *= (rows / np.maximum(table.sum(axis=1), 1e-12))[:, None]
        table *= columns / np.maximum(table.sum(axis=0), 1e-12)
    return table


def _strength(table: Floats) -> float:
    total = table.sum()
    if total == 0:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    held = expected > 0
    chi2 = float(((table - expected)[held] ** 2 / expected[held]).sum())
    degrees = max(1, min(np.count_nonzero(table.sum(axis=1)), np.count_nonzero(table.sum(axis=0))) - 1)
    noise = (np.count_nonzero(table.sum(axis=1)) - 1) * (np.count_nonzero(table.sum(axis=0)) - 1)
    return float(np.sqrt(max(0.0, chi2 - noise) / total / degrees))


def search_misalignment(case: Case) -> None:
    """Look for columns whose own distribution is as before and whose relations to others faded."""
    vague = {name for item in case.found if item.vague for name in item.columns}
    names = [name for name in _watched(case) if name not in vague]
    pairs = _strong(case, names)
    if not pairs:
        return
    faded: list[tuple[str, str, Bond]] = []
    for first, second in pairs:
        bond = _bond(case, first, second)
        limit = KEPT_LATER if case.later else KEPT
        fell = bond.before - bond.now > ERRORS / np.sqrt(min(case.sizes))
        if fell and bond.chance < case.alpha(len(pairs)) and bond.now < limit * bond.before:
            faded.append((first, second, bond))
    while faded:
        totals: Counter[str] = Counter()
        for first, second, bond in faded:
            for name in (first, second):
                totals[name] += int(100 * (bond.before - bond.now)) + 1
        top = max(totals.values())
        tied = [name for name, total in totals.items() if total == top]
        name = tied[0] if len(tied) == 1 else max(tied, key=lambda item: (_excess(case, item, tied), item))
        mine = [item for item in faded if name in item[:2]]
        faded = [item for item in faded if item not in mine]
        bond = mine[0][2]
        other = mine[0][1] if mine[0][0] == name else mine[0][0]
        evidence = {"with": other, "strength": bond.now, "before": bond.before, "p": bond.chance}
        what = f"no longer goes with {other}: strength {bond.now:.2f}, before {bond.before:.2f}"
        cause, alternative = Cause.ROW_MISALIGNMENT, Cause.METRIC_DEFINITION
        if moved(case, name):
            cause, alternative = alternative, cause
        case.add(Found(cause, (name,), evidence, None, (alternative,), what))


def _strong(case: Case, names: Sequence[str]) -> list[tuple[str, str]]:
    bonds: dict[str, list[tuple[float, str]]] = {name: [] for name in names}
    for place, first in enumerate(names):
        codes, _, width = coded(case, first)
        for second in names[place + 1 :]:
            other, _, wide = coded(case, second)
            strength = _strength(_table(codes, other, width, wide))
            if strength > STRONG:
                bonds[first].append((strength, second))
                bonds[second].append((strength, first))
    chosen = {tuple(sorted((name, other))) for name, found in bonds.items() for _, other in sorted(found)[-PARTNERS:]}
    return sorted((first, second) for first, second in chosen)


def _table(codes: NDArray[np.int64], other: NDArray[np.int64], width: int, wide: int) -> Floats:
    return np.bincount(codes * wide + other, minlength=width * wide).reshape(width, wide).astype(np.float64)
