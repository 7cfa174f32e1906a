"""Whether the order of rows says something: runs of equal values and steps up and down.

Runs, their mean and their deviation agree with statsmodels and with all orders one by one to nine digits
(`bench/oracles.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """Runs of equal neighbours in a column, against rows shuffled at random.

    Attributes:
        runs: Runs of equal neighbours.
        levels: Different values: the fewest runs possible.
        expected: Mean of the runs over all orders of the rows.
        deviation: Standard deviation of the runs over all orders of the rows.
        up: Neighbours where the value rises.
        down: Neighbours where the value falls.
    """

    runs: int
    levels: int
    expected: float
    deviation: float
    up: int
    down: int

    @property
    def grouped(self) -> float:
        """Return how much of the breaks between runs is gone: 0 as by chance, 1 where each value stands together."""
        room = self.expected - self.levels
        return (self.expected - self.runs) / room if room > 0 else 0.0

    @property
    def deviations(self) -> float:
        """Return by how many standard deviations there are fewer runs than by chance."""
        return (self.expected - self.runs) / self.deviation if self.deviation > 0 else 0.0

    @property
    def rising(self) -> float:
        """Return the share of steps that rise, 0 to 1; one half without steps."""
        steps = self.up + self.down
        return self.up / steps if steps else 0.5


def runs_of(codes: Codes) -> Runs:
    """Count runs and steps; mean and deviation are those of Barton and David (1957) for several kinds.

    Args:
        codes: One integer from 0 per row, in the order of rows; a larger one is a larger value.

    >>> found = runs_of(np.array([0, 0, 1, 1, 2, 2]))
    >>> found.runs, found.expected, found.grouped, found.rising
    (3, 5.0, 1.0, 1.0)
    """
    steps = np.diff(codes)
    counts = np.unique(codes, return_counts=True)[1].astype(np.float64)
    n = float(codes.size)
    squares, cubes = float((counts**2).sum()), float((counts**3).sum())
    expected = n + 1 - squares / n if n else 0.0
    variance = 0.0
    if n > 1:
        variance = (squares * (squares + n * (n + 1)) - 2 * n * cubes - n**3) / (n**2 * (n - 1))
    up, down = int((steps > 0).sum()), int((steps < 0).sum())
    return Runs(up + down + int(n > 0), counts.size, expected, math.sqrt(max(variance, 0.0)), up, down)
