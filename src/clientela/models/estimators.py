"""The learners of `clientela learn` in the manner of scikit-learn: in pipelines, searches and cross-validations.

They learn, blend and calibrate as a release does, and nothing else: no audit, no judging, no files. Columns may be
numbers, text, yes and no, dates; cells may be missing. Frames of Polars and pandas and arrays of numpy are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d, validate_data

from clientela.models import splitting
from clientela.models.fitting import Fitted, Task, cross, fit
from clientela.models.result import Target, TargetKind
from clientela.models.settling import Settled, settle
from clientela.models.target import codes_of, derived
from clientela.models.values import FloatArray, IntArray

LEAST_FOLDS = 2


class _Estimator(BaseEstimator):
    """What both have in common."""

    _fitted: Fitted
    _settled: Settled

    def __init__(self, folds: int, random_state: int) -> None:
        self.folds = folds
        self.random_state = random_state

    def __sklearn_tags__(self) -> Tags:
        # scikit-learn's own function says nothing of its types
        inherited: Any = super().__sklearn_tags__
        tags: Tags = inherited()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.non_deterministic = False
        return tags

    def _frame(self, rows: Any, *, reset: bool) -> pl.DataFrame:
        """Return rows as a frame, its columns those learned from."""
        if isinstance(rows, pl.DataFrame) or type(rows).__module__.split(".")[0] == "pandas":
            validate_data(self, rows, reset=reset, skip_check_array=True)
            if rows.shape[0] == 0 or rows.shape[1] == 0:
                raise ValueError(f"Found array with {rows.shape[0]} sample(s) and {rows.shape[1]} feature(s).")
            return rows if isinstance(rows, pl.DataFrame) else pl.from_pandas(rows, nan_to_null=True)
        cells = validate_data(self, rows, reset=reset, dtype=None, ensure_all_finite="allow-nan")
        columns = [_series(f"x{place}", column) for place, column in enumerate(cells.T)]
        return pl.DataFrame(columns)

    def _learn(self, frame: pl.DataFrame, target: Target, codes: IntArray, more: tuple[Any, Any]) -> None:
        """Learn, and settle blend, calibration and the means of revenue on folds."""
        revenue, groups = more
        units = _units(groups, len(codes))
        count = min(self.folds, int(np.bincount(codes).min()))
        if count < LEAST_FOLDS:
            raise ValueError("A class has 1 row only: at least 2 of each are needed to settle how far to learn.")
        fold = splitting.folds(codes, units, range(len(codes)), count, self.random_state)
        classes = len(target.classes)
        task = Task(
            frame, tuple(frame.columns), None, target.kind, classes, codes, self.random_state, threads=1, units=units
        )
        crossed = cross(task, splitting.parts(fold))
        self._settled = settle(target.kind, codes, crossed.odds, revenue)
        self._fitted = fit(task, np.arange(len(codes)), self._settled.stage)

    def _chances(self, rows: Any) -> FloatArray:
        check_is_fitted(self, "n_features_in_")
        return self._settled.probabilities(self._fitted.odds(self._frame(rows, reset=False)))


class GroupClassifier(ClassifierMixin, _Estimator):
    """Yes or no, revenue groups in their order, or classes without one, with calibrated probabilities.

    Args:
        order: The classes from the lowest to the highest, for probabilities that respect the order; None where they
            have none. Of two classes order means nothing.
        folds: Folds that blend and calibration are settled on.
        random_state: Seed of every random step.

    Attributes:
        classes_: The classes, sorted; columns of `predict_proba` follow them.

    >>> rows = pl.DataFrame({"pages": [1, 2, 3, 4, 5, 6] * 20, "device": ["phone", "desk"] * 60})
    >>> model = GroupClassifier(folds=3).fit(rows, ["no", "no", "no", "yes", "yes", "yes"] * 20)
    >>> model.predict(pl.DataFrame({"pages": [1, 6], "device": ["desk", None]})).tolist()
    ['no', 'yes']
    """

    def __init__(self, order: Sequence[Any] | None = None, folds: int = 5, random_state: int = 0) -> None:
        super().__init__(folds, random_state)
        self.order = order

    def fit(self, rows: Any, y: Any, groups: Any = None) -> Self:
        """Learn.

        Args:
            rows: A frame or a two-dimensional array, one row per row.
            y: Class of every row.
            groups: Visitor of every row, whose rows stay on one side of a fold; None where each row is its own.

        Returns:
            Itself.

        Raises:
            ValueError: Rows and classes do not fit together, there is one class only, one of a single row, or `order`
                is not of them.
        """
        frame = self._frame(rows, reset=True)
        values = column_or_1d(y, warn=True)
        check_consistent_length(frame, values)
        check_classification_targets(values)
        self.classes_, found = np.unique(values, return_inverse=True)
        if len(self.classes_) < LEAST_FOLDS:
            raise ValueError(f"Classifier can't train when only one class is present: {self.classes_[0]!r}.")
        place = self._places()
        kind = TargetKind.BINARY if len(place) == LEAST_FOLDS else TargetKind.CLASSES
        kind = TargetKind.ORDERED if self.order is not None and kind is TargetKind.CLASSES else kind
        target = Target(kind, "answer", tuple(map(str, range(len(place)))))
        self._columns = place
        self._learn(frame, target, place[found.reshape(-1)].astype(np.int64), (None, groups))
        return self

    def predict_proba(self, rows: Any) -> FloatArray:
        """Return the probability of every class, columns as in `classes_`."""
        return np.asarray(self._chances(rows)[:, self._columns], dtype=np.float64)

    def predict(self, rows: Any) -> Any:
        """Return the likeliest class of every row."""
        likeliest = self.predict_proba(rows).argmax(axis=1)
        return self.classes_[likeliest]

    def _places(self) -> IntArray:
        """Return the place of each of `classes_` in the order of the classes."""
        if self.order is None:
            return np.arange(len(self.classes_))
        wanted = {value: place for place, value in enumerate(self.order)}
        lost = [value for value in self.classes_.tolist() if value not in wanted]
        if lost or len(wanted) != len(self.classes_):
            raise ValueError(f"order must name every class once: {self.classes_.tolist()!r}, not {list(self.order)!r}.")
        return np.array([wanted[value] for value in self.classes_.tolist()])


class RevenueRegressor(RegressorMixin, _Estimator):
    """Expected revenue of a visit: many zeros, heavy tail.

    Revenue is cut into zero and groups above it; their calibrated probabilities times their mean revenue are what is
    expected, so a single huge amount moves the mean of its group and nothing else.

    Args:
        folds: Folds that blend and calibration are settled on.
        random_state: Seed of every random step.
    """

    def __init__(self, folds: int = 5, random_state: int = 0) -> None:
        super().__init__(folds, random_state)

    def fit(self, rows: Any, y: Any, groups: Any = None) -> Self:
        """Learn.

        Args:
            rows: A frame or a two-dimensional array, one row per row.
            y: Revenue of every row in money.
            groups: Visitor of every row; None where each row is its own.

        Returns:
            Itself.

        Raises:
            ValueError: Rows and amounts do not fit together, an amount is not finite, or all are the same.
        """
        frame = self._frame(rows, reset=True)
        values = np.asarray(column_or_1d(y, warn=True), dtype=np.float64)
        check_consistent_length(frame, values)
        if not np.isfinite(values).all():
            raise ValueError("Input y contains NaN or infinity: give an amount for every row.")
        if len(np.unique(values)) < LEAST_FOLDS:
            raise ValueError(
                f"All amounts of {len(values):,} sample(s) are {values[0]:g}: there is nothing to tell apart."
            )
        target = derived("amount", values, None)
        codes = codes_of(target, pl.Series(values))
        self._learn(frame, target, codes, (values, groups))
        return self

    def predict(self, rows: Any) -> FloatArray:
        """Return the expected revenue of every row, in money."""
        chances = self._chances(rows)
        return np.asarray(self._settled.revenue(chances), dtype=np.float64)


def _series(name: str, cells: Any) -> pl.Series:
    """Return a column of an array; one of objects is text unless it is numbers, yes and no, or dates alone."""
    if cells.dtype != object:
        return pl.Series(name, cells)
    values = [None if value is None or value != value else value for value in cells.tolist()]
    kinds = {type(value) for value in values if value is not None}
    plain = len(kinds) == 1 or kinds <= {int, float}
    return pl.Series(name, values if plain else [None if value is None else str(value) for value in values])


def _units(groups: Any, rows: int) -> IntArray:
    """Return the group of every row from 0, in order of first appearance."""
    if groups is None:
        return np.arange(rows)
    _, first, found = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[found.reshape(-1)]
