"""Tests of what a model has not learned of the rows it scores."""

import numpy as np
import polars as pl
import pytest

from clientela.models.recipe import Recipe, fit_recipe
from clientela.models.unlearned import LONGEST, MOST_COLUMNS, Unlearned


@pytest.fixture
def learned() -> pl.DataFrame:
    """Rows with two categories, a number, an answer and a day."""
    days = pl.date_range(pl.date(2026, 1, 1), pl.date(2026, 1, 20), eager=True)
    some = {"device": ["mobile", "desktop"] * 10, "size": [1, 2] * 10, "pages": [1.5, 2.5] * 10, "member": [True] * 20}
    return pl.DataFrame(some).with_columns(size=pl.col("size").cast(pl.String), born=days)


@pytest.fixture
def recipe(learned: pl.DataFrame) -> Recipe:
    """The recipe of these rows."""
    return fit_recipe(learned, learned.columns)


def told(recipe: Recipe, *frames: pl.DataFrame) -> tuple[str, ...]:
    """Return what is told of rows that come in parts."""
    seen = Unlearned(recipe)
    for frame in frames:
        seen.look(frame)
    return seen.notes


def test_rows_like_those_learned_from_have_nothing_told(recipe: Recipe, learned: pl.DataFrame) -> None:
    """Nothing is said of values learned, however they are stored, of missing cells, and of no rows at all."""
    gaps = learned.with_columns(pl.when(pl.int_range(pl.len()) > 2).then(pl.all()))
    gaps = gaps.with_columns(size=pl.Series([2.0, None] * 10))
    assert told(recipe, learned, gaps) == ()
    assert told(recipe) == told(recipe, learned[:0]) == ()


def test_values_not_learned_are_counted_over_all_parts(recipe: Recipe, learned: pl.DataFrame) -> None:
    """Rows with such values are summed, columns with most rows first, the commonest values as examples."""
    watches = learned.with_columns(device=pl.Series(["tv", "watch", "watch", *["desktop"] * 17]), size=pl.lit("9"))
    (note,) = told(recipe, learned, watches, watches)
    assert note == (
        "Values that the model has not learned are scored as rare ones: 'size' in 40 of 60 rows (such as '9'), "
        "'device' in 6 (such as 'watch', 'tv')."
    )


def test_examples_are_few_escaped_and_short(recipe: Recipe, learned: pl.DataFrame) -> None:
    """Three values are shown; one that is long is cut, and one that would move a terminal is written in signs."""
    odd = learned.with_columns(device=pl.Series(["\x1b[31m", "x" * 5000, "\u202eb", "c", *["mobile"] * 16]))
    (note,) = told(recipe, odd)
    assert note.isprintable()
    assert note.endswith(f"(such as '\\x1b[31m', 'c', '{'x' * (LONGEST - 1)}…').")


def test_many_columns_are_counted() -> None:
    """Where many columns hold values not learned, some are told and the number of the others."""
    names = [f"c{place}" for place in range(MOST_COLUMNS + 2)]
    recipe = fit_recipe(pl.DataFrame({name: ["a", "b"] * 10 for name in names}), names)
    strange = pl.DataFrame({name: ["z"] for name in names})
    assert told(recipe, strange)[0].endswith("'c4' in 1 (such as 'z'), and 2 more columns.")
    fewer = strange.with_columns(c0=pl.lit("a"))
    assert told(recipe, fewer)[0].endswith("'c5' in 1 (such as 'z'), and 1 more column.")


def test_columns_that_hold_nothing_are_named(recipe: Recipe, learned: pl.DataFrame) -> None:
    """Columns without a cell the model can read are told of all rows; one cell in any part is enough not to be."""
    nothing = learned.with_columns(
        device=pl.lit("  "), pages=pl.lit(None, pl.Float64), member=pl.lit("?"), born=pl.lit(None, pl.String)
    )
    names = "'device', 'pages', 'member', 'born'"
    assert told(recipe, nothing, nothing) == (
        f"Nothing that the model can read is in {names}: all 40 rows are scored as missing there.",
    )
    one = nothing.with_columns(device=pl.Series([None] * 19 + ["mobile"]), pages=pl.lit(1))
    assert "is in 'member', 'born': all 40 rows" in told(recipe, nothing, one)[0]


def test_columns_of_many_values_are_told_of_beyond_what_is_usual() -> None:
    """Where rare values were usual, as many are not told; more are, with that share, in any number of rows."""
    rng = np.random.default_rng(5)
    shares = 1 / np.arange(1, 401)

    def rows(number: int, spread: float = 1.0) -> pl.DataFrame:
        cells = rng.choice(400, number, p=shares**spread / (shares**spread).sum())
        return pl.DataFrame({"city": cells}).with_columns(pl.format("c{}", "city").alias("city"))

    recipe = fit_recipe(rows(2000), ["city"])
    for number in (50, 1000, 50_000):
        assert told(recipe, rows(number)) == (), number
        (note,) = told(recipe, rows(number, 0.5))
        assert note.endswith("; up to 28% were usual)."), note


def test_columns_that_are_mostly_not_read_are_named(recipe: Recipe, learned: pl.DataFrame) -> None:
    """Cells that are filled and cannot be read are counted, as text, infinite or as a wrong date; so are lost ones."""
    odd = learned.with_columns(
        pages=pl.when(pl.int_range(pl.len()) < 12).then(pl.lit("33,9")).otherwise(pl.lit("2.5")),
        born=pl.when(pl.int_range(pl.len()) < 15).then(pl.lit("31.12.2025 25:99")).otherwise(pl.lit("2026-01-02")),
        device=pl.Series(["mobile"] + [None] * 19, dtype=pl.String),
    )
    assert told(recipe, odd, odd) == (
        "Of 40 rows cells that cannot be read are scored as missing: 'pages' in 24, 'born' in 30.",
        "Most cells are missing that were there when the model was learned: 'device' (5% filled, 100% before).",
    )
    infinite = learned.with_columns(pages=pl.lit(float("inf")), size=pl.lit("2")).with_columns(
        pages=pl.when(pl.int_range(pl.len()) > 3).then(pl.col("pages")).otherwise(1.0)
    )
    (note,) = told(recipe, infinite)
    assert note == "Of 20 rows cells that cannot be read are scored as missing: 'pages' in 16."
    sevens = learned.with_columns(member=pl.Series([7] * 19 + [1]))
    assert told(recipe, sevens) == ("Of 20 rows cells that cannot be read are scored as missing: 'member' in 19.",)
    few = learned.with_columns(pages=pl.Series([float("nan"), *[1.5] * 19]))
    assert told(recipe, few) == ()
