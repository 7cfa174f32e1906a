"""Whom to contact with a given cost, value and budget, what to bid, and whom to leave alone to measure it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clientela.domain.estimate import Estimate
from clientela.models.deciding import Offered, decide, in_order
from clientela.models.learning import Learned
from clientela.segments.options import SegmentOptions
from clientela.segments.outcomes import Outcomes
from clientela.segments.result import Bid, Holdout, Targeting
from clientela.statistics.intervals import bootstrap_each
from clientela.statistics.power import two_mean_size, unequal_total

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

PER = 1000.0
"""Money is told per so many visits."""
HELD_OUT = 0.1
LEAST_UNITS = 10
"""Visitors (visits where none are known) behind the factor of a part: of fewer, resamples show hardly any spread."""
STEP = 0.05
LEAST_FACTOR, MOST_FACTOR = 0.1, 10.0


def chances(learned: Learned) -> FloatArray:
    """Return the chance of anything above the lowest class for every visit, out of sample."""
    lowest = learned.result.target.classes[0]
    return np.asarray(1 - learned.scores.get_column(f"p_{lowest}").to_numpy(), dtype=np.float64)


def targeting(found: Outcomes, chance: FloatArray, table_rows: int, options: SegmentOptions) -> Targeting | None:
    """Say whom to contact.

    Visits are contacted from the highest expected value down, while it reaches the cost and the budget lasts; where
    another depth left more beyond chance by what visits brought, as deep as that. Expectations come from models that
    have not seen the visit, and the depth that a visit's profit is told at was chosen by other visitors, so that it is
    not flattered. It counts all that
    contacted visits bring, as if the contact had brought it: what contacts change, only the
    holdout tells.

    Args:
        found: What came of the visits and what was expected.
        chance: Chance of anything above the lowest class, per visit.
        table_rows: Rows of the table that the visits were drawn from: the budget is for them.
        options: Cost, value and budget; resamples and seed.

    Returns:
        The plan; None without a cost, or where nothing says what a visit is worth.
    """
    cost, value = options.cost, options.value
    if cost is None or (value is None and not found.money):
        return None
    expected = found.expected if value is None else chance * value
    brought = found.value if value is None else found.above * value
    units = in_order(found.units)
    chosen = decide(Offered(expected, brought - cost, units), cost, options.seed)
    most = _affordable(expected, cost, options.budget, table_rows)
    taken = chosen.taken & most
    profit, lot, everyone, gain, beyond = _profits(brought, chosen.told & most, units, found.unit, options)
    return Targeting(
        cost=cost,
        value=value,
        budget=options.budget,
        contacts=int(taken.sum()),
        share=float(taken.mean()),
        least=float(expected[taken].min()) if taken.any() else cost,
        profit=profit,
        ahead=_ahead(profit),
        by_lot=lot,
        everyone=everyone,
        gain=gain,
        beyond=beyond,
        holdout=_holdout(brought[taken], found.units[taken], cost),
    )


def _affordable(expected: FloatArray, cost: float, budget: float | None, table_rows: int) -> BoolArray:
    """Return the best visits, as many as the budget lasts for."""
    most = len(expected)
    if budget is not None:
        most = min(most, math.floor(budget / cost * len(expected) / table_rows))
    taken = np.zeros(len(expected), dtype=np.bool_)
    taken[np.argsort(-expected, kind="stable")[:most]] = True
    return taken


def _profits(
    brought: FloatArray, taken: BoolArray, units: IntArray, unit: str, options: SegmentOptions
) -> tuple[Estimate, ...]:
    """Return profit per 1,000 visits: of those taken, as many by lot, and all; the first less the others."""
    cost = float(options.cost or 0.0)
    left = PER * (brought - cost)
    width = int(units.max()) + 1
    columns = (np.ones(len(brought)), left, taken.astype(np.float64), np.where(taken, left, 0.0))
    sums = np.column_stack([np.bincount(units, weights=column, minlength=width) for column in columns])

    def each(weights: FloatArray) -> FloatArray:
        rows, whole, contacts, won = weights @ sums
        profit, lot, everyone = won / rows, whole / rows * contacts / rows, whole / rows
        return np.array([profit, lot, everyone, profit - lot, profit - everyone])

    return bootstrap_each(each, np.arange(width), options.resamples, options.seed, unit)


def _ahead(profit: Estimate) -> Estimate:
    """Return the interval for a second sample of the same size (Hahn and Meeker 1991): twice the variance."""
    low, high = (profit.value + math.sqrt(2) * (end - profit.value) for end in (profit.low, profit.high))
    return replace(profit, low=low, high=high, method=f"{profit.method}, for as many to come")


def _holdout(brought: FloatArray, units: IntArray, cost: float) -> Holdout | None:
    """Return whom to leave alone, so that an effect as large as the cost is seen with 80 % power at level 95 %."""
    if len(units) == 0:
        return None
    codes = np.unique(units, return_inverse=True)[1].reshape(-1)
    each = np.bincount(codes, weights=brought)
    deviation = float(each.std(ddof=1)) if len(each) > 1 else 0.0
    if not deviation > 0:
        return None
    difference = cost * len(units) / len(each)
    needed = unequal_total(two_mean_size(deviation, difference), HELD_OUT)
    return Holdout(HELD_OUT, needed, len(each), difference, deviation)


def bids(
    found: Outcomes, codes: IntArray, names: Sequence[str], judged: BoolArray, kind: str, options: SegmentOptions
) -> tuple[Bid, ...]:
    """Return the worth of parts of the visits beside the average visit.

    Args:
        found: What came of the visits.
        codes: Part of every visit, counted from 0.
        names: Names of the parts.
        judged: The visits that values are measured on.
        kind: What the parts are, see `Bid`.
        options: Resamples and seed.

    Returns:
        One factor per part that has visits of at least `LEAST_UNITS` units, in the order of the names; empty where
        visits are worth nothing.
    """
    count, width = len(names), int(found.units.max()) + 1
    slots = found.units[judged] * count + codes[judged]
    sizes, sums = (
        np.bincount(slots, weights=column, minlength=width * count).reshape(width, count)
        for column in (np.ones(int(judged.sum())), found.value[judged])
    )
    there = np.flatnonzero(np.count_nonzero(sizes, axis=0) >= LEAST_UNITS).tolist()
    seen = np.flatnonzero(sizes.sum(axis=1) > 0)
    sizes, sums = sizes[seen], sums[seen]
    overall = float(sums.sum() / sizes.sum())
    if not overall > 0:
        return ()

    def factors(weights: FloatArray) -> FloatArray:
        rows = weights @ sizes
        return np.asarray(np.divide(weights @ sums, rows * overall, out=np.full(count, np.nan), where=rows > 0))

    # the draws of `honest.estimate`, so that factors and the advice of a segment say the same
    told = bootstrap_each(factors, np.arange(len(seen)), options.resamples, options.seed + 1, found.unit)
    shares = np.bincount(codes, minlength=count) / len(codes)
    return tuple(Bid(kind, names[place], float(shares[place]), told[place], advised(told[place])) for place in there)


def advised(factor: Estimate) -> float:
    """Return the cautious factor: the end of the interval nearer to 1, towards 1 in steps of .05.

    >>> advised(Estimate(2.0, 1.62, 2.4, n=90, method="bootstrap")), advised(Estimate(1.1, 0.9, 1.3, n=9, method=""))
    (1.6, 1.0)
    """
    if not factor.excludes(1.0):
        return 1.0
    steps = math.floor(factor.low / STEP + 1e-9) if factor.value > 1 else math.ceil(factor.high / STEP - 1e-9)
    return round(min(MOST_FACTOR, max(LEAST_FACTOR, steps * STEP)), 2)
