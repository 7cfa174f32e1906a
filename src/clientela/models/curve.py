"""How many rows: quality against rows learned from, and what more of them would bring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from clientela.domain.errors import quoted
from clientela.domain.estimate import Estimate
from clientela.models import trying, windowing
from clientela.models.growth import LEVEL, Laws, Measured
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
SMALL = 0.005
"""A gain of AUC from twice the rows that is too small to pay."""
MOST_TIMES = 100
"""Farthest the curve is followed, in times the rows there are."""
AHEAD = (2, 4)
POINTS = 0.05
SHRINKS = 1.5
"""Power by which the variance between models of other rows shrinks: faster than rows grow, as the lack itself does."""
TINY = 1e-12


@dataclass(frozen=True)
class _Cell:
    """One model of the curve: how many rows it learned from, in which draw, and how it is parted."""

    size: int
    repeat: int
    part: Parted


def learning_curve(
    judge: Judge, groups: Sequence[RevenueGroup], times: FloatArray | None = None, small: float = SMALL
) -> Curve | None:
    """Measure quality against rows learned from, fit a power law, and say what more rows would bring.

    Each fold's training rows are thinned by whole visitors, evenly over the classes, smaller draws inside
    larger ones; the test rows of the fold stay the same. Quality is AUC of quick models. Its error has two parts:
    other visitors to test on, by resampling them, and other rows to learn from (`_learning`). What follows from
    the points is told by all power laws that fit them, not by the best one.

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
    if len({cell.size for cell in cells}) < LEAST_SIZES:
        return None
    units = int(judge.prepared.groups.max()) + 1
    found = _measured(judge, cells)
    full = float(found.rows[-1]) * (len(judge.prepared.codes) / _tested(parts))
    laws = Laws(found, full, units)
    law = laws.likeliest()
    forecasts = tuple(CurvePoint(round(ahead * full), laws.at(ahead * full)) for ahead in AHEAD)
    enough = laws.enough(small, MOST_TIMES * full)
    low, middle, high = (math.ceil(value) for value in (enough.low, enough.value, enough.high))
    needs = tuple(_need(group) for group in groups)
    curve = Curve(
        _points(found, units), law.top, law.scale, law.power, forecasts, laws.doubling(), small, middle, needs,
        _windows(judge, times), "", low, high,
    )  # fmt: skip
    return replace(curve, answer=_answer(curve, judge, full))


def _points(found: Measured, units: int) -> tuple[CurvePoint, ...]:
    half = ndtri(0.5 + LEVEL / 2) * np.sqrt(np.diag(found.spread))
    return tuple(
        CurvePoint(round(rows), Estimate(value, max(0.0, value - wide), min(1.0, value + wide), units, found.method))
        for rows, value, wide in zip(found.rows, found.quality.tolist(), half.tolist(), strict=True)
    )


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


def _measured(judge: Judge, cells: Sequence[_Cell]) -> Measured:
    """Return the quality at every size, with its covariance over other rows to learn from and to test on."""
    areas = _areas(judge, cells)
    size_of = np.array([cell.size for cell in cells])
    here = size_of == np.unique(size_of)[:, None]
    lines = np.array([np.nanmean(areas[:, one], axis=1) for one in here])
    shares = here / here.sum(axis=1, keepdims=True)
    spread = np.cov(lines[:, 1:]) + shares @ _learning(cells, areas) @ shares.T
    rows = shares @ np.array([len(cell.part.train) for cell in cells])
    return Measured(rows, lines[:, 0], spread, f"bootstrap by {judge.unit}, widened for learning")


def _areas(judge: Judge, cells: Sequence[_Cell]) -> FloatArray:
    """Return the AUC of every model, one line as it is and one per resample of the visitors tested on."""
    yes, groups = judge.prepared.codes > 0, judge.prepared.groups
    odds = trying.of_rows(judge.task, judge.weight, [cell.part for cell in cells])
    ranked = trying.areas(yes, [cell.part.test for cell in cells], odds)
    units = int(groups.max()) + 1
    rng = np.random.default_rng(judge.task.seed)
    lines = [ranked(np.ones(len(groups)))]
    for _ in range(judge.resamples):
        counts = np.bincount(rng.integers(0, units, size=units), minlength=units)
        lines.append(ranked(counts[groups].astype(np.float64)))
    return np.array(lines, dtype=np.float64)


