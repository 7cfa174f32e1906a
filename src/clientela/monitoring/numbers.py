"""Numbers whose distribution changed: which small change would restore it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from clientela.domain.estimate import Estimate
from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, Case, Found
from clientela.monitoring.columns import Floats, Kind, Side
from clientela.monitoring.common_factor import search_common, times_of
from clientela.monitoring.contract import Rule
from clientela.monitoring.counting import counts_on
from clientela.monitoring.exchanges import search_exchanges, search_order, search_shift
from clientela.monitoring.fitting import PART, Bins, Fit, binned, parts, scan, thinned
from clientela.monitoring.identities import broken_identity
from clientela.monitoring.impossible import beyond_all, search_impossible
from clientela.monitoring.kept import outcomes
from clientela.monitoring.not_collected import search_not_collected
from clientela.monitoring.rounding import search_rounding
from clientela.monitoring.seasons import beyond_places, beyond_season, least_share
from clientela.monitoring.stakes import stakes
from clientela.monitoring.transforms import LARGE
from clientela.statistics.two_samples import homogeneity_p, normal_p, rate_p, shifted

FEW = 20
EQUAL, IN_LINE = 0.2, 0.9
"""Share of equal values, or correlation, from which two columns measure nearly the same."""

MANY = 3
"""Numbers that moved in a later batch, each in a way that a season could, from which one is taken for it."""

RANKED, IN_LINE_WITH_TIME = 2_000, 0.95
"""Rows on which a number is held against the time, and the correlation of ranks from which it counts it."""

EXPECTED = 10.0
"""Rows that a season leaves beyond a limit at least, so that none of them is no chance."""

TOGETHER, LEAST_PAIRS = 0.6, 0.5
"""Correlation of logarithms from which a number is held beside another, and the share of rows that must have both."""

KEPT, SURELY = 0.01, 1e-6
"""Chance above which a sum or product holds, or rows are, as before; and below which other rows surely moved."""

SOFT = (
    "earlier",
    "times",
    "added",
    "raised",
    "capped",
    "set to 0",
    "root",
    "logarithm",
    "minus",
    "less",
    "sign",
    "wrapped",
)


def search_numbers(case: Case) -> None:
    """Look for changed numbers and name what changed them."""
    search_impossible(case, named=True)
    terms = case.terms(Kind.NUMBER)
    flagged = [term.name for term in terms if not _running(case, term.name) and _flag(case, term.name)]
    parted = stakes(case.baseline)
    scans = {name: scan(case, name, part) for name, part in parted.items() if name in flagged}
    if search_not_collected(case, scans):  # what is left is held against the rows that were to come
        scans = {name: scan(case, name, parted[name]) for name in scans if name not in case.explained}
    search_shift(case, scans)
    search_order(case)
    search_exchanges(case, scans)
    fits = {name: found.best for name, found in scans.items() if found.best is not None}
    _named(case, fits, search_common(case, scans), len(terms))
    for name in [term.name for term in terms]:
        if name not in case.explained:
            search_rounding(case, name, len(terms))
    search_impossible(case, named=False)
    for name, fit in fits.items():
        waits = fit.change.cause is Cause.UNKNOWN or fit.change.other
        if waits and name not in case.explained and not any(name in one.columns and one.vague for one in case.found):
            _unnamed(case, name, fit)


def _named(case: Case, fits: Mapping[str, Fit], common: Collection[str], tests: int) -> None:
    """Name what changed each column by itself, but for those that changed together."""
    together = sum(_soft(fit) or fit.change.cause is Cause.UNKNOWN for fit in fits.values()) >= MANY
    lost = any(fit.change.cause is Cause.SAMPLING for fit in fits.values())
    for name, fit in fits.items():
        if name in case.explained or name in common:
            continue
        if lost and fit.change.cause is not Cause.SAMPLING and (fit.share < 1 or fit.change.cause is Cause.UNKNOWN):
            case.explained.add(name)  # rows that did not arrive had their own other numbers
            continue
        if fit.change.cause is Cause.PRECISION:
            search_rounding(case, name, tests)
        if fit.change.other:
            _half(case, name, fit, together=together)
        elif name not in case.explained:
            _single(case, name, fit, together=together)


def _running(case: Case, name: str) -> bool:
    """Tell whether a number grows with the time of its row, as numbers of invoices do: another time has other ones."""
    times = [one for one in case.baseline.facts.times if one in case.reference.numbers]
    if not times:
        return False
    place = thinned(case.reference.rows, RANKED)
    values, moments = (case.reference.numbers[one][place] for one in (name, times[0]))
    held = ~np.isnan(values) & ~np.isnan(moments)
    ranks = [part[held].argsort().argsort() for part in (values, moments)]
    grows = held.sum() >= FEW and np.unique(values[held]).size > 0.5 * held.sum()
    return bool(grows and np.corrcoef(ranks[0], ranks[1])[0, 1] > IN_LINE_WITH_TIME)


def _flag(case: Case, name: str) -> bool:
    """Tell cheaply whether a column may have changed."""
    base, batch = parts(case, name)
    first, second = base[~np.isnan(base)], batch[~np.isnan(batch)]
    if first.size < 20 or second.size < 20:
        return False
    bins = Bins.made(first, second)
    now, known = bins.counts(second), bins.counts(first)
    if homogeneity_p(now, known) < 0.01:
        return True
    up, up_now = first[first > 0], second[second > 0]
    if _tail(first, second):
        return True
    score = shifted(np.log(up_now), np.log(up)) if up.size > 2 and up_now.size > 2 else 0.0
    if normal_p(score) < 0.003:
        return True
    return any(
        rule.kind == "order" and name in (rule.left, rule.right) and _more(case, rule.left, rule.right)
        for rule in case.baseline.contract.rules
        if case.batch.has(rule.left) and case.batch.has(rule.right)
    )


def _tail(known: Floats, now: Floats) -> bool:
    """Tell whether one of the ends lost or gained rows."""
    low, high = np.quantile(known, [0.02, 0.98])
    pairs = (((now > high).sum(), (known > high).sum()), ((now < low).sum(), (known < low).sum()))
    return any(rate_p(int(a), now.size, int(b), known.size) < 1e-3 for a, b in pairs)


def _more(case: Case, left: str, right: str) -> bool:
    with np.errstate(invalid="ignore"):
        now = int(np.sum(case.batch.numbers[left] > case.batch.numbers[right] + 1e-9))
        known = int(np.sum(case.reference.numbers[left] > case.reference.numbers[right] + 1e-9))
    return rate_p(now, case.batch.rows, known, case.reference.rows) < 1e-3


def _single(case: Case, name: str, fit: Fit, *, together: bool) -> None:
    change = fit.change
    if change.cause is Cause.UNKNOWN:
        return
    if case.later and not _none_beyond(case, name, fit) and ((together and _soft(fit)) or _seasonal(case, name, fit)):
        _swung(case, name, fit)
        return
    evidence = {"change": change.name, "share": fit.share, "chi2 explained": fit.gain, "chi2 left": fit.left}
    if change.name.startswith(("times", "divided")):
        evidence["factor"] = times_of(fit)
    if change.name.startswith("capped") and (limit := _limit(fit)) is not None:
        evidence["limit"] = limit
    share = "all rows" if fit.share == 1 else f"about {fit.share:.0%} of the rows"
    what = f"looks like {change.name} in {share}"
    strength = Estimate(fit.share, fit.low, fit.high, case.batch.rows, "profile of the chi-square")
    case.add(Found(change.cause, (name,), evidence, None, change.alternatives, what, strength=strength))


def _seasonal(case: Case, name: str, fit: Fit) -> bool:
    """Tell whether a season may have moved a number so far, or its rules with others hold, so that it is no other."""
    if beyond_all(case, name).mean() >= FLOOR:
        return False
    if counts_on(case, name):
        return True
    sums = [rule for rule in case.baseline.contract.rules if rule.parts and name in rule.columns]
    asked = [rule for rule in sums if all(map(case.batch.has, rule.columns))]
    kept = any(rate_p(int(broken_identity(rule, case.batch).sum()), *_known(case, rule)) > KEPT for rule in asked)
    if kept or beyond_season(case, case.reference.numbers[name], case.batch.numbers[name]):
        return kept
    return not (fit.change.name.startswith("times") and fit.share == 1 and _beyond_scale(case, name))


def _beyond_scale(case: Case, name: str) -> bool:
    """Tell whether logarithms of a number moved further than a season moves them, by themselves or beside another one.

    What a season does to a number it mostly does to those that go with it, so that their ratio stays nearer.
    """
    sides = case.reference, case.batch
    logs = [_logs(side, name) for side in sides]
    if beyond_places(case, *logs):
        return True
    names = [term.name for term in case.terms(Kind.NUMBER) if term.name != name]
    lines = [(*_line(logs[0], _logs(case.reference, one)), one) for one in names]
    ratio, slope, partner = max(lines, default=(0.0, 0.0, ""))
    if ratio < TOGETHER:
        return False
    known, now = (part - slope * _logs(side, partner) for part, side in zip(logs, sides, strict=True))
    return beyond_places(case, known, now)


def _logs(side: Side, name: str) -> Floats:
    values = side.numbers[name]
    return np.log(np.where(values > 0, values, np.nan))


def _line(one: Floats, other: Floats) -> tuple[float, float]:
    """Return the correlation of two columns and the slope of the first on the second."""
    held = ~np.isnan(one) & ~np.isnan(other)
    first, second = one[held], other[held]
    if first.size < LEAST_PAIRS * one.size or min(first.std(), second.std()) == 0:
        return 0.0, 0.0
    ratio = float(np.corrcoef(first, second)[0, 1])
    return ratio, ratio * float(first.std() / second.std())


def _none_beyond(case: Case, name: str, fit: Fit) -> bool:
    """Tell whether no row lies beyond a limit that rows of all times of the reference passed: no season stops all."""
    limit = _limit(fit)
    if limit is None or fit.share < 1:
        return False
    values = case.reference.numbers[name]
    with np.errstate(invalid="ignore"):
        beyond, now = values > limit, int(np.sum(case.batch.numbers[name] > limit))
    # where most lay beyond, what is left is no cut of it
    return not now and beyond.mean() < 0.5 and least_share(case, beyond) * case.batch.rows > EXPECTED


def _limit(fit: Fit) -> float | None:
    """Return the one number beyond which a change leaves no value; None where it has none, or one for each row."""
    what, _, *rest = (*fit.change.name.split(), "", "")
    held = [word for word in rest if word not in ("", "with", "sign")]
    return float(held[0]) if what in ("capped", "wrapped") and len(held) == 1 else None


def _known(case: Case, rule: Rule) -> tuple[int, int, int]:
    return case.batch.rows, max(rule.exceptions, 0), rule.rows


def _swung(case: Case, name: str, fit: Fit) -> None:
    evidence = {"chi2 left": fit.left + fit.gain}
    case.add(Found(Cause.UNKNOWN, (name,), evidence, None, (fit.change.cause,), vague=True), explains=())


def _soft(fit: Fit) -> bool:
    """Tell whether a season could make such a change."""
    causes = (Cause.METRIC_DEFINITION, Cause.NULL_SEMANTICS, Cause.OVERFLOW, Cause.TRAIN_SERVE_SKEW)
    factor = times_of(fit) if fit.change.name.startswith(("times", "divided")) else LARGE
    small = 1 / LARGE < factor < LARGE  # miles for kilometres are no more than a season may bring
    return small or (fit.change.cause in causes and any(word in fit.change.name for word in SOFT))


def _half(case: Case, name: str, fit: Fit, *, together: bool) -> None:
    """A number that looks like another column, which itself is as it was.

    Of two columns that measure nearly the same, one is now computed as the other; else no known cause does that.
    """
    other = fit.change.other
    if other not in case.explained and _equal(case.batch, name, other) - _equal(case.reference, name, other) < (
        PART * fit.share
    ):
        return  # no more rows hold the other's value than before: it merely looks like it
    if case.later and (together or _seasonal(case, name, fit)):
        _swung(case, name, fit)
        return
    evidence = {"values of": other, "share": fit.share, "chi2 explained": fit.gain, "chi2 left": fit.left}
    cause = Cause.METRIC_DEFINITION if _kin(case, name, other) and other not in case.explained else Cause.UNKNOWN
    told = (Cause.COLUMN_SHIFT, Cause.COLUMN_SWAP, Cause.METRIC_DEFINITION, *fit.change.alternatives)
    others = tuple(dict.fromkeys(item for item in told if item is not cause))
    what = f"looks like {fit.change.name} in about {fit.share:.0%} of the rows"
    case.add(Found(cause, (name,), evidence, None, others, what))


def _equal(side: Side, name: str, other: str) -> float:
    """Return the share of the rows in which two columns hold one value."""
    first, second = side.numbers[name], side.numbers[other]
    return float(np.mean(np.isclose(first, second, rtol=1e-6, atol=1e-12)))


def _kin(case: Case, name: str, other: str) -> bool:
    """Tell whether two columns measure nearly the same: equal values in many rows that are not zero, or so in line."""
    first, second = case.reference.numbers[name], case.reference.numbers[other]
    held = ~np.isnan(first) & ~np.isnan(second) & ((first != 0) | (second != 0))
    one, two = first[held], second[held]
    if one.size < FEW or one.std() == 0 or two.std() == 0:
        return False
    ratio = float(np.corrcoef(one, two)[0, 1])
    return bool(np.mean(one == two) > EQUAL) or ratio > IN_LINE


def _unnamed(case: Case, name: str, fit: Fit) -> None:
    """A number that surely moved, and no change that is known restores it."""
    evidence = {"chi2 left": fit.left + fit.gain}
    cause, others = Cause.UNKNOWN, [Cause.METRIC_DEFINITION, Cause.UNIT_SCALE]
    what = "moved in a way that no known change explains"
    if not case.later and _more_with_outcome(case, name):
        cause, others = Cause.TRAIN_SERVE_SKEW, [Cause.METRIC_DEFINITION]
        what = f"is higher only where {case.baseline.facts.label} tells an outcome"
    # in another season broken rules tell more than a number that moved
    case.add(Found(cause, (name,), evidence, None, tuple(others), what, vague=True), () if case.later else None)


def _more_with_outcome(case: Case, name: str) -> bool:
    """Tell whether a number is higher in rows with an outcome, and as it was in all others: it was read after that."""
    label = case.baseline.facts.label
    happened = outcomes(case, name)
    if happened is None or not case.reference.has(label):
        return False
    known, now = case.reference.numbers[name], case.batch.numbers[name]
    rows = case.reference.holding(label, case.baseline.contract.term(label).levels[-1])
    if min(happened.sum(), rows.sum()) < FEW:
        return False
    as_before = homogeneity_p(*binned(known[~rows], now[~happened])) > KEPT
    moved = homogeneity_p(*binned(known[rows], now[happened])) < SURELY
    return as_before and moved and float(np.nanmedian(now[happened])) > float(np.nanmedian(known[rows]))
