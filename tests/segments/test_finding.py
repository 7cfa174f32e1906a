"""Segments end to end: planted structure, none, odd data, real data."""

from __future__ import annotations

import dataclasses
import gzip
import unicodedata
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from clientela.domain.column import Available
from clientela.domain.errors import InputError
from clientela.domain.goal import Goal
from clientela.models.learning import learn
from clientela.models.options import ModelOptions
from clientela.segments.finding import ALL, segment
from clientela.segments.options import SegmentOptions
from clientela.segments.result import SegmentResult
from clientela.segments.rules import assign
from clientela.tables.frames import from_frame

from .worlds import settled

QUICK = SegmentOptions(resamples=60)
World = Callable[..., Any]


def planted(rows: int, seed: int) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Return visits of three planted groups, their group, and their chance to buy."""
    rng = np.random.default_rng(seed)
    device = rng.choice(["mobile", "desktop", "tablet"], rows, p=[0.5, 0.35, 0.15])
    pages = rng.poisson(6, rows)
    group = np.where(device == "mobile", 0, np.where(pages > 6, 2, 1))
    chance = np.array([0.04, 0.15, 0.45])[group]
    frame = pl.DataFrame({"device": device, "pages": pages, "noise": rng.normal(size=rows)})
    return frame.with_columns(label=pl.Series(np.where(rng.random(rows) < chance, "yes", "no"))), group, chance


def two(chance: np.ndarray) -> np.ndarray:
    """Return probabilities of no and yes."""
    return np.column_stack([1 - chance, chance])


def check(result: SegmentResult, frame: pl.DataFrame, least: int = 50) -> None:
    """Check what holds for every result."""
    names = [item.name for item in result.segments]
    assert len(set(names)) == len(names)
    sizes = dict(assign(result, frame).value_counts().iter_rows())
    assert sizes == {item.name: item.rows for item in result.segments}
    assert sum(item.share.value for item in result.segments) == pytest.approx(1)
    assert all(item.rows >= least for item in result.segments)
    assert all(item.action for item in result.segments)
    for item in result.segments:
        for text in (item.name, item.rule, item.action, *(mark.phrase for mark in item.marks)):
            assert not any(unicodedata.category(char)[0] == "C" for char in text)


def test_planted_groups_are_recovered(world: World) -> None:
    """Three planted groups come back with rules, order, names and intervals that hold the truth."""
    frame, group, chance = planted(8000, 1)
    rng = np.random.default_rng(2)
    result = world(frame, two(np.clip(chance + rng.normal(0, 0.03, 8000), 0, 1))).segment()
    check(result, frame)
    found = assign(result, frame)
    assert adjusted_rand_score(group, found.to_list()) > 0.95
    for item in result.segments:
        true = chance[(found == item.name).to_numpy()].mean()
        assert item.rate.low - 0.01 <= true <= item.rate.high + 0.01
    assert [item.rate.value for item in result.segments] == sorted(
        (s.rate.value for s in result.segments), reverse=True
    )
    assert result.segments[0].name.startswith("High value: ")
    assert "pages above 6" in result.segments[0].rule
    assert "device is not mobile" in result.segments[0].rule
    assert result.segments[-1].name.startswith("Low value: ")
    assert result.separation is not None
    assert 0.1 < result.separation.value < 0.3
    assert result.segments[0].revenue_share is None


def test_groups_of_revenue_come_with_money(world: World) -> None:
    """With revenue the shares of revenue add up to one and the means in money hold the truth."""
    frame, group, chance = planted(8000, 3)
    rng = np.random.default_rng(4)
    worth = np.where(frame["label"] == "yes", rng.lognormal(3.5, 0.5, 8000), 0.0)
    frame = frame.with_columns(money=pl.Series(worth))
    expected = chance * np.exp(3.5 + 0.125)
    result = world(frame, two(chance), expected_revenue=expected, revenue="money").segment()
    check(result, frame)
    found = assign(result, frame)
    assert adjusted_rand_score(group, found.to_list()) > 0.9
    assert sum(item.revenue_share.value for item in result.segments) == pytest.approx(1)
    for item in result.segments:
        true = expected[(found == item.name).to_numpy()].mean()
        assert item.mean_revenue.low * 0.95 <= true <= item.mean_revenue.high * 1.05
    assert "expected revenue" in result.method


def test_ordered_classes_are_ranked(world: World) -> None:
    """With ordered classes groups differ in expected rank, and the rate counts all above the lowest."""
    rng = np.random.default_rng(5)
    high = rng.random(6000) < 0.4
    table = np.array([[0.8, 0.1, 0.1], [0.3, 0.3, 0.4]])[high.astype(int)]
    label = (rng.random(6000)[:, None] > table.cumsum(axis=1)).sum(axis=1)
    names = ("none", "low", "top")
    frame = pl.DataFrame({"source": np.where(high, "newsletter", "ads"), "label": np.array(names)[label]})
    result = world(frame, table, classes=names).segment()
    check(result, frame)
    assert assign(result, frame).to_list()[:500] == [result.segments[int(not item)].name for item in high[:500]]
    assert result.segments[0].rate.value == pytest.approx(0.7, abs=0.05)


def test_factors_are_of_the_groups_that_visits_are_put_into(world: World) -> None:
    """Visits are parted as the release puts them into classes, which need not be the likeliest ones."""
    rng = np.random.default_rng(6)
    chance = np.repeat([0.2, 0.4], [700, 300])
    frame = pl.DataFrame({"x": rng.normal(size=1000), "label": np.where(rng.random(1000) < chance, "yes", "no")})
    built = world(frame, two(chance))
    cut = msgspec.structs.replace(built.learned.release.settled, cuts=(0.3,))
    learned = dataclasses.replace(built.learned, release=SimpleNamespace(settled=cut))
    made = dataclasses.replace(built, learned=learned).segment()
    assert {bid.name: bid.share for bid in made.bids if bid.kind == "group"} == {"no": 0.7, "yes": 0.3}


def test_one_segment_says_that_there_are_none(world: World) -> None:
    """Without structure there is one segment, all visits, with all numbers, and a note."""
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": rng.normal(size=500), "label": rng.choice(["yes", "no"], 500)})
    result = world(frame, two(rng.random(500))).segment()
    check(result, frame)
    assert [item.name for item in result.segments] == [ALL]
    assert result.segments[0].conditions == ()
    assert result.segments[0].rate.value == pytest.approx((frame["label"] == "yes").mean())
    assert result.separation is None
    assert any("no segments" in note for note in result.notes)


def test_hostile_names_and_cells_come_out_inert(world: World) -> None:
    """Markup, formulas, control characters and endless texts are cut and cleaned, missing cells handled."""
    evil = "<script>alert('x')</script>" * 400
    column = "=cmd|' /C calc'!A0\x00\u202e" + "n" * 300
    rng = np.random.default_rng(6)
    values = rng.choice(["'; drop table visits; --", evil, "../../x\x1b[31m", "🛒"], 4000)
    high = values == evil
    missing = rng.random(4000) < 0.2
    chance = np.where(missing, 0.9, np.where(high, 0.5, 0.1))
    frame = pl.DataFrame({column: pl.Series(values).set(pl.Series(missing), None)})
    frame = frame.with_columns(label=pl.Series(np.where(rng.random(4000) < chance, "yes", "no")))
    result = world(frame, two(chance)).segment()
    check(result, frame)
    assert len(result.segments) == 3
    texts = [text for item in result.segments for text in (item.name, item.rule, item.action)]
    assert all(len(text) < 500 for text in texts)
    assert not any(evil in text for text in texts)
    assert result.segments[0].rule.endswith("is unknown")
    assert any(evil in condition.values for item in result.segments for condition in item.conditions)


def test_sensitive_and_late_columns_are_not_named(world: World) -> None:
    """Gender, a column known after the outcome and one to avoid tell groups apart best, yet no rule names them."""
    rng = np.random.default_rng(7)
    high = rng.random(5000) < 0.5
    chance = np.where(high, 0.5, 0.05)
    kept = np.where(rng.random(5000) < 0.2, ~high, high)
    frame = pl.DataFrame(
        {
            "Gender": np.where(high, "f", "m"),
            "coupon_used": high.astype(int),
            "area_average": chance,
            "pages": kept.astype(int) * 5 + rng.integers(0, 3, 5000),
            "label": np.where(rng.random(5000) < chance, "yes", "no"),
        }
    )
    known = {"coupon_used": Available.AFTER, "pages": Available.DURING}
    options = SegmentOptions(resamples=20, avoid=("area_average",))
    result = world(frame, two(chance), available=known).segment(options)
    named = {condition.column for item in result.segments for condition in item.conditions}
    assert named == {"pages"}
    assert not any(mark.column != "pages" for item in result.segments for mark in item.marks)
    assert any("'Gender'" in note for note in result.notes)
    assert any("during the visit" in note and "'pages'" in note for note in result.notes)
    assert "retargeting" in result.segments[0].action


def test_visitors_are_the_units(world: World) -> None:
    """Visits of a visitor count together: intervals widen, and their number is the number of visitors."""
    rng = np.random.default_rng(8)
    visitors = np.repeat(np.arange(1500), 6)
    high = np.repeat(rng.random(1500) < 0.5, 6)
    chance = np.where(high, 0.6, 0.1)
    buys = np.repeat(rng.random(1500), 6) < chance
    frame = pl.DataFrame(
        {
            "who": [None if i < 5 else f"v{v}" for i, v in enumerate(visitors)],
            "source": np.where(high, "a", "b"),
            "label": np.where(buys, "yes", "no"),
        }
    )
    by_visitor = world(frame, two(chance), visitor="who").segment()
    by_visit = world(frame.drop("who"), two(chance)).segment()
    check(by_visitor, frame)
    top, plain = by_visitor.segments[0].rate, by_visit.segments[0].rate
    assert top.method == "bootstrap by visitor"
    assert top.high - top.low > 1.5 * (plain.high - plain.low)
    assert top.n < 1000 < plain.n


def test_no_segment_is_smaller_than_allowed(world: World) -> None:
    """A small group that differs much is not shown alone; a table too small for two groups says so."""
    rng = np.random.default_rng(9)
    few = np.arange(3000) < 40
    chance = np.where(few, 0.95, 0.1)
    frame = pl.DataFrame(
        {"club": np.where(few, "gold", "none"), "label": np.where(rng.random(3000) < chance, "yes", "no")}
    )
    result = world(frame, two(chance)).segment()
    check(result, frame, least=90)
    small = world(frame.head(60), two(chance[:60])).segment()
    assert [item.name for item in small.segments] == [ALL]
    assert any("Only 60 visits" in note for note in small.notes)


def test_groups_of_equal_worth_at_the_lower_end_are_joined(world: World) -> None:
    """Two of four groups are worth the same and little: they become all other visits."""
    rng = np.random.default_rng(10)
    a, b = rng.choice(["x", "y"], 8000), rng.choice(["u", "v"], 8000)
    true = np.where(a == "x", np.where(b == "u", 0.6, 0.05), np.where(b == "u", 0.05, 0.3))
    frame = pl.DataFrame({"a": a, "b": b, "label": np.where(rng.random(8000) < true, "yes", "no")})
    result = world(frame, two(true)).segment()
    check(result, frame)
    assert len(result.segments) == 3
    assert result.segments[-1].rule == "all other visits"
    assert result.segments[-1].conditions == ()


def test_the_same_seed_gives_the_same_result(world: World) -> None:
    """Running twice gives equal records; the goal changes the advice only."""
    frame, _, chance = planted(3000, 11)
    made = world(frame, two(chance))
    first = made.segment()
    assert first == made.segment()
    other = made.segment(SegmentOptions(resamples=60, goal=Goal.BASKET_SIZE))
    assert other.segments[0].action != first.segments[0].action
    assert other.segments[0].rate == first.segments[0].rate


def test_a_sample_is_said(world: World) -> None:
    """Where the model learned from a sample the note says from how many rows."""
    frame, _, chance = planted(3000, 12)
    result = world(frame, two(chance), model_options=ModelOptions(sample_rows=1000)).segment()
    assert result.rows < 1500
    assert any(f"{result.rows:,} of 3,000 rows" in note for note in result.notes)


def test_scores_of_other_rows_are_refused(world: World) -> None:
    """Scores that do not belong to the rows are an error, not a wrong answer."""
    frame, _, chance = planted(3000, 13)
    made = world(frame, two(chance))
    other = ModelOptions(sample_rows=1000)
    with pytest.raises(InputError, match="scores"):
        segment(made.table, made.roles, made.learned, other, QUICK)


def test_nothing_left_to_name_is_said(world: World) -> None:
    """Where all columns are sensitive there is one segment and a note."""
    rng = np.random.default_rng(14)
    frame = pl.DataFrame({"religion": rng.choice(["a", "b"], 400), "label": rng.choice(["yes", "no"], 400)})
    result = world(frame, two(np.full(400, 0.5))).segment()
    assert any("No column is left" in note for note in result.notes)


def test_many_rows_are_found_on_a_sample_of_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the growing half is large a seeded part of it is enough to find the same groups."""
    monkeypatch.setattr("clientela.segments.growing.MOST_ROWS", 1500)
    frame, group, chance = planted(8000, 15)
    result = world(frame, two(chance)).segment()
    assert adjusted_rand_score(group, assign(result, frame).to_list()) > 0.95


