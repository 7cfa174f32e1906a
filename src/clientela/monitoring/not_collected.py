"""Rows beyond a limit of a number that did not arrive: one loss that all columns show which go with the number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Flags, Floats, Kind
from clientela.monitoring.fitting import Bins, Fit, Scan, parts
from clientela.statistics.two_samples import homogeneity

SHOWN = 12.0
"""Chi-square by which the loss of rows must bring the other columns nearer to what they are, all together."""

ONE_CAUSE, SLIGHTLY = 12.0, 0.05
"""Chi-square, and part of it, by which one loss may fit worse than a change of its own for each column."""


AS_MUCH = 0.98
"""Part of what the best limit explains that another one must explain to be as good."""


def search_not_collected(case: Case, scans: Mapping[str, Scan]) -> bool:
    """Look for rows beyond a limit that did not arrive, and go on without them in the reference.

    A limit that wrapped or cut one number leaves the others as they were; rows that are gone are gone in all columns.

    Args:
        case: The batch.
        scans: What the changes made of each column that moved.

    Returns:
        Whether rows are lost, so that the columns are to be looked at anew.
    """
    if case.later:
        return False  # fewer long visits come with a season too
    alone = sum(found.gain for found in scans.values())
    tried = [
        (shown + found.lost.gain, name, found.lost)
        for name, found in ((term.name, scans[term.name]) for term in case.terms(Kind.NUMBER) if term.name in scans)
        if found.lost is not None and (shown := _shown(case, name, found.lost)) > SHOWN
    ]
    most = max((item[0] for item in tried), default=0.0)
    # of columns that say the same, as a tax does of its amount, the first
    together, name, fit = next((item for item in tried if item[0] >= AS_MUCH * most), (0.0, "", None))
    if fit is None or together < alone - max(ONE_CAUSE, SLIGHTLY * alone):
        return False
    evidence = {"change": fit.change.name, "chi2 explained": together, "chi2 left": fit.left}
    others = tuple(cause for cause in fit.change.alternatives if cause is not Cause.SAMPLING)
    what = f"shows {fit.change.name}, as the columns do that go with it"
    case.add(Found(Cause.SAMPLING, (name,), evidence, None, others, what))
    case.thin(_arrived(case, name, fit))
    return True


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
