"""How far back to learn: the newest stretch where the world turned, everything where it did not."""

import dataclasses
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from clientela.domain.column import Column, Role, Storage
from clientela.domain.roles import Roles
from clientela.models.fitting import Task
from clientela.models.learning import training_rows
from clientela.models.options import ModelOptions
from clientela.models.preparing import Prepared, prepare
from clientela.models.splitting import time_of
from clientela.models.values import FloatArray
from clientela.models.windowing import WINDOWS, Reach, reach, windows
from clientela.tables.frames import from_frame

ROWS = 700
OPTIONS = ModelOptions(threads=1, folds=3)
Ready = tuple[Task, Prepared, FloatArray]


def ready(turned: float) -> Ready:
    """Return rows whose two columns change their parts after a share of the time."""
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(2, ROWS))
    drive = np.where(np.arange(ROWS) < turned * ROWS, first, second)
    start = datetime.fromisoformat("2026-01-01")
    frame = pl.DataFrame(
        {
            "first": first,
            "second": second,
            "time": [start + timedelta(hours=3 * row) for row in range(ROWS)],
            "bought": np.where(drive + 0.5 * rng.normal(size=ROWS) > 0, "yes", "no"),
        }
    )
    special = {"time": Role.TIME, "bought": Role.LABEL}
    columns = tuple(Column(name, Storage.TEXT, special.get(name, Role.FEATURE)) for name in frame.columns)
    roles = Roles(columns, "bought", "time")
    with from_frame(frame) as table:
        made = prepare(training_rows(table, roles, OPTIONS), roles, OPTIONS)
    task = Task(made.frame, made.columns, made.clock, made.target.kind, 2, made.codes, 0, 1)
    times = time_of(made.frame, roles)
    assert times is not None
    return task, made, times


def test_where_the_world_turned_only_the_newest_is_learned() -> None:
    """After a turn two thirds on, a shorter stretch is better beyond chance, and reaches back to no more than half."""
    task, made, times = ready(0.65)
    found = reach(task, made, times, (100, 0, "row"))
    assert found.since is not None
    assert found.gain is not None
    assert found.gain.low > 0
    assert 0.1 < np.mean(times >= found.since) < 0.65
    assert found.told.startswith("Learned from the newest ")
    assert "better than all of it" in found.told


def test_where_nothing_turned_all_is_learned() -> None:
    """In a steady world all of the time is learned from, and the sentence says so."""
    task, made, times = ready(1.0)
    found = reach(task, made, times, (100, 0, "row"))
    assert found.since is None
    assert found.gain is not None
    assert "from all of the time" in found.told


def test_windows_are_the_newest_parts_before_the_rows_tested_on() -> None:
    """Each window ends with the past, a longer one holds the shorter, and nothing tested on is learned from."""
    task, made, times = ready(1.0)
    tried = windows(task, made, times)
    assert [one.share for one in tried] == list(WINDOWS)
    for shorter, longer in zip(tried, tried[1:], strict=False):
        assert set(shorter.part.train) < set(longer.part.train)
    assert max(times[tried[-1].part.train]) < min(times[tried[-1].part.test])


def test_without_time_there_is_nothing_to_choose() -> None:
    """Without time, or with too few rows for a shorter stretch, all is learned from without a word."""
    task, made, times = ready(1.0)
    timeless = dataclasses.replace(made, ahead=None)
    assert reach(task, made, None, (10, 0, "row")) == Reach()
    assert reach(task, timeless, times, (10, 0, "row")) == Reach()
    few = dataclasses.replace(made, codes=np.zeros_like(made.codes))
    assert reach(task, few, times, (10, 0, "row")) == Reach()
