"""Whether segments stay: on other visitors, month by month, and visitors within them."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from clientela.domain.column import Column, Role, Storage
from clientela.domain.roles import Roles
from clientela.segments.growing import Group, groups
from clientela.segments.options import SegmentOptions
from clientela.segments.outcomes import Outcomes
from clientela.segments.steadiness import coded, found_again, months, moves

START = datetime.fromisoformat("2026-01-01")


def roles(storage: Storage = Storage.TIMESTAMP, visitor: str | None = "who") -> Roles:
    """Return roles of the columns below."""
    columns = (Column("who", Storage.TEXT, Role.IDENTIFIER), Column("when", storage, Role.TIME))
    return Roles((*columns, Column("label", Storage.TEXT, Role.LABEL)), label="label", time="when", visitor=visitor)


def outcomes(units: np.ndarray, expected: np.ndarray | None = None, value: np.ndarray | None = None) -> Outcomes:
    """Return outcomes of these units."""
    flat = np.zeros(len(units))
    worth = flat if value is None else value
    return Outcomes(flat if expected is None else expected, worth, worth, False, units, units % 2 == 0, "visitor")


def test_codes_are_the_places_of_the_groups() -> None:
    """Every visit gets the number of its group."""
    inside = np.array([True, False, True])
    assert coded([Group((), inside), Group((), ~inside)], 3).tolist() == [0, 1, 0]


def test_planted_groups_are_found_again() -> None:
    """Groups that a clear rule tells are the same on four fifths of the visitors."""
    rng = np.random.default_rng(0)
    high = rng.random(3000) < 0.4
    chance = np.where(high, 0.6, 0.1)
    frame = pl.DataFrame({"source": np.where(high, "mail", "ads"), "noise": rng.normal(size=3000)})
    found = outcomes(np.arange(3000), chance, (rng.random(3000) < chance) * 1.0)
    options = SegmentOptions()
    kept = groups(frame, frame.columns, found, options)
    assert len(kept) == 2
    assert found_again(frame, frame.columns, found, kept, options).min() > 0.99


def test_months_hold_the_share_of_each_segment() -> None:
    """Shares per month add up to one; months with few visits, and tables without dates, tell nothing."""
    when = [START + timedelta(days=day) for day in (0, 31, 62) for _ in range(60)] + [START + timedelta(days=100)]
    codes = np.array([0, 1] * 30 + [0] * 60 + [1] * 60 + [1])
    frame = pl.DataFrame({"who": ["v"] * 181, "when": when})
    first, second = months(frame, roles(), codes, 2)
    assert [period.name for period in first] == ["2026-01", "2026-02", "2026-03"]
    assert [period.share.value for period in first] == [0.5, 1, 0]
    assert [one.share.value + two.share.value for one, two in zip(first, second, strict=True)] == [1, 1, 1]
    assert months(frame.with_columns(when=pl.int_range(181)), roles(), codes, 2) == ((), ())
    assert months(frame.drop("when"), roles(), codes, 2) == ((), ())


def test_moves_go_from_the_earlier_to_the_later_half() -> None:
    """Who was in one segment early and in another late has moved; shares are of those who came again."""
    who = [f"v{i}" for i in range(40)]
    when = [START + timedelta(days=day) for day in (0, 90) for _ in who]
    codes = np.array([0] * 30 + [1] * 10 + [0] * 20 + [1] * 20)
    units = np.tile(np.arange(40), 2)
    frame = pl.DataFrame({"who": who * 2, "when": when})
    found = moves(frame, roles(), outcomes(units), codes, ["a", "b"])
    assert [(move.source, move.target, move.visitors) for move in found] == [
        ("a", "a", 20),
        ("a", "b", 10),
        ("b", "b", 10),
    ]
    assert found[0].share.value == pytest.approx(2 / 3)


def test_no_moves_without_visitors_or_returns() -> None:
    """Without a visitor, or with few who come in both halves, nothing is said."""
    frame = pl.DataFrame({"who": ["a", "b"], "when": [START, START + timedelta(days=9)]})
    found, codes = outcomes(np.arange(2)), np.zeros(2, dtype=np.int64)
    assert moves(frame, roles(visitor=None), found, codes, ["a"]) == ()
    assert moves(frame, roles(), found, codes, ["a"]) == ()
