"""Sums and products of columns are learnt, and what broke one is named; amounts of one unit are scaled together."""

from __future__ import annotations

import functools

import numpy as np
import polars as pl
import pytest

from clientela.domain.errors import InputError
from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.contract import from_toml, to_sql, to_toml
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

MONEY = ("price", "net", "fee", "off", "total")


def orders(rows: int, seed: int) -> pl.DataFrame:
    """Return orders whose amounts add up: pieces times price, a fee, a rebate, rounded to cents."""
    rng = np.random.default_rng(seed)
    pieces, price = rng.poisson(2, rows) + 1, np.round(rng.lognormal(3, 0.6, rows), 2)
    net = np.round(pieces * price, 2)
    fee = rng.choice([0.0, 4.9, 9.9], rows, p=[0.4, 0.45, 0.15])
    off = np.where(rng.random(rows) < 0.3, np.round(0.1 * net, 2), 0.0)
    return pl.DataFrame(
        {
            "order": [f"o{seed}-{place:06d}" for place in range(rows)],
            "pieces": pieces,
            "price": price,
            "net": net,
            "fee": fee,
            "off": off,
            "total": np.round(net + fee - off, 2),
            "channel": rng.choice(["web", "app"], rows, p=[0.6, 0.4]),
            "land": rng.choice(["DE", "AT", "CH", "FR"], rows, p=[0.5, 0.2, 0.2, 0.1]),
            "pages": rng.geometric(0.2, rows),
        }
    )


@functools.cache
def learnt() -> Baseline:
    """Return what is learnt from 4,000 orders."""
    with from_frame(orders(4000, 1)) as table:
        return learn_baseline(table)


def checked(frame: pl.DataFrame) -> CheckResult:
    """Hold a batch against it."""
    with from_frame(frame) as table:
        return check(learnt(), table)


def told(frame: pl.DataFrame) -> list[tuple[Cause, tuple[str, ...]]]:
    """Return cause and columns of each incident."""
    return [(incident.cause, incident.columns) for incident in checked(frame).incidents]


def _in_some(name: str, value: pl.Expr) -> pl.DataFrame:
    rows = pl.int_range(pl.len()) % 3 == 0
    return orders(1000, 2).with_columns(pl.when(rows).then(value).otherwise(pl.col(name)).alias(name))


def _few_off() -> pl.DataFrame:
    """Return orders in which some rebates are lost, too few for their distribution to show it."""
    rows = pl.int_range(pl.len()) % 9 == 0
    return orders(1000, 2).with_columns(pl.when(rows).then(0.0).otherwise(pl.col("off")).alias("off"))


def test_a_sum_and_a_product_are_learnt_once_each() -> None:
    """Of all ways to write one identity the plain one is kept, in words, as TOML and as SQL."""
    contract = learnt().contract
    assert [r.told for r in contract.rules if r.parts] == [
        "total = net + fee - off",
        "off = 0.1 * net where off > 0",
        "net = pieces * price",
    ]
    assert from_toml(to_toml(contract)).rules == contract.rules
    assert 'ABS("total" - (0 + "net" + "fee" - "off")) > 0.02' in to_sql(contract)


def test_a_part_without_a_sign_is_refused() -> None:
    """A contract that a person corrected wrongly is refused in words."""
    text = to_toml(learnt().contract).replace('"+net"', '"net"')
    with pytest.raises(InputError, match="begin with no sign of a sum"):
        from_toml(text)


def test_orders_that_add_up_break_nothing() -> None:
    """A clean batch has no incident."""
    assert told(orders(1000, 2)) == []


@pytest.mark.parametrize(
    ("frame", "cause", "column", "words"),
    [
        (_in_some("total", pl.col("net") - pl.col("off")), Cause.METRIC_DEFINITION, "total", "leaves out fee"),
        (
            orders(1000, 2).with_columns(pl.col("fee").shuffle(seed=1)),
            Cause.ROW_MISALIGNMENT, "fee", "stands on other rows",
        ),
        (_few_off(), Cause.NULL_SEMANTICS, "off", "is 0 where it was not"),
        (_in_some("fee", pl.col("fee") * 25), Cause.UNIT_SCALE, "fee", "is 25 times what it was"),
    ],
)  # fmt: skip
def test_what_broke_a_sum_is_named(frame: pl.DataFrame, cause: Cause, column: str, words: str) -> None:
    """A part left out, a column on other rows, and lost values are told apart by what restores the sum."""
    found = checked(frame).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(cause, (column,))]
    assert words in found[0].title


