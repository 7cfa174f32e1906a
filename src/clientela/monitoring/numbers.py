"""Numbers whose distribution changed: which small change would restore it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clientela.domain.estimate import Estimate
from clientela.domain.incident import Cause
from clientela.monitoring.case import FLOOR, WIDE, Case, Found
from clientela.monitoring.columns import Flags, Floats, Kind
from clientela.monitoring.transforms import Change, changes
from clientela.statistics.tails import chi_square_limit, chi_square_tail
from clientela.statistics.two_samples import homogeneities, homogeneity, homogeneity_p, moved, normal_p, rate_p, share_p

SAMPLE = 10_000
"""Rows of either side on which changes are tried."""

SHARES = (1.0, 0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05)
ATOM = 0.015
STEPS = np.append(np.linspace(0, 1, 13)[1:-1], (0.96, 0.98, 0.99))
LEAST = 5
SMALL = 0.03
"""Distance of distributions (largest gap between their distribution functions) that is not worth an alarm."""

FEW = 30
"""Values above zero from which the mean of their logarithms is near to normal."""

SLIGHT = 0.05
"""Change of a logarithm that is not worth an alarm."""

UNNAMED = 10
"""How much surer a change must be that no cause explains."""

MOST_USUAL = 0.05
"""Share of the reference's rows in which one column is above another that it is usually below."""

RESTORED = 1e-3
"""Chance above which a column is as it was once a change is undone."""

TRIED = 40
"""Changes that are tried on a column, less those that say nearly the same; the level is parted among them."""

LIKELY = 3.84
"""Rise of a chi-square with one degree of freedom that chance exceeds once in twenty times."""

SOFT = ("times", "added", "raised", "capped", "set to 0", "root", "logarithm")


@dataclass(frozen=True)
class Bins:
    """Bins of one column: frequent values alone, the others by quantiles of either sample, finer at the top."""

    atoms: Floats
    edges: Floats

    @classmethod
    def made(cls, base: Floats, batch: Floats) -> Bins:
        """Return bins that show both samples."""
        first, second = (_short(part[~np.isnan(part)]) for part in (base, batch))
        atoms = np.union1d(_frequent(first), _frequent(second))
        rest = [part[~np.isin(part, atoms)] for part in (first, second)]
        edges = [np.quantile(part, STEPS) for part in rest if part.size]
        return cls(atoms, np.unique(np.concatenate(edges)) if edges else np.zeros(0))

    def counts(self, values: Floats) -> Floats:
        """Count values by bin; missing cells are left out."""
        held = _short(values[~np.isnan(values)])
        spots = np.searchsorted(self.atoms, held)
        near = np.minimum(spots, max(0, self.atoms.size - 1))
        alone = (self.atoms[near] == held) if self.atoms.size else np.zeros(held.size, dtype=np.bool_)
        codes = np.where(alone, near, self.atoms.size + np.searchsorted(self.edges, held, side="left"))
        return np.bincount(codes, minlength=self.atoms.size + self.edges.size + 1).astype(np.float64)


def _short(values: Floats) -> Floats:
    """Return values to seven digits, so that one value is one atom however it was computed."""
    with np.errstate(over="ignore"):
        short: Floats = values.astype(np.float32).astype(np.float64)
    return np.where(np.isfinite(short), short, values)


def _frequent(values: Floats) -> Floats:
    levels, counts = np.unique(values, return_counts=True)
    frequent: Floats = levels[counts >= max(LEAST, ATOM * values.size)]
    return frequent[:60]


@dataclass(frozen=True)
class Fit:
    """How well a change of a share of the rows explains the batch; the share has an interval where it was estimated."""

    change: Change
    share: float
    left: float
    gain: float
    low: float = 1.0
    high: float = 1.0


