"""Categories whose mix changed: new, lost, renamed, merged, split, exchanged, or a real change of the mix."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from clientela.domain.incident import Cause, ShiftKind
from clientela.monitoring.calendars import calendar
from clientela.monitoring.carried import carried
from clientela.monitoring.case import CATEGORIES, FLOOR, Case, Found
from clientela.monitoring.clusters import by_chance
from clientela.monitoring.columns import Floats, Kind
from clientela.monitoring.contract import Term
from clientela.monitoring.crediting import (
    ALIKE,
    USUAL,
    changed_places,
    compare,
    credit_chance,
    credited,
    given_share,
    rows_of,
)
from clientela.monitoring.levels import STEADY, Levels, counted, weights
from clientela.monitoring.lookups import commonest
from clientela.monitoring.new_levels import search_new, search_renamed
from clientela.monitoring.rules import broken
from clientela.monitoring.seasons import usual_swing
from clientela.monitoring.several import credited_to_one, lost_together, merged_in_season
from clientela.statistics.tails import chi_square_tail
from clientela.statistics.two_samples import homogeneity, homogeneity_p

LEAST = 5
GONE = 0.02
"""Part of its rows below which a level is gone."""

FREE = 2.0
"""Chi-square that the share of the rows that went over must explain, for it is one more parameter (Akaike 1974)."""

NEARLY = 0.15
"""Part of the chi-square that may be left where one level gave to another, and the change is large."""

SURER = 4.0
"""Chi-square by which one giver must explain a gain better than all levels together, beyond the choice among them."""

AS_CHANCE = 0.01
"""Chance above which counts are as an explanation has them."""

PERHAPS = 0.05
"""Chance below which a level may have changed places with another, where their rows show it."""

WORTH = 0.02
"""Share of all rows that must have gone from one level to another."""

TOLD = 0.7
"""Part of the lost rows, and of those that a rule shows, that one other level must hold."""

MOVED = 1e-4
THINNED = 1e-3
"""Chance above which a category that had moved is as it was, once the reference is thinned."""

SEASONAL = ("month", "day", "year", "hour")

LOST, LOST_IN_SEASON = 0.45, 0.8
"""Share of a level's rows that must be gone; swings of 30 % are usual, and a season may halve a level."""

LOST_OF_TWO = 0.6
"""The same where there is but one other level, so that a change of the mix cannot be told from it by the others."""

FURTHER = 0.5
"""Part of the smaller of two shares by which seasons may move a level."""

SWINGS = 3.0
"""How many times further than among stretches of the reference a season may carry the share of a level."""


def search_categories(case: Case) -> list[Found]:
    """Look for breaks of a category: levels new, lost, exchanged, or credited to others.

    Returns:
        What holds a new level in some rows; in all others its rules may be broken, so that it is added later.
    """
    fresh: list[Found] = []
    for name, seen in _moved(case, credit=True):
        levels = counted(case, name)
        if _renamed(case, name) or _told_by_others(case, name, seen, fresh):
            continue
        if calendar(_known(levels)) or _follows_time(case, name, SEASONAL):
            # other months come with the season, words that are none do not
            if _no_times(levels) and (found := search_new(case, name, levels)) is not None:
                case.add(found)
            continue
        if _against_time(case, name):
            continue  # what days it tells is another matter than which days came
        for look in (search_new, credited_to_one, _exchange, _lost, _several, _transfer, _stopped):
            found = look(case, name, levels)
            if found is not None and found.cause is Cause.CATEGORY_NEW and found.rows is not None:
                fresh.append(found)
                case.fresh[name] = found.rows
                break
            if found is not None:
                lost_rows = found.cause in (Cause.SAMPLING, Cause.CATEGORY_REMOVED)
                twins = [other for other in _twins(case, name) if other not in found.columns]
                case.add(replace(found, columns=(*found.columns, *twins)) if lost_rows else found)
                _follow(case, name)
                if found.cause in (Cause.SAMPLING, Cause.CATEGORY_REMOVED):
                    _thin(case, name, levels)
                break
    return fresh


