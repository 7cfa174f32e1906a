"""Tests of the estimators: scikit-learn's own checks, and that they learn as a release does."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from clientela.models.estimators import GroupClassifier, RevenueRegressor

COLUMNS = ("pages", "device", "income", "member", "born")


@parametrize_with_checks([GroupClassifier(folds=2), RevenueRegressor(folds=2)])
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    """Every check of scikit-learn for estimators passes."""
    with warnings.catch_warnings():
        # of thirty rows or two the checks learn nothing worth a word
        warnings.simplefilter("ignore")
        check(estimator)


def test_groups_respect_their_order(visits: pl.DataFrame) -> None:
    """Chances sum to one, columns follow the sorted classes, and the order is used, not the alphabet."""
    model = GroupClassifier(order=["none", "low", "high"], folds=3)
    model.fit(visits.select(COLUMNS), visits["group"].to_list(), groups=visits["visitor"].to_list())
    chances = model.predict_proba(visits.select(COLUMNS))
    assert model.classes_.tolist() == ["high", "low", "none"]
    assert chances.shape == (400, 3)
    assert chances.sum(axis=1) == pytest.approx(1)
    many = visits["pages"].to_numpy() >= 7
    assert chances[many, 0].mean() > 2 * chances[~many, 0].mean()
    assert model.predict(visits.select(COLUMNS)).tolist() == model.classes_[chances.argmax(axis=1)].tolist()
    with pytest.raises(ValueError, match="order must name every class once"):
        GroupClassifier(order=["none", "low"]).fit(visits.select(COLUMNS), visits["group"].to_list())


def test_frames_and_arrays_say_the_same(visits: pl.DataFrame) -> None:
    """Polars, pandas and an array of objects give the same chances, cell by cell; other columns are refused."""
    frame = visits.select("pages", "device", "member")
    model = GroupClassifier(folds=3).fit(frame, visits["bought"].to_numpy())
    chances = model.predict_proba(frame)
    panda = frame.to_pandas()
    assert np.array_equal(GroupClassifier(folds=3).fit(panda, visits["bought"]).predict_proba(panda), chances)
    array = panda.to_numpy(dtype=object)
    assert np.array_equal(GroupClassifier(folds=3).fit(array, visits["bought"]).predict_proba(array), chances)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename({"pages": "leaves"}))
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        model.predict(frame.clear())


def test_searches_and_pipelines_take_them(visits: pl.DataFrame) -> None:
    """Clones, pipelines, cross-validation by visitor and searches work, and the ranking is better than a guess."""
    panda = visits.select("pages", "device", "income").to_pandas()
    bought = (visits["bought"] == "yes").to_numpy()
    model = make_pipeline(FunctionTransformer(pd.DataFrame.copy), GroupClassifier(folds=2))
    assert cross_val_score(clone(model), panda, bought, cv=2, scoring="roc_auc").mean() > 0.7
    search = GridSearchCV(GroupClassifier(), {"folds": [2, 3]}, cv=2, scoring="neg_log_loss").fit(panda, bought)
    assert search.best_params_["folds"] in {2, 3}


def test_expected_revenue_sums_to_what_came(visits: pl.DataFrame) -> None:
    """Over the rows learned from, expected revenue is near what came, and is higher where more came."""
    revenue = visits["revenue"].to_numpy()
    frame = visits.select("pages", "device")
    expected = RevenueRegressor(folds=3).fit(frame, revenue).predict(frame)
    assert expected.sum() == pytest.approx(revenue.sum(), rel=0.1)
    best = expected >= np.quantile(expected, 0.8)
    assert revenue[best].mean() > 2 * revenue[~best].mean()
    with pytest.raises(ValueError, match="NaN or infinity"):
        RevenueRegressor().fit(frame, np.where(revenue > 50, np.nan, revenue))
    with pytest.raises(ValueError, match="nothing to tell apart"):
        RevenueRegressor().fit(frame, np.zeros(400))


def test_a_class_of_one_row_is_told() -> None:
    """One row of a class cannot be in learning and in settling: that is said."""
    with pytest.raises(ValueError, match="1 row only"):
        GroupClassifier().fit(np.arange(20).reshape(-1, 1), ["a"] * 19 + ["b"])
