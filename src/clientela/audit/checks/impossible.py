"""Values that cannot be: by what a column's name says it holds, and by where all its other values lie."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clientela.audit.checking import Checked, Context, conclude
from clientela.audit.checks.processing import ERROR
from clientela.audit.checks.values import DATES
from clientela.audit.facts import ColumnFacts
from clientela.audit.formulas.inequalities import find_inequalities
from clientela.audit.lexicon import mentions, vocabulary, words
from clientela.audit.wording import figure, percent, plural, several
from clientela.domain.column import Storage
from clientela.domain.finding import Finding, Severity

Floats = NDArray[np.float64]

STRAY = 0.05
"""Share of rows outside up to which they are errors in any case; beyond it they must be parted from the others."""

MOST = 0.5
"""Share of rows outside from which the column means something else than its name says."""

SMOOTH = 1 / 3
"""Rows just beyond a bound against those just before it, from which the column passes it as if it were none."""

FEW = 3
"""Different values outside that are errors in any case. More hours, months or quarters than these, and than half of the
right ones, are a scale of another kind."""

MASS = 0.99
"""Share of rows inside 0 to 1 (or 0 to 100) from which a column named so is a share on that scale."""

ORDERED = 0.99
"""Share of rows in order from which two dates are a start and an end; .95 where their names say so."""

LEAST_ROWS = 50
LEAST_LEVELS = 5
"""Different values from which two numbers may be a part and its whole; below they are flags or codes."""

DAY = 86_400.0
YEAR = 365 * DAY
CENTURY = 100 * YEAR
EARLIEST = -80 * 365.25 * DAY
"""The beginning of 1890."""


@dataclass(frozen=True)
class _Bound:
    """What columns with such a name may hold.

    Attributes:
        what: The name's meaning, for the sentence.
        named: Words of the name.
        low: Least possible value.
        high: Largest possible value.
        but: Words that make it something else.
        alone: Whether the name must hold nothing beyond these words and `PERSON`.
        sure: Whether a value outside is an error in any case.
        stray: Share of rows outside that need no gap to be errors.
    """

    what: str
    named: frozenset[str]
    low: float
    high: float
    but: frozenset[str] = frozenset()
    alone: bool = False
    sure: bool = True
    stray: float = STRAY


PERSON = vocabulary("customer, user, visitor, client, person, member, kunde, kunden, nutzer, in, years, jahre, jahren")
_CHANGE = vocabulary(
    "change, diff, difference, delta, growth, trend, var, variation, log, z, scaled, norm, score, balance, net, gain, "
    "loss, profit, margin, anderung, differenz, wachstum, saldo, shift, offset, deviation, lag, residual"
)
_NO_AGE = _CHANGE | vocabulary(
    "days, day, tage, months, month, monate, hours, weeks, account, session, page, relationship, membership, contract, "
    "vehicle, car, house, home, building, company, domain, device, browser, product, index, idx, mean, avg, sum, share"
)
_BOUNDS = (
    _Bound("an age", vocabulary("age, alter, edad, eta, leeftijd"), 0, 120, _NO_AGE),
    _Bound("a latitude", vocabulary("lat, latitude, breitengrad, latitud"), -90, 90, _CHANGE),
    _Bound("a longitude", vocabulary("lon, lng, longitude, laengengrad, langengrad, longitud"), -180, 180, _CHANGE),
    _Bound(
        "a year of birth",
        vocabulary("birth year, year of birth, geburtsjahr, annee de naissance, ano nacimiento, anno nascita, yob"),
        1890,
        2100,
        _CHANGE,
    ),
    _Bound("a year", vocabulary("year, jahr, annee, anno, jaar"), 1890, 2110, alone=True),
    _Bound("a minute", vocabulary("minute"), 0, 60, alone=True),
    _Bound("an hour", vocabulary("hour, stunde, hora, heure, uur"), 0, 24, alone=True),
    _Bound("a week", vocabulary("week, kw, kalenderwoche, woche, semaine, semana"), 0, 53, alone=True),
    _Bound("a month", vocabulary("month, monat, mes, mois, maand"), 1, 12, alone=True),
    _Bound("a quarter", vocabulary("quarter, quartal, trimestre"), 1, 4, alone=True),
    _Bound("a day of the week", vocabulary("weekday, wochentag, dow, day of week"), 0, 7, alone=True),
    _Bound(
        "a duration",
        vocabulary(
            "duration, dauer, verweildauer, dwell, elapsed, session length, time on site, seconds, sekunden, "
            "minutes, minuten, duracion, duree, durata, days since, tage seit, recency, tenure"
        ),
        0,
        np.inf,
        _CHANGE,
    ),
    _Bound(
        "a count",
        vocabulary(
            "count, counts, anzahl, number of, num, visits, views, pages, pageviews, page views, clicks, klicks, "
            "sessions, besuche, impressions, children, kinder, household size, hh size, stock, bestand, aantal, "
            "nombre, nb, numero de, cantidad de, visitas, visites, visite, bezoeken, clics, paginas, siblings, logins"
        ),
        0,
        np.inf,
        _CHANGE,
    ),
    _Bound(
        "an amount",
        vocabulary(
            "price, preis, precio, prix, prezzo, prijs, cost, kosten, quantity, qty, menge, cantidad, quantite, "
            "basket value, cart value, order value, warenwert, bestellwert, items, orders, shipping, fee"
        ),
        0,
        np.inf,
        _CHANGE,
        sure=False,
    ),
)
_SHARE = vocabulary(
    "rate, rates, share, percent, pct, percentage, probability, prob, proportion, fraction, anteil, prozent, quote, "
    "wahrscheinlichkeit, tasa, porcentaje, taux, pourcentage, tasso, percentuale, procent, andel, ctr, cvr, likelihood"
)
_NO_SHARE = _CHANGE | vocabulary(
    "exchange, interest, hourly, daily, day, pay, price, heart, euribor, zins, wechselkurs, stunden, cpc, cpm, tax, id"
)
_FUTURE = vocabulary(
    "valid, until, expiry, expires, expiration, due, end, ende, planned, plan, target, deadline, ablauf, gueltig, "
    "gultig, faellig, fallig, bis, renewal, next, maturity, best before, vencimiento, echeance, scadenza, to, fin, fine"
)
_BIRTH = vocabulary(
    "birth, birthday, birthdate, dob, born, geburtsdatum, geburtstag, geboren, naissance, nacimiento, nascita, "
    "geboortedatum, nascimento"
)
_STARTS = vocabulary(
    "start, begin, beginn, created, opened, ordered, order date, signup, sign up, registered, first, check in, "
    "checkin, from, von, valid from, entry, arrival, bestellt, angelegt, erstellt, inicio, debut, inizio, birth, "
    "birthdate"
)
_ENDS = vocabulary(
    "end, ende, finish, finished, closed, updated, modified, delivered, shipped, last, check out, checkout, to, bis, "
    "until, valid to, exit, departure, returned, cancelled, geliefert, versendet, gekundigt, fin, fine, completed"
)

_NESTED = (
    (
        vocabulary("children, kids, kinder, kinderzahl, enfants, hijos, figli, filhos, dependents, siblings"),
        vocabulary("household size, hh size, household, haushaltsgrosse, haushaltsgroesse, persons, personen, members"),
    ),
    (vocabulary("min, minimum, lowest, least"), vocabulary("max, maximum, highest, most")),
    (vocabulary("adults, erwachsene, adultes, adultos"), vocabulary("persons, personen, guests, gaste, travellers")),
)
"""Names of a part, and of the whole it is never above."""


def impossible_value(context: Context) -> Checked:
    """Find values that cannot be.

    Rules: bounds that the name implies (ages 0 to 120, latitude, longitude, hours, months, years; durations, counts and
    amounts not below zero); a share named so, with most rows in 0 to 1, or 0 to 100, and some outside; a
    date whose distance to the rest is more than all others span, and a year at least; births and other dates in
    the future; an end before its start where the two dates keep their order on 99 % of rows (95 % where their
    names say start and end); more children than the household has people, a least above the largest, by their
    names, and without telling names where the rows keep such an order (`audit.formulas.inequalities`).
    Up to 5 % of rows outside (1 % of a share) are errors in any case. More of them, up to
    half, are errors where the column does not pass the bound smoothly (the jump of the density there, as in McCrary
    2008: fewer than a third as many rows just beyond as just before) or only three different values lie outside;
    else it means something else or is scaled.
    Numbers that stand for missing are left to `sentinel`. Negative amounts may be refunds: a notice, no warning.
    """
    facts = context.facts
    numeric = [c for c in context.measured if c.filled]
    dated = facts.stored(Storage.DATE, Storage.TIMESTAMP)
    found = {c.name: fault for c in numeric if (fault := _out_of_bounds(context, c)) is not None}
    found |= {c.name: fault for c in dated if (fault := _lonely_date(context, c)) is not None}
    findings = [
        _finding({name: fault for name, fault in found.items() if fault["sure"] is sure}) for sure in (True, False)
    ]
    findings += [_reversed(context, one, other) for one, other in itertools.combinations(dated, 2)]
    named = [_above_whole(context, part, whole) for part, whole in itertools.permutations(numeric, 2)]
    told = {name for finding in named if finding is not None for name in finding.columns}
    findings += named + _out_of_order(context, [c for c in numeric if c.name not in found.keys() | told])
    return conclude("impossible_value", findings, len(numeric) + len(dated), "values outside of what can be")


def _finding(found: Mapping[str, Mapping[str, Any]]) -> Finding | None:
    if not found:
        return None
    parts = [
        f"{name} ({plural(fault['rows'], 'row')} such as {fault['example']}, {fault['why']})"
        for name, fault in found.items()
    ]
    sure = all(fault["sure"] for fault in found.values())
    evidence = {name: {key: fault[key] for key in fault if key != "sure"} for name, fault in found.items()}
    if sure:
        title = f"Some values cannot be: {several(parts)}."
        advice = "Look at these rows and ask what wrote them; make the values missing rather than guess them."
        return Finding("impossible_value", Severity.WARNING, tuple(found), title, evidence, advice)
    title = f"Some amounts are below zero: {several(parts)}."
    advice = "Ask whether they are refunds, cancellations or corrections; keep them out of what visitors bought."
    return Finding("impossible_value", Severity.NOTICE, tuple(found), title, evidence, advice)


def _out_of_bounds(context: Context, column: ColumnFacts) -> dict[str, Any] | None:
    values = context.finite(column.name)
    if values.size < LEAST_ROWS:
        return None
    bound = _bound_of(column.name) or _share(column.name, values)
    if bound is None:
        return None
    code, coded = context.codes.get(column.name, (None, 0))
    sampled = values.size
    # The ends of the whole column are known exactly, also where the sample has missed them.
    values = np.append(values, [end for end in (column.minimum, column.maximum) if end is not None and end != code])
    outside = values[(values < bound.low) | (values > bound.high)]
    if not 0 < outside.size < MOST * values.size or _otherwise(bound, values):
        return None
    ends = int(((values[sampled:] < bound.low) | (values[sampled:] > bound.high)).sum())
    rows = max(ends, round((outside.size - ends) * context.facts.scale))
    if bound.low == 0 and outside.max() < 0:
        rows = column.negatives - (coded if code is not None and code < 0 else 0)
    return {
        "rows": rows,
        "share": rows / column.filled,
        "example": figure(float(outside.min() if outside.min() < bound.low else outside.max())),
        "least": float(outside.min()),
        "largest": float(outside.max()),
        "low": bound.low if math.isfinite(bound.low) else None,
        "high": bound.high if math.isfinite(bound.high) else None,
        "why": f"by its name {bound.what}",
        "sure": bound.sure,
    }


def _bound_of(name: str) -> _Bound | None:
    for bound in _BOUNDS:
        if not mentions(name, bound.named) or mentions(name, bound.but):
            continue
        rest = [word for word in words(name) if word not in PERSON]
        if not bound.alone or " ".join(rest) in bound.named:
            return bound
    return None


def _otherwise(bound: _Bound, values: Floats) -> bool:
    """Whether values outside of a bound say that the column means something else, or counts from another number."""
    if bound.alone and float(np.ptp(values)) <= bound.high - bound.low:
        return True
    below, above = values < bound.low, values > bound.high
    if (below | above).mean() <= bound.stray:
        return False
    inside, kinds = values[~below & ~above], np.unique(values[below | above]).size
    if kinds <= FEW or bound.alone:
        return kinds > max(FEW, np.unique(inside).size / 2)
    low, high = np.quantile(inside, [0.25, 0.75])
    whole = bool((values == np.round(values)).all())
    width = max(float(high - low) / 4, 1.0 if whole else 0.0)
    for beyond, edge, sign in ((below, bound.low, -1.0), (above, bound.high, 1.0)):
        far = sign * (values - edge)
        near = int(((far <= 0) & (far > -width)).sum()) if not whole else int(((far <= 0) & (far >= -width)).sum())
        out = int(((far > 0) & (far <= width)).sum())
        if beyond.any() and near and out >= SMOOTH * near:
            return True
    return False


def _share(name: str, values: Floats) -> _Bound | None:
    """Return the scale of a share by name and mass; sums of rounded parts may pass it by a millionth."""
    if not mentions(name, _SHARE) or mentions(name, _NO_SHARE):
        return None
    one, hundred = _scale(1.0), _scale(100.0)
    inside = (values >= one.low) & (values <= one.high)
    fractions = (values > 0) & (values < 1)
    if inside.mean() >= MASS:
        return one
    if inside.mean() > MOST and fractions.sum() >= 0.5 * inside.sum() and not _otherwise(one, values):
        return one
    return hundred if ((values >= hundred.low) & (values <= hundred.high)).mean() > MOST else None


def _scale(top: float) -> _Bound:
    return _Bound(f"a share of {figure(top)} at most", _SHARE, -1e-6 * top, top * (1 + 1e-6), stray=1 - MASS)


def _lonely_date(context: Context, column: ColumnFacts) -> dict[str, Any] | None:
    """Return the dates that cannot be: far from all others where they are few, else in the future or before 1890."""
    values = np.sort(context.facts.arrays.finite(column.name))
    if values.size < LEAST_ROWS:
        return None
    body = _body(values)
    room = max(float(body[-1] - body[0]), YEAR)
    far = (values < body[0] - room) | (values > body[-1] + room)
    now = datetime.now(UTC).timestamp()
    never = (values < EARLIEST) | (values > now + CENTURY)
    if mentions(column.name, _BIRTH):
        never |= values > now
    elif not mentions(column.name, _FUTURE):
        never |= far & (values > now)
    stray = values[far | never] if far.mean() <= 1 - MASS else values[never]
    stray = stray[[_day(float(value)) not in DATES for value in stray]]
    if not 0 < stray.size < MOST * values.size:
        return None
    worst = float(stray[np.argmax(np.abs(stray - np.median(body)))])
    after = worst > body[-1]
    nearest = _day(float(body[-1] if after else body[0]))
    return {
        "rows": max(1, round(stray.size * context.facts.scale)),
        "share": stray.size / values.size,
        "example": _day(worst),
        "least": _day(float(stray.min())),
        "largest": _day(float(stray.max())),
        "why": f"far {'after' if after else 'before'} all others, the next is {nearest}",
        "sure": True,
    }


def _body(values: Floats) -> Floats:
    """Return the most of some sorted dates that no gap of more than a year parts."""
    parts = np.split(values, np.flatnonzero(np.diff(values) > YEAR) + 1)
    return max(parts, key=len)


def _day(seconds: float) -> str:
    return str(np.datetime64(round(seconds), "s").astype("datetime64[D]"))


def _reversed(context: Context, one: ColumnFacts, other: ColumnFacts) -> Finding | None:
    """State that an end lies before its start on some rows."""
    first, second = context.facts.arrays.numbers[one.name], context.facts.arrays.numbers[other.name]
    known = ~np.isnan(first) & ~np.isnan(second)
    if Storage.DATE in (one.storage, other.storage):
        first, second = np.floor(first / DAY), np.floor(second / DAY)
    n = int(known.sum())
    if n < LEAST_ROWS:
        return None
    start, end = one.name, other.name
    wrong = int((second[known] < first[known]).sum())
    if wrong > n / 2:
        start, end, wrong = end, start, int((second[known] > first[known]).sum())
    told = mentions(start, _STARTS) and mentions(end, _ENDS)
    if not 0 < wrong <= (STRAY if told else 1 - ORDERED) * n:
        return None
    rows = max(1, round(wrong * context.facts.scale))
    title = f"{end} lies before {start} on {plural(rows, 'row')} ({percent(wrong / n)}), after it on all others."
    evidence = {"start": start, "end": end, "rows": rows, "share": wrong / n, "named": told}
    advice = "Look at these rows: a clock, a time zone or a swapped pair; durations made of them are negative."
    return Finding(
        "impossible_value", Severity.WARNING if told else Severity.NOTICE, (start, end), title, evidence, advice
    )


def _above_whole(context: Context, part: ColumnFacts, whole: ColumnFacts) -> Finding | None:
    """State that a part, by its name, is above its whole on some rows."""
    if not any(_part_of(part.name, whole.name, parts, wholes) for parts, wholes in _NESTED):
        return None
    numbers, codes = context.facts.arrays.numbers, context.codes
    a, b = numbers[part.name], numbers[whole.name]
    known = ~np.isnan(a) & ~np.isnan(b)
    for name, cells in ((part.name, a), (whole.name, b)):
        known &= cells != codes[name][0] if name in codes else True
    n, wrong = int(known.sum()), int((a[known] > b[known]).sum())
    if n < LEAST_ROWS or not 0 < wrong <= STRAY * n:
        return None
    rows = max(1, round(wrong * context.facts.scale))
    title = f"{part.name} is above {whole.name} on {plural(rows, 'row')} ({percent(wrong / n)}), never on the others."
    evidence = {"part": part.name, "whole": whole.name, "rows": rows, "share": wrong / n}
    advice = "Look at these rows: swapped cells, or one of the two was not brought up to date."
    return Finding("impossible_value", Severity.WARNING, (part.name, whole.name), title, evidence, advice)


def _out_of_order(context: Context, columns: Sequence[ColumnFacts]) -> list[Finding | None]:
    """State pairs of numbers that keep their order on nearly all rows and not on some."""
    numbers = {}
    for column in columns:
        cells = context.facts.arrays.numbers[column.name]
        code = context.codes.get(column.name)
        if column.distinct > LEAST_LEVELS:
            numbers[column.name] = cells if code is None else np.where(cells == code[0], np.nan, cells)
    findings: list[Finding | None] = []
    for pair in find_inequalities(numbers, ERROR, context.facts.options.seed):
        rows = max(1, round(pair.wrong * context.facts.scale))
        title = f"{pair.part} is above {pair.whole} on {plural(rows, 'row')} ({percent(pair.wrong / pair.rows)}), "
        title += "never on the others: if it is a part of it, these rows cannot be."
        evidence = {
            "part": pair.part,
            "whole": pair.whole,
            "rows": rows,
            "share": pair.wrong / pair.rows,
            "share_if_shuffled": pair.by_chance,
        }
        advice = f"Ask whether {pair.part} can be above {pair.whole}; if not, look at these rows for swapped cells."
        findings.append(Finding("impossible_value", Severity.NOTICE, (pair.part, pair.whole), title, evidence, advice))
    return findings


def _part_of(part: str, whole: str, parts: frozenset[str], wholes: frozenset[str]) -> bool:
    """Whether two names say a part and its whole: the rest of a least and a largest must be the same."""
    if not mentions(part, parts) or mentions(part, wholes) or not mentions(whole, wholes) or mentions(whole, parts):
        return False
    rest = [[word for word in words(name) if word not in parts | wholes] for name in (part, whole)]
    return "min" not in parts or rest[0] == rest[1]