def test_another_currency_is_one_incident() -> None:
    """Amounts that add up, all times one factor and rounded again, are one change of unit; price times count is one."""
    dollars = orders(1000, 2).with_columns((pl.col(name) * 1.4).round(2) for name in MONEY)
    assert told(dollars) == [(Cause.UNIT_SCALE, MONEY)]
    some = pl.int_range(pl.len()) % 3 == 0
    cents = orders(1000, 2).with_columns(
        pl.when(some).then(pl.col(name) * 100).otherwise(pl.col(name)).alias(name) for name in MONEY
    )
    assert told(cents) == [(Cause.UNIT_SCALE, MONEY)]


def test_a_level_of_two_that_nearly_stopped_is_lost() -> None:
    """Where seven in ten rows of one of two levels are gone it is a break; where half came more it is a mix."""
    kept = (pl.col("channel") == "web") | (pl.int_range(pl.len()) % 10 < 3)
    assert told(orders(1000, 2).filter(kept)) == [(Cause.CATEGORY_REMOVED, ("channel",))]
    more = orders(1500, 3).filter((pl.col("channel") == "app") | (pl.int_range(pl.len()) % 3 > 0))
    assert told(more) == []


def test_machines_in_two_columns_are_told_without_times() -> None:
    """Rows that hold two values which seldom go together are machines, at the end of the file or among the others."""
    machines = orders(150, 5).with_columns(pl.lit("FR").alias("land"), pl.lit(1, pl.Int64).alias("pages"))
    after = pl.concat([orders(1000, 2), machines])
    for frame in (after, after.sample(fraction=1.0, shuffle=True, seed=1)):
        assert told(frame) == [(Cause.BOT_TRAFFIC, ("land", "pages"))]
    frozen = orders(1000, 2).with_columns(
        pl.when(pl.int_range(pl.len()) < 800).then(pl.col("land")).otherwise(pl.lit("FR")).alias("land")
    )
    assert told(frozen) == [(Cause.STUCK, ("land",))]


def test_what_the_rows_show_comes_before_distributions() -> None:
    """Exchanged columns of a sum, values one row on, and a rounded column are named by the rows that break it."""
    frame, (whole, part) = orders(1000, 2), MONEY[-1:] + MONEY[:1]
    swapped = frame.with_columns(pl.col(part).alias(whole), pl.col(whole).alias(part))
    assert told(swapped)[0][0] is Cause.COLUMN_SWAP
    lagged = frame.with_columns(pl.col(whole).shift(1).fill_null(strategy="backward"))
    assert told(lagged) == [(Cause.ROW_MISALIGNMENT, (whole,))]
    assert told(frame.with_columns(pl.col(whole).round(0)))[0] == (Cause.PRECISION, (whole,))


def _pieces(change: pl.Expr) -> list[tuple[Cause, tuple[str, ...]]]:
    """Hold orders of many pieces, changed after their price was reckoned, against such orders."""

    def many(rows: int, seed: int) -> pl.DataFrame:
        pieces = 1 + np.round(np.random.default_rng(seed + 9).lognormal(2.5, 1.0, rows)).astype(np.int64)
        frame = orders(rows, seed).with_columns(pl.Series("pieces", pieces))
        frame = frame.with_columns((pl.col("pieces") * pl.col("price")).round(2).alias("net"))
        return frame.with_columns((pl.col("net") + pl.col("fee") - pl.col("off")).round(2).alias("total"))

    with from_frame(many(3000, 1)) as table:
        known = learn_baseline(table)
    with from_frame(many(800, 2).with_columns(change)) as table:
        return [(incident.cause, incident.columns) for incident in check(known, table).incidents]


@pytest.mark.parametrize("change", [pl.col("pieces") % 32, pl.min_horizontal("pieces", pl.lit(31))])
def test_a_part_of_a_product_that_was_wrapped_or_cut_is_told_itself(change: pl.Expr) -> None:
    """Pieces that begin anew at 32, or are 31 at most, broke the product, and not what they are worth."""
    assert _pieces(change.alias("pieces")) == [(Cause.OVERFLOW, ("pieces",))]


