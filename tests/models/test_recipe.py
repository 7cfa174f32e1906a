"""Tests of the recipe: the same in training, in batches and for one row."""

import contextlib
from datetime import date, datetime, timedelta

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.domain.errors import ColumnError, InputError
from clientela.models.reading import Reading
from clientela.models.recipe import CERTAIN, MOST_VALUES, Category, Moment, Number, Recipe, fit_recipe, why_left_out
from clientela.statistics.intervals import wilson

COLUMNS = ("device", "pages", "income", "member", "born", "time")
cells = st.fixed_dictionaries(
    {
        "n": st.none() | st.floats(),
        "t": st.none() | st.text(max_size=3),
        "b": st.none() | st.booleans(),
        "d": st.none() | st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-01-01")),
    }
)
SCHEMA = {"n": pl.Float64, "t": pl.String, "b": pl.Boolean, "d": pl.Datetime("us")}


@settings(max_examples=40, deadline=None)
@given(st.lists(cells, min_size=1, max_size=12), st.lists(cells, min_size=1, max_size=5))
def test_one_row_is_transformed_as_in_a_batch(train: list[dict[str, object]], new: list[dict[str, object]]) -> None:
    """Whatever the cells, a row alone gives the numbers it gives among others, and lines have no NaN."""
    recipe = fit_recipe(pl.DataFrame(train, schema=SCHEMA), list(SCHEMA))
    frame = pl.DataFrame(new, schema=SCHEMA)
    trees, lines = recipe.trees(frame), recipe.lines(frame)
    for index in range(len(frame)):
        assert np.array_equal(recipe.trees(frame[index])[0], trees[index], equal_nan=True)
        assert np.array_equal(recipe.lines(frame[index])[0], lines[index])
    assert np.isfinite(lines).all()
    assert trees.shape[1] == len(recipe.tree_sources)
    assert lines.shape[1] == len(recipe.line_sources)


def test_recipe_is_data(visits: pl.DataFrame) -> None:
    """Written as JSON and read again it transforms the same."""
    recipe = fit_recipe(visits, COLUMNS, clock="time")
    again = msgspec.json.decode(msgspec.json.encode(recipe), type=Recipe)
    assert again == recipe
    assert recipe.columns == COLUMNS
    assert np.array_equal(again.trees(visits), recipe.trees(visits), equal_nan=True)


def test_training_rows_alone_decide(visits: pl.DataFrame) -> None:
    """The recipe of some rows does not change with what is transformed later."""
    recipe = fit_recipe(visits[:200], COLUMNS)
    assert recipe == fit_recipe(visits[:200].clone(), COLUMNS)
    assert recipe != fit_recipe(visits, COLUMNS)


def test_storage_does_not_matter(visits: pl.DataFrame) -> None:
    """Numbers and truths stored as text give the same numbers."""
    recipe = fit_recipe(visits, COLUMNS)
    as_text = visits.with_columns(
        pl.col("pages", "income", "member").cast(pl.String),
        pl.col("device").cast(pl.Enum(["mobile", "desktop", "tablet"])),
    )
    assert np.array_equal(recipe.trees(as_text), recipe.trees(visits), equal_nan=True)


def test_unknown_and_missing_categories_have_their_own_place() -> None:
    """Known values are coded by frequency; rare and new ones are other; missing is its own code."""
    train = pl.DataFrame({"c": ["a"] * 9 + ["b"] * 6 + ["rare"] + [None] * 2})
    recipe = fit_recipe(train, ["c"])
    assert recipe.categorical == (0,)
    new = pl.DataFrame({"c": ["b", "a", "rare", "new", None]})
    assert recipe.trees(new)[:, 0].tolist() == [1, 0, 2, 2, 3]
    assert recipe.lines(new).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1]]
    whole = fit_recipe(train.drop_nulls(), ["c"])
    assert whole.trees(new)[-1, 0] == 2


def test_missing_numbers_speak_where_they_did_in_training() -> None:
    """Missing stays missing for trees and flagged for lines where training had it; else it is filled."""
    gaps = fit_recipe(pl.DataFrame({"x": [1.0, None, 3.0, 4.0]}), ["x"])
    assert np.isnan(gaps.trees(pl.DataFrame({"x": [None]}, schema={"x": pl.Float64}))[0, 0])
    assert gaps.lines(pl.DataFrame({"x": [None]}, schema={"x": pl.Float64})).tolist() == [[0.0, 1.0]]
    whole = fit_recipe(pl.DataFrame({"x": [1.0, 2.0, 9.0]}), ["x"])
    assert whole.trees(pl.DataFrame({"x": ["junk"]}))[0, 0] == 2.0


def test_skewed_columns_are_logged_and_far_cells_cut() -> None:
    """A skewed non-negative column enters lines as a logarithm; no cell goes beyond five deviations."""
    recipe = fit_recipe(pl.DataFrame({"x": [0.0] * 50 + [1.0] * 40 + [1000.0]}), ["x"])
    step = recipe.steps[0]
    assert isinstance(step, Number)
    assert step.logged
    far = recipe.lines(pl.DataFrame({"x": [1e300, -5.0]}))[:, 0]
    assert far[0] == 5.0
    assert far[1] == recipe.lines(pl.DataFrame({"x": [0.0]}))[0, 0]


