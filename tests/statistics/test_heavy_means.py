"""Means of amounts with heavy tails: ends that hold what has not been seen yet, and no wider ends without need."""

from collections.abc import Callable

import numpy as np
import pytest

from clientela.domain.estimate import Estimate
from clientela.statistics.heavy_means import mean_of_amounts
from clientela.statistics.intervals import bootstrap_ratio

ROWS = 400
Draw = Callable[[np.random.Generator], np.ndarray]


def both(values: np.ndarray) -> tuple[Estimate, Estimate]:
    """Return the mean with the interval of this module, and with that of the bootstrap alone."""
    units = np.arange(len(values))
    return (
        mean_of_amounts(values, units, 300, 1, "row"),
        bootstrap_ratio(values, np.ones(len(values)), units, 300, 1, "row"),
    )


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda rng: 10 * (1 + rng.pareto(1.2, ROWS)), 60.0),
        (lambda rng: rng.lognormal(3, 2, ROWS), np.exp(5.0)),
    ],
)
def test_heavy_tails_are_held(draw: Draw, truth: float) -> None:
    """Of twenty samples hardly any interval misses the mean; the bootstrap alone misses more."""
    found = [both(draw(np.random.default_rng(seed))) for seed in range(20)]
    ours, plain = (sum(pair[place].low <= truth <= pair[place].high for pair in found) for place in (0, 1))
    assert ours >= 18
    assert ours > plain
    assert sum(one.method.endswith("generalised Pareto tail") for one, _ in found) > 10


@pytest.mark.parametrize("draw", [lambda rng: rng.uniform(5, 9, ROWS), lambda rng: rng.normal(50, 5, ROWS)])
def test_light_tails_cost_nothing(draw: Draw) -> None:
    """Where amounts end, or fall off quickly, the upper end stays near that of the bootstrap, but for one of twenty."""
    further = []
    for seed in range(20):
        values = draw(np.random.default_rng(seed))
        ours, plain = both(values)
        assert (ours.value, ours.low) == (plain.value, plain.low)
        # the end of 300 resamples is itself uncertain: by the normal approximation where it is near
        known = max(plain.high - plain.value, 1.96 * float(values.std()) / np.sqrt(ROWS))
        further.append((ours.high - ours.value) / known)
    assert sum(one > 1.1 for one in further) <= 1
    assert max(further) < 1.3


def test_how_many_lie_in_the_tail_counts_in() -> None:
    """The upper end is never nearer than the deviation of all amounts allows, however sure the tail itself is."""
    for seed in range(9):
        values = np.random.default_rng(seed).gamma(0.3, 10, ROWS)
        ours, _ = both(values)
        assert ours.high - ours.value > 1.05 * 1.96 * float(values.std()) / np.sqrt(ROWS)


def test_what_has_no_tail_is_left_as_it_is() -> None:
    """Few amounts, equal ones and a tail of one value have the interval of the bootstrap."""
    rng = np.random.default_rng(3)
    few = rng.lognormal(3, 2, 40)
    tied = np.where(rng.random(300) < 0.6, 9.0, 1.0)
    for values in (few, np.full(200, 7.0), tied, np.array([1.0, 2.0])):
        ours, plain = both(values)
        assert repr(ours) == repr(plain)


def test_money_changes_the_numbers_and_not_the_shape() -> None:
    """In cents instead of euros all ends are a hundred times as large."""
    values = np.random.default_rng(4).lognormal(3, 1.5, ROWS)
    euros, cents = both(values)[0], both(100 * values)[0]
    for end in ("value", "low", "high"):
        assert getattr(cents, end) == pytest.approx(100 * getattr(euros, end))
