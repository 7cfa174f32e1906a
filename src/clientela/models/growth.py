"""Laws of learning: what more rows would bring, and how well a few measured points tell it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from clientela.domain.estimate import Estimate
from clientela.models.values import FloatArray

POWERS = np.linspace(0.1, 1.5, 57)
"""Powers tried: errors seldom shrink slower or faster (Viering and Loog 2023)."""
USUAL, USUAL_SPREAD = 0.5, 0.8
"""Prior of the power, on a log scale: the root of the rows, as 1 (a model of few numbers) is within a deviation."""
GAINS = 0.15 * np.linspace(0, 1, 241) ** 2
"""Gains of AUC from twice the rows tried, all of them as likely beforehand."""
LOOSE = 0.4
"""Deviation, on a log scale, of a gain from that of the law: trees take more leaves from certain rows on, and levels of
a category are known one after the other."""
LEAST_SPREAD = 1e-4
"""Error of a point that is never undercut."""
LEVEL = 0.95
_NODES = ndtri((np.arange(9) + 0.5) / 9)
"""Values of a normal variable that are equally likely."""


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


@dataclass(frozen=True)
class Measured:
    """Quality at several sizes.

    Attributes:
        rows: Rows learned from, one per size.
        quality: Quality, higher better, at most 1.
        spread: Covariance of the qualities, over other rows to learn from and to test on.
        method: How it was measured.
    """

    rows: FloatArray
    quality: FloatArray
    spread: FloatArray
    method: str

    def loosened(self) -> FloatArray:
        """Return the covariance with what the points may stray from any one law, held to be right at the last."""
        gone = self.rows**-0.5
        rise = max(0.0, float(self.quality[-1] - self.quality[0]))
        steps = LOOSE * rise * (gone[:-1] - gone[1:]) / (gone[0] - gone[-1])
        strayed = np.append(np.cumsum(steps[::-1] ** 2)[::-1], 0.0)
        place = np.arange(len(self.rows))
        least = LEAST_SPREAD**2 * np.eye(len(place))
        return np.asarray(self.spread + strayed[np.maximum(place[:, None], place)] + least, dtype=np.float64)


class Laws:
    """Power laws (Cortes et al. 1994), each weighted by how well it fits, with a top of at most 1.

    A law is a power and the gain that twice the rows would bring; the level of the curve follows from the points.
    No single best law is taken: few points, all from the same rows, are fitted by many.

    Args:
        measured: What the laws are held against.
        rows: Rows that there are, beyond which the laws are followed.
        units: Independent units behind it.
    """

    def __init__(self, measured: Measured, rows: float, units: int) -> None:
        self._rows, self._units = rows, units
        self._method = f"power laws weighted by likelihood, {measured.method}"
        inverse = np.linalg.inv(measured.loosened())
        total = inverse.sum()
        # points further left make the level no surer than the last one, whatever a law says
        self._error = float(max(total**-0.5, measured.spread[-1, -1] ** 0.5))
        self._lack = GAINS / (1 - 2 ** -POWERS[:, None])
        raised = measured.quality + self._lack[:, :, None] * (measured.rows / rows) ** -POWERS[:, None, None]
        self._top = raised @ inverse.sum(axis=0) / total
        apart = raised - self._top[:, :, None]
        beyond = np.maximum(ndtr((1 - self._top) / self._error), 1e-300)
        prior = ((np.log(POWERS) - np.log(USUAL)) / USUAL_SPREAD) ** 2
        self._likely = np.log(beyond) - (((apart @ inverse) * apart).sum(axis=2) + prior[:, None]) / 2
        weights = np.exp(self._likely - self._likely.max()) * np.gradient(GAINS)
        self._weights = np.repeat((weights / weights.sum())[:, :, None], len(_NODES), axis=2).ravel() / len(_NODES)

    def likeliest(self) -> Fit:
        """Return the one law that fits best."""
        power, gain = np.unravel_index(int(self._likely.argmax()), self._likely.shape)
        top = min(1.0, float(self._top[power, gain]))
        return Fit(top, float(self._lack[power, gain] * self._rows ** POWERS[power]), float(POWERS[power]))

    def at(self, rows: float) -> Estimate:
        """Return the quality with so many rows."""
        left = self._lack * (rows / self._rows) ** -POWERS[:, None]
        error = np.hypot(self._error, LOOSE * (self._lack - left))
        return self._estimate(np.clip((self._top - left)[:, :, None] + error[:, :, None] * _NODES, 0, 1))

    def doubling(self) -> Estimate:
        """Return the gain from twice the rows there are."""
        return self._estimate(self._gains())

    def enough(self, small: float, most: float) -> Estimate:
        """Return the rows from which doubling brings less than a small gain, at most so many."""
        needed = self._rows * (self._gains() / small) ** (1 / POWERS[:, None, None])
        return self._estimate(np.minimum(needed, most))

    def _gains(self) -> FloatArray:
        gains = GAINS[:, None] * np.exp(LOOSE * _NODES)
        return np.broadcast_to(gains, (len(POWERS), *gains.shape))

    def _estimate(self, values: FloatArray) -> Estimate:
        """Return the median and the ends between which the weight of the laws lies."""
        order = np.argsort(values, axis=None)
        shares = np.cumsum(self._weights[order])
        low, middle, high = np.interp((0.5 - LEVEL / 2, 0.5, 0.5 + LEVEL / 2), shares, values.ravel()[order]).tolist()
        return Estimate(middle, low, high, self._units, self._method, LEVEL)
