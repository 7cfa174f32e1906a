"""Tests of the mean of boosted models as one model."""

import lightgbm
import numpy as np
import pytest

from clientela.models.bagging import average


def _fits(count: int, rounds: int = 20) -> tuple[np.ndarray, list[lightgbm.Booster]]:
    rng = np.random.default_rng(2)
    matrix = np.column_stack([rng.normal(size=400), rng.normal(size=400), rng.integers(0, 6, 400)])
    matrix[rng.random(400) < 0.1, 0] = np.nan
    yes = (np.nan_to_num(matrix[:, 0]) + (matrix[:, 2] > 3) > 0.5).astype(float)
    settings = {"objective": "binary", "verbosity": -1, "bagging_fraction": 0.7, "bagging_freq": 1, "num_threads": 1}
    data = lightgbm.Dataset(matrix, label=yes, categorical_feature=[2])
    return matrix, [
        lightgbm.train(settings | {"seed": seed, "num_leaves": 7}, data, num_boost_round=rounds + seed)
        for seed in range(count)
    ]


def test_the_mean_answers_and_explains_like_its_parts_together() -> None:
    """Raw scores, contributions and scores after some rounds are the means of those of the parts."""
    matrix, fits = _fits(3)
    whole = lightgbm.Booster(model_str=average([fit.model_to_string() for fit in fits]))
    assert whole.num_trees() == 20 + 21 + 22
    for settings in ({"raw_score": True}, {"pred_contrib": True}):
        expected = np.mean([fit.predict(matrix, **settings) for fit in fits], axis=0)
        assert whole.predict(matrix, **settings) == pytest.approx(expected, abs=1e-12)
    early = np.mean([fit.predict(matrix, raw_score=True, num_iteration=10) for fit in fits], axis=0)
    assert whole.predict(matrix, raw_score=True, num_iteration=30) == pytest.approx(early, abs=1e-12)


def test_one_model_is_its_own_mean() -> None:
    """A single model comes back as it is."""
    text = _fits(1)[1][0].model_to_string()
    assert average([text]) == text
