"""Learners of uplift find a planted difference, on lines and on trees, and refuse what is too small."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import ColumnError, RefusedError
from clientela.models.uplift import DRLearner, SLearner, TLearner
from clientela.models.uplift.learners import Learner

Trial = tuple[pl.DataFrame, np.ndarray, np.ndarray]
Make = Callable[..., Trial]


@pytest.mark.parametrize("kind", [TLearner, SLearner, DRLearner])
@pytest.mark.parametrize("base", ["line", "trees"])
def test_a_planted_difference_is_foreseen(trial: Make, kind: type[Learner], base: str) -> None:
    """On visitors it has not seen, each learner foresees more for those who respond than for the others."""
    learner = kind(base, seed=1).fit(*trial(1200))
    known, _, _ = trial(400, seed=9)
    found = learner.predict(known)
    responds = (known["pages"] > 0).to_numpy()
    assert found[responds].mean() - found[~responds].mean() > 0.15
    assert np.corrcoef(found, responds)[0, 1] > 0.5


@pytest.mark.parametrize("kind", [TLearner, SLearner])
def test_the_effect_is_the_gap_of_what_is_foreseen(trial: Make, kind: type[Learner]) -> None:
    """What treating adds is the reward foreseen treated less the one foreseen untreated."""
    known, treated, rewards = trial(600)
    learner = kind().fit(known, treated, rewards)
    off, on = learner.foresee(known)
    np.testing.assert_allclose(learner.predict(known), on - off)


def test_doubly_robust_rewards_stand_on_the_effect(trial: Make) -> None:
    """The DR learner's reward treated is the untreated one plus its effect; amounts work as well as yes or no."""
    known, treated, rewards = trial(600, money=True)
    learner = DRLearner().fit(known, treated, rewards)
    off, on = learner.foresee(known)
    np.testing.assert_allclose(on - off, learner.predict(known))
    assert abs(learner.predict(known).mean() - (rewards[treated].mean() - rewards[~treated].mean())) < 3


def test_the_seed_repeats(trial: Make) -> None:
    """The same seed foresees the same to the last bit."""
    known, treated, rewards = trial(250)
    first, second = (DRLearner("line", 3).fit(known, treated, rewards).predict(known[:9]) for _ in range(2))
    assert (first == second).all()


def test_columns_come_by_name(trial: Make) -> None:
    """The order of columns does not matter; one that is missing is named."""
    known, treated, rewards = trial(400)
    learner = TLearner().fit(known, treated, rewards)
    turned = learner.predict(known.select("noise", "place", "pages"))
    np.testing.assert_allclose(turned, learner.predict(known))
    with pytest.raises(ColumnError, match="not there: 'pages'"):
        learner.predict(known.drop("pages"))


def test_a_small_side_is_refused(trial: Make) -> None:
    """Below fifty visitors on a side nothing is learned, and the sentence says how many there are."""
    known, treated, rewards = trial(200)
    few = treated & (np.cumsum(treated) <= 49)
    with pytest.raises(RefusedError, match="Only 49 visitors are on one side"):
        TLearner().fit(known, few, rewards)


def test_an_unknown_base_is_refused() -> None:
    """A base is lines or trees."""
    with pytest.raises(ValueError, match="forest"):
        TLearner("forest")
