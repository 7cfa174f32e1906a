"""What a break does to a plain model of the label."""

from __future__ import annotations

import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.touching import touch
from clientela.tables.frames import from_frame


def test_a_column_that_tells_loses_more_than_one_that_does_not(baseline: Baseline) -> None:
    """The loss grows with the share of rows, and is about nothing where the column tells nothing."""
    batch = visits(800, 61)
    losses = [touch(baseline, batch, {"pages": "pages"}, share) for share in (0.2, 1.0)]
    shop = touch(baseline, batch, {"shop": "shop"}, 1.0)
    assert losses[0] is not None
    assert losses[1] is not None
    assert shop is not None
    assert 0.002 < losses[0].loss < losses[1].loss
    assert shop.loss < losses[1].loss / 2
    assert losses[1].now == pytest.approx(losses[1].before, abs=0.03)


def test_scores_move_with_the_cells(baseline: Baseline) -> None:
    """Many pages raise the mean chance; a column that is gone is missing in every row."""
    batch = visits(800, 62).with_columns(pl.col("pages") + 6)
    more = touch(baseline, batch, {"pages": "pages"}, 1.0)
    gone = touch(baseline, batch, {"pages": ""}, 1.0)
    assert more is not None
    assert gone is not None
    assert more.now > more.before + 0.02
    assert gone.loss > 0.02
    assert more.told("bought").startswith("A plain model of bought loses 0.")


def test_what_the_model_does_not_read_is_no_effect(baseline: Baseline) -> None:
    """Keys, a baseline without a label, and a batch without rows have none."""
    batch = visits(300, 63)
    assert touch(baseline, batch, {"visit": "visit"}, 1.0) is None
    assert touch(baseline, batch.head(0), {"pages": "pages"}, 1.0) is None
    with from_frame(visits(300, 64)) as table:
        assert touch(learn_baseline(table), batch, {"pages": "pages"}, 1.0) is None
