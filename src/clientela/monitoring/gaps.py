"""Missing cells, and zeros, missing cells and stand-ins that changed places."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Codes, Flags, Floats, Kind
from clientela.monitoring.contract import Term
from clientela.monitoring.fitting import binned
from clientela.monitoring.impossible import by_one_factor
from clientela.monitoring.levels import counted, spelled
from clientela.monitoring.looking_like import coded
from clientela.monitoring.seasons import usual_swing
from clientela.monitoring.ways import WORDS
from clientela.statistics.two_samples import homogeneity_p, rate_p, share_p

Placed = Callable[[str], tuple[Codes, Codes, int]]

LEAST, FEW = 5, 20
MOVED = 1e-3
TWICE = 2.0
"""How many times further than in any stretch of the reference a season may move the share of missing cells."""

UNKNOWN = {"unknown", "n/a", "na", "null", "nan", "?", "not set", "(not set)", "undefined", "missing", "unbekannt",
           "(missing)", "(unknown)", "<na>", "not available", "(null)", "#n/a", "not provided",
           "(not provided)"}  # fmt: skip
"""Words that say nothing but that a value is not known; "none" is an answer to most questions."""

YEARS = 1800, 2200
"""Years between which numbers are taken for such."""

FEWER = (Cause.METRIC_DEFINITION,)
"""What else it may be that fewer cells are missing."""

MOST_GROUPS = 30
RISEN = 0.2
"""By how much the share of missing cells must have risen in one group, where it had some before."""

ONLY_WHERE = "only where"
"""Evidence of the column and level in whose rows cells are missing."""

HALF = 0.5
"""Part of the cells missing in one group that must be missing in all rows more than before."""

MOST_NEW, CHANCE = 0.1, 3.0
"""Share of the rows that may have a level nobody knew where the mix of a category explains missing cells, and standard
errors that are chance."""

LAST = 0.9
"""Share of the rows after the first missing outcome that must miss it too, so that it has not arrived yet."""


NEARLY_ALL = 0.95
"""Share of the rows without outcome in which a column must be missing that comes with them."""


def search_gaps(case: Case) -> None:
    """Look for missing cells that came or went, and for values that stand for them."""
    terms = case.terms(*Kind)
    if terms and all(case.batch.missing(term.name).all() for term in terms):
        what = "are missing in every row"
        case.add(Found(Cause.MISSINGNESS, tuple(t.name for t in terms), {"share": 1.0}, what=what))
        return
    placed = cache(partial(_placed, case))
    searches = ((_nulls(case, term, len(terms)) or _in_one_group(case, term, len(terms), placed)) for term in terms)
    fresh = [found for found in searches if found is not None]
    for item in _joined(case, fresh):
        case.add(item)
    numbers = case.terms(Kind.NUMBER)
    for term in numbers:
        if (found := _stand_in(case, term, len(numbers))) is not None:
            case.add(found)
    for term in case.terms(Kind.CATEGORY, Kind.TEXT, Kind.KEY):
        _word(case, term)
    for term in case.terms(Kind.CATEGORY):
        if (found := _unknown(case, term, len(terms))) is not None:
            case.add(found)


def missing_there(case: Case, name: str, rows: Flags) -> bool:
    """Tell whether a column is missing in nearly all of some rows, not so before, and in the others as before."""
    if not case.batch.has(name):
        return False
    now, known = (side.missing(name) for side in (case.batch, case.reference))
    others = int((~rows).sum())
    if now[rows].mean() < NEARLY_ALL or known.mean() >= NEARLY_ALL:
        return False
    return not others or share_p(int(now[~rows].sum()), others, int(known.sum()), known.size) > MOVED


def _joined(case: Case, found: list[Found]) -> list[Found]:
    """Columns that are missing in the same rows are one break; with the label among them its outcomes are late."""
    groups: list[list[Found]] = []
    for item in sorted(found, key=lambda one: one.cause is not Cause.LABEL_DELAY):
        for group in groups:
            first = group[0]
            alike = first.cause is Cause.LABEL_DELAY or first.cause is item.cause is Cause.MISSINGNESS
            if alike and first.rows is not None and item.rows is not None:
                shared = int((first.rows & item.rows).sum())
                same = shared >= 0.8 * max(int(first.rows.sum()), int(item.rows.sum()))
                # what some rows never have is missing in others beside
                if same or (first.cause is Cause.LABEL_DELAY and missing_there(case, item.columns[0], first.rows)):
                    group.append(item)
                    break
        else:
            groups.append([item])
    return [
        group[0] if len(group) == 1 else Found(
            group[0].cause, tuple(c for item in group for c in item.columns), group[0].evidence, group[0].rows,
            group[0].alternatives, f"are missing together in {group[0].evidence['share']:.1%} of the rows",
        )
        for group in groups
    ]  # fmt: skip


def _nulls(case: Case, term: Term, tests: int) -> Found | None:
    size, base = case.sizes
    now, before = case.batch.missing(term.name), case.reference.missing(term.name)
    count, known = int(now.sum()), int(before.sum())
    chance = rate_p(count, size, known, base)
    gained = count / size - known / base
    least = max(FLOOR, 0.1 * known / base, TWICE * usual_swing(case, before) if case.later and known else 0.0)
    if chance > case.alpha(tests) or abs(gained) < least or _of_another_mix(case, term.name, now, before):
        return None
    evidence: dict[str, Any] = {"rows": count, "share": count / size, "before": known / base, "p": chance}
    what = f"is missing in {count / size:.1%} of the rows, before in {known / base:.1%}"
    if gained < 0:
        return _fewer(case, term, -gained, Found(Cause.NULL_SEMANTICS, (term.name,), evidence, None, FEWER, what))
    if term.name == case.baseline.facts.label and _not_yet(case, now):
        others = (Cause.MISSINGNESS, Cause.NULL_SEMANTICS)
        what = f"has no outcome yet in {count:,} rows, the last ones"
        return Found(Cause.LABEL_DELAY, (term.name,), evidence, now, others, what)
    group = _group(case, now, term.name)
    of_group = bool(group) and _zeros_in(case, term.name, *group) < 0.7
    if lost := _became_missing(case, term, gained, of_group=of_group):
        what = f"{what}: {lost} became missing"
        return Found(Cause.NULL_SEMANTICS, (term.name,), evidence, now, (Cause.MISSINGNESS,), what)
    if group:
        evidence[ONLY_WHERE] = " is ".join(group)
        what += f", only where {' is '.join(group)}"
    others = (Cause.NULL_SEMANTICS, *((Cause.KEY_BREAK,) if term.kind in (Kind.KEY, Kind.TEXT) else ()))
    return Found(Cause.MISSINGNESS, (term.name,), evidence, now, others, what)


def _of_another_mix(case: Case, name: str, now: Flags, before: Flags, size: int = 0) -> bool:
    """Tell whether cells are missing as often as before in the rows of each level of a category that has another mix.

    Then it is the levels that have other rows than before: where no visit of the app arrives, none has its version. How
    many cells would be missing by chance is told over all levels together, so that few rows of each hide nothing.

    Args:
        case: The batch, or the rows of one level.
        name: The column.
        now: Which of its cells are missing.
        before: Which of the reference's are.
        size: Rows of the whole batch, of which few may have levels nobody knew; 0 for those of the case.
    """
    for term in case.baseline.contract.terms:
        if term.kind is not Kind.CATEGORY or term.name == name or len(term.levels) < 2:
            continue
        if not case.batch.has(term.name) or case.batch.missing(term.name).mean() > FLOOR:
            continue
        words, codes, fresh = spelled(case, term.name)
        width = len(words) + 1  # those without a level are one more
        rows, known = (np.bincount(part, minlength=width).astype(np.float64) for part in (fresh, codes))
        new = known == 0
        if rows[new].sum() > MOST_NEW * (size or case.batch.rows):
            continue
        rates = np.bincount(codes[before], minlength=width) / np.maximum(known, 1.0)
        variances = rates * (1 - rates) * rows * (1 + rows / np.maximum(known, 1.0))
        error = float(np.sqrt(variances.sum()))
        # an item that nobody knew brings what it lacks
        expected = float((rows * rates).sum() + np.bincount(fresh[now], minlength=width)[new].sum())
        count, usual = float(now.sum()), float(before.mean()) * case.batch.rows
        if abs(count - expected) <= CHANCE * max(1.0, error) and abs(count - usual) > 2 * abs(count - expected):
            return True
    return False


def _fewer(case: Case, term: Term, filled: float, found: Found) -> Found | None:
    """Return what filled cells that were missing; None where what came in their place tells what it means."""
    if term.kind is Kind.CATEGORY and _by_new_level(case, term.name, filled):
        return None
    return (_one_for_all(case, term, filled) if term.kind is Kind.NUMBER else None) or found


def _one_for_all(case: Case, term: Term, filled: float) -> Found | None:
    """Return that one value stands in one share of the rows, whatever they held: missing cells and others alike.

    A stand-in for missing leaves the other cells as they were.
    """
    now, before = (side.numbers[term.name] for side in (case.batch, case.reference))
    values, counts = np.unique(now[~np.isnan(now)], return_counts=True)
    if not values.size:
        return None
    value, missing = float(values[counts.argmax()]), float(np.isnan(before).mean())
    usual = float(np.mean(before == value))
    share = (float(np.mean(now == value)) - usual) / max(1e-9, 1 - usual)
    size, base = case.sizes
    error = math.sqrt(missing * (1 - missing) * (1 / size + 1 / base)) + CHANCE * FLOOR
    of_all = abs(filled - share * missing) < CHANCE * error and share - filled > CHANCE * error
    rest, known = now[~np.isnan(now) & (now != value)], before[~np.isnan(before) & (before != value)]
    if not of_all or rest.size < FEW or homogeneity_p(*binned(known, rest)) < MOVED:
        return None
    evidence = {"value": value, "rows": int(np.sum(now == value)), "share": share, "missing": filled}
    what = f"is {value:g} in {share:.1%} of the rows that were missing and of all others alike, as of another moment"
    others = (Cause.STUCK, Cause.NULL_SEMANTICS, Cause.METRIC_DEFINITION)
    return Found(Cause.TRAIN_SERVE_SKEW, (term.name,), evidence, now == value, others, what)


def _by_new_level(case: Case, name: str, filled: float) -> bool:
    """Tell whether one level that the reference never had fills most of the cells that were missing before."""
    levels = counted(case, name)
    fresh = levels.now[levels.known == 0]
    return bool(fresh.max(initial=0) >= HALF * filled * case.batch.rows)


def _became_missing(case: Case, term: Term, gained: float, *, of_group: bool) -> str:
    """Return what stood for missing and is missing now, in words: a level, zeros, or a number; "" for nothing."""
    if term.kind is Kind.CATEGORY:
        return repr(lost) if (lost := _stood_for_missing(case, term, gained)) else ""
    if term.kind is not Kind.NUMBER or of_group:
        return ""
    if _zeros_gone(case, term.name, gained):
        return "zeros"
    value = _stood_for(case, term.name, gained)
    # that there are fewer zeros may be the season's, which was asked already
    return "" if value is None or (case.later and value == 0) else f"{value:g}"


def _placed(case: Case, name: str) -> tuple[Codes, Codes, int]:
    """Return the place of every row's level in reference and batch, and how many there are; the last is any other."""
    levels = case.baseline.contract.term(name).levels[:MOST_GROUPS]
    places, rest = {level: place for place, level in enumerate(levels)}, len(levels)
    sides = (side.texts[name] for side in (case.reference, case.batch))
    known, now = (
        t.replace_strict(places, default=rest, return_dtype=pl.Int64).fill_null(rest).to_numpy() for t in sides
    )
    return known, now, rest + 1


