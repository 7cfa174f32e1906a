"""Random numbers by position: the number at a position never depends on what was drawn before.

A table of any length can so be made in pieces of any size, in any order, and come out the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_Step = Callable[[Ints], Ints]

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_UNIT = 2.0**-53
_ROUNDS = 6


@dataclass(frozen=True)
class Stream:
    """One endless line of random numbers, addressed by position.

    Attributes:
        key: Decides all its numbers, 0 to 2**64 - 1.
    """

    key: int

    def named(self, name: str) -> Stream:
        """Return the stream of this name below this one, unrelated to those of other names."""
        key = self.key
        for byte in name.encode():
            key = _mixed((key ^ byte) + _GOLDEN)
        return Stream(key)

    def uniform(self, positions: Ints) -> Floats:
        """Return one number per position, strictly between 0 and 1 (splitmix64; Steele et al. 2014).

        >>> Stream(1).uniform(np.array([5, 6]))[1] == Stream(1).uniform(np.array([6]))[0]
        np.True_
        """
        state = positions.astype(np.uint64)
        state += np.uint64(1)
        state *= np.uint64(_GOLDEN)
        state += np.uint64(self.key)
        state ^= state >> np.uint64(30)
        state *= np.uint64(_FIRST)
        state ^= state >> np.uint64(27)
        state *= np.uint64(_SECOND)
        state ^= state >> np.uint64(31)
        return ((state >> np.uint64(11)).astype(np.float64) + 0.5) * _UNIT

    def normal(self, positions: Ints) -> Floats:
        """Return one standard normal number per position."""
        drawn: Floats = ndtri(self.uniform(positions))
        return drawn

    def choice(self, positions: Ints, shares: Floats, rows: Ints | None = None) -> Ints:
        """Choose one option per position.

        Args:
            positions: Where to draw.
            shares: Probability of every option; with `rows`, one line of them per kind.
            rows: Kind of every position (line of `shares`), or None.

        Returns:
            Index of the option chosen, one per position.
        """
        return pick(self.uniform(positions), shares, rows)


def stream(seed: int) -> Stream:
    """Return the stream that belongs to `seed` (any whole number)."""
    return Stream(_mixed((seed & _MASK) + _GOLDEN))


def pick(uniform: Floats, shares: Floats, rows: Ints | None = None) -> Ints:
    """Turn uniform numbers into options: option k where the number falls into the k-th share."""
    limits = np.cumsum(shares, axis=-1)
    limits /= limits[..., -1:]
    chosen = np.zeros(uniform.shape, dtype=np.int64)
    for option in range(shares.shape[-1] - 1):
        chosen += uniform > (limits[option] if rows is None else limits[rows, option])
    return chosen


def _mixed(value: int) -> int:
    value &= _MASK
    value = ((value ^ (value >> 30)) * _FIRST) & _MASK
    value = ((value ^ (value >> 27)) * _SECOND) & _MASK
    return value ^ (value >> 31)


class Permutation:
    """A shuffle of 0 .. size - 1 that is computed position by position, in both directions.

    A Feistel network on the cells of a grid hardly larger than the range; a number that falls
    outside the range is sent through again (Black and Rogaway 2002).

    Args:
        size: How many numbers are shuffled, at least 1.
        source: Decides the shuffle.

    >>> shuffle = Permutation(10, stream(1))
    >>> sorted(shuffle.forward(np.arange(10)).tolist()) == list(range(10))
    True
    """

    def __init__(self, size: int, source: Stream) -> None:
        self._size = size
        self._wide = math.isqrt(size - 1) + 1
        self._high = -(-size // self._wide)
        self._steps: list[tuple[Ints, Ints]] = []
        for index in range(_ROUNDS):
            step = source.named(f"round {index}")
            left = step.named("left").uniform(np.arange(self._wide)) * self._high
            right = step.named("right").uniform(np.arange(self._high)) * self._wide
            self._steps.append((left.astype(np.int64), right.astype(np.int64)))

    def forward(self, positions: Ints) -> Ints:
        """Return where each position goes."""
        return self._walk(positions, self._once)

    def backward(self, positions: Ints) -> Ints:
        """Return where each position comes from."""
        return self._walk(positions, self._undo)

    def _walk(self, positions: Ints, step: _Step) -> Ints:
        moved = step(positions)
        outside = np.flatnonzero(moved >= self._size)
        while outside.size:
            moved[outside] = step(moved[outside])
            outside = outside[moved[outside] >= self._size]
        return moved

    def _once(self, positions: Ints) -> Ints:
        high, wide = np.divmod(positions, self._wide)
        for left, right in self._steps:
            high = (high + left[wide]) % self._high
            wide = (wide + right[high]) % self._wide
        moved: Ints = high * self._wide + wide
        return moved

    def _undo(self, positions: Ints) -> Ints:
        high, wide = np.divmod(positions, self._wide)
        for left, right in reversed(self._steps):
            wide = (wide - right[high]) % self._wide
            high = (high - left[wide]) % self._high
        moved: Ints = high * self._wide + wide
        return moved
