"""From log-odds to class probabilities: how blended, calibrated how, worth how much.

Everything here is settled on rows whose log-odds come from models that have not seen them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, stdtrit

from clientela.models import questions
from clientela.models.bending import Bend, fit_bend
from clientela.models.odds import LINE, TREES, Odds, at, best_stage, by_unit, losses, mix
from clientela.models.optimising import lowest
from clientela.models.result import TargetKind
from clientela.models.values import FloatArray, IntArray

BLEND = "blend"
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Weights of the trees' log-odds held against each other; the line has the rest."""
EVEN = 0.5
ROUNDS = 20
"""Times that the levels of classes without order are gone through at most."""
EXACT = 0.005
"""Share of rows by which the classes together may miss their numbers."""
ONE_ERROR = 0.8413447460685429
"""Share of a normal distribution below one standard deviation above its mean."""
SURE_MOVE = 3.317
"""Log likelihood that chance alone gains by one number in one of a hundred tables: half of what chi-square with one
degree of freedom exceeds there."""


class Scale(msgspec.Struct, frozen=True):
    """Calibration of one question: log-odds become intercept + slope x log-odds (Platt 1999)."""

    intercept: float = 0.0
    slope: float = 1.0


class Settled(msgspec.Struct, frozen=True):
    """How log-odds become class probabilities.

    Attributes:
        kind: Kind of the target.
        weight: Weight of the trees' log-odds; the line has the rest.
        stage: Share of the rounds of boosting used.
        scales: Calibration of each question.
        cuts: Expected ranks above which a row is put into the next class; for classes without order, what is
            added to the logarithm of each one's chance before the largest is taken.
        means: Mean revenue of a row of each class, in money; empty without revenue.
        bend: From what chances and means expect to what is told; None where that was as expected but for chance.
    """

    kind: TargetKind
    weight: float
    stage: float
    scales: tuple[Scale, ...]
    cuts: tuple[float, ...] = ()
    means: tuple[float, ...] = ()
    bend: Bend | None = None

    @property
    def chosen(self) -> str:
        """Name of what was chosen: a learner, or the blend of both."""
        return BLEND if 0 < self.weight < 1 else TREES if self.weight else LINE

    @property
    def learners(self) -> tuple[str, ...]:
        """The learners needed."""
        return tuple(name for name, weight in ((TREES, self.weight), (LINE, 1 - self.weight)) if weight)

    def probabilities(self, odds: Odds) -> FloatArray:
        """Return class probabilities, one column per class; the trees' log-odds are those of the stage."""
        mixed = mix(odds, self.weight)
        scales = np.array([(scale.intercept, scale.slope) for scale in self.scales])
        return questions.probabilities(self.kind, expit(scales[:, 0] + scales[:, 1] * mixed))

    def classes(self, probabilities: FloatArray) -> IntArray:
        """Return the class each row is put into, so that each class gets as many rows as it had.

        The likeliest class would leave small classes empty. For ordered classes and yes-or-no questions, rows are
        ranked by expected rank and cut; for classes without order, chances are held against each class's own level.
        """
        if self.kind is TargetKind.CLASSES:
            raised = _logs(probabilities) + (np.array(self.cuts) if self.cuts else 0.0)
            return np.asarray(raised.argmax(axis=1), dtype=np.int64)
        return np.asarray(np.searchsorted(np.array(self.cuts), ranks(probabilities), side="right"), dtype=np.int64)

    def revenue(self, probabilities: FloatArray) -> FloatArray:
        """Return expected revenue: the mean revenue of each class by its probability, bent to what was seen."""
        found = np.zeros(len(probabilities))
        # Not a matrix product: its last digits depend on how many rows come together.
        for column, mean in zip(probabilities.T, self.means, strict=True):
            found += mean * column
        return found if self.bend is None else self.bend.all(found)


def ranks(probabilities: FloatArray) -> FloatArray:
    """Return the expected rank of every row: the mean class code by its probabilities."""
    return np.asarray(probabilities @ np.arange(probabilities.shape[1], dtype=np.float64), dtype=np.float64)


