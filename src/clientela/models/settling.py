"""From log-odds to class probabilities: which learner, calibrated how, worth how much.

Everything here is settled on rows whose log-odds come from models that have not seen them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from clientela.models import questions
from clientela.models.fitting import LINE, TREES, Odds
from clientela.models.optimising import lowest
from clientela.models.result import TargetKind
from clientela.models.values import FloatArray, IntArray
from clientela.statistics.scores import log_losses, rank_losses

BLEND = "blend"
WEIGHTS: dict[str, dict[str, float]] = {
    TREES: {TREES: 1.0},
    LINE: {LINE: 1.0},
    BLEND: {TREES: 0.5, LINE: 0.5},
}
"""Weight of each learner's log-odds in each candidate."""
CANDIDATES = (TREES, LINE, BLEND)


class Scale(msgspec.Struct, frozen=True):
    """Calibration of one question: log-odds become intercept + slope x log-odds (Platt 1999)."""

    intercept: float = 0.0
    slope: float = 1.0


class Settled(msgspec.Struct, frozen=True):
    """How log-odds become class probabilities.

    Attributes:
        kind: Kind of the target.
        chosen: Candidate chosen.
        scales: Calibration of each question.
        cuts: Expected ranks above which a row is put into the next class; empty for
            unordered classes, where the likeliest class is taken.
        means: Mean revenue of a row of each class, in money; empty without revenue.
    """

    kind: TargetKind
    chosen: str
    scales: tuple[Scale, ...]
    cuts: tuple[float, ...] = ()
    means: tuple[float, ...] = ()

    def probabilities(self, odds: Odds) -> FloatArray:
        """Return class probabilities, one column per class."""
        mixed = mix(odds, self.chosen)
        scales = np.array([(scale.intercept, scale.slope) for scale in self.scales])
        return questions.probabilities(self.kind, expit(scales[:, 0] + scales[:, 1] * mixed))

    def classes(self, probabilities: FloatArray) -> IntArray:
        """Return the class each row is put into.

        For ordered classes and yes-or-no questions, rows are ranked by expected rank and
        cut so that each class gets as many rows as it had; the likeliest class would leave
        small classes empty.
        """
        if not self.cuts:
            return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)
        return np.asarray(np.searchsorted(np.array(self.cuts), ranks(probabilities), side="right"), dtype=np.int64)

    def revenue(self, probabilities: FloatArray) -> FloatArray:
        """Return expected revenue: the mean revenue of each class by its probability."""
        return np.asarray(probabilities @ np.array(self.means), dtype=np.float64)


def mix(odds: Odds, candidate: str) -> FloatArray:
    """Return the log-odds of a candidate."""
    return np.asarray(sum(weight * odds[name] for name, weight in WEIGHTS[candidate].items()), dtype=np.float64)


def ranks(probabilities: FloatArray) -> FloatArray:
    """Return the expected rank of every row: the mean class code by its probabilities."""
    return np.asarray(probabilities @ np.arange(probabilities.shape[1], dtype=np.float64), dtype=np.float64)


def settle(
    kind: TargetKind,
    codes: IntArray,
    odds: Odds,
    revenue: FloatArray | None = None,
    candidates: Sequence[str] = CANDIDATES,
) -> Settled:
    """Choose a candidate, calibrate it, and take the mean revenue of each class.

    The measure is the ranked probability score for ordered classes and log loss otherwise.
    The blend is taken only where it beats the better single learner by more than one
    standard error of the difference.

    Args:
        kind: Kind of the target.
        codes: Class of every row.
        odds: Log-odds of every row from models that have not seen it.
        revenue: Revenue of every row in money, NaN where unknown.
        candidates: Candidates to choose from.

    Returns:
        The settled way.
    """
    losses = {name: _losses(kind, codes, odds, name) for name in candidates}
    singles = [name for name in candidates if name != BLEND] or list(candidates)
    chosen = min(singles, key=lambda name: float(losses[name].mean()))
    if BLEND in losses:
        gaps = losses[chosen] - losses[BLEND]
        if gaps.mean() > gaps.std() / np.sqrt(len(gaps)):
            chosen = BLEND
    mixed = mix(odds, chosen)
    classes = _classes(kind, mixed)
    yes = questions.answers(kind, classes, codes)
    scales = tuple(_scale(mixed[:, index], yes[:, index]) for index in range(mixed.shape[1]))
    settled = Settled(kind, chosen, scales)
    cuts: tuple[float, ...] = ()
    if kind is not TargetKind.CLASSES:
        below = [float(np.mean(codes < code)) for code in range(1, classes)]
        cuts = tuple(np.quantile(ranks(settled.probabilities(odds)), below).tolist())
    means = () if revenue is None else _means(codes, revenue, classes)
    return Settled(kind, chosen, scales, cuts, means)


def _classes(kind: TargetKind, mixed: FloatArray) -> int:
    return int(mixed.shape[1]) + (0 if kind is TargetKind.CLASSES else 1)


def _losses(kind: TargetKind, codes: IntArray, odds: Odds, candidate: str) -> FloatArray:
    found = questions.probabilities(kind, expit(mix(odds, candidate)))
    return rank_losses(codes, found) if kind is TargetKind.ORDERED else log_losses(codes, found)


def _scale(odds: FloatArray, yes: NDArray[np.bool_]) -> Scale:
    """Fit the calibration of a question, kept only where it clearly helps.

    Two parameters fitted to noise gain about one unit of log likelihood; a gain below 3
    (a likelihood ratio test at 5 %) is not taken.
    """
    target = yes.astype(np.float64)

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        moved = point[0] + point[1] * odds
        gaps = expit(moved) - target
        return float(np.logaddexp(0.0, moved).sum() - target @ moved), np.array([gaps.sum(), gaps @ odds])

    start = np.array([0.0, 1.0])
    point, value = lowest(loss, start)
    if loss(start)[0] - value < 3 or point[1] <= 0:
        return Scale()
    return Scale(float(f"{point[0]:.9g}"), float(f"{point[1]:.9g}"))


def _means(codes: IntArray, revenue: FloatArray, classes: int) -> tuple[float, ...]:
    """Return the mean revenue of each class; of all rows where a class has none."""
    known = np.isfinite(revenue)
    whole = float(revenue[known].mean()) if known.any() else 0.0
    found = []
    for code in range(classes):
        rows = known & (codes == code)
        found.append(float(revenue[rows].mean()) if rows.any() else whole)
    return tuple(found)