def test_the_part_that_moved_takes_in_another() -> None:
    """Where the net amount holds the fee, the total did not leave it out."""
    part = pl.col("net") + pl.col("fee") * 4
    with from_frame(
        orders(3000, 1).drop("pieces").with_columns(pl.col("fee") * 4, total=part - pl.col("off"))
    ) as table:
        known = learn_baseline(table)
    batch = orders(800, 2).drop("pieces").with_columns(pl.col("fee") * 4, total=part - pl.col("off"), net=part)
    with from_frame(batch) as table:
        assert [incident.columns for incident in check(known, table).incidents] == [("net",)]


def _baskets(rows: int, seed: int) -> pl.DataFrame:
    """Return baskets of which a quarter have a rebate: subtotal = rebate + total and tax = total - net."""
    rng = np.random.default_rng(seed)
    subtotal = np.round(rng.gamma(2, 15, rows) + 0.5, 2)
    rebate = np.where(rng.random(rows) < 0.25, np.round(subtotal * rng.choice([0.05, 0.1, 0.15], rows), 2), 0.0)
    total = np.round(subtotal - rebate, 2)
    net = np.round(total / 1.07, 2)
    return pl.DataFrame(
        {"subtotal": subtotal, "rebate": rebate, "total": total, "tax": np.round(total - net, 2), "net": net}
    )


BASKETS = {
    "net amounts": ({"total": "net"}, Cause.METRIC_DEFINITION, ("total",)),
    "whole amounts": ({"total": pl.col("total").round(0)}, Cause.PRECISION, ("total",)),
    "a negative rebate": ({"rebate": -pl.col("rebate")}, Cause.METRIC_DEFINITION, ("rebate",)),
    "amounts exchanged": ({"total": "net", "net": "total"}, Cause.COLUMN_SWAP, ("net", "total")),
    "another currency of one": ({"subtotal": pl.col("subtotal") * 1.6}, Cause.METRIC_DEFINITION, ("subtotal",)),
}


@pytest.mark.parametrize("name", BASKETS)
def test_a_column_that_did_not_change_is_not_blamed(name: str) -> None:
    """A rebate that most rows lack restores no sum: the account counts after which all columns are as they were."""
    changed, cause, columns = BASKETS[name]
    third = pl.int_range(pl.len()) % 3 == 0
    turned = [pl.when(third).then(now).otherwise(pl.col(column)).alias(column) for column, now in changed.items()]
    baseline = learn_baseline(from_frame(_baskets(4000, 1)))
    found = check(baseline, from_frame(_baskets(1000, 2).with_columns(turned))).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(cause, columns)]


def _quotes(rows: int, seed: int) -> pl.DataFrame:
    """Return quotes: a tax on each, horse powers and kilowatts, what was watched, and a stay of those who booked."""
    rng = np.random.default_rng(seed)
    net, booked = np.round(rng.lognormal(4, 0.6, rows), 2), rng.random(rows) < 0.4
    nights, rate = rng.integers(1, 10, rows), np.round(rng.lognormal(4.5, 0.3, rows), 0)
    length, power = rng.integers(60, 4000, rows), rng.integers(50, 200, rows)
    watched, cost = (length * rng.beta(1, 1, rows)).astype(int), np.where(booked, nights * rate, 0.0)
    fee = [float(part) if stay else None for part, stay in zip(np.round(0.12 * cost, 2), booked, strict=True)]
    tax = np.round(0.19 * net, 2)
    return pl.DataFrame(
        {"net": net, "tax": tax, "gross": np.round(net + tax, 2), "nights": nights, "rate": rate, "cost": cost}
        | {"fee": fee, "length": length, "watched": watched, "share": np.round(100 * watched / length, 1)}
        | {"kilowatt": np.round(power * 0.7355).astype(int), "power": power}
    )


@functools.cache
def _quoted() -> Baseline:
    return learn_baseline(from_frame(_quotes(5000, 1)))


