"""How rows are parted for measuring, so that no visitor and no repeated row sits on both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import RefusedError
from clientela.domain.roles import Roles
from clientela.models.result import Split
from clientela.models.values import FloatArray, IntArray, months, numbers, seconds, texts

EDGES = (0.4, 8 / 15, 2 / 3, 0.8)
"""Shares of rows, by time, where the periods begin that are answered by models of what came before."""
LEAST_FUTURE = 10
"""Rows of each side of the first question that the future must hold."""


@dataclass(frozen=True)
class Parted:
    """Rows parted once: `train` and `test` are row indices."""

    train: IntArray
    test: IntArray


def group_rows(frame: pl.DataFrame, roles: Roles) -> IntArray:
    """Return the group of every row: rows of one visitor, and rows that are equal, belong together.

    Rows are equal where all columns but the identifiers are. A row without a visitor is
    grouped with its equals only.

    Returns:
        Group codes from 0, in order of first appearance.
    """
    skipped = {*roles.identifiers, roles.visit}
    content = [column.name for column in roles.columns if column.name in frame.columns and column.name not in skipped]
    codes = _first_equal(frame.select(content)) if content else pl.Series(np.arange(len(frame)))
    if roles.visitor is not None:
        names = texts(frame[roles.visitor])
        # Beyond the last row number, so that a visitor and a row without one are never the same group.
        codes = (_first_equal(names.to_frame()) + len(frame)).zip_with(names.is_not_null(), codes)
    values = codes.to_numpy()
    _, first_seen, inverse = np.unique(values, return_index=True, return_inverse=True)
    rank = np.empty(len(first_seen), dtype=np.int64)
    rank[np.argsort(first_seen)] = np.arange(len(first_seen))
    return rank[inverse.reshape(-1)]


def _first_equal(frame: pl.DataFrame) -> pl.Series:
    """Return for every row the number of the first row equal to it, missing cells being equal."""
    numbered = frame.select(pl.struct(pl.all()).alias("row")).with_columns(pl.int_range(pl.len()).alias("number"))
    return numbered.select(pl.col("number").min().over("row"))["number"]


def folds(codes: IntArray, groups: IntArray, rows: Sequence[int], count: int, seed: int) -> IntArray:
    """Return the fold of every row: whole groups, each class spread evenly, seeded by hash.

    A group counts as its highest class. Within a class groups are dealt out in turn, large
    ones first and else in the order of md5(seed, position of the group's first row).

    Args:
        codes: Class of every row.
        groups: Group of every row, codes from 0 in order of first appearance.
        rows: Position of every row in the table.
        count: Number of folds.
        seed: Seed.

    Returns:
        Fold of every row, from 0.

    Raises:
        RefusedError: There are fewer groups than folds.
    """
    _, first = np.unique(groups, return_index=True)
    if len(first) < count:
        units = "1 visitor or distinct row" if len(first) == 1 else f"{len(first)} visitors or distinct rows"
        raise RefusedError(
            f"All rows are of {units}, too few to part into {count} folds: give rows of more visitors, or name another "
            "visitor column."
        )
    highest = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(highest, groups, codes)
    sizes = np.bincount(groups)
    hashes = [hashlib.md5(f"{seed}|{rows[index]}".encode(), usedforsecurity=False).hexdigest() for index in first]
    order = sorted(range(len(first)), key=lambda group: (highest[group], -sizes[group], hashes[group]))
    fold = np.empty(len(first), dtype=np.int64)
    fold[np.array(order)] = np.arange(len(first)) % count
    return fold[groups]


def parts(fold: IntArray) -> tuple[Parted, ...]:
    """Return train and test rows of every fold."""
    return tuple(
        Parted(np.flatnonzero(fold != index), np.flatnonzero(fold == index)) for index in range(int(fold.max()) + 1)
    )


def describe_folds(found: Sequence[Parted], visitors: bool) -> Split:
    """Describe a cross-validation."""
    train = round(sum(len(part.train) for part in found) / len(found))
    test = sum(len(part.test) for part in found)
    together = "all rows of a visitor" if visitors else "equal rows"
    return Split(
        "folds by visitor" if visitors else "folds",
        train,
        test,
        f"{len(found)} folds; {together} are in the same fold, and each class is spread evenly.",
    )


def time_of(frame: pl.DataFrame, roles: Roles) -> FloatArray | None:
    """Return the time of every row as a number that orders them, or None where there is none."""
    if roles.time is None or roles.time not in frame.columns or frame.is_empty():
        return None
    series = frame[roles.time]
    named = months(series)
    found = named if named is not None else numbers(series) if series.dtype.is_numeric() else seconds(series)
    return found if np.isfinite(found).mean() > 0.5 else None


def newest(frame: pl.DataFrame, roles: Roles) -> float | None:
    """Return the latest time of the rows, as `time_of` has it, or None where there is none."""
    times = time_of(frame, roles)
    return None if times is None else float(np.nanmax(times))


def forward(times: FloatArray, codes: IntArray, groups: IntArray) -> tuple[tuple[Parted, ...], Split] | str:
    """Part the rows into periods, each to be answered by a model that has seen only what came before.

    The last period is the last fifth of time, to be measured on; those before it reach back to the first
    two fifths, to settle on. Earlier rows of visitors who come again in a period are left out of
    its training where at least half of its past stays, so that nobody is recognised; else they stay.

    Args:
        times: Time of every row, NaN where unknown (such rows are in no part).
        codes: Class of every row.
        groups: Group of every row.

    Returns:
        The parts in order of time and a description of the last one, or a sentence why it is not possible.
    """
    known = np.isfinite(times)
    if len(np.unique(times[known])) < 2:
        return "A split forward in time is not possible: all rows have the same time."
    edges = np.unique(np.quantile(times[known], EDGES, method="higher"))
    cut = float(edges[-1])
    last = known & (times >= cut)
    found = _ahead(known & (times < cut), last, codes, groups)
    if found is None:
        return "A split forward in time is not possible: the past or the last fifth of time lacks rows of one side."
    train, left = found
    if left:
        told = f"{left:,} earlier rows of visitors who come again are left out of training"
    else:
        both = np.isin(groups[train], groups[last]).any()
        told = "visitors who come again stay in training" if both else "no visitor is on both sides"
    share = int(last.sum()) / int(known.sum())
    detail = f"Trained on the past, tested on the last {share:.0%} of rows by time; {told}."
    split = Split("forward in time", len(train), int(last.sum()), detail)
    earlier = [
        Parted(before[0], np.flatnonzero(known & (times >= low) & (times < high)))
        for low, high in pairwise(edges)
        if (before := _ahead(known & (times < low), known & (times >= low) & (times < high), codes, groups))
    ]
    return (*earlier, Parted(train, np.flatnonzero(last))), split


def _ahead(
    past: NDArray[np.bool_], future: NDArray[np.bool_], codes: IntArray, groups: IntArray
) -> tuple[IntArray, int] | None:
    """Return the rows to learn from and how many are left out; None where there is too little to learn or test."""
    rows = np.flatnonzero(past)
    strangers = rows[~np.isin(groups[rows], groups[future])]
    apart = 2 * len(strangers) >= len(rows) and _learnable(codes[strangers])
    train = strangers if apart else rows
    if not _learnable(codes[train]) or not _learnable(codes[future]):
        return None
    return train, len(rows) - len(train)


def _learnable(codes: IntArray) -> bool:
    above = int(np.count_nonzero(codes > 0))
    return min(above, len(codes) - above) >= LEAST_FUTURE
