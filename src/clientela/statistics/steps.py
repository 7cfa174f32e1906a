"""The step that numbers are rounded to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = (1000.0, 100.0, 10.0, 5.0, 1.0, 0.5, 0.1, 0.05, 0.01, 1e-3, 1e-4, 1e-5, 1e-6)
HOLDS = 0.95
"""Share of values that must be multiples of the step."""


def step_of(values: Floats) -> float:
    """Return the largest step whose multiples 95 % of the values are; 0 where there is none.

    >>> step_of(np.array([1.27, 3.5, 2.75])), step_of(np.array([200.0, 400.0])), step_of(np.array([np.pi]))
    (0.01, 100.0, 0.0)
    """
    for step in STEPS:
        parts = values / step
        if (np.abs(parts - np.rint(parts)) <= 1e-6 * np.maximum(1, np.abs(parts) * 1e-3)).mean() >= HOLDS:
            return step
    return 0.0
