"""Small trials with a known difference between visitors, or none."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

Trial = tuple[pl.DataFrame, np.ndarray, np.ndarray]


def make_trial(rows: int = 1200, seed: int = 0, planted: bool = True, money: bool = False) -> Trial:
    """Return what was known, who was treated, what came of it; where planted only the upper half responds."""
    rng = np.random.default_rng(seed)
    pages = rng.normal(size=rows)
    treated = rng.random(rows) < 0.5
    effect = 0.5 * (pages > 0) - 0.2 * (pages <= 0) if planted else np.full(rows, 0.2)
    rewards = (rng.random(rows) < 0.25 + effect * treated).astype(float)
    if money:
        rewards = rewards * 40 + rng.normal(size=rows)
    known = pl.DataFrame({"pages": pages, "place": rng.choice(["a", "b"], rows), "noise": rng.normal(size=rows)})
    return known, treated, rewards


@pytest.fixture(scope="session")
def trial() -> Callable[..., Trial]:
    """Return the function that makes trials."""
    return make_trial
