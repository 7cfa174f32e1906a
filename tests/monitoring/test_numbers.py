"""The change that restores a number is the one that was made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.case import Case
from clientela.monitoring.checking import check
from clientela.monitoring.columns import Side
from clientela.monitoring.fitting import parts
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]
SECONDS = pl.col("seconds")
THIRD = pl.int_range(pl.len()) % 3 == 0

CHANGES: dict[str, tuple[pl.Expr, Cause]] = {
    "hours": (SECONDS / 3600, Cause.UNIT_SCALE),
    "a third in milliseconds": (pl.when(THIRD).then(SECONDS * 1000).otherwise(SECONDS), Cause.UNIT_SCALE),
    "a third times ten million": (pl.when(THIRD).then(SECONDS * 1e7).otherwise(SECONDS), Cause.UNIT_SCALE),
    "net": (SECONDS / 1.25, Cause.METRIC_DEFINITION),
    "capped": (pl.min_horizontal(SECONDS, pl.lit(180.0)), Cause.METRIC_DEFINITION),
    "a byte": (pl.min_horizontal(SECONDS, pl.lit(255.0)), Cause.OVERFLOW),
    "seven bits": (pl.min_horizontal(SECONDS, pl.lit(127.0)), Cause.OVERFLOW),
    "pounds in a third": (pl.when(THIRD).then((SECONDS * 2.2046).round(3)).otherwise(SECONDS), Cause.UNIT_SCALE),
    "floor": (pl.when(SECONDS < 40).then(0.0).otherwise(SECONDS), Cause.METRIC_DEFINITION),
    "turned": (-SECONDS, Cause.METRIC_DEFINITION),
    "standardised": ((SECONDS - 96.2) / 63.0, Cause.UNIT_SCALE),
    "Fahrenheit": (SECONDS * 1.8 + 32, Cause.UNIT_SCALE),
    "minutes, rounded": ((SECONDS / 60).round(2), Cause.UNIT_SCALE),
    "whole": (pl.when(THIRD).then(SECONDS.round(0)).otherwise(SECONDS), Cause.PRECISION),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_number_has_its_cause(name: str, checked: Checked, clean: pl.DataFrame) -> None:
    """Each change is one incident on the column."""
    change, cause = CHANGES[name]
    found = checked(clean.with_columns(change.alias("seconds"))).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(cause, ("seconds",))]


def test_seconds_rounded_to_the_minute_are_told_with_their_step(checked: Checked, clean: pl.DataFrame) -> None:
    """Times have steps of their own: 60 seconds and no ten."""
    minutes = pl.when(THIRD).then((SECONDS / 60).round() * 60).otherwise(SECONDS).alias("seconds")
    (found,) = checked(clean.with_columns(minutes)).incidents
    assert (found.cause, found.evidence["step"]) == (Cause.PRECISION, 60.0)


def test_means_of_more_whole_numbers_are_no_rounding(real_data: Callable[[str], Path]) -> None:
    """In December more visits have several pages, so more durations are quarters of a second: nothing is rounded."""
    columns = ("Month", "Administrative", "Administrative_Duration", "VisitorType")
    frame = pl.read_csv(real_data("online_shoppers.csv"), columns=columns)
    late = pl.col("Month").is_in(["Oct", "Nov", "Dec"])
    found = check(learn_baseline(from_frame(frame.filter(~late))), from_frame(frame.filter(pl.col("Month") == "Dec")))
    assert found.incidents == ()


def test_noise_that_nothing_undoes_is_unknown(checked: Checked, clean: pl.DataFrame) -> None:
    """A number drawn anew from another law moved surely, and no cause is made up."""
    noise = pl.Series("seconds", np.random.default_rng(0).choice([20.0, 300.0], clean.height) + clean["seconds"] / 1000)
    found = checked(clean.with_columns(noise)).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.UNKNOWN, ("seconds",))]


def test_a_stand_in_needs_the_other_values_as_before(checked: Checked, clean: pl.DataFrame) -> None:
    """A zero that comes with all values moved is another definition; with the others as before it is a stand-in."""
    moved = pl.max_horizontal(SECONDS - 60, pl.lit(0.0))
    stood = pl.when(pl.int_range(pl.len()) % 12 == 0).then(0.0).otherwise(SECONDS)
    told = [checked(clean.with_columns(change.alias("seconds"))).incidents[0].cause for change in (moved, stood)]
    assert told == [Cause.METRIC_DEFINITION, Cause.NULL_SEMANTICS]


@pytest.mark.parametrize(
    ("column", "change", "cause"),
    [
        ("step", pl.col("step").replace({1: 3, 3: 1}), Cause.CATEGORY_PERMUTED),
        ("total", pl.col("net"), Cause.METRIC_DEFINITION),
        ("code", pl.col("code") % 1000, Cause.OVERFLOW),
    ],
)
def test_codes_that_fall_and_totals_have_their_names(column: str, change: pl.Expr, cause: Cause) -> None:
    """Steps 1 to 4 exchanged, a total that became the net amount, and thousands cut off are told as such."""

    def made(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        net = np.round(rng.lognormal(3, 0.5, rows), 2)
        step = rng.choice([1, 2, 3, 4], rows, p=[0.5, 0.25, 0.15, 0.1])
        code = rng.integers(0, 4000, rows)
        return pl.DataFrame(
            {"step": step, "net": net, "total": np.round(net + rng.choice([0, 4.9], rows), 2), "code": code}
        )

    with from_frame(made(4000, 1)) as table:
        baseline = learn_baseline(table)
    with from_frame(made(1000, 2).with_columns(change.alias(column))) as table:
        found = check(baseline, table).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(cause, (column,))]


def _wide(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "a": np.round(rng.lognormal(3, 0.4, rows), 3),
            "b": np.round(rng.gamma(2, 2.0, rows), 3),
            "c": np.round(rng.normal(500, 40, rows), 3),
            "d": np.round(rng.uniform(0, 1, rows), 4),
            "few": np.where(rng.random(rows) < 0.15, np.round(rng.lognormal(4, 0.5, rows), 2), 0.0),
        }
    )


def _found(frame: pl.DataFrame) -> list[tuple[Cause, tuple[str, ...]]]:
    with from_frame(_wide(4000, 0)) as table:
        baseline = learn_baseline(table)
    with from_frame(frame) as table:
        return [(incident.cause, incident.columns) for incident in check(baseline, table).incidents]


def test_two_columns_exchanged_are_one_swap() -> None:
    """In all rows or in some, each holds the other's values."""
    frame = _wide(800, 1)
    some = [pl.when(THIRD).then(pl.col(y)).otherwise(pl.col(x)).alias(x) for x, y in (("a", "b"), ("b", "a"))]
    assert _found(frame.rename({"a": "b", "b": "a"})) == [(Cause.COLUMN_SWAP, ("a", "b"))]
    assert _found(frame.with_columns(some)) == [(Cause.COLUMN_SWAP, ("a", "b"))]


