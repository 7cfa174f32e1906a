"""Categories that are cut from a number, such as revenue groups: learnt as bounds of the number within each level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from clientela.monitoring.columns import Flags, Floats, Kind, Side
from clientela.monitoring.contract import BOUND, Rule, Term

MOST_LEVELS = 12
"""More levels than this are no groups that somebody cut."""

LEAST = 30
"""Rows of a level from which its ends are known."""

SLACK = 0.001
"""Share of a level's rows that may lie beyond a bound that is still learnt."""


def learn_cuts(side: Side, terms: Sequence[Term]) -> Iterator[Rule]:
    """Yield the bounds of every number that parts all levels of a category from each other.

    A bound lies halfway between the ends of two neighbours, so a batch with a value that the reference happens not to
    have breaks none. Levels of a handful of rows do not show where they end: such a category has no bounds.
    """
    numbers = [term.name for term in terms if term.kind is Kind.NUMBER]
    for term in terms:
        if term.kind is Kind.CATEGORY and 2 <= len(term.levels) <= MOST_LEVELS:
            for name in numbers:
                yield from _bounds(side, term, name)


def _bounds(side: Side, term: Term, name: str) -> Iterator[Rule]:
    values = side.numbers[name]
    held = pl.DataFrame({"level": side.texts[term.name], "value": pl.Series(values, nan_to_null=True)}).drop_nulls()
    ends = (
        held.group_by("level")
        .agg(
            pl.len(),
            pl.col("value").median().alias("middle"),
            pl.col("value").quantile(SLACK, "lower").alias("low"),
            pl.col("value").quantile(1 - SLACK, "higher").alias("high"),
        )
        .sort("middle")
    )
    if ends.height < len(term.levels) or ends["len"].to_numpy().min() < LEAST:
        return
    lows, highs, levels = ends["low"].to_numpy(), ends["high"].to_numpy(), ends["level"].to_list()
    if not bool(np.all(highs[:-1] < lows[1:])):
        return
    for place, level in enumerate(levels[1:]):
        cut = _between(float(highs[place]), float(lows[place + 1]))
        for what, one in ((f"<={cut}", levels[place]), (f">{cut}", level)):
            of_level = values[(side.texts[term.name] == one).fill_null(value=False).to_numpy()]
            outside = int(np.count_nonzero(~beyond(of_level, what) & ~np.isnan(of_level)))
            yield Rule("implies", term.name, one, name, what, outside, side.rows)


def _between(low: float, high: float) -> str:
    """Return the number with fewest digits between two ends, near their middle."""
    middle = (low + high) / 2
    for digits in range(1, 17):
        short = float(f"{middle:.{digits}g}")
        if low <= short < high:
            return f"{short!r}".removesuffix(".0")
    return repr(low)


def beyond(values: Floats, what: str) -> Flags:
    """Return where numbers lie beyond a bound such as ">30" or "<=30"; nowhere where it is no bound.

    >>> beyond(np.array([10.0, 30.0, 31.0]), "<=30").tolist()
    [True, True, False]
    """
    bound = BOUND.fullmatch(what)
    if bound is None:
        return np.zeros(values.size, dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        return values > float(bound[2]) if bound[1] == ">" else values <= float(bound[2])
