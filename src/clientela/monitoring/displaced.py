"""Rows whose values stand one column on, told by the column that they left empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline
from clientela.monitoring.case import FLOOR, Found
from clientela.monitoring.columns import Flags, Floats, Kind, as_numbers, written
from clientela.monitoring.fitting import binned, thinned
from clientela.monitoring.free_texts import mask
from clientela.statistics.two_samples import homogeneity, homogeneity_p

LEAST = 20
"""Rows in which a column must be empty, and cells that must be filled beside it."""

NEW = 0.1
"""Part of the empty cells that the reference may have had, so that nearly all of these rows are displaced ones."""

MOST, FEW = 0.9, 0.5
"""Share of the cells that must be words of the column they came from, and below which they are none of their own."""

OWN, AS_BEFORE, NEARER = 1e-6, 1e-3, 0.1
"""Chance below which cells have another law than their own column, above which they have that of its neighbour, and
part of the one chi-square that the other may be instead, for seasons move laws."""

LINKS = 2
"""Neighbours that must hold each other's values: a column that is missing beside one that changed is no shift."""


def displaced(baseline: Baseline, frame: pl.DataFrame, matched: Mapping[str, str]) -> Found | None:
    """Return the columns whose values stand one column on in some rows, as a separator too many makes them.

    The first of the columns is empty in those rows, and each next one holds what belongs to the one before it. Numbers,
    categories and texts are asked alike, for a shift does not care.

    Args:
        baseline: What the batch is held against.
        frame: The batch as it was read.
        matched: Name in the batch by name in the reference.
    """
    names = [term.name for term in baseline.contract.terms if term.name in matched]
    best: tuple[int, list[str], Flags] | None = None
    for step in (1, -1):
        for place, name in enumerate(names):
            empty = _newly_empty(baseline, name, frame[matched[name]])
            if empty is None:
                continue
            chain = _chain(baseline, frame.filter(pl.Series(empty)), matched, names[place::step])
            if len(chain) > LINKS and (best is None or len(chain) > best[0]):
                best = len(chain), chain, empty
    if best is None:
        return None
    _, chain, rows = best
    share = float(rows.mean())
    evidence = {"takes": {right: left for left, right in pairwise(chain)}, "rows": int(rows.sum()), "share": share}
    what = f"hold the values of their neighbours in {share:.0%} of the rows"
    columns = tuple(name for name in names if name in chain)
    return Found(Cause.COLUMN_SHIFT, columns, evidence, rows, (Cause.COLUMN_SWAP,), what)


def _newly_empty(baseline: Baseline, name: str, cells: pl.Series) -> Flags | None:
    empty = cells.is_null().to_numpy()
    before = float(baseline.side.missing(name).mean())
    enough = empty.sum() >= LEAST and empty.mean() >= FLOOR
    return empty if enough and before <= NEW * float(empty.mean()) else None


def _chain(baseline: Baseline, rows: pl.DataFrame, matched: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """Return the columns from the empty one on, each of which holds what belongs to the one before it.

    A column that says nothing, as one that is mostly empty, may lie between two that do, and ends no chain.
    """
    chain, told = [names[0]], 1
    for left, right in pairwise(names):
        moved = _came_from(baseline, rows[matched[right]], left, right)
        if moved is False:
            break
        chain.append(right)
        told = len(chain) if moved else told
    return chain[:told]


def _came_from(baseline: Baseline, cells: pl.Series, left: str, right: str) -> bool | None:
    """Tell whether cells of one column belong to another; None where they are too few, or could be of both."""
    held = written(cells).drop_nulls()
    if len(held) < LEAST or Kind.TIME in (baseline.contract.term(left).kind, baseline.contract.term(right).kind):
        return None if len(held) < LEAST else False
    (words, theirs), (own_words, own) = (_likeness(baseline, held, name) for name in (left, right))
    if words < MOST:
        return False
    if own_words < FEW:
        return True
    fits, unlike = homogeneity_p(*theirs) > AS_BEFORE, homogeneity_p(*own) < OWN
    nearer = homogeneity(*theirs)[0] < NEARER * homogeneity(*own)[0]
    return True if unlike and (fits or nearer) else None if fits and not unlike else False


def _likeness(baseline: Baseline, cells: pl.Series, name: str) -> tuple[float, tuple[Floats, Floats]]:
    """Return the share of cells that a column could hold, and their counts by its words beside the reference's own.

    Words are levels of a category, shapes of a key or text, and bins of a number.
    """
    if name in baseline.side.numbers:
        numbers, known = as_numbers(cells), baseline.side.numbers[name]
        return float(np.mean(~np.isnan(numbers))), binned(known[thinned(known.size)], numbers)
    known_words, now = baseline.side.texts[name].drop_nulls(), cells
    if baseline.contract.term(name).kind is not Kind.CATEGORY:
        known_words, now = mask(known_words), mask(now)
    levels, counts = _counted(known_words)
    fresh = dict(zip(*_counted(now), strict=True))
    held = np.array([fresh.get(level, 0.0) for level in levels])
    return float(held.sum() / len(now)), (np.append(held, len(now) - held.sum()), np.append(counts, 0.0))


def _counted(words: pl.Series) -> tuple[list[str], list[float]]:
    counts = pl.DataFrame({"word": words}).group_by("word").len().sort("word")
    return counts["word"].to_list(), counts["len"].cast(pl.Float64).to_list()