def search_numbers(case: Case) -> None:
    """Look for changed numbers and name what changed them."""
    _out_of_order(case)
    terms = case.terms(Kind.NUMBER)
    flagged = [term.name for term in terms if _flag(case, term.name)]
    fits = {name: fit for name in flagged if (fit := best_change(case, name, len(terms))) is not None}
    _exchanged(case, fits)
    common = _common(case, fits)
    for name, fit in fits.items():
        if name in case.explained or name in common:
            continue
        _single(case, name, fit)
    for name in [term.name for term in terms]:
        if name not in case.explained:
            _coarser(case, name, len(terms))
    for name, fit in fits.items():
        if (fit.change.cause is Cause.UNKNOWN or fit.change.other) and name not in case.explained:
            _unnamed(case, name, fit)


def _out_of_order(case: Case) -> None:
    """Rows that break the order of two columns, and keep it with both distributions restored when exchanged: a swap."""
    names = [term.name for term in case.terms(Kind.NUMBER)]
    known, now, size = case.reference.numbers, case.batch.numbers, case.batch.rows
    level = case.alpha(max(1, len(names) * (len(names) - 1)))
    for left in names:
        for right in names:
            if left == right or {left, right} & case.explained:
                continue
            with np.errstate(invalid="ignore"):
                rows, usual = now[left] > now[right], int((known[left] > known[right]).sum())
            count = int(rows.sum())
            if usual > MOST_USUAL * case.reference.rows or count < max(LEAST, FLOOR * size):
                continue
            if rate_p(count, size, usual, case.reference.rows) > level or count / size < usual / case.reference.rows:
                continue
            _swapped(case, left, right, rows)


def _swapped(case: Case, left: str, right: str, rows: Flags) -> None:
    known, first, second = case.reference.numbers, case.batch.numbers[left], case.batch.numbers[right]
    before = [homogeneity_p(*_binned(known[name], values)) for name, values in ((left, first), (right, second))]
    turned = ((left, np.where(rows, second, first)), (right, np.where(rows, first, second)))
    after = [homogeneity_p(*_binned(known[name], values)) for name, values in turned]
    if min(after) > RESTORED > min(before):
        evidence = {"rows": int(rows.sum()), "share": float(rows.mean())}
        what = f"are exchanged in {rows.sum():,} rows or more, in which {left} is above {right}"
        others = (Cause.METRIC_DEFINITION, Cause.COLUMN_SHIFT)
        columns = tuple(term.name for term in case.baseline.contract.terms if term.name in (left, right))
        case.add(Found(Cause.COLUMN_SWAP, columns, evidence, rows, others, what))


def _binned(base: Floats, batch: Floats) -> tuple[Floats, Floats]:
    bins = Bins.made(base, batch)
    return bins.counts(batch), bins.counts(base)


def _parts(case: Case, name: str) -> tuple[Floats, Floats]:
    base, batch = case.reference.numbers[name], case.batch.numbers[name]
    return base[_thinned(base.size)], batch[_thinned(batch.size)]


def _thinned(rows: int) -> NDArray[np.int64]:
    return np.arange(rows) if rows <= SAMPLE else np.linspace(0, rows - 1, SAMPLE).astype(np.int64)


def _flag(case: Case, name: str) -> bool:
    """Tell cheaply whether a column may have changed."""
    base, batch = _parts(case, name)
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
    score = moved(np.log(up_now), np.log(up)) if up.size > 2 and up_now.size > 2 else 0.0
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


def best_change(case: Case, name: str, tests: int) -> Fit | None:
    """Return the change that explains the batch best, None where chance explains it.

    The gain is the fall of the two-sample chi-square when a share of the reference's rows is changed; without a
    change it is the largest of `TRIED` chi-squares with one degree of freedom.
    """
    base, batch = _parts(case, name)
    others = {
        other: case.reference.numbers[other][_thinned(case.reference.rows)]
        for other in case.reference.numbers
        if other != name and case.baseline.contract.term(other).kind is Kind.NUMBER
    }
    bins = Bins.made(base, batch)
    now, known = bins.counts(batch), bins.counts(base)
    start, freedom = homogeneity(now, known)
    if not freedom:
        return None
    level = case.alpha(2 * tests, WIDE)
    fits = [fit for change in changes(base, batch, others) if (fit := _fitted(change, bins, now, known, start))]
    best = max(fits, key=lambda fit: fit.gain - fit.change.price, default=None)
    certain = chi_square_tail(freedom, start) < level / UNNAMED
    if best is not None and best.gain > chi_square_limit(1, level / TRIED):
        restored = best.left < freedom + 6 * np.sqrt(2.0 * freedom) or best.gain > 0.9 * start
        if restored:
            return best if best.share == 1 else _refined(best, bins, now, known)
    scaled = _scaled(base, batch, bins, level)
    if scaled is not None:
        return scaled
    if certain and _gap(now, known) > SMALL:
        return Fit(Change("", Cause.UNKNOWN, base), 1.0, start, 0.0)
    return None


