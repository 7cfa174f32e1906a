"""The learned correction: finds what is there, invents nothing, keeps the total, is plain data."""

import msgspec
import numpy as np
import polars as pl
import pytest

from clientela.models.lifetime.correcting import Correction, crossed_factors, deviance, fit_correction, matrix_of
from clientela.models.lifetime.purchases import HISTORY


def made(strength: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a matrix, an expectation, and spend whose mean is the expectation times a factor of the first column."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(4000, 5))
    base = rng.gamma(2.0, 10.0, 4000)
    mean = base * np.exp(strength * (matrix[:, 0] > 0))
    return matrix, base, np.where(rng.random(4000) < 0.4, rng.gamma(2.0, mean / 0.8), 0.0)


def test_a_factor_is_found_and_the_total_kept() -> None:
    """Customers who spend twice as much are told from the others, within the total foretold before."""
    matrix, base, spend = made(np.log(2.0))
    found = fit_correction(matrix, base, spend, 0)
    factor = found.factor(matrix)
    more = matrix[:, 0] > 0
    assert factor[more].mean() / factor[~more].mean() == pytest.approx(2.0, rel=0.15)
    assert (base * factor).sum() == pytest.approx(base.sum())
    assert msgspec.json.decode(msgspec.json.encode(found), type=Correction).factor(matrix).tolist() == factor.tolist()


def test_factors_of_customers_not_seen_help_only_where_there_is_something() -> None:
    """Out of fold the deviance falls where a factor was planted and does not where none was."""
    for strength, better in ((np.log(2.0), True), (0.0, False)):
        matrix, base, spend = made(strength)
        factor = crossed_factors(matrix, base, spend, 0)
        gain = deviance(spend, base) - deviance(spend, base * factor)
        assert bool(gain.mean() > 2 * gain.std() / np.sqrt(len(gain))) is better


def test_deviance_is_lowest_at_the_mean() -> None:
    """Of constant expectations the mean has the lowest deviance; one of nearly 0 costs a lot and not for ever."""
    _, _, spend = made(0.0)
    loss = [
        deviance(spend, np.full(len(spend), spend.mean() * factor)).mean() for factor in (0.8, 0.95, 1.0, 1.05, 1.2)
    ]
    assert int(np.argmin(loss)) == 2
    assert np.isfinite(deviance(np.array([5.0, 5.0]), np.array([0.0, 10.0]))).all()


def test_the_matrix_holds_the_answers_of_the_models_and_what_is_known() -> None:
    """One line per customer: four answers, then the history; no zero is taken the logarithm of."""
    history = pl.DataFrame({name: [float(place), 50.0] for place, name in enumerate(HISTORY)})
    found = matrix_of(history, np.array([0.0, 0.5]), np.array([20.0, 30.0]), np.array([0.1, 1.0]))
    assert found.shape == (2, 4 + len(HISTORY))
    assert np.isfinite(found).all()
    assert found[0, 3] == history["age"][0] - history["recency"][0]