def test_values_moved_one_column_on_are_one_shift() -> None:
    """Columns that hold their left neighbour's values are told together."""
    frame = _wide(800, 1).with_columns(pl.col("a").alias("b"), pl.col("b").alias("c"), pl.col("c").alias("d"))
    causes = _found(frame)
    assert [cause for cause, _ in causes] == [Cause.COLUMN_SHIFT]
    assert {"b", "c", "d"} <= set(causes[0][1])


def test_columns_that_fell_together_were_taken_at_another_moment() -> None:
    """Several factors below one in all rows are one skew between training and serving."""
    frame = _wide(800, 1).with_columns(pl.col("a") * 0.6, pl.col("b") * 0.5, pl.col("c") * 0.7)
    assert _found(frame) == [(Cause.TRAIN_SERVE_SKEW, ("a", "b", "c"))]


def test_a_factor_shows_in_the_few_rows_above_zero() -> None:
    """A column that one row in seven fills tells a factor by the mean of its logarithms."""
    assert _found(_wide(1500, 1).with_columns(pl.col("few") * 0.72)) == [(Cause.METRIC_DEFINITION, ("few",))]


def test_clean_rows_are_quiet() -> None:
    """The same law drawn again raises nothing."""
    assert [_found(_wide(rows, seed)) for rows, seed in ((300, 2), (1000, 3))] == [[], []]


