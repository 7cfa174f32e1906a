"""A number with its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clientela.domain.record import Record


@dataclass(frozen=True, repr=False)
class Estimate(Record):
    """A measured number with the interval that goes with it.

    Attributes:
        value: The point estimate, in the unit of the quantity; NaN where undefined.
        low: Lower end of the interval, same unit; NaN where none could be computed.
        high: Upper end of the interval, same unit; NaN where none could be computed.
        n: Number of independent units (visitors, else visits) behind it.
        method: How the interval was made, such as "wilson" or "bootstrap by visitor".
        level: Confidence level of the interval, between 0 and 1.
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    level: float = 0.95

    def __repr__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"

    def excludes(self, value: float) -> bool:
        """Tell whether `value` lies outside the interval.

        >>> Estimate(0.7, 0.6, 0.8, n=50, method="wilson").excludes(0.5)
        True
        """
        if math.isnan(self.low) or math.isnan(self.high):
            return False
        return value < self.low or value > self.high
