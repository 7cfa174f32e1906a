"""Rows multiplied by a join."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.auditing import audit
from clientela.audit.checks import fanned, origin
from clientela.audit.options import AuditOptions
from clientela.audit.pointing import point
from clientela.domain.finding import Severity
from clientela.domain.roles import Ask
from clientela.tables.condition import Repeated
from clientela.tables.frames import from_frame

RNG = np.random.default_rng(61)


def joined_often(plain: pl.DataFrame, times: np.ndarray[Any, Any], *, noise: float = 0.0) -> pl.DataFrame:
    """Join three columns on an area that stands `times` in the joined table."""
    area = RNG.integers(0, times.size, plain.height)
    frame = plain.with_columns(pl.Series("area", [f"A{code:03d}" for code in area]))
    keys = np.repeat(np.arange(times.size), times)
    table = pl.DataFrame(
        {
            "area": [f"A{code:03d}" for code in keys],
            "power": RNG.normal(100, 20, keys.size).round(1),
            "rent": RNG.gamma(2, 30, keys.size).round(2),
            "size": RNG.choice(["s", "m", "l"], keys.size),
        }
    )
    joined = frame.join(table, on="area", how="left", maintain_order="left")
    swapped = [
        pl.when(pl.Series(RNG.random(joined.height) < noise)).then(pl.col(name).shuffle(seed=1)).otherwise(name)
        for name in ("power", "rent", "size")
    ]
    return joined.with_columns(part.alias(part.meta.output_name()) for part in swapped)


@pytest.mark.parametrize(("most", "noise"), [(2, 0.0), (4, 0.03)])
def test_a_key_that_stands_several_times(
    said: Callable[..., Any], plain: pl.DataFrame, most: int, noise: float
) -> None:
    """Key, columns, rows per row before and versions per key are told, with cell noise too, and nothing was asked."""
    times = np.where(RNG.random(60) < 0.3, most, 1)
    frame = joined_often(plain, times, noise=noise)
    finding = said(fanned.fanout, frame).findings[0]
    assert finding.severity is Severity.WARNING
    assert finding.evidence["key_columns"] == ["area"]
    assert finding.evidence["columns"] == ["power", "rent", "size"]
    assert finding.evidence["fan_out"] == pytest.approx(frame.height / plain.height, abs=0.02)
    assert finding.evidence["rows_before"] == pytest.approx(plain.height, rel=0.02)
    assert finding.evidence["versions_per_key"] == {"1": int((times == 1).sum()), str(most): int((times > 1).sum())}
    block = said(origin.joined_block, frame).findings[0]
    assert block.columns == ("power", "rent", "size")
    assert block.evidence["fan_out"] == finding.evidence["fan_out"]
    assert "made" in block.title


def test_habits_and_lines_of_orders_are_no_fan_out(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A visitor with two devices, and an order with several lines, were not multiplied by a join."""
    rng = np.random.default_rng(5)
    usual = rng.integers(0, 40, (800, 2))
    visitor = plain["visitor_id"].str.slice(1).cast(pl.Int64).to_numpy()
    turn = (rng.random(plain.height) < 0.3).astype(int)
    habits = plain.with_columns(
        pl.Series("browser", [f"browser {code}" for code in usual[visitor, turn]]),
        pl.Series("system", [f"system {code % 11}" for code in usual[visitor, turn]]),
    )
    assert not said(fanned.fanout, habits).findings
    lines = rng.integers(1, 5, plain.height)
    order = np.repeat(np.arange(plain.height), lines)
    orders = plain[order].with_columns(
        pl.Series("article", rng.integers(0, 300, order.size)), pl.Series("price", rng.gamma(2, 9, order.size))
    )
    assert not said(fanned.fanout, orders).findings
    assert not said(fanned.fanout, plain).findings


