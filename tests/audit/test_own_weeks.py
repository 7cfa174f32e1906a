"""Dates that were moved by other days for every visitor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks import dates_done
from clientela.audit.own_weeks import own_weeks
from clientela.domain.roles import Ask

ASK = Ask(time="visit_time", visitor="visitor_id")
ERROR = 1e-4


def visits(seed: int, *, weekend: float, moved: bool, habit: float = 0.0) -> pl.DataFrame:
    """Return visits of 2000 visitors, fewer at weekends; moved by days of each visitor's own, or on its own weekday."""
    rng = np.random.default_rng(seed)
    rows, people = 10_000, 2000
    visitor = rng.integers(0, people, rows)
    day = 20_000 + rng.integers(0, 200, 8 * rows)
    day = rng.choice(day[rng.random(day.size) < np.where((day + 3) % 7 >= 5, weekend, 1.0)], rows)
    day = np.where(rng.random(rows) < habit, day - day % 7 + rng.integers(0, 7, people)[visitor], day)
    day = day + (rng.integers(0, 365, people)[visitor] if moved else 0)
    seconds = day * 86_400 + rng.integers(0, 86_400, rows)
    return pl.DataFrame(
        {
            "visit_time": pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")),
            "visitor_id": [f"v{code:05d}" for code in visitor],
            "pages": rng.poisson(5, rows),
        }
    )


def test_dates_moved_for_each_visitor(said: Callable[..., Any]) -> None:
    """No weekday is quiet any more, but whole weeks lie between the visits of one visitor: that is said of the time."""
    findings = said(dates_done.shifted_dates, visits(1, weekend=0.1, moved=True), ASK).findings
    (sign,) = [sign for sign in findings[0].evidence["signs"] if sign["sign"] == "own weeks"]
    assert findings[0].columns == ("visit_time",)
    # Five equal days and two of a tenth agree by chance in .186 of pairs.
    assert sign["whole_weeks"] == pytest.approx(5.02 / 5.2**2, abs=0.02)


@pytest.mark.parametrize(("weekend", "habit"), [(0.1, 0.0), (1.0, 0.0), (1.0, 0.4), (0.5, 0.3)])
def test_weeks_of_all_visitors_and_habits_are_no_sign(
    context_of: Callable[..., Any], weekend: float, habit: float
) -> None:
    """Dates as they were: with a week of all, with none, and with a weekday that each visitor likes."""
    facts = context_of(visits(2, weekend=weekend, moved=False, habit=habit), ASK).facts
    assert own_weeks(facts, "visit_time", "visitor_id", ERROR) is None


def test_too_few_visits_say_nothing(context_of: Callable[..., Any]) -> None:
    """Visitors who come once leave no pair."""
    frame = visits(3, weekend=0.1, moved=True).unique("visitor_id", maintain_order=True)
    assert own_weeks(context_of(frame, ASK).facts, "visit_time", "visitor_id", ERROR) is None
