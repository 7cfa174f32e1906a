"""Rules between columns: learnt where they hold, counted where they break, exported, and told in words."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import duckdb
import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause, ShiftKind
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.contract import to_sql
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

TOWNS = {"1": "Linz", "2": "Wien", "3": "Graz", "4": "Wels"}


def tied(rows: int, seed: int, days: int = 120) -> pl.DataFrame:
    """Return rows whose columns are tied: month, weekend and half of the day by the time, town by its code."""
    rng = np.random.default_rng(seed)
    start = datetime.datetime.combine(datetime.date(2026, 1, 1), datetime.time())
    at = [start + datetime.timedelta(minutes=int(m)) for m in rng.integers(0, days * 1440, rows)]
    frame = pl.DataFrame({"order": np.arange(rows) + seed * 100_000, "at": at})
    code = rng.choice([1, 2, 3, 4], rows, p=[0.3, 0.15, 0.35, 0.2])
    net = np.round(rng.lognormal(3, 0.6, rows), 2)
    returned = rng.random(rows) < 0.2
    return frame.with_columns(
        pl.col("at").dt.strftime("%b").alias("month"),
        (pl.col("at").dt.weekday() >= 6).alias("weekend"),
        pl.when(pl.col("at").dt.hour() < 12).then(pl.lit("early")).otherwise(pl.lit("late")).alias("half"),
        pl.Series("code", code),
        pl.Series("town", [TOWNS[str(c)] for c in code]),
        pl.Series("net", net),
        pl.Series("gross", np.round(net * rng.uniform(1.05, 1.6, rows), 2)),
        pl.Series("returned", returned),
        pl.Series("refund", np.where(returned, net, np.nan), nan_to_null=True),
    )


@pytest.fixture(scope="module")
def learnt() -> Baseline:
    """What is learnt from 4,000 tied rows."""
    with from_frame(tied(4000, 0)) as table:
        return learn_baseline(table, "returned")


@pytest.fixture(scope="module")
def held(learnt: Baseline) -> Callable[[pl.DataFrame], CheckResult]:
    """Hold a frame against it."""

    def run(frame: pl.DataFrame) -> CheckResult:
        with from_frame(frame) as table:
            return check(learnt, table)

    return run


def test_every_kind_of_rule_is_learnt_and_told(learnt: Baseline) -> None:
    """Ties by time, by code, by order and by missing cells are found and read as sentences."""
    told = {rule.told for rule in learnt.contract.rules}
    assert {
        "month agrees with the month of at",
        "weekend agrees with the weekday of at",
        "half agrees with the hour of at",
        "code determines town",
        "net is at most gross",
        "where returned is true, refund is there",
        "where returned is false, refund is missing",
    } <= told


def test_the_rules_as_sql_find_nothing_in_their_reference(learnt: Baseline) -> None:
    """Orders and missing cells count no broken row either."""
    connection = duckdb.connect()
    connection.register("batch", tied(4000, 0).to_arrow())
    queries = [query for query in to_sql(learnt.contract).split(";\n") if query.strip()]
    assert all(connection.sql(query).fetchall() == [(0,)] for query in queries)


def _part(name: str, value: pl.Expr, every: int = 5) -> pl.Expr:
    return pl.when(pl.int_range(pl.len()) % every == 0).then(value).otherwise(pl.col(name)).alias(name)


BREAKS: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], set[Cause], set[str]]] = {
    "clean": (lambda f: f, set(), set()),
    "town on other rows": (
        lambda f: f.with_columns(pl.col("town").shuffle(seed=1)),
        {Cause.ROW_MISALIGNMENT},
        {"town"},
    ),
    "net above gross": (lambda f: f.with_columns(_part("net", pl.col("net") * 100)), {Cause.UNIT_SCALE}, {"net"}),
    "refund without a return": (
        lambda f: f.with_columns(_part("refund", pl.col("net"))),
        {Cause.NULL_SEMANTICS, Cause.METRIC_DEFINITION, Cause.UNKNOWN},
        {"refund", "returned"},
    ),
    "weekends lost": (lambda f: f.filter(~pl.col("weekend")), {Cause.SAMPLING}, {"weekend"}),
    "code as text": (
        lambda f: f.with_columns(_part("code", pl.lit("C-") + pl.col("code").cast(pl.String))),
        {Cause.DTYPE_FORMAT},
        {"code"},
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rule_names_the_column_that_broke_it(name: str, held: Callable[[pl.DataFrame], CheckResult]) -> None:
    """What breaks a tie is one incident on the column that was changed."""
    change, causes, columns = BREAKS[name]
    found = held(change(tied(1200, 1))).incidents
    assert len(found) == bool(causes)
    assert {incident.cause for incident in found} <= causes
    assert {column for incident in found for column in incident.columns} <= columns | {"at"}


def test_a_part_of_the_time_that_froze_is_stuck(held: Callable[[pl.DataFrame], CheckResult]) -> None:
    """The half of the day stands at one value in the last rows and no longer agrees with the time."""
    frame = tied(1200, 1)
    frozen = (
        pl.when(pl.col("at") > frame["at"].sort()[800]).then(pl.lit("late")).otherwise(pl.col("half")).alias("half")
    )
    found = held(frame.with_columns(frozen)).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.STUCK, ("half",))]


def test_another_season_moves_numbers_and_breaks_nothing(held: Callable[[pl.DataFrame], CheckResult]) -> None:
    """Dearer baskets in a later month are one shift called season, however many columns moved."""
    later = tied(1200, 1, days=25).with_columns(
        pl.col("at") + pl.duration(days=154),
        pl.col("net") ** 1.3,
        pl.col("refund") ** 1.3,
        pl.col("gross") ** 1.3 + 1,
    )
    result = held(later.with_columns(pl.col("at").dt.strftime("%b").alias("month")))
    assert result.incidents == ()
    assert ShiftKind.SEASON in {shift.cause for shift in result.shifts}


def test_running_numbers_are_keys(learnt: Baseline) -> None:
    """Whole numbers that are all different and run on are identifiers."""
    assert learnt.contract.term("order").kind == "key"


def test_a_month_under_a_name_that_nobody_knows_is_renamed_and_agrees_with_its_day() -> None:
    """January written J1 in half of its rows is another code, not another month than the time tells."""

    def monthly(rows: int, seed: int) -> pl.DataFrame:
        return visits(rows, seed).with_columns(pl.col("at").dt.strftime("%b").alias("month"))

    half = (pl.int_range(pl.len()) % 2 == 0) & (pl.col("month") == "Jan")
    batch = monthly(1000, 5).with_columns(pl.when(half).then(pl.lit("J1")).otherwise("month").alias("month"))
    found = check(learn_baseline(from_frame(monthly(5000, 0))), from_frame(batch)).incidents
    assert [item.columns for item in found] == [("month",)]
    assert found[0].cause in (Cause.CATEGORY_RENAMED, Cause.CATEGORY_NEW, Cause.CATEGORY_SPLIT)


def test_a_wide_table_learns_rules_of_every_kind() -> None:
    """More implications than are kept leave room for what a category determines."""
    rng = np.random.default_rng(1)
    rows = 3000
    bought = rng.random(rows) < 0.3
    amounts = {f"amount{n}": np.where(bought, rng.gamma(2, 20, rows).round(2) + 1, 0.0) for n in range(16)}
    town = rng.choice(12, rows)
    frame = pl.DataFrame({"town": [f"T{n}" for n in town], "land": [f"L{n % 4}" for n in town], **amounts})
    with from_frame(frame) as table:
        rules = learn_baseline(table).contract.rules
    assert sum(rule.kind == "implies" for rule in rules) >= 200
    assert ("town", "land") in {(rule.left, rule.right) for rule in rules if rule.kind == "determines"}