def test_collected_columns_show_copies_without_a_key(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Where a person says what was collected, rows equal there and different elsewhere were multiplied."""
    again = np.sort(np.append(np.arange(plain.height), RNG.choice(plain.height, 60, replace=False)))
    frame = plain[again].with_columns(pl.Series("touch", RNG.choice(["mail", "search", "app"], again.size)))
    finding = said(fanned.fanout, frame, Ask(collected=tuple(plain.columns))).findings[0]
    assert finding.evidence["key"] == "visit_id"
    assert finding.evidence["fan_out"] == pytest.approx(again.size / plain.height)
    assert finding.evidence["rows_before"] == plain.height
    assert not said(fanned.fanout, frame).findings
    few = Ask(collected=("device", "clicks"))
    assert not said(fanned.fanout, frame, few).findings
    assert not said(fanned.fanout, plain, Ask(collected=tuple(plain.columns))).findings
    numbered = frame.with_row_index("line")
    assert not said(fanned.fanout, numbered, Ask(collected=("line", *plain.columns))).findings


@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize(("paired", "share", "noise"), [(False, 0.1, 0.02), (True, 0.3, 0.0), (True, 0.1, 0.01)])
def test_one_block_with_what_differs_and_what_does_not(
    said: Callable[..., Any], numbered: bool, paired: bool, share: float, noise: float
) -> None:
    """One column differs among copies, two do not: one block on one key, its fan-out that of the rows, within .02."""
    rng = np.random.default_rng(81)
    rows, days, places = 4000, 40, 5
    day, place = rng.integers(0, days, rows), rng.integers(0, places, rows)
    key = day * places + place if paired else day
    count = days * places if paired else days
    collected = {"pages": rng.poisson(4, rows), "paid": rng.gamma(2, 20, rows).round(2), "place": place, "day": day}
    if numbered:
        collected = {"booking": np.arange(rows) + 3000, **collected}
    often = np.where(rng.random(count) < share, 2, 1)
    often[:4] = 2
    old = np.repeat(np.arange(rows), often[key])
    turn = np.arange(old.size) - np.searchsorted(old, old)
    joined = {
        "fee": rng.normal(100, 20, 2 * count).round(1)[key[old] + count * turn],
        "width": rng.normal(9, 2, count).round(1)[key[old]],
        "kind": rng.choice(["s", "m", "l"], count)[key[old]],
    }
    frame = pl.DataFrame({name: values[old] for name, values in collected.items()}).with_columns(
        pl.lit("p").add(pl.col("place").cast(pl.String)).alias("place"),
        (pl.date(2024, 1, 1) + pl.duration(days=pl.col("day"))).alias("day"),
        *(pl.Series(name, values) for name, values in joined.items()),
    )
    frame = frame.with_columns(
        pl.when(pl.Series(rng.random(old.size) < noise)).then(pl.col(name).shuffle(seed=2)).otherwise(name).alias(name)
        for name in joined
    )
    keys = ["day", "place"] if paired else ["day"]
    (block,), (fan,) = said(origin.joined_block, frame).findings, said(fanned.fanout, frame).findings
    assert block.columns == ("fee", "width", "kind")
    assert sorted(block.evidence["key_columns"]) == sorted(fan.evidence["key_columns"]) == keys
    assert block.evidence["fan_out"] == fan.evidence["fan_out"] == pytest.approx(old.size / rows, abs=0.02)


def test_the_rows_beside_a_copy_are_pointed_at(audited: Callable[..., Any], plain: pl.DataFrame) -> None:
    """The rows behind the finding are those that are equal in all collected columns."""
    times = np.where(np.arange(60) < 20, 2, 1)
    result = audited(joined_often(plain, times))
    finding = next(finding for finding in result.findings if finding.code == "fanout")
    condition = point(finding, result)
    assert isinstance(condition, Repeated)
    assert set(condition.columns) == {*plain.columns, "area"}


def test_fan_out_of_a_table_longer_than_the_sample(plain: pl.DataFrame) -> None:
    """Of a third of the rows, the fan-out is that of all of them within .005, since equal rows are counted on all."""
    frame = joined_often(plain, np.where(RNG.random(400) < 0.4, RNG.integers(2, 4, 400), 1))
    with from_frame(frame) as table:
        result = audit(table, Ask(), AuditOptions(sample_rows=frame.height // 3))
    (finding,) = [finding for finding in result.findings if finding.code == "fanout"]
    assert finding.evidence["fan_out"] == pytest.approx(frame.height / plain.height, abs=0.005)


def test_one_multiplied_value_makes_no_pair(said: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Where the keys of a pair that stood twice are one area on three devices, the pair was not joined on."""
    times = np.where(np.arange(60) == 7, 3, 1)
    found = said(fanned.fanout, joined_often(plain, times)).findings
    assert all(finding.evidence["key_columns"] == ["area"] for finding in found)
