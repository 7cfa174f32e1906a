"""Which small change of a number, in which share of the rows, would make the reference look like the batch."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from clientela.domain.incident import Cause
from clientela.monitoring.case import BUDGET, FLOOR, NUMBERS, Case
from clientela.monitoring.columns import Floats, Kind
from clientela.monitoring.transforms import EARLIER, Change, changes, far_off, limited, times
from clientela.statistics.tails import chi_square_limit, chi_square_tail
from clientela.statistics.two_samples import homogeneities, homogeneity, normal_p, rate_p, shifted

SAMPLE = 10_000
"""Rows of either side on which changes are tried."""

OF_REFERENCE = 0.5
"""Rows of the batch, by those of the reference, on which changes are tried at most. Changed values fall in other bins,
which draws the reference's chance anew: where that is most of the chance there is, the best of many changes explains
much that is none. With 10,000 rows against 6,000 the largest gain passed 14 some 2 to 14 times as often as with 1,000,
by the law of the column."""

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

SHOWN, FAR_BEYOND = 0.001, 2.0
"""Chance below which the mean of the logarithms of all rows must have moved too where a factor is named, and times the
limit beyond which it is named all the same: values that the factor takes off their steps may show it alone."""

UNNAMED = 100
"""How much surer a change must be that no cause explains: where bins hold few rows, chance passes the far tail of the
chi-square several times as often as its law says."""

TRIED = 220
"""Changes that are tried on a column; the level is parted among them. On columns of seven laws drawn anew, the largest
gain passes a limit of 14 some 47 times as often as one chi-square does, and more often beyond."""

LIKELY = 3.84
"""Rise of a chi-square with one degree of freedom that chance exceeds once in twenty times."""

NEARLY = 0.8
"""Part of what the best change explains that the loss of rows must explain, for it shows in other columns too."""

FREE = 2.0
"""Chi-square that a share of the rows must explain beyond all rows, for it is one more parameter (Akaike 1974)."""

RIVAL = 8.0
"""Chi-square by which a change of another cause may fit worse and still be a rival: a likelihood ratio of about 50."""

PART = 0.5
"""Part of the best change's gain that the values of another column must have, so that they may be what is held."""


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
        return np.bincount(self.places(values[~np.isnan(values)]), minlength=self.size).astype(np.float64)

    @property
    def size(self) -> int:
        """How many there are."""
        return self.atoms.size + self.edges.size + 1

    def places(self, values: Floats) -> NDArray[np.int64]:
        """Return the bin of each value, none of which is missing."""
        held = _short(values)
        spots = np.searchsorted(self.atoms, held)
        near = np.minimum(spots, max(0, self.atoms.size - 1))
        alone = (self.atoms[near] == held) if self.atoms.size else np.zeros(held.size, dtype=np.bool_)
        between = self.atoms.size + np.searchsorted(self.edges, held, side="left")
        return np.where(alone, near, between).astype(np.int64)


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

    @property
    def worth(self) -> float:
        """What it explains, less the price of its change."""
        return self.gain - self.change.price


def binned(base: Floats, batch: Floats) -> tuple[Floats, Floats]:
    """Return the counts of batch and reference in bins that show both."""
    bins = Bins.made(base, batch)
    return bins.counts(batch), bins.counts(base)


def parts(case: Case, name: str) -> tuple[Floats, Floats]:
    """Return a column of reference and batch, on as many rows as changes are tried on."""
    base, batch = case.reference.numbers[name], case.batch.numbers[name]
    return base[thinned(base.size)], batch[thinned(batch.size, min(SAMPLE, int(OF_REFERENCE * base.size)))]


def thinned(rows: int, most: int = SAMPLE) -> NDArray[np.int64]:
    """Return the places of the rows on which changes are tried, or of fewer of them."""
    return np.arange(rows) if rows <= most else np.linspace(0, rows - 1, most).astype(np.int64)


@dataclass(frozen=True)
class Scan:
    """What the changes made of one column.

    Attributes:
        best: The change that explains the batch best; None where chance explains it.
        takes: Fits of the values of other columns, by their name, where they explain much of what changed.
        earlier: Fit of the column as it was at some moment before, where that is tried.
        whole: The best change of all rows, where it explains about as much as the best.
        lost: The loss of rows beyond a limit, where it explains nearly as much as the best.
    """

    best: Fit | None
    takes: Mapping[str, Fit] = field(default_factory=dict)
    earlier: Fit | None = None
    whole: Fit | None = None
    lost: Fit | None = None

    @property
    def gain(self) -> float:
        """What the best change explains; 0 where there is none."""
        return self.best.gain if self.best is not None else 0.0


