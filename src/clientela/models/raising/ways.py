"""Ways to raise the numbers of small classes, applied to training rows alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from clientela.models.fitting import Enlarged
from clientela.models.raising.copula import fit_copula
from clientela.models.values import FloatArray, IntArray

AS_IS, WEIGHTS, RESAMPLING, SYNTHETIC, ALONE = (
    "as it is",
    "class weights",
    "resampling",
    "synthetic rows",
    "synthetic rows alone",
)
SMALL = 0.5
"""A class is small where it has less than this share of the rows that each of equal classes would have."""
LEAST_ROWS = 10
"""Rows of a class that a copula is fitted to at least."""

Way = Callable[[pl.DataFrame, IntArray], Enlarged]


def small_classes(codes: IntArray, classes: int) -> tuple[int, ...]:
    """Return the classes with less than half an equal share of the rows, the smallest first.

    >>> small_classes(np.array([0] * 9 + [1]), 2)
    (1,)
    """
    counts = np.bincount(codes, minlength=classes)
    fair = len(codes) / classes
    return tuple(int(code) for code in np.argsort(counts, kind="stable") if counts[code] < SMALL * fair)


@dataclass(frozen=True)
class Raised:
    """What every way needs to know.

    Attributes:
        columns: Columns that synthetic rows get.
        classes: How many classes.
        small: Classes to raise.
        seed: Seed.
    """

    columns: tuple[str, ...]
    classes: int
    small: tuple[int, ...]
    seed: int

    def missing(self, codes: IntArray) -> dict[int, int]:
        """Return how many rows each small class lacks of an equal share (King and Zeng 2001 weigh to the same)."""
        fair = round(len(codes) / self.classes)
        counts = np.bincount(codes, minlength=self.classes)
        return {code: max(0, fair - int(counts[code])) for code in self.small if counts[code] > 0}


def ways(raised: Raised) -> dict[str, Way]:
    """Return every way by its name, plainest first; each makes as much of a small class as an equal share of rows."""
    return {
        WEIGHTS: partial(_weighted, raised),
        RESAMPLING: partial(_resampled, raised),
        SYNTHETIC: partial(_synthetic, raised),
        ALONE: partial(_alone, raised),
    }


def _weighted(raised: Raised, frame: pl.DataFrame, codes: IntArray) -> Enlarged:
    counts = np.bincount(codes, minlength=raised.classes)
    weights: FloatArray = np.ones(len(codes))
    for code, more in raised.missing(codes).items():
        weights[codes == code] = 1 + more / counts[code]
    return Enlarged(frame, codes, np.arange(len(codes)), weights)


def _resampled(raised: Raised, frame: pl.DataFrame, codes: IntArray) -> Enlarged:
    rng = np.random.default_rng(raised.seed)
    drawn = [rng.choice(np.flatnonzero(codes == code), more) for code, more in raised.missing(codes).items()]
    rows = np.concatenate([np.arange(len(codes)), *drawn])
    return Enlarged(frame[rows], codes[rows], rows)


def _synthetic(raised: Raised, frame: pl.DataFrame, codes: IntArray) -> Enlarged:
    made = [(code, draw(raised, frame, codes, code, more)) for code, more in raised.missing(codes).items() if more]
    names = [frame.select(raised.columns), *(rows for _, rows in made)]
    return Enlarged(
        pl.concat(names, how="vertical_relaxed"),
        np.concatenate([codes, *(np.full(len(rows), code) for code, rows in made)]),
        np.concatenate([np.arange(len(codes)), *(np.full(len(rows), -1) for _, rows in made)]),
    )


def _alone(raised: Raised, frame: pl.DataFrame, codes: IntArray) -> Enlarged:
    """Return synthetic rows only, as many of every class as there were: what is learned from them, they hold."""
    counts = np.bincount(codes, minlength=raised.classes)
    made = [(code, draw(raised, frame, codes, code, int(counts[code]))) for code in np.flatnonzero(counts).tolist()]
    return Enlarged(
        pl.concat([rows for _, rows in made], how="vertical_relaxed"),
        np.concatenate([np.full(len(rows), code) for code, rows in made]),
        np.full(sum(len(rows) for _, rows in made), -1),
    )


def draw(raised: Raised, frame: pl.DataFrame, codes: IntArray, code: int, rows: int) -> pl.DataFrame:
    """Return synthetic rows of one class; resampled ones where the class has too few for a copula.

    Args:
        raised: What every way needs to know.
        frame: Rows to learn from.
        codes: Class of every row.
        code: The class wanted.
        rows: How many.
    """
    members = frame.select(raised.columns)[np.flatnonzero(codes == code)]
    if len(members) < LEAST_ROWS:
        return members[np.random.default_rng(raised.seed).integers(0, len(members), rows)]
    return fit_copula(members, raised.columns, frame, raised.seed).draw(rows, raised.seed + code)
