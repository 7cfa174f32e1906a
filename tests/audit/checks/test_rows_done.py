"""What was done to the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from clientela.audit.checks.rows_done import deduplicated, ordered, oversampled
from clientela.domain.finding import Severity
from clientela.domain.roles import Ask

N = 3000


@pytest.fixture(scope="module")
def shuffled() -> pl.DataFrame:
    """Return visits in random order that repeat now and then, with a rare class."""
    rng = np.random.default_rng(8)
    return pl.DataFrame(
        {
            "pages": rng.poisson(3, N),
            "device": rng.choice(["mobile", "desktop", "tablet"], N, p=[0.6, 0.3, 0.1]),
            "weekday": rng.integers(1, 8, N),
            "seen": rng.integers(0, 4, N),
            "speed": np.round(rng.gamma(3, 0.8, N), 1),
            "converted": rng.random(N) < 0.1,
        }
    )


@pytest.mark.parametrize("name", ["pages", "device", "speed", "converted"])
@pytest.mark.parametrize("down", [False, True])
def test_sorted_rows(said: Callable[..., Any], shuffled: pl.DataFrame, name: str, down: bool) -> None:
    """Rows sorted by a column are told with the column and the direction; sorted by the label is a notice."""
    finding = said(ordered, shuffled.sort(name, descending=down)).findings[0]
    assert finding.columns == (name,)
    assert finding.evidence[name]["how"] == ("falling" if down else "rising")
    assert finding.severity is (Severity.NOTICE if name == "converted" else Severity.INFO)


def test_grouped_rows(said: Callable[..., Any]) -> None:
    """Rows that stand together by key, in no order of keys, are grouped, also with a few out of place."""
    rng = np.random.default_rng(3)
    key = np.repeat(rng.permutation(300), 10)
    key[rng.integers(0, N, 30)] = key[rng.integers(0, N, 30)]
    frame = pl.DataFrame({"basket": [f"b{i}" for i in key], "price": rng.normal(0, 1, N)})
    finding = said(ordered, frame).findings[0]
    assert finding.columns == ("basket",)
    assert finding.evidence["basket"]["how"] == "grouped"


def test_nearly_sorted_rows(said: Callable[..., Any]) -> None:
    """Two in a hundred rows out of place leave the order to be seen."""
    rng = np.random.default_rng(4)
    values = np.sort(rng.normal(0, 1, N))
    moved = rng.choice(N, N // 50, replace=False)
    values[moved] = values[rng.permutation(moved)]
    assert said(ordered, pl.DataFrame({"value": values})).findings[0].columns == ("value",)


def test_random_order_is_no_order(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """Shuffled rows, and values that alternate, are in no order."""
    assert not said(ordered, shuffled.with_columns(pl.Series("turn", np.arange(N) % 2))).findings
    assert said(ordered, shuffled.head(50)) is None


def test_taken_out_repeats(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """Repeats that nearly equal rows lead to expect are missed once they are taken out, and only then."""
    coarse = shuffled.drop("speed")
    assert not said(deduplicated, coarse).findings
    finding = said(deduplicated, coarse.unique(maintain_order=True)).findings[0]
    assert (finding.evidence["groups"], finding.columns) == (0, ())
    assert finding.evidence["expected_groups"] > 7
    keyed = coarse.with_row_index("visit_id")
    assert not said(deduplicated, keyed).findings
    title = said(deduplicated, keyed.unique(subset=coarse.columns, maintain_order=True)).findings[0].title
    assert title.startswith("No row comes twice (but for visit_id)")
    assert said(deduplicated, pl.DataFrame({"a": [1, 2] * 100, "b": [5] * 200})) is None
    fine = pl.DataFrame(np.random.default_rng(1).integers(0, 900, (N, 4)))
    assert not said(deduplicated, fine).findings


def test_rows_one_per_pair(said: Callable[..., Any]) -> None:
    """Two columns that no two rows share are told, although a third differs everywhere; left alone they are not."""
    rng = np.random.default_rng(2)
    frame = pl.DataFrame(
        {"visitor": rng.integers(0, 900, N), "day": rng.integers(0, 60, N), "paid": np.round(rng.gamma(3, 9, N), 1)}
    )
    assert not said(deduplicated, frame).findings
    finding = said(deduplicated, frame.unique(subset=["visitor", "day"], maintain_order=True)).findings[0]
    assert set(finding.columns) == {"visitor", "day"}
    assert (finding.evidence["pairs"], finding.evidence["expected_pairs"] > 40) == (0, True)


def test_sorted_inside_groups(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """The second column of a sort is told with the one it is inside of; an unsorted one is not."""
    fine = shuffled.with_columns(pl.Series("wait", np.random.default_rng(5).normal(9, 2, N)))
    finding = said(ordered, fine.sort(["device", "wait"], descending=[False, True])).findings[0]
    assert finding.columns == ("device", "wait")
    assert finding.evidence["wait"]["how"] == "falling inside device"
    assert "sorted by device and inside it by wait" in finding.title


@pytest.mark.parametrize("times", [1, 4])
def test_repeated_class(said: Callable[..., Any], shuffled: pl.DataFrame, times: int) -> None:
    """A class whose rows were repeated is told with the share of copies; chance repeats and a bootstrap are not."""
    fine = shuffled.with_columns(pl.Series("wait", np.random.default_rng(5).normal(9, 2, N)))
    rare = fine.filter("converted")
    frame = pl.concat([fine, *[rare] * times]).sample(fraction=1, shuffle=True, seed=1)
    finding = said(oversampled, frame).findings[0]
    assert finding.columns == ("converted",)
    assert finding.evidence["true"]["copies"] == pytest.approx(times / (times + 1))
    assert not said(oversampled, fine).findings
    assert not said(oversampled, shuffled).findings
    assert not said(oversampled, fine.sample(fraction=1, with_replacement=True, seed=2)).findings
    assert said(oversampled, fine.drop("converted")) is None


def test_new_numbers_hide_no_copies(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """Rows that were numbered anew after they were repeated are copies still."""
    fine = shuffled.with_columns(pl.Series("wait", np.random.default_rng(5).normal(9, 2, N)))
    rare = fine.filter("converted")
    assert said(oversampled, pl.concat([fine, rare, rare]).with_row_index("visit_id")).findings


def test_classes_made_equal(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """Classes of exactly one size are told; nearly equal ones, and arms of an experiment, are not."""
    fine = shuffled.with_columns(pl.Series("wait", np.random.default_rng(5).normal(9, 2, N)))
    half = pl.Series("converted", np.arange(N) < N // 2)
    finding = said(oversampled, fine.with_columns(half)).findings[0]
    assert finding.title.startswith("All 2 classes of converted have exactly 1,500 rows")
    assert finding.evidence["true"] == {"rows": N // 2, "chance": pytest.approx(1 / (N + 1))}
    assert not said(oversampled, fine.with_columns(half).head(N - 1)).findings
    arms = fine.drop("converted").with_columns(pl.Series("variant", ["A", "B"] * (N // 2)))
    assert not said(oversampled, arms).findings


def test_rows_mixed_of_others(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """Interpolated rows of a class have digits that no other row has; one column that is finer has its own reason."""
    rng = np.random.default_rng(7)
    fine = shuffled.with_columns(pl.Series("wait", np.round(rng.normal(9, 2, N), 1)), pl.col("pages").cast(float))
    names = ["pages", "speed", "wait"]
    rare = fine.filter("converted")
    other = rare.sample(fraction=1, shuffle=True, seed=3)
    weight = pl.Series(rng.random(rare.height))
    mixed = rare.with_columns([(rare[name] * weight + other[name] * (1 - weight)).alias(name) for name in names])
    finding = said(oversampled, pl.concat([fine, mixed])).findings[0]
    assert finding.evidence["true"]["columns"] == names
    assert finding.evidence["true"]["made_up"] == pytest.approx(0.5, abs=0.05)
    one = pl.when("converted").then(pl.col("wait") * 1.2345).otherwise("wait").alias("wait")
    assert not said(oversampled, fine.with_columns(one)).findings
    assert not said(oversampled, fine.select("device", "speed", "seen", "converted")).findings


def test_rows_mixed_in_several_classes(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """Several classes made up at once are held against the others together; money of buyers alone is no mixture."""
    rng = np.random.default_rng(8)
    grade = pl.Series("grade", rng.choice(["a", "b", "c"], N, p=[0.7, 0.2, 0.1]))
    wait = pl.Series("wait", np.round(rng.normal(9, 2, N), 1))
    fine = shuffled.drop("converted").with_columns(grade, wait, pl.col("pages").cast(float))
    names, rare = ["pages", "speed", "wait"], fine.filter(pl.col("grade") != "a")
    other, weight = rare.sample(fraction=1, shuffle=True, seed=3), pl.Series(rng.random(rare.height))
    mixed = rare.with_columns([(rare[name] * weight + other[name] * (1 - weight)).alias(name) for name in names])
    finding = said(oversampled, pl.concat([fine, mixed]), Ask(label="grade")).findings[0]
    assert set(finding.evidence) <= {"b", "c"}
    paid = pl.when(pl.col("grade") != "a").then(pl.col("wait").abs() * 1.17).otherwise(0.0).round(2)
    money = fine.with_columns(total=paid, tax=(paid * 0.19).round(2), post=(paid * 0.031).round(2))
    assert not said(oversampled, money, Ask(label="grade")).findings


def test_several_classes_repeated_at_once(said: Callable[..., Any], shuffled: pl.DataFrame) -> None:
    """Each rare class is held against the commonest, so that two repeated ones do not hide each other."""
    rng = np.random.default_rng(6)
    frame = shuffled.with_columns(
        pl.Series("wait", rng.normal(9, 2, N)), pl.Series("grade", rng.choice(["a", "b", "c"], N, p=[0.8, 0.1, 0.1]))
    ).drop("converted")
    rare = frame.filter(pl.col("grade") != "a")
    finding = said(oversampled, pl.concat([frame, rare, rare]), Ask(label="grade")).findings[0]
    assert set(finding.evidence) == {"b", "c"}


def test_real_tables(said: Callable[..., Any], real: Callable[[str], pl.DataFrame]) -> None:
    """Natural repeats are no repeated class; taking them out is seen; Online Shoppers are in no order."""
    shoppers = real("online_shoppers")
    hillstrom = real("hillstrom")
    for frame in (shoppers, hillstrom):
        assert not any(said(check, frame).findings for check in (ordered, deduplicated, oversampled))
        assert said(deduplicated, frame.unique(maintain_order=True)).findings
    retail = real("online_retail")
    assert said(ordered, retail).findings[0].columns == ("InvoiceNo", "InvoiceDate")


def test_one_column_without_repeats(said: Callable[..., Any]) -> None:
    """Amounts of which no two are equal, though many must be, were reduced to one row per value."""
    rng = np.random.default_rng(8)
    amounts = np.round(rng.lognormal(4, 0.8, 6000), 2)
    frame = pl.DataFrame({"amount": amounts, "kind": rng.choice(["a", "b", "c"], 6000), "x": rng.normal(size=6000)})
    once = frame.unique("amount", keep="first", maintain_order=True)
    assert said(deduplicated, once).findings[0].columns == ("amount",)
    assert not said(deduplicated, frame).findings
    assert not said(deduplicated, once.with_columns(amount=rng.lognormal(4, 0.8, once.height))).findings
    assert not said(deduplicated, once.sort("amount")).findings
    running = pl.Series("amount", rng.permutation(once.height))
    assert not said(deduplicated, once.with_columns(running)).findings


@pytest.mark.parametrize("moved", [0.02, 0.08, 0.15])
def test_sorted_but_for_some(said: Callable[..., Any], moved: float) -> None:
    """Rows sorted by an amount or a category stay told as sorted when some were moved, with their share."""
    rng = np.random.default_rng(4)
    rows = 2000
    amount, shelf = np.sort(np.round(rng.gamma(2, 40, rows), 3)), np.sort(rng.integers(10, 50, rows))
    order = np.arange(rows)
    taken = rng.choice(rows, round(moved * rows), replace=False)
    order[taken] = order[rng.permutation(taken)]
    frame = pl.DataFrame({"amount": amount[order], "other": rng.normal(size=rows)})
    (finding,) = said(ordered, frame).findings
    assert finding.columns == ("amount",)
    assert finding.evidence["amount"]["how"] == "rising"
    shelved = pl.DataFrame({"shelf": [f"shelf {code}" for code in shelf[order]], "other": rng.normal(size=rows)})
    (finding,) = said(ordered, shelved).findings
    assert finding.columns == ("shelf",)
    if moved > 0.05:
        assert "out of place in shelf" in finding.title
        assert abs(finding.evidence["shelf"]["out_of_place"] - moved) < 0.03


def test_a_trend_is_no_sort(said: Callable[..., Any]) -> None:
    """A column that follows the rows closely but steps up and down by chance is a trend, not a sort."""
    rng = np.random.default_rng(4)
    trend = np.linspace(0, 3, 2000) + rng.normal(0, 0.4, 2000)
    assert not said(ordered, pl.DataFrame({"trend": trend, "other": rng.normal(size=2000)})).findings
