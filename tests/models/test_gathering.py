"""Tests of the evidence behind a model, as `learn` gathers it."""

import numpy as np
import polars as pl
import pytest

from clientela.domain.column import Role
from clientela.models import gathering
from clientela.models.learning import Learned

from .conftest import make_roles


def test_the_evidence_is_whole(learned: Learned) -> None:
    """An ordered label with visitors and time gives every part of the evidence."""
    found = learned.result.evidence
    assert found.rows == 400
    assert {(one.first, one.second) for one in found.splits} == {
        ("random folds", "folds by visitor"),
        ("folds by visitor", "forward in time"),
    }
    assert all(one.tells.endswith(".") for one in found.splits)
    assert {one.kind for one in found.slices} == {"month", "group"}
    assert {(one.what, one.split) for one in found.coverage} == {
        (what, split) for what in ("classes", "revenue") for split in ("folds by visitor", "forward in time")
    }
    assert found.depths[0].worth.value > 0
    assert found.bill is None
    assert found.roc
    assert found.precision


def test_dependence_follows_the_signal_and_tells_the_density(learned: Learned) -> None:
    """More pages mean more of them above the lowest group, and the shares of rows add up to one."""
    pages = next(one for one in learned.result.evidence.dependence if one.column == "pages")
    assert pages.points[-1].mean > pages.points[0].mean
    assert sum(point.share for point in pages.points) == pytest.approx(1)
    assert all(point.low <= point.mean <= point.high for point in pages.points)
    device = next(one for one in learned.result.evidence.dependence if one.column == "device")
    assert {point.value for point in device.points} == {"mobile", "desktop", "tablet"}


def test_of_many_rows_whole_units_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample holds all rows of a unit or none, and about as many rows as wanted."""
    monkeypatch.setattr(gathering, "MOST_ROWS", 300)
    units = np.repeat(np.arange(500), 2)
    drawn = gathering._drawn(units, 1)
    assert len(drawn) == pytest.approx(300, abs=4)
    assert all(np.isin(2 * unit + np.array([0, 1]), drawn).all() for unit in units[drawn])


def test_groups_of_columns_not_learned_from_are_looked_at() -> None:
    """A column that is set aside makes groups all the same; one of lists makes none."""
    frame = pl.DataFrame({"sex": ["f", "m"] * 50, "seen": [["a"]] * 100, "pages": range(100)})
    roles = make_roles(frame, "pages", sex=Role.IGNORED, seen=Role.IGNORED)
    assert [step.column for step in gathering._set_aside(frame, roles)] == ["sex"]
