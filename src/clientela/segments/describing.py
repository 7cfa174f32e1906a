"""What marks a segment off from all other visits, in words with numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.models.values import numbers, texts
from clientela.segments.result import Mark
from clientela.segments.wording import clean, measured

LEAST_EFFECT = 0.2
"""Cohen (1988) calls an effect of .2 small; below it nothing is said."""
MOST_MARKS = 4
MOST_VALUES = 10
"""Most frequent values of a column that are looked at."""


def marks(rows: pl.DataFrame, columns: Sequence[str], inside: NDArray[np.bool_]) -> tuple[Mark, ...]:
    """Return how a segment differs most from all other visits.

    Numbers by Cohen's d (difference of means by the pooled deviation), shares of values
    by Cohen's h (difference of arcsine roots); Cohen 1988.

    Args:
        rows: Visits with all columns.
        columns: Columns to look at, most important first where effects tie.
        inside: Which visits belong to the segment.

    Returns:
        Strongest first, one per column, at most `MOST_MARKS`; none weaker than `LEAST_EFFECT`.

    >>> visits = pl.DataFrame({"device": ["mobile"] * 9 + ["desktop"] * 11})
    >>> marks(visits, ["device"], np.arange(20) < 10)[0].phrase
    'device mostly mobile (90 % against 0 %)'
    """
    if inside.all() or not inside.any():
        return ()
    found = [mark for name in columns if (mark := _mark(rows.get_column(name), inside)) is not None]
    found.sort(key=lambda mark: -abs(mark.effect))
    return tuple(found[:MOST_MARKS])


def _mark(column: pl.Series, inside: NDArray[np.bool_]) -> Mark | None:
    # A number with two values is a yes-or-no: shares say it better than means.
    if column.dtype.is_numeric() and column.drop_nulls().n_unique() > 2:
        mark = _of_numbers(column.name, numbers(column), inside)
    else:
        mark = _of_values(texts(column), inside)
    return mark if mark is not None and abs(mark.effect) >= LEAST_EFFECT else None


def _of_numbers(name: str, values: NDArray[np.float64], inside: NDArray[np.bool_]) -> Mark | None:
    known = np.isfinite(values)
    here, there = values[inside & known], values[~inside & known]
    gone = _gone(name, known, inside)
    if min(len(here), len(there)) < 2:
        return gone
    with np.errstate(over="ignore", invalid="ignore"):
        pooled = math.sqrt(
            ((len(here) - 1) * here.var(ddof=1) + (len(there) - 1) * there.var(ddof=1)) / (len(here) + len(there) - 2)
        )
        effect = float((here.mean() - there.mean()) / pooled) if pooled > 0 else 0.0
    if not math.isfinite(effect) or (gone is not None and abs(gone.effect) > abs(effect)):
        return gone
    word = "higher" if effect > 0 else "lower"
    text = f"{clean(name)} {word} (mean {measured(float(here.mean()))} against {measured(float(there.mean()))})"
    return Mark(name, text, effect)


def _of_values(column: pl.Series, inside: NDArray[np.bool_]) -> Mark | None:
    found = [gone] if (gone := _gone(column.name, column.is_not_null().to_numpy(), inside)) is not None else []
    counts = column.drop_nulls().value_counts(name="n").sort(["n", column.name], descending=[True, False])
    for value in counts.get_column(column.name).head(MOST_VALUES).to_list():
        has = (column == value).fill_null(False).to_numpy()
        here, there = float(has[inside].mean()), float(has[~inside].mean())
        effect = _h(here, there)
        word = "mostly" if here >= 0.5 and effect > 0 else "more often" if effect > 0 else "less often"
        text = f"{clean(column.name)} {word} {clean(value)} ({here * 100:.0f} % against {there * 100:.0f} %)"
        found.append(Mark(column.name, text, effect))
    # What there is more of says more than what is lacking.
    return max(found, key=lambda mark: mark.effect if mark.effect > 0 else -mark.effect / 2, default=None)


def _gone(name: str, known: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Mark | None:
    """Return the mark of missing cells, or None where none is missing."""
    if known.all():
        return None
    here, there = float((~known[inside]).mean()), float((~known[~inside]).mean())
    effect = _h(here, there)
    word = "more often" if effect > 0 else "less often"
    return Mark(name, f"{clean(name)} {word} unknown ({here * 100:.0f} % against {there * 100:.0f} %)", effect)


def _h(first: float, second: float) -> float:
    return 2 * math.asin(math.sqrt(first)) - 2 * math.asin(math.sqrt(second))
