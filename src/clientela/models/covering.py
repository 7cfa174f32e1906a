"""Prediction sets for classes and intervals for revenue, and how often they hold the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from clientela.models.evidence import Coverage
from clientela.models.values import FloatArray, IntArray
from clientela.statistics.conformal import Mixture, class_sets, class_thresholds, ladder, threshold
from clientela.statistics.intervals import bootstrap_ratio, sure_share

LEVEL = 0.9
STEPS = 500
"""Amounts of money kept per class."""
RESAMPLES = 200


class Cover(msgspec.Struct, frozen=True):
    """Thresholds of prediction sets and intervals.

    Attributes:
        level: Share of rows whose truth is held.
        classes: How strange a class may be to a row that is in its set; None where there are too few rows to
            promise the level, so that the class is in every set.
        revenue: How strange an amount may be, by the class a row is put into; None as above; empty without revenue.
        ladders: Amounts of money per class, in equal steps of its rows; empty without revenue.
    """

    level: float
    classes: tuple[float | None, ...]
    revenue: tuple[float | None, ...] = ()
    ladders: tuple[tuple[float, ...], ...] = ()

    def sets(self, probabilities: FloatArray) -> np.ndarray:
        """Return which classes are in the set of every row, one column per class."""
        return class_sets(probabilities, _finite(self.classes))

    def intervals(self, probabilities: FloatArray, classes: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the interval of revenue of every row, in money.

        Args:
            probabilities: One row per row, one column per class.
            classes: Class every row is put into.
        """
        return Mixture(self.ladders).interval(probabilities, _finite(self.revenue)[classes])


@dataclass(frozen=True)
class Known:
    """Rows whose truth is known, answered by models that have not seen them.

    Attributes:
        codes: Class of every row.
        units: Independent unit of every row.
        unit: "visitor" or "row".
        probabilities: One row per row, one column per class.
        classes: Class every row is put into.
        revenue: Revenue in money, NaN where unknown, or None.
    """

    codes: IntArray
    units: IntArray
    unit: str
    probabilities: FloatArray
    classes: IntArray
    revenue: FloatArray | None

    def of(self, rows: IntArray) -> Known:
        """Return the same for some of the rows."""
        revenue = None if self.revenue is None else self.revenue[rows]
        return Known(
            self.codes[rows], self.units[rows], self.unit, self.probabilities[rows], self.classes[rows], revenue
        )


def cover(known: Known, parts: IntArray, level: float = LEVEL) -> Cover:
    """Work out the thresholds from rows that the model has not seen.

    The amounts of a class come from rows of the other parts than the one whose strangeness is taken (cross-conformal,
    Vovk 2015), so no row speaks for itself.

    Args:
        known: Rows.
        parts: Part of every row, from 0; one part alone speaks for itself.
        level: Share of rows whose truth is to be held.
    """
    found = class_thresholds(known.codes, known.probabilities, parts, level)
    classes = tuple(_plain(limit) for limit in found)
    if known.revenue is None:
        return Cover(level, classes)
    paid = np.flatnonzero(np.isfinite(known.revenue))
    known, parts = known.of(paid), parts[paid]
    ladders = _ladders(known)
    strange = np.full(len(parts), math.inf)
    for part in np.unique(parts):
        inside = np.flatnonzero(parts == part)
        others = np.flatnonzero(parts != part)
        amounts = _ladders(known.of(others)) if len(others) else ladders
        asked = known.of(inside)
        if asked.revenue is not None:
            strange[inside] = Mixture(amounts).strangeness(asked.probabilities, asked.revenue)
    limits = [threshold(strange[known.classes == code], level) for code in range(len(ladders))]
    return Cover(level, classes, tuple(_plain(limit) for limit in limits), ladders)


def coverage(known: Known, parts: IntArray, split: str, names: Sequence[str], level: float = LEVEL) -> list[Coverage]:
    """Measure how often sets and intervals hold the truth, each part by thresholds of the other parts.

    Args:
        known: Rows.
        parts: Part of every row.
        split: Name of the split.
        names: Names of the classes.
        level: Share of rows whose truth is to be held.

    Returns:
        Of sets for all rows and by true class, of intervals for all rows and by the class rows are put into.
    """
    held, sizes = np.zeros(len(parts)), np.zeros(len(parts))
    inside, widths = np.full(len(parts), math.nan), np.full(len(parts), math.nan)
    for part in np.unique(parts):
        rows, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        settled = cover(known.of(others), parts[others], level)
        held[rows], sizes[rows], inside[rows], widths[rows] = _held(settled, known.of(rows))
    return _told(known, (held, sizes, inside, widths), split, names, level)


def covered_ahead(settled: Cover, known: Known, split: str, names: Sequence[str]) -> list[Coverage]:
    """Measure how often sets and intervals of earlier rows hold the truth of later ones."""
    return _told(known, _held(settled, known), split, names, settled.level)


_Held = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
"""Per row: set holds the class, its size; interval holds the revenue (NaN where unknown), its width."""


def _held(settled: Cover, known: Known) -> _Held:
    sets = settled.sets(known.probabilities)
    held = sets[np.arange(len(sets)), known.codes].astype(np.float64)
    blank = np.full(len(sets), math.nan)
    if known.revenue is None or not settled.ladders:
        return held, sets.sum(axis=1).astype(np.float64), blank, blank
    low, high = settled.intervals(known.probabilities, known.classes)
    inside = ((low <= known.revenue) & (known.revenue <= high)).astype(np.float64)
    inside[np.isnan(known.revenue)] = math.nan
    return held, sets.sum(axis=1).astype(np.float64), inside, high - low


def _told(known: Known, found: _Held, split: str, names: Sequence[str], level: float) -> list[Coverage]:
    held, sizes, inside, widths = found
    told = []
    for what, groups, good, size in (
        ("classes", known.codes, held, sizes),
        ("revenue", known.classes, inside, widths),
    ):
        for code, name in enumerate(["", *names], -1):
            rows = np.flatnonzero(np.isfinite(good) & ((groups == code) | (code < 0)))
            if len(rows):
                units = known.units[rows]
                share = sure_share(
                    bootstrap_ratio(good[rows], np.ones(len(rows)), units, RESAMPLES, 0, known.unit), units
                )
                middle = float(size[rows].mean() if what == "classes" else np.median(size[rows]))
                told.append(Coverage(what, split, name, level, share, middle))
    return told


def _ladders(known: Known) -> tuple[tuple[float, ...], ...]:
    """Return the amounts of every class; those of all rows for a class without any."""
    every = np.zeros(0) if known.revenue is None else known.revenue
    ladders = []
    for code in range(known.probabilities.shape[1]):
        own = every[known.codes == code]
        ladders.append(tuple(ladder(own if len(own) else every, STEPS).tolist()))
    return tuple(ladders)


def _plain(limit: float) -> float | None:
    return float(limit) if math.isfinite(limit) else None


def _finite(limits: Sequence[float | None]) -> FloatArray:
    return np.array([math.inf if limit is None else limit for limit in limits])
