"""Groups that are cut from a number: learnt as bounds, and what breaks when amount or cut is computed otherwise."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.contract import to_sql
from clientela.monitoring.cuts import _between, beyond
from clientela.tables.frames import from_frame


def spent(rows: int, seed: int, days: tuple[int, int] = (0, 90)) -> pl.DataFrame:
    """Return orders by returning customers, with the group that is cut from what was spent."""
    rng = np.random.default_rng(seed)
    start = datetime.datetime.combine(datetime.date(2026, 1, 1), datetime.time())
    at = [start + datetime.timedelta(minutes=int(m)) for m in rng.integers(days[0] * 1440, days[1] * 1440, rows)]
    amount = np.where(rng.random(rows) < 0.4, np.round(rng.lognormal(3.6, 0.8, rows), 2), 0.0)
    cut = np.digitize(amount, [0.005, 30, 70])
    who = rng.integers(0, 1500, rows)
    return pl.DataFrame(
        {
            "order": np.arange(rows) + seed * 100_000,
            "at": at,
            "who": [f"W{one:05d}" for one in who],
            "age": (who * 37) % 60 + 18,
            "town": [["Bonn", "Köln", "Graz"][one % 3] for one in who],
            "amount": amount,
            "group": np.array(["none", "small", "middle", "large"])[cut],
            "pages": rng.poisson(5, rows) + 1,
        }
    )


@pytest.fixture(scope="module")
def learnt() -> Baseline:
    """What is learnt from 4,000 orders."""
    with from_frame(spent(4000, 0)) as table:
        return learn_baseline(table, "group")


@pytest.fixture(scope="module")
def incidents(learnt: Baseline) -> Callable[[pl.DataFrame], list[tuple[Cause, tuple[str, ...]]]]:
    """Hold a frame against it."""

    def run(frame: pl.DataFrame) -> list[tuple[Cause, tuple[str, ...]]]:
        with from_frame(frame) as table:
            return [(item.cause, item.columns) for item in check(learnt, table).incidents]

    return run


def test_bounds_are_learnt_and_told(learnt: Baseline) -> None:
    """Each level has the bounds of the number it was cut from, with as few digits as the data allow."""
    told = {rule.told for rule in learnt.contract.rules}
    assert {"where group is small, amount <= 30", "where group is middle, amount > 30"} <= told
    assert {"where group is middle, amount <= 70", "where group is large, amount > 70"} <= told


def test_bounds_as_sql_hold_in_their_reference(learnt: Baseline) -> None:
    """The exported conditions count no broken row in the reference, and the moved ones in a batch."""
    connection = duckdb.connect()
    connection.register("batch", spent(4000, 0).to_arrow())
    queries = [query for query in to_sql(learnt.contract).split(";\n") if "amount <= 30" in query]
    assert [connection.sql(query).fetchall() for query in queries] == [[(0,)]]
    connection.register("batch", spent(4000, 0).with_columns(pl.col("amount") * 1.19).to_arrow())
    assert connection.sql(queries[0]).fetchall()[0][0] > 50


@pytest.mark.parametrize("days", [(0, 90), (95, 120)], ids=["the same weeks", "later"])
def test_another_computation_names_amount_or_group(
    days: tuple[int, int], incidents: Callable[[pl.DataFrame], list[tuple[Cause, tuple[str, ...]]]]
) -> None:
    """Gross for net is told of the amount, another cut of the group, in the same weeks and in later ones."""
    batch = spent(1500, 1, days)
    assert incidents(batch) == []
    gross = batch.with_columns(pl.col("amount") * 1.19)
    assert incidents(gross) == [(Cause.METRIC_DEFINITION, ("amount",))]
    moved = pl.when(pl.col("amount").is_between(30, 50)).then(pl.lit("small")).otherwise(pl.col("group"))
    assert incidents(batch.with_columns(moved.alias("group"))) == [(Cause.METRIC_DEFINITION, ("group",))]


def test_a_category_beside_a_number_has_no_bounds(learnt: Baseline) -> None:
    """A category whose levels overlap in a number is not cut from it."""
    assert not any(rule.left == "town" and rule.kind == "implies" for rule in learnt.contract.rules)


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e6))
def test_a_bound_lies_between_its_ends(low: float, width: float) -> None:
    """Whatever the ends are, the lower is below or at the bound and the upper above it."""
    high = low + width
    bound = _between(low, high)
    assert beyond(np.array([low, high]), f"<={bound}").tolist() == [True, False]
    assert beyond(np.array([low, high]), f">{bound}").tolist() == [False, True]


def test_what_is_no_bound_holds_nowhere() -> None:
    """A level is no bound."""
    assert not beyond(np.array([1.0, 2.0]), "small").any()