def scan(case: Case, name: str, part: float) -> Scan:
    """Try the changes on a column, and return what explains the batch.

    The gain is the fall of the two-sample chi-square when a share of the reference's rows is changed; without a
    change it is the largest of `TRIED` chi-squares with one degree of freedom. Causes whose changes fit about as well
    are the alternatives of the best one.

    Args:
        case: The batch.
        name: The column.
        part: Its part of the numbers' budget.
    """
    base, batch = parts(case, name)
    others = {
        other: case.reference.numbers[other][thinned(case.reference.rows)]
        for other in case.reference.numbers
        if other != name and case.baseline.contract.term(other).kind is Kind.NUMBER
    }
    bins = Bins.made(base, batch)
    now, known = bins.counts(batch), bins.counts(base)
    start, freedom = homogeneity(now, known)
    if not freedom:
        return Scan(None)
    level = BUDGET * NUMBERS * part / 2  # two tests
    there = [other for other in others if other in case.batch.numbers]
    beside = {other: case.batch.numbers[other][thinned(case.batch.rows, batch.size)] for other in there}
    limits = (limited((base, others[other]), (batch, beside[other]), other) for other in there)
    caps = (change for change in limits if change is not None)
    tried = _fitted(itertools.chain(changes(base, batch, others), caps), bins, now, known, start)
    near = max((fit.worth for fit in tried), default=0.0) - RIVAL
    fits = [_refined(fit, bins, now, known) if fit.share < 1 and _near(fit, near) else fit for fit in tried]
    restoring = [fit for fit in fits if fit.left < freedom + 6 * np.sqrt(2.0 * freedom) or fit.gain > 0.9 * start]
    best = max(restoring, key=lambda fit: fit.worth, default=None)
    takes = {fit.change.other: fit for fit in restoring if fit.change.other}
    limit, moved = chi_square_limit(1, level / TRIED), _moved(case, name)
    named = best is not None and best.gain > limit and _matters(best, base, bins, known)
    if best is not None and named and _shows(best, FAR_BEYOND * limit, moved):
        so_far = [fit for fit in restoring if fit.change.name == EARLIER]
        of_all = [fit for fit in restoring if fit.share == 1 and fit.worth > best.worth - RIVAL]
        lost = [fit for fit in tried if fit.change.cause is Cause.SAMPLING and fit.gain > NEARLY * best.gain]
        first, second, third = (
            max(some, key=lambda fit: getattr(fit, by), default=None)
            for some, by in ((so_far, "gain"), (of_all, "worth"), (lost, "gain"))
        )
        return Scan(_with_rivals(best, restoring), takes, first, second and _with_rivals(second, restoring), third)
    scaled = _scaled(base, batch, bins, level, moved)
    if scaled is not None:
        return Scan(scaled, takes)
    with np.errstate(
        over="ignore", invalid="ignore", divide="ignore"
    ):  # the largest numbers there are have no multiple
        far = far_off(base, batch, [others[other] for other in takes])
    if far is not None and rate_p(far[1], batch.size, 0, base.size) < level:
        change, _, share = far
        return Scan(Fit(change, share.value, 0.0, start, share.low, share.high))
    certain = chi_square_tail(freedom, start) < level / UNNAMED
    if certain and _gap(now, known) > SMALL:
        return Scan(Fit(Change("", Cause.UNKNOWN, base), 1.0, start, 0.0), takes)
    return Scan(None, takes)


def _matters(fit: Fit, base: Floats, bins: Bins, known: Floats) -> bool:
    """Tell whether a change moves enough of the rows, and these far enough, to be worth an alarm.

    How far is told on the rows that it changes at all: a sum that few rows have, or a sign, is not small for that.
    """
    gap = _gap(bins.counts(fit.change.values), known)
    held = ~np.isnan(base)
    changed = float(np.mean(fit.change.values[held] != base[held]))
    return fit.share * gap >= FLOOR and gap >= SMALL * changed


def _near(fit: Fit, least: float) -> bool:
    of_several = bool(fit.change.other) or fit.change.name == EARLIER
    return fit.worth > least or (of_several and fit.gain > PART * least)


