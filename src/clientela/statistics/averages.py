"""Whether the values of a column are averages of a target over groups of rows, smoothed or not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOLDS = 0.95
"""Share of the groups with two rows or more whose value must be their average to its rounding."""

LEAST = 3
LARGE = 30
CHANCE = 1e-6
"""Chance below which groups do not hit their averages by luck."""

SETTLED = 1e-12
"""Relative change of a line from which fitting goes on."""

ROUNDS = 12
MOST_ALIKE = 5
"""Groups of equal size and total that may share one value."""


@dataclass(frozen=True)
class Fit:
    """How values lie on averages.

    Attributes:
        groups: Groups with two rows or more.
        weight: Rows that the whole counts for in each average (smoothing); 0 for plain averages.
        centre: What the averages are smoothed towards; NaN for plain ones.
        share: Share of the groups that lie on their average to the rounding of the value, for an exact fit;
            else NaN.
        distance: Mean squared distance from the averages in units of what the rows' own scatter allows.
    """

    groups: int
    weight: float
    centre: float
    share: float
    distance: float


@dataclass(frozen=True)
class Groups:
    """Groups of rows with one value each.

    Attributes:
        values: The value per group.
        sizes: Rows per group the average was taken over.
        totals: Sum of the target over these rows.
        rounding: Half the step the value is rounded to, per group.
        scatter: Variance of the target within groups.
    """

    values: Floats
    sizes: Floats
    totals: Floats
    rounding: Floats
    scatter: float


def exact_fit(groups: Groups, holds: float = HOLDS) -> Fit | None:
    """Test value = (total + a m) / (size + a), with weight a and centre m fitted by one regression.

    The form is that of averages smoothed towards the whole (Micci-Barreca 2001); a = 0 is the plain one. Multiplied
    out, total - size x value = a x value - a m, a line in the value. Null model: a value that knows nothing of the
    total lies within its rounding of the average as often as a normal density says; in groups of thirty
    rows or more, whose means are no mere fractions of few rows, as often as a value would that may lie anywhere within
    one standard deviation of the target around its mean. Whole numbers at the ends, such as 0 and 1, do not
    count, since small groups are there anyway.

    Args:
        groups: The groups.
        holds: Share of the groups that must lie on it.

    Returns:
        The fit; None where fewer groups lie on it or that may be chance.

    >>> sizes, totals = np.array([4.0, 9.0, 6.0, 12.0, 30.0, 25.0]), np.array([1.0, 3.0, 5.0, 2.0, 7.0, 9.0])
    >>> values = (totals + 5 * 0.3) / (sizes + 5)
    >>> fit = exact_fit(Groups(values, sizes, totals, np.full(6, 1e-9), 0.2))
    >>> round(fit.weight, 6), round(fit.centre, 6)
    (5.0, 0.3)
    """
    told = groups.sizes >= 2
    if told.sum() < LEAST or groups.scatter <= 0:
        return None
    v, n, total = groups.values[told], groups.sizes[told], groups.totals[told]
    rounding = groups.rounding[told]
    gap = total - n * v
    slack = n * rounding + 1e-9 * (1 + np.abs(total))
    plain = np.abs(gap) <= slack
    ends = ((v == v.min()) | (v == v.max())) & (v == np.rint(v))
    chance = np.minimum(1, 2 * slack / np.sqrt(2 * np.pi * n * groups.scatter))
    anywhere = np.where(n >= LARGE, slack / n / math.sqrt(groups.scatter), 1.0)
    log_p = np.log(np.minimum(chance, anywhere))
    if plain.mean() >= holds and float(log_p[plain & ~ends].sum()) < math.log(CHANCE):
        return Fit(v.size, 0.0, math.nan, float(plain.mean()), 0.0)
    for slope, shift in _starts(v, gap, slack):
        fit = _refined(_Told(v, n, gap, rounding, slack, groups.scatter, holds), slope, shift)
        if fit is not None:
            return fit
    return None


@dataclass(frozen=True)
class _Told:
    """What lies on the line of smoothed averages: gap = total - size x value, and how far off it may be."""

    v: Floats
    n: Floats
    gap: Floats
    rounding: Floats
    slack: Floats
    scatter: float
    holds: float


def _refined(told: _Told, slope: float, shift: float) -> Fit | None:
    """Fit the line, told how many groups share each value, and judge it.

    Groups of equal size and total have the same value and look like one: size, total and gap are then k times as large.
    """
    times = np.ones(told.v.size)
    for _ in range(ROUNDS):
        with np.errstate(all="ignore"):
            times = np.clip(np.nan_to_num(np.rint(told.gap / (slope * told.v + shift)), nan=1.0), 1, MOST_ALIKE)
        fitted = _line(told.v, told.gap / times, told.slack / times)
        if fitted is None or fitted[0] <= 0:
            return None
        done = fitted == (slope, shift)
        slope, shift = fitted
        if done:
            break
    weight, centre = slope, -shift / slope
    slack = (told.n + times * weight) * told.rounding + 1e-6 * weight + told.slack
    near = np.abs(told.gap - times * (slope * told.v + shift)) <= slack
    log_p = np.log(np.minimum(1, MOST_ALIKE * 2 * slack / np.sqrt(2 * np.pi * told.n * told.scatter)))
    # Two groups are used up by the two fitted numbers: the two that would tell most.
    chance = float(np.sort(log_p[near])[2:].sum())
    reach = float(np.ptp(told.v))
    outside = not told.v.min() - reach <= centre <= told.v.max() + reach
    if near.mean() < told.holds or chance >= math.log(CHANCE) or outside:
        return None
    return Fit(told.v.size, weight, centre, float(near.mean()), 0.0)


def _starts(v: Floats, gap: Floats, slack: Floats) -> list[tuple[float, float]]:
    """Return lines to begin with: the nearest one, and steeper and flatter ones through the same centre."""
    line = _line(v, gap, slack)
    if line is None or line[0] <= 0:
        return []
    centre = -line[1] / line[0]
    with np.errstate(all="ignore"):
        slopes = gap / (v - centre)
    wide = slopes[(np.abs(v - centre) >= np.median(np.abs(v - centre))) & (slopes > 0)]
    flat = np.quantile(wide, (0.1, 0.25, 0.5)) if wide.size else ()
    return [line, *((float(slope), float(-slope * centre)) for slope in flat)]


def _line(x: Floats, y: Floats, slack: Floats) -> tuple[float, float] | None:
    """Fit y = a x + b by least absolute distance in units of the slack (Schlossmacher 1973)."""
    if float(np.ptp(x)) == 0:
        return None
    base = 1 / slack**2
    weights, slope, shift = base, 0.0, 0.0
    for _ in range(ROUNDS):
        before, whole = (slope, shift), float(weights.sum())
        centre, level = float(weights @ x) / whole, float(weights @ y) / whole
        away = x - centre
        pull = weights * away
        spread = float(pull @ away)
        if spread <= 0:
            return None
        slope = float(pull @ (y - level)) / spread
        shift = level - slope * centre
        if abs(slope - before[0]) <= SETTLED * abs(slope) and abs(shift - before[1]) <= SETTLED * abs(shift):
            break
        weights = base / np.maximum(np.abs(y - slope * x - shift) / slack, 1)
    return slope, shift


def near_fit(groups: Groups, middle: float) -> Fit | None:
    """Test that the groups' means of the target lie on their averages within the scatter of the rows.

    For averages taken over other or more rows than these. Rule: at least five groups with two rows or more;
    smoothing by at most the rows of a typical group; mean squared distance at most 1.2 times what the rows' own
    scatter allows; the means rise with the expected ones at a slope within 20 % of 1 and by four
    standard errors.

    Args:
        groups: The groups.
        middle: Mean of the target over all rows, towards which averages are smoothed.
    """
    told = groups.sizes >= 2
    if told.sum() < 5 or groups.scatter <= 0:
        return None
    v, n, total = groups.values[told], groups.sizes[told], groups.totals[told]
    if float(np.ptp(v)) == 0:
        return None
    for weight in dict.fromkeys((0.0, _smoothing(v, n, total, middle))):
        expected = v + weight * (v - middle) / n
        centre = float(np.average(expected, weights=n))
        spread = float((n * (expected - centre) ** 2).sum())
        slope = float((n * (expected - centre) * total / n).sum()) / spread
        distance = float(((total - n * expected) ** 2 / n).sum()) / groups.scatter / v.size
        sure = slope >= 4 * math.sqrt(groups.scatter / spread)
        if sure and distance <= 1.2 and abs(slope - 1) <= 0.2:
            return Fit(v.size, weight, middle if weight else math.nan, math.nan, distance)
    return None


def _smoothing(v: Floats, n: Floats, total: Floats, middle: float) -> float:
    """Return the rows of smoothing that fit best, at most those of a typical group."""
    away = v - middle
    spread = float((away**2 / n).sum())
    weight = float(((total - n * v) * away / n).sum()) / spread if spread > 0 else 0.0
    return min(max(weight, 0.0), float(np.median(n)))
