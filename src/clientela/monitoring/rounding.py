"""Numbers rounded more coarsely than before: more of them on a lattice, and none of them elsewhere."""

from __future__ import annotations

import numpy as np

from clientela.domain.incident import Cause
from clientela.monitoring.case import Case, Found
from clientela.monitoring.columns import Flags, Floats
from clientela.monitoring.fitting import Bins
from clientela.monitoring.identities import rounded
from clientela.statistics.two_samples import share_p

LEAST_SHARE, LEAST_LATER = 0.03, 0.1
"""Share of the rows that must have been rounded; another season has other round numbers too."""

LEAST_GAINED = 0.02
"""Share of the values that must be on a lattice beside those that were."""

LEAST = 50
"""Values that are not zero, below which nothing is told."""

HALF = 0.25
"""Part of what a lattice gained that values close to it must have lost: half of that half, for what chance adds."""

STEPS = (
    1e5, 5e4, 1e4, 5000.0, 3600.0, 1000.0, 900.0, 500.0, 100.0, 60.0, 50.0, 30.0, 25.0, 15.0, 10.0,
    5.0, 1.0, 0.5, 0.1, 0.05, 0.01, 0.001, 1e-4, 1e-5,
)  # fmt: skip
"""Steps to which values are rounded, amounts and times, coarsest first. Quarters are none of them: means of four whole
numbers are, and of how many they are taken goes with the season."""

TO_ZERO = 0.5
"""Part of the rounded rows below half a step that must be 0 now."""

NEARLY_ALL = 0.9
"""Part of the most rows that any lattice took, so that a coarser one is told."""

AWAY = 0.5
"""Part of what a lattice gained that may be values from elsewhere, where a season moves them too."""


def search_rounding(case: Case, name: str, tests: int, *, beyond: float = 0.0) -> None:
    """Look for values rounded more coarsely: more of them on a lattice than the reference has.

    Args:
        case: The batch.
        name: Column of numbers.
        tests: How many columns are looked at.
        beyond: What is counted anew, as the times of a day are; 0 where nothing is.
    """
    base, batch = (part[~np.isnan(part)] for part in (case.reference.numbers[name], case.batch.numbers[name]))
    if beyond:
        base, batch = base % beyond, batch % beyond
    if min(np.count_nonzero(base), np.count_nonzero(batch)) < LEAST:
        return
    if _capped(base, batch):
        base, batch = (part[part < batch.max()] for part in (base, batch))
        if min(np.count_nonzero(base), np.count_nonzero(batch)) < LEAST:
            return
    steps = [(*found, step) for step in STEPS if (found := _gain(case, base, batch, step, tests)) is not None]
    if not steps:
        return
    # values rounded to 10 lie on the lattice of 100 at times, and all of them on that of 1
    most = max(item[0] for item in steps)
    share, on_it, before, step = next(item for item in steps if item[0] >= NEARLY_ALL * most)
    if not all(rounded(rule, name, case.batch, step) for rule in case.baseline.contract.rules if rule.parts):
        return
    evidence = {"step": step, "share": share, "on it": on_it, "before": before}
    what = f"is rounded to {step:g} in about {share:.0%} of the rows"
    case.add(Found(Cause.PRECISION, (name,), evidence, None, (Cause.DTYPE_FORMAT,), what))


def _capped(base: Floats, batch: Floats) -> bool:
    """Tell whether what lay beyond the largest value is at it: values that were cut are no lattice."""
    top = batch.max()
    beyond, at = float(np.mean(base > top)), float(np.mean(batch == top))
    return beyond > LEAST_SHARE and abs(at - float(np.mean(base >= top))) < HALF * at