def _renamed(case: Case, name: str) -> bool:
    """Take levels of a later time that have other names, or one for several; tell whether there are any."""
    found = search_renamed(case, name) if case.later and name not in case.explained else None
    if found is None and name not in case.explained:
        found = merged_in_season(case, name, counted(case, name))
    if found is not None:
        case.add(found)
    return found is not None


def _told_by_others(case: Case, name: str, seen: Levels, fresh: Sequence[Found]) -> bool:
    """Tell whether another column explains that a category moved: by a level that it lost, or has new."""
    levels = counted(case, name)
    lost = homogeneity_p(levels.now, levels.known) > THINNED >= homogeneity_p(seen.now, seen.known)
    return lost or name in case.explained or any(name in _determined(case, one.columns[0]) for one in fresh)


def add_fresh(case: Case, fresh: Sequence[Found]) -> None:
    """Take new levels of columns that nothing else explains.

    Args:
        case: The batch.
        fresh: What was found of them.
    """
    for found in fresh:
        if not set(found.columns) & case.explained:
            name = found.columns[0]
            along = sorted(other for other in _determined(case, name) - case.explained if _unseen(case, other, found))
            case.add(replace(found, columns=(*found.columns, *along)))
            _follow(case, name)
    case.fresh.clear()


def _unseen(case: Case, name: str, found: Found) -> bool:
    """Tell whether a category holds in some rows only what the reference never had: a new shop has its own currency."""
    if name not in case.batch.texts or found.rows is None:
        return False
    held = case.batch.texts[name].filter(pl.Series(found.rows)).drop_nulls()
    return bool(len(held)) and not bool(held.is_in(case.reference.texts[name].unique().implode()).any())


def search_mix(case: Case) -> None:
    """Take what is left for a real change of the mix; it thins the reference, so that what follows from it is quiet."""
    for name, _ in _moved(case, credit=False):
        if name in case.explained:
            continue
        levels = counted(case, name)
        if homogeneity_p(levels.now, levels.known) > 1e-4:
            continue
        seasonal = calendar(levels.names) or _follows_time(case, name, SEASONAL)
        label = name == case.baseline.facts.label
        kind = ShiftKind.SEASON if case.later or seasonal else ShiftKind.PROMOTION if label else ShiftKind.MIX
        _mix(case, name, levels, kind)


def _known(levels: Levels) -> list[str]:
    """Return the levels that the reference has."""
    return [name for name, rows in zip(levels.names, levels.known, strict=True) if rows]


def _no_times(levels: Levels) -> bool:
    """Tell whether a level that the reference never had is neither a name of a month or day nor a number."""
    fresh = set(levels.names) - set(_known(levels))
    return any(not calendar([name]) and not re.fullmatch(r"[\d\s:/.-]+", name) for name in fresh)


def _moved(case: Case, *, credit: bool) -> list[tuple[str, Levels]]:
    """Return categories whose shares moved, those first that moved most surely; what others determine comes last."""
    pairs = {(r.left, r.right) for r in case.baseline.contract.rules if r.kind == "determines"}
    determined = {right for left, right in pairs if (right, left) not in pairs or left < right}
    terms = case.terms(Kind.CATEGORY)
    level = case.alpha(_tests(case, terms), CATEGORIES)
    quiet = {t.name for t in terms if calendar(t.levels) or _follows_time(case, t.name, SEASONAL)} | determined
    moved = []
    for term in terms:
        levels = counted(case, term.name)
        if levels.now.sum() < 20 or levels.known.sum() < 20:
            continue
        gave = credited(case, term.name, levels) if credit and term.name not in quiet else 1.0
        sure = levels.moved() < level / 2 or gave < level
        if sure and not by_chance(case, term.name, levels, level / 2):
            chance = homogeneity_p(levels.now, levels.known)
            moved.append((term.name in determined, chance, term.name, levels))
    return [(name, levels) for _, _, name, levels in sorted(moved, key=lambda item: item[:3])]