def _with_rivals(best: Fit, fits: Sequence[Fit]) -> Fit:
    """Return the best fit with the causes of the changes that fit about as well as alternatives, the nearest first."""
    near = sorted((fit for fit in fits if fit.worth > best.worth - RIVAL), key=lambda fit: -fit.worth)
    told = [cause for fit in near for cause in _causes(fit.change)]
    others = tuple(dict.fromkeys(cause for cause in (*told, *best.change.alternatives) if cause != best.change.cause))
    return replace(best, change=replace(best.change, alternatives=others))


def _causes(change: Change) -> tuple[Cause, ...]:
    return (Cause.COLUMN_SWAP, Cause.COLUMN_SHIFT) if change.other else (change.cause,)


def _moved(case: Case, name: str) -> tuple[float, float] | None:
    """Return how far the logarithms of all rows above zero moved, as they are and in standard errors.

    The mean of many rows draws no chance of the reference anew, as bins do; None where few rows are above zero.
    """
    with np.errstate(invalid="ignore"):
        known, now = (np.log(side.numbers[name][side.numbers[name] > 0]) for side in (case.reference, case.batch))
    if min(known.size, now.size) < FEW:
        return None
    return float(now.mean() - known.mean()), shifted(now, known)


def _shows(fit: Fit, beyond: float, moved: tuple[float, float] | None) -> bool:
    """Tell whether a factor shows in the logarithms of all rows too; other changes need not."""
    factor = fit.change.name.startswith(("times", "divided"))
    return not factor or moved is None or fit.gain > beyond or normal_p(moved[1]) < SHOWN


def _scaled(base: Floats, batch: Floats, bins: Bins, level: float, moved: tuple[float, float] | None) -> Fit | None:
    """Return a factor on all rows where only the place of the logarithms shows it: few rows are above zero."""
    shift, score = moved or (0.0, 0.0)
    if normal_p(score) > level:
        return None
    turned = base * np.exp(shift)
    left, freedom = homogeneity(bins.counts(batch), bins.counts(turned))
    if abs(shift) < SLIGHT or left > freedom + 6 * np.sqrt(2.0 * freedom):
        return None
    return Fit(times(float(np.exp(shift)), base), 1.0, left, score * score)


def _gap(now: Floats, known: Floats) -> float:
    return float(0.5 * np.abs(now / now.sum() - known / known.sum()).sum())


def _fitted(tried: Iterable[Change], bins: Bins, now: Floats, known: Floats, start: float) -> list[Fit]:
    """Return the best share of each change that changes something; all are compared at once, which is much faster."""
    counted = [(change, bins.counts(change.values)) for change in tried]
    counted = [
        (change, turned)
        for change, turned in counted
        if turned.sum() >= 0.5 * known.sum() and not np.array_equal(turned, known)
    ]
    if not counted:
        return []
    shares = np.array(SHARES)
    turned = np.array([counts * (known.sum() / counts.sum()) for _, counts in counted])
    mixed = (1 - shares)[None, :, None] * known + shares[None, :, None] * turned[:, None, :]
    left = homogeneities(now, mixed.reshape(-1, known.size))[0].reshape(len(counted), shares.size)
    left = left + np.where(shares < 1, FREE, 0.0)
    whole = np.array([change.whole for change, _ in counted])
    left[np.ix_(whole, shares < 1)] = np.inf
    places = np.argmin(left, axis=1)
    least = left[np.arange(len(counted)), places]
    return [
        Fit(change, float(shares[place]), float(rest), start - float(rest))
        for (change, _), place, rest in zip(counted, places, least, strict=True)
    ]


def _refined(fit: Fit, bins: Bins, now: Floats, known: Floats) -> Fit:
    """Return a fit with its share to a hundredth, and the shares that fit about as well (profile of the chi-square).

    Its gain stays that of the few shares that were tried: what is surer must not come from trying more of them.
    """
    turned = bins.counts(fit.change.values)
    shares = np.arange(0.01, 1.005, 0.01)
    shares = shares[(shares >= 0.4 * fit.share) & (shares <= 2 * fit.share)]
    mixed = np.outer(1 - shares, known) + np.outer(shares, turned * known.sum() / turned.sum())
    left = homogeneities(now, mixed)[0]
    near = shares[left <= left.min() + LIKELY]
    share, low, high = float(shares[np.argmin(left)]), float(near.min()), float(near.max())
    return Fit(fit.change, share, min(fit.left, float(left.min()) + FREE), fit.gain, low, high)
