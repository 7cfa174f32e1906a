"""How many rows: quality against rows learned from, and what more of them would bring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clientela.domain.errors import quoted
from clientela.domain.estimate import Estimate
from clientela.models import trying, windowing
from clientela.models.result import Curve, CurvePoint, Need, RevenueGroup, Window
from clientela.models.splitting import Parted
from clientela.models.values import FloatArray, IntArray
from clientela.models.windowing import LEAST_POSITIVE, LEAST_ROWS
from clientela.models.worth import Judge, drawn

SHARES = (0.05, 0.1, 0.2, 0.35, 0.6, 1.0)
"""Shares of the visitors learned from."""
REPEATS = 2
"""Draws of each share; all visitors can be drawn in one way only."""
LEAST_SIZES = 4
"""Sizes that a curve of three numbers is fitted to at least."""
POWERS = np.linspace(0.1, 1.5, 57)
"""Powers tried: errors seldom shrink slower or faster (Viering and Loog 2023)."""
SMALL = 0.005
"""A gain of AUC from twice the rows that is too small to pay."""
MOST_TIMES = 100
"""Farthest the curve is followed, in times the rows there are."""
AHEAD = (2, 4)
POINTS = 0.05
LEVEL = 0.95


@dataclass(frozen=True)
class Fit:
    """quality = top - scale x rows ** -power."""

    top: float
    scale: float
    power: float

    def at(self, rows: float) -> float:
        """Return the quality with so many rows."""
        return float(self.top - self.scale * rows**-self.power)

    def doubling(self, rows: float) -> float:
        """Return the gain from twice the rows."""
        return self.at(2 * rows) - self.at(rows)

    def enough(self, small: float) -> float:
        """Return the rows from which doubling brings less than a small gain."""
        lacking = self.scale * (1 - 2**-self.power)
        return float((lacking / small) ** (1 / self.power)) if lacking > 0 else 0.0


@dataclass(frozen=True)
class _Cell:
    """One model of the curve: how many rows it learned from, in which draw, and how it is parted."""

    size: int
    repeat: int
    part: Parted


def fit_power(rows: FloatArray, quality: FloatArray, weights: FloatArray) -> Fit:
    """Fit a power law with a top between the best seen and 1 (Cortes et al. 1994, inverse power law).

    Args:
        rows: Rows learned from.
        quality: Quality, higher better, at most 1.
        weights: Weight of each point.

    Returns:
        The curve; flat where more rows bring nothing.

    >>> rows = np.array([100.0, 200, 400, 800])
    >>> fit_power(rows, 0.8 - 2 / rows**0.5, np.ones(4))
    Fit(top=0.8, scale=2.0, power=0.5)
    """
    best, least = Fit(float(weights @ quality / weights.sum()), 0.0, 1.0), math.inf
    for power in POWERS:
        lack = rows**-power
        middle = weights @ lack / weights.sum()
        mean = weights @ quality / weights.sum()
        scale = -(weights @ ((lack - middle) * (quality - mean))) / (weights @ (lack - middle) ** 2)
        scale = max(0.0, float(scale))
        top = float(mean + scale * middle)
        if top > 1:
            # held at 1: only the scale is free
            top, scale = 1.0, float(weights @ (lack * (1 - quality)) / (weights @ lack**2))
        loss = float(weights @ (quality - top + scale * lack) ** 2)
        if loss < least - 1e-15:
            best, least = Fit(round(top, 9), round(scale, 9), round(float(power), 9)), loss
    return best


def learning_curve(
    judge: Judge, groups: Sequence[RevenueGroup], times: FloatArray | None = None, small: float = SMALL
) -> Curve | None:
    """Measure quality against rows learned from, fit a power law, and say what more rows would bring.

    Each fold's training rows are thinned by whole visitors, evenly over the classes, smaller draws inside
    larger ones; the test rows of the fold stay the same. Quality is AUC of quick models. The intervals come
    from resampling the visitors tested on and the draws learned from together, the curve fitted anew each time.

    Args:
        judge: How models are compared.
        groups: The classes as described on all rows, with the intervals of precision and recall.
        times: Time of every row, NaN where unknown; None where there is none.
        small: A gain of AUC from twice the rows that does not pay.

    Returns:
        The curve; None where there are too few rows for one.
    """
    parts = drawn(judge.prepared, judge.task.seed)
    cells = _cells(judge, parts)
    sizes = sorted({cell.size for cell in cells})
    if len(sizes) < LEAST_SIZES:
        return None
    rows = np.array([np.mean([len(cell.part.train) for cell in cells if cell.size == size]) for size in sizes])
    draws = _resampled(judge, cells, sizes)
    spread = np.maximum(draws[1:].std(axis=0), 1e-4)
    fits = [fit_power(rows, line, spread**-2.0) for line in draws]
    units = int(judge.prepared.groups.max()) + 1
    full = float(rows[-1]) * (len(judge.prepared.codes) / _tested(parts))
    found = fits[0]
    most = MOST_TIMES * full

    def estimate(values: Sequence[float], low: float = 0.0, high: float = 1.0) -> Estimate:
        shares = [0.5 - LEVEL / 2, 0.5 + LEVEL / 2]
        ends = np.quantile(np.array(values[1:]), shares, method="weibull").tolist()
        method = f"bootstrap by {judge.unit}, the curve fitted anew"
        return Estimate(
            values[0], max(low, min(ends[0], values[0])), min(high, max(ends[1], values[0])), units, method, LEVEL
        )

    points = tuple(CurvePoint(round(size), estimate(draws[:, place].tolist())) for place, size in enumerate(rows))
    forecasts = tuple(
        CurvePoint(round(times_rows), estimate([fit.at(times_rows) for fit in fits]))
        for times_rows in (ahead * full for ahead in AHEAD)
    )
    doubling = estimate([fit.doubling(full) for fit in fits])
    enough = math.ceil(min(found.enough(small), most))
    needs = tuple(_need(group) for group in groups)
    curve = Curve(
        points, found.top, found.scale, found.power, forecasts, doubling, small, enough, needs,
        _windows(judge, times), "",
    )  # fmt: skip
    return replace(curve, answer=_answer(curve, judge, round(full), round(most)))


def _tested(parts: Sequence[Parted]) -> int:
    return sum(len(part.test) for part in parts)


def _cells(judge: Judge, parts: Sequence[Parted]) -> list[_Cell]:
    """Return the models of the curve: of sizes that hold enough rows of each side in every fold."""
    codes, groups = judge.prepared.codes, judge.prepared.groups
    rng = np.random.default_rng(judge.task.seed)
    places = [_places(codes, groups, rng) for _ in range(REPEATS)]
    found = []
    for size, share in enumerate(SHARES):
        made = [
            _Cell(size, repeat, Parted(part.train[places[repeat][part.train] <= share], part.test))
            for repeat in range(REPEATS if share < 1 else 1)
            for part in parts
        ]
        above = [int(np.count_nonzero(codes[cell.part.train] > 0)) for cell in made]
        counts = [len(cell.part.train) for cell in made]
        fewest = min(min(yes, rows - yes) for yes, rows in zip(above, counts, strict=True))
        if min(counts) >= LEAST_ROWS and fewest >= LEAST_POSITIVE:
            found += made
    return found


def _places(codes: IntArray, groups: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return for every row the place of its visitor, 0 to 1, in a random order within visitors of the same class."""
    highest = np.zeros(int(groups.max()) + 1, dtype=np.int64)
    np.maximum.at(highest, groups, codes)
    places = np.empty(len(highest))
    for code in np.unique(highest):
        members = np.flatnonzero(highest == code)
        places[members] = (rng.permutation(len(members)) + 0.5) / len(members)
    return np.asarray(places[groups], dtype=np.float64)


