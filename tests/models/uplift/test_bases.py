"""The two bases: yes-or-no rewards become chances, amounts are foreseen as amounts, by lines and by trees."""

import numpy as np
import polars as pl
import pytest

from clientela.models.recipe import fit_recipe
from clientela.models.uplift.bases import Base, fit_base, matrix_of


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    """Six hundred rows of a number and a category."""
    rng = np.random.default_rng(0)
    return pl.DataFrame({"pages": rng.normal(size=600), "place": rng.choice(["a", "b"], 600)})


@pytest.mark.parametrize("base", list(Base))
def test_yes_or_no_is_foreseen_as_a_chance(frame: pl.DataFrame, base: Base) -> None:
    """Of rewards 0 and 1 both bases foresee chances between 0 and 1 that follow the column that decides."""
    pages = frame["pages"].to_numpy()
    recipe = fit_recipe(frame, frame.columns)
    matrix = matrix_of(base, recipe, frame)
    found = fit_base(base, recipe, matrix, (pages > 0).astype(float), 0)(matrix)
    assert 0 < found.min() < found.max() < 1
    assert found[pages > 0.5].mean() > 0.7 > 0.3 > found[pages < -0.5].mean()


@pytest.mark.parametrize("base", list(Base))
def test_amounts_are_foreseen_as_amounts(frame: pl.DataFrame, base: Base) -> None:
    """Of amounts both bases foresee most of what a column decides, without squeezing it between 0 and 1."""
    pages = frame["pages"].to_numpy()
    amounts = 20 + 5 * pages
    recipe = fit_recipe(frame, frame.columns)
    matrix = matrix_of(base, recipe, frame)
    found = fit_base(base, recipe, matrix, amounts, 0)(matrix)
    assert np.corrcoef(found, amounts)[0, 1] > 0.9
    assert found.mean() == pytest.approx(amounts.mean(), rel=0.02)


def test_trees_repeat_with_their_seed(frame: pl.DataFrame) -> None:
    """The same seed gives the same trees to the last bit."""
    recipe = fit_recipe(frame, frame.columns)
    matrix = matrix_of(Base.TREES, recipe, frame)
    amounts = frame["pages"].to_numpy() ** 2 + 1
    first, second = (fit_base(Base.TREES, recipe, matrix, amounts, 7)(matrix) for _ in range(2))
    assert (first == second).all()
