"""Weekdays without rows: found where they were left out, not where people rest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from clientela.audit.checking import Checked
from clientela.audit.checks.left_out import filtered

ROWS = 2000


def _dates(weights: list[float]) -> pl.Series:
    """Draw days over forty weeks, each weekday from Monday on with its weight."""
    rng = np.random.default_rng(5)
    days = rng.choice(7, ROWS, p=np.array(weights) / sum(weights)) + 7 * rng.integers(0, 40, ROWS)
    return pl.Series("seen", (days + 19_723).astype(np.int32)).cast(pl.Date)


@pytest.mark.parametrize(
    ("weights", "gone"),
    [
        ([1, 1, 1, 1, 1, 0.6, 0], ["Sundays"]),
        ([1, 1, 1, 1, 1, 0, 0], ["Saturdays", "Sundays"]),
        ([1, 1, 0, 1, 1, 1, 1], ["Wednesdays"]),
    ],
)
def test_weekdays_without_rows(said: Callable[..., Checked], weights: list[float], gone: list[str]) -> None:
    """The weekdays that were left out are named, and the sentence leaves open that the business was shut."""
    (finding,) = said(filtered, pl.DataFrame({"seen": _dates(weights)})).findings
    assert (finding.columns, finding.evidence["seen"]["gone"]) == (("seen",), gone)
    assert gone[0] in finding.title
    assert "nothing happens" in finding.title


@pytest.mark.parametrize("weights", [[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0.3, 0.15]])
def test_quiet_days_are_not_left_out(said: Callable[..., Checked], weights: list[float]) -> None:
    """Days with a seventh of the rows of others are days of rest, not gaps."""
    assert not said(filtered, pl.DataFrame({"seen": _dates(weights)})).findings


def test_dates_once_a_week_are_no_filter(said: Callable[..., Checked]) -> None:
    """A table with one date per week has no rows on six weekdays, and none of them was left out."""
    assert not said(filtered, pl.DataFrame({"seen": _dates([1, 0, 0, 0, 0, 0, 0])})).findings