def test_what_is_a_number_times_others_and_what_holds_in_some_rows_is_learnt() -> None:
    """Taxes, other units and shares are learnt with their number, and sums and products where a column is there."""
    contract = _quoted().contract
    assert {rule.told for rule in contract.rules if rule.parts} == {
        "gross = net + tax",
        "tax = 0.19 * net",
        "fee = 0.12 * cost where fee is there",
        "kilowatt = 0.735 * power",
        "share = 100 * watched / length",
        "cost = nights * rate where cost > 0",
    }
    assert from_toml(to_toml(contract)).rules == contract.rules
    assert 'WHERE "cost" > 0 AND ABS(' in to_sql(contract)
    assert '0.19 * "net"' in to_sql(contract)


QUOTES = {
    "another tax": (
        {"tax": (pl.col("net") * 0.07).round(2), "gross": (pl.col("net") + (pl.col("net") * 0.07).round(2)).round(2)},
        Cause.METRIC_DEFINITION,
        ("tax",),
    ),
    "no tax": ({"gross": "net"}, Cause.METRIC_DEFINITION, ("gross",)),
    "a tax on stays": ({"cost": pl.col("cost") * 1.07}, Cause.METRIC_DEFINITION, ("cost",)),
    "parts for per cent": ({"share": (pl.col("watched") / pl.col("length")).round(3)}, Cause.UNIT_SCALE, ("share",)),
    "horse powers": ({"kilowatt": "power"}, Cause.UNIT_SCALE, ("kilowatt",)),
    "exchanged": ({"kilowatt": "power", "power": "kilowatt"}, Cause.COLUMN_SWAP, ("power", "kilowatt")),
    "other rows": ({"share": pl.col("share").shift(3).fill_null(50.0)}, Cause.ROW_MISALIGNMENT, ("share",)),
}


@pytest.mark.parametrize("name", QUOTES)
def test_what_is_a_number_times_others_shows_what_broke_it(name: str) -> None:
    """A tax, a unit or a share that a third of the rows calculate otherwise is named by the rows themselves."""
    changed, cause, columns = QUOTES[name]
    third = pl.int_range(pl.len()) % 3 == 0
    turned = [pl.when(third).then(now).otherwise(pl.col(column)).alias(column) for column, now in changed.items()]
    found = check(_quoted(), from_frame(_quotes(1000, 2).with_columns(turned))).incidents
    assert [(incident.cause, set(incident.columns)) for incident in found] == [(cause, set(columns))]


def test_another_batch_of_quotes_breaks_nothing() -> None:
    """Rounding breaks no rule, in other rows or in another currency."""
    assert not check(_quoted(), from_frame(_quotes(1000, 3))).incidents


def _watched(rows: int, seed: int) -> pl.DataFrame:
    """Return visits to films: seconds watched, and what part of the film that is, at most all of it."""
    rng = np.random.default_rng(seed)
    length = rng.choice([300, 610, 1250, 2700, 5400], rows)
    watched = np.maximum(1, (length * rng.lognormal(-0.5, 0.8, rows)).round()).astype(int)
    part = np.minimum(1, watched / length).round(4)
    return pl.DataFrame({"length": length, "watched": watched, "part": part, "pages": rng.poisson(4, rows)})


LIMITED = {
    "nearly all is all": (
        {"part": pl.when(pl.col("part") >= 0.7).then(1.0).otherwise("part")},
        Cause.METRIC_DEFINITION,
        ("part",),
    ),
    "of a shorter film": (
        {"part": pl.min_horizontal(pl.lit(1.0), (pl.col("watched") / pl.col("length") / 0.7)).round(4)},
        Cause.METRIC_DEFINITION,
        ("part",),
    ),
    "minutes": ({"watched": (pl.col("watched") / 60).round() * 60}, Cause.PRECISION, ("watched",)),
    "on other rows": ({"watched": pl.col("watched").shift(9).fill_null(60)}, Cause.ROW_MISALIGNMENT, ("watched",)),
}


@pytest.mark.parametrize("name", LIMITED)
def test_what_has_a_limit_is_given_below_it(name: str) -> None:
    """A part that is at most 1 is learnt where it is less, and tells what broke it there and at the limit."""
    changed, cause, columns = LIMITED[name]
    known = learn_baseline(from_frame(_watched(4000, 1)))
    assert "part = watched / length, at most 1" in [rule.told for rule in known.contract.rules]
    assert "LEAST(1" in to_sql(known.contract)
    assert not check(known, from_frame(_watched(1000, 3))).incidents
    found = check(known, from_frame(_watched(1000, 2).with_columns(**changed))).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(cause, columns)]