def _in_one_group(case: Case, term: Term, tests: int, placed: Placed) -> Found | None:
    """Look for a level in whose rows a column is missing far more often than before, and in all others as often."""
    now, before = case.batch.missing(term.name), case.reference.missing(term.name)
    if not before.any():
        return None
    others = [other for other in case.terms(Kind.CATEGORY) if other.name != term.name]
    limit = case.alpha(tests * sum(placed(other.name)[2] - 1 for other in others)) if others else 0.0
    found = min((one for other in others for one in _risen(placed, other, now, before)), default=None)
    if found is None or found[0] >= limit:
        return None
    chance, name, level, share, usual = found
    inside, was_inside = (
        (side.texts[name] == level).fill_null(value=False).to_numpy() for side in (case.batch, case.reference)
    )
    gained = float(now.sum()) - float(before.mean()) * now.size
    if gained < HALF * (share - usual) * inside.sum():
        return None  # no more cells are missing: rows that lack them came to the level
    level_alone = case.beside(case.reference.only(was_inside), case.batch.only(inside))
    if _of_another_mix(level_alone, term.name, now[inside], before[was_inside], case.batch.rows):
        return None
    rows = now & inside
    where = f"{name} is {level}"
    evidence = {"rows": int(rows.sum()), "share": share, "before": usual, "p": chance, ONLY_WHERE: where}
    what = f"is missing in {share:.1%} of the rows where {where}, before in {usual:.1%}"
    causes = (Cause.MISSINGNESS, Cause.NULL_SEMANTICS)
    if term.kind is Kind.NUMBER:
        known, held = case.reference.numbers[term.name][was_inside], case.batch.numbers[term.name][inside]
        zeros, left = float(np.mean(known == 0)), float(np.mean(held == 0))
        as_zeros, at_random = zeros - (share - usual), zeros * (1 - (share - usual))
        if abs(left - as_zeros) < abs(left - at_random):
            causes, what = causes[::-1], f"{what}: zeros became missing"
    return Found(causes[0], (term.name,), evidence, rows, causes[1:], what)