def _tests(case: Case, terms: Sequence[Term]) -> int:
    """Return how many categories may be called broken: not those of the calendar, and of two that say the same one."""
    pairs = {(r.left, r.right) for r in case.baseline.contract.rules if r.kind == "determines"}
    return sum(
        len(term.levels) > 1
        and not (calendar(term.levels) or _follows_time(case, term.name, SEASONAL))
        and not any((term.name, other) in pairs and other < term.name for other, same in pairs if same == term.name)
        for term in terms
    )


def _follows_time(case: Case, name: str, parts: Sequence[str]) -> bool:
    return any(r.kind == "agrees" and r.right == name and r.left_is in parts for r in case.baseline.contract.rules)


def _against_time(case: Case, name: str) -> bool:
    """Tell whether a category no longer agrees with the time of its rows."""
    for rule in case.baseline.contract.rules:
        if rule.kind == "agrees" and rule.right == name and case.batch.has(rule.left):
            if rule not in case.broken:
                case.broken[rule] = broken(rule, case.batch, case.reference)
            share, before = float(case.broken[rule].mean()), rule.exceptions / max(1, rule.rows)
            if share > max(FLOOR, 2 * before):
                return True
    return False


def _follow(case: Case, name: str) -> None:
    """What a category determines moves with it."""
    case.explained |= _determined(case, name)


def _determined(case: Case, name: str) -> set[str]:
    return {r.right for r in case.baseline.contract.rules if r.kind == "determines" and r.left == name}


def _twins(case: Case, name: str) -> list[str]:
    """Return columns that say the same by other names: rows lost of a level are lost of theirs."""
    pairs = {(r.left, r.right) for r in case.baseline.contract.rules if r.kind == "determines"}
    terms = (term.name for term in case.terms(Kind.CATEGORY))
    same = [other for other in terms if (name, other) in pairs and (other, name) in pairs]
    return [other for other in same if counted(case, other).moved() < STEADY]


def _thin(case: Case, name: str, levels: Levels) -> None:
    case.thin(weights(case, name, levels))


def _mix(case: Case, name: str, levels: Levels, kind: ShiftKind) -> None:
    gaps = [levels.share(place)[0] - levels.share(place)[1] for place in range(levels.now.size)]
    if max(map(abs, gaps)) < 0.02:
        return
    place = int(np.argmax(np.abs(gaps)))
    now, before = levels.share(place)
    evidence = {
        "level": levels.names[place],
        "share": now,
        "before": before,
        "p": homogeneity_p(levels.now, levels.known),
    }
    what = f"has another mix: {levels.names[place]!r} is {now:.1%} of the rows, before {before:.1%}"
    case.add(Found(kind, (name,), evidence, None, (), what))
    _follow(case, name)
    if not case.later:
        _thin(case, name, levels)


def _several(case: Case, name: str, levels: Levels) -> Found | None:
    return lost_together(case, name, levels, another_season=_another_season(case, name, levels))


def _lost(case: Case, name: str, levels: Levels) -> Found | None:
    """A level that (nearly) stopped, while the others keep their proportions."""
    size = float(levels.now.sum())
    best: tuple[float, int] | None = None
    least = LOST_IN_SEASON if _another_season(case, name, levels) else LOST
    for place in range(levels.now.size):
        now, before = levels.share(place)
        most = before >= 0.6 and levels.now.size > 2 and not _fewer_alone(case, levels, place)
        if most or before * size < 8 or before - now < FLOOR:
            continue
        lost = 1 - (now / max(1e-9, 1 - now)) / (before / (1 - before))
        chance = levels.chance(place)
        if least > lost >= LOST and case.later:
            level = rows_of(case.reference, name, levels.names[place])
            beyond = before - now > SWINGS * usual_swing(case, level)
            lost = least if beyond and not carried(case, name, [place]) else 0.0
        if lost >= least and chance < case.alpha(40) and (best is None or chance < best[0]) and levels.steady([place]):
            best = (chance, place)
    if best is None:
        return None
    place = best[1]
    now, before = levels.share(place)
    if (given := _given_by_rule(case, name, levels, place)) is not None:
        return given
    if levels.now.size > 2 and _given(case, name, levels, place):
        return None  # a transfer, or another mix
    if levels.now.size == 2 or name == case.baseline.facts.label:
        return _lost_of_two(case, name, levels, place)
    evidence = {"level": levels.names[place], "share": now, "before": before, "p": best[0]}
    what = f"{levels.names[place]!r} fell from {before:.1%} to {now:.1%} of the rows, all others as before"
    weekly = _follows_time(case, name, ("weekday", "weekend"))
    cause, other = levels.causes_of_loss([place], weekly=weekly)
    others = (other, Cause.CATEGORY_MERGED, Cause.METRIC_DEFINITION)
    return Found(cause, (name,), evidence, None, others, what)


