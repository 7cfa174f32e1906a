"""The step that numbers are rounded to."""

from __future__ import annotations

import numpy as np

from clientela.statistics.steps import step_of


def test_the_step_of_a_column() -> None:
    """A column of whole tens has the step ten, one of full precision none."""
    assert step_of(np.array([10.0, 30.0, 20.0])) == 10
    assert step_of(np.random.default_rng(0).random(100)) == 0
