"""Groups by earlier visits: what was known before each visit, and how it parts them."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from clientela.domain.column import Column, Role, Storage
from clientela.domain.roles import Roles
from clientela.segments.history import LEAST_AGAIN, Earlier, earlier, lifecycle, orders
from clientela.segments.outcomes import Outcomes

START = datetime.fromisoformat("2026-01-01")


def roles(time: str | None = "when", visitor: str | None = "who") -> Roles:
    """Return roles of the columns below."""
    columns = (
        Column("who", Storage.TEXT, Role.IDENTIFIER),
        Column("when", Storage.TIMESTAMP, Role.TIME),
        Column("label", Storage.TEXT, Role.LABEL),
    )
    return Roles(columns, label="label", time=time, visitor=visitor)


def outcomes(value: np.ndarray) -> Outcomes:
    """Return outcomes with these values."""
    flat = np.zeros(len(value))
    return Outcomes(flat, value, (value > 0) * 1.0, True, np.arange(len(value)), flat > 0, "visitor")


def visits(again: int = 120) -> pl.DataFrame:
    """Return visitors who come three times, ten days apart, the last visit first."""
    who = [f"v{i}" for i in range(again)] * 3
    when = [START + timedelta(days=10 * turn) for turn in (2, 1, 0) for _ in range(again)]
    return pl.DataFrame({"who": who, "when": when})


def test_only_what_was_before_a_visit_is_known() -> None:
    """Visits, pauses, orders and money count what came before, in any order of the rows; never the visit itself."""
    frame = visits()
    value = np.zeros(360)
    value[240], value[0] = 50.0, 9.0
    known = earlier(frame, roles(), outcomes(value))
    assert known is not None
    assert [known.visits[row] for row in (240, 120, 0)] == [0, 1, 2]
    assert np.isnan(known.pause[240])
    assert [known.pause[row] for row in (120, 0)] == [10, 10]
    assert [known.orders[row] for row in (240, 120, 0)] == [0, 1, 1]
    assert [known.spent[row] for row in (240, 120, 0)] == [0, 50, 50]
    assert [known.since_order[row] for row in (120, 0)] == [10, 20]
    assert np.isnan(known.since_order[[240, 1]]).all()


def test_without_visitor_or_date_nothing_is_known() -> None:
    """No visitor, no time, a time that is a number or mostly missing, or too few who come again: nothing is made up."""
    frame, found = visits(), outcomes(np.zeros(360))
    assert earlier(frame, roles(visitor=None), found) is None
    assert earlier(frame, roles(time=None), found) is None
    assert earlier(frame.drop("when"), roles(), found) is None
    assert earlier(frame.with_columns(when=pl.int_range(360)), roles(), found) is None
    sparse = frame.with_columns(when=pl.when(pl.int_range(360) < 100).then(pl.col("when")))
    assert earlier(sparse, roles(), found) is None
    few = visits(LEAST_AGAIN // 2 - 1)
    assert earlier(few, roles(), outcomes(np.zeros(few.height))) is None


def known_of(**given: list[float]) -> Earlier:
    """Return what was known, one row per item."""
    count = len(next(iter(given.values())))
    columns = {name: np.zeros(count) for name in ("visits", "pause", "orders", "since_order", "spent")}
    return Earlier(**{**columns, **{name: np.array(values, dtype=float) for name, values in given.items()}})


def test_lifecycle_parts_new_returning_and_lapsing() -> None:
    """The first visit is new; a pause longer than nine in ten makes a visitor lapse."""
    nan = float("nan")
    division = lifecycle(known_of(visits=[0, *[1] * 20], pause=[nan, *[5.0] * 19, 90.0]))
    assert [division.names[code] for code in division.codes] == ["New", *["Returning"] * 19, "Lapsing"]
    assert len(division.rules) == 3


def test_orders_part_by_recency_frequency_and_money() -> None:
    """Recent and rich, recent and small, long ago, and never are four groups; too few orders make none."""
    nan = float("nan")
    pattern = {
        "orders": [2, 1, 1, 0],
        "since_order": [3.0, 3.0, 80.0, nan],
        "spent": [200.0, 10.0, 10.0, 0.0],
    }
    division = orders(known_of(**{name: values * 50 for name, values in pattern.items()}))
    assert division is not None
    told = [division.names[code] for code in division.codes[:4]]
    assert told == ["Good customers", "Recent customers", "Customers who stay away", "No customers yet"]
    assert orders(known_of(**pattern)) is None