def _fewer_alone(case: Case, levels: Levels, place: int) -> bool:
    """Tell whether the batch is smaller than earlier ones by what a level lost, so that the others have their rows."""
    now, before = levels.share(place)
    return now < before and case.smaller_by((1 - before) / max(1e-9, 1 - now))


def _given_by_rule(case: Case, name: str, levels: Levels, place: int) -> Found | None:
    """Return that one level has the rows of another, as a column shows that the category determines."""
    level, (now, before) = levels.names[place], levels.share(place)
    for rule in case.baseline.contract.rules:
        told = rule.kind == "determines" and rule.left == name and case.batch.has(rule.right)
        if not told or rule.right not in case.batch.texts:
            continue
        rows = _strangers(case, name, rule.right, level)
        takers = case.batch.texts[name].filter(rows).drop_nulls().value_counts(sort=True)
        least = max(LEAST, TOLD * (before - now) * case.batch.rows, TOLD * float(takers["count"].sum()))
        if not takers.height or takers["count"][0] < least:
            continue
        taker, merged = str(takers[takers.columns[0]][0]), now < GONE * before
        evidence = {"merged": [level], "into": taker, "share": before, "rows": int(takers["count"][0])}
        what = f"{level!r} is {'' if merged else 'in part '}now {taker!r}, as {rule.right} shows"
        causes = [Cause.CATEGORY_MERGED, Cause.METRIC_DEFINITION][:: 1 if merged else -1]
        others = (causes[1], Cause.CATEGORY_RENAMED)
        return Found(causes[0], (name,), evidence, rows.to_numpy(), others, what)
    return None


def _strangers(case: Case, name: str, told: str, level: str) -> pl.Series:
    """Return rows that hold what a level determines, beside levels that never had it."""
    known = commonest(case.reference.texts[name], case.reference.texts[told])
    value = known.filter(pl.col("left") == level)["right"]
    own = known.filter(pl.col("right").is_in(value.implode()))["left"]
    rows = case.batch.texts[told].is_in(value.implode()) & ~case.batch.texts[name].is_in(own.implode())
    return rows.fill_null(value=False)


def _given(case: Case, name: str, levels: Levels, giver: int) -> bool:
    """Tell whether one other level has what a level lost, rather than all others a little more in proportion.

    The counts tell it, and the rows of that other level: do those of the one that lost stand among them?
    """
    gains = [levels.share(place)[0] - levels.share(place)[1] for place in range(levels.now.size)]
    gains[giver] = -1.0
    receiver = int(np.argmax(gains))
    if levels.chance(receiver) < STEADY and _merged(levels, giver, receiver):
        return True
    now, before = levels.share(giver)
    mixed = min(1.0, (before - now) / max(1e-9, levels.share(receiver)[0]))
    ratio = compare(case, name, levels.names[receiver], levels.names[giver], mixed).ratio
    return _better(levels, giver, receiver) + 2 * ratio > SURER


def _better(levels: Levels, giver: int, receiver: int) -> float:
    """Return by how much chi-square the counts say that one level gave to another, and did not merely lose rows."""
    now, before = levels.share(giver)
    gone = levels.known.copy()
    gone[giver] = float(gone.sum() - gone[giver]) * now / max(1e-9, 1 - now)
    gave = min(homogeneity(levels.now, _taken(levels, giver, receiver, share))[0] for share in (None, before - now))
    return homogeneity(levels.now, gone)[0] - gave


