"""What learning curves say."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clientela.domain.column import Column, Role, Storage
from clientela.domain.estimate import Estimate
from clientela.domain.roles import Roles
from clientela.language import Language, is_foreign, retold, speaking
from clientela.models.curve import SMALL, learning_curve
from clientela.models.fitting import Task
from clientela.models.learning import learn
from clientela.models.options import ModelOptions
from clientela.models.preparing import prepare
from clientela.models.result import Curve, RevenueGroup
from clientela.models.worth import Judge
from clientela.tables.frames import from_frame
from clientela.tables.table import ROW


def _judge(rows: int, hidden: int = 1, seed: int = 0) -> Judge:
    rng = np.random.default_rng(seed)
    cells = rng.normal(size=(rows, 6))
    drive = cells[:, :hidden].sum(axis=1) / math.sqrt(hidden)
    yes = rng.random(rows) < 1 / (1 + np.exp(-2 * drive))
    frame = pl.DataFrame(cells, schema=[f"x{place}" for place in range(6)]).with_columns(buys=yes).with_row_index(ROW)
    columns = tuple(
        Column(name, Storage.NUMBER, Role.LABEL if name == "buys" else Role.FEATURE) for name in frame.columns[1:]
    )
    made = prepare(frame, Roles(columns, label="buys"), ModelOptions(folds=3))
    return Judge(made, Task(made.frame, made.columns, None, made.target.kind, 2, made.codes, 0, 1), 0.5, "row", 40)


def _group(name: str, rows: int, half: float) -> RevenueGroup:
    share = Estimate(0.5, 0.5 - half, 0.5 + half, rows, "")
    return RevenueGroup(name, rows, share, None, None, None, None, share, replace(share, low=math.nan), None)


@pytest.fixture(scope="module")
def curve() -> Curve:
    """The curve of an easy question, with classes known to ten points and to three."""
    found = learning_curve(_judge(1500), (_group("few", 100, 0.1), _group("many", 900, 0.03)))
    assert found is not None
    return found


def test_sizes_grow_and_forecasts_go_on(curve: Curve) -> None:
    """Sizes are measured from few rows to all; twice and four times as many are foretold inside their interval."""
    sizes = [point.rows for point in curve.points]
    assert sizes == sorted(sizes)
    assert (sizes[0] < 110, sizes[-1]) == (True, 1000)
    assert [point.rows for point in curve.forecasts] == [2000, 4000]
    for point in (*curve.points, *curve.forecasts):
        assert point.estimate.low <= point.estimate.value <= point.estimate.high <= 1
    assert curve.doubling.low >= 0
    assert curve.small == SMALL


def test_an_easy_question_has_rows_enough(curve: Curve) -> None:
    """Where one column tells nearly all, rows are said to be enough, or not known to be, but never to pay still."""
    assert curve.enough <= 1000
    assert curve.enough_low <= curve.enough <= curve.enough_high
    assert curve.pays is not True
    assert "More rows still pay" not in curve.answer


def test_yes_is_told_from_no() -> None:
    """Where doubling surely brings less than asked, the answer says which of two classes is told from which."""
    found = learning_curve(_judge(1500), (), small=0.05)
    assert found is not None
    assert found.pays is False
    assert found.enough_high <= 1000
    assert " rows to learn from are enough to tell 'true' from 'false': twice the 1,000 learned from" in found.answer


def test_what_is_not_known_is_not_told(curve: Curve) -> None:
    """Only an interval of doubling on one side of the small gain says whether more rows pay."""
    for low, high, pays in ((0.006, 0.01, True), (0.001, 0.004, False), (0.0, 0.01, None)):
        assert replace(curve, doubling=replace(curve.doubling, low=low, high=high), small=0.005).pays is pays


@pytest.mark.parametrize(
    ("small", "said"), [(0.0001, "More rows still pay"), (0.005, "cannot be told"), (0.05, "are en")]
)
def test_each_answer_is_said_in_german(small: float, said: str) -> None:
    """Whether rows pay, are enough or neither can be told: the German report says it, with and without a need."""
    for groups in ((), (_group("few", 100, 0.1),)):
        found = learning_curve(_judge(900, hidden=6, seed=1), groups, small=small)
        assert found is not None
        assert said in found.answer
        with speaking(Language.GERMAN):
            assert not is_foreign(retold(found.answer))


def test_needs_grow_with_the_square_of_the_interval(curve: Curve) -> None:
    """A class known to ten points needs four times its rows for five; what is not known is not said."""
    few, many = curve.needs
    assert (few.precision, few.recall, many.precision) == (400, None, 324)
    assert "about 4.0 times its 100 rows" in curve.answer


def test_few_rows_of_a_hard_question_call_for_more() -> None:
    """Where the curve still rises, the answer says how far more rows pay."""
    found = learning_curve(_judge(900, hidden=6, seed=1), (), small=0.0001)
    assert found is not None
    assert found.answer.startswith("More rows still pay")


def test_too_few_rows_give_no_curve() -> None:
    """A curve of three numbers is not fitted to fewer than four sizes."""
    assert learning_curve(_judge(150), ()) is None


def test_time_gives_windows(
    visits_of: Callable[..., pl.DataFrame], roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """With a time, the newest part of the past is held against all of it, on the newest rows."""
    frame = visits_of(800)
    result = learn(from_frame(frame), roles_of(frame, "group"), (), quick).result
    assert result.curve is not None
    windows = result.curve.windows
    assert [window.share for window in windows] == [0.25, 0.5, 0.75, 1.0]
    assert [window.rows for window in windows] == sorted(window.rows for window in windows)
    assert all(window.estimate.value > 0.6 for window in windows)