def _risen(placed: Placed, other: Term, now: Flags, before: Flags) -> Iterator[tuple[float, str, str, float, float]]:
    """Yield levels in which alone missing cells rose: the chance of that, column, level, share now and before."""
    known, codes, width = placed(other.name)
    rows, lost = np.bincount(codes, minlength=width), np.bincount(codes[now], minlength=width)
    base, gone = np.bincount(known, minlength=width), np.bincount(known[before], minlength=width)
    shares, usual = lost / np.maximum(rows, 1), gone / np.maximum(base, 1)
    risen = (shares - usual >= RISEN) & ((shares - usual) * rows >= FLOOR * codes.size)
    for place in np.flatnonzero(((rows >= FEW) & (base >= FEW) & risen)[:-1]).tolist():
        mine = lost[place], rows[place], gone[place], base[place]
        rest = lost.sum() - mine[0], codes.size - mine[1], gone.sum() - mine[2], known.size - mine[3]
        if _differs(*map(int, rest)) > MOVED:
            yield _differs(*map(int, mine)), other.name, other.levels[place], float(shares[place]), float(usual[place])


def _differs(lost: int, rows: int, gone: int, base: int) -> float:
    """Return the chance that two shares of missing cells are one; the larger of two tests, for rows may be few."""
    exact = share_p(lost, rows, gone, base)
    counts = [np.array([part, size - part], dtype=np.float64) for part, size in ((lost, rows), (gone, base))]
    return exact if exact > MOVED else homogeneity_p(counts[0], counts[1])