def _taken(levels: Levels, giver: int, receiver: int, share: float | None = None) -> Floats:
    """Return the reference's rows by level, had one level given another a share of all rows, or what that gained."""
    gained = levels.share(receiver)[0] - levels.share(receiver)[1] if share is None else share
    rows = float(levels.known.sum()) * gained
    taken = levels.known.copy()
    taken[giver], taken[receiver] = max(0.0, taken[giver] - rows), taken[receiver] + rows
    return taken


def _fits(levels: Levels, giver: int, receiver: int, given: float) -> bool:
    """Tell whether that makes the levels as they are, to within chance or nearly wholly."""
    left, freedom = homogeneity(levels.now, _taken(levels, giver, receiver, given))
    within = chi_square_tail(freedom, left) >= AS_CHANCE if freedom else True
    return within or _merged(levels, giver, receiver) or left < NEARLY * homogeneity(levels.now, levels.known)[0]


def _another_season(case: Case, name: str, levels: Levels) -> bool:
    """Tell whether the batch is of other months or weekdays than the reference, were a category as it is now."""
    names = [term.name for term in case.terms(Kind.CATEGORY) if calendar(term.levels) and term.name != name]
    if case.later or not names:
        return case.later
    ratios = weights(case, name, levels)
    for other in names:
        seen = counted(case, other)
        if homogeneity_p(seen.now, seen.known) < MOVED:
            frame = pl.DataFrame({"v": case.reference.texts[other], "w": ratios}).group_by("v").agg(pl.col("w").sum())
            known = dict(frame.iter_rows())
            if homogeneity_p(seen.now, np.array([known.get(level, 0.0) for level in seen.names])) < MOVED:
                return True
    return False


def _lost_of_two(case: Case, name: str, levels: Levels, place: int) -> Found | None:
    now, before = levels.share(place)
    weekly = _follows_time(case, name, ("weekday", "weekend"))
    lost = 1 - (now / max(1e-9, 1 - now)) / (before / (1 - before))
    least = LOST_IN_SEASON if _another_season(case, name, levels) else LOST_OF_TWO
    if not weekly and (lost < least or case.later or name == case.baseline.facts.label):
        return None
    evidence = {"level": levels.names[place], "share": now, "before": before}
    what = f"{levels.names[place]!r} fell from {before:.1%} to {now:.1%} of the rows"
    cause, other = levels.causes_of_loss([place], weekly=weekly)
    return Found(cause, (name,), evidence, None, (other,), what)


def _merged(levels: Levels, giver: int, receiver: int) -> bool:
    """Whether one level gained what another lost, to within chance."""
    size, base = float(levels.now.sum()), float(levels.known.sum())
    (now, before), (has, had) = levels.share(giver), levels.share(receiver)
    error = np.sqrt((before + had) * (1 / size + 1 / base))
    even = abs((now + has) - (before + had)) < 3 * error
    # the receiver's fair part of what is lost would be small
    fair = (before - now) * had / max(1e-9, 1 - before)
    return bool(even and (has - had) - fair > 3 * error and levels.still([giver, receiver]))


def _swallowed(levels: Levels, giver: int, receiver: int) -> bool:
    """Tell whether a level that was usual has no row left, and another gained what it lost."""
    expected = levels.share(giver)[1] * levels.now.sum()
    if levels.now[giver] > 0 or expected < USUAL:
        return False
    return _merged(levels, giver, receiver) or _better(levels, giver, receiver) > SURER


