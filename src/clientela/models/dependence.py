"""What the model answers as one column changes, and how many rows stand behind each answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from clientela.models.evidence import Dependence, Response
from clientela.models.recipe import Category, Number, fit_recipe
from clientela.models.values import FloatArray, numbers, texts

ROWS = 300
"""Rows that each value is put into."""
STEPS = 9
VALUES = 8
MIDDLE = (0.1, 0.9)


def dependence(
    answer: Callable[[pl.DataFrame], FloatArray], frame: pl.DataFrame, columns: Sequence[str], seed: int
) -> tuple[Dependence, ...]:
    """Return the partial dependence of the answer on each of some columns (Friedman 2001).

    All other columns stay as they are, also where no row is like that: the density says where to believe it.

    Args:
        answer: From rows to one probability each.
        frame: Rows.
        columns: Columns to change; dates are left out.
        seed: Seed of the rows drawn.

    Returns:
        One per column that is a number or a category, in order.
    """
    drawn = frame.sample(min(ROWS, len(frame)), seed=seed)
    found = []
    for name in columns:
        grid = _grid(frame[name])
        if len(grid) > 1:
            answers = _answers(answer, drawn, name, [value for value, _, _ in grid])
            points = tuple(
                Response(told, share, float(given.mean()), *(float(end) for end in np.quantile(given, MIDDLE)))
                for (_, told, share), given in zip(grid, answers, strict=True)
            )
            found.append(Dependence(name, points))
    return tuple(found)


def _answers(
    answer: Callable[[pl.DataFrame], FloatArray], drawn: pl.DataFrame, name: str, values: Sequence[object]
) -> list[FloatArray]:
    kind = drawn.schema[name]
    changed = [drawn.with_columns(pl.lit(value).cast(kind).alias(name)) for value in values]
    return np.split(answer(pl.concat(changed)), len(values))


def _grid(series: pl.Series) -> list[tuple[object, str, float]]:
    """Return values to try: the cell, its name, and the share of rows at or nearest to it."""
    step = fit_recipe(series.to_frame(), [series.name]).steps[0]
    if isinstance(step, Category) or (isinstance(step, Number) and step.truth):
        counts = (
            texts(series).drop_nulls().value_counts(name="rows").sort(["rows", series.name], descending=[True, False])
        )
        cells = dict(zip(texts(series).to_list(), series.to_list(), strict=True))
        return [(cells[text], text, rows / len(series)) for text, rows in counts.head(VALUES).iter_rows()]
    if not isinstance(step, Number) or not series.dtype.is_numeric():
        return []
    values = numbers(series)
    known = values[np.isfinite(values)]
    grid = np.unique(np.quantile(known, np.linspace(0.02, 0.98, STEPS), method="inverted_cdf"))
    nearest = np.searchsorted((grid[1:] + grid[:-1]) / 2, known)
    shares = np.bincount(nearest, minlength=len(grid)) / len(series)
    return [(float(value), f"{value:.4g}", float(share)) for value, share in zip(grid, shares, strict=True)]