def _stood_for_missing(case: Case, term: Term, gained: float) -> str:
    """Return the level, a stand-in for missing, whose share fell by what the missing cells gained; "" for none."""
    size, base = case.sizes
    for level in term.levels:
        if not stand_in(level):
            continue
        before, now = (
            float((s.texts[term.name] == level).fill_null(value=False).to_numpy().mean())
            for s in (case.reference, case.batch)
        )
        error = math.sqrt(max(before * (1 - before), 1 / size) * (1 / size + 1 / base))
        if before - now > 0.5 * gained and abs(before - now - gained) < 4 * error:
            return level
    return ""


def _stood_for(case: Case, name: str, gained: float) -> float | None:
    """Return the commonest number, a stand-in for missing such as -1 or 999, that lost what another cell gained."""
    known, now = (side.numbers[name][~np.isnan(side.numbers[name])] for side in (case.reference, case.batch))
    values, counts = np.unique(known, return_counts=True)
    if not values.size or not stand_in(f"{values[np.argmax(counts)]:g}"):
        return None
    value = float(values[np.argmax(counts)])
    before, after = float((known == value).sum() / case.sizes[1]), float((now == value).sum() / case.sizes[0])
    error = math.sqrt(max(before * (1 - before), 1 / case.sizes[0]) * (1 / case.sizes[0] + 1 / case.sizes[1]))
    # all of it became missing, or what other cells lose beside it is as good as nothing
    others = (1 - before) * gained
    fits = abs(before - after - gained) < min(4 * error, max(0.5 * others, 0.02))
    return value if gained > 4 * error and fits else None


