"""The judgement whether visitors differ: a planted difference is found, and none where there is none."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import RefusedError
from clientela.domain.estimate import Estimate
from clientela.models.uplift import TLearner, UpliftResult, judge_uplift
from clientela.models.uplift.judging import cross_fit, ranked_gain
from clientela.statistics.uplift import ranking_gain

Trial = tuple[pl.DataFrame, np.ndarray, np.ndarray]
Make = Callable[..., Trial]


@pytest.fixture(scope="module")
def found(trial: Make) -> UpliftResult:
    """The judgement of a trial with a planted difference: some gain, others lose."""
    return judge_uplift(TLearner(), *trial(1600))


def test_a_planted_difference_is_usable(found: UpliftResult) -> None:
    """Ranking gains over chance, the slope excludes 0, and treating only those who gain beats both others."""
    assert found.usable
    assert found.area.low > 0
    assert found.qini.low > 0
    assert found.slope.low > 0
    assert found.over_all.low > 0
    assert found.over_none.low > 0
    assert found.verdict.startswith("Visitors differ: treating the ")
    assert 0.3 < found.share < 0.8


def test_the_numbers_hold_the_truth(found: UpliftResult, trial: Make) -> None:
    """The average effect of .15 lies in its interval; sizes are those of the trial; groups rise."""
    assert not found.effect.excludes(0.15)
    assert (found.rows, found.treated) == (1600, int(trial(1600)[1].sum()))
    assert found.learner == "T line"
    assert len(found.groups) == 10
    assert found.groups[-1].observed.value > found.groups[0].observed.value


@pytest.mark.parametrize("seed", [1, 2])
def test_no_difference_is_called_none(trial: Make, seed: int) -> None:
    """Where treating adds .2 to everybody there is no usable difference, and the verdict says so."""
    judged = judge_uplift(TLearner(seed=seed), *trial(400, seed=seed, planted=False))
    assert not judged.usable
    assert judged.verdict.startswith("There is no usable difference between visitors: treat all or none")


def test_a_cost_takes_from_treating(trial: Make, found: UpliftResult) -> None:
    """A cost of .25 a visitor shrinks whom the score would treat, and makes treating all the dearer."""
    judged = judge_uplift(TLearner(), *trial(1600), cost=0.25)
    assert judged.share < found.share
    assert judged.over_all.value > found.over_all.value
    assert judged.over_none.value < found.over_none.value


def test_a_score_that_ranks_but_saves_nothing_is_said_so(trial: Make) -> None:
    """Where everybody gains, only by more or less, ranking is of use and leaving people out is not."""
    known, treated, rewards = trial(800)
    judged = judge_uplift(TLearner(), known, treated, rewards + 2.0 * treated)
    assert judged.usable
    assert judged.share == 1
    assert "that treating only the 100% it picks earns more than treating all cannot be told" in judged.verdict


def test_rows_of_a_visitor_stay_in_one_fold(trial: Make) -> None:
    """A visitor's rows are scored by one model that has seen none of them."""
    known, treated, rewards = trial(400)
    units = np.arange(400) % 150
    scores = cross_fit(TLearner(), known, treated, rewards, units)
    assert all(len(set(scores.fold[units == unit])) == 1 for unit in range(150))
    assert set(scores.fold) == set(range(5))
    fourth = scores.fold == 4
    learner = TLearner().fit(known.filter(~fourth), treated[~fourth], rewards[~fourth])
    np.testing.assert_allclose(scores.uplift[fourth], learner.predict(known.filter(fourth)))


def test_the_gain_is_that_of_all_folds_and_its_interval_holds_earlier_ones_too(trial: Make) -> None:
    """The value is that of scores from all other folds; the interval also holds the one of folds before alone."""
    known, treated, rewards = trial(600)
    units = np.arange(600)
    scores = cross_fit(TLearner(), known, treated, rewards, units)
    seen = np.isfinite(scores.ahead)
    assert set(scores.fold[~seen]) == {0}
    assert (scores.ahead[scores.fold == 4] == scores.uplift[scores.fold == 4]).all()
    effects = rewards * np.where(treated, 2.0, -2.0)
    found = ranked_gain(scores, effects, units)
    whole = ranking_gain(effects, scores.uplift, scores.fold, units)
    ahead = ranking_gain(effects[seen], scores.ahead[seen], scores.fold[seen], units[seen])
    assert found.value == whole.value
    assert (found.low, found.high) == (min(whole.low, ahead.low), max(whole.high, ahead.high))


def test_units_widen_the_interval(trial: Make) -> None:
    """The same trial four times over is no surer where the visitor is named."""
    known, treated, rewards = trial(200)
    often = np.repeat(np.arange(200), 4)
    judged = judge_uplift(TLearner(), known[often], treated[often], rewards[often], units=often)
    assert judged.effect.n == 200
    alone = judge_uplift(TLearner(), known[often], treated[often], rewards[often])
    assert judged.effect.high - judged.effect.low > 1.5 * (alone.effect.high - alone.effect.low)
    assert judged.area.high - judged.area.low > 1.5 * (alone.area.high - alone.area.low)


def test_what_cannot_be_judged_is_refused(trial: Make) -> None:
    """Fewer visitors than folds, and equal rewards, are one sentence each."""
    known, treated, rewards = trial(200)
    with pytest.raises(RefusedError, match="only 4 independent visitors"):
        judge_uplift(TLearner(), known, treated, rewards, units=np.arange(200) % 4)
    with pytest.raises(RefusedError, match="The reward is 3 in every row"):
        judge_uplift(TLearner(), known, treated, np.full(200, 3.0))
    with pytest.raises(RefusedError, match="Only 0 visitors"):
        judge_uplift(TLearner(), known, np.zeros(200, dtype=bool), rewards)


def test_the_result_is_written_and_read(found: UpliftResult) -> None:
    """The record goes to plain data with every estimate in it, and rows left out are counted."""
    written = replace(found, left_out=7).to_dict()
    assert written["left_out"] == 7
    assert written["area"]["low"] == found.area.low
    assert isinstance(found.groups[0].observed, Estimate)
