"""A target as yes-or-no questions, and the answers put together into class probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clientela.models.result import TargetKind
from clientela.models.values import FloatArray, IntArray


def count(kind: TargetKind, classes: int) -> int:
    """Return how many yes-or-no questions a target with this many classes is made of."""
    return classes if kind is TargetKind.CLASSES else classes - 1


def asked(kind: TargetKind, codes: IntArray, question: int) -> NDArray[np.bool_]:
    """Tell which rows a question is asked of: for ordered classes those that came as far, else all.

    Args:
        kind: Kind of the target.
        codes: Class of every row, from 0.
        question: Number of the question, from 0.
    """
    return np.asarray(codes >= (question if kind is TargetKind.ORDERED else 0), dtype=np.bool_)


def answers(kind: TargetKind, classes: int, codes: IntArray) -> NDArray[np.bool_]:
    """Return the true answer of every row to every question.

    The first question always is "anything but the first class". Ordered classes ask those who
    reached class k "further than k?" for every k (continuation ratios, Fienberg 1980, Tutz
    1991): whether somebody buys is one question, how much another. Unordered classes
    ask "class k" for every k but the first.

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

    For ordered classes the chance of a class is that of getting there and no further; for
    unordered ones the answers are scaled to sum to 1.

    Args:
        kind: Kind of the target.
        yes: One row per row, one column per question.

    Returns:
        One column per class; no entry is negative, each row sums to 1.

    >>> probabilities(TargetKind.ORDERED, np.array([[0.5, 0.2]])).round(3).tolist()
    [[0.5, 0.4, 0.1]]
    """
    if kind is TargetKind.CLASSES:
        raw = np.column_stack([1 - yes[:, 0], yes[:, 1:]])
        return np.asarray(raw / raw.sum(axis=1, keepdims=True), dtype=np.float64)
    further = np.cumprod(yes, axis=1)
    steps = np.column_stack([np.ones(len(yes)), further, np.zeros(len(yes))])
    return np.asarray(steps[:, :-1] - steps[:, 1:], dtype=np.float64)


def log_odds(kind: TargetKind, probabilities: FloatArray) -> FloatArray:
    """Return the log-odds of yes to every question from class probabilities, the way back of `probabilities`.

    Args:
        kind: Kind of the target.
        probabilities: One row per row, one column per class.

    Returns:
        One column per question.

    >>> log_odds(TargetKind.ORDERED, np.array([[0.5, 0.4, 0.1]])).round(3).tolist()
    [[0.0, -1.386]]
    """
    given = np.maximum(probabilities, np.finfo(np.float64).tiny)
    beyond = np.cumsum(given[:, ::-1], axis=1)[:, ::-1]
    if kind is TargetKind.CLASSES:
        yes = np.column_stack([beyond[:, 1], given[:, 1:]])
        return np.asarray(np.log(yes) - np.log(np.maximum(beyond[:, :1] - yes, np.finfo(np.float64).tiny)))
    return np.asarray(np.log(beyond[:, 1:]) - np.log(given[:, :-1]), dtype=np.float64)
