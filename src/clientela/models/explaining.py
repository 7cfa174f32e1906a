"""What each column contributes, from rows the model has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.stats import rankdata

from clientela.models.fitting import Crossed
from clientela.models.odds import LINE, TREES
from clientela.models.reading import Reading
from clientela.models.recipe import LEAST_ROWS, Category, Number, fit_recipe
from clientela.models.result import Importance
from clientela.models.text import Text, holding
from clientela.models.values import FloatArray, texts

CLEAR = 0.5
"""Rank correlation of value and contribution from which the direction is called one way."""


def importance(crossed: Crossed, weight: float, frame: pl.DataFrame, columns: Sequence[str]) -> tuple[Importance, ...]:
    """Return what each column adds to the log-odds of "anything above the first class".

    The share of a column is its mean absolute deviation from its mean contribution
    (Lundberg and Lee 2017 for trees, coefficient times value for the line), out of sample.

    Args:
        crossed: Contributions of rows the model has not seen.
        weight: Weight of the trees; a blend is explained by the same blend of its parts.
        frame: All rows.
        columns: Columns used, in the order of the contributions.

    Returns:
        One per column, strongest first.
    """
    added = np.zeros((len(crossed.rows), len(columns)))
    for learner, share in ((TREES, weight), (LINE, 1 - weight)):
        if share:
            added += share * crossed.contributions[learner]
    sizes = np.abs(added - added.mean(axis=0)).mean(axis=0)
    whole = float(sizes.sum())
    shares = sizes / whole if whole > 0 else sizes
    rows = frame[crossed.rows]
    found = [
        Importance(name, float(shares[place]), _direction(rows[name], added[:, place]))
        for place, name in enumerate(columns)
    ]
    return tuple(sorted(found, key=lambda item: (-item.share, columns.index(item.column))))


def _direction(series: pl.Series, added: FloatArray) -> str:
    """Say in words which values mean more."""
    if not np.ptp(added) > 0:
        return "mixed"
    recipe = fit_recipe(series.to_frame(), [series.name])
    step = recipe.steps[0]
    if isinstance(step, Text | Category):
        return _highest(texts(series), added) if isinstance(step, Category) else _highest_word(step, series, added)
    if not isinstance(step, Number):
        return "mixed"
    values = recipe.trees(series.to_frame())[:, 0]
    known = np.isfinite(values)
    if known.sum() < 2 or np.ptp(values[known]) == 0 or np.ptp(added[known]) == 0:
        return "mixed"
    relation = float(np.corrcoef(rankdata(values[known]), rankdata(added[known]))[0, 1])
    if abs(relation) < CLEAR:
        return "mixed"
    return "higher means more" if relation > 0 else "higher means less"


def _highest(values: pl.Series, added: FloatArray) -> str:
    """Return the value with the highest mean contribution among those that occur often enough."""
    grouped = (
        pl.DataFrame({"value": values, "added": added})
        .group_by("value")
        .agg(pl.col("added").mean(), pl.len().alias("rows"))
        .filter(pl.col("rows") >= LEAST_ROWS)
        .sort(["added", "value"], descending=[True, False])
    )
    if len(grouped) == 0:
        return "mixed"
    best = grouped["value"][0]
    return "highest where missing" if best is None else f"highest for {best}"


def _highest_word(step: Text, series: pl.Series, added: FloatArray) -> str:
    """Return the word whose rows have the highest mean contribution."""
    held = holding(step, Reading.of(series)) > 0
    means = [(-float(added[rows].mean()), word) for word, rows in zip(step.words, held.T, strict=True)]
    return f"highest for {min(means)[1]}"
