"""Tests of free text as the words that its cells share."""

import numpy as np
import polars as pl
import pytest

from clientela.models.reading import Reading
from clientela.models.recipe import Category, Recipe, fit_recipe, unseen, why_left_out
from clientela.models.text import LEAST_ROWS, MOST_WORDS, Text, holding
from clientela.models.values import words_of

ROWS = 200


def said(rows: int = ROWS, seed: int = 0) -> pl.Series:
    """Return texts that never repeat, of words that do."""
    rng = np.random.default_rng(seed)
    words = ["red", "blue", "shoe", "boot", "gift"]
    return pl.Series("said", [f"No. {seed}{n}: " + " ".join(rng.choice(words, 3)) for n in range(rows)])


def test_texts_that_never_repeat_are_their_words() -> None:
    """The words of rows enough have a column each, in both matrices; what is in all rows or in few has none."""
    recipe = fit_recipe(said().to_frame(), ["said"])
    (step,) = recipe.steps
    assert isinstance(step, Text)
    assert set(step.words) == {"red", "blue", "shoe", "boot", "gift"}
    assert step.filled == 1
    assert why_left_out(Reading.of(said())) is None
    new = pl.DataFrame({"said": ["Gift, GIFT & red_shoes", "", None, "nothing known"]})
    wanted = [[float(word in ("gift", "red")) for word in step.words], *np.zeros((3, 5)).tolist()]
    assert recipe.trees(new).tolist() == recipe.lines(new).tolist() == wanted
    assert recipe.tree_sources == recipe.line_sources == (0,) * 5
    assert recipe.categorical == ()


@pytest.mark.parametrize(
    "cells",
    [
        ["red shoe", "blue boot"] * 100,
        [f"key{n}" for n in range(ROWS)],
        [f"{n} {n + 1000} {n + 2000}" for n in range(ROWS)],
        [f"all the same {n}" for n in range(ROWS)],
    ],
    ids=["phrases that repeat", "one word each", "words that do not repeat", "words in every row"],
)
def test_other_texts_stay_categories(cells: list[str]) -> None:
    """Words are columns only where several are in a cell and tell more cells than whole values do."""
    (step,) = fit_recipe(pl.DataFrame({"said": cells}), ["said"]).steps
    assert isinstance(step, Category)


def test_words_are_few_and_the_commonest() -> None:
    """There are never more than so many columns, and a word of few rows has none."""
    rng = np.random.default_rng(2)
    cells = [" ".join(f"w{pick}" for pick in np.minimum(rng.geometric(0.03, 6), 150)) for _ in range(1500)]
    (step,) = fit_recipe(pl.DataFrame({"said": cells}), ["said"]).steps
    assert isinstance(step, Text)
    held = holding(step, Reading.of(pl.Series("said", cells))).sum(axis=0)
    assert len(held) == MOST_WORDS
    assert held.min() >= LEAST_ROWS
    assert (np.diff(held) <= 0).all()


def test_words_of_many_scripts() -> None:
    """Case and marks do not count, and what has no blanks is read by its neighbouring letters."""
    assert words_of("Größe: XL — größe/xl") == {"grösse", "xl"}
    assert words_of("茶色のshoe") == {"茶色", "色の", "shoe"}
    assert words_of("!? _ ...") == words_of("") == frozenset()


def test_later_texts_of_known_words_are_no_strangers() -> None:
    """A later text counts as unseen only where it holds none of the words of earlier ones."""
    cells = pl.concat([said(150), said(50, seed=7)])
    strange = cells.to_frame().with_columns(
        pl.when(pl.int_range(pl.len()) < 190).then(pl.col("said")).otherwise(pl.lit("quite other"))
    )
    before, after = np.arange(150), np.arange(150, 200)
    assert unseen(Reading.of(cells), before, after) == 0
    assert unseen(Reading.of(strange["said"]), before, after) == 10


def test_training_rows_alone_decide_the_words() -> None:
    """A word of test rows is no column, and a recipe reads the same from any part of the rows."""
    cells = pl.concat([said(150), said(50).str.replace("No", "late")])
    recipe: Recipe = fit_recipe(cells[:150].to_frame(), ["said"])
    (step,) = recipe.steps
    assert isinstance(step, Text)
    assert "late" not in step.words
    assert np.array_equal(recipe.trees(cells.to_frame())[160:], recipe.trees(cells[160:].to_frame()))
