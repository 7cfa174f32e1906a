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
        placed: Different numbers, where 0 and 1 are the ends the range had.

    >>> span_of(np.arange(38.0)[[0, 1, 2, 5, 9, 14, 17, 23, 30, 37]] / 37)
    37
    >>> span_of(np.linspace(0, 1, 21)) is None
    True
    """
    inner = placed[(placed != 0) & (placed != 1)]
    if inner.size < 1:
        return None
    rounding = max(0.5 * unit_of(placed) if unit_of(placed) > 1e-9 else 0.0, 1e-9)
    gaps = np.diff(placed)
    smallest = float(gaps[gaps > 3 * rounding].min(initial=1.0))
    # The smallest gap is a whole number of parts: one of them in a column of counts, or a few.
    for parts in range(1, 6):
        steps = round(parts / smallest)
        near = 2 * rounding + 1e-9
        if not 1 < steps <= MOST_STEPS or 2 * near * steps > 0.1:
            continue
        scaled = inner * steps
        if np.abs(scaled - np.round(scaled)).max() <= near * steps and (2 * near * steps) ** inner.size < ERROR:
            return None if steps <= 7 or _round(steps) else steps
    return None


def affine_step(values: Floats) -> float | None:
    """Return the step that all differences of numbers are multiples of, where it is much coarser than their digits.

    So lie whole numbers after something was taken off and the rest divided. Null model: each value beyond the two that
    set start and step is near a multiple by chance in twice its rounding per step. Steps people count in from zero
    on are left out.

    Args:
        values: Different numbers, sorted.

    >>> round(1 / affine_step((np.arange(9.0) - 2.71) / 1.93), 6)
    1.93
    >>> affine_step(np.arange(9.0) / 4) is None
    True
    """
    if values.size < 3:
        return None
    rounding = 0.5 * unit_of(values) if unit_of(values) > 1e-9 else 1e-9 * max(1.0, float(np.abs(values).max()))
    away = values - values[0]
    smallest = float(np.diff(values).min())
    for parts in range(1, 4):
        step = _refined(away, smallest / parts)
        near = 2 * rounding + 1e-12
        if 2 * near / step > 0.2:
            return None
        off = np.abs(away / step - np.round(away / step)).max()
        if off * step <= near and (2 * near / step) ** (values.size - 2) < 1e-2:
            return None if handy(step) and _multiple(float(values[0]), step, near) else step
    return None


def _refined(away: Floats, step: float) -> float:
    """Return a step whose error is shared by the longest distance it can be carried over."""
    reach = 4 * step
    while reach < 2 * away[-1]:
        far = float(away[away <= reach][-1])
        step = far / max(round(far / step), 1) if far > 0 else step
        reach *= 2
    return float(away[-1]) / max(round(float(away[-1]) / step), 1)


def _multiple(start: float, step: float, near: float) -> bool:
    return abs(start - round(start / step) * step) <= near


def handy(step: float) -> bool:
    """Tell whether people count in this step: whole numbers and 1, 2, 2.5 and 5 times a power of ten.

    >>> handy(0.25), handy(7.0), handy(0.37)
    (True, True, False)
    """
    mantissa = step / 10.0 ** np.floor(np.log10(step) + 1e-9)
    return bool(abs(step - round(step)) < 1e-9 or min(abs(mantissa - usual) for usual in (1, 2, 2.5, 5)) < 1e-6)


def _round(steps: int) -> bool:
    """Whether decimals of up to three digits, or months, days and hours, lie on this many parts of the range."""
    return any(usual % steps == 0 for usual in (1000, 12, 24, 30, 31, 52, 360, 365, 366))
