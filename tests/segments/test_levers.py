"""What separates a group from the next one up, and what moving up would be worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from clientela.models.result import Target, TargetKind
from clientela.segments.levers import steps_up
from clientela.segments.outcomes import Outcomes

CLASSES = ("none", "low", "top")
TARGET = Target(TargetKind.ORDERED, "label", CLASSES, revenue="money", members=tuple((name,) for name in CLASSES))


def planted(rows: int) -> tuple[pl.DataFrame, Outcomes]:
    """Return visits where pages separate none from low, and nothing separates low from top."""
    rng = np.random.default_rng(0)
    code = rng.choice(3, rows, p=[0.6, 0.3, 0.1])
    worth = np.array([0.0, 20.0, 100.0])[code] * rng.uniform(0.8, 1.2, rows)
    frame = pl.DataFrame(
        {
            "pages": rng.poisson(np.where(code > 0, 8, 4)),
            "noise": rng.normal(size=rows),
            "label": np.array(["none", "low", "top"])[code],
        }
    )
    flat = np.zeros(rows)
    return frame, Outcomes(flat, worth, (code > 0) * 1.0, True, np.arange(rows), flat > 0, "visit")


def test_what_separates_is_told_and_chance_is_not() -> None:
    """Pages separate buyers from others; between low and top nothing does, and nothing is said."""
    frame, found = planted(3000)
    first, second = steps_up(frame, ["pages", "noise"], TARGET, found, 60, 0)
    assert (first.lower, first.upper, second.lower, second.upper) == ("none", "low", "low", "top")
    assert [mark.column for mark in first.marks] == ["pages"]
    assert "higher" in first.marks[0].phrase
    assert second.marks == ()


def test_chance_seldom_looks_like_a_lever() -> None:
    """Among twenty columns of noise and few visits, strong effects by chance are told in at most 4 of 20 tables."""
    told = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        frame, found = planted(120)
        noise = pl.DataFrame(rng.normal(size=(120, 20)), schema=[f"c{i}" for i in range(20)])
        frame = noise.with_columns(frame["label"])
        told += any(step.marks for step in steps_up(frame, frame.columns[:20], TARGET, found, 2, 0))
    assert told <= 4


def test_moving_one_per_cent_up_is_worth_the_gap() -> None:
    """1 % of the visits of a group times the gap of the means, per 1,000 visits; the interval holds the truth."""
    frame, found = planted(3000)
    first, second = steps_up(frame, ["pages"], TARGET, found, 200, 0)
    assert first.gain is not None
    assert second.gain is not None
    assert first.gain.value == pytest.approx(1000 * 0.01 * 0.6 * 20, rel=0.05)
    assert first.gain.low < 120 < first.gain.high
    assert second.gain.low < 1000 * 0.01 * 0.3 * 80 < second.gain.high


def test_no_money_and_no_order_say_less() -> None:
    """Without revenue nothing is said in money; classes without an order have no next one up; empty groups no marks."""
    frame, found = planted(300)
    assert all(step.gain is None for step in steps_up(frame, ["pages"], TARGET, replace(found, money=False), 20, 0))
    assert steps_up(frame, ["pages"], replace(TARGET, kind=TargetKind.CLASSES), found, 20, 0) == ()
    alone = frame.with_columns(label=pl.lit("none"))
    assert [step.marks for step in steps_up(alone, ["pages"], TARGET, found, 20, 0)] == [(), ()]