def settle(
    kind: TargetKind,
    codes: IntArray,
    odds: Odds,
    revenue: FloatArray | None = None,
    weights: Sequence[float] = WEIGHTS,
    periods: IntArray | None = None,
) -> Settled:
    """Choose how long to boost and how to blend, calibrate, and take the mean revenue of each class.

    The measure is the ranked probability score for ordered classes and log loss otherwise.
    The weight with the lowest loss is taken. Where rows come from periods one after the other, each
    period counts as one observation, for what holds in one month need not hold in the next, and
    trees and line count the same unless another weight is better by more than one standard error of the
    difference: equal weights are hard to beat on data to come (Clemen 1989). In the calibration each
    period counts half of the one after it,
    since base rates move (simple exponential smoothing, Brown 1959), and moves the log-odds only, and only beyond
    what chance does in one of a hundred tables: a handful of periods cannot tell a slope.

    Args:
        kind: Kind of the target.
        codes: Class of every row.
        odds: Log-odds of every row from models that have not seen it; NaN for rows that have none.
        revenue: Revenue of every row in money, NaN where unknown.
        weights: Weights of the trees to choose from.
        periods: Period of every row, from 0; -1 for rows without log-odds. None where there are none.

    Returns:
        The settled way.
    """
    tested = np.isfinite(next(iter(odds.values()))[:, 0])
    known = {name: values[tested] for name, values in odds.items()}
    truth = codes[tested]
    units = None if periods is None else periods[tested]
    stage = best_stage(kind, truth, known, units)
    held = at(known, stage)
    lost = {weight: by_unit(losses(kind, truth, mix(held, weight)), units) for weight in weights}
    weight = _weight(lost, timed=units is not None)
    mixed = mix(held, weight)
    count = _classes(kind, mixed)
    yes = questions.answers(kind, count, truth)
    asked = [questions.asked(kind, truth, index) for index in range(mixed.shape[1])]
    if periods is None or units is None:
        scales = tuple(_scale(mixed[of, index], yes[of, index]) for index, of in enumerate(asked))
    else:
        shares, luck = 2.0**units / np.bincount(units)[units], _luck(periods)[units]
        scales = tuple(_moved(mixed[of, index], yes[of, index], shares[of], luck[of]) for index, of in enumerate(asked))
    settled = Settled(kind, weight, stage, scales)
    found = settled.probabilities(held)
    if kind is TargetKind.CLASSES:
        cuts = tuple(_levels(found, np.bincount(truth, minlength=count)).tolist())
    else:
        below = [float(np.mean(truth < code)) for code in range(1, count)]
        cuts = tuple(np.quantile(ranks(found), below).tolist())
    means = () if revenue is None else _means(codes, revenue, count)
    straight = Settled(kind, weight, stage, scales, cuts, means)
    bend = None if revenue is None else fit_bend(straight.revenue(found), revenue[tested])
    return msgspec.structs.replace(straight, bend=bend)


def _levels(probabilities: FloatArray, wanted: IntArray) -> FloatArray:
    """Return what is added to the logarithm of each class's chance so that it gets as many rows as wanted.

    These are the prices of the assignment that makes the log chances of all rows together largest while each class
    has its number of rows (Bertsekas 1988). They are found class by class, the smallest first: a class gets exactly
    its rows given the prices of the others. The first class is the reference.

    Args:
        probabilities: One row per row, one column per class.
        wanted: Rows of each class.
    """
    logs = np.ascontiguousarray(_logs(probabilities).T)
    prices, order = np.zeros(len(wanted)), [code for code in np.argsort(wanted, kind="stable").tolist() if code]
    best, least = prices.copy(), _amiss(logs, wanted)
    for _ in range(ROUNDS):
        if least <= EXACT * logs.shape[1]:
            break
        for code in order:
            raised = logs + prices[:, None]
            raised[code] = -np.inf
            needed = np.sort(raised.max(axis=0) - logs[code])
            place = min(int(wanted[code]), len(needed) - 1)
            # half way between the last row that is put there and the first that is not
            prices[code] = needed[[place - 1, place]].mean() if place else needed[0] - 1
        amiss = _amiss(logs + prices[:, None], wanted)
        if amiss < least:
            best, least = prices.copy(), amiss
    return best


def _amiss(raised: FloatArray, wanted: IntArray) -> int:
    """Return by how many rows the classes (lines of the array) together miss their numbers."""
    return int(np.abs(np.bincount(raised.argmax(axis=0), minlength=len(wanted)) - wanted).sum())


