"""A target as yes-or-no questions, and the answers put together into class probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clientela.models.result import TargetKind
from clientela.models.values import FloatArray, IntArray


def count(kind: TargetKind, classes: int) -> int:
    """Return how many yes-or-no questions a target with this many classes is made of."""
    return classes if kind is TargetKind.CLASSES else classes - 1


def answers(kind: TargetKind, classes: int, codes: IntArray) -> NDArray[np.bool_]:
    """Return the true answer of every row to every question.

    The first question always is "anything but the first class". Ordered classes ask "above
    class k" for every k (Frank and Hall 2001), unordered ones "class k" for every k but the first.

    Args:
        kind: Kind of the target.
        classes: How many classes.
        codes: Class of every row, from 0.

    Returns:
        One row per row, one column per question.

    >>> answers(TargetKind.ORDERED, 3, np.array([0, 1, 2])).astype(int).tolist()
    [[0, 0], [1, 0], [1, 1]]
    """
    asked = np.arange(count(kind, classes))
    if kind is TargetKind.CLASSES:
        return np.where(asked[None, :] == 0, codes[:, None] > 0, codes[:, None] == asked[None, :])
    return np.asarray(codes[:, None] > asked[None, :], dtype=np.bool_)


def probabilities(kind: TargetKind, yes: FloatArray) -> FloatArray:
    """Return class probabilities from the probability of yes to every question.

    For ordered classes the answers are first made to fall with the threshold, each cut to
    the smallest before it; for unordered ones they are scaled to sum to 1.

    Args:
        kind: Kind of the target.
        yes: One row per row, one column per question.

    Returns:
        One column per class; no entry is negative, each row sums to 1.

    >>> probabilities(TargetKind.ORDERED, np.array([[0.5, 0.2]])).round(3).tolist()
    [[0.5, 0.3, 0.2]]
    """
    if kind is TargetKind.CLASSES:
        raw = np.column_stack([1 - yes[:, 0], yes[:, 1:]])
        return np.asarray(raw / raw.sum(axis=1, keepdims=True), dtype=np.float64)
    falling = np.minimum.accumulate(yes, axis=1)
    steps = np.column_stack([np.ones(len(yes)), falling, np.zeros(len(yes))])
    return np.asarray(steps[:, :-1] - steps[:, 1:], dtype=np.float64)
