"""Maximum likelihood: intervals that are right where theory gives them, and honest where it does not."""

import msgspec
import numpy as np
import pytest

from clientela.domain.errors import RefusedError
from clientela.models.lifetime.maximising import POINT_ONLY, Drawing, Maximum, maximise
from clientela.models.values import FloatArray

TIMES = np.random.default_rng(4).exponential(1 / 3, 500)


def exponential(point: FloatArray) -> tuple[FloatArray, ...]:
    """Return the log-likelihood of waiting times with rate exp(point), and its slope."""
    rate = np.exp(point[0])
    return point[0] - rate * TIMES, 1 - rate * TIMES


def test_exponential_rate_is_found_with_its_error() -> None:
    """The rate is 1 / mean, the standard error of its logarithm 1 / sqrt(n), the likelihood that of the formula."""
    found = maximise(exponential, np.zeros(1), np.ones(500), POINT_ONLY)
    assert found.point[0] == pytest.approx(-np.log(TIMES.mean()), abs=1e-9)
    assert found.covariance[0][0] == pytest.approx(1 / 500, rel=1e-5)
    assert (found.low[0], found.high[0]) == pytest.approx(
        (found.point[0] - 1.959964 / np.sqrt(500), found.point[0] + 1.959964 / np.sqrt(500)), abs=1e-6
    )
    assert found.log_likelihood == pytest.approx(500 * (-np.log(TIMES.mean()) - 1), abs=1e-6)
    assert (found.method, found.units) == ("likelihood", 500)


def test_counts_stand_for_repeated_units() -> None:
    """Counting units twice halves the variance and leaves the maximum where it is."""
    once, twice = (maximise(exponential, np.zeros(1), np.full(500, times), POINT_ONLY) for times in (1.0, 2.0))
    assert twice.point == pytest.approx(once.point, abs=1e-9)
    assert twice.covariance[0][0] == pytest.approx(once.covariance[0][0] / 2, rel=1e-9)


def test_nothing_is_said_of_a_parameter_that_does_nothing() -> None:
    """A parameter without part in the likelihood gets no interval; the other gets a fair one by bootstrap."""

    def idle(point: FloatArray) -> tuple[FloatArray, ...]:
        return (*exponential(point), np.zeros(500))

    found = maximise(idle, np.zeros(2), np.ones(500), Drawing(200, 1))
    low, high = found.low[0], found.high[0]
    assert (found.low[1], found.high[1]) == (None, None)
    assert low is not None
    assert high is not None
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(500), rel=0.25)
    assert found.method == "bootstrap by customer"
    assert found.covariance[1] == (0.0, 0.0)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Maximum) == found


def test_a_bootstrap_of_39_draws_reaches_from_the_smallest_to_the_largest() -> None:
    """The first of 39 draws stands for a fortieth of them, the end of 95 %: an end between draws would be too near."""

    def idle(point: FloatArray) -> tuple[FloatArray, ...]:
        return (*exponential(point), np.zeros(500))

    found = maximise(idle, np.zeros(2), np.ones(500), Drawing(39, 1))
    rng = np.random.default_rng(1)
    drawn = [-np.log(rng.multinomial(500, np.full(500, 1 / 500)) @ TIMES / 500) for _ in range(39)]
    assert (found.low[0], found.high[0]) == pytest.approx((min(drawn), max(drawn)), abs=1e-4)


def test_without_resamples_there_are_no_intervals_where_they_are_needed() -> None:
    """Where the curvature says nothing and no resamples are allowed, all ends are missing."""

    def idle(point: FloatArray) -> tuple[FloatArray, ...]:
        return (*exponential(point), np.zeros(500))

    found = maximise(idle, np.zeros(2), np.ones(500), POINT_ONLY)
    assert found.low == found.high == (None, None)
    assert found.point[0] == pytest.approx(-np.log(TIMES.mean()), abs=1e-6)


def test_endless_rise_ends_at_a_wall() -> None:
    """A likelihood that rises for ever gives a finite parameter, of which nothing is said."""

    def rising(point: FloatArray) -> tuple[FloatArray, ...]:
        fall = np.exp(-point[0]) * np.ones(100)
        return -fall, fall

    found = maximise(rising, np.zeros(1), np.ones(100), Drawing(5, 1))
    assert 4 < found.point[0] < 12
    assert found.low == (None,)


def test_likelihood_that_is_no_number_is_refused() -> None:
    """Where the likelihood cannot be computed, a sentence says so."""
    with pytest.raises(RefusedError, match="no maximum"):
        maximise(lambda point: (np.full(3, np.nan), np.full(3, np.nan)), np.zeros(1), np.ones(3), POINT_ONLY)