def test_dates_become_cycles_and_days() -> None:
    """A date feature gives month, weekday, hour and days; the time of the row gives only short cycles."""
    start = datetime.fromisoformat("2026-01-01")
    frame = pl.DataFrame({"d": [start + timedelta(hours=31 * n) for n in range(100)]})
    step = fit_recipe(frame, ["d"]).steps[0]
    clocked = fit_recipe(frame, ["d"], clock="d").steps[0]
    assert isinstance(step, Moment)
    assert isinstance(clocked, Moment)
    assert step.parts == ("month", "weekday", "hour", "days")
    assert clocked.parts == ("weekday", "hour")
    ancient = fit_recipe(pl.DataFrame({"d": [date(1900, 1, 1), None, date(1900, 1, 1)]}), ["d"])
    assert ancient.steps[0] == Moment("d", ("days",), -25567.0, 0.0, 1.0, filled=2 / 3)


def test_text_of_numbers_or_dates_is_read_as_such() -> None:
    """Text that is nearly all numbers is a number column, text of dates a moment, other text categories."""
    frame = pl.DataFrame(
        {
            "n": [str(n) for n in range(99)] + ["?"],
            "d": [f"2026-03-{1 + n % 28:02d}" for n in range(100)],
            "c": ["1", "2"] * 50,
            "e": [""] * 100,
        }
    )
    kinds = [type(step) for step in fit_recipe(frame, ["n", "d", "c", "e"]).steps]
    assert kinds == [Number, Moment, Category, Category]


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (pl.Series("x", [[1], [2]]), "lists"),
        (pl.Series("x", [None, None], dtype=pl.Int64), "missing"),
        (pl.Series("x", [5, 5, 5]), "one value"),
        (pl.Series("x", ["a", "a"]), "one value"),
        (pl.Series("x", [f"id {n}" for n in range(50)]), "hardly repeat"),
        (pl.Series("x", [f"id {n}" for n in range(400)] + ["same"] * 6), "only 1.5%"),
        (pl.Series("x", [date(2026, 1, 1)] * 3), "one value"),
    ],
)
def test_columns_without_a_signal_are_left_out(series: pl.Series, reason: str) -> None:
    """Constant, empty, unique or unreadable columns are left out with a reason."""
    assert reason in str(why_left_out(Reading.of(series)))


def test_useful_columns_stay(visits: pl.DataFrame) -> None:
    """Columns that vary and repeat are used; so is a column whose gaps alone vary."""
    assert [why_left_out(Reading.of(visits[name])) for name in COLUMNS] == [None] * len(COLUMNS)
    assert why_left_out(Reading.of(pl.Series("x", ["a"] * 9 + [None]))) is None


def test_missing_columns_are_named_together(visits: pl.DataFrame) -> None:
    """One error names every column that is not there; extra and reordered ones do not matter."""
    recipe = fit_recipe(visits, ["pages", "income", "device"])
    with pytest.raises(ColumnError, match="'pages', 'device'"):
        recipe.trees(visits.select("income"))
    shuffled = visits.select("device", "visit", "income", "pages")
    assert np.array_equal(recipe.lines(shuffled), recipe.lines(visits))


def test_no_columns_give_an_empty_matrix() -> None:
    """A recipe without steps gives a matrix without columns."""
    assert Recipe(()).trees(pl.DataFrame({"x": [1, 2]})).shape == (2, 0)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"n": ["a"] * CERTAIN}, "'n' as numbers, and none of 5 cells"),
        ({"d": ["soon"] * CERTAIN}, "'d' as dates or times"),
        ({"d": [3] * CERTAIN}, "'d' as dates or times"),
        ({"t": ["maybe"] * CERTAIN}, "'t' as yes and no"),
        ({"n": ["a"] * (CERTAIN - 1)}, None),
        ({"n": ["a"] * CERTAIN + ["1"], "d": ["2020-05-01"] * (CERTAIN + 1)}, None),
        ({"n": [None] * CERTAIN, "t": [1] * CERTAIN, "c": [7] * CERTAIN}, None),
    ],
)
def test_columns_of_another_type_are_told(cells: dict[str, list[object]], told: str | None) -> None:
    """What was learned as a number, date or truth and holds none is refused; missing and few cells are not."""
    recipe = fit_recipe(
        pl.DataFrame({"n": [1.0, 3.0], "d": ["2020-01-01", "2020-03-01"], "t": [True, False], "c": ["a", "b"]}),
        ["n", "d", "t", "c"],
    )
    with pytest.raises(InputError, match=told) if told else contextlib.nullcontext():
        recipe.require_readable(pl.DataFrame(cells))


def test_how_much_was_filled_and_rare_is_kept() -> None:
    """Steps keep the share of cells read; a category keeps how many rows may hold values without a code."""
    frame = pl.DataFrame(
        {
            "n": [*map(str, range(30)), *["?"] * 1, *[None] * 9],
            "often": [*["a", "b"] * 10, *[None] * 20],
            "rare": [*["a"] * 20, *["b"] * 5, *["c"] * 4, "d", *[" "] * 10],
        }
    )
    number, often, rare = fit_recipe(frame, frame.columns).steps
    assert [number.filled, often.filled, rare.filled] == [0.75, 0.5, 0.75]
    assert isinstance(often, Category)
    assert isinstance(rare, Category)
    assert often.rare == 0
    assert rare.values == ("a", "b")
    assert rare.rare == wilson(10, 30).high
    many = pl.DataFrame({"c": [f"v{place}" for place in range(MOST_VALUES + 1) for _ in range(9 if place < 50 else 7)]})
    (step,) = fit_recipe(many, ["c"]).steps
    assert isinstance(step, Category)
    assert step.rare == wilson(7 * (MOST_VALUES - 49), len(many)).high