def stand_in(level: str) -> bool:
    """Tell whether a level of a category stands for missing: a word for it, zero, or a number such as -1 or 999."""
    try:
        return _round(float(level)) and (float(level) <= 0 or len(level) > 1)
    except ValueError:
        return level.strip().casefold() in WORDS


def _not_yet(case: Case, missing: Flags) -> bool:
    """Tell whether the missing cells are those of the last rows: all later rows, by time where rows carry one."""
    order = np.arange(case.batch.rows) if np.isnan(case.order).any() else case.order
    return bool(missing[order >= order[missing].min()].mean() > LAST)


def _zeros_gone(case: Case, name: str, gained: float) -> bool:
    """Whether the share of zeros fell by what the missing cells gained, not by that share of itself.

    In another season there are as many zeros as the column says that tells them best.
    """
    size, base = case.sizes
    before = float(np.mean(case.reference.numbers[name] == 0))
    partner, expected = _by_partner(case, name)
    before = expected if case.later and partner > 0 else before
    now = float(np.mean(case.batch.numbers[name] == 0))
    error = math.sqrt(max(before * (1 - before), 1e-6) * (1 / size + 1 / base))
    if before < 0.5 * gained:
        return False
    as_zeros, at_random = before - gained, before * (1 - gained)
    if abs(now - as_zeros) > 4 * error:
        return False
    spread = error * error
    told = ((now - at_random) ** 2 - (now - as_zeros) ** 2) / (2 * spread)
    return told + partner > 0


def _by_partner(case: Case, name: str) -> tuple[float, float]:
    """Return the log likelihood ratio that cells now missing were zeros, by the column that tells zeros best.

    Beside it stands the share of zeros that the batch would have by that column. Cells lost by chance lie in rows of
    all kinds; zeros that became missing lie in rows in which the reference has zeros.
    """
    base, gone = case.reference.numbers[name], np.isnan(case.batch.numbers[name])
    zero, held = base == 0, ~np.isnan(base)
    best = (0.0, 0.0, float(np.mean(zero)))
    for term in case.terms(Kind.NUMBER, Kind.CATEGORY):
        if term.name == name:
            continue
        codes, fresh, width = coded(case, term.name)
        whole = np.bincount(codes[held], minlength=width) + 0.5
        zeros = np.bincount(codes[zero], minlength=width) + 0.5
        ratio = np.log(zeros / zeros.sum()) - np.log(whole / whole.sum())
        tells = float(np.sum(zeros / zeros.sum() * ratio))
        if tells > best[0]:
            shares = np.bincount(codes[zero], minlength=width) / np.maximum(np.bincount(codes, minlength=width), 1)
            best = (tells, float(ratio[fresh[gone]].sum()), float(shares[fresh].mean()))
    return best[1:]


def _zeros_in(case: Case, name: str, column: str, level: str) -> float:
    """Return the share of the reference's zeros that lie in a level."""
    zero = case.reference.numbers[name] == 0 if name in case.reference.numbers else np.zeros(0, dtype=np.bool_)
    inside = (case.reference.texts[column] == level).fill_null(value=False).to_numpy()
    return float(inside[zero].mean()) if zero.any() else 0.0


def _group(case: Case, now: Flags, name: str) -> tuple[str, ...]:
    """Return the column and level of a category that holds nearly all of the missing cells, where it holds few rows."""
    best: tuple[float, tuple[str, ...]] = (0.0, ())
    for term in case.baseline.contract.terms:
        if term.kind is not Kind.CATEGORY or not case.batch.has(term.name) or term.name == name:
            continue
        texts = case.batch.texts[term.name]
        for level in term.levels[:30]:
            inside = (texts == level).fill_null(value=False).to_numpy()
            if not 0 < inside.mean() < 0.6:
                continue
            held = float((now & inside).sum() / max(1, now.sum()))
            lift = held - float(inside.mean())
            if held > 0.9 and lift > best[0]:
                best = (lift, (term.name, level))
    return best[1]


