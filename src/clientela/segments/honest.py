"""Honest numbers: what segments are worth, on visitors that had no part in finding their rules."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from clientela.domain.estimate import Estimate
from clientela.segments.outcomes import Outcomes
from clientela.statistics.intervals import bootstrap_each, wilson

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

FEW = 10
"""Below so many buyers (or others) a resampled share hardly varies: Wilson's interval instead."""
LEAST_EXPECTED = 5.0
"""Buyers expected on either side before two shares are compared."""


@dataclass(frozen=True)
class Numbers:
    """What one segment is worth, with intervals; see `Segment` for the units.

    `value` is the mean of what came of its visits; `part` the share of the total of it.
    """

    share: Estimate
    rate: Estimate
    value: Estimate
    part: Estimate


def foreseen(outcomes: Outcomes, level: float = 0.05) -> bool:
    """Tell whether what came of visits goes with what was expected, beyond chance.

    Each score comes from a model that has not seen the visit itself, so this test is fair
    on all visits. The halves alone are not: the model behind the scores of one half has
    seen outcomes of the other.

    Args:
        outcomes: What came of the visits and what was expected.
        level: Chance of a false alarm.

    Returns:
        Whether expectation and rate, or expectation and value, go together (one-sided score
        tests, variance by unit; Bonferroni's correction for the two).
    """
    expected = outcomes.expected - outcomes.expected.mean()
    for numbers in (outcomes.above, outcomes.value):
        pull = np.bincount(outcomes.units, weights=expected * (numbers - numbers.mean()))
        error = float(np.sqrt((pull**2).sum()))
        if error > 0 and float(pull.sum()) > float(ndtri(1 - level / 2)) * error:
            return True
    return False


class Judge:
    """Tells whether two groups of visits differ, keeping false alarms over all its tests in bounds.

    Args:
        outcomes: What came of the visits.
        judged: The visits it may look at.
        tests: How many times it will be asked, for Bonferroni's correction.
        level: Chance of any false alarm over all tests.
    """

    def __init__(self, outcomes: Outcomes, judged: BoolArray, tests: int, level: float = 0.05) -> None:
        self._units = outcomes.units
        self._judged = judged
        self._shares = outcomes.above
        self._values = None if np.array_equal(outcomes.value, outcomes.above) else outcomes.value
        asked = max(1, tests) * (1 if self._values is None else 2)
        self._bound = float(ndtri(1 - level / asked / 2))

    def differ(self, first: BoolArray, second: BoolArray) -> bool:
        """Tell whether two groups, given as masks over all visits, differ in rate or value."""
        one, two = first & self._judged, second & self._judged
        if min(one.sum(), two.sum()) == 0:
            return False
        pooled = float(self._shares[one | two].mean())
        least = min(one.sum(), two.sum()) * min(pooled, 1 - pooled)
        if least >= LEAST_EXPECTED and self._apart(self._shares, one, two):
            return True
        return self._values is not None and self._apart(self._values, one, two)

    def visitors(self, inside: BoolArray) -> int:
        """Return how many visitors (visits where they are not known) a group holds."""
        return int(len(np.unique(self._units[inside])))

    def _apart(self, numbers: FloatArray, one: BoolArray, two: BoolArray) -> bool:
        """Score test of equal means, its variance by unit (Liang and Zeger 1986)."""
        both = one | two
        gap = float(numbers[one].mean() - numbers[two].mean())
        weight = one[both] / one.sum() - two[both] / two.sum()
        pull = np.bincount(self._units[both], weights=(numbers[both] - numbers[both].mean()) * weight)
        error = float(np.sqrt((pull**2).sum()))
        return error > 0 and abs(gap) > self._bound * error


def estimate(
    outcomes: Outcomes, codes: IntArray, judged: BoolArray, resamples: int, seed: int
) -> tuple[tuple[Numbers, ...], Estimate]:
    """Return what segments are worth, and how far they part the outcome.

    Args:
        outcomes: What came of the visits.
        codes: Segment of every visit, counted from 0.
        judged: The visits that rate, value and part are measured on; the others lend the
            means that the outcome is predicted by for the separation. The share of visits
            is measured on all of them: nobody chose rules by it.
        resamples: Bootstrap resamples.
        seed: Seed.

    Returns:
        Numbers by segment, and the share of variance between segments out of sample
        (one minus the mean squared error against that of the overall mean).
    """
    count = int(codes.max()) + 1
    sizes = _sums(outcomes.units, codes, np.ones(len(codes)), count)
    shares = bootstrap_each(lambda w: _parts(w @ sizes), np.arange(len(sizes)), resamples, seed, outcomes.unit)
    units = np.unique(outcomes.units[judged], return_inverse=True)[1].reshape(-1)
    inside = codes[judged]
    columns = [np.ones(len(inside)), outcomes.above[judged], outcomes.value[judged]]
    sums = np.hstack([_sums(units, inside, column, count) for column in columns])
    errors = _errors(outcomes, codes, judged, units)

    def statistics(weights: FloatArray) -> FloatArray:
        rows, above, value = np.split(weights @ sums, 3)
        lost, whole = weights @ errors
        separation = 1 - lost / whole if whole > 0 else np.nan
        return np.concatenate([_ratio(above, rows), _ratio(value, rows), _parts(value), [separation]])

    found = bootstrap_each(statistics, np.arange(len(sums)), resamples, seed + 1, outcomes.unit)
    rows, above = (sums[:, :count].sum(axis=0), sums[:, count : 2 * count].sum(axis=0))
    rates = [_rate(found[i], float(above[i]), float(rows[i])) for i in range(count)]
    members = (sums[:, :count] > 0).sum(axis=0)
    numbers = [
        Numbers(
            shares[i],
            replace(rates[i], n=int(members[i])),
            replace(found[count + i], n=int(members[i])),
            found[2 * count + i],
        )
        for i in range(count)
    ]
    return tuple(numbers), found[-1]


def _sums(units: IntArray, codes: IntArray, column: FloatArray, count: int) -> FloatArray:
    """Return sums by unit (rows) and segment (columns)."""
    width = int(units.max()) + 1
    sums = np.bincount(units * count + codes, weights=column, minlength=width * count)
    return np.asarray(sums, dtype=np.float64).reshape(width, count)


def _errors(outcomes: Outcomes, codes: IntArray, judged: BoolArray, units: IntArray) -> FloatArray:
    """Return squared errors by unit: of the segment means, and of the overall mean, of the other visits."""
    others = ~judged if not judged.all() else judged
    overall = float(outcomes.value[others].mean())
    sizes = np.bincount(codes[others], minlength=int(codes.max()) + 1)
    totals = np.bincount(codes[others], weights=outcomes.value[others], minlength=len(sizes))
    means = np.where(sizes > 0, totals / np.maximum(sizes, 1), overall)
    value = outcomes.value[judged]
    lost, whole = (value - means[codes[judged]]) ** 2, (value - overall) ** 2
    return np.column_stack([np.bincount(units, weights=lost), np.bincount(units, weights=whole)])


def _ratio(top: FloatArray, bottom: FloatArray) -> FloatArray:
    return np.asarray(np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0))


def _parts(totals: FloatArray) -> FloatArray:
    whole = totals.sum()
    return totals / whole if whole > 0 else np.full(len(totals), np.nan)


def _rate(resampled: Estimate, successes: float, rows: float) -> Estimate:
    return wilson(successes, rows) if min(successes, rows - successes) < FEW else resampled