def _stopped(case: Case, name: str, levels: Levels) -> Found | None:
    """A usual level that has no row left, whatever the others did."""
    if case.later or name == case.baseline.facts.label:
        return None
    for place in np.argsort(-levels.known):
        before = levels.share(int(place))[1]
        if levels.now[place] == 0 and before * levels.now.sum() >= USUAL:
            level = levels.names[int(place)]
            what = f"{level!r} has no rows left, before {before:.1%}"
            others = (Cause.CATEGORY_MERGED, Cause.SAMPLING, Cause.METRIC_DEFINITION)
            evidence = {"level": level, "share": 0.0, "before": before}
            return Found(Cause.CATEGORY_REMOVED, (name,), evidence, None, others, what)
    return None


def _of_one(levels: Levels, giver: int, receiver: int) -> float:
    """Return by how much chi-square the counts say that one level gave what another gained, and not all in proportion.

    Above 0, the giver is told in spite of the choice among all of them.
    """
    gained = levels.known.sum() * (levels.share(receiver)[0] - levels.share(receiver)[1])
    all_of_them = levels.known.copy()
    rest = np.arange(levels.known.size) != receiver
    all_of_them[rest] *= 1 - gained / max(1.0, float(levels.known[rest].sum()))
    all_of_them[receiver] += gained
    better = homogeneity(levels.now, all_of_them)[0] - homogeneity(levels.now, _taken(levels, giver, receiver))[0]
    return float(better) - 2 * float(np.log(rest.sum())) - SURER


def _exchange(case: Case, name: str, levels: Levels) -> Found | None:
    """Two levels that hold each other's shares."""
    size = float(levels.now.sum())
    changed = [p for p in range(levels.now.size) if levels.known[p] > 0 and levels.chance(p) < 1e-3]
    perhaps = [p for p in range(levels.now.size) if levels.known[p] > 0 and levels.chance(p) < PERHAPS]
    for first in perhaps:
        for second in perhaps:
            (a, was_a), (b, was_b) = levels.share(first), levels.share(second)
            names = levels.names[first], levels.names[second]
            surely = first in changed and second in changed
            near_by = not surely or abs(was_a - was_b) < 4 * np.sqrt(
                (was_a + was_b) / size
            )  # counts do not tell it then
            if first >= second or (near_by and (case.later or not changed_places(case, name, *names))):
                continue
            error = np.sqrt(max(was_a + was_b, 1 / size) * (1 / size + 1 / float(levels.known.sum())))
            near = abs(a - was_b) < 3 * error and abs(b - was_a) < 3 * error
            if near and any(_fewer_alone(case, levels, place) for place in (first, second)):
                continue
            if case.later and near and not _beyond_season(case, name, levels, (first, second)):
                continue  # a season makes the second of two levels the first
            if near and levels.still([first, second]) and not _rather_given(levels, first, second):
                pair = [levels.names[first], levels.names[second]]
                evidence = {"levels": pair, "shares": [a, b], "before": [was_a, was_b]}
                what = f"{pair[0]!r} and {pair[1]!r} changed places"
                return Found(Cause.CATEGORY_PERMUTED, (name,), evidence, None, (Cause.METRIC_DEFINITION,), what)
    # where a season moves every share, some three of them are soon another's
    return None if case.later else _permuted(levels, name, changed)


def _beyond_season(case: Case, name: str, levels: Levels, pair: Sequence[int]) -> bool:
    """Tell whether two levels moved further than seasons move them, and their rows do not look as they did."""
    for place in pair:
        now, before = levels.share(place)
        swing = usual_swing(case, rows_of(case.reference, name, levels.names[place]))
        if abs(now - before) <= max(SWINGS * swing, FURTHER * min(now, before)):
            return False
    first, second = (levels.names[place] for place in pair)
    looks = [compare(case, name, *ones, 1.0, kept=False) for ones in ((first, second), (second, first))]
    return not any(one.told and not one.nearer for one in looks)


def _rather_given(levels: Levels, first: int, second: int) -> bool:
    """Tell whether a part of the rows of one level went to the other, rather than all of both to each other."""
    exchanged = levels.known.copy()
    exchanged[[first, second]] = exchanged[[second, first]]
    given = min(
        homogeneity(levels.now, _taken(levels, giver, taker))[0] for giver, taker in ((first, second), (second, first))
    )
    return homogeneity(levels.now, exchanged)[0] - given > FREE + SURER