def test_on_online_shoppers(real_data: Callable[[str], Path]) -> None:
    """On real sessions, learned from without page values, groups differ threefold and more."""
    frame = pl.read_csv(real_data("online_shoppers.csv"), infer_schema_length=None).drop("PageValues").head(5000)
    check_real(frame, "Revenue", "True", 3.0)


def test_on_hillstrom(real_data: Callable[[str], Path]) -> None:
    """On a real e-mail test visits differ by a third at least between groups that are stable."""
    text = gzip.decompress(real_data("hillstrom.csv.gz").read_bytes())
    frame = pl.read_csv(text, infer_schema_length=None).drop("conversion", "spend").head(12_000)
    check_real(frame, "visit", "1", 4 / 3)


def check_real(frame: pl.DataFrame, label: str, positive: str, apart: float) -> None:
    """Learn and segment a real table, and hold the result against the label."""
    from_label = (frame[label].cast(pl.String).str.to_titlecase() == positive).to_numpy()
    with from_frame(frame) as table:
        roles = settled(table, label)
        model_options = ModelOptions(folds=2, resamples=10, threads=1)
        learned = learn(table, roles, (), model_options)
        result = segment(table, roles, learned, model_options, QUICK)
    check(result, frame)
    assert len(result.segments) >= 2
    assert result.segments[0].rate.value > apart * result.segments[-1].rate.value
    found = assign(result, frame)
    for item in result.segments:
        assert from_label[(found == item.name).to_numpy()].mean() == pytest.approx(item.rate.value, abs=0.06)
