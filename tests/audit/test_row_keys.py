"""Columns that identify rows together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from clientela.audit.checking import Check, Context
from clientela.audit.checks import grain
from clientela.audit.checks.rows_done import deduplicated
from clientela.domain.finding import Finding, Severity
from clientela.domain.roles import Ask

Build = Callable[..., Context]


def lines(order: str, position: str, orders: int = 900) -> pl.DataFrame:
    """Return order lines: number of the order, place in it, article, amount."""
    rng = np.random.default_rng(4)
    sizes = rng.integers(1, 6, orders)
    rows = int(sizes.sum())
    return pl.DataFrame(
        {
            order: [f"A{i}" for i in np.repeat(np.arange(orders) + 70_000, sizes)],
            position: np.concatenate([np.arange(1, size + 1) for size in sizes]),
            "article": [f"K{i:03d}" for i in rng.integers(0, 150, rows)],
            "price": np.round(rng.lognormal(2, 0.6, rows), 2),
            "colour": rng.choice(["red", "blue", "green"], rows),
        }
    )


def moments(rows: int, days: int, seed: int) -> pl.Series:
    """Return minutes at random within some days."""
    minutes = np.random.default_rng(seed).integers(0, days * 1440, rows)
    return pl.Series(np.datetime64("2025-03-01", "us") + minutes.astype("timedelta64[m]"))


def first(check: Check, context: Context) -> Finding:
    """Return the first finding of a check."""
    return check(context).findings[0]


@pytest.mark.parametrize(
    ("order", "position"), [("order_id", "line"), ("Auftragsnr", "Position"), ("InvoiceNo", "item_no")]
)
def test_order_and_position(context_of: Build, order: str, position: str) -> None:
    """Order and position are the key of order lines, in other languages too, and no sign of repeats taken out."""
    context = context_of(lines(order, position))
    finding = first(grain.grain, context)
    assert finding.evidence["key_columns"] == [order, position]
    assert finding.evidence["grain"] == "order line"
    assert finding.severity is Severity.INFO
    assert not [f for f in deduplicated(context).findings if set(f.columns) == {order, position}]


def test_order_lines_where_visits_were_meant(context_of: Build) -> None:
    """Somebody who names a label is told that lines are no visits."""
    finding = first(grain.grain, context_of(lines("order_id", "line"), Ask(label="colour")))
    assert finding.severity is Severity.NOTICE
    assert "Add the lines" in finding.advice


def test_copies_and_repeats_of_a_combined_key(context_of: Build) -> None:
    """The key repeats only inside copies, or on a few rows, which is told; it stays the key."""
    frame = lines("order_id", "line")
    copied = context_of(pl.concat([frame, frame.sample(25, seed=2)]))
    assert "order_id and line repeat only inside these copies" in first(grain.duplicate_rows, copied).title
    assert "copies of whole rows aside" in first(grain.grain, copied).title
    place = pl.when(pl.int_range(pl.len()) % 200 == 7).then(1).otherwise(pl.col("line")).alias("line")
    repeated = first(grain.duplicate_key, context_of(frame.with_columns(place)))
    assert repeated.columns == ("order_id", "line")
    assert 0 < repeated.evidence["repeats"] <= 14


def test_thing_and_time(context_of: Build) -> None:
    """A user or a device does one thing at a time; devices read on a grid are told by chance alone."""
    rng = np.random.default_rng(8)
    users = pl.DataFrame({"user_id": [f"u{i}" for i in rng.integers(0, 250, 2500)], "at": moments(2500, 9, 1)})
    users = users.with_columns(pl.Series("page", rng.choice(["a", "b"], 2500))).unique(["user_id", "at"])
    assert first(grain.grain, context_of(users)).evidence["key_columns"] == ["user_id", "at"]
    hours = pl.Series(np.datetime64("2025-03-01", "us") + np.tile(np.arange(300), 5).astype("timedelta64[h]"))
    read = {"sensor": np.repeat(list("abcde"), 300), "zeit": hours, "temp": rng.normal(20, 3, 1500)}
    finding = first(grain.grain, context_of(pl.DataFrame(read)))
    assert finding.title.startswith("One row is an event of one sensor: sensor and zeit together")


def test_three_columns(context_of: Build) -> None:
    """Shop, day and article identify rows together where no two of them do."""
    rng = np.random.default_rng(9)
    every = [(f"s{s}", d, a) for s in range(8) for d in range(30) for a in range(25) if rng.random() < 0.5]
    shops, days, articles = zip(*every, strict=True)
    date = pl.Series(np.datetime64("2025-03-01", "us") + np.array(days).astype("timedelta64[D]")).cast(pl.Date)
    frame = pl.DataFrame({"shop": shops, "day": date, "article": [f"a{i}" for i in articles]})
    frame = frame.with_columns(
        pl.Series("sold", rng.poisson(3, len(every))), pl.Series("rest", rng.normal(size=len(every)))
    )
    assert set(first(grain.grain, context_of(frame)).columns) == {"shop", "day", "article"}


def test_no_key_by_chance(context_of: Build) -> None:
    """Fine numbers that happen not to meet, a category beside a fine time, and columns at random are no key."""
    rng = np.random.default_rng(10)
    n = 1500
    frame = pl.DataFrame(
        {
            "device": rng.choice(["mobile", "desktop", "tablet"], n),
            "visited": moments(n, 300, 3),
            "clicks": rng.poisson(5, n),
            "points": rng.integers(0, 3000, n),
            "city": rng.choice([f"c{i}" for i in range(40)], n),
        }
    )
    assert context_of(frame).row_key is None
    assert context_of(frame.drop("visited")).row_key is None
    assert context_of(frame.select("device", "clicks")).row_key is None
