"""Columns that a repeated key determines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.domain.roles import Ask

RNG = np.random.default_rng(21)


def attributes(keys: pl.Series, seed: int, share: float = 1.0) -> pl.DataFrame:
    """Return two attributes per key, known for a share of the keys."""
    rng = np.random.default_rng(seed)
    values = keys.unique(maintain_order=True)
    frame = pl.DataFrame(
        {"key": values, f"n{seed}": rng.normal(size=values.len()), f"c{seed}": rng.choice(list("xyz"), values.len())}
    )
    known = frame.sample(fraction=share, seed=seed)
    return pl.DataFrame({"key": keys}).join(known, on="key", how="left", maintain_order="left").drop("key")


def test_two_tables_on_one_key_are_parted_by_their_gaps(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Complete attributes and half-known ones of the same visitor are two blocks."""
    frame = pl.concat(
        [plain, attributes(plain["visitor_id"], 1), attributes(plain["visitor_id"], 2, 0.4)], how="horizontal"
    )
    blocks = {block.columns: block for block in context_of(frame).blocks}
    assert set(blocks) == {("n1", "c1"), ("n2", "c2")}
    assert blocks["n1", "c1"].coverage == 1
    assert blocks["n2", "c2"].coverage == pytest.approx(1 - frame["n2"].null_count() / frame.height)
    assert all(block.key_columns == ("visitor_id",) for block in blocks.values())


