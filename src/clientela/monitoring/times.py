"""Times: out of range, moved by an offset, hours that are gone."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Flags, Floats, Kind
from clientela.monitoring.contract import Term
from clientela.monitoring.levels import counted
from clientela.monitoring.outages import MOST_DAYS, SWING, Lost, by_weekday, lost_days, lost_hours, search_days
from clientela.monitoring.rounding import search_rounding
from clientela.monitoring.seasons import beyond_places, beyond_season, same_half_year
from clientela.monitoring.waits import moved_along, search_waits
from clientela.statistics.tails import chi_square_limit
from clientela.statistics.two_samples import homogeneity, homogeneity_p, rate_p, share_p

DAY = 86_400.0
STEP = 1_800.0
HOUR = 2
"""Steps of an hour."""

SHARES = (1.0, 0.75, 0.5, 0.3, 0.2)
LEAST = 5
LEAST_DAYS, LEAST_KNOWN = 14.0, 19.0
"""Days that a batch must span, so that a day of the week comes twice, and the reference, so that it comes thrice."""

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
MOVED = 1e-4
BEYOND = 1e-6
"""Chance below which so many rows lie beyond the reference's time."""


STOPPED, STOPPED_LATER, PARTLY = 0.15, 0.25, 0.35
"""Part of their rows that hours may have that (nearly) stopped, in another season, where no finer search follows, as
well, and that those beside them may have and be lost too."""

BUSY, LONG, MUCH = 0.05, 3, 0.1
"""Share of the rows that hours must be expected to have, so that no season empties them; and of the first or last hours
of a day, how many and what share: doors open an hour later in winter, and not four."""

LEAST_DATES = 0.05
"""Share of the rows that must have lost their hours: a few stand at midnight anyway."""

RESTORED = 0.5
"""Part of the chi-square that an offset may leave in another season."""


def outside(case: Case, name: str) -> Flags:
    """Return rows whose time lies apart from the others: in the future, before the web, or beyond a gap.

    A gap is wider than the span of all the other rows of the batch and a month, or a minority lies beyond the
    reference while the rest lies within it.
    """
    values = case.batch.numbers[name]
    known = case.reference.numbers[name]
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    with np.errstate(invalid="ignore"):
        rows = (values > max(time.time() + DAY, high + DAY)) & (high <= time.time())
        rows |= values < min(low - 20 * 365 * DAY, 631_152_000.0)
        beyond = (values > high + DAY) | (values < low - DAY)
    held, base = (int((~np.isnan(part)).sum()) for part in (values, known))
    # a tail goes on beyond its largest value in as many rows, and a large batch has many
    if 0 < beyond.sum() < 0.5 * held and not case.later and rate_p(int(beyond.sum()), held, 0, base) < BEYOND:
        rows |= beyond
    apart: Flags = rows | _apart(values)
    return apart


