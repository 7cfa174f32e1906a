"""Tests of the effects of many categories: what they bring, and that no row's own answer is in its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from clientela.models import fitting
from clientela.models.effects import MANY, _strength, fit_effects
from clientela.models.fitting import Enlarged, Task, cross, fit
from clientela.models.odds import LINE
from clientela.models.reading import Readings
from clientela.models.recipe import Category, fit_recipe
from clientela.models.result import TargetKind
from clientela.models.splitting import parts
from clientela.models.values import FloatArray
from clientela.statistics.scores import Ranking


def shops(rows: int, deviation: float, seed: int = 4, brands: int = 60) -> tuple[pl.DataFrame, FloatArray]:
    """Return rows of many brands with gaps, and whether each bought; the brands' log-odds have that deviation."""
    rng = np.random.default_rng(seed)
    brand = rng.integers(0, brands, rows)
    odds = rng.normal(0, deviation, brands)[brand] - 1 if deviation else np.full(rows, -1.0)
    names = [f"b{code}" if chance > 0.04 else None for code, chance in zip(brand, rng.random(rows), strict=True)]
    return pl.DataFrame({"brand": names, "x": rng.normal(size=rows)}), rng.random(rows) < expit(odds)


def fitted(frame: pl.DataFrame, yes: FloatArray, units: FloatArray | None = None) -> tuple[Category, FloatArray | None]:
    """Return the step of the brand with its effects, and the training rows' own, or None."""
    cells = Readings(frame)
    asked = [(np.ones(len(yes), dtype=np.bool_), yes)]
    recipe, own = fit_effects(fit_recipe(cells, ["brand"]), cells, asked, units, 0)
    step = recipe.steps[0]
    assert isinstance(step, Category)
    return step, own.get("brand")


def test_effects_are_near_the_truth() -> None:
    """With many rows a level each, effects are the log-odds that made the answers, but for the mean."""
    frame, yes = shops(30_000, 1.0)
    step, own = fitted(frame, yes)
    truth = np.random.default_rng(4)
    truth.integers(0, 60, 30_000)
    odds = truth.normal(0, 1.0, 60)
    found = np.array([step.effects[0][step.levels.index(f"b{code}")] for code in range(60)])
    assert np.corrcoef(found, odds)[0, 1] > 0.99
    assert np.std(found - odds) < 0.15
    assert own is not None
    assert own.shape == (30_000, 1)
    assert len(step.effects[0]) == len(step.levels) + 2
    assert step.effects[0][-2] == 0


def test_levels_that_tell_nothing_have_no_effects() -> None:
    """Of 100 columns without effect one in twenty is taken at most by chance; few values never are."""
    taken = sum(fitted(*shops(600, 0.0, seed))[1] is not None for seed in range(100))
    assert taken <= 12
    assert fitted(*shops(3000, 2.0, brands=MANY - 1))[1] is None


def test_no_row_hears_its_own_answer() -> None:
    """A row's own effect does not change with its answer, nor with those of its visitor."""
    frame, yes = shops(1200, 1.0)
    units = np.arange(1200) // 3
    own = fitted(frame, yes, units)[1]
    assert own is not None
    for unit in (0, 17, 250):
        turned = np.where(units == unit, ~yes, yes)
        other = fitted(frame, turned, units)[1]
        assert other is not None
        # the strength and the mean share move by a hair; what an answer within would move is far more
        assert np.abs(other - own)[units == unit].max() < 0.02
        assert np.abs(other - own)[units != unit].max() > 0.02


def test_own_effects_are_no_better_than_those_of_new_rows() -> None:
    """Training rows are ranked by their own effects as new rows are by the table, not as by hindsight."""
    frame, yes = shops(6000, 0.7)
    early, late = slice(0, 3000), slice(3000, 6000)
    step, own = fitted(frame[early], yes[early])
    assert own is not None
    recipe = fit_recipe(frame[early], ["brand"])
    recipe = type(recipe)((step,))
    mine, new = Ranking(yes[early], own[:, 0]).auc(), Ranking(yes[late], recipe.trees(frame[late])[:, 1]).auc()
    hindsight = Ranking(yes[early], recipe.trees(frame[early])[:, 1]).auc()
    assert mine == pytest.approx(new, abs=0.02)
    assert hindsight > new + 0.02


def test_models_of_many_categories_learn_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both learners rank rows of 120 brands better than without effects by far, on rows they have not seen."""
    frame, yes = shops(2800, 1.2, brands=120)
    task = Task(frame, ("brand", "x"), None, TargetKind.BINARY, 2, yes.astype(np.int64), 0, 1)

    def areas() -> list[float]:
        found = cross(task, parts(np.arange(2800) % 3), (0.2,)).odds
        return [Ranking(yes, odds[:, 0]).auc() for odds in found.values()]

    heard = areas()
    monkeypatch.setattr(fitting, "fit_effects", lambda recipe, *_: (recipe, {}))
    assert min(heard) > max(areas()) + 0.03


def test_made_rows_are_read_as_new_ones() -> None:
    """Rows drawn again keep the effects of the row they were; made ones take those of the table."""
    frame, yes = shops(1500, 1.2)
    codes = yes.astype(np.int64)
    task = Task(frame, ("brand",), None, TargetKind.BINARY, 2, codes, 0, 1, learners=(LINE,))
    rows = np.arange(1500)
    plain = fit(task, rows)

    def again(given: pl.DataFrame, known: np.ndarray) -> Enlarged:
        return Enlarged(given, known, rows)

    def made(given: pl.DataFrame, known: np.ndarray) -> Enlarged:
        return Enlarged(given, known, np.full(len(known), -1))

    assert fit(replace(task, enlarge=again), rows) == plain
    heard = fit(replace(task, enlarge=made), rows)
    assert heard.recipe == plain.recipe
    assert heard.lines[0].coefficients[-1] > plain.lines[0].coefficients[-1]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=0, max_size=30))
def test_strength_is_bounded(levels: list[tuple[int, int]]) -> None:
    """Whatever was counted, the strength is None or within its bounds."""
    counts = np.array([yes + no for yes, no in levels] + [3, 0], dtype=np.float64)
    hits = np.array([yes for yes, _ in levels] + [1, 0], dtype=np.float64)
    found = _strength(counts, hits)
    assert found is None or 2 <= found <= 1000


def test_rows_are_parted_in_folds_of_whole_units() -> None:
    """A level of one visitor only has no effect on that visitor's rows."""
    frame, yes = shops(1500, 1.2)
    units = np.arange(1500)
    units[:6] = 0
    frame = frame.with_columns(brand=pl.when(pl.int_range(pl.len()) < 6).then(pl.lit("alone")).otherwise("brand"))
    step, own = fitted(frame, yes, units)
    assert own is not None
    assert "alone" in step.levels
    assert np.abs(own[:6, 0]).max() == 0