def test_a_hundred_thousand_rows_are_as_quiet(checked: Checked) -> None:
    """More rows than are compared do not raise more alarms."""
    assert checked(visits(60_000, 9)).incidents == ()


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_one_cause_is_taken_for_columns_that_exchange_some_rows(share: float) -> None:
    """A swap of few rows is one swap, and a shift of few rows one shift, though each column has a change that fits."""
    with from_frame(_wide(6000, 3)) as table:
        baseline = learn_baseline(table)
    batch = _wide(1500, 4)
    hit = pl.Series(np.random.default_rng(5).random(batch.height) < share)
    exchanged = {"b": "few", "few": "b"}
    moved = {"b": "a", "c": "b", "d": "c"}
    for takes, cause in ((exchanged, Cause.COLUMN_SWAP), (moved, Cause.COLUMN_SHIFT)):
        frame = batch.with_columns(
            pl.when(hit).then(pl.col(old)).otherwise(new).alias(new) for new, old in takes.items()
        )
        with from_frame(frame) as table:
            (found,) = check(baseline, table).incidents
        assert found.cause is cause
        assert set(takes) <= set(found.columns)
        assert found.evidence["share"] == pytest.approx(hit.cast(pl.Float64).sum() / len(hit), abs=0.05)


def test_values_of_another_column_alone_have_no_certain_name() -> None:
    """Where one column holds another's values, and that one is as it was, the cause is unknown."""
    with from_frame(_wide(6000, 3)) as table:
        baseline = learn_baseline(table)
    hit = pl.int_range(pl.len()) % 4 == 0
    frame = _wide(1500, 4).with_columns(pl.when(hit).then("c").otherwise("a").alias("a"))
    with from_frame(frame) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, found.columns, found.evidence["values of"]) == (Cause.UNKNOWN, ("a",), "c")
    assert found.alternatives[0] is Cause.COLUMN_SHIFT


@pytest.mark.parametrize("value", [9999999.0, -1.0, 99999.0])
def test_a_stand_in_is_no_rounding(value: float, checked: Checked, clean: pl.DataFrame) -> None:
    """One value that stands for others lies on a lattice too; its name is the exchange, at whatever size."""
    rows = pl.int_range(pl.len()) % 30 == 0
    frame = clean.with_columns(pl.when(rows).then(value).otherwise(SECONDS).alias("seconds"))
    assert [(i.cause, i.columns) for i in checked(frame).incidents] == [(Cause.NULL_SEMANTICS, ("seconds",))]


def test_halved_values_are_no_stand_in(checked: Checked, clean: pl.DataFrame) -> None:
    """A factor makes new values inside the range; none of them is called a stand-in for zero."""
    frame = clean.with_columns((pl.col("paid") * 0.5).alias("paid"))
    assert Cause.NULL_SEMANTICS not in {i.cause for i in checked(frame).incidents}


def test_the_largest_numbers_are_on_no_lattice(checked: Checked, clean: pl.DataFrame) -> None:
    """Numbers near the end of what a computer holds are read without a warning, and found."""
    rows = pl.int_range(pl.len()) % 9 == 0
    frame = clean.with_columns(pl.when(rows).then(1.5e308).otherwise(SECONDS).alias("seconds"))
    assert [incident.columns for incident in checked(frame).incidents] == [("seconds",)]