def _gain(case: Case, base: Floats, batch: Floats, step: float, tests: int) -> tuple[float, float, float] | None:
    """Return which share of the rows went onto a lattice, and the shares on it now and before; None where too few."""
    first, second = base[base != 0], batch[batch != 0]
    now = _on_lattice(second, step)
    if now.mean() <= LEAST_GAINED:
        return None
    known = _on_lattice(first, step)
    gained = float(now.mean() - known.mean())
    if gained <= LEAST_GAINED:
        return None
    share = gained / max(1e-9, 1 - float(known.mean()))
    if _no_rounding(first, second[now], step, gained) or _at_step(base, batch, step, share):
        return None
    chance = share_p(int(now.sum()), second.size, int(known.sum()), first.size)
    least = LEAST_LATER if case.later else LEAST_SHARE
    sure = share > least and chance < case.alpha(tests * len(STEPS))
    stayed = _stayed(base, batch, step) if sure else 1.0
    if stayed < HALF * gained or (stayed < AWAY * gained and _emptied(first, second, step)):
        return share, float(now.mean()), float(known.mean())
    return None


def _no_rounding(known: Floats, on_it: Floats, step: float, gained: float) -> bool:
    """Tell whether values lie on a lattice for another reason: they are one value, or beyond all that there were."""
    levels, counts = np.unique(on_it, return_counts=True)
    first = int(counts.argmax())
    before = known[_on_lattice(known, step)]
    more = counts[first] / on_it.size - float((before == levels[first]).sum()) / max(1, before.size)
    beyond = float(np.mean(np.abs(on_it) > np.abs(known).max() + step))
    return beyond > HALF * gained or (levels[first] != step and more > NEARLY_ALL * min(1.0, gained))


def _at_step(base: Floats, batch: Floats, step: float, share: float) -> bool:
    """Tell whether values went to the step itself, the largest there is, and none to 0: that is a limit."""
    with np.errstate(over="ignore", invalid="ignore"):
        small, beyond = float(np.mean((base > 0) & (base < step / 2))), float(np.mean(np.abs(batch) > step))
    zeros = float(np.mean(batch == 0)) - float(np.mean(base == 0))
    return beyond == 0 and small > LEAST_SHARE and zeros < TO_ZERO * share * small


def _emptied(known: Floats, now: Floats, step: float) -> bool:
    """Tell whether values close to a lattice went to it: a distribution that only moved has more, or fewer, of both."""
    shares = []
    for values in (known, now):
        with np.errstate(over="ignore", invalid="ignore"):
            nearest = np.round(values / step)
            apart = np.abs(values / step - nearest)
        close = float(np.mean((apart <= 0.25) & (nearest != 0) & ~_on_lattice(values, step)))
        shares.append((float(np.mean(_on_lattice(values, step))), close))
    (on_known, close_known), (on_now, close_now) = shares
    # of what was rounded, about half lay within a quarter of a step
    return close_known - close_now > HALF * (on_now - on_known)


def _stayed(known: Floats, now: Floats, step: float) -> float:
    """Return by how much the distributions differ once both are rounded: rounding leaves values where they were."""
    with np.errstate(over="ignore"):
        held = [values / step for values in (known, now)]
    return min(_apart(cut(held[0]), cut(held[1])) for cut in (np.rint, _half_up, np.floor, np.ceil))


def _half_up(values: Floats) -> Floats:
    up: Floats = np.floor(values + 0.5)
    return up


def _apart(first: Floats, second: Floats) -> float:
    bins = Bins.made(first, second)
    shares = [counts / max(1.0, float(counts.sum())) for counts in (bins.counts(first), bins.counts(second))]
    apart = float(0.5 * np.abs(shares[1] - shares[0]).sum())
    chance = float(np.sqrt(shares[0].size / 12 * (1 / first.size + 1 / second.size)))
    return max(0.0, apart - chance)


def _on_lattice(values: Floats, step: float) -> Flags:
    with np.errstate(over="ignore", invalid="ignore"):  # the largest numbers there are lie on no lattice
        steps = np.abs(values / step)
        held: Flags = np.abs(steps - np.round(steps)) < 1e-6 + 1e-10 * steps
    return held & np.isfinite(steps) & (steps > 0.5)  # what is far below a step is not rounded to it
