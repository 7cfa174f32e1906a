"""What was done to dates: days that are gone, clocks that were shifted, times that were cut off."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.processing import ERROR
from clientela.audit.date_relations import disagreements, out_of_step
from clientela.audit.own_weeks import own_weeks
from clientela.audit.wording import percent, plural
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity

Floats = NDArray[np.float64]

DAY, HOUR = 86_400.0, 3_600.0
LEAST_ROWS = 500
LEAST_DAYS = 28
WEEKS = 4
AWAKE = (9.0, 21.0)
"""Hours between which the middle of people's activity lies; on clocks of their own it is in the afternoon."""

CONCENTRATED = 0.15
"""Length of the mean direction of the hours from which day and night differ enough to tell them apart."""

MONTHS = 12
LEAST_DEPTH, KEPT = 0.05, 0.6
"""Share of rows that quiet days must lack against two sevenths, and part of it that other days may keep at most."""

RESTING = 0.75
"""Share of the other weekdays' rows below which a pair of weekdays rests."""

FAR = 4_102_444_800.0
"""Midnight of 1 January 2100 in seconds."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def shifted_dates(context: Context) -> Checked:
    """Find dates and times that cannot be as they happened, on the sample.

    Each with a rule or null model, error shared among columns and tests:

    - *gap*: days in a row without rows where the same weekdays of the four weeks before and after them had many;
      rows per day are negative binomial with their scatter about that. Time column only.
    - *midnight*: all times are 00:00:00 (rule), or 00:00:00 is met more often than its
      share of the hour allows (binomial).
    - *one time of day*: all times are the same whole or half hour but not midnight, or two of them one
      hour apart: dates that a time zone moved (rule).
    - *night*: the middle of activity (circular mean of the hours) lies between 21 and 9 h: a clock
      of another time zone (rule; smaller shifts are missed). Time column only.
    - *weekday*: hardly a row (a tenth of a seventh) on a Monday to Thursday while weekends have
      some, over eight weeks or more (binomial). Time column only.
    - *days of rest*: two neighbouring weekdays have less than three quarters of the rows of each other day and fall
      short of them by twice what the others differ among themselves, but they
      are of Monday to Thursday; no country rests then (rule, with a binomial test against equal days).
    - *far future*: all dates lie after 2100, where de-identified records are moved to (Johnson and
      others 2016; rule).
    - *far past*: all dates lie before 1970, when nothing was bought or visited on a network (rule). Time column
      only.
    - *day and month*: no day after the 12th although more than five days of the month are met over
      two months or more (each different day would be at most 12 by chance in 12/28); or none in two months or more
      other than the last, as where only days that could be months were exchanged.
    - *rhythm*: the quiet pair of weekdays is quiet on days after the 12th only, and on days up to the 12th has lost
      two fifths of that or more (two shares, normal), as where day and month were exchanged on a part of rows.
    - *calendar*: a column with the weekday, month, hour or year of a date that differs from it by one and the same
      step on 95 % of rows (rule, `audit.date_relations`).
    - *own weeks*: visits of one visitor keep a week that all visits together do not have, as where each visitor's
      dates were moved by days of its own (binomial, `audit.own_weeks`). Time column only.
    - *out of step*: a date years away from another one that follows it closely on most rows, or on every row by the
      same long distance (rule with a sign test, `audit.date_relations`).
    """
    facts = context.facts
    columns = [c for c in facts.stored(Storage.DATE, Storage.TIMESTAMP) if c.distinct >= 20]
    error = ERROR / max(9 * len(columns), 1)
    found: dict[str, list[dict[str, Any]]] = {}
    for column in columns:
        seconds = facts.arrays.finite(column.name)
        signs = [_day_and_month(seconds, error) or _rhythm(seconds, error), _rest(seconds, error), _future(seconds)]
        if column.storage is Storage.TIMESTAMP:
            signs += [_clock(seconds, error)]
        if column.name == context.roles.time:
            signs += [_past(seconds)]
        if column.name == context.roles.time and seconds.size >= LEAST_ROWS:
            signs += [_gap(seconds, facts.scale, error), _weekday(seconds, error)]
            if context.roles.visitor is not None:
                signs += [own_weeks(facts, column.name, context.roles.visitor, error)]
            if column.storage is Storage.TIMESTAMP:
                signs += [_night(seconds)]
        said = [sign for sign in signs if sign is not None]
        said += disagreements(facts, column.name) + out_of_step(facts, column.name, error)
        if said:
            found[column.name] = said
    findings = [_finding(name, signs) for name, signs in found.items()]
    how = "missing days, times at midnight, displaced hours and weekdays, day and month exchanged"
    return conclude("shifted_dates", findings, len(columns), how)


def _finding(name: str, signs: list[dict[str, Any]]) -> Finding:
    what = "; ".join(sign["what"] for sign in signs)
    cut = all(sign["sign"] == "dates" for sign in signs)
    title = f"Times of day in {name} were cut off: {what}." if cut else f"Look twice at the dates of {name}: {what}."
    advice = "Ask for the time zone and for what happened on these days before reading hours, weekdays or trends."
    return Finding("shifted_dates", Severity.INFO if cut else Severity.NOTICE, (name,), title, {"signs": signs}, advice)


def _gap(seconds: Floats, scale: float, error: float) -> dict[str, Any] | None:
    """Return the run of missing days that is least likely by chance, where any is unlikely enough."""
    first = np.floor(seconds.min() / DAY)
    counts = np.bincount((np.floor(seconds / DAY) - first).astype(np.int64)).astype(np.float64)
    if counts.size < LEAST_DAYS or counts.size > 100 * seconds.size:
        return None
    empty = np.flatnonzero(np.diff(np.concatenate([[0], (counts == 0).astype(np.int64), [0]])))
    best, most = None, 0.0
    for start, end in zip(empty[::2], empty[1::2], strict=True):
        missed = _missed(counts, int(start), int(end))
        if missed > most:
            best, most = (int(start), int(end)), missed
    if best is None or np.exp(-most * _emptiness(_scatter(counts))) >= error / counts.size:
        return None
    day, days = _day(first + best[0]), best[1] - best[0]
    rows = round(most * scale)
    what = f"no rows on {plural(days, 'day')} from {day} on, where about {plural(rows, 'row')} would be"
    return {"sign": "gap", "what": what, "from": day, "days": days, "expected_rows": rows}


def _missed(counts: Floats, start: int, end: int) -> float:
    """Return the rows to be expected on a run of days: medians of the same weekdays four weeks before and after it.

    The weeks are counted from the ends of the run, so that a run of months is held against days that have rows.
    """
    around = [counts[max(start - 7 * WEEKS, 0) : start][::-1], counts[end : end + 7 * WEEKS]]
    usual = np.zeros(7)
    for day in range(7):
        same = [around[0][(start - 1 - day) % 7 :: 7], around[1][(day - end) % 7 :: 7]]
        cells = np.concatenate(same)
        usual[day] = float(np.median(cells)) if cells.size else 0.0
    return float(usual[np.arange(start, end) % 7].sum())


def _scatter(counts: Floats) -> float:
    """Return how much more days scatter than Poisson counts about the median of the same weekdays around them."""
    expected = _usual(counts)
    used = (counts > 0) & (expected > 0)
    return max(1.0, float(((counts - expected)[used] ** 2 / expected[used]).mean())) if used.any() else 1.0


def _emptiness(scatter: float) -> float:
    """Return the rate per expected row at which negative binomial days of this scatter (variance over mean) are empty.

    The chance of an empty day is scatter^(-mean / (scatter - 1)); for Poisson days (1) it is exp(-mean).
    """
    return 1.0 if scatter <= 1 + 1e-9 else float(np.log(scatter) / (scatter - 1))


def _usual(counts: Floats) -> Floats:
    """Return the median of the same weekday in the four weeks before and after, per day."""
    padded = np.pad(counts, 7 * WEEKS, constant_values=np.nan)
    around = [padded[7 * (WEEKS + k) : 7 * (WEEKS + k) + counts.size] for k in range(-WEEKS, WEEKS + 1) if k]
    stacked = np.stack(around)
    # Without any week to compare with nothing is expected.
    stacked[:, np.isnan(stacked).all(axis=0)] = 0.0
    return np.asarray(np.nanmedian(stacked, axis=0), dtype=np.float64)


def _clock(seconds: Floats, error: float) -> dict[str, Any] | None:
    times, counts = np.unique(seconds % DAY, return_counts=True)
    share = float(counts[times == 0].sum()) / seconds.size
    if share == 1:
        return {"sign": "dates", "what": "all times are midnight", "share": 1.0}
    halves = bool((times % (HOUR / 2) == 0).all())
    if halves and (times.size == 1 or (times.size == 2 and abs(np.diff(times)[0]) in (HOUR, DAY - HOUR))):
        what = f"all times are {_hours(times[0])}, as where a time zone moved dates"
        return {"sign": "one time of day", "what": what, "hours": (times / HOUR).tolist()}
    midnight = int(counts[times == 0].sum())
    near = int(counts[(times < HOUR) | (times >= DAY - HOUR)].sum())
    other = max(int(counts[times != 0].max(initial=0)), 1)
    # Times written to the minute or hour meet every one of them more often: the commonest other time is the measure.
    chance = max(other / max(near, 1), 1 / 120)
    if midnight >= max(3 * other, 5) and chance < 1 and float(special.bdtrc(midnight - 1, near, chance)) < error:
        return {"sign": "midnight", "what": f"{percent(share)} of times are exactly midnight", "share": share}
    return None


def _hours(seconds: float) -> str:
    return f"{int(seconds // HOUR):02d}:{int(seconds % HOUR // 60):02d}"


def _night(seconds: Floats) -> dict[str, Any] | None:
    # Exact midnight may stand for an unknown time.
    seconds = seconds[seconds % DAY != 0]
    if seconds.size < LEAST_ROWS:
        return None
    angle = 2 * np.pi * (seconds % DAY) / DAY
    direction = np.exp(1j * angle).mean()
    middle = float(np.angle(direction) / (2 * np.pi) * 24 % 24)
    if abs(direction) < CONCENTRATED or AWAKE[0] <= middle <= AWAKE[1] or np.unique(seconds % DAY).size < 24:
        return None
    what = f"most happens around {_hours(middle * HOUR)}, as on the clock of another time zone"
    return {"sign": "night", "what": what, "middle_hour": middle, "concentration": float(abs(direction))}


def _weekday(seconds: Floats, error: float) -> dict[str, Any] | None:
    counts = _weekdays(seconds)
    if counts is None:
        return None
    least = int(counts[:4].argmin())
    rare = counts[least] < 0.1 * seconds.size / 7 and counts[5:].min() > counts[least]
    if not rare or float(special.bdtr(int(counts[least]), int(seconds.size), 1 / 7)) >= error:
        return None
    name = WEEKDAYS[least]
    return {
        "sign": "weekday",
        "what": f"hardly any rows on a {name} although weekends have some, as where days were shifted",
        "rows": {day: int(n) for day, n in zip(WEEKDAYS, counts, strict=True)},
    }


def _rest(seconds: Floats, error: float) -> dict[str, Any] | None:
    counts = _weekdays(seconds)
    if counts is None or seconds.size < LEAST_ROWS:
        return None
    for first in range(3):
        pair, rest = counts[first : first + 2], np.delete(counts, [first, first + 1])
        apart = pair.max() < RESTING * rest.min() and rest.min() - pair.max() >= 2 * np.ptp(rest)
        if apart and float(special.bdtr(int(pair.sum()), int(counts.sum()), 2 / 7)) < error:
            days = f"{WEEKDAYS[first]} and {WEEKDAYS[first + 1]}"
            rows = {day: int(n) for day, n in zip(WEEKDAYS, counts, strict=True)}
            what = f"the quiet days of the week are {days}, as where dates were shifted"
            return {"sign": "days of rest", "what": what, "rows": rows}
    return None


def _future(seconds: Floats) -> dict[str, Any] | None:
    if seconds.min() < FAR:
        return None
    return {"sign": "far future", "what": f"all dates lie after 2100, from {_day(np.floor(seconds.min() / DAY))} on"}


def _past(seconds: Floats) -> dict[str, Any] | None:
    if seconds.max() >= 0:
        return None
    return {"sign": "far past", "what": f"all dates lie before 1970, up to {_day(np.floor(seconds.max() / DAY))}"}


def _weekdays(seconds: Floats) -> NDArray[np.int64] | None:
    """Return rows per weekday from Monday on, where the dates span eight weeks."""
    days = np.floor(seconds / DAY)
    if days.max() - days.min() < 8 * 7:
        return None
    # Day 0, the first of January 1970, was a Thursday.
    return np.bincount(((days + 3) % 7).astype(np.int64), minlength=7)


def _day_and_month(seconds: Floats, error: float) -> dict[str, Any] | None:
    days = np.unique(np.floor(seconds / DAY)).astype(np.int64)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    of_month = (dates - months).astype(np.int64) + 1
    if np.unique(of_month).size <= 5 or days[-1] - days[0] < 61:
        return None
    known, place = np.unique(months, return_inverse=True)
    latest = np.zeros(known.size, dtype=np.int64)
    np.maximum.at(latest, place, of_month)
    if of_month.max() <= 12:
        what = "no day after the 12th of any month, as where day and month were exchanged"
        return _exchanged(what, days.size, days.size) if (12 / 28) ** days.size < error else None
    # The last month of an extract may well end early.
    odd = np.flatnonzero(latest[:-1] <= 12)
    inside = int(np.isin(place, odd).sum())
    ways = special.binom(known.size, odd.size)
    if odd.size < 2 or ways * (12 / 28) ** inside >= error:
        return None
    what = f"{odd.size} of {known.size} months have no day after the 12th, as where day and month were exchanged"
    return _exchanged(what, days.size, inside)


def _rhythm(seconds: Floats, error: float) -> dict[str, Any] | None:
    """Compare how quiet the quietest two neighbouring weekdays are on days that could be months and on others."""
    days = np.floor(seconds / DAY).astype(np.int64)
    if seconds.size < LEAST_ROWS or np.ptp(days) < 8 * 7:
        return None
    dates = days.astype("datetime64[D]")
    early = (dates - dates.astype("datetime64[M]")).astype(np.int64) < MONTHS
    counts = [np.bincount((days[part] + 3) % 7, minlength=7).astype(np.float64) for part in (early, ~early)]
    if min(part.sum() for part in counts) < LEAST_ROWS / 2:
        return None
    pairs = [(day, (day + 1) % 7) for day in range(7)]
    quiet = min(pairs, key=lambda pair: counts[1][list(pair)].sum())
    shares = [float(part[list(quiet)].sum() / part.sum()) for part in counts]
    depth = [2 / 7 - share for share in shares]
    spread = math.sqrt(sum(share * (1 - share) / part.sum() for share, part in zip(shares, counts, strict=True)))
    beyond = (shares[0] - shares[1]) / spread if spread else 0.0
    if depth[1] < LEAST_DEPTH or depth[0] > KEPT * depth[1] or 7 * float(special.ndtr(-beyond)) >= error:
        return None
    names = f"{WEEKDAYS[quiet[0]]} and {WEEKDAYS[quiet[1]]}"
    what = (
        f"{names} are quiet only after the 12th of a month ({percent(shares[1])}, before {percent(shares[0])}), "
        "as where day and month were exchanged on some rows"
    )
    return {"sign": "rhythm", "what": what, "quiet": list(quiet), "shares": shares}


def _exchanged(what: str, days: int, inside: int) -> dict[str, Any]:
    return {"sign": "day and month", "what": what, "days": days, "days_in_such_months": inside}


def _day(number: float) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date().isoformat()
