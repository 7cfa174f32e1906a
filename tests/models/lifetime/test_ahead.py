"""Intervals of what each customer will buy and spend: against customers played by simulation."""

import numpy as np
import pytest

from clientela.models.lifetime.ahead import LEAST_RANKS, Ahead, Levels, corrected
from clientela.models.lifetime.buying import Buying
from clientela.models.lifetime.spending import Spending

BUYING, SPENDING, WEEKS, AGE = Buying(1.5, 6.0, 0.8, 2.5), Spending(6.0, 4.0, 15.0), 30.0, 40.0
KINDS = ((0, 0.0, 0.0), (2, 30.0, 12.0), (9, 38.0, 40.0), (60, 39.9, 25.0))
"""Repeat purchases, week of the last one, mean amount."""


def kinds(repeat: int = 1) -> Ahead:
    """Return what is ahead of so many customers of each kind."""
    frequency, recency, mean = (np.repeat(values, repeat).astype(float) for values in zip(*KINDS, strict=True))
    age = np.full(len(frequency), AGE)
    alive = BUYING.alive(frequency, recency, age)
    return Ahead(BUYING, SPENDING, WEEKS, frequency, age, alive, frequency, SPENDING.rate(frequency, mean))


def futures(repeat: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Play what so many customers of each kind buy and spend, rates and stopping drawn from what is known of them."""
    rng, known = np.random.default_rng(seed), kinds(repeat)
    number = len(known.age)
    rates = rng.gamma(BUYING.r + known.frequency) / (BUYING.alpha + AGE)
    tosses = rng.geometric(rng.beta(BUYING.a, BUYING.b + known.frequency))
    counts = np.minimum(rng.poisson(rates * WEEKS), tosses) * (rng.random(number) < known.alive)
    money = rng.gamma(SPENDING.shape(known.number)) / known.rate
    return counts.astype(float), rng.gamma(SPENDING.p * np.maximum(counts, 1)) / money * (counts > 0)


def test_intervals_hold_what_they_promise() -> None:
    """Of 20,000 futures of each kind of customer 95 % of the spend is inside, and no fewer of the purchases."""
    bought, spent = futures(20_000, 1)
    ends = kinds().intervals(Levels(), Levels())
    for place, (low, high, least, most) in enumerate(ends):
        counts, money = (values.reshape(4, -1)[place] for values in (bought, spent))
        assert ((money >= least) & (money <= most)).mean() == pytest.approx(0.95, abs=0.006)
        assert ((counts >= low) & (counts <= high)).mean() > 0.944
        assert (counts <= high - 1).mean() < (0.98 if low > 0 else 0.955)
    assert ends[0, 0] == ends[0, 2] == 0.0
    assert ends[3, 0] > 0
    assert ends[3, 2] > 0


def test_a_customer_who_surely_stopped_has_nothing_ahead() -> None:
    """Where no purchase is likelier than the interval may leave out, both ends are 0."""
    gone = Ahead(BUYING, SPENDING, WEEKS, *(np.array([value]) for value in (9.0, AGE, 0.01, 9.0, 100.0)))
    assert gone.intervals(Levels(), Levels()).tolist() == [[0.0, 0.0, 0.0, 0.0]]


def test_ranks_of_what_comes_are_uniform() -> None:
    """Ranks of futures in their own distributions are even over ten bins, for every kind, purchases and spend."""
    bought, spent = futures(4000, 2)
    for ranks in kinds(4000).ranks(bought, spent, 3):
        for kind in ranks.reshape(4, -1):
            counts, _ = np.histogram(kind, 10, (0, 1))
            assert (np.abs(counts - 400) < 4 * np.sqrt(400)).all()


def test_ranks_see_spend_that_is_too_large() -> None:
    """Spend of three times what was foretold ranks high, and the levels made of it reach further."""
    bought, spent = futures(500, 2)
    _, ranks = kinds(500).ranks(bought, 3 * spent, 3)
    levels = corrected(ranks)
    assert levels.single > 0.99
    assert levels.high >= levels.single
    wide = kinds().intervals(Levels(), levels)[:, 3]
    assert (wide > kinds().intervals(Levels(), Levels())[:, 3]).all()


def test_levels_are_the_quantiles_of_the_ranks() -> None:
    """Ranks as they should be give levels as they are named; too few ranks change nothing."""
    levels = corrected(np.linspace(0, 1, 1001))
    assert (levels.single, levels.low, levels.high) == pytest.approx((0.95, 0.025, 0.975), abs=1e-9)
    assert corrected(np.ones(LEAST_RANKS - 1)) == Levels()
