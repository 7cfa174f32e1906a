"""Histograms small enough to look at.

Edges and counts agree with astropy and pandas to nine digits (`bench/oracles.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_BINS = 24
LARGEST = float(np.finfo(np.float64).max)


def histogram(values: Floats, most: int = MOST_BINS) -> tuple[Floats, NDArray[np.int64]]:
    """Part finite numbers into bins that show the shape of the bulk.

    Whole numbers of a small span get one bin each. Else bins are equally wide between the
    1st and 99th percentile, as many as Freedman and Diaconis (1981) ask for within limits;
    the first and last bin reach out to the extremes. Numbers too far apart for their distance
    to be a number are parted into two halves of the range.

    Args:
        values: Finite numbers.
        most: Most bins.

    Returns:
        Edges (bins + 1) and counts (bins); both empty without values.

    >>> histogram(np.array([1.0, 1.0, 2.0, 4.0]))[1].tolist()
    [2, 1, 0, 1]
    """
    if values.size == 0:
        return np.empty(0), np.empty(0, dtype=np.int64)
    edges = _edges(values, most)
    counts, _ = np.histogram(values, bins=edges)
    return edges, counts.astype(np.int64)


def _edges(values: Floats, most: int) -> Floats:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.sort([low, np.nextafter(low, np.inf if low < LARGEST else 0.0)])
    if high / 4 - low / 4 > LARGEST / 8:
        return np.array([low, low / 2 + high / 2, high])
    if high - low < most and bool((values == np.floor(values)).all()):
        return np.append(np.arange(low, high + 1), high + 1)
    start, q1, q3, stop = (float(q) for q in np.quantile(values, [0.01, 0.25, 0.75, 0.99]))
    if not start < stop:
        start, stop = low, high
    width = 2 * (q3 - q1) / values.size ** (1 / 3)
    bins = int(np.clip(np.ceil((stop - start) / width), 5, most)) if width > 0 else most
    edges = np.linspace(start, stop, bins + 1)
    edges[0], edges[-1] = low, high
    return np.unique(edges)
