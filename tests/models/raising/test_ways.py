"""Every way makes the same of a small class, of training rows alone."""

import numpy as np
import polars as pl
import pytest

from clientela.models.fitting import Enlarged
from clientela.models.raising.ways import ALONE, RESAMPLING, SYNTHETIC, WEIGHTS, Raised, small_classes, ways

CODES = np.array([0] * 80 + [1] * 20)
FRAME = pl.DataFrame({"n": np.where(CODES == 1, 100.0, 0.0) + np.arange(100) / 7, "other": ["x", "y"] * 50})
RAISED = Raised(("n", "other"), 2, (1,), 0)


def _made(name: str) -> Enlarged:
    return ways(RAISED)[name](FRAME, CODES)


@pytest.mark.parametrize("name", [WEIGHTS, RESAMPLING, SYNTHETIC])
def test_every_way_makes_the_small_class_count_like_an_equal_share(name: str) -> None:
    """Of two classes the small one counts half of the rows there were, whichever way it is raised; the other stays."""
    made = _made(name)
    counts = np.bincount(made.codes, weights=made.weights)
    assert counts == pytest.approx([80, 50])


def test_resampling_copies_rows_of_the_class() -> None:
    """Every further row is one of the small class that was given."""
    made = _made(RESAMPLING)
    assert made.frame[:100].equals(FRAME)
    assert set(made.frame[100:]["n"]) <= set(FRAME[80:]["n"])


def test_synthetic_rows_are_of_the_class_and_new() -> None:
    """Synthetic rows lie where their class lies, and are no copies."""
    made = _made(SYNTHETIC)
    further = made.frame[100:]["n"]
    assert further.is_between(111, 115).all()
    assert further.is_in(FRAME["n"].to_list()).mean() < 0.2


def test_alone_holds_no_real_row_and_the_same_shares() -> None:
    """Synthetic rows alone: as many of each class as there were."""
    made = _made(ALONE)
    assert np.bincount(made.codes).tolist() == [80, 20]


def test_few_rows_are_resampled_instead() -> None:
    """A class with fewer rows than a copula takes is resampled, so that folds of a tiny class still run."""
    codes = np.array([0] * 97 + [1] * 3)
    made = ways(RAISED)[SYNTHETIC](FRAME, codes)
    assert set(made.frame[100:]["n"]) <= set(FRAME[97:]["n"])


def test_small_is_less_than_half_an_equal_share() -> None:
    """Classes with at least half an equal share are not small; the smallest comes first."""
    assert small_classes(np.array([0] * 6 + [1] * 2 + [2]), 3) == (2,)
    assert small_classes(np.array([0] * 97 + [1] * 2 + [2]), 3) == (2, 1)
    assert small_classes(np.array([0, 1]), 2) == ()