def test_small_counts_exchanged_in_a_part_of_the_rows_are_a_swap() -> None:
    """Adults and children exchanged in two rows of five are one swap, though 0 adults could be a stand-in as well."""

    def party(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed + 30)
        adults = rng.choice([1, 2, 3, 4], rows, p=[0.24, 0.61, 0.1, 0.05])
        children = rng.choice([0, 1, 2, 3], rows, p=[0.75, 0.13, 0.1, 0.02])
        return visits(rows, seed).with_columns(pl.Series("adults", adults), pl.Series("children", children))

    with from_frame(party(4000, 0)) as table:
        known = learn_baseline(table, "bought")
    some = pl.int_range(pl.len()) % 5 < 2
    turned = [
        pl.when(some).then("children").otherwise("adults").alias("adults"),
        pl.when(some).then("adults").otherwise("children").alias("children"),
    ]
    with from_frame(party(1000, 1).with_columns(turned)) as table:
        (found,) = check(known, table).incidents
    assert (found.cause, found.columns) == (Cause.COLUMN_SWAP, ("adults", "children"))


def test_a_number_that_runs_with_the_time_has_not_moved() -> None:
    """A meter is higher two months on: neither a break nor a shift; read in another order than the time's it moved."""

    def metered(rows: int, seed: int, days: int, *, running: bool) -> pl.DataFrame:
        at = (pl.col("at") + pl.duration(days=days)).alias("at")
        frame = visits(rows, seed).with_columns(at).sort("at")
        meter = (pl.col("at").dt.epoch("s") / 2629.8 - 671_000).round(2)
        return frame.with_columns((meter if running else meter.shuffle(1)).alias("meter"))

    moved = []
    for running in (True, False):
        with from_frame(metered(2000, 0, 0, running=running)) as table:
            known = learn_baseline(table)
        with from_frame(metered(800, 1, 70, running=running)) as table:
            result = check(known, table)
        moved.append(any("meter" in one.columns for one in (*result.incidents, *result.shifts)))
    assert moved == [False, True]


def test_counts_that_begin_anew_are_wrapped_and_counts_that_are_cut_are_not_rounded(clean: pl.DataFrame) -> None:
    """A field of four bits shows in all rows; a limit that half of the rows reach is no lattice."""
    wide = (pl.col("pages") * 3).alias("pages")
    with from_frame(visits(3000, 0).with_columns(wide)) as table:
        known = learn_baseline(table, "bought")
    cut = pl.min_horizontal("pages", pl.lit(15))
    for change, cause in ((pl.col("pages") % 16, Cause.OVERFLOW), (cut, Cause.METRIC_DEFINITION)):
        with from_frame(clean.with_columns(wide).with_columns(change.alias("pages"))) as table:
            found = check(known, table).incidents
        assert cause in {incident.cause for incident in found}
        assert Cause.PRECISION not in {incident.cause for incident in found}


def test_few_amounts_far_beyond_all_others_tell_their_unit() -> None:
    """One amount in eight in cents, of a column that one row in seven fills, is another unit and no broken rule."""
    frame = bought(1500, 9)
    cents = (
        pl.when((pl.col("paid") > 0) & (pl.int_range(pl.len()) % 8 == 0)).then(pl.col("paid") * 100).otherwise("paid")
    )
    with from_frame(bought(6000, 8)) as table:
        baseline = learn_baseline(table)
    with from_frame(frame.with_columns(cents.alias("paid"))) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, found.columns, found.evidence["factor"]) == (Cause.UNIT_SCALE, ("paid",), 100.0)


