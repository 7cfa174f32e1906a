"""How much customers spend: the model against customers played, units of money and data that say nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.domain.errors import RefusedError
from clientela.models.lifetime import spending
from clientela.models.lifetime.spending import Spending, fit_spending

TRUE = Spending(6.0, 4.0, 15.0)
shapes = st.floats(0.1, 30.0)


def play(customers: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return number of purchases, their mean amount and the amount of one more, of customers played one by one."""
    rng = np.random.default_rng(seed)
    number = rng.geometric(0.4, customers).astype(float)
    rates = rng.gamma(TRUE.q, 1 / TRUE.gamma, customers)
    mean = rng.gamma(TRUE.p * number, 1 / rates) / number
    return number, mean, rng.gamma(TRUE.p, 1 / rates)


@given(shapes, shapes, shapes, st.integers(1, 50), st.floats(0.1, 1000.0))
def test_slopes_are_those_of_the_likelihood(p: float, rest: float, gamma: float, number: int, amount: float) -> None:
    """The exact slopes equal differences of the likelihood."""
    point, data = np.log([p, rest, gamma]), (np.array([float(number)]), np.array([amount]))
    slopes = np.array(spending._terms(*data, point)[1:]).ravel()
    for place in range(3):
        step = np.eye(3)[place] * 1e-5
        above, below = (spending._terms(*data, point + sign * step)[0][0] for sign in (1, -1))
        assert slopes[place] == pytest.approx((above - below) / 2e-5, rel=1e-3, abs=1e-3)


def test_parameters_and_next_amounts_are_those_of_customers_played() -> None:
    """Intervals hold the parameters played with, and customers alike spend next what is expected of them."""
    number, mean, later = play(20_000, 1)
    found = fit_spending(number, mean)
    truth = np.array([np.log(6.0), np.log(3.0), np.log(15.0)])
    assert (np.array(found.maximum.low) < truth).all()
    assert (truth < np.array(found.maximum.high)).all()
    expected = TRUE.mean(number, mean)
    for low, high in ((0, 20), (20, 30), (30, 45), (45, 400)):
        rows = (expected > low) & (expected <= high)
        assert expected[rows].mean() == pytest.approx(later[rows].mean(), rel=0.05)
    assert TRUE.mean(np.zeros(1), np.zeros(1))[0] == pytest.approx(30.0)


@pytest.mark.parametrize("unit", [0.001, 100.0, 1e6])
def test_money_may_come_in_any_unit(unit: float) -> None:
    """Amounts in another currency move gamma and nothing else."""
    number, mean, _ = play(2000, 1)
    one, other = fit_spending(number, mean), fit_spending(number, mean * unit)
    assert (other.p, other.q, other.gamma) == pytest.approx((one.p, one.q, one.gamma * unit), rel=1e-5)
    assert other.maximum.log_likelihood == pytest.approx(one.maximum.log_likelihood - 2000 * np.log(unit))


def test_customers_without_amounts_say_nothing() -> None:
    """Customers with no purchase, a mean of 0 or no number change nothing."""
    number, mean, _ = play(500, 2)
    more = fit_spending(np.append(number, [0, 3, 2]), np.append(mean, [10.0, 0.0, np.nan]))
    assert more == fit_spending(number, mean)


@pytest.mark.parametrize("amounts", [np.full(50, 9.99), np.arange(1.0, 10.0)])
def test_amounts_that_tell_nothing_are_refused(amounts: np.ndarray) -> None:
    """Equal amounts, or those of fewer than ten customers, are refused with a sentence."""
    with pytest.raises(RefusedError, match="amounts"):
        fit_spending(np.ones(len(amounts)), amounts)


def test_wild_amounts_still_have_a_mean() -> None:
    """Amounts without a mean give a finite expectation, as q stays above 1."""
    rng = np.random.default_rng(5)
    found = fit_spending(np.ones(3000), 1 + rng.pareto(0.7, 3000))
    assert found.q > 1
    assert np.isfinite(found.mean(np.zeros(1), np.zeros(1))).all()
