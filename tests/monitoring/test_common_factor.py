"""Several numbers that moved together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits
from tests.monitoring.test_identities import orders

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.case import Case, Found
from clientela.monitoring.checking import check
from clientela.monitoring.columns import Side
from clientela.monitoring.common_factor import _in_season
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def test_money_tied_by_no_sum_goes_with_the_factor_of_the_others() -> None:
    """Amounts that add up and one that stands alone, all times 11.3, are one change of unit."""

    def with_refund(rows: int, seed: int) -> pl.DataFrame:
        refund = np.round(np.random.default_rng(seed + 50).lognormal(2.5, 0.7, rows), 2)
        return orders(rows, seed).with_columns(pl.Series("refund", refund))

    money = ("price", "net", "fee", "off", "total", "refund")
    with from_frame(with_refund(3000, 0)) as table:
        known = learn_baseline(table)
    with from_frame(with_refund(800, 1).with_columns((pl.col(name) * 11.3).round(2) for name in money)) as table:
        (found,) = check(known, table).incidents
    assert (found.cause, set(found.columns)) == (Cause.UNIT_SCALE, set(money))


def test_a_count_that_fell_with_a_time_was_taken_earlier(checked: Checked, clean: pl.DataFrame) -> None:
    """Half the seconds and half the pages, rounded up, are another moment of the visit."""
    half = [(pl.col("seconds") / 2).round(3), (pl.col("pages") / 2).ceil().cast(pl.Int64)]
    (found,) = checked(clean.with_columns(half)).incidents
    assert (found.cause, found.columns) == (Cause.TRAIN_SERVE_SKEW, ("pages", "seconds"))


def _times(baseline: Baseline, factor: float, *, later: bool) -> bool:
    known = baseline.side
    batch = Side(known.rows, {**known.numbers, "seconds": known.numbers["seconds"] * factor}, known.texts)
    case = Case(baseline, known, batch, batch.numbers["at"], later=later)
    return _in_season(case, Found(Cause.UNIT_SCALE, ("seconds",), {"factor": factor}))


@pytest.mark.parametrize(
    ("factor", "later", "excused"), [(1.02, False, True), (1.3, False, False), (1.3, True, True), (25.0, True, False)]
)
def test_a_season_excuses_a_small_factor(factor: float, later: bool, excused: bool) -> None:
    """A factor near 1 is none; in another season it is one only beyond what a season does."""
    with from_frame(
        visits(2000, 9).with_columns(pl.col("seconds") * (1 + 0.3 * (pl.col("at").dt.month() % 2)))
    ) as table:
        known = learn_baseline(table, "bought")
    assert _times(known, factor, later=later) is excused


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_one_factor_on_columns_of_several_measures_is_one_cause(share: float) -> None:
    """Money and counts times 0.6, in all rows or since one of them, are one incident."""
    late = pl.int_range(pl.len()) >= (1 - share) * pl.len()

    def less(name: str, places: int) -> pl.Expr:
        changed = (pl.col(name) * 0.6).round(places).cast(pl.Float64 if places else pl.Int64)
        return pl.when(late).then(changed).otherwise(name).alias(name)

    with from_frame(orders(3000, 1)) as table:
        known = learn_baseline(table)
    money = ("price", "net", "fee", "off", "total")
    with from_frame(orders(800, 11).with_columns(less("pages", 0), *(less(name, 2) for name in money))) as table:
        (found,) = check(known, table).incidents
    assert (found.cause, set(found.columns)) == (Cause.TRAIN_SERVE_SKEW, {"pages", *money})


def test_a_factor_told_by_a_sum_takes_in_what_has_it_too() -> None:
    """A total times 0.6 breaks its sum; pages times 0.6 are no second incident."""
    change = [(pl.col("total") * 0.6).round(2), (pl.col("pages") * 0.6).round(0).cast(pl.Int64)]
    with from_frame(orders(3000, 1)) as table:
        known = learn_baseline(table)
    with from_frame(orders(800, 11).with_columns(change)) as table:
        (found,) = check(known, table).incidents
    assert set(found.columns) == {"pages", "total"}


def test_a_unit_in_use_is_told_sooner_than_a_number_near_it() -> None:
    """Euros that became cents are a hundred times as many, whatever their medians say."""
    money = ("price", "net", "fee", "off", "total")
    with from_frame(orders(3000, 1)) as table:
        known = learn_baseline(table)
    for seed in (11, 12):
        with from_frame(orders(300, seed).with_columns((pl.col(name) * 100).round(2) for name in money)) as table:
            (found,) = check(known, table).incidents
        assert (found.cause, found.evidence["factor"]) == (Cause.UNIT_SCALE, 100.0)


def test_columns_taken_at_some_moment_of_the_visit_are_one_cause() -> None:
    """Counts and times of which two in five visits hold a part, any part, were taken earlier, not in another unit."""
    rng = np.random.default_rng(3)
    some, so_far = pl.Series(rng.random(1000) < 0.4), pl.Series(rng.random(1000))
    now = _dwelling(1000, 4)
    parts = {"pages": (now["pages"] * so_far).ceil().cast(pl.Int64), "seconds": (now["seconds"] * so_far).round(1)}
    turned = [pl.when(pl.lit(some)).then(pl.lit(part)).otherwise(name).alias(name) for name, part in parts.items()]
    (found,) = check(learn_baseline(from_frame(_dwelling(6000, 1))), from_frame(now.with_columns(turned))).incidents
    assert (found.cause, set(found.columns)) == (Cause.TRAIN_SERVE_SKEW, {"pages", "seconds"})
    assert abs(found.evidence["share"] - 0.4) < 0.1


def _dwelling(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    pages = 1 + rng.negative_binomial(2, 0.2, rows)
    return pl.DataFrame({"pages": pages, "seconds": np.round(pages * rng.gamma(1.6, 17, rows), 1)})


def test_the_largest_numbers_have_no_common_factor_and_no_warning() -> None:
    """Two columns of numbers near the largest there are, both halved, end in no overflow (warnings are errors)."""
    rng = np.random.default_rng(4)
    known, now = (
        pl.DataFrame({"a": 1e305 * rng.gamma(3, 1, n), "b": 1e304 * rng.gamma(3, 1, n), "c": rng.gamma(3, 1, n)})
        for n in (3000, 800)
    )
    halved = now.with_columns(pl.col("a", "b") * 0.5)
    assert check(learn_baseline(from_frame(known)), from_frame(halved)).incidents


def _watched(rows: int, seed: int) -> pl.DataFrame:
    """Return visits with a value and a score that are computed at the end of them."""
    rng = np.random.default_rng(seed)
    some = {
        name: np.where(rng.random(rows) < 0.6, rng.lognormal(size, 0.6, rows).round(2), 0.0)
        for name, size in (("value", 2), ("score", 4))
    }
    return visits(rows, seed).with_columns(**{name: pl.Series(values) for name, values in some.items()})


@pytest.mark.parametrize(
    ("late", "counted", "cause"),
    [
        (["value"], True, Cause.TRAIN_SERVE_SKEW),
        (["value", "score"], True, Cause.TRAIN_SERVE_SKEW),
        (["value", "score"], False, Cause.NULL_SEMANTICS),
    ],
)
def test_what_is_computed_late_is_missing_with_what_is_counted_in_part(
    late: list[str], counted: bool, cause: Cause
) -> None:
    """Visits read before their end have a part of the seconds and pages, and lack values: one cause.

    Two values that are 0 in half of the rows each, where all else is as it was, are two breaks.
    """
    with from_frame(_watched(5000, 0)) as table:
        baseline = learn_baseline(table, "bought")
    rng, frame = np.random.default_rng(7), _watched(1000, 5)
    part = pl.Series(rng.random(1000) if counted else np.ones(1000))
    lost = {name: pl.Series(rng.random(1000) < 0.5) for name in late}
    changed = frame.with_columns(
        (pl.col("pages") * part).ceil().cast(pl.Int64),
        (pl.col("seconds") * part).round(3),
        *(pl.when(lost[name]).then(0.0).otherwise(name).alias(name) for name in late),
    )
    with from_frame(changed) as table:
        found = check(baseline, table).incidents
    assert {incident.cause for incident in found} == {cause}
    assert len(found) == (1 if counted else len(late))
    assert {name for one in found for name in one.columns} == {*late, *(("pages", "seconds") if counted else ())}


def test_several_numbers_that_fell_each_in_its_own_way_are_one_cause() -> None:
    """A time that is half of what it was, and two values that are 0 in half of their rows, come from one moment."""
    with from_frame(_watched(5000, 0)) as table:
        baseline = learn_baseline(table, "bought")
    rng, frame = np.random.default_rng(7), _watched(1000, 5)
    lost = {name: pl.Series(rng.random(1000) < 0.5) for name in ("value", "score")}
    changed = frame.with_columns(
        (pl.col("seconds") * 0.5).round(3),
        *(pl.when(rows).then(0.0).otherwise(name).alias(name) for name, rows in lost.items()),
    )
    with from_frame(changed) as table:
        (found,) = check(baseline, table).incidents
    assert (found.cause, set(found.columns)) == (Cause.TRAIN_SERVE_SKEW, {"seconds", "value", "score"})
