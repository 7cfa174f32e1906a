"""Several numbers that fell, or rose, together: another unit of all of them, or another moment of the visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Floats, Kind
from clientela.monitoring.fitting import SLIGHT, Bins, Fit, Scan, parts
from clientela.monitoring.identities import PRODUCT, SUM
from clientela.monitoring.seasons import beyond_season
from clientela.monitoring.stakes import amounts
from clientela.monitoring.transforms import EARLIER, LARGE, UNITS, ratios, unit_of
from clientela.statistics.two_samples import homogeneity_p, moved, normal_p

SURE = 1e-4
"""Chance below which a number moved the way of others."""

RESTORED = 1e-3
"""Chance above which a column is as it was once the factor is undone."""

FEW, ROUNDED = 20, 6

MOST_TRIED = 8
"""Factors that are tried on all columns."""

ONE_FACTOR = 0.05
"""Relative distance of factors that may be one, as they were estimated."""

MUCH = 4.0
"""Chi-square by which one cause for several columns may explain less of each than a cause of its own, which is the best
of many."""

SEVERAL = 3
"""Numbers that fell, each in its own way, from which that is one cause."""

ALIKE = 1.5
"""How many times larger the share of the rows of one column may be, where it is the same rows."""


def search_common(case: Case, scans: Mapping[str, Scan]) -> set[str]:
    """Look for columns that were all multiplied, and tell them as one cause.

    Amounts of one unit, which add up or are the money of the label, multiplied by one factor have another unit. Else
    columns that fell together, each by a factor of its own or to what had been counted at some moment, were taken at
    another moment of the visit.

    Returns:
        The columns that are explained by it.
    """
    fits = {name: found.best for name, found in scans.items() if found.best is not None}
    scaled = {
        name: fit for name, fit in fits.items()
        if fit.change.name.startswith(("times", "divided")) and name not in case.explained
    }  # fmt: skip
    if of_unit := _one_unit(case, scaled, fits):
        return of_unit
    factors = (_one_moment(case, scaled, fits), _one_factor(case, scaled, fits)) if scaled else ()
    told = [item for item in (_earlier(case, scans), *factors) if item is not None]
    found = max(told, key=lambda item: len(item.columns), default=None)
    if not case.later:
        found = _with_lost(case, found, fits)
    if found is None:
        return set()
    # what a sum or product told of the same factor before is the same
    case.found = [item for item in case.found if factor_of(item) is None or not set(item.columns) <= set(found.columns)]
    case.add(found)
    return set(found.columns)


def _with_lost(case: Case, found: Found | None, fits: Mapping[str, Fit]) -> Found | None:
    """Return columns taken at an earlier moment with all others that fell, or several that fell each in its own way.

    What is computed late in a visit is not there yet, while what is counted all along is there in part.
    """
    if found is not None and (found.cause is not Cause.TRAIN_SERVE_SKEW or found.evidence.get("factor", 0.0) > 1):
        return found
    known = set(found.columns) if found is not None else set()
    fell = [name for name, fit in fits.items() if name not in known | case.explained and _fell(case, name, fit)]
    sure = [name for name in fell if fits[name].change.cause is not Cause.UNKNOWN]
    if not fell or (found is None and (len(fell) < SEVERAL or not sure)):
        return found
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in known.union(fell))
    if found is not None:
        return replace(found, columns=columns)
    evidence = {"changes": {name: fits[name].change.name for name in sure}}
    what = "all fell, each in its own way, as if taken at an earlier moment"
    return Found(Cause.TRAIN_SERVE_SKEW, columns, evidence, None, (Cause.METRIC_DEFINITION,), what)


def _fell(case: Case, name: str, fit: Fit) -> bool:
    """Tell whether a number lost a part of itself: some of it is 0, or it is less in a way known or not."""
    if fit.change.name.startswith("times"):
        return times_of(fit) < 1 and fit.change.cause is not Cause.UNIT_SCALE
    return fit.change.name == "set to 0" or _along(case, name, fit, fell=True)


def _earlier(case: Case, scans: Mapping[str, Scan]) -> Found | None:
    """Return columns that hold, in one share of the rows, what had been counted at some moment of the visit.

    It is told where that explains about as much of all of them as what explains each one best. Another season makes
    visits shorter as well, so that nothing is told there.
    """
    fits = {
        name: (found.earlier, found.best)
        for name, found in scans.items()
        if found.earlier is not None and found.best is not None and name not in case.explained
    }
    if case.later or len(fits) < 2:
        return None
    middle = float(np.median([earlier.share for earlier, _ in fits.values()]))
    alike = {n: pair for n, pair in fits.items() if middle / ALIKE < pair[0].share < ALIKE * middle}
    if len(alike) < 2 or sum(earlier.gain - best.gain for earlier, best in alike.values()) < -MUCH * len(alike):
        return None
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in alike)
    gain = sum(earlier.gain for earlier, _ in alike.values())
    evidence = {"change": EARLIER, "share": middle, "chi2 explained": gain}
    others = (Cause.METRIC_DEFINITION, Cause.UNIT_SCALE)
    what = f"look {EARLIER}, in about {middle:.0%} of the rows"
    return Found(Cause.TRAIN_SERVE_SKEW, columns, evidence, None, others, what)


def _one_factor(case: Case, scaled: Mapping[str, Fit], fits: Mapping[str, Fit]) -> Found | None:
    """Return columns that were multiplied by one factor in one share of the rows, whatever they measure.

    Factor and share are those, of all that were estimated column by column, that restore most columns. A factor may
    have been told already by a sum or product that it broke.
    """
    told = {item.columns: known for item in case.found if (known := factor_of(item)) is not None}
    pairs = [*told.values(), *((times_of(fit), fit.share) for fit in scaled.values())][:MOST_TRIED]
    may = [
        n
        for n, fit in fits.items()
        if n not in case.explained and (n in scaled or fit.change.cause is Cause.UNKNOWN or fit.change.name == EARLIER)
    ]
    best: tuple[float, ...] = ()
    columns: list[str] = []
    for number in dict.fromkeys(pair[0] for pair in pairs):
        mixed = {name: _Mixed.made(case, name, number) for name in may}
        for share in dict.fromkeys(pair[1] for pair in pairs):
            first = [name for known, pair in told.items() if _alike(pair, (number, share)) for name in known]
            chances = {name: mix.after(share) for name, mix in mixed.items()}
            same = [*first, *(name for name, chance in chances.items() if chance > RESTORED)]
            rank = (len(same), min((chances[name] for name in same if name in chances), default=0.0), number, share)
            if rank > best:
                best, columns = rank, same
    if len(columns) < 2 or not set(columns) & set(may):
        return None
    if case.later and max(best[2], 1 / best[2]) < LARGE:
        return None  # a season moves many columns the same way
    found = _told(case, columns, best[2], best[3])
    return None if _in_season(case, found) else found


@dataclass(frozen=True)
class _Mixed:
    """A column's counts by bin: the batch's, the reference's, and the reference's times a factor, rounded."""

    now: Floats
    known: Floats
    turned: tuple[Floats, ...]

    @classmethod
    def made(cls, case: Case, name: str, factor: float) -> _Mixed:
        base, batch = parts(case, name)
        unit, bins = unit_of(batch), Bins.made(base, batch)
        ways = (np.rint, np.floor, np.ceil) if unit == 1 else (np.rint,)
        turned = tuple(bins.counts(way(np.round(base * factor / unit, ROUNDED)) * unit) for way in ways)
        return cls(bins.counts(batch), bins.counts(base), turned)

    def after(self, share: float) -> float:
        """Return the chance that the batch is the reference with a share of its rows changed."""
        return max(homogeneity_p(self.now, (1 - share) * self.known + share * counts) for counts in self.turned)


def factor_of(found: Found) -> tuple[float, float] | None:
    """Return the factor by which a cause multiplied its columns, and in which share of the rows, where it did."""
    factor, share = found.evidence.get("factor"), found.evidence.get("share")
    named = found.cause in (Cause.METRIC_DEFINITION, Cause.UNIT_SCALE, Cause.TRAIN_SERVE_SKEW)
    if not named or not isinstance(factor, float) or not isinstance(share, float) or factor <= 0:
        return None
    return factor, share


def one_factor(one: Found, other: Found) -> bool:
    """Tell whether two causes are one factor, in about as many rows."""
    first, second = factor_of(one), factor_of(other)
    return first is not None and second is not None and _alike(first, second)


def _alike(first: tuple[float, float], second: tuple[float, float]) -> bool:
    near = 1 / (1 + ONE_FACTOR) < first[0] / second[0] < 1 + ONE_FACTOR
    return near and 1 / ALIKE < first[1] / max(second[1], 1e-9) < ALIKE


def _same(case: Case, name: str, fit: Fit, factor: float, share: float) -> bool:
    """Tell whether a column has the factor of others, in about as many rows."""
    return _alike((times_of(fit), fit.share), (factor, share)) or _after(case, name, factor, share) > RESTORED


def times_of(fit: Fit) -> float:
    """Return by what a fit multiplies the reference."""
    what, *_, number = fit.change.name.split()
    return float(number) if what == "times" else 1 / float(number)


def _one_unit(case: Case, scaled: Mapping[str, Fit], fits: Mapping[str, Fit]) -> set[str]:
    for group in _of_one_unit(case):
        flagged = [name for name in group if name in fits and name not in case.explained]
        if len(flagged) < 2:
            continue
        found = _of_all(case, [name for name in group if name not in case.explained]) or _of_all(case, flagged)
        found = found or _of_some(case, {name: scaled[name] for name in flagged if name in scaled})
        found = _with_same(case, found, scaled) if found is not None else None
        if found is not None and not _in_season(case, found):
            case.add(found)
            return set(found.columns)
    return set()


def _in_season(case: Case, found: Found) -> bool:
    """Tell whether the factor is as good as one, or as far from it as a season moves one of the columns."""
    factor = float(found.evidence["factor"])
    if abs(np.log(factor)) < SLIGHT:
        return True
    known, now = case.reference.numbers, case.batch.numbers
    return case.later and not all(beyond_season(case, known[name], now[name]) for name in found.columns)


def _of_all(case: Case, group: Sequence[str]) -> Found | None:
    """Return one factor on all rows after which every column of a group is as the reference has it."""
    near = {factor for name in group for factor in _estimated(*parts(case, name))}
    units = {
        unit for size in UNITS for unit in (size, 1 / size) if any(abs(unit / one - 1) < ONE_FACTOR for one in near)
    }
    for factor in sorted(units):  # a unit in use sooner than a number near it
        if min(_after(case, name, factor) for name in group) > RESTORED:
            return _told(case, group, factor, 1.0)
    tried = [(min(_after(case, name, factor) for name in group), factor) for factor in sorted(near - units)]
    chance, factor = max(tried, default=(0.0, 1.0))
    return _told(case, group, factor, 1.0) if chance > RESTORED else None


def _estimated(base: Floats, batch: Floats) -> list[float]:
    """Return the factors that the middle and the mean of the logarithms, and the commonest values, speak for."""
    up, up_now = base[base > 0], batch[batch > 0]
    if min(up.size, up_now.size) < FEW:
        return []
    logs, logs_now = np.log(up), np.log(up_now)
    middles = float(np.median(logs_now) - np.median(logs)), float(logs_now.mean() - logs.mean())
    return [*(float(np.exp(middle)) for middle in middles), *ratios(up, up_now)]


def _with_same(case: Case, found: Found, scaled: Mapping[str, Fit]) -> Found:
    """Return a factor on all rows with every other column that it restores as well: one unit, tied by no sum."""
    factor, share = float(found.evidence["factor"]), float(found.evidence["share"])
    others = {name: fit for name, fit in scaled.items() if name not in found.columns}
    same = [name for name, fit in others.items() if _same(case, name, fit, factor, share)]
    return _told(case, [*found.columns, *same], factor, share) if same else found


def _after(case: Case, name: str, factor: float, share: float = 1.0) -> float:
    """Return the chance that a share of a column is the reference's times a factor, rounded as the batch is."""
    return _Mixed.made(case, name, factor).after(share)