def _permuted(levels: Levels, name: str, changed: Sequence[int]) -> Found | None:
    """Three levels or more whose shares are the old ones in another order; one of them may have changed too little."""
    others = [place for place in range(levels.now.size) if levels.known[place] > 0 and place not in changed]
    for chosen in (list(changed), *([*changed, place] for place in others if len(changed) > 1)):
        if len(chosen) < 3 or not levels.still(chosen) or _one_gave(levels, chosen) or not levels.distinct(chosen):
            continue
        if homogeneity_p(np.sort(levels.now[chosen]), np.sort(levels.known[chosen])) >= AS_CHANCE:
            evidence = {"levels": [levels.names[p] for p in chosen][:10]}
            what = f"{len(chosen)} codes changed places"
            return Found(Cause.CATEGORY_PERMUTED, (name,), evidence, None, (Cause.METRIC_DEFINITION,), what)
    return None


def _one_gave(levels: Levels, chosen: Sequence[int]) -> bool:
    """Tell whether one level gave rows to another, and that is all."""
    pairs = [(giver, taker) for giver in chosen for taker in chosen if giver != taker]
    return any(homogeneity_p(levels.now, _taken(levels, giver, taker)) >= AS_CHANCE for giver, taker in pairs)


def _both(levels: Levels, giver: int, receiver: int) -> float:
    """Return the smaller of what one level lost and another gained."""
    (now, before), (has, had) = levels.share(giver), levels.share(receiver)
    return min(before - now, has - had)


def _transfer(case: Case, name: str, levels: Levels) -> Found | None:
    """One level gained what another lost: rows were credited to another one, or the mix changed."""
    pairs = []
    for giver in range(levels.now.size):
        for receiver in range(levels.now.size):
            if giver == receiver or not levels.known[receiver] or _both(levels, giver, receiver) < FLOOR:
                continue
            given = given_share(levels, giver, receiver)[0]
            chance = credit_chance(case, name, levels, giver, receiver) if given >= WORTH else 1.0
            if given < WORTH or min(chance, levels.chance(receiver)) > MOVED:
                continue
            alone = levels.share(giver)[1] < 0.5 and levels.now.size > 2
            emptied = case.later and not levels.now[giver]  # the season moved the others too
            if alone and not emptied and not _fits(levels, giver, receiver, given):
                continue
            pairs.append((chance, -given, giver, receiver))
    if not pairs:
        return None
    _, less, giver, receiver = min(pairs)
    moved = -less
    (now, before), (has, _) = levels.share(giver), levels.share(receiver)
    likeness = compare(case, name, levels.names[receiver], levels.names[giver], min(1.0, moved / has))
    of_one = _of_one(levels, giver, receiver) + 2 * likeness.ratio > 0
    few = levels.now.size <= 3 or before >= 0.5 or not of_one
    # another season makes the rows of all levels look otherwise
    sure = likeness.told and likeness.nearer and likeness.score > ALIKE
    may = (sure and likeness.beyond and not few) if case.later else (sure or not few)
    # no season empties a usual level into one other, and leaves all others as they were
    alone = before < 0.5 and levels.now.size > 2
    empties = not alone or _fits(levels, giver, receiver, moved)
    if not may and not (empties and _swallowed(levels, giver, receiver)):
        return None
    if likeness.told and not likeness.nearer:
        return None
    evidence = {"from": levels.names[giver], "to": levels.names[receiver], "share": moved, "likeness": likeness.score}
    gone = now < 0.02 * before
    cause = Cause.CATEGORY_MERGED if gone else Cause.METRIC_DEFINITION
    others = (Cause.CATEGORY_RENAMED,) if gone else (Cause.CATEGORY_MERGED, Cause.CATEGORY_PERMUTED)
    told = "all" if gone else f"{moved / before:.0%} of the"
    what = f"{told} rows of {levels.names[giver]!r} went to {levels.names[receiver]!r}"
    return Found(cause, (name,), evidence, None, others, what)