def _apart(values: Floats) -> Flags:
    held = np.sort(values[~np.isnan(values)])
    if held.size < 20:
        return np.zeros(values.size, dtype=np.bool_)
    gaps = np.diff(held)
    place = int(np.argmax(gaps))
    below = place + 1 <= held.size // 2
    part = held[place + 1 :] if below else held[: place + 1]
    if gaps[place] < max(30 * DAY, 1.5 * float(part[-1] - part[0])):
        return np.zeros(values.size, dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        apart: Flags = values <= held[place] if below else values >= held[place + 1]
    return apart


def search_times(case: Case) -> None:
    """Look at every time column of the batch, and at what lies between them."""
    for term in _held(case):
        rows = outside(case, term.name)
        count = int(rows.sum())
        if count >= max(LEAST, FLOOR * case.batch.rows):
            evidence = {"rows": count, "share": count / case.batch.rows}
            what = f"lies far outside the usual time in {count:,} rows"
            case.add(Found(Cause.TIME_RANGE, (term.name,), evidence, rows, (Cause.TIMEZONE,), what), explains=())
            case.keep(~rows)
    for term in _held(case):
        _cut_to_days(case, term.name)
    search_waits(case)
    given = {r.right for r in case.baseline.contract.rules if r.kind == "determines" and case.batch.has(r.left)}
    for term in _held(case):
        if term.name in given:
            continue  # its hours are those of the levels that came
        for search in (search_days, _profile, _weekdays, _rounded):
            if term.name not in case.explained and not moved_along(case, term.name):
                search(case, term.name)


def _held(case: Case) -> list[Term]:
    """Return columns of times that hold any, in the batch and before."""
    sides = (case.batch, case.reference)
    return [
        term for term in case.terms(Kind.TIME) if not any(np.isnan(side.numbers[term.name]).all() for side in sides)
    ]


def _rounded(case: Case, name: str) -> None:
    search_rounding(case, name, len(case.baseline.contract.terms), beyond=DAY)


def _cut_to_days(case: Case, name: str) -> None:
    """Look for times that lost their hours and stand at midnight."""
    now, known = (part[~np.isnan(part)] % DAY == 0 for part in (case.batch.numbers[name], case.reference.numbers[name]))
    share, before = float(now.mean()), float(known.mean())
    if share - before < LEAST_DATES or share_p(int(now.sum()), now.size, int(known.sum()), known.size) > case.alpha(1):
        return
    evidence = {"step": DAY, "share": (share - before) / (1 - before), "on it": share, "before": before}
    what = f"stands at midnight in {share:.0%} of the rows, before in {before:.0%}: its hours are lost"
    case.add(Found(Cause.PRECISION, (name,), evidence, None, (Cause.DTYPE_FORMAT, Cause.NULL_SEMANTICS), what))


def _profile(case: Case, name: str) -> None:
    known, now = _halves(case.reference.numbers[name]), _halves(case.batch.numbers[name])
    if np.count_nonzero(known) < 6 or now.sum() < 50:
        return
    hours_known, hours = known.reshape(24, 2).sum(axis=1), now.reshape(24, 2).sum(axis=1)
    gone = _gone(hours, hours_known, case.alpha(hours.size) / 3, later=case.later)
    # in another season the hours may have other shares
    lost = None if case.later or gone is not None else lost_hours(now, known, case.alpha(1))
    sure = homogeneity_p(hours, hours_known) <= case.alpha(1) / 3
    if gone is None and lost is None and not sure:
        return
    if gone is not None:
        some = "hardly any" if hours[gone].sum() else "no"
        what = f"{some} rows between hour {gone[0]} and {(gone[-1] + 1) % 24}"
        _not_collected(case, name, {"hours": [int(hour) for hour in gone]}, what)
        return
    _moved(case, name, (now, known), lost, sure=sure)


def _weekdays(case: Case, name: str) -> None:
    """Look for days of the week that stopped, where batch and reference span weeks; their columns tell it too."""
    known, now = case.reference.numbers[name], case.batch.numbers[name]
    if _span(now) < LEAST_DAYS or _span(known) < LEAST_KNOWN:
        return
    rules = [rule for rule in case.baseline.contract.rules if rule.kind == "agrees" and rule.left == name]
    tied = [rule.right for rule in rules if rule.left_is in ("weekday", "weekend") and case.batch.has(rule.right)]
    if any(homogeneity_p(one.now, one.known) < MOVED for one in (counted(case, other) for other in tied)):
        return
    gone = _gone(by_weekday(now), by_weekday(known), case.alpha(1) / 3, MOST_DAYS, later=case.later)
    if gone is not None:
        days = [DAYS[day] for day in gone]
        some = "hardly any" if by_weekday(now)[gone].sum() else "no"
        _not_collected(case, name, {"weekdays": days}, f"{some} rows on {' and '.join(days)}")
        return
    if (lost := lost_days(now, known, case.alpha(1) / 3, later=case.later)) is not None:
        named, share = [DAYS[day] for day in lost[0]], lost[1]
        what = f"has lost about {share:.0%} of the rows on {' and '.join(named)}, the others are as before"
        _not_collected(case, name, {"weekdays": named, "lost": share}, what)


def _not_collected(case: Case, name: str, evidence: dict[str, Any], what: str) -> None:
    """Take hours or days that lost their rows; what another time of the same rows lost is the same loss."""
    for place, item in enumerate(case.found):
        if item.cause is Cause.SAMPLING and item.evidence.keys() == evidence.keys():
            case.found[place] = replace(item, columns=(*item.columns, name))
            case.explained.add(name)
            return
    case.add(Found(Cause.SAMPLING, (name,), evidence, None, (Cause.VOLUME,), what))


def _span(values: Floats) -> float:
    held = values[~np.isnan(values)]
    low, high = np.quantile(held, [0.02, 0.98]) if held.size else (0.0, 0.0)
    return float(high - low) / DAY


def _halves(values: Floats) -> Floats:
    held = values[~np.isnan(values)]
    if held.size and np.all(held % DAY == 0):
        return np.zeros(48)
    return np.bincount(((held % DAY) // STEP).astype(np.int64) % 48, minlength=48).astype(np.float64)


def _gone(now: Floats, known: Floats, level: float, most: int = 16, *, later: bool) -> NDArray[np.int64] | None:
    """Return hours (or days) in a row that (nearly) stopped, where the others are as they were; one may be all.

    In another season the others may differ somewhat.
    """
    size = now.size
    expected = known / known.sum() * now.sum()
    rest = now > PARTLY * expected
    expected = known / max(1.0, float(known[rest].sum())) * now[rest].sum()
    lost = (now <= (STOPPED_LATER if later else STOPPED) * expected) & (expected >= 4)
    if not lost.any() or lost.sum() > most:
        return None
    starts = [start for start in range(size) if lost[start] and not lost[start - 1]]
    runs = [[(start + i) % size for i in range(_length(lost, start))] for start in starts]
    run = max(runs, key=lambda hours: float(expected[hours].sum()))
    partly = (now <= PARTLY * expected) & (expected >= 4)  # beside them, as far as a failure reached into an hour
    while partly[run[0] - 1] and len(run) < most:
        run = [(run[0] - 1) % size, *run]
    while partly[(run[-1] + 1) % size] and len(run) < most:
        run = [*run, (run[-1] + 1) % size]
    kept = np.ones(size, dtype=np.bool_)
    kept[run] = False
    lone = rate_p(int(now[run].sum()), int(now.sum()), int(known[run].sum()), int(known.sum()))
    apart = 0.5 * np.abs(now[kept] / max(1.0, now[kept].sum()) - known[kept] / max(1.0, known[kept].sum())).sum()
    ends = [run[0] - 1, (run[-1] + 1) % size]  # the first and last hours of a day may be a season's
    inside = bool(np.all((expected[ends] >= 4) & (now[ends] >= 0.5 * expected[ends])))
    inside = inside or (len(run) >= LONG and expected[run].sum() >= MUCH * now.sum())
    inside = inside and expected[run].sum() >= BUSY * now.sum()
    as_before = inside and apart < SWING if later else homogeneity_p(now[kept], known[kept]) > 1e-3
    return np.asarray(run) if lone < level and as_before else None


def _length(lost: Flags, start: int) -> int:
    """Return how many hours (or days) in a row are lost, round the clock."""
    return next((n for n in range(lost.size) if not lost[(start + n) % lost.size]), lost.size)


def _lateness(known: Floats, step: int, days: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Return for each row how much likelier its half hour is when the day's profile is moved by some of them (log)."""
    smooth = known + np.roll(known, 1) + np.roll(known, -1) + 1
    score = np.log(np.roll(smooth, step) / smooth)
    first, second = (np.full(part.size, np.nan) for part in days)
    for told, part in zip((first, second), days, strict=True):
        held = ~np.isnan(part)
        told[held] = score[(part[held] // STEP).astype(np.int64) % score.size]
    return first, second


def _moved(case: Case, name: str, days: tuple[Floats, Floats], lost: Lost | None, *, sure: bool) -> None:
    """Name what moved a day: hours that lost rows, or an offset; neither, where it surely moved, is unknown."""
    now, known = days
    start = homogeneity(now, known)[0]
    tried = []
    for step in (*range(-28, 0), *range(1, 29)):
        if case.later and step % 2:
            continue  # another season moves rows by half an hour as well
        turned = np.roll(known, step)
        for share in SHARES:
            mixed = (1 - share) * known + share * turned
            tried.append((homogeneity(now, mixed)[0] + 2 * (step % 2) + 4 * (share < 1), share, step))
    best, share, step = min(tried)
    if lost is not None and lost.left < best:
        evidence, what = lost.found
        case.add(Found(Cause.SAMPLING, (name,), evidence, None, (Cause.VOLUME, Cause.TIMEZONE), what))
        return
    freedom = homogeneity(now, known)[1]
    fits = best <= 2 * freedom + 20
    if case.later:
        hours = case.reference.numbers[name] % DAY, case.batch.numbers[name] % DAY
        beyond = beyond_season(case, *hours) or beyond_places(case, *_lateness(known, step, hours))
        # clocks that are put forward move visits by an hour, as far as times are not those of the place
        clocks = abs(step) == HOUR and not same_half_year(case.reference.numbers[name], case.batch.numbers[name])
        fits = best < RESTORED * start and beyond and not clocks
    if start - best < chi_square_limit(2, case.alpha(1) / len(tried)) or not fits:
        if not case.later and sure:
            what = "has another profile over the day"
            case.add(
                Found(
                    Cause.UNKNOWN,
                    (name,),
                    {"chi2": start},
                    None,
                    (Cause.TIMEZONE, Cause.BOT_TRAFFIC, Cause.SAMPLING),
                    what,
                )
            )
        return
    offset = step / 2
    evidence = {"hours": offset, "share": share, "chi2 before": start, "chi2 mended": best}
    what = f"is moved by {offset:+g} hours"
    case.add(Found(Cause.TIMEZONE, (name,), evidence, None, (Cause.SAMPLING,), what))