def _of_some(case: Case, mine: Mapping[str, Fit]) -> Found | None:
    """Return about one factor on about one share of the rows, as the columns were found one by one."""
    if len(mine) < 2:
        return None
    factors, shares = [times_of(fit) for fit in mine.values()], [fit.share for fit in mine.values()]
    if max(factors) > (1 + ONE_FACTOR) * min(factors) or max(shares) > ALIKE * min(shares):
        return None
    return _told(case, list(mine), float(np.median(factors)), float(np.median(shares)))


def _told(case: Case, names: Sequence[str], factor: float, share: float) -> Found:
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in names)
    evidence = {"change": f"times {factor:.3g}", "factor": factor, "share": share}
    rows = "all rows" if share == 1 else f"about {share:.0%} of the rows"
    what = f"are all times {factor:.3g} in {rows}"
    money = any(set(names) <= set(group) for group in _of_one_unit(case))
    if not money and max(factor, 1 / factor) < LARGE:  # different measures have no unit in common
        others = (Cause.METRIC_DEFINITION, Cause.UNIT_SCALE)
        return Found(Cause.TRAIN_SERVE_SKEW, columns, evidence, None, others, f"{what}, as if taken at another moment")
    others = (Cause.METRIC_DEFINITION, Cause.TRAIN_SERVE_SKEW)
    return Found(Cause.UNIT_SCALE, columns, evidence, None, others, f"{what}, as in another unit or currency")