def test_values_stored_in_fewer_bits_are_less_exact_and_counts_are_not_blamed() -> None:
    """A rate of sixteen bits gives another total by a little: the rate is named, not the whole number of nights."""

    def stays(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        nights, rate = rng.integers(1, 10, rows), np.round(rng.lognormal(4.5, 0.3, rows), 2)
        return pl.DataFrame({"nights": nights, "rate": rate, "total": np.round(nights * rate, 2)})

    few = stays(1000, 2)["rate"].to_numpy().astype(np.float16).astype(np.float64)
    batch = stays(1000, 2).with_columns(rate=pl.lit(pl.Series(few)))
    found = check(learn_baseline(from_frame(stays(4000, 1))), from_frame(batch)).incidents
    assert [(one.cause, one.columns) for one in found] == [(Cause.PRECISION, ("rate",))]


def test_what_lies_at_a_limit_for_another_reason_is_no_rule() -> None:
    """Amounts that are 1,234,567.5 where none is known are not the product that all others are, and alarm no batch."""

    def amounts(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        pieces, price = rng.poisson(3, rows) + 1, np.round(rng.lognormal(3, 0.5, rows), 2)
        total = np.where(rng.random(rows) < 0.06, 1_234_567.5, np.round(pieces * price, 2))
        return pl.DataFrame({"pieces": pieces, "price": price, "total": total})

    known = learn_baseline(from_frame(amounts(4000, 1)))
    assert not [rule.told for rule in known.contract.rules if rule.parts]
    assert not check(known, from_frame(amounts(1000, 2))).incidents


def test_a_limit_that_is_no_number_is_refused() -> None:
    """A contract that was corrected wrongly says so, and ends in no exception later."""
    written = to_toml(learn_baseline(from_frame(_watched(4000, 1))).contract)
    with pytest.raises(InputError, match="mend it, or delete it"):
        from_toml(written.replace('right_is = "<=1"', 'right_is = "one"'))


def test_small_whole_numbers_are_no_multiple_of_each_other() -> None:
    """Children among travellers, one of two or three, are no half of them but for rounding."""
    rng = np.random.default_rng(1)
    travellers = rng.choice([1, 2, 3, 4], 4000, p=[0.5, 0.3, 0.12, 0.08])
    children = np.where(travellers > 2, 1, np.where((travellers == 2) & (rng.random(4000) < 0.3), 1, 0))
    frame = pl.DataFrame(
        {
            "id": [f"r{n}" for n in range(4000)],
            "travellers": travellers,
            "children": children,
            "fare": rng.gamma(3, 90, 4000).round(2),
        }
    )
    with from_frame(frame) as table:
        baseline = learn_baseline(table)
    assert not [rule for rule in baseline.contract.rules if rule.parts]


def _few_rebates(rows: int, seed: int) -> pl.DataFrame:
    """Return orders of which one in eight has a rebate."""
    rebate = pl.when(pl.int_range(pl.len()) % 8 == 0).then((0.1 * pl.col("net")).round(2)).otherwise(0.0)
    frame = orders(rows, seed).with_columns(off=rebate)
    return frame.with_columns(total=(pl.col("net") + pl.col("fee") - pl.col("off")).round(2))


def test_totals_on_other_rows_are_one_incident_beside_new_items() -> None:
    """They come back in another order only in all rows; that rebates are 0 would make these other ones than ever."""
    baseline = learn_baseline(from_frame(_few_rebates(4000, 1)))
    fresh = pl.when(pl.int_range(pl.len()) % 7 == 0).then(pl.lit("PL")).otherwise("land").alias("land")
    frame = _few_rebates(1000, 2).with_columns(fresh)
    some = np.flatnonzero(np.random.default_rng(4).random(1000) < 0.15)
    total = frame["total"].to_numpy().copy()
    total[some] = np.roll(total[some], 1)
    result = check(baseline, from_frame(frame.with_columns(total=pl.lit(pl.Series(total)))))
    found = sorted((item.cause, item.columns) for item in result.incidents)
    assert found == [(Cause.CATEGORY_NEW, ("land",)), (Cause.ROW_MISALIGNMENT, ("total",))]
    assert check(baseline, from_frame(_few_rebates(1000, 2))).incidents == ()