def _scaled(base: Floats, batch: Floats, bins: Bins, level: float) -> Fit | None:
    """Return a factor on all rows where only the means of the logarithms show it: few rows are above zero."""
    with np.errstate(invalid="ignore"):
        up, up_now = np.log(base[base > 0]), np.log(batch[batch > 0])
    if up.size < FEW or up_now.size < FEW or normal_p(score := moved(up_now, up)) > level:
        return None
    shift = float(up_now.mean() - up.mean())
    turned = base * np.exp(shift)
    left, freedom = homogeneity(bins.counts(batch), bins.counts(turned))
    if abs(shift) < SLIGHT or left > freedom + 6 * np.sqrt(2.0 * freedom):
        return None
    alternatives = (Cause.UNIT_SCALE, Cause.TRAIN_SERVE_SKEW)
    change = Change(f"times {np.exp(shift):.3g}", Cause.METRIC_DEFINITION, turned, alternatives=alternatives)
    return Fit(change, 1.0, left, score * score)


def _gap(now: Floats, known: Floats) -> float:
    return float(0.5 * np.abs(now / now.sum() - known / known.sum()).sum())


def _fitted(change: Change, bins: Bins, now: Floats, known: Floats, start: float) -> Fit | None:
    turned = bins.counts(change.values)
    if turned.sum() < 0.5 * known.sum() or np.array_equal(turned, known):
        return None
    shares = np.array((1.0,) if change.whole else SHARES)
    mixed = np.outer(1 - shares, known) + np.outer(shares, turned * known.sum() / turned.sum())
    left = homogeneities(now, mixed)[0] + np.where(shares < 1, 2.0, 0.0)
    place = int(np.argmin(left))
    return Fit(change, float(shares[place]), float(left[place]), start - float(left[place]))


def _refined(fit: Fit, bins: Bins, now: Floats, known: Floats) -> Fit:
    """Return a fit with its share to a hundredth, and the shares that fit about as well (profile of the chi-square)."""
    turned = bins.counts(fit.change.values)
    shares = np.linspace(0.01, 1.0, 100)
    mixed = np.outer(1 - shares, known) + np.outer(shares, turned * known.sum() / turned.sum())
    left = homogeneities(now, mixed)[0]
    near = shares[left <= left.min() + LIKELY]
    return replace(fit, share=float(shares[np.argmin(left)]), low=float(near.min()), high=float(near.max()))


def _exchanged(case: Case, fits: dict[str, Fit]) -> None:
    """Two columns that hold each other's values are one swap; a chain of them is a shift by one column."""
    takes = {name: fit.change.other for name, fit in fits.items() if fit.change.other}
    for name, other in takes.items():
        if takes.get(other) == name and name < other and name not in case.explained:
            share = (fits[name].share + fits[other].share) / 2
            evidence = {"share": share, "gain": fits[name].gain + fits[other].gain}
            order = [term.name for term in case.baseline.contract.terms if term.name in (name, other)]
            what = f"are exchanged in about {share:.0%} of the rows"
            case.add(Found(Cause.COLUMN_SWAP, tuple(order), evidence, None, (Cause.COLUMN_SHIFT,), what))
    chain = _neighbours(case, {name: other for name, other in takes.items() if name not in case.explained})
    if len(chain) >= 2:
        rules = case.baseline.contract.rules
        case.explained |= {n for r in rules for n in (r.left, r.right) if {r.left, r.right} & set(chain)}
        columns = [t.name for t in case.baseline.contract.terms if t.name in chain or t.name in map(takes.get, chain)]
        takers = {"takes": {name: takes[name] for name in chain}}
        what = "hold the values of their neighbours"
        case.add(Found(Cause.COLUMN_SHIFT, tuple(columns), takers, None, (Cause.COLUMN_SWAP,), what))


