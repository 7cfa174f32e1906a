"""Tests of the best possible prediction."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from clientela.samples import world
from clientela.samples.quality import best_chance
from clientela.samples.visits import Draws, Shop
from clientela.statistics.scores import auc

ROWS = 40_000


@pytest.fixture(scope="module")
def shop() -> Shop:
    """Return a table of 40,000 visits."""
    return Shop.opened(ROWS, 21)


@pytest.fixture(scope="module")
def draws(shop: Shop) -> Draws:
    """Return its draws."""
    return shop.draw(np.arange(ROWS))


@pytest.mark.parametrize("session", [False, True])
def test_best_chance_is_calibrated(draws: Draws, session: bool) -> None:
    """In every tenth of the visits the mean chance is the mean true probability."""
    chance = best_chance(draws, session=session)
    for part in np.array_split(np.argsort(chance), 10):
        assert chance[part].mean() == pytest.approx(draws.probability[part].mean(), abs=0.012)


def test_more_seen_ranks_better(draws: Draws) -> None:
    """What is known live reaches .75 to .80; the session adds to it, the unseen still more."""
    bought = draws.value > 0
    live, session, true = (
        auc(bought, chance) for chance in (best_chance(draws), best_chance(draws, session=True), draws.probability)
    )
    assert 0.75 < live < 0.80
    assert live + 0.005 < session < true - 0.01


def test_no_learner_does_better(shop: Shop, draws: Draws) -> None:
    """A learner on the same columns comes near to the best chance and does not pass it: nothing else tells."""
    frame = shop.frame(draws)
    seen = frame.drop("visit_id", "visitor_id", "area_cd", "src_ref", "order_value", "area_avg", "revenue_group")
    inputs = seen.drop("session_sec", "visit_time").with_columns(hour=seen["visit_time"].dt.hour())
    texts = [name for name, storage in inputs.schema.items() if not storage.is_numeric()]
    inputs = inputs.with_columns(inputs[name].cast(str).rank("dense").alias(name) for name in texts)
    bought = draws.value > 0
    learner = HistGradientBoostingClassifier(learning_rate=0.05, max_leaf_nodes=12, random_state=1)
    learner.fit(inputs[:30_000].to_numpy(), bought[:30_000])
    found = auc(bought[30_000:], learner.predict_proba(inputs[30_000:].to_numpy())[:, 1])
    best = auc(bought[30_000:], best_chance(draws)[30_000:])
    assert best - 0.03 < found < best + 0.003


@pytest.mark.parametrize(
    ("block", "low", "high"),
    [
        ("weather", -0.0005, 0.001),
        ("distance", 0.0, 0.003),
        ("area", 0.007, 0.02),
        ("crm", 0.007, 0.03),
        ("campaign", 0.003, 0.02),
        ("interests", 0.007, 0.03),
    ],
)
def test_what_each_block_adds(draws: Draws, block: str, low: float, high: float) -> None:
    """Without weather nothing is lost; without area, customer data or interests there is."""
    labels = np.repeat([1, 0], ROWS)
    weights = np.concatenate([draws.probability, 1 - draws.probability])
    both = [auc(labels, np.tile(chance, 2), weights) for chance in (best_chance(draws), best_chance(draws, (block,)))]
    assert low <= both[0] - both[1] <= high


def test_true_probability_is_the_sum_of_its_parts(draws: Draws) -> None:
    """Intent by block, type, season and mood add up to the log-odds."""
    kind = draws.visitor.kind
    season = world.SEASON_INTENT[kind] * world.DAY_IS_GIFT_SEASON[draws.day]
    total = sum(draws.known_intent.values()) + world.TYPE_INTENT[kind] + season + world.MOOD_INTENT * draws.mood
    assert draws.probability == pytest.approx(expit(total))


def test_type_that_is_absent_is_no_trouble() -> None:
    """With a handful of visits some types are missing; the chance is still a probability."""
    few = Shop.opened(2, 1).draw(np.arange(2))
    chance = best_chance(few, without=("crm",))
    assert ((chance > 0) & (chance < 1)).all()
