"""Rows beyond a limit of a number that did not arrive: one loss that all columns show which go with the number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Flags, Floats, Kind
from clientela.monitoring.fitting import Bins, Fit, Scan, parts
from clientela.monitoring.transforms import rows_lost
from clientela.statistics.tails import chi_square_tail
from clientela.statistics.two_samples import homogeneity

SHOWN = 12.0
"""Chi-square by which the loss of rows must bring the other columns nearer to what they are, all together."""

ONE_CAUSE, SLIGHTLY = 12.0, 0.05
"""Chi-square, and part of it, by which one loss may fit worse than a change of its own for each column."""

AS_MUCH = 0.98
"""Part of what the best limit explains that another one must explain to be as good."""

MOST_OF_A_PART = 0.7, 0.5
"""Share of the rows that may lie beyond a limit, and part of them that may arrive, where the rest was not collected."""

AS_CHANCE, NO_CHANCE, STEP = 0.01, 1e-3, 12.0
"""Chance above which a step explains a number, chance below which a bend does not, and chi-square between the two."""

BENT, BENDS = 2.0, 81
"""Logarithm of shares by which a bend may change one standard deviation on, and how many bends are tried."""

Loss = tuple[float, str, Fit]
"""What a loss of rows explains (chi-square), the column whose limit it has, and the loss."""


def search_not_collected(case: Case, scans: Mapping[str, Scan]) -> bool:
    """Look for rows beyond a limit that did not arrive, and go on without them in the reference.

    A limit that wrapped or cut one number leaves the others as they were; rows that are gone are gone in all columns.

    Args:
        case: The batch.
        scans: What the changes made of each column that moved.

    Returns:
        Whether rows are lost, so that the columns are to be looked at anew.
    """
    found = None if case.later else _nearly_all(case, scans)  # fewer long visits come with a season too
    together, name, fit = found or _of_a_part(case, scans) or (0.0, "", None)
    if fit is None:
        return False
    evidence = {"change": fit.change.name, "chi2 explained": together, "chi2 left": fit.left}
    others = tuple(cause for cause in fit.change.alternatives if cause is not Cause.SAMPLING)
    what = f"shows {fit.change.name}, as the columns do that go with it"
    case.add(Found(Cause.SAMPLING, (name,), evidence, None, others, what))
    case.thin(_arrived(case, name, fit))
    return True


def _nearly_all(case: Case, scans: Mapping[str, Scan]) -> Loss | None:
    """Return the loss of nearly all rows beyond a limit that explains as much as a change of each column."""
    tried = [
        (shown + found.lost.gain, name, found.lost)
        for name, found in ((term.name, scans[term.name]) for term in case.terms(Kind.NUMBER) if term.name in scans)
        if found.lost is not None and (shown := _shown(case, name, found.lost)) > SHOWN
    ]
    return _first_of_best(scans, tried)


def _of_a_part(case: Case, scans: Mapping[str, Scan]) -> Loss | None:
    """Return the loss of most rows beyond a limit: up to it and beyond it all are as before, with a step between.

    What visitors of another mix do bends the whole distribution and has no step. In another season whole kinds of them
    come or do not, so that the batch must be smaller by the rows that are lost.
    """
    tried = []
    for term in case.terms(Kind.NUMBER):
        found = scans.get(term.name)
        if found is None or found.best is None:
            continue
        base, batch = parts(case, term.name)
        held, now = base[~np.isnan(base)], batch[~np.isnan(batch)]
        bins = Bins.made(base, batch)
        counts, known = bins.counts(batch), bins.counts(base)
        start, bent = homogeneity(counts, known)[0], _bent(bins, base, counts, known)
        for change in rows_lost(base, held, now, *MOST_OF_A_PART):
            if case.later and not case.smaller_by(change.values.size / max(1, held.size)):
                continue
            left, freedom = homogeneity(counts, bins.counts(change.values))
            step = chi_square_tail(freedom, left) > AS_CHANCE and bent - left > STEP
            fit = Fit(change, 1.0, left, start - left)
            if step and chi_square_tail(freedom, bent) < NO_CHANCE and (shown := _shown(case, term.name, fit)) > SHOWN:
                tried.append((shown + fit.gain, term.name, fit))
    return _first_of_best({} if case.later else scans, tried)


def _bent(bins: Bins, base: Floats, counts: Floats, known: Floats) -> float:
    """Return the chi-square that is left where rows come the more, or the less, the larger their number is."""
    held = base[~np.isnan(base)]
    middles = np.bincount(bins.places(held), weights=held, minlength=known.size) / np.maximum(known, 1.0)
    least = float(held.min())
    shapes = (np.log1p(np.maximum(middles - least, 0.0)), middles)
    slopes = np.linspace(-BENT, BENT, BENDS)
    tried = []
    for shape in shapes:
        spread = float(np.sqrt(np.average((shape - np.average(shape, weights=known)) ** 2, weights=known))) or 1.0
        tried += [homogeneity(counts, known * np.exp(slope * (shape - shape.mean()) / spread))[0] for slope in slopes]
    return min(tried)


def _first_of_best(scans: Mapping[str, Scan], tried: Sequence[Loss]) -> Loss | None:
    """Return the first of the losses that explain most; None where a change of each column explains more."""
    alone = sum(found.gain for found in scans.values())
    most = max((item[0] for item in tried), default=0.0)
    if not tried or most < alone - max(ONE_CAUSE, SLIGHTLY * alone):
        return None
    # of columns that say the same, as a tax does of its amount, the first
    return next(item for item in tried if item[0] >= AS_MUCH * most)


def _shown(case: Case, name: str, fit: Fit) -> float:
    """Return by how much chi-square the other numbers are nearer to what they are without the rows that are lost."""
    left, nearer = ~_lost(case, name, fit), 0.0
    for term in case.terms(Kind.NUMBER):
        base, batch = parts(case, term.name)
        if term.name == name or np.isnan(base).all() or np.isnan(batch).all():
            continue
        bins = Bins.made(base, batch)
        now = bins.counts(batch)
        nearer += homogeneity(now, bins.counts(base))[0] - homogeneity(now, bins.counts(base[left]))[0]
    return nearer


def _lost(case: Case, name: str, fit: Fit) -> Flags:
    """Return which of the rows of the reference on which changes are tried are lost."""
    base, _ = parts(case, name)
    lost: Flags = np.isnan(fit.change.values) & ~np.isnan(base)
    return lost


def _arrived(case: Case, name: str, fit: Fit) -> Floats:
    """Return for each row of the reference the share of such rows that arrived."""
    (base, _), values, lost = parts(case, name), case.reference.numbers[name], _lost(case, name, fit)
    above = " above " in fit.change.name
    with np.errstate(invalid="ignore"):
        least, most = float(base[lost].min()), float(base[lost].max())
        gone, tried = ((part >= least) if above else (part <= most) for part in (values, base))
    return np.where(gone, 1 - lost.sum() / tried.sum(), 1.0)