def _learning(cells: Sequence[_Cell], areas: FloatArray) -> FloatArray:
    """Return the covariance of the models' AUC over other rows to learn from.

    Models go together as far as they share rows (of two folds of five, three quarters: Nadeau and Bengio 2003).
    How much they vary is told by the draws of one share in one fold, which share a known part of their rows.

    Args:
        cells: The models.
        areas: One line as measured, and one per resample of the visitors tested on; one column per model.
    """
    rows = np.array([len(cell.part.train) for cell in cells], dtype=np.float64)
    held = np.zeros((len(cells), 1 + max(int(cell.part.train.max()) for cell in cells)), dtype=np.float32)
    for place, cell in enumerate(cells):
        held[place, cell.part.train] = 1
    shared = (held @ held.T) / np.sqrt(np.outer(rows, rows))
    alike: dict[tuple[int, bytes], list[int]] = {}
    for place, cell in enumerate(cells):
        alike.setdefault((cell.size, cell.part.test.tobytes()), []).append(place)
    one, other = np.array([places[:2] for places in alike.values() if len(places) > 1]).T
    shrunk = rows ** (-SHRINKS / 2)
    apart = areas[:, one] - areas[:, other]
    own = 2 * (1 - shared[one, other]) * shrunk[one] ** 2
    variance = _variance(apart[0] ** 2, np.nanvar(apart[1:], axis=0), own)
    return np.asarray(variance * shared * np.outer(shrunk, shrunk), dtype=np.float64)


def _variance(squares: FloatArray, tested: FloatArray, own: FloatArray) -> float:
    """Return the variance v of normal values with variances tested + v x own: its mean, all deviations as likely.

    Args:
        squares: The values squared.
        tested: Share of their variance that is known.
        own: What v is multiplied by.
    """
    known = np.isfinite(squares) & np.isfinite(tested)
    squares, tested, own = squares[known], tested[known], own[known]
    deviations = 2 * np.sqrt(np.mean(squares / own)) * np.linspace(0.0025, 1, 400)
    spread = deviations[:, None] ** 2 * own + tested + TINY
    likely = -(np.log(spread) + squares / spread).sum(axis=1) / 2
    weights = np.exp(likely - likely.max())
    return float(weights @ deviations**2 / weights.sum())


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


def _answer(curve: Curve, judge: Judge, rows: float) -> str:
    """Say in words whether more rows pay, and for which class."""
    gain = f"{curve.doubling.value:.3f} of AUC ({curve.doubling.low:.3f} to {curve.doubling.high:.3f})"
    twice = f"twice the {round(rows):,} learned from would bring {gain}"
    between = _between(curve, math.ceil(MOST_TIMES * rows))
    if curve.pays is None:
        enough = "how many are enough, neither" if between.startswith("more") else f"enough are {between}"
        said = f"Whether more rows pay cannot be told: {twice}; {enough}."
    elif curve.pays:
        said = f"More rows still pay: {twice}, and so on to {between}."
    else:
        classes = [quoted(name) for name in judge.prepared.target.classes]
        told = f"{classes[1]} from {classes[0]}" if len(classes) == 2 else f"{classes[0]} from the rest"
        said = f"{between[0].upper()}{between[1:]} to learn from are enough to tell {told}: {twice}."
    needs = [need for need in curve.needs if need.precision is not None and need.precision > need.rows]
    if needs:
        worst = max(needs, key=lambda need: (need.precision or 0) / need.rows)
        times = (worst.precision or 0) / worst.rows
        said += (
            f" For the precision of {quoted(worst.name)} to be known to five points either way, about {times:.1f} times"
            f" its {worst.rows:,} rows are needed."
        )
    return said


def _between(curve: Curve, most: int) -> str:
    """Return how many rows are enough, no fewer than were measured: from, to, or both."""
    least = curve.points[0].rows
    low, high = (f"{_round(max(end, least)):,}" for end in (curve.enough_low, curve.enough_high))
    if curve.enough_high >= most:
        return f"more than {low} rows"
    return f"between about {low} and {high} rows" if curve.enough_low > least else f"at most about {high} rows"


def _round(value: float) -> int:
    return int(float(f"{value:.2g}"))
