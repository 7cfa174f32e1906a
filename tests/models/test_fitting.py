"""Tests of answers for rows by models that have not seen them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clientela.domain.roles import Roles
from clientela.models.fitting import Task, cross, fit
from clientela.models.learning import answered_ahead
from clientela.models.odds import LINE, STAGES, TREES, staged
from clientela.models.options import ModelOptions
from clientela.models.preparing import prepare
from clientela.models.result import TargetKind
from clientela.models.splitting import Parted
from clientela.tables.table import ROW

ROWS = 600
PARTS = [
    Parted(np.flatnonzero(np.arange(ROWS) % 2 != half), np.flatnonzero(np.arange(ROWS) % 2 == half)) for half in (0, 1)
]


def task(signal: float, kind: TargetKind = TargetKind.BINARY) -> Task:
    """Return a task whose answers follow a wave of x as strongly as is said."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=ROWS)
    drive = signal * np.sin(3 * x) + rng.logistic(size=ROWS)
    codes = np.digitize(drive, [0.0] if kind is TargetKind.BINARY else [0.0, 1.0])
    frame = pl.DataFrame({"x": x, "z": rng.choice(["a", "b"], ROWS)})
    return Task(frame, ("x", "z"), None, kind, int(codes.max()) + 1, codes, seed=1, threads=1)


def test_answers_are_those_of_models_fitted_on_the_other_rows() -> None:
    """At every stage, and by the line, rows are answered as by a model of the other part's rows that is kept."""
    asked = task(1.0, TargetKind.ORDERED)
    crossed = cross(asked, PARTS, (0.25, 0.5), explain=True)
    assert crossed.stages == (0.25, 0.5)
    for part in PARTS:
        for stage in crossed.stages:
            kept = fit(asked, part.train, stage).odds(asked.frame[part.test])
            assert crossed.odds[staged(stage)][part.test] == pytest.approx(kept[TREES], abs=1e-9)
            assert crossed.odds[LINE][part.test] == pytest.approx(kept[LINE], abs=1e-9)
    assert np.array_equal(np.unique(crossed.rows), np.sort(crossed.rows))
    assert crossed.contributions[TREES].shape == crossed.contributions[LINE].shape == (len(crossed.rows), 2)


def test_boosting_ends_where_it_does_not_pay() -> None:
    """Of a strong signal all stages are asked; of none, those up to the first that loses more than the one before."""
    assert cross(task(9.0), PARTS).stages == STAGES
    assert cross(task(0.0), PARTS).stages == STAGES[:2]
    assert cross(replace(task(9.0), learners=(LINE,)), PARTS).stages == ()


def test_what_is_settled_ahead_asks_nothing_of_the_last_period(
    visits: pl.DataFrame, roles_of: Callable[..., Roles], quick: ModelOptions
) -> None:
    """Other labels in the last period change neither the stages asked for nor any answer."""
    prepared = prepare(visits.with_row_index(ROW), roles_of(visits, "bought"), quick)
    asked = prepared.task(quick)
    ahead = answered_ahead(prepared, asked)
    assert ahead is not None
    codes = asked.codes.copy()
    codes[ahead.parts[0].test] = 1 - codes[ahead.parts[0].test]
    turned = answered_ahead(prepared, replace(asked, codes=codes))
    assert turned is not None
    assert list(turned.odds) == list(ahead.odds)
    for name, values in ahead.odds.items():
        assert np.array_equal(turned.odds[name], values, equal_nan=True)
