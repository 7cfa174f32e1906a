"""Groups by what is known of a visitor from earlier visits: lifecycle, and recency, frequency, money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clientela.domain.roles import Roles
from clientela.models.values import numbers, seconds, texts
from clientela.segments.outcomes import Outcomes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DAY = 86400.0
LAPSED = 0.9
"""Share of pauses between visits that are shorter than the one after which a visitor counts as lapsing."""
LEAST_AGAIN = 100
"""Visits of people seen before that the data must hold."""


@dataclass(frozen=True)
class Earlier:
    """What was known of the visitor of each visit before it began; one number per visit.

    Attributes:
        visits: Earlier visits.
        pause: Days since the visit before; NaN on the first.
        orders: Earlier visits that brought something.
        since_order: Days since the last of them; NaN where there is none.
        spent: What earlier visits brought, in the unit of the value.
    """

    visits: FloatArray
    pause: FloatArray
    orders: FloatArray
    since_order: FloatArray
    spent: FloatArray


@dataclass(frozen=True)
class Division:
    """Visits parted by rules that are settled beforehand.

    Attributes:
        codes: Group of every visit.
        names: Names of the groups.
        rules: What tells each group.
    """

    codes: IntArray
    names: tuple[str, ...]
    rules: tuple[str, ...]


def earlier(rows: pl.DataFrame, roles: Roles, outcomes: Outcomes) -> Earlier | None:
    """Return what was known of visitors before each visit, or None where visitor or date is not known.

    Args:
        rows: Visits.
        roles: Roles of their columns.
        outcomes: What came of the visits.
    """
    if roles.visitor is None or roles.time is None or roles.time not in rows.columns:
        return None
    times = seconds(rows.get_column(roles.time)) if not rows.schema[roles.time].is_numeric() else None
    if times is None or np.isfinite(times).mean() < 0.5:
        return None
    frame = pl.DataFrame(
        {"unit": texts(rows.get_column(roles.visitor)), "time": times / DAY, "value": outcomes.value,
         "bought": outcomes.above, "row": np.arange(rows.height)}
    ).sort("time", "row", nulls_last=True)  # fmt: skip
    bought = pl.when(pl.col("bought") > 0).then(pl.col("time"))
    found = frame.with_columns(
        visits=pl.int_range(pl.len()).over("unit"),
        pause=(pl.col("time") - pl.col("time").shift(1)).over("unit"),
        orders=(pl.col("bought").cum_sum() - pl.col("bought")).over("unit"),
        spent=(pl.col("value").cum_sum() - pl.col("value")).over("unit"),
        since_order=pl.col("time") - bought.shift(1).forward_fill().over("unit"),
    ).sort("row")
    again = found.get_column("visits") > 0
    if int(again.sum()) < LEAST_AGAIN:
        return None
    return Earlier(*(numbers(found.get_column(name)) for name in ("visits", "pause", "orders", "since_order", "spent")))


def lifecycle(known: Earlier) -> Division:
    """Part visits into new, returning and lapsing visitors.

    A visitor lapses after a pause longer than nine in ten pauses between visits.

    Args:
        known: What was known before each visit.
    """
    pause = float(np.nanquantile(known.pause, LAPSED))
    codes = np.where(known.visits == 0, 0, np.where(known.pause > pause, 2, 1)).astype(np.int64)
    rules = (
        "first visit seen",
        f"seen before, at most {pause:.0f} days ago",
        f"seen before, over {pause:.0f} days ago",
    )
    return Division(codes, ("New", "Returning", "Lapsing"), rules)


def orders(known: Earlier) -> Division | None:
    """Part visits by recency, frequency and money of earlier orders (Hughes 1994), in four groups a person can say.

    Args:
        known: What was known before each visit.

    Returns:
        The groups; None where too few visitors ordered before.
    """
    had = known.orders > 0
    if int(had.sum()) < LEAST_AGAIN:
        return None
    recent, spent = float(np.median(known.since_order[had])), float(np.median(known.spent[had]))
    fresh, rich = known.since_order <= recent, (known.spent > spent) | (known.orders >= 2)
    codes = np.where(~had, 3, np.where(fresh & rich, 0, np.where(fresh, 1, 2))).astype(np.int64)
    rules = (
        f"ordered in the last {recent:.0f} days, and twice or for more than {spent:,.0f}",
        f"ordered once in the last {recent:.0f} days, for at most {spent:,.0f}",
        f"last ordered over {recent:.0f} days ago",
        "no order seen before",
    )
    return Division(codes, ("Good customers", "Recent customers", "Customers who stay away", "No customers yet"), rules)
