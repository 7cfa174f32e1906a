"""What laws of learning foretell, and how sure they are of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.models.growth import Fit, Laws, Measured
from clientela.models.values import FloatArray

ROWS = 100.0 * 2.0 ** np.arange(6)


def _laws(quality: FloatArray, error: float) -> Laws:
    return Laws(Measured(ROWS, quality, error**2 * np.eye(len(quality)), "made up"), 3200, 3200)


@given(st.floats(0.6, 0.9), st.floats(0.3, 1.0), st.floats(0.01, 0.1))
@settings(max_examples=40, deadline=None)
def test_what_follows_from_a_power_law_is_foretold(top: float, power: float, lack: float) -> None:
    """Of points on a power law, what twice and four times the rows bring lies in the intervals."""
    truth = Fit(top, lack * 800**power, power)
    laws = _laws(np.array([truth.at(rows) for rows in ROWS]), 0.001)
    assert laws.doubling().low <= truth.doubling(3200) <= laws.doubling().high
    for rows in (6400, 12800):
        assert laws.at(rows).low <= truth.at(rows) <= laws.at(rows).high
        assert laws.likeliest().at(rows) == pytest.approx(truth.at(rows), abs=0.01)


@given(st.lists(st.floats(0.3, 1.0), min_size=6, max_size=6))
@settings(max_examples=40, deadline=None)
def test_no_law_falls_or_passes_one(values: list[float]) -> None:
    """Whatever the points, more rows never foretell less, nor more than 1."""
    laws = _laws(np.array(values), 0.01)
    assert laws.doubling().low >= 0
    assert laws.at(6400).high <= 1
    assert laws.at(6400).value <= laws.at(12800).value + 1e-9
    assert laws.likeliest().scale >= 0
    assert laws.likeliest().top <= 1


def test_rows_are_enough_where_doubling_brings_the_small_gain() -> None:
    """The rows that may be enough end at those there are exactly where doubling ends at the small gain."""
    laws = _laws(0.8 - 0.05 * (ROWS / 800) ** -0.7, 0.002)
    doubling = laws.doubling()
    for small, end in ((doubling.low, "low"), (doubling.value, "value"), (doubling.high, "high")):
        assert getattr(laws.enough(small, 1e9), end) == pytest.approx(3200, rel=0.02)
    assert laws.enough(1e-9, 320_000).high == 320_000


def test_points_that_are_less_sure_tell_less() -> None:
    """The larger the error of the points, the wider is what they foretell."""
    quality = 0.8 - 0.05 * (ROWS / 800) ** -0.7
    widths = [_laws(quality, error).doubling() for error in (0.001, 0.005, 0.02)]
    ends = [one.high - one.low for one in widths]
    assert ends == sorted(ends)
