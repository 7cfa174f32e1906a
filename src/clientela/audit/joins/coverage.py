"""How much of a table a join matched, and which columns it brought: told by key, since cell noise is told by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.audit.arrays import Arrays
from clientela.audit.facts import Facts
from clientela.audit.joins.keys import Key

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

ALIKE = 0.9
"""Overlap (Jaccard) from which two sets of keys without a cell are one."""

OWN = 0.2
"""Share of keys that a column of its own may lack beyond those that the join did not match."""

LEAST_GAPS = 20
"""Rows without cells from which gaps in common say that two columns came together."""

MOST_KEYS = 4000
"""Keys looked at for the coverage by key: its standard error is then at most .8 points."""

SEEN = 0.9
"""Share of all keys in the sample from which the sample is enough for the coverage by key."""


@dataclass(frozen=True)
class Coverage:
    """Shares matched.

    Attributes:
        rows: Of all rows.
        keys: Of the keys that are there.
    """

    rows: float
    keys: float


def parted(key: Codes, arrays: Arrays, names: Sequence[str]) -> list[list[str]]:
    """Part the columns of one key by the keys they lack, since one table lacks the same keys in all its columns.

    A key lacks a column where most of its rows do, so that cell noise changes no mask. Masks shared by
    two columns or more each make a table. A column with a mask of its own goes with the table whose gaps
    it shares where it lacks at most a fifth of keys beyond, since attributes may be empty for some keys.

    Args:
        key: Code of the key per sampled row, -1 unknown.
        arrays: The sample.
        names: Columns that the key determines.
    """
    if len(names) < 2:
        return [list(names)] if names else []
    masks = {name: _lacking(key, arrays.missing(name)) for name in names}
    groups: list[list[str]] = []
    for name in names:
        alike = next((group for group in groups if _alike(masks[name], masks[group[0]])), None)
        if alike is None:
            groups.append([name])
        else:
            alike.append(name)
    groups.sort(key=len, reverse=True)
    kept = [group for group in groups if len(group) > 1]
    for group in groups:
        if len(group) > 1:
            continue
        homes = [other for other in kept if _own_gaps(masks[group[0]], masks[other[0]])]
        if homes:
            max(homes, key=lambda other: float((masks[other[0]] == 1).sum())).append(group[0])
        else:
            kept.append(group)
    return kept


def _lacking(key: Codes, missing: Mask) -> Floats:
    """Return 1 for repeated keys most of whose rows lack a cell, 0 where few do, NaN where it is even."""
    known = key >= 0
    size = np.bincount(key[known])
    share = np.bincount(key[known], weights=missing[known])[size > 1] / size[size > 1]
    return np.where(share == 0.5, np.nan, np.round(share))


def _alike(one: Floats, other: Floats) -> bool:
    told = ~np.isnan(one) & ~np.isnan(other)
    both, either = (one[told] * other[told]).sum(), np.maximum(one[told], other[told]).sum()
    return bool(both >= ALIKE * either)


def _own_gaps(one: Floats, home: Floats) -> bool:
    told = ~np.isnan(one) & ~np.isnan(home)
    mine, theirs = one[told] == 1, home[told] == 1
    shared = (mine & theirs).sum() >= ALIKE * theirs.sum()
    return bool(shared and (mine & ~theirs).sum() <= OWN * told.sum())


def matched(key: Codes, missing: Mask) -> Mask:
    """Tell which rows a join matched, from all cells of their key.

    A key is matched where it has at least half as many cells as keys with cells usually have, so
    that cells filled or emptied one by one change nothing. Rows without a key are told one by one.

    Args:
        key: Code of the key per row, -1 unknown.
        missing: Cells that are missing, shape (rows, columns).
    """
    codes = np.where(key >= 0, key, int(key.max(initial=-1)) + 1 + np.arange(key.size))
    codes = np.unique(codes, return_inverse=True)[1]
    size = np.bincount(codes)
    filled = np.bincount(codes, weights=1 - missing.mean(axis=1)) / size
    total = float(filled[codes].sum())
    usual = float((filled[codes] ** 2).sum()) / total if total else 1.0
    found: Mask = filled[codes] >= usual / 2
    return found


def coverages(facts: Facts, key: Key, columns: Sequence[str]) -> Coverage:
    """Measure what a join matched, by row on the sample and by key.

    By key, every key counts the same. Where the sample misses many keys, it holds the frequent ones too often;
    then whole keys are drawn from the table.

    Args:
        facts: Facts with the sample.
        key: The key on the sample.
        columns: Columns of the block.
    """
    missing = np.stack([facts.arrays.missing(name) for name in columns], axis=1)
    rows = matched(key.codes, missing)
    codes, hit = key.codes, rows
    alone = len(key.columns) == 1 and not key.moment
    distinct = facts.columns[key.columns[0]].distinct
    if alone and facts.sampled < facts.rows and key.distinct < SEEN * distinct:
        share = min(1.0, MOST_KEYS / distinct)
        wanted = [key.columns[0], *columns[:3]]
        drawn = facts.table.sample(round(share * facts.rows), facts.options.seed, key.columns[0], wanted)
        cells = drawn.get_column(key.columns[0])
        codes = cells.rank("dense").cast(pl.Int64).fill_null(0).to_numpy().astype(np.int64) - 1
        hit = matched(codes, drawn.select(pl.col(*columns[:3]).is_null()).to_numpy())
    known = codes >= 0
    if not known.any():
        return Coverage(float(rows.mean()), float("nan"))
    of_keys = np.bincount(codes[known], weights=hit[known]) / np.maximum(np.bincount(codes[known]), 1)
    used = np.bincount(codes[known]) > 0
    return Coverage(float(rows.mean()), float((of_keys[used] >= 0.5).mean()))