def _of_one_unit(case: Case) -> Sequence[Sequence[str]]:
    """Return groups of columns that have one unit: what adds up, and the money that goes with the label."""
    contract = case.baseline.contract
    whole = {term.name for term in contract.terms if term.whole}
    sums = [set(rule.columns) for rule in contract.rules if rule.kind == SUM]
    # a price times a count is money as the price is
    prices = [set(rule.columns) - whole for rule in contract.rules if rule.kind == PRODUCT and rule.times == 1]
    numbers = {term.name for term in contract.terms if term.kind is Kind.NUMBER}
    groups: list[set[str]] = []
    for columns in (*sums, *(pair for pair in prices if len(pair) == 2), set(amounts(case.baseline)) & numbers):
        tied = [group for group in groups if group & columns]
        groups = [*(group for group in groups if group not in tied), columns.union(*tied)]
    return [sorted(group) for group in groups]


def _one_moment(case: Case, scaled: Mapping[str, Fit], fits: Mapping[str, Fit]) -> Found | None:
    fell = {name: fit for name, fit in scaled.items() if fit.share > 0.5 and fit.change.name.startswith("times")}
    if len(fell) < 2 or case.later:
        return None
    factors = [times_of(fit) for fit in fell.values()]
    if not (max(factors) < 1 or min(factors) > 1) or any(fit.change.cause is Cause.UNIT_SCALE for fit in fell.values()):
        return None
    joined = {*fell, *(name for name, fit in fits.items() if _along(case, name, fit, fell=max(factors) < 1))}
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in joined)
    evidence = {"factors": dict(zip(fell, factors, strict=True))}
    what = "moved together, as if taken at another moment"
    return Found(Cause.TRAIN_SERVE_SKEW, columns, evidence, None, (Cause.METRIC_DEFINITION, Cause.UNIT_SCALE), what)


def _along(case: Case, name: str, fit: Fit, *, fell: bool) -> bool:
    """Tell whether a number that no change restores, whole ones are rounded, moved the way of the others."""
    if fit.change.cause is not Cause.UNKNOWN or fit.change.other or name in case.explained:
        return False
    known, now = (values[values > 0] for values in parts(case, name))
    score = moved(np.log(now), np.log(known)) if min(known.size, now.size) > FEW else 0.0
    return normal_p(score) < SURE and (score < 0) == fell
