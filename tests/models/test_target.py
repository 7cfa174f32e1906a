"""Tests of working out what is predicted."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from clientela.domain.column import Column, Role, Storage
from clientela.domain.errors import InputError, RefusedError
from clientela.domain.roles import Roles
from clientela.models.result import TargetKind
from clientela.models.target import codes_of, derived, work_out


def _roles(order: tuple[str, ...] = (), revenue: str | None = None) -> Roles:
    return Roles((Column("y", Storage.TEXT, Role.LABEL),), label="y", order=order, revenue=revenue)


def _frame(cells: object) -> pl.DataFrame:
    return pl.DataFrame({"y": cells}, strict=False)


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        ([True, False, True], ("false", "true")),
        (["yes", "no", "yes"], ("no", "yes")),
        ([1, 0, 1, 1], ("0", "1")),
        ([1.0, 0.0, 1.0], ("0", "1")),
        (["TRUE", "FALSE"], ("FALSE", "TRUE")),
        (["stay", "stay", "churn"], ("stay", "churn")),
    ],
)
def test_yes_or_no_puts_the_positive_last(cells: list[object], classes: tuple[str, str]) -> None:
    """Two values are a yes-or-no question with the positive answer last, the rarer one where words say nothing."""
    target, _ = work_out(_frame(cells * 10), _roles(), folds=5)
    assert (target.kind, target.classes) == (TargetKind.BINARY, classes)


def test_given_order_is_kept_and_must_be_whole() -> None:
    """The order given decides; one that leaves out a class is an input error naming it."""
    frame = _frame(["low", "top", "mid"] * 10)
    target, _ = work_out(frame, _roles(("low", "mid", "top")), folds=5)
    assert (target.kind, target.classes) == (TargetKind.ORDERED, ("low", "mid", "top"))
    assert codes_of(target, frame["y"]).tolist()[:3] == [0, 2, 1]
    with pytest.raises(InputError, match="'top'"):
        work_out(frame, _roles(("low", "mid")), folds=5)
    two, _ = work_out(frame.filter(pl.col("y") != "mid"), _roles(("top", "low", "never")), folds=5)
    assert (two.kind, two.classes) == (TargetKind.BINARY, ("top", "low"))


def test_few_numbers_are_ordered_and_words_are_not() -> None:
    """A count with few values is ordered by number; words without an order are classes, commonest first."""
    counted, _ = work_out(_frame([10, 2, 1] * 10), _roles(), folds=5)
    assert (counted.kind, counted.classes) == (TargetKind.ORDERED, ("1", "2", "10"))
    named, _ = work_out(_frame(["a", "b", "b", "c", "c", "c"] * 5), _roles(), folds=5)
    assert (named.kind, named.classes) == (TargetKind.CLASSES, ("c", "b", "a"))
    fixed, _ = work_out(_frame([1.0, 2.0, 3.0] * 10), _roles(("3.0", "2.0", "1.0")), folds=5)
    assert fixed.classes == ("3", "2", "1")


def test_revenue_is_cut_into_zero_and_groups() -> None:
    """Zero is its own group, the rest is cut into thirds; the edges are lower bounds of the groups."""
    values = np.concatenate([np.zeros(300), np.arange(1, 301)])
    target, _ = work_out(_frame(values), _roles(), folds=5)
    assert target.classes == ("none", "low", "middle", "high")
    assert target.edges == (0.0, 0.01, 101.0, 200.0)
    assert target.revenue == "y"
    assert "101.00 and 200.00" in target.derived
    codes = codes_of(target, pl.Series([0.0, 0.5, 100.9, 101.0, 500.0, None]))
    assert codes.tolist() == [0, 1, 1, 2, 3, -1]


@pytest.mark.parametrize(
    ("above", "said"),
    [
        ([9.9] * 128 + [29.9] * 621, "the rest is 2 groups of 128 and 621 rows, cut at 29.90."),
        ([9.9] * 20 + [29.9] * 100, "the rest is 2 groups of 20 and 100 rows, cut at 29.90."),
        (list(range(1, 121)), "the rest is 2 groups of about equal size, cut at"),
    ],
)
def test_groups_of_amounts_in_lumps_are_told_with_their_sizes(above: list[float], said: str) -> None:
    """Groups are called about equal only where they are; of amounts in lumps the rows of each are told."""
    values = np.array([0.0] * 300 + above)
    assert said in derived("revenue", values, None).derived


def test_revenue_without_zeros_or_with_few_buyers() -> None:
    """Without zeros all values are cut; with few buyers they are one group; another revenue column is kept."""
    plain, _ = work_out(_frame(np.arange(1.0, 61.0)), _roles(revenue="money"), folds=5)
    assert (plain.classes, plain.revenue) == (("low", "high"), "money")
    assert np.bincount(codes_of(plain, pl.Series(np.arange(1.0, 61.0)))).min() >= 25
    few, _ = work_out(_frame([0.0] * 80 + [0.001 * n for n in range(1, 21)]), _roles(), folds=5)
    assert few.classes == ("none", "some")
    assert few.kind is TargetKind.BINARY
    assert few.edges[1] == 0.001
    heap, _ = work_out(_frame([1.0] * 200 + [float(n) for n in range(2, 13)]), _roles(), folds=5)
    assert min(np.bincount(codes_of(heap, pl.Series([1.0] * 200 + [float(n) for n in range(2, 13)])))) > 0


def test_small_classes_are_put_together_with_a_note() -> None:
    """A class with fewer rows than folds joins its neighbour, and it is said; of words, the smallest other class."""
    order = ("none", "low", "top")
    target, notes = work_out(_frame(["none"] * 50 + ["low"] * 20 + ["top"] * 2), _roles(order), folds=5)
    assert target.classes == ("none", "low or top")
    assert target.kind is TargetKind.BINARY
    assert "'top' has 2 rows" in notes[0]
    assert codes_of(target, pl.Series(["top", "low", "none"])).tolist() == [1, 1, 0]
    lowest, _ = work_out(_frame(["none"] * 2 + ["low"] * 20 + ["top"] * 20), _roles(order), folds=5)
    assert lowest.classes == ("none or low", "top")
    words, _ = work_out(_frame(["a"] * 30 + ["b"] * 20 + ["c"] * 9 + ["d"]), _roles(), folds=5)
    assert words.classes == ("a", "b", "c or d")


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (["a"] * 40, "single value 'a'"),
        ([None] * 40, "no values"),
        ([f"word {n}" for n in range(40)], "40 different values"),
        ([date(1900, 1, 1 + n % 3) for n in range(40)], "holds dates or times"),
        ([40_000_000 + 7 * n for n in range(400)], "as identifiers do"),
        (["a"] * 40 + ["b"], "all others have 1 row together"),
        (["a"] * 40 + ["b"] * 3, "only one class with at least 5 rows, 'a'; all others have 3 rows together"),
    ],
)
def test_labels_that_cannot_be_learned_are_refused(cells: list[object], sentence: str) -> None:
    """One class, no values or only unique words are refused with one sentence."""
    with pytest.raises(RefusedError, match=sentence):
        work_out(_frame(cells), _roles(), folds=5)


def test_amounts_that_hardly_repeat_are_no_identifiers() -> None:
    """Whole amounts that are all different crowd at the low end, and are cut into groups."""
    amounts = [int(1000 * 1.02**n) for n in range(400)]
    target, _ = work_out(_frame(amounts), _roles(), folds=5)
    assert target.edges


def test_spellings_of_a_class_are_one_class() -> None:
    """Classes that differ in case or blanks only are one, said so, in training, in new rows, and in a given order."""
    cells = ["No"] * 20 + ["no "] * 9 + ["YES"] * 8 + ["yes"] * 7
    target, notes = work_out(_frame(cells), _roles(), folds=5)
    assert (target.kind, target.classes) == (TargetKind.BINARY, ("No", "YES"))
    assert notes[0] == "'No', 'no ' of 'y' differ in case or blanks only and are taken for one class."
    assert codes_of(target, pl.Series(["nO", " yes", "YES", "other", None, "no "])).tolist() == [0, 1, 1, -1, -1, 0]
    ordered, _ = work_out(_frame([*cells, *["Maybe"] * 6]), _roles(("NO", "maybe", "Yes")), folds=5)
    assert (ordered.kind, ordered.classes) == (TargetKind.ORDERED, ("No", "Maybe", "YES"))
    assert ordered.members == (("No", "no "), ("Maybe",), ("YES", "yes"))


def test_few_amounts_of_named_revenue_are_money() -> None:
    """Whole amounts and one price are classes, but money where the column is named as revenue: bounds and means."""
    amounts = [0.0] * 60 + [float(n % 5 + 1) for n in range(200)]
    classes, _ = work_out(_frame(amounts), _roles(), folds=5)
    assert classes.edges == ()
    money, _ = work_out(_frame(amounts), _roles(revenue="y"), folds=5)
    assert money.classes[0] == "none"
    assert money.edges[:2] == (0.0, 0.01)
    assert money.revenue == "y"
    price, _ = work_out(_frame([0.0] * 60 + [49.0] * 40), _roles(revenue="y"), folds=5)
    assert (price.kind, price.classes) == (TargetKind.BINARY, ("none", "some"))
