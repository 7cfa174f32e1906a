"""How an incident is shown: shares before and now, a query that selects its rows, what of a model rests on it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.monitoring.conftest import visits
from tests.monitoring.made import incident, result, shift

from clientela.domain.incident import Cause, ShiftKind
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.question import Model
from clientela.monitoring.showing import show
from clientela.monitoring.touching import touched
from clientela.tables.frames import from_frame

CONNECTION = duckdb.connect()
WEIGHTS = Model("bought", columns={"pages": 0.8, "device": 0.195, "seconds": 0.005})


def evidence(baseline: Baseline, frame: pl.DataFrame, cause: Cause, *columns: str, **facts: Any) -> Mapping[str, Any]:
    """Return what is shown of an incident in some columns."""
    found = result(1, incident(cause, *columns, evidence=facts))
    return show(found, baseline, frame).incidents[0].evidence


def rows(frame: pl.DataFrame, query: str) -> pl.DataFrame:
    """Run a query on the batch."""
    CONNECTION.register("batch", frame)
    return CONNECTION.sql(query).pl()


def test_a_category_is_shown_by_its_levels(baseline: Baseline, clean: pl.DataFrame) -> None:
    """Shares before and now stand beside each level, and the query selects the rows with the new one."""
    batch = clean.with_columns(pl.col("device").replace("phone", 'it\'s a "phone"'))
    found = evidence(baseline, batch, Cause.CATEGORY_RENAMED, "device")
    shares = {label: (before, now) for label, before, now in found["shares"]}
    assert shares["phone"] == (pytest.approx(0.5, abs=0.03), 0.0)
    assert shares['it\'s a "phone"'] == (0.0, pytest.approx(0.5, abs=0.05))
    assert sum(before for before, _ in shares.values()) == pytest.approx(1)
    selected = rows(batch, found["query"])
    assert set(selected["device"]) == {'it\'s a "phone"'}


def test_a_number_is_shown_by_ranges(baseline: Baseline, clean: pl.DataFrame) -> None:
    """Ranges hold a fifth of the reference each; times a thousand all rows are in the last one."""
    batch = clean.with_columns(pl.col("seconds") * 1000)
    found = evidence(baseline, batch, Cause.UNIT_SCALE, "seconds")
    assert [before for _, before, _ in found["shares"]] == pytest.approx([0.2] * 5, abs=0.01)
    assert found["shares"][-1][0].startswith("over ")
    assert found["shares"][-1][2] == pytest.approx(1.0)
    assert rows(batch, found["query"])["seconds"].min() > baseline.contract.term("seconds").high


def test_missing_cells_have_a_bar_and_a_query(baseline: Baseline, clean: pl.DataFrame) -> None:
    """What is missing stands apart, for numbers and for categories."""
    for name in ("paid", "device"):
        batch = clean.with_columns(pl.when(pl.int_range(pl.len()) % 4 > 0).then(name).alias(name))
        found = evidence(baseline, batch, Cause.MISSINGNESS, name)
        assert ["(missing)", 0.0, 0.25] in found["shares"]
        assert rows(batch, found["query"])[name].null_count() == 100


def test_text_where_numbers_stood(baseline: Baseline, clean: pl.DataFrame) -> None:
    """Cells that are no numbers are missing on the drawing, and the query selects them."""
    batch = clean.with_columns(pl.col("seconds").cast(pl.String).str.replace(".", ",", literal=True))
    found = evidence(baseline, batch, Cause.DTYPE_FORMAT, "seconds")
    assert found["shares"][-1][0] == "(missing)"
    assert rows(batch, found["query"])["seconds"].str.contains(",").all()


def test_keys_are_shown_by_how_often_they_stand(baseline: Baseline, clean: pl.DataFrame) -> None:
    """Keys that stand twice are a share of their own; the query counts them."""
    batch = pl.concat([clean, clean.head(500)])
    found = evidence(baseline, batch, Cause.DUPLICATES, "visit")
    shares = {label: (before, round(now, 3)) for label, before, now in found["shares"]}
    assert shares == {"once": (1.0, 0.333), "repeated": (0.0, 0.667)}
    counted = rows(batch, found["query"])
    assert set(counted["rows"]) == {2}
    assert len(counted) == 100


def test_a_broken_rule_is_its_own_query(baseline: Baseline, clean: pl.DataFrame) -> None:
    """The rows that break the rule named in the evidence are selected."""
    rule = next(rule for rule in baseline.contract.rules if rule.left == "paid" and rule.right == "bought")
    batch = clean.with_columns(bought=pl.lit(value=False))
    found = evidence(baseline, batch, Cause.ROW_MISALIGNMENT, "bought", rule=rule.told)
    selected = rows(batch, found["query"])
    assert len(selected) > 0
    assert (selected["paid"] > 0).all()
    assert not selected["bought"].any()


def test_times_are_shown_by_day_or_by_hour(baseline: Baseline, clean: pl.DataFrame) -> None:
    """Days where the range of time is wrong, hours or weekdays where these are; text in their place is missing."""
    late = clean.with_columns(pl.col("at") + datetime.timedelta(days=900))
    days = evidence(baseline, late, Cause.TIME_RANGE, "at")["shares"]
    assert days[0][0].startswith("to 2026-01-")
    assert days[-1][2] == 1.0
    shifted = clean.with_columns(pl.col("at") + datetime.timedelta(hours=8))
    hours = evidence(baseline, shifted, Cause.TIMEZONE, "at")["shares"]
    assert [label for label, _, _ in hours][:2] == ["00 to 04 h", "04 to 08 h"]
    assert hours[0][2] > hours[0][1] + 0.1
    lost = evidence(baseline, clean.filter(pl.col("at").dt.hour() < 20), Cause.SAMPLING, "at", hours=[20])["shares"]
    assert lost[-1][0] == "20 to 24 h"
    assert lost[-1][2] == 0.0 < lost[-1][1]
    workdays = clean.filter(pl.col("at").dt.weekday() < 6)
    weekend = evidence(baseline, workdays, Cause.SAMPLING, "at", weekdays=["Sundays"])["shares"]
    assert [(label, now) for label, _, now in weekend][5:] == [("Saturday", 0.0), ("Sunday", 0.0)]
    text = clean.with_columns(pl.col("at").cast(pl.String))
    assert evidence(baseline, text, Cause.DTYPE_FORMAT, "at")["shares"][-1] == ["(missing)", 0.0, 1.0]


def test_texts_are_shown_by_length() -> None:
    """Free text is told by how long it is, so that cutting shows."""
    words = pl.DataFrame({"said": ["word " * (n % 50 + 1) + str(n % 300) for n in range(1000)]})
    with from_frame(words) as table:
        baseline = learn_baseline(table)
    found = evidence(baseline, words.with_columns(pl.col("said").str.head(20)), Cause.TRUNCATION, "said")
    assert found["shares"][0][2] == pytest.approx(1.0)
    assert found["query"].startswith("SELECT")


def test_what_has_no_column_in_the_batch_is_not_drawn(baseline: Baseline, clean: pl.DataFrame) -> None:
    """A column that is gone or new has no drawing; the whole batch has its count; a renamed column has both names."""
    assert "shares" not in evidence(baseline, clean.drop("shop"), Cause.COLUMN_REMOVED, "shop")
    assert "shares" not in evidence(baseline, clean, Cause.COLUMN_ADDED, "new")
    assert rows(clean, evidence(baseline, clean, Cause.VOLUME)["query"]).item() == 1000
    batch = clean.rename({"shop": 'sh"op;--'})
    found = evidence(baseline, batch, Cause.COLUMN_RENAMED, "shop", names={"shop": 'sh"op;--'})
    assert max(abs(before - now) for _, before, now in found["shares"]) < 0.05
    assert rows(batch, found["query"])["rows"].sum() == 1000


def test_a_check_is_shown_as_a_whole(baseline: Baseline, clean: pl.DataFrame) -> None:
    """What the engine finds gets its drawing and query; what it had said stays as it was; shifts too."""
    with from_frame(clean.with_columns(pl.col("seconds") * 1000)) as table:
        found = check(baseline, table)
        shown = show(found, baseline, clean, WEIGHTS)
    (one,) = shown.incidents
    assert {**one.evidence, **found.incidents[0].evidence} == one.evidence
    assert {"shares", "query", "model"} <= set(one.evidence)
    change = show(result(1, shifts=(shift(ShiftKind.MIX, "device"),)), baseline, clean).shifts[0]
    assert "shares" in change.evidence


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (("pages",), "80 % of the model rests on pages: scores of the rows concerned move."),
        (("pages", "device", "x"), "100 % of the model rests on pages, device: scores"),
        (("seconds",), "Less than 1 % of the model rests on seconds: scores of the rows"),
        (("shop",), "The model does not read it: no score moves."),
        (("bought", "pages"), "bought is what the model predicts: scores stay right, but learn and measure nothing"),
    ],
)
def test_how_a_break_touches_the_model(columns: tuple[str, ...], told: str) -> None:
    """It is said which share of the model rests on the columns, and whether scores move."""
    assert touched(columns, WEIGHTS).startswith(told)


CELLS = st.one_of(st.none(), st.text(max_size=6), st.integers(-5, 10**6), st.floats(), st.booleans())


@given(st.lists(CELLS, min_size=1, max_size=30), st.sampled_from(["visit", "at", "shop", "pages", "seconds", "bought"]))
def test_whatever_a_column_holds_is_shown(cells: list[Any], name: str) -> None:
    """No cells, of whatever types, are an error; shares lie between 0 and 1, and the query runs."""
    batch = pl.DataFrame({name: pl.Series(cells, strict=False)})
    found = evidence(BASELINE, batch, Cause.UNKNOWN, name)
    shares = np.array([[before, now] for _, before, now in found["shares"]])
    assert ((shares >= -1e-9) & (shares <= 1 + 1e-9)).all()
    if batch[name].dtype != pl.Null:
        rows(batch, found["query"])


with from_frame(visits(400, 0)) as _table:
    BASELINE = learn_baseline(_table, "bought")
