"""Columns that say nothing in the same rows: what is not there yet when a row is read is missing, or 0, in all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Flags
from clientela.monitoring.fitting import binned
from clientela.monitoring.strength import strength_of
from clientela.statistics.two_samples import homogeneity_p

ALIKE = 1.5
"""How many times larger the share of the rows of one column may be, where it is the same rows."""

SURE, NEAR = 4.0, 3.0
"""Standard errors by which rows that say something in both columns must exceed what two separate losses leave, and
within which they must be as many as one loss leaves."""

AS_BEFORE = 1e-3
"""Chance above which the values that are left are as before."""

SEVERAL = 3
"""Columns set to 0 in the same rows from which the rows were read too early."""


@dataclass(frozen=True)
class Silent:
    """A column that says nothing in more rows than before.

    Attributes:
        found: The cause that was told of it.
        before: Rows of the reference that say something.
        now: Rows of the batch that say something.
        lost: Share of the rows that no longer do, of those that would.
        zero: Whether they hold 0; else they are missing.
    """

    found: Found
    before: Flags
    now: Flags
    lost: float
    zero: bool


def join_silent(case: Case) -> None:
    """Join causes that say that columns are missing, or 0, where the same rows show it.

    Where some are missing and others are 0, or several are 0, the rows were read before there was anything to tell.
    """
    silent = [one for item in case.found if (one := _silent(case, item)) is not None]
    silent.sort(key=lambda one: -int(one.before.sum()))
    while silent:
        first, *rest = silent
        group = [first, *(one for one in rest if _same_rows(first, one))]
        silent = [one for one in rest if all(one is not other for other in group)]
        joined = _joined(case, group) if len(group) > 1 else None
        if joined is not None:
            places = [place for place, item in enumerate(case.found) if any(item is one.found for one in group)]
            case.found[places[0]] = joined
            for place in reversed(places[1:]):
                del case.found[place]


def _silent(case: Case, item: Found) -> Silent | None:
    """Return what a cause says of a column that says nothing in more rows than before; None for another cause."""
    name = item.columns[0] if item.columns else ""
    zero = "change" in item.evidence and _more_zeros(case, name)
    gone = item.cause is Cause.MISSINGNESS and "only where" not in item.evidence
    if not (zero or gone) or not case.batch.has(name):
        return None
    before, now = (side.numbers[name] != 0 if zero else ~side.missing(name) for side in (case.reference, case.batch))
    if not before.any() or not now.any():
        return None
    lost = 1 - float(now.mean() / before.mean())
    return Silent(item, np.asarray(before), np.asarray(now), lost, zero) if lost > 0 else None


def _more_zeros(case: Case, name: str) -> bool:
    """Tell whether a number is 0 in more rows than before, and in the others as it was, whatever was told of it."""
    if name not in case.batch.numbers:
        return False
    now, known = (side.numbers[name] for side in (case.batch, case.reference))
    left, usual = (part[~np.isnan(part) & (part != 0)] for part in (now, known))
    return bool(left.size and usual.size) and homogeneity_p(*binned(usual, left)) > AS_BEFORE


def _same_rows(first: Silent, second: Silent) -> bool:
    """Tell whether two columns say nothing in the same rows, beyond those in which they did before."""
    low, high = sorted((first.lost, second.lost))
    known, held = float((first.before & second.before).mean()), int((first.now & second.now).sum())
    size, base = first.now.size, first.before.size
    if high > ALIKE * low or not known:
        return False
    # rows that say something in both: a loss of the same rows takes them once, two losses take them twice
    once, twice = size * known * (1 - (low + high) / 2), size * known * (1 - low) * (1 - high)
    error = math.sqrt(max(1.0, twice) * (1 + size / base))
    return held - twice > SURE * error and abs(held - once) < NEAR * math.sqrt(max(1.0, once) * (1 + size / base))


def _joined(case: Case, group: Sequence[Silent]) -> Found | None:
    names = {name for one in group for name in one.found.columns}
    columns = tuple(term.name for term in case.baseline.contract.terms if term.name in names)
    zeros = [one.found.columns[0] for one in group if one.zero]
    share = float(np.mean([one.lost for one in group]))
    first = group[0].found
    early = len(zeros) >= SEVERAL or 0 < len(zeros) < len(group)
    if not early and any(one.found.cause is not first.cause for one in group):
        return None
    cause = Cause.TRAIN_SERVE_SKEW if early else first.cause
    others = (Cause.TRAIN_SERVE_SKEW, Cause.MISSINGNESS, Cause.NULL_SEMANTICS)
    evidence = {"share": share, "set to 0": zeros}
    told = "are missing or 0" if len(zeros) < len(group) and zeros else "are 0" if zeros else "are missing"
    what = f"{told} in the same rows, about {share:.0%} of those in which they were not"
    what += ", as if they were not there yet" if early else ""
    alternatives = tuple(other for other in others if other is not cause)
    strength = strength_of(cause, evidence, *case.sizes)
    return Found(cause, columns, evidence, None, alternatives, what, first.since, strength)