def bought(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of which one in seven buys."""
    rng = np.random.default_rng(seed)
    paid = np.where(rng.random(rows) < 1 / 7, np.round(rng.lognormal(3.8, 0.6, rows), 2), 0.0)
    return pl.DataFrame(
        {"paid": paid, "pages": rng.geometric(0.2, rows), "seconds": rng.lognormal(5, 1, rows).round(1)}
    )


@pytest.mark.parametrize(
    ("turned", "words"),
    [
        (pl.col("exits") - pl.col("bounces"), "less bounces"),
        (pl.col("exits") + pl.col("bounces"), "bounces added"),
        (pl.when(pl.col("paid") > 0).then(pl.col("paid") + 25).otherwise(0.0).alias("paid"), "added above 0"),
    ],
    ids=["less", "more", "a fee"],
)
def test_what_another_rule_of_counting_takes_in_is_told(turned: pl.Expr, words: str) -> None:
    """A rate without, or with, another one, and a fee on all who pay, are other definitions with their words."""

    def rates(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        shared = rng.beta(2, 20, rows)
        both = {"bounces": shared.round(4), "exits": (shared + rng.beta(2, 30, rows)).round(4)}
        return bought(rows, seed + 1).with_columns(**{name: pl.Series(values) for name, values in both.items()})

    with from_frame(rates(5000, 1)) as table:
        baseline = learn_baseline(table)
    with from_frame(rates(2500, 2).with_columns(turned)) as table:
        (found,) = check(baseline, table).incidents
    assert found.cause is Cause.METRIC_DEFINITION
    assert words in found.title


def test_rates_are_not_rounded_to_an_hour() -> None:
    """Rates that fell, each by a part of its own, have more values near 0, which lie on no lattice of large steps."""

    def rated(rows: int, seed: int, least: float) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        rates = rng.gamma(2.0, 0.02, rows) * rng.uniform(least, 1.0, rows) + 1e-5
        return bought(rows, seed + 1).with_columns(rate=pl.Series(rates.round(9)))

    with from_frame(rated(5000, 1, 1.0)) as table:
        baseline = learn_baseline(table)
    with from_frame(rated(1500, 2, 0.1)) as table:
        (found,) = check(baseline, table).incidents
    assert found.columns == ("rate",)
    assert found.cause is not Cause.PRECISION


@pytest.mark.parametrize(("rows", "held"), [(300, 300), (2500, 2500), (9000, 2500), (40_000, 2500)])
def test_changes_are_tried_on_half_as_many_rows_as_the_reference_has(rows: int, held: int, baseline: Baseline) -> None:
    """A larger batch shows the chance of the reference more than its own, and the best of many changes would fit it."""
    batch = Side(rows, {"seconds": np.arange(rows, dtype=np.float64)})
    known, now = parts(Case(baseline, baseline.side, batch, np.full(rows, np.nan)), "seconds")
    assert (known.size, now.size) == (5000, held)


@pytest.mark.parametrize("seed", [70, 2558, 4511])
def test_a_factor_that_the_logarithms_do_not_show_is_chance(seed: int) -> None:
    """Draws of one law in which bins alone would have a factor stay without one: seeds at which it was named before."""
    rng = np.random.default_rng(seed)
    known, now = (
        pl.DataFrame({"paid": np.where(rng.random(n) < 0.15, np.round(rng.lognormal(3, 0.9, n), 2), 0.0)})
        for n in (6000, 3000)
    )
    assert check(learn_baseline(from_frame(known)), from_frame(now)).incidents == ()


def test_a_small_factor_that_takes_prices_off_their_steps_is_named() -> None:
    """Prices of whole tens raised by 1 % are no such prices, though their logarithms hardly moved."""
    rng = np.random.default_rng(5)
    known, now = (pl.DataFrame({"price": 10.0 * rng.integers(1, 40, n)}) for n in (6000, 1000))
    (found,) = check(learn_baseline(from_frame(known)), from_frame(now.select(pl.col("price") * 1.01))).incidents
    assert (found.cause, found.evidence["change"]) == (Cause.METRIC_DEFINITION, "times 1.01")


def test_a_part_that_some_rows_leave_out_is_told() -> None:
    """A rate that no longer counts another one in it, in two rows of five, is less that one."""

    def rates(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        bounce = np.where(rng.random(rows) < 0.45, 0.0, rng.beta(2, 10, rows)).round(6)
        return pl.DataFrame({"bounce": bounce, "exit": (bounce + rng.beta(1.5, 25, rows)).round(6)})

    some = pl.int_range(pl.len()) % 5 < 2
    less = pl.when(some).then(pl.col("exit") - pl.col("bounce")).otherwise("exit").alias("exit")
    found = check(learn_baseline(from_frame(rates(6000, 1))), from_frame(rates(1000, 2).with_columns(less))).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.METRIC_DEFINITION, ("exit",))]
    assert "less bounce" in found[0].title


@pytest.mark.parametrize(("bits", "parts"), [(16, 100), (14, 10), (12, 100)])
def test_fields_of_tenths_and_cents_wrap(bits: int, parts: int) -> None:
    """Seconds that a field of some bits counts in parts begin anew, and are cut at its largest number."""
    span = 2.0**bits / parts

    def waits(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        wait = (span * rng.lognormal(-0.7, 0.8, rows)).round(2)
        return pl.DataFrame({"visit": [f"v{seed}-{one:05d}" for one in range(rows)], "wait": wait})

    known = learn_baseline(from_frame(waits(5000, 1)))
    top = round(span - 1 / parts, 2)
    for change in (pl.col("wait") % span, pl.col("wait").clip(upper_bound=top)):
        found = check(known, from_frame(waits(1000, 2).with_columns(change))).incidents
        assert [(incident.cause, incident.columns) for incident in found] == [(Cause.OVERFLOW, ("wait",))]


def test_parts_that_reach_their_limit_sooner_are_not_rounded() -> None:
    """Shares of 1 at most that grew lie at 1 more often, and none of them at 0: no rounding does that."""

    def shares(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        part = np.minimum(1, rng.lognormal(-0.5, 0.8, rows)).round(4)
        return pl.DataFrame({"visit": [f"v{seed}-{one:05d}" for one in range(rows)], "part": part})

    grown = pl.min_horizontal(pl.lit(1.0), pl.col("part") / 0.7).round(4).alias("part")
    found = check(
        learn_baseline(from_frame(shares(5000, 1))), from_frame(shares(1000, 2).with_columns(grown))
    ).incidents
    assert [incident.columns for incident in found] == [("part",)]
    assert Cause.PRECISION not in {incident.cause for incident in found}


def test_two_fees_that_changed_places_did_not_move_on() -> None:
    """A fee that is mostly nothing looks like the rebate before it; its neighbour holds what it held all the same."""

    def fees(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        bought = rng.random(rows) < 0.25
        return visits(rows, seed).with_columns(
            rebate=pl.Series(np.where(bought & (rng.random(rows) < 0.3), rng.integers(1, 12, rows) * 2.5, 0.0)),
            service=pl.Series(np.where(bought, np.round(2 + rng.lognormal(1, 0.5, rows), 2), 0.0)),
            delivery=pl.Series(np.where(bought & (rng.random(rows) < 0.4), rng.choice([2.9, 4.9, 9.9], rows), 0.0)),
        )

    with from_frame(fees(5000, 0)) as table:
        baseline = learn_baseline(table)
    turned = fees(1000, 5).rename({"service": "delivery", "delivery": "service"})
    with from_frame(turned.select(fees(1, 5).columns)) as table:
        found = check(baseline, table).incidents
    assert found[0].cause is Cause.COLUMN_SWAP
    assert set(found[0].columns) == {"service", "delivery"}


CODED = {
    "circle": ({10: 20, 20: 30, 30: 10}, Cause.CATEGORY_PERMUTED),
    "renumbered": ({10: 4, 20: 1, 30: 7, 45: 2, 70: 9}, Cause.CATEGORY_RENAMED),
    "merged": ({45: 30}, Cause.CATEGORY_MERGED),
    "tenfold": ({10: 100, 20: 200, 30: 300, 45: 450, 70: 700}, Cause.UNIT_SCALE),
    "as before": ({}, None),
}


@pytest.mark.parametrize("name", CODED)
def test_few_whole_numbers_are_told_as_codes(name: str) -> None:
    """Codes in a circle, under other numbers or made one are no rounding; a factor on all of them stays a unit."""
    change, cause = CODED[name]

    def coded(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        codes = rng.choice([10, 20, 30, 45, 70], rows, p=[0.45, 0.25, 0.15, 0.1, 0.05])
        return pl.DataFrame({"id": [f"k{seed}x{n}" for n in range(rows)], "code": codes, "n": rng.gamma(2, 9, rows)})

    baseline = learn_baseline(from_frame(coded(5000, 1)))
    batch = coded(1200, 2).with_columns(pl.col("code").replace(change))
    found = check(baseline, from_frame(batch)).incidents
    assert [(item.cause, item.columns) for item in found] == [(cause, ("code",))] * bool(change)


LIMITS = {
    "cut": (pl.col("km").floor(), Cause.PRECISION),
    "rounded": (pl.col("km").round(0), Cause.PRECISION),
    "miles": ((pl.col("km") / 1.609344).round(2), Cause.UNIT_SCALE),
    "a limit a stop": (pl.min_horizontal("km", pl.col("stops") * 1.5), Cause.METRIC_DEFINITION),
    "as before": (pl.col("km"), None),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_number_cut_to_whole_ones_or_by_another_column_is_no_unit(name: str) -> None:
    """Whole kilometres are a precision, at most 1.5 a stop another rule; miles stay a unit."""
    change, cause = LIMITS[name]

    def tours(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        stops, keys = rng.integers(1, 6, rows), [f"k{seed}x{n}" for n in range(rows)]
        return pl.DataFrame({"id": keys, "stops": stops, "km": (stops * rng.gamma(3, 0.4, rows) + 0.3).round(2)})

    baseline = learn_baseline(from_frame(tours(5000, 1)))
    found = check(baseline, from_frame(tours(1200, 2).with_columns(km=change))).incidents
    assert [(item.cause, item.columns) for item in found] == [(cause, ("km",))] * (cause is not None)


def test_a_number_that_moved_beside_a_lost_column_is_told_as_well(checked: Checked, clean: pl.DataFrame) -> None:
    """Pages times two are named where the amount is no longer delivered."""
    found = checked(clean.drop("paid").with_columns(pl.col("pages") * 2)).incidents
    assert {incident.cause for incident in found} >= {Cause.COLUMN_REMOVED, Cause.METRIC_DEFINITION}


@pytest.mark.parametrize(
    ("where", "cause"), [(pl.col("bought"), Cause.TRAIN_SERVE_SKEW), (pl.lit(value=True), Cause.UNKNOWN)]
)
def test_a_number_that_moved_with_the_outcome_alone_was_read_after_it(where: pl.Expr, cause: Cause) -> None:
    """Trainings of those who bought, counted at the export, are more by any number; those of all have no such cause."""

    def trained(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        counts = np.where(rng.random(rows) < 0.3, rng.negative_binomial(1, 0.02, rows), 0)
        return pl.DataFrame({"trained": counts, "bought": rng.random(rows) < 0.2, "pages": rng.geometric(0.2, rows)})

    batch, rng = trained(1000, 2), np.random.default_rng(3)
    more = pl.when(where).then(pl.Series(3 + rng.poisson(9, 1000) * rng.integers(1, 4, 1000))).otherwise(0)
    with from_frame(trained(6000, 1)) as table:
        baseline = learn_baseline(table, "bought")
    with from_frame(batch.with_columns(pl.col("trained") + more)) as table:
        assert [(one.cause, one.columns) for one in check(baseline, table).incidents] == [(cause, ("trained",))]
