"""What is asked of a label by yes and no."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from clientela.monitoring.columns import Kind, Side
from clientela.monitoring.contract import Term
from clientela.monitoring.question import Model, Question, question_of


@pytest.mark.parametrize(
    ("levels", "yes"),
    [
        (("false", "true"), ("true",)),
        (("Yes", "no"), ("Yes",)),
        (("stays", "leaves"), ("leaves",)),
        (("high", "low", "none"), ("high", "low")),
        (("2", "0", "1"), ("2", "1")),
        (("bronze", "silver", "gold"), ("silver", "gold")),
    ],
)
def test_levels_say_yes_but_the_lowest(levels: tuple[str, ...], yes: tuple[str, ...]) -> None:
    """A word for no, the lowest number, or the commonest level is no; all others are yes."""
    found = question_of(Term("group", Kind.CATEGORY, "text", 0.0, levels=levels), Side(0))
    assert found == Question("group", yes)


def test_the_model_in_use_knows_its_lowest_class() -> None:
    """What the model puts together as its lowest class is no, and its range of money begins where it says."""
    term = Term("group", Kind.CATEGORY, "text", 0.0, levels=("gold", "silver", "bronze"))
    assert question_of(term, Side(0), Model("group", ("bronze", "silver"))) == Question("group", ("gold",))
    money = Term("paid", Kind.NUMBER, "number", 0.0, 0.0, 9.0)
    side = Side(2, {"paid": np.array([0.0, 9.0])})
    assert question_of(money, side, Model("paid", over=5.0)) == Question("paid", (), 5.0)


def test_what_has_no_yes_and_no_is_not_asked() -> None:
    """One level, too many levels, free text, and amounts without zeros have no question."""
    side = Side(3, {"paid": np.array([1.0, 2.0, 3.0])})
    assert question_of(Term("paid", Kind.NUMBER, "number", 0.0, 1.0, 3.0), side) is None
    assert question_of(Term("one", Kind.CATEGORY, "text", 0.0, levels=("a",)), side) is None
    many = tuple(f"l{place}" for place in range(30))
    assert question_of(Term("many", Kind.CATEGORY, "text", 0.0, levels=many), side) is None
    assert question_of(Term("text", Kind.TEXT, "text", 0.0), side) is None


def test_answers_that_are_not_there_are_neither() -> None:
    """Missing cells, and a column that is gone, are no answer."""
    side = Side(3, {"paid": np.array([0.0, 2.0, math.nan])}, {"group": pl.Series(["yes", None, "no"])})
    np.testing.assert_array_equal(Question("group", ("yes",)).answers(side), [1.0, math.nan, 0.0])
    np.testing.assert_array_equal(Question("paid", (), 0.0).answers(side), [0.0, 1.0, math.nan])
    assert np.isnan(Question("gone", ("yes",)).answers(side)).all()
