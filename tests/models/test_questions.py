"""Tests of targets as yes-or-no questions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clientela.models import questions
from clientela.models.result import TargetKind


@given(
    st.sampled_from(list(TargetKind)),
    arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.floats(0.001, 0.999)),
)
def test_probabilities_are_probabilities(kind: TargetKind, yes: np.ndarray) -> None:
    """Whatever the answers, no probability is negative and each row sums to 1."""
    found = questions.probabilities(kind, yes)
    assert (found >= 0).all()
    assert found.sum(axis=1) == pytest.approx(1)


@given(
    st.sampled_from([TargetKind.ORDERED, TargetKind.CLASSES]),
    arrays(float, st.tuples(st.integers(1, 5), st.integers(2, 5)), elements=st.floats(0.01, 1)),
)
def test_log_odds_lead_back_to_the_chances(kind: TargetKind, weights: np.ndarray) -> None:
    """Chances made into log-odds of the questions and back are the same, with and without order."""
    chances = weights / weights.sum(axis=1, keepdims=True)
    odds = questions.log_odds(kind, chances)
    assert odds.shape[1] == questions.count(kind, chances.shape[1])
    assert questions.probabilities(kind, 1 / (1 + np.exp(-odds))) == pytest.approx(chances)


@pytest.mark.parametrize("kind", [TargetKind.ORDERED, TargetKind.CLASSES, TargetKind.BINARY])
def test_true_answers_give_the_class_back(kind: TargetKind) -> None:
    """The answers of a class put together name that class; the first asks for anything but class 0."""
    classes = 2 if kind is TargetKind.BINARY else 4
    codes = np.arange(classes)
    yes = questions.answers(kind, classes, codes)
    assert yes.shape[1] == questions.count(kind, classes)
    assert yes[:, 0].tolist() == (codes > 0).tolist()
    assert questions.probabilities(kind, yes.astype(float)).argmax(axis=1).tolist() == codes.tolist()
