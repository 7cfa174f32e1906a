"""What the levels of a category became, where the old one of each row is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from clientela.domain.incident import Cause
from clientela.monitoring.columns import Floats
from clientela.monitoring.restored import MOST
from clientela.statistics.two_samples import homogeneity_p

LEAST, LEAST_EACH = 5, 3
"""Rows that must have another level than before, all together and of each level."""

BEYOND = 1.25
"""How many times more rows of a level must have its new one than values of other rows would give it."""

UNTOUCHED = 8.0
"""Rows of other levels of which as large a part would have gone too, that none of them going, or being come to, is no
chance."""

SAME_SHARE = 1e-3
"""Chance above which the same share of each level became another."""

EMPTY = 0.02
"""Part of its rows that a level has left which was made another one."""

MOST_TOLD = 4


@dataclass(frozen=True)
class Became:
    """What became of levels.

    Attributes:
        cause: The cause.
        words: What they did.
        levels: Old levels with their new ones.
    """

    cause: Cause
    words: str
    levels: dict[str, str]


def became(known: pl.Series, now: pl.Series) -> Became | None:
    """Return what became of levels; None where rows rather hold those of any others.

    Levels that hold each other's places are exchanged, several that are one now, or one that is another's, are merged
    or credited, and where each level is another one the category is found by another rule.

    Args:
        known: The old level of each row, null where it is not known.
        now: The level of each row.

    >>> became(pl.Series(list("abcabc") * 3), pl.Series(list("bacbac") * 3)).words
    "'a' and 'b' changed places"
    """
    both = pl.DataFrame({"known": known, "now": now}).drop_nulls()
    counts = both.group_by("known", "now").len().sort("len", "known", "now", descending=[True, False, False])
    apart = counts.filter(pl.col("known") != pl.col("now"))
    moved = apart.unique("known", keep="first", maintain_order=True).filter(pl.col("len") >= LEAST_EACH)
    total = int(apart["len"].sum())
    if total < LEAST or moved["len"].sum() <= MOST * total:
        return None
    before, after = (dict(both[side].value_counts().iter_rows()) for side in ("known", "now"))
    shares = _of([before[old] for old in moved["known"]], moved["len"])
    levels = dict(zip(moved["known"], moved["now"], strict=True))
    # where levels took each other's places, values of other rows would be as many as the levels had before
    by = before if _each_way(levels, before, moved) else after
    expected = np.array([by[new] / both.height for new in moved["now"]])
    others = both.filter(~pl.col("known").is_in(moved["known"].implode())).height
    untouched = moved["len"].sum() == total and others * float(shares.min()) >= UNTOUCHED
    if np.average(shares / expected, weights=moved["len"].to_numpy()) < BEYOND and not untouched:
        return None
    stayed = {old: before[old] - int(apart.filter(pl.col("known") == old)["len"].sum()) for old in levels}
    gone = all(rows < EMPTY * before[old] for old, rows in stayed.items())
    return _named(levels, gone=gone, share=total / sum(before[old] for old in levels))


def _each_way(levels: dict[str, str], before: dict[str, int], moved: pl.DataFrame) -> bool:
    """Tell whether levels went into each other, the same share of each."""
    if set(levels) != set(levels.values()):
        return False
    went, had = moved["len"].to_numpy().astype(np.float64), np.array([before[old] for old in moved["known"]], float)
    return homogeneity_p(went, had - went) > SAME_SHARE


def _of(rows: list[int], counts: pl.Series) -> Floats:
    return counts.to_numpy() / np.array(rows, dtype=np.float64)


def _named(levels: dict[str, str], *, gone: bool, share: float) -> Became:
    olds, news = list(levels), list(dict.fromkeys(levels.values()))
    if set(olds) == set(news):
        names = f"{', '.join(map(repr, olds[:MOST_TOLD][:-1]))} and {olds[:MOST_TOLD][-1]!r}"
        return Became(Cause.CATEGORY_PERMUTED, f"{names} changed places", levels)
    part = "all" if gone else f"{share:.0%} of the"
    if len(news) == 1:
        cause = Cause.CATEGORY_MERGED if gone else Cause.METRIC_DEFINITION
        return Became(cause, f"{part} rows of {', '.join(map(repr, olds[:MOST_TOLD]))} went to {news[0]!r}", levels)
    pairs = ", ".join(f"{new!r} for {old!r}" for old, new in list(levels.items())[:MOST_TOLD])
    return Became(Cause.METRIC_DEFINITION, f"has {pairs} in {part} rows", levels)
