"""Learners of what treating a visitor adds, in the manner of scikit-learn: `fit`, then `predict`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.errors import RefusedError
from clientela.models.recipe import Recipe, fit_recipe
from clientela.models.uplift.bases import Base, Foresee, fit_base, matrix_of
from clientela.models.values import FloatArray
from clientela.statistics.uplift import doubly_robust_rewards

BoolArray = NDArray[np.bool_]
LEAST_SIDE = 50
"""Treated and untreated visitors that are needed each: below it not even a mean is known."""
FOLDS = 5


class Learner(ABC):
    """Learns what treating adds.

    Args:
        base: What rewards are foreseen with.
        seed: Seed.
    """

    name = ""

    def __init__(self, base: Base | str = Base.LINE, seed: int = 0) -> None:
        self.base = Base(base)
        self.seed = seed
        self.recipe_ = Recipe(())

    def fit(self, frame: pl.DataFrame, treated: BoolArray, rewards: FloatArray) -> Self:
        """Learn from a trial.

        Args:
            frame: What was known of the visitors before; every column is used.
            treated: Whether the visitor was treated.
            rewards: What came of it.

        Returns:
            Itself.

        Raises:
            RefusedError: Too few visitors were treated, or were not.
        """
        least = int(min(treated.sum(), (~treated).sum()))
        if least < LEAST_SIDE:
            raise RefusedError(
                f"Only {least} visitors are on one side of the trial: learning who responds needs {LEAST_SIDE}."
            )
        self.recipe_ = fit_recipe(frame, frame.columns)
        self._fit(matrix_of(self.base, self.recipe_, frame), treated, rewards)
        return self

    def foresee(self, frame: pl.DataFrame) -> tuple[FloatArray, FloatArray]:
        """Return the rewards foreseen untreated and treated, one per row.

        Raises:
            ColumnError: A column is not there.
        """
        return self._foresee(matrix_of(self.base, self.recipe_, frame))

    def predict(self, frame: pl.DataFrame) -> FloatArray:
        """Return what treating is foreseen to add, one per row, in units of the reward.

        Raises:
            ColumnError: A column is not there.
        """
        return self._effect(matrix_of(self.base, self.recipe_, frame))

    def _model(self, matrix: FloatArray, rewards: FloatArray, shift: int = 0) -> Foresee:
        return fit_base(self.base, self.recipe_, matrix, rewards, self.seed + shift)

    @abstractmethod
    def _fit(self, matrix: FloatArray, treated: BoolArray, rewards: FloatArray) -> None: ...

    @abstractmethod
    def _foresee(self, matrix: FloatArray) -> tuple[FloatArray, FloatArray]: ...

    def _effect(self, matrix: FloatArray) -> FloatArray:
        off, on = self._foresee(matrix)
        return on - off


class TLearner(Learner):
    """Two models, one of the treated and one of the others (Kunzel, Sekhon, Bickel and Yu 2019).

    >>> frame = pl.DataFrame({"visits": [1.0, 2.0] * 200})
    >>> treated = np.repeat([True, False], 200)
    >>> TLearner().fit(frame, treated, np.where(treated, frame["visits"] - 1, 0.0)).predict(frame[:2]).round(1).tolist()
    [0.1, 0.9]
    """

    name = "T"

    def _fit(self, matrix: FloatArray, treated: BoolArray, rewards: FloatArray) -> None:
        self.off_ = self._model(matrix[~treated], rewards[~treated])
        self.on_ = self._model(matrix[treated], rewards[treated], 1)

    def _foresee(self, matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.off_(matrix), self.on_(matrix)


class SLearner(Learner):
    """One model that sees whether the visitor was treated, and with a line also what that changes about each column.

    A line without these products would foresee nearly the same for everybody.
    """

    name = "S"

    def _fit(self, matrix: FloatArray, treated: BoolArray, rewards: FloatArray) -> None:
        self.both_ = self._model(self._beside(matrix, treated.astype(np.float64)), rewards)

    def _foresee(self, matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
        rows = len(matrix)
        return self.both_(self._beside(matrix, np.zeros(rows))), self.both_(self._beside(matrix, np.ones(rows)))

    def _beside(self, matrix: FloatArray, treated: FloatArray) -> FloatArray:
        column = treated[:, None]
        # centred, so that the penalty treats both sides alike
        products = [(column - 0.5) * matrix] if self.base is Base.LINE else []
        return np.hstack([matrix, column, *products])


class DRLearner(Learner):
    """A model of doubly robust effects, whose foreseen rewards come from other visitors (Kennedy 2023)."""

    name = "DR"

    def _fit(self, matrix: FloatArray, treated: BoolArray, rewards: FloatArray) -> None:
        rows = len(rewards)
        fold = np.random.default_rng(self.seed).permutation(rows) % FOLDS
        off, on = np.empty(rows), np.empty(rows)
        for number in range(FOLDS):
            here, there = fold == number, fold != number
            off[here] = self._model(matrix[there & ~treated], rewards[there & ~treated])(matrix[here])
            on[here] = self._model(matrix[there & treated], rewards[there & treated], 1)(matrix[here])
        chance = np.full(rows, treated.mean())
        low, high = doubly_robust_rewards(treated, rewards, chance, (off, on))
        self.off_ = self._model(matrix[~treated], rewards[~treated])
        self.effect_ = self._model(matrix, high - low, 2)

    def _foresee(self, matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
        off = self.off_(matrix)
        return off, off + self.effect_(matrix)

    def _effect(self, matrix: FloatArray) -> FloatArray:
        return self.effect_(matrix)