def _stand_in(case: Case, term: Term, tests: int) -> Found | None:
    """Look for a new value that took the place of zeros or missing cells, or lies outside the range."""
    size, base = case.sizes
    values = case.batch.numbers[term.name]
    held = values[~np.isnan(values)]
    if held.size == 0:
        return None
    levels, counts = np.unique(held, return_counts=True)
    place = int(np.argmax(np.where(np.isin(levels, case.reference.numbers[term.name]), 0, counts)))
    value, count = float(levels[place]), int(counts[place])
    known = int(np.sum(case.reference.numbers[term.name] == value))
    if count < max(LEAST, FLOOR * size) or rate_p(count, size, known, base) > case.alpha(tests) or known:
        return None
    share = count / size
    reference = case.reference.numbers[term.name]
    lost = float(np.mean(reference == 0)) - float(np.mean(values == 0))
    gone = float(np.mean(np.isnan(reference))) - float(np.mean(np.isnan(values)))
    zeros = float(np.mean(reference == 0))
    error = math.sqrt(max(zeros * (1 - zeros), 1e-9) * (1 / size + 1 / base))
    exchanged = _round(value) and _stood_for(case, term.name, share) is not None
    outside = value < term.low or value > term.high
    fresh = np.sort(counts[~np.isin(levels, reference) & (counts >= LEAST)])
    # a unit carries many values beyond the end, a stand-in is one
    crowd = int(np.sum(values > term.high) if value > term.high else np.sum(values < term.low)) > 2 * count
    alone = fresh[-1] >= 3 * fresh[:-1].max(initial=0) and fresh[-1] >= 0.5 * fresh.sum()
    zero_like = lost > max(0.5 * share, 2.5 * error) and abs(lost - share) < min(4 * error, 0.5 * share + 0.02)
    small = float(held[held > 0].min(initial=math.inf))
    dropped = value == 0 and np.mean((reference > 0) & (reference < small)) > 0.7 * share
    if case.later and share == 1:
        return None  # another season may have one value
    apart = case.later and share < 0.5 and ((gone > 0.5 * share and value < term.low) or _far(reference, value))
    as_before = apart or exchanged or _rest_as_before(reference, values, value, zero_like=zero_like)
    if dropped or (outside and crowd) or not as_before or _lost_elsewhere(case, term.name, value, share):
        return None  # small values, all values, or those of another column; the search of numbers names what it is
    if not alone or not (
        exchanged or zero_like or gone > 0.5 * share or (outside and (_round(value) or _century(term, value)))
    ):
        return None
    unit = _of_another_unit(term.name, *by_one_factor(reference, values))
    evidence = {"value": value, "rows": count, "share": share, "zeros lost": lost, "missing lost": gone}
    what = f"holds {value:g} in {share:.1%} of the rows, a value it never had"
    plain = Found(Cause.NULL_SEMANTICS, (term.name,), evidence, values == value, (Cause.METRIC_DEFINITION,), what)
    return unit or plain


def _of_another_unit(name: str, factor: float, rows: Flags) -> Found | None:
    """Return that values which were never there are others times a number, of which a common one seems a stand-in."""
    if not rows.any():
        return None
    evidence = {"factor": factor, "rows": int(rows.sum()), "share": float(rows.mean())}
    what = f"is {factor:.4g} times what it was in {rows.mean():.0%} of the rows"
    return Found(Cause.UNIT_SCALE, (name,), evidence, rows, (Cause.METRIC_DEFINITION, Cause.NULL_SEMANTICS), what)


def _far(reference: Floats, value: float) -> bool:
    """Tell whether a value lies apart from all others, whatever a season does: beyond them, or alone below zero."""
    low, first, last, high = np.nanquantile(reference, [0.0, 0.25, 0.75, 1.0])
    below, above = low - value, value - high  # counts grow a little beyond the largest that was seen
    return bool(value < 0 <= low or below > last - first > 0 or above > high - low)


