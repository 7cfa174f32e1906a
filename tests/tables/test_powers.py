"""Sums of powers per group."""

from __future__ import annotations

import datetime as dt
import math
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clientela.domain.errors import InputError
from clientela.domain.reading import Reading
from clientela.tables import largest as searching
from clientela.tables.asked import FIRST_ROWS
from clientela.tables.engine import Engine
from clientela.tables.frames import from_frame
from clientela.tables.largest import LARGEST
from clientela.tables.parquet import scan_parquet
from clientela.tables.powers import NAMES

RNG = np.random.default_rng(1)
SPENT = np.where(RNG.random(300) < 0.3, RNG.lognormal(2, 1, 300), 0.0)
VISITS = RNG.geometric(0.5, 300).astype(float)
FRAME = pl.DataFrame(
    {
        "arm": ["a", "b", None] * 100,
        "spent": [math.nan, None, math.inf, *SPENT[3:]],
        "visits": [*VISITS[:-1], None],
        "bought": SPENT > 0,
        "day": [dt.datetime.fromisoformat(f"2026-09-0{1 + place // 150} 23:59:59") for place in range(300)],
    }
)


def test_sums_zeros_and_largest_are_those_of_the_rows() -> None:
    """Per group, about the origins told, of the rows where both columns are numbers."""
    with from_frame(FRAME) as table:
        rows = table.powers(["arm"], [("spent", "visits")]).to_dicts()
    assert [row["by0"] for row in rows] == ["a", "b", None]
    for place, row in enumerate(rows):
        there = np.array([at for at in range(3, 299) if at % 3 == place])
        u, w = SPENT[there] - row["origin_first"], VISITS[there] - row["origin_second"]
        assert (row["rows"], row["n"]) == (100, there.size)
        for (i, j), name in NAMES.items():
            assert row[name] == pytest.approx(float((u**i * w**j).sum()), rel=1e-9, abs=1e-6)
        none = SPENT[there] == 0
        assert row["z0"] == none.sum()
        for power in (1, 2, 3):
            assert row[f"z{power}"] == pytest.approx(float((w[none] ** power).sum()), abs=1e-9)
        order = sorted(np.flatnonzero(~none), key=lambda at: -abs(u[at]))[:LARGEST]
        assert row["large_first"] == pytest.approx(u[order].tolist())
        assert row["large_second"] == pytest.approx(w[order].tolist())


def test_a_file_is_read_like_a_frame(tmp_path: Path) -> None:
    """Statistics of a Parquet file leave NaN out: its sums, by arm and day, are those of the frame all the same."""
    FRAME.write_parquet(tmp_path / "rows.parquet")
    reading = Reading(source="rows", format="test")
    pairs = [("spent", "visits"), ("visits", None), ("bought", None)]
    with (
        from_frame(FRAME) as frame,
        scan_parquet(Engine(threads=1), [tmp_path / "rows.parquet"], reading, owner=True) as file,
    ):
        assert_frame_equal(frame.powers(["arm"], pairs, "day"), file.powers(["arm"], pairs, "day"))


def test_a_column_alone_and_a_yes_or_no() -> None:
    """Without a second column its sums are 0; a boolean counts as 1 and 0; without groups the whole table answers."""
    with from_frame(FRAME) as table:
        row = table.powers([], [("bought", None)]).row(0, named=True)
    assert row["n"] == 300
    assert row["s10"] + row["n"] * row["origin_first"] == pytest.approx((SPENT > 0).sum())
    assert row["z0"] == (SPENT == 0).sum()
    assert (row["s11"], row["z1"], row["second"]) == (0, 0, None)
    assert len(row["large_first"]) == LARGEST
    assert set(row["large_second"]) == {0.0}


def test_days_add_up_to_the_whole() -> None:
    """Sums by day have the origin of the whole table, so they add up; what is no date has no days."""
    with from_frame(FRAME) as table:
        days = table.powers([], [("visits", None)], "day")
        whole = table.powers([], [("visits", None)]).row(0, named=True)
        with pytest.raises(InputError, match="'arm' holds text, not dates"):
            table.powers([], [("visits", None)], "arm")
    assert days["day"].to_list() == ["2026-09-01", "2026-09-02"]
    assert days["origin_first"].unique().to_list() == [whole["origin_first"]]
    assert days["s20"].sum() == pytest.approx(whole["s20"])


def test_nothing_cancels_far_from_zero() -> None:
    """At an offset of a hundred million the variance is right to nine digits, also where the first rows are empty."""
    near = np.round(RNG.normal(0, 1, 5000) * 2**20) / 2**20
    late = pl.Series([None] * (FIRST_ROWS + 1) + (near + 1e8).tolist(), dtype=pl.Float64)
    for values in (pl.Series(near + 1e8), late):
        with from_frame(pl.DataFrame({"far": values})) as table:
            row = table.powers([], [("far", None)]).row(0, named=True)
        variance = (row["s20"] - row["s10"] ** 2 / row["n"]) / (row["n"] - 1)
        assert variance == pytest.approx(near.var(ddof=1), rel=1e-9)


def test_an_empty_column_has_no_sums() -> None:
    """Where no row counts the sums are 0 and nothing is among the largest."""
    with from_frame(pl.DataFrame({"none": pl.Series([None, None], dtype=pl.Float64)})) as table:
        row = table.powers([], [("none", None)]).row(0, named=True)
    assert (row["rows"], row["n"], row["s10"], row["z0"], row["large_first"]) == (2, 0, 0, 0, [])


