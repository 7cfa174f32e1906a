"""Columns that are gone, new, or under another name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, cells
from clientela.monitoring.case import Found
from clientela.monitoring.columns import Floats, Kind
from clientela.statistics.two_samples import homogeneity

ALIKE = 0.6
"""Alikeness of content above which a lost and a new column are one column under another name."""

BUILT = 0.7
"""Alikeness of names and free texts that are built alike, none of which was there before."""


def match_columns(baseline: Baseline, frame: pl.DataFrame) -> tuple[dict[str, str], list[Found]]:
    """Match the batch's columns with the reference's.

    Returns:
        Name in the batch by name in the reference, for columns that are there; and what is lost, new or renamed.
    """
    names = [term.name for term in baseline.contract.terms]
    lost = [name for name in names if name not in frame.columns]
    new = [name for name in frame.columns if name not in names]
    renamed = _renamed(baseline, frame, lost, new)
    found = []
    if renamed:
        evidence = {"names": renamed}
        found.append(Found(Cause.COLUMN_RENAMED, tuple(renamed), evidence, what=_pairs(renamed)))
    gone = tuple(name for name in lost if name not in renamed)
    extra = tuple(name for name in new if name not in renamed.values())
    if gone:
        found.append(Found(Cause.COLUMN_REMOVED, gone, {"columns": list(gone)}))
    if extra:
        found.append(Found(Cause.COLUMN_ADDED, extra, {"columns": list(extra)}))
    return {**{name: name for name in names if name in frame.columns}, **renamed}, found


def _pairs(renamed: Mapping[str, str]) -> str:
    return ", ".join(f"{old!r} is now {new!r}" for old, new in list(renamed.items())[:5])


def _renamed(baseline: Baseline, frame: pl.DataFrame, lost: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    scores = sorted(
        (
            (_name_likeness(old, other) + _content(baseline, old, frame[other]), old, other)
            for old in lost
            for other in new
        ),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    pairs: dict[str, str] = {}
    for score, old, other in scores:
        if score >= ALIKE and old not in pairs and other not in pairs.values():
            pairs[old] = other
    return pairs


def plain(name: str) -> str:
    """Return a name without case, blanks and marks.

    >>> plain("Page Values") == plain("page_values")
    True
    """
    return re.sub(r"[\W_]+", "", name).casefold()


def _name_likeness(old: str, new: str) -> float:
    first, second = plain(old), plain(new)
    if first == second and first:
        return 1.0
    return 0.25 if first and second and (first in second or second in first) else 0.0


def _content(baseline: Baseline, name: str, series: pl.Series) -> float:
    """Return 1 where the content is like the reference's, 0 where it is not."""
    kind = baseline.contract.term(name).kind
    values = cells(series, kind)
    known = baseline.side.numbers.get(name)
    if isinstance(values, np.ndarray) and known is not None:
        held, base = values[~np.isnan(values)], known[~np.isnan(known)]
        if held.size < 0.5 * len(series) * (1 - baseline.contract.term(name).nulls) or not base.size:
            return 0.0
        edges = np.unique(np.quantile(base, np.linspace(0, 1, 21)))
        return _likeness(_binned(held, edges), _binned(base, edges))
    if not isinstance(values, pl.Series):
        return 0.0
    if kind in (Kind.KEY, Kind.TEXT):
        return _built_alike(values.drop_nulls(), baseline.side.texts[name].drop_nulls())
    return _counted_alike(values.drop_nulls(), baseline.side.texts[name].drop_nulls())


def _built_alike(texts: pl.Series, known: pl.Series) -> float:
    """Return how alike names and free texts are, whose cells come new: by shapes and lengths, and by those known.

    Customers and links come again, which adds to what the writing shows; keys never do.
    """
    if not len(texts) or not len(known) or (known.n_unique() == len(known) and texts.n_unique() < len(texts)):
        return 0.0
    # the first letter of all names of a kind is often the same one, and that of another kind another
    shapes = (
        part.str.slice(0, 1) + part.str.replace_all(r"[\p{L}\p{N}]+", "x") + part.str.len_chars().cast(pl.String)
        for part in (texts, known)
    )
    return min(1.0, BUILT * _counted_alike(*shapes) + float(texts.is_in(known.unique().implode()).to_numpy().mean()))


def _counted_alike(texts: pl.Series, known: pl.Series) -> float:
    counts = [pl.DataFrame({"v": part}).group_by("v").len() for part in (texts, known)]
    both = counts[0].join(counts[1], on="v", how="full", coalesce=True, suffix="_b").fill_null(0)
    return _likeness(both["len"].to_numpy().astype(float), both["len_b"].to_numpy().astype(float))


def _binned(values: Floats, edges: Floats) -> Floats:
    return np.bincount(np.searchsorted(edges, values, side="left"), minlength=edges.size + 1).astype(np.float64)


def _likeness(batch: Floats, base: Floats) -> float:
    if batch.sum() == 0 or base.sum() == 0:
        return 0.0
    if batch.size == 1:  # one value or shape, the same on both sides
        return 1.0
    shared = float(np.minimum(batch / batch.sum(), base / base.sum()).sum())
    statistic, freedom = homogeneity(batch, base)
    return 1.0 if freedom and statistic < 3 * freedom + 10 else max(0.0, shared - 0.3)