def _logs(probabilities: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(probabilities, np.finfo(np.float64).tiny)), dtype=np.float64)


def _weight(losses: Mapping[float, FloatArray], *, timed: bool) -> float:
    """Return the weight whose loss is lowest; over time the one nearest to even that cannot be told from it."""
    best = min(losses, key=lambda weight: (float(losses[weight].mean()), abs(weight - EVEN)))
    if not timed:
        return best
    return min(
        (weight for weight in losses if _alike(losses[weight] - losses[best])),
        key=lambda weight: (abs(weight - EVEN), float(losses[weight].mean())),
    )


def _alike(gaps: FloatArray) -> bool:
    """Tell whether a mean gap is within one standard error of 0 (for few gaps: Student's, same level)."""
    if len(gaps) < 2:
        return not gaps.mean() > 0
    error = float(gaps.std(ddof=1)) / np.sqrt(len(gaps))
    return bool(gaps.mean() <= error * stdtrit(len(gaps) - 1, ONE_ERROR))


def _classes(kind: TargetKind, mixed: FloatArray) -> int:
    return int(mixed.shape[1]) + (0 if kind is TargetKind.CLASSES else 1)


def _scale(odds: FloatArray, yes: NDArray[np.bool_]) -> Scale:
    """Fit the calibration of a question, kept only where it clearly helps.

    Two parameters fitted to noise gain about one unit of log likelihood; a gain below 3
    (a likelihood ratio test at 5 %) is not taken.
    """
    scale, gain = _fitted(odds, yes, np.ones(len(odds)), sloped=True)
    return scale if gain >= 3 and scale.slope > 0 else Scale()


def _moved(odds: FloatArray, yes: NDArray[np.bool_], shares: FloatArray, luck: FloatArray) -> Scale:
    """Fit by how much the log-odds of a question are moved, kept only where it is beyond chance.

    Weights make the gain of chance larger by the weighted mean of the weights (Kish 1965; Rao and Scott 1984 for
    tests), and so does the luck of the rows that the answers come from.

    Args:
        odds: Log-odds of every row.
        yes: True answer of every row.
        shares: How much every row counts.
        luck: Variance of the gap between a row's period and what was foretold of it, in that of the period alone.
    """
    weights = shares / shares.mean() if len(shares) else shares
    scale, gain = _fitted(odds, yes, weights, sloped=False)
    chance = expit(odds)
    noise = weights * chance * (1 - chance)
    return scale if gain * noise.sum() >= SURE_MOVE * (weights * luck) @ noise else Scale()


def _luck(periods: IntArray) -> FloatArray:
    """Return how much larger the variance of each period's gap is than that of its own rows.

    A model of the past is off by the luck of the past too: with m rows in the period and n before it, the gap has
    1 + m / n times the variance, and gaps of different periods are uncorrelated (recursive residuals, Brown, Durbin
    and Evans 1975). A period without any before it is answered by folds of its own.
    """
    rows = np.bincount(periods[periods >= 0])
    before = np.count_nonzero(periods < 0) + np.cumsum(rows) - rows
    return np.asarray(1 + rows / np.where(before > 0, before, np.maximum(rows, 1)), dtype=np.float64)


def _fitted(odds: FloatArray, yes: NDArray[np.bool_], weights: FloatArray, *, sloped: bool) -> tuple[Scale, float]:
    """Return the likeliest calibration, with or without a slope, and the log likelihood it gains."""
    target = yes.astype(np.float64)

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        moved = point[0] + point[1] * odds
        gaps = weights * (expit(moved) - target)
        value = float(weights @ (np.logaddexp(0.0, moved) - target * moved))
        return value, np.array([gaps.sum(), gaps @ odds if sloped else 0.0])

    start = np.array([0.0, 1.0])
    point, value = lowest(loss, start)
    return Scale(float(f"{point[0]:.9g}"), float(f"{point[1]:.9g}")), loss(start)[0] - value


def _means(codes: IntArray, revenue: FloatArray, classes: int) -> tuple[float, ...]:
    """Return the mean revenue of each class; of all rows where a class has none."""
    known = np.isfinite(revenue)
    whole = float(revenue[known].mean()) if known.any() else 0.0
    found = []
    for code in range(classes):
        rows = known & (codes == code)
        found.append(float(revenue[rows].mean()) if rows.any() else whole)
    return tuple(found)
