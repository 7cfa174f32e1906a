"""Weeks that each visitor has of its own: dates that were moved by other days for every visitor."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clientela.audit.facts import Facts

Codes = NDArray[np.int64]

DAY = 86_400.0
LEAST_PAIRS = 500
WEEK = 7
HALF = 3
HABIT = 0.01
"""Chance at which a habit of one weekday is taken for days of rest."""

SHARED = 0.1
"""Part of the week within visitors that a week of all visitors may show at most: then it is each visitor's own."""


def own_weeks(facts: Facts, time: str, visitor: str, error: float) -> dict[str, Any] | None:
    """Find that visits of one visitor keep a rhythm of the week that all visits together do not have.

    Days of rest leave their mark on the days between two visits of one visitor, whatever his dates were moved by:
    seven days, six and eight come oftener, since rest lasts two days. Null model: the days between two visits have
    no rhythm, only a density that bends little within a week (means over the seven days around; binomial for whole
    weeks). A habit of one weekday makes whole weeks oftener, but not the days beside them: those too must be more than
    the others (binomial, error 1 %). Pairs of visits have no visit in common.

    Args:
        facts: Facts with the sample.
        time: The time of the row.
        visitor: What names the visitor.
        error: Chance at which visits without a rhythm are said to have one.

    Returns:
        The sign, with its shares; None where there is none or visits are too few.
    """
    seconds, key = facts.arrays.numbers[time], facts.arrays.identity[visitor] - 1
    days = np.floor(seconds / DAY)
    first, second = _pairs(np.where(np.isnan(seconds), -1, key), facts.options.seed)
    apart = np.abs(days[first] - days[second]).astype(np.int64)
    counts = np.bincount(apart, minlength=3 * WEEK).astype(np.float64)
    usual = np.convolve(counts, np.ones(WEEK) / WEEK, "same")
    places = np.arange(counts.size)
    kept = (places > HALF) & (places < counts.size - HALF)
    found, expected = (np.bincount(places[kept] % WEEK, weights=part[kept], minlength=WEEK) for part in (counts, usual))
    if found.sum() < LEAST_PAIRS:
        return None
    beside, between = found[[1, 6]].sum(), found[2:6].sum()
    share = expected[[1, 6]].sum() / expected[1:].sum()
    habit = float(special.bdtrc(int(beside) - 1, int(beside + between), share))
    chance = float(special.bdtrc(int(found[0]) - 1, int(found.sum()), expected[0] / expected.sum()))
    known = days[~np.isnan(days)].astype(np.int64)
    week = np.bincount(known % WEEK, minlength=WEEK) / known.size
    whole = float(found[0] / found.sum())
    common = float((week**2).sum() - 1 / WEEK)
    if chance >= error or habit >= HABIT or common > SHARED * (whole - 1 / WEEK):
        return None
    what = (
        f"visits of one {visitor} keep a week (whole weeks lie between {100 * whole:.1f} % of them, by chance 14.3 %) "
        "that all visits together do not have, as where the dates of each were moved by days of its own"
    )
    return {"sign": "own weeks", "what": what, "whole_weeks": whole, "pairs": int(found.sum())}


def _pairs(key: Codes, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair the rows of each key at random, every row once at most."""
    mixed = np.random.default_rng(seed).permutation(key.size)
    order = mixed[np.argsort(key[mixed], kind="stable")]
    order = order[key[order] >= 0]
    starts = np.r_[0, np.flatnonzero(np.diff(key[order])) + 1] if order.size else np.zeros(0, dtype=np.int64)
    turn = np.arange(order.size) - np.repeat(starts, np.diff(np.r_[starts, order.size]))
    opens = np.flatnonzero((turn[:-1] % 2 == 0) & (turn[1:] == turn[:-1] + 1))
    return order[opens], order[opens + 1]