def test_the_largest_are_found_wherever_they_lie() -> None:
    """Also where the first rows are no sample of the others, a group is small, or all values are one of two."""
    rng = np.random.default_rng(5)
    n = 40_000
    falling = np.sort(rng.lognormal(0, 1, n))[::-1].copy()
    arm = np.where(np.arange(n) < n - 30, "large", "small")
    columns = {
        "drawn": rng.lognormal(0, 1, n) * rng.choice([-1.0, 1.0], n),
        "falling": falling,
        "rising": falling[::-1].copy(),
        "yes": (rng.random(n) < 0.3).astype(float),
        "gaps": np.where(rng.random(n) < 0.5, np.nan, falling),
    }
    with from_frame(pl.DataFrame({"arm": arm, **columns})) as table:
        found = table.powers(["arm"], [(name, "yes") for name in columns])
    for row in found.iter_rows(named=True):
        values = columns[row["first"]][arm == row["by0"]]
        away = values[np.isfinite(values) & (values != 0)] - row["origin_first"]
        wanted = -np.sort(-np.abs(away))[:LARGEST]
        assert np.abs(row["large_first"]).tolist() == pytest.approx(wanted.tolist()), (row["first"], row["by0"])
        assert row["n"] == np.isfinite(values).sum()
        assert row["s20"] == pytest.approx(float(((values[np.isfinite(values)] - row["origin_first"]) ** 2).sum()))


def test_the_largest_are_found_in_the_scan_for_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a larger table no column is scanned again for them, whether alone, in a pair, by day, or a yes or no."""
    rng = np.random.default_rng(6)
    n = 150_000
    columns = {
        "drawn": rng.lognormal(0, 1, n) * rng.choice([-1.0, 1.0], n),
        "far": rng.normal(1e6, 1, n),
        "rare": np.where(rng.random(n) < 0.1, rng.lognormal(0, 1, n), 0.0),
        "yes": (rng.random(n) < 0.3).astype(float),
    }
    arm, day = rng.choice(["a", "b"], n), np.array(["2026-09-01", "2026-09-02"], "datetime64[D]")[np.arange(n) % 2]
    monkeypatch.setattr(searching, "_beyond", None)
    with from_frame(pl.DataFrame({"arm": arm, "day": day, **columns})) as table:
        found = table.powers(["arm"], [("drawn", "yes"), *((name, None) for name in ("far", "rare", "yes"))], "day")
    assert found.height == 16
    for row in found.iter_rows(named=True):
        there = (arm == row["by0"]) & (day == np.datetime64(row["day"])) & (columns[row["first"]] != 0)
        away, beside = columns[row["first"]][there] - row["origin_first"], columns["yes"][there]
        order = np.argsort(-np.abs(away), kind="stable")[:LARGEST]
        assert row["large_first"] == pytest.approx(away[order].tolist())
        if row["second"] is not None:
            assert row["large_second"] == pytest.approx((beside[order] - row["origin_second"]).tolist())


def test_first_rows_that_mislead_cost_time_alone() -> None:
    """Where far more rows lie beyond the limits than the first ones say, the largest are those of all rows as well."""
    values = np.sort(np.random.default_rng(7).lognormal(0, 1, 120_000))
    with from_frame(pl.DataFrame({"rising": values})) as table:
        row = table.powers([], [("rising", None)]).row(0, named=True)
    assert row["large_first"] == pytest.approx((values[::-1][:LARGEST] - row["origin_first"]).tolist())


@pytest.mark.parametrize("whole", [True, False])
def test_products_beside_the_first_are_those_of_the_rows(whole: bool) -> None:
    """Products of up to three columns, over all rows and over zeros, and the largest, of rows where all are numbers."""
    rng = np.random.default_rng(8)
    n = 30_000
    spent = np.where(rng.random(n) < 0.2, rng.lognormal(1, 1, n), 0.0)
    age, seen = rng.normal(1e6, 3, n), rng.gamma(1, 1, n)
    if not whole:
        spent[5], age[7], seen[9] = math.nan, math.inf, math.nan
    arm = rng.choice(["a", "b"], n)
    with from_frame(pl.DataFrame({"arm": arm, "spent": spent, "age": age, "seen": seen})) as table:
        found = table.powers(["arm"], [("spent", None), ("seen", None)], beside=["age", "seen"])
        alone = table.powers(["arm"], [("seen", None)])
        together = table.powers([], [("spent", None)], beside=["age", "seen"])
    there = np.isfinite(spent) & np.isfinite(age) & np.isfinite(seen)
    for row in found.filter(pl.col("first") == "spent").iter_rows(named=True):
        kept = there & (arm == row["by0"])
        values = np.column_stack([spent, age, seen])[kept] - [row["origin_first"], *row["origins_beside"]]
        every = [key for power in (1, 2, 3) for key in combinations_with_replacement(range(3), power)]
        mixed = [values[:, key].prod(1).sum() for key in every if any(key)]
        none = values[spent[kept] == 0]
        zeros = [none[:, key].prod(1).sum() for key in every if all(key)]
        assert (row["n"], row["z0"]) == (kept.sum(), len(none))
        assert row["mixed"] == pytest.approx(mixed, rel=1e-9, abs=1e-4)
        assert row["mixed_zeros"] == pytest.approx(zeros, rel=1e-9, abs=1e-4)
        order = np.argsort(-np.abs(values[:, 0]))[:LARGEST]
        assert row["large_first"] == pytest.approx(values[order, 0].tolist())
        assert np.array(row["large_beside"]) == pytest.approx(values[order, 1:])
    second = found.filter(pl.col("first") == "seen")
    assert_frame_equal(second.select(alone.columns), alone)
    assert second["mixed"].null_count() == second.height
    assert together["mixed"].to_list()[0] == pytest.approx(
        [sum(part) for part in zip(*found["mixed"].drop_nulls().to_list(), strict=True)], rel=1e-9, abs=1e-4
    )
