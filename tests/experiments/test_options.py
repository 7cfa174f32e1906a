"""What is asked is checked before any work."""

from __future__ import annotations

from typing import Any

import pytest

from clientela.domain.errors import InputError
from clientela.domain.goal import Goal
from clientela.experiments.options import ExperimentOptions


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"holdout": 1.5}, "A holdout of 150 %"),
        ({"holdout": 0.0}, "A holdout of 0"),
        ({"level": 1.0}, "A level of 1"),
        ({"planned": 3}, "3 planned visitors are too few"),
        ({"cap": float("nan")}, "A cap of nan"),
        ({"cap": 0.0}, "A cap of 0"),
        ({"window": float("inf")}, "A window of inf"),
        ({"window": -1.0}, "A window of -1"),
        ({"cap": 5.0, "goal": Goal.CONVERSION}, "A cap is for money, not for the goal conversion"),
        ({"event": "done"}, "not the goal revenue-per-visit"),
    ],
)
def test_values_out_of_range_are_refused_in_one_sentence(wrong: dict[str, Any], told: str) -> None:
    """Each wrong value is named with what it may be."""
    with pytest.raises(InputError, match=told):
        ExperimentOptions(**wrong)


def test_values_in_range_are_taken() -> None:
    """Every option has values that fit."""
    ExperimentOptions(cap=100.0, window=7.0, holdout=0.05, planned=4)
    assert ExperimentOptions(goal=Goal.TIME_TO_CHECKOUT, event="done").event == "done"
