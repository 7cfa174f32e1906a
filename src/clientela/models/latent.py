"""Latent classes: kinds of rows that explain why sources are linked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientela.models.clustering import EVERY, Blocks, clustered, shared, variates

IntArray = NDArray[np.int64]
SmallArray = NDArray[np.float32]

BINS = 6
"""Quantile cells of a number."""
JOINED_CELLS = 10
"""Cells of a source of several columns."""
ROUNDS = 100
ENOUGH = 1e-4
"""Gain in log-likelihood per row below which a further round is not worth its time."""
SURE = 0.8
"""How far rows are trusted to belong to the group that they start in."""


@dataclass(frozen=True)
class Cells:
    """Rows as cells of their sources.

    Attributes:
        made: The columns as matrices, from which the search for classes starts.
        linked: Dimensions in which their sources are linked.
        matrix: Rows by cells, 1 where a row lies in the cell and 0 elsewhere; one cell per source and row.
        firsts: First cell of each source.
    """

    made: Blocks
    linked: int
    matrix: SmallArray
    firsts: IntArray


def cells(made: Blocks, linked: int, seed: int) -> Cells:
    """Cut every source into a few cells.

    The values of a category are cells; a number is cut at quantiles; a source of several
    columns is first reduced to what it has in common with the others, so that links within
    it, which say nothing of kinds, are lost.

    Args:
        made: The columns as matrices.
        linked: Dimensions in which their sources are linked.
        seed: Seed.
    """
    found = []
    projected = variates(made.parts, made.sources, linked)
    for source, variate in zip(dict.fromkeys(made.sources), projected, strict=True):
        own = [part for part, other in zip(made.parts, made.sources, strict=True) if other == source]
        if len(own) > 1:
            codes = clustered(variate, JOINED_CELLS, seed)[0]
        elif own[0].shape[1] == 1:
            bounds = np.unique(np.quantile(own[0][:, 0], np.arange(1, BINS) / BINS))
            codes = np.searchsorted(bounds, own[0][:, 0], side="right")
        else:
            codes = np.unique(own[0].round(9), axis=0, return_inverse=True)[1].reshape(-1)
        codes = np.unique(codes, return_inverse=True)[1]
        found.append(np.eye(int(codes.max()) + 1, dtype=np.float32)[codes])
    firsts = np.cumsum([0, *(one.shape[1] for one in found[:-1])])
    return Cells(made, linked, np.hstack(found), firsts)


def classes(found: Cells, count: int, seed: int, some: IntArray | slice = EVERY) -> IntArray:
    """Return the likeliest class of every row, the classes found on some rows.

    A latent class model (Lazarsfeld and Henry 1968): given its class, what a row shows in one
    source says nothing of the others. Fitted by expectation-maximisation (Dempster et al.
    1977), each table of chances drawn towards the whole by one row; started at groups in what
    sources have in common and stopped early, so that it stays with kinds that all sources show.

    Args:
        found: Rows as cells.
        count: Number of classes.
        seed: Seed of the start.
        some: Rows that classes are found on.

    Returns:
        One class per row of the whole, 0 to `count` - 1; a class may be empty.
    """
    placed = shared(found.made.parts, found.made.sources, found.linked, some)
    start = clustered(placed[some], count, seed)[0]
    matrix = found.matrix[some]
    return likeliest(found.matrix, found.firsts, settled(matrix, found.firsts, start, count), some)


def settled(matrix: SmallArray, firsts: IntArray, start: IntArray, count: int, enough: float = ENOUGH) -> SmallArray:
    """Return how sure each row belongs to each class once expectation-maximisation has come to rest.

    Args:
        matrix: Rows by cells, 1 where a row lies in the cell and 0 elsewhere; one cell per source and row.
        firsts: First cell of each source.
        start: Class of each row to begin with.
        count: Number of classes.
        enough: Gain in log-likelihood per row below which a further round is not worth its time.

    Returns:
        Rows by classes; each row sums to 1.
    """
    sure = (SURE * np.eye(count)[start] + (1 - SURE) / count).astype(np.float32)
    before = -np.inf
    for _ in range(ROUNDS):
        scores, shares = _tables(sure, matrix, firsts)
        sure, now = _expected(matrix @ scores + shares)
        if now - before < enough:
            break
        before = now
    return sure


def likeliest(matrix: SmallArray, firsts: IntArray, sure: SmallArray, some: IntArray | slice) -> IntArray:
    """Return the likeliest class of every row, given how sure some rows belong to classes.

    Args:
        matrix: Rows by cells; the cells need not be those that classes were found in.
        firsts: First cell of each source.
        sure: How sure each of `some` belongs to each class.
        some: Rows that classes were found on.
    """
    scores, shares = _tables(sure, matrix[some], firsts)
    return np.asarray((matrix @ scores + shares).argmax(axis=1), dtype=np.int64)


def _tables(sure: SmallArray, matrix: SmallArray, firsts: IntArray) -> tuple[SmallArray, SmallArray]:
    """Return the logarithms of the chances of cells (cells by classes) and of the shares of classes."""
    rows, count = sure.shape
    seen = matrix.T @ sure + matrix.mean(axis=0)[:, None]
    sizes = np.diff([*firsts, matrix.shape[1]])
    chances = seen / np.repeat(np.add.reduceat(seen, firsts, axis=0), sizes, axis=0)
    shares = (sure.sum(axis=0) + 1) / (rows + count)
    # a cell that none of these rows lies in says nothing; rows of the whole may lie in it
    return np.log(np.maximum(chances, np.float32(1e-12))), np.log(shares)


def _expected(scores: SmallArray) -> tuple[SmallArray, float]:
    """Return how sure each row belongs to each class, and the mean log-likelihood."""
    top = scores.max(axis=1, keepdims=True)
    likely = np.exp(scores - top)
    whole = likely.sum(axis=1, keepdims=True)
    return likely / whole, float((top + np.log(whole)).mean(dtype=np.float64))