def test_the_coarsest_key_gets_the_column(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """What the area determines is the area's, although the visitor determines it too."""
    areas = plain["visitor_id"].str.slice(1, 2).alias("area")
    frame = pl.concat([plain.with_columns(areas), attributes(areas, 3)], how="horizontal")
    blocks = {block.key: block.columns for block in context_of(frame).blocks}
    assert blocks["area"] == ("n3", "c3")
    assert blocks["visitor_id"] == ("area",)


def test_day_and_day_with_place(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Calendar columns hang on the day, weather on day and city together."""
    day = plain["visit_time"].dt.date().cast(pl.String).alias("key")
    city = pl.Series("city", RNG.choice(["Rome", "Bonn", "Graz"], plain.height))
    frame = pl.concat([plain.with_columns(city), attributes(day, 4), attributes(day + city, 5)], how="horizontal")
    blocks = {block.key_columns: block for block in context_of(frame).blocks}
    assert blocks[("visit_time",)].columns == ("n4", "c4")
    assert blocks[("visit_time", "city")].columns == ("n5", "c5")
    assert blocks[("visit_time", "city")].key == "the day of visit_time and city"


def test_cell_noise_does_not_hide_a_block(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Two cells in a hundred overwritten leave the block standing."""
    joined = attributes(plain["visitor_id"], 6)
    noisy = joined.with_columns(
        pl.when(pl.Series(RNG.random(plain.height) < 0.02)).then(pl.lit(9.0)).otherwise(pl.col("n6")).alias("n6")
    )
    blocks = context_of(pl.concat([plain, noisy], how="horizontal")).blocks
    assert blocks[0].columns == ("n6", "c6")
    assert 0.9 <= blocks[0].agreement < 1


def test_a_number_is_a_key_only_where_it_names_things(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A customer number held as a float is a key; a count with as many values is not."""
    number = plain["visitor_id"].str.slice(1).cast(pl.Float64).alias("customer_id")
    named = pl.concat([plain.drop("visitor_id").with_columns(number), attributes(number, 7)], how="horizontal")
    assert context_of(named).blocks[0].key == "customer_id"
    plainly = named.rename({"customer_id": "height"})
    assert not [block for block in context_of(plainly).blocks if block.key == "height"]


def test_no_blocks_in_plain_or_tiny_tables(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Nothing is determined in a clean table, and too few repeated keys tell nothing."""
    assert context_of(plain).blocks == ()
    tiny = pl.DataFrame({"city": [f"c{i}" for i in range(9)] + ["c0"], "rain": [*map(str, range(9)), "0"]})
    assert context_of(tiny).blocks == ()


def test_collected_columns_stay_during_the_visit(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A collected column that a key happens to determine is still known during the visit."""
    frame = pl.concat([plain, attributes(plain["visitor_id"], 8)], how="horizontal")
    roles = context_of(frame, Ask(collected=("visit_id", "visitor_id", "n8"))).roles
    assert roles.column("n8").available == "during the visit"
    assert roles.column("c8").available == "before the visit"


def test_a_pair_of_texts_with_gaps(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """What two categories determine together, and neither alone, is theirs; keys without a match are counted."""
    rng = np.random.default_rng(31)
    market = pl.Series("market", rng.choice([f"m{i}" for i in range(12)], plain.height))
    form = pl.Series("form", rng.choice(["big", "small", "mobile"], plain.height))
    frame = pl.concat([plain.with_columns(market, form), attributes(market + form, 10, 0.75)], how="horizontal")
    block = context_of(frame).blocks[0]
    assert set(block.key_columns) == {"market", "form"}
    assert block.columns == ("n10", "c10")
    assert block.key_coverage == pytest.approx(0.75)
    assert block.coverage == pytest.approx(1 - frame["n10"].null_count() / frame.height)


def test_noise_in_empty_cells_neither_parts_a_block_nor_raises_its_coverage(
    context_of: Callable[..., Any], plain: pl.DataFrame
) -> None:
    """Three cells in a hundred swapped, empty ones too: masks and coverage are told by key."""
    rng = np.random.default_rng(32)
    area = pl.Series("area", [f"A{code}" for code in rng.integers(0, 100, plain.height)])
    joined = attributes(area, 11, 0.7)
    matched = 1 - joined["n11"].null_count() / plain.height
    odd = [pl.Series(rng.random(plain.height) < 0.03) for _ in joined.columns]
    noisy = joined.with_columns(
        pl.when(rows).then(pl.col(name).shuffle(seed=5)).otherwise(name).alias(name)
        for rows, name in zip(odd, joined.columns, strict=True)
    )
    blocks = context_of(pl.concat([plain.with_columns(area), noisy], how="horizontal")).blocks
    assert [block.columns for block in blocks] == [("n11", "c11")]
    assert blocks[0].coverage == pytest.approx(matched, abs=0.01)
    assert blocks[0].key_coverage == pytest.approx(0.7, abs=0.001)


def test_a_key_held_twice_and_a_name_as_fine_as_the_key(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """The complete key stands for its copy in the block; a name for each key does not take its place."""
    rng = np.random.default_rng(33)
    code = rng.integers(0, 60, plain.height)
    known = pl.Series(rng.random(60) < 0.9)[code]
    key = pl.Series("outlet", [f" B{c:03d}" if row % 9 == 0 else f"b{c:03d}" for row, c in enumerate(code)])
    table = {
        "outlet_key": pl.Series([f"b{c:03d}" for c in range(60)]),
        "named": pl.Series([f"House {chr(65 + c % 26)}{c}" for c in range(60)]),
        "metres": pl.Series(rng.normal(300, 40, 60).round(1)),
    }
    frame = plain.with_columns(key, *(pl.when(known).then(v[code]).alias(name) for name, v in table.items()))
    block = context_of(frame).blocks[0]
    assert block.key_columns == ("outlet",)
    assert block.same_key == ("outlet_key",)
    assert block.columns == ("named", "metres")


def test_what_follows_from_the_key_is_not_joined(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """Parts of the date, forms of an amount and the header of an order are no block."""
    rng = np.random.default_rng(34)
    salary = pl.Series("salary", rng.integers(20, 180, plain.height) * 50)
    frame = plain.with_columns(
        salary,
        (salary // 2000).cast(pl.String).alias("band"),
        salary.cast(pl.Float64).log().round(3).alias("salary_log"),
        pl.col("visit_time").dt.weekday().alias("wd"),
        pl.col("visit_time").dt.strftime("%B").alias("named_month"),
    )
    assert context_of(frame).blocks == ()
    order = np.repeat(np.arange(plain.height), rng.integers(1, 5, plain.height))
    lines = plain[order].with_columns(
        pl.Series("bon", order + 50_000), pl.Series("article", rng.integers(0, 300, order.size))
    )
    assert not [block for block in context_of(lines).blocks if "bon" in block.key_columns]
    timeless = lines.drop("visit_time", "visit_id")
    assert not [block for block in context_of(timeless).blocks if "bon" in block.key_columns]


def daily(table: pl.DataFrame, name: str, dates: pl.Series, code: np.ndarray[Any, Any], seed: int) -> pl.DataFrame:
    """Join an amount, a flag and a text on a date column of which a row holds the code-th date."""
    rng, count = np.random.default_rng(seed), dates.len()
    joined = {
        "kwh": pl.Series(rng.normal(15, 4, count).round(2)),
        "closed": pl.Series(rng.random(count) < 0.3),
        "offer": pl.Series(rng.choice(["none", "gift", "two for one"], count)),
    }
    return table.with_columns(dates[code].alias(name), *(values[code].alias(word) for word, values in joined.items()))


@pytest.mark.parametrize("form", ["date", "midnight", "text"])
@pytest.mark.parametrize(("days", "ordered"), [(30, True), (30, False), (400, True), (400, False)])
@pytest.mark.parametrize("numbered", [True, False])
def test_a_calendar_keeps_its_day(
    context_of: Callable[..., Any], form: str, days: int, ordered: bool, numbered: bool
) -> None:
    """A day with many rows is the key of what hangs on it, however it is stored and sorted; it names no event."""
    rng = np.random.default_rng(days)
    code = rng.integers(0, days, 4000)
    code = np.sort(code) if ordered else code
    dates = pl.Series("d", np.datetime64("2023-01-01", "D") + np.arange(days))
    shown = {"date": dates, "midnight": dates.cast(pl.Datetime("us")), "text": dates.dt.strftime("%d.%m.%Y")}[form]
    rows = pl.DataFrame({"pages": rng.poisson(4, 4000), "paid": rng.gamma(2, 20, 4000).round(2)})
    rows = rows.with_row_index("visit_no", 7000) if numbered else rows
    blocks = context_of(daily(rows, "day", shown, code, 1)).blocks
    assert [(block.key_columns, block.columns) for block in blocks] == [(("day",), ("kwh", "closed", "offer"))]
    assert blocks[0].coverage == 1


def lines(seed: int) -> tuple[pl.DataFrame, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return lines of orders, the order of each and the day of each order."""
    rng = np.random.default_rng(seed)
    order = np.sort(rng.integers(0, 1500, 4000))
    frame = pl.DataFrame(
        {
            "bon": order + 50_000,
            "article": [f"A{code:03d}" for code in rng.integers(0, 200, 4000)],
            "pieces": 1 + rng.poisson(1, 4000),
            "sum": rng.gamma(2, 9, 4000).round(2),
        }
    )
    return frame, order, np.sort(rng.integers(0, 90, 1500))


def test_the_day_of_an_order_has_the_calendar(context_of: Callable[..., Any]) -> None:
    """All orders of a day agree, so the day is the key; with a place of each order, day and place are."""
    frame, order, day = lines(2)
    dates = pl.Series("d", np.datetime64("2023-01-01", "D") + np.arange(90))
    blocks = context_of(daily(frame, "sold_on", dates, day[order], 3)).blocks
    assert [(block.key_columns, block.columns) for block in blocks] == [(("sold_on",), ("kwh", "closed", "offer"))]
    place = np.random.default_rng(4).integers(0, 6, 1500)
    placed = frame.with_columns(dates[day[order]].alias("sold_on"), pl.Series("place", [f"P{c}" for c in place[order]]))
    both = pl.Series("key", day[order] * 6 + place[order])
    blocks = context_of(pl.concat([placed, attributes(both, 12)], how="horizontal")).blocks
    assert [(block.key_columns, block.columns) for block in blocks] == [(("sold_on", "place"), ("n12", "c12"))]


def test_the_head_of_an_order_is_its_own(context_of: Callable[..., Any]) -> None:
    """Customer, country and payment of an order were collected with it, on one day as on many."""
    frame, order, day = lines(5)
    rng = np.random.default_rng(6)
    customer = rng.integers(0, 700, 1500)
    country, pays = rng.choice(["DE", "FR", "ES"], 700), rng.choice(["card", "cash"], 1500)
    dates = pl.Series("d", np.datetime64("2023-01-01", "D") + np.arange(90))
    headed = frame.with_columns(
        pl.Series("customer_no", customer[order] + 9000),
        pl.Series("country", country[customer[order]]),
        pl.Series("pays", pays[order]),
    )
    assert not [block for block in context_of(headed).blocks if len(block.columns) > 1]
    assert not [b for b in context_of(headed.with_columns(dates[day[order]].alias("on"))).blocks if len(b.columns) > 1]


@pytest.mark.parametrize("form", ["date", "text"])
def test_a_copy_of_the_key_belongs_to_its_block(context_of: Callable[..., Any], form: str) -> None:
    """The date once more, empty where nothing was matched, is a copy: the first date stays the key."""
    rng = np.random.default_rng(7)
    code, known = rng.integers(0, 100, 3000), rng.random(100) < 0.9
    dates = pl.Series("d", np.datetime64("2023-01-01", "D") + np.arange(100))
    shown = dates if form == "date" else pl.Series("d", [f"City {chr(65 + c % 26)}{c // 26}" for c in range(100)])
    rows = pl.DataFrame({"pages": rng.poisson(4, 3000), "paid": rng.gamma(2, 20, 3000).round(2)})
    frame = daily(rows, "key", shown, code, 8).with_columns(shown[code].alias("key_right"))
    frame = frame.with_columns(
        pl.when(pl.Series(known[code])).then(name).alias(name) for name in ("kwh", "closed", "offer", "key_right")
    )
    (block,) = context_of(frame).blocks
    assert (block.key_columns, block.same_key) == (("key",), ("key_right",))
    assert block.columns == ("kwh", "closed", "offer")
    assert block.coverage == pytest.approx(known[code].mean())


def test_cells_spelt_otherwise_were_not_matched(context_of: Callable[..., Any], plain: pl.DataFrame) -> None:
    """A text key with blanks behind some cells that the join missed is a key as it stands, and coverage says so."""
    rng = np.random.default_rng(84)
    code, odd = rng.integers(0, 60, plain.height), rng.random(plain.height) < 0.06
    shop = [f"Shop-{n:03d}" + (" " if wrong else "") for n, wrong in zip(code, odd, strict=True)]
    table = {"rent": rng.gamma(2, 90, 60).round(1), "staff": rng.integers(2, 40, 60)}
    frame = plain.with_columns(pl.Series("shop", shop)).with_columns(
        pl.when(pl.Series(~odd)).then(pl.Series(values[code])).alias(name) for name, values in table.items()
    )
    (block,) = [b for b in context_of(frame).blocks if "rent" in b.columns]
    assert (block.key_columns, block.columns) == (("shop",), ("rent", "staff"))
    assert block.coverage == pytest.approx(1 - odd.mean(), abs=0.002)