def _rest_as_before(reference: Floats, values: Floats, value: float, *, zero_like: bool) -> bool:
    """Tell whether the rows that do not hold the new value are like the reference, but for the zeros it stands for."""
    kept, known = values[values != value], reference
    if zero_like:
        kept, known = kept[kept != 0], known[known != 0]
    return bool(homogeneity_p(*binned(known, kept)) > MOVED) if kept.size and known.size else True


def _lost_elsewhere(case: Case, name: str, value: float, share: float) -> bool:
    """Tell whether the value may come from another column: it lost about as many, or is rich in them and moved too."""
    sides = (case.reference, case.batch)
    for term in case.terms(Kind.NUMBER):
        if term.name != name:
            before, now = (float(np.mean(s.numbers[term.name] == value)) for s in sides)
            error = math.sqrt(max(before * (1 - before), 1e-9) * (1 / case.batch.rows + 1 / case.reference.rows))
            if before - now > max(2 * error, 0.5 * share) and before - now < 1.5 * share + 2 * error:
                return True
            if before > share and homogeneity_p(*binned(*(s.numbers[term.name] for s in sides))) < MOVED:
                return True
    return False


def _round(value: float) -> bool:
    digits = f"{abs(value):.12g}".replace(".", "").rstrip("0")
    return value < 0 or set(digits) <= {"9"} or len(digits) <= 1


def _century(term: Term, value: float) -> bool:
    """Tell whether a value is the first year of a century among years."""
    return YEARS[0] < term.low <= term.high < YEARS[1] and value % 100 == 0


def _word(case: Case, term: Term) -> None:
    texts = case.batch.texts[term.name]
    known = case.reference.texts[term.name]
    plain, least = texts.str.strip_chars().str.to_lowercase(), max(LEAST, FLOOR * len(texts))
    if not len(known) or int(plain.is_in(list(WORDS)).sum() or 0) < least:
        return
    seen = set(known.unique().str.strip_chars().str.to_lowercase().drop_nulls())
    odd = plain.is_in(list(WORDS - seen)).fill_null(value=False)
    if int(odd.sum()) >= least:
        share = int(odd.sum()) / len(texts)
        value = texts.filter(odd)[0]
        what = f"holds {value!r} in {share:.1%} of the rows, a word for missing"
        evidence = {"value": value, "rows": int(odd.sum()), "share": share}
        case.add(Found(Cause.NULL_SEMANTICS, (term.name,), evidence, odd.to_numpy(), (Cause.CATEGORY_NEW,), what))


def _unknown(case: Case, term: Term, tests: int) -> Found | None:
    """Look for more rows of a level that says that nothing is known, at the cost of all others or in one group."""
    words = [level for level in term.levels if level.strip().casefold() in UNKNOWN]
    if not words or case.batch.texts[term.name].null_count() > FLOOR * case.batch.rows:
        return None
    size, base = case.sizes
    now, before = (side.texts[term.name].is_in(words).fill_null(value=False) for side in (case.batch, case.reference))
    count, known = int(now.sum()), int(before.sum())
    gained = count / size - known / base
    swing = TWICE * usual_swing(case, before.to_numpy()) if case.later else 0.0
    if gained < max(FLOOR, 0.1 * known / base, swing) or share_p(count, size, known, base) > case.alpha(tests):
        return None
    levels = counted(case, term.name)
    rest = np.array([name not in words for name in levels.names])
    group = _group(case, now.to_numpy(), term.name)
    if not group and homogeneity_p(levels.now[rest], levels.known[rest]) < MOVED:
        return None
    evidence: dict[str, Any] = {"value": words[0], "rows": count, "share": count / size, "before": known / base}
    what = f"is {words[0]!r} in {count / size:.1%} of the rows, before in {known / base:.1%}"
    if group:
        evidence[ONLY_WHERE] = " is ".join(group)
        what += f", only where {' is '.join(group)}"
    others = (Cause.NULL_SEMANTICS, Cause.METRIC_DEFINITION)
    return Found(Cause.MISSINGNESS, (term.name,), evidence, now.to_numpy(), others, what)
