"""Tiny drawings of our own: a distribution or a share in the height of a line."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT = 96, 22
GAP = 1


def spark(heights: Sequence[float]) -> str:
    """Return the path of a tiny bar chart in a box of 96 by 22.

    Args:
        heights: One per bar, 0 to 1.

    Returns:
        SVG path data made of numbers only.

    >>> spark([1.0])
    'M0 22V0h95V22z'
    """
    step = WIDTH / len(heights) if heights else 0
    parts = []
    for index, height in enumerate(heights):
        tall = HEIGHT * min(max(height, 0.0), 1.0)
        top = HEIGHT - (max(tall, 1.0) if height > 0 else 0.0)
        parts.append(f"M{index * step:.4g} {HEIGHT}V{top:.3g}h{step - GAP:.3g}V{HEIGHT}z")
    return "".join(parts)
