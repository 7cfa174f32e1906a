"""Roles proposed from names, storage, uniqueness and relations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.domain.column import Available, Origin, Role
from clientela.domain.roles import Ask

N = 300


def test_a_plain_table_of_visits(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Visit, visitor, time and label are recognised, the rest are features."""
    roles = context_of(plain).roles
    assert (roles.visit, roles.visitor, roles.time, roles.label) == (
        "visit_id",
        "visitor_id",
        "visit_time",
        "converted",
    )
    assert roles.order == ("false", "true")
    assert roles.features == ("device", "amount_seen", "clicks", "temper")
    assert all(0 < column.sure <= 1 and column.reason for column in roles.columns)


def test_revenue_alone_is_predicted(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Where revenue was named and nothing looks like a label, revenue groups are what is predicted."""
    roles = context_of(plain.drop("converted"), Ask(revenue="amount_seen")).roles
    assert (roles.label, roles.revenue) == ("amount_seen", "amount_seen")
    assert roles.column("amount_seen").available is Available.AFTER
    named = context_of(plain.drop("converted"), Ask(revenue="amount_seen", label="device")).roles
    assert (named.label, named.revenue) == ("device", "amount_seen")


def test_a_person_wins(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """What was asked for stands with sureness 1, and origin follows from the collected columns."""
    ask = Ask(
        label="device",
        collected=("visit_id", "visit_time", "clicks"),
        visitor="visitor_id",
        time="visit_time",
        revenue="amount_seen",
        roles={"temper": Role.IGNORED, "converted": Role.OUTCOME},
        order=("tablet", "desktop", "mobile"),
    )
    roles = context_of(plain, ask).roles
    assert (roles.label, roles.revenue, roles.order) == ("device", "amount_seen", ("tablet", "desktop", "mobile"))
    assert roles.column("temper").role is Role.IGNORED
    assert roles.column("device").sure == 1.0
    assert roles.column("clicks").origin is Origin.COLLECTED
    assert roles.column("clicks").available is Available.DURING
    assert roles.column("temper").origin is Origin.JOINED
    assert roles.column("converted").available is Available.AFTER


def test_revenue_is_found_by_name_and_by_the_lowest_class(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Money that is zero where the label is lowest is revenue; past spend is a feature."""
    frame = plain.with_columns(
        past_spend=pl.col("amount_seen") * 3,
        order_value=pl.when(pl.col("converted")).then(pl.col("amount_seen")).otherwise(0.0),
    )
    roles = context_of(frame).roles
    assert roles.revenue == "order_value"
    assert roles.column("order_value").available is Available.AFTER
    assert roles.column("past_spend").role is Role.FEATURE


def test_money_that_ignores_the_label_is_not_its_revenue(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A column called amount that is full on every row is no revenue of the visit."""
    roles = context_of(plain.rename({"amount_seen": "amount"})).roles
    assert roles.revenue is None


def test_an_amount_is_the_label_where_there_is_no_other(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A revenue column with zeros is proposed as label, with little sureness, and is its own revenue."""
    spend = pl.when(pl.col("converted")).then(pl.col("amount_seen")).otherwise(0.0)
    roles = context_of(plain.with_columns(revenue=spend).drop("converted")).roles
    assert (roles.label, roles.revenue) == ("revenue", "revenue")
    assert roles.column("revenue").sure < 0.5
    assert roles.order == ()


def test_no_label_is_none(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Nothing plausible to predict means no label."""
    roles = context_of(plain.drop("converted")).roles
    assert (roles.label, roles.revenue, roles.order) == (None, None, ())


@pytest.mark.parametrize(
    ("name", "cells", "label"),
    [
        ("umsatzgruppe", ["keine", "niedrig", "hoch"] * 100, True),
        ("y", ["yes", "no"] * 150, True),
        ("is_converted", [True, False] * 150, True),
        ("previous_purchase", [True, False] * 150, False),
        ("outcome", [f"v{i % 40}" for i in range(N)], False),
    ],
)
def test_names_of_labels(context_of: Callable[..., Any], name: str, cells: list[Any], label: bool) -> None:
    """Label-like names count with few classes only, and the past is no label."""
    frame = pl.DataFrame({name: cells, "clicks": np.arange(N) % 7})
    assert (context_of(frame).roles.label == name) is label


def test_second_outcomes_and_treatment(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """What else came of the visit, and which arm it was in, are no features."""
    frame = plain.with_columns(
        clicked=pl.col("clicks") > 6,
        variant=pl.when(pl.col("visit_id") % 2 == 0).then(pl.lit("a")).otherwise(pl.lit("b")),
        segment=pl.when(pl.col("clicks") % 2 == 0).then(pl.lit("Mens E-Mail")).otherwise(pl.lit("No E-Mail")),
        revenue=pl.when(pl.col("converted")).then(pl.col("amount_seen")).otherwise(0.0),
        umsatz=pl.when(pl.col("converted")).then(pl.col("clicks")).otherwise(0),
    )
    roles = context_of(frame, Ask(label="converted")).roles
    assert roles.named(Role.TREATMENT) == ("variant", "segment")
    assert roles.named(Role.OUTCOME) == ("clicked", "umsatz")
    assert roles.column("variant").available is Available.BEFORE


def test_useless_columns_are_ignored(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Empty, constant, free text and text dates are ignored with a reason."""
    n = plain.height
    frame = plain.with_columns(
        pl.lit(None, dtype=pl.Float64).alias("empty"),
        pl.lit("web").alias("source"),
        pl.Series("remark", [f"said {i} and {i * 7}, then left" for i in range(n)]),
        pl.Series("seen_on", [f"{1 + i % 28}.{1 + i % 12}.2026" for i in range(n)]),
    )
    roles = context_of(frame).roles
    assert roles.named(Role.IGNORED) == ("empty", "source", "remark", "seen_on")


@pytest.mark.parametrize(
    ("name", "cells", "role"),
    [
        ("column_1", [f"AB-{i:05d}" for i in range(N)], Role.IDENTIFIER),
        ("column_1", np.arange(N) + 5, Role.IDENTIFIER),
        ("Kundennummer", np.arange(N) % 120 + 0.0, Role.IDENTIFIER),
        ("invoice_no", [f"I{i % 90}" for i in range(N)], Role.IDENTIFIER),
        ("VisitorType", ["new", "returning", "other"] * 100, Role.FEATURE),
        ("nr.employed", np.arange(N) * 1.5, Role.FEATURE),
        ("weight", np.random.default_rng(0).normal(size=N), Role.FEATURE),
    ],
)
def test_identifiers(context_of: Callable[..., Any], name: str, cells: Any, role: Role) -> None:
    """Codes that differ on every row, and numbers of things by name, are identifiers; measures are not."""
    frame = pl.DataFrame({name: cells, "clicks": np.arange(N) % 7})
    assert context_of(frame).roles.column(name).role is role


def test_an_identifier_a_person_named(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A column that a person calls identifier and that differs on every row becomes the visit."""
    frame = plain.drop("visit_id").with_columns(reference=pl.int_range(pl.len()) * 1.5)
    roles = context_of(frame, Ask(roles={"reference": Role.IDENTIFIER, "device": Role.IDENTIFIER})).roles
    assert roles.visit == "reference"
    assert roles.column("device").role is Role.IDENTIFIER


def test_ordered_labels_use_revenue(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Classes without telling words are ordered by their mean revenue."""
    group = pl.when(pl.col("revenue") > 30).then(pl.lit("red")).when(pl.col("revenue") > 0).then(pl.lit("blue"))
    frame = plain.with_columns(revenue=pl.when(pl.col("converted")).then(pl.col("amount_seen")).otherwise(0.0))
    frame = frame.with_columns(revenue_group=group.otherwise(pl.lit("grey"))).drop("converted")
    assert context_of(frame, Ask(revenue="revenue")).roles.order == ("grey", "blue", "red")


def test_mostly_missing_dates_are_not_the_time(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A date that most rows lack is a feature."""
    frame = plain.drop("visit_time").with_columns(
        since=pl.when(pl.col("clicks") > 9).then(
            pl.lit("2026-01-01").str.to_date() + pl.duration(days=pl.col("clicks"))
        )
    )
    assert context_of(frame).roles.time is None