def _resampled(judge: Judge, cells: Sequence[_Cell], sizes: Sequence[int]) -> FloatArray:
    """Return the quality at every size, once as it is and once per resample of visitors and draws."""
    yes, groups = judge.prepared.codes > 0, judge.prepared.groups
    odds = trying.of_rows(judge.task, judge.weight, [cell.part for cell in cells])
    ranked = trying.areas(yes, [cell.part.test for cell in cells], odds)
    size_of = np.array([cell.size for cell in cells])
    repeat_of = np.array([cell.repeat for cell in cells])
    units = int(groups.max()) + 1
    rng = np.random.default_rng(judge.task.seed)
    lines = []
    for draw in range(judge.resamples + 1):
        counts = np.ones(units) if draw == 0 else np.bincount(rng.integers(0, units, size=units), minlength=units)
        areas = ranked(counts[groups].astype(np.float64))
        line = []
        for size in sizes:
            repeats = np.unique(repeat_of[size_of == size])
            taken = repeats if draw == 0 else rng.choice(repeats, len(repeats))
            line.append(np.mean([np.nanmean(areas[(size_of == size) & (repeat_of == one)]) for one in taken]))
        lines.append(line)
    return np.array(lines, dtype=np.float64)


def _need(group: RevenueGroup) -> Need:
    return Need(group.name, group.rows, _rows_for(group.precision, group.rows), _rows_for(group.recall, group.rows))


def _rows_for(known: Estimate, rows: int) -> int | None:
    """Return the rows for an interval of five points either way: it shrinks with the root of the rows."""
    half = (known.high - known.low) / 2
    return None if math.isnan(half) else math.ceil(round(rows * (half / POINTS) ** 2, 6))


def _windows(judge: Judge, times: FloatArray | None) -> tuple[Window, ...]:
    """Measure on the newest rows what was learned from the newest part of the time before them."""
    prepared = judge.prepared
    tried = windowing.windows(judge.task, prepared, times, judge.weight)
    if not tried:
        return ()
    found = trying.measured(
        prepared.codes > 0,
        prepared.groups,
        tried[0].part.test,
        [one.odds for one in tried],
        (judge.resamples, judge.task.seed, judge.unit),
    )
    return tuple(Window(one.share, len(one.part.train), value) for one, value in zip(tried, found, strict=True))


def _answer(curve: Curve, judge: Judge, rows: int, most: int) -> str:
    """Say in words whether more rows pay, and for which class."""
    first = quoted(judge.prepared.target.classes[0])
    gain = f"{curve.doubling.value:.3f} of AUC ({curve.doubling.low:.3f} to {curve.doubling.high:.3f})"
    if curve.enough <= rows:
        least = max(curve.enough, curve.points[0].rows)
        said = (
            f"About {_round(least):,} rows to learn from are enough to tell {first} from the rest: twice the {rows:,}"
        )
        said += f" there are would bring {gain}."
    else:
        until = f"about {_round(curve.enough):,} rows" if curve.enough < most else f"more than {_round(most):,} rows"
        said = f"More rows still pay: twice the {rows:,} learned from would bring {gain}, and so on to {until}."
    needs = [need for need in curve.needs if need.precision is not None and need.precision > need.rows]
    if needs:
        worst = max(needs, key=lambda need: (need.precision or 0) / need.rows)
        times = (worst.precision or 0) / worst.rows
        said += (
            f" For the precision of {quoted(worst.name)} to be known to five points either way, about {times:.1f} times"
            f" its {worst.rows:,} rows are needed."
        )
    return said


def _round(value: float) -> int:
    return int(float(f"{value:.2g}"))