def _neighbours(case: Case, takes: dict[str, str]) -> list[str]:
    """Return the columns that take the values of the number column beside them, all from the same side."""
    place = {term.name: place for place, term in enumerate(case.baseline.contract.terms) if term.kind is Kind.NUMBER}
    numbers = sorted(place, key=lambda name: place[name])
    steps = {name: numbers.index(name) - numbers.index(other) for name, other in takes.items()}
    return max(([n for n, step in steps.items() if step == side] for side in (1, -1)), key=len)


def _common(case: Case, fits: dict[str, Fit]) -> set[str]:
    """Several columns that fell together, each by a factor: they were taken at another moment of the visit."""
    scaled = {
        n: f for n, f in fits.items() if f.change.name.startswith("times") and n not in case.explained and f.share > 0.5
    }
    if len(scaled) < 2 or case.later:
        return set()
    factors = [float(fit.change.name.split()[1]) for fit in scaled.values()]
    if not (max(factors) < 1 or min(factors) > 1) or any(
        fit.change.cause is Cause.UNIT_SCALE for fit in scaled.values()
    ):
        return set()
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in scaled)
    evidence = {"factors": dict(zip(scaled, factors, strict=True))}
    what = "moved together, as if taken at another moment"
    case.add(Found(Cause.TRAIN_SERVE_SKEW, columns, evidence, None, (Cause.METRIC_DEFINITION, Cause.UNIT_SCALE), what))
    return set(columns)


def _single(case: Case, name: str, fit: Fit) -> None:
    change = fit.change
    if change.cause is Cause.UNKNOWN or change.other:
        return
    soft = change.cause in (Cause.METRIC_DEFINITION, Cause.NULL_SEMANTICS) and any(word in change.name for word in SOFT)
    if case.later and soft:
        return
    evidence = {"change": change.name, "share": fit.share, "chi2 explained": fit.gain, "chi2 left": fit.left}
    share = "all rows" if fit.share == 1 else f"about {fit.share:.0%} of the rows"
    what = f"looks like {change.name} in {share}"
    strength = Estimate(fit.share, fit.low, fit.high, case.batch.rows, "profile of the chi-square")
    case.add(Found(change.cause, (name,), evidence, None, change.alternatives, what, strength=strength))


def _unnamed(case: Case, name: str, fit: Fit) -> None:
    """A number that surely moved, and no change that is known restores it."""
    evidence = {"chi2 left": fit.left + fit.gain}
    others = (Cause.METRIC_DEFINITION, Cause.UNIT_SCALE)
    case.add(Found(Cause.UNKNOWN, (name,), evidence, None, others, "moved in a way that no known change explains"))


def _coarser(case: Case, name: str, tests: int) -> None:
    """Look for values rounded more coarsely: more of them on a lattice than the reference has."""
    base, batch = case.reference.numbers[name], case.batch.numbers[name]
    first, second = (part[~np.isnan(part) & (part != 0)] for part in (base, batch))
    if first.size < 50 or second.size < 50:
        return
    for step in (100.0, 10.0, 5.0, 1.0, 0.5, 0.1, 0.05, 0.01, 0.001, 1e-4, 1e-5):
        now, known = (
            np.abs(part / step - np.round(part / step)) < 1e-6 * np.maximum(1, np.abs(part / step))
            for part in (second, first)
        )
        count, before = int(now.sum()), int(known.sum())
        gained = now.mean() - known.mean()
        share = gained / max(1e-9, 1 - known.mean())
        if share > 0.03 and gained > 0.02 and share_p(count, second.size, before, first.size) < case.alpha(tests * 11):
            evidence = {
                "step": step,
                "share": float(share),
                "on it": count / second.size,
                "before": before / first.size,
            }
            what = f"is rounded to {step:g} in about {share:.0%} of the rows"
            case.add(Found(Cause.PRECISION, (name,), evidence, None, (Cause.DTYPE_FORMAT,), what))
            return
