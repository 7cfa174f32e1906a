"""On what grid numbers lie: digits they are written with, parts of a range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_STEPS = 2_000
ERROR = 1e-6
"""Chance that values anywhere in a range would lie on one of the grids tried."""


def unit_of(values: Floats) -> float:
    """Return the finest decimal unit values are written in: 1, .1, ... down to a billionth.

    >>> unit_of(np.array([1.5, 2.25])), unit_of(np.array([3.0, 4.0]))
    (0.01, 1.0)
    """
    for digits in range(9):
        scaled = values * 10.0**digits
        if np.abs(scaled - np.round(scaled)).max(initial=0.0) < 1e-4:
            return 10.0**-digits
    return 1e-9


def span_of(placed: Floats) -> int | None:
    """Return into how many steps a range from 0 to 1 is parted, where that is no round number.

    Values of a range that was parted by the span of whole numbers lie on multiples of one part;
    decimals lie on round parts (2, 5, 10, 100, ...) of it, which say nothing and are left out. Null model:
    each different value is near a multiple by chance in twice its rounding per part.

    Args:
        placed: Different numbers from 0 to 1, both included.

    >>> span_of(np.arange(38.0)[[0, 1, 2, 5, 9, 14, 17, 23, 30, 37]] / 37)
    37
    >>> span_of(np.linspace(0, 1, 21)) is None
    True
    """
    inner = placed[(placed > 0) & (placed < 1)]
    if inner.size < 5:
        return None
    rounding = max(0.5 * unit_of(placed) if unit_of(placed) > 1e-9 else 0.0, 1e-9)
    gaps = np.diff(placed)
    smallest = float(gaps[gaps > 3 * rounding].min(initial=1.0))
    # The smallest gap is a whole number of parts: one of them in a column of counts, or a few.
    for parts in range(1, 6):
        steps = round(parts / smallest)
        near = 2 * rounding + 1e-9
        if not 5 < steps <= MOST_STEPS or 2 * near * steps > 0.1:
            continue
        scaled = inner * steps
        if np.abs(scaled - np.round(scaled)).max() <= near * steps and (2 * near * steps) ** inner.size < ERROR:
            return None if _round(steps) else steps
    return None


def _round(steps: int) -> bool:
    """Whether decimals of up to three digits, or months, days and hours, lie on this many parts of the range."""
    return any(usual % steps == 0 for usual in (1000, 12, 24, 30, 31, 52, 360, 365, 366))
