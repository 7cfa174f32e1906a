"""Columns under another name: what tells them where values come new, or are one and the same."""

from __future__ import annotations

import functools
import hashlib

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import Baseline, learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame


def named(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of customers who come again, with a digest and a currency."""
    customers = np.random.default_rng(seed).integers(0, 40_000, rows)
    digests = [hashlib.sha256(f"{seed} {number}".encode()).hexdigest() for number in range(rows)]
    return visits(rows, seed).with_columns(
        customer=pl.Series([f"C{number:07d}" for number in customers]),
        digest=pl.Series(digests),
        currency=pl.lit("EUR"),
    )


@functools.cache
def learnt() -> Baseline:
    """Return what is learnt from 5,000 of them."""
    with from_frame(named(5000, 0)) as table:
        return learn_baseline(table)


@pytest.mark.parametrize("name", ["customer", "digest", "currency", "visit"])
def test_names_that_are_built_as_before_are_a_column_under_another_name(name: str) -> None:
    """Customers, digests and keys of which none was there before, and one value, are told from their writing."""
    with from_frame(named(1000, 5).rename({name: "zz"})) as table:
        found = check(learnt(), table).incidents
    assert [(one.cause, one.columns) for one in found] == [(Cause.COLUMN_RENAMED, (name,))]


@pytest.mark.parametrize("cells", ["C{0}", "S{0:07d}", "{0:08d}-{0:03d}", "a b {0}"])
def test_names_that_are_built_otherwise_are_a_lost_and_a_new_column(cells: str) -> None:
    """Another shape, or other lengths, are another column."""
    frame = named(1000, 5).drop("customer").with_columns(zz=pl.Series([cells.format(n) for n in range(1000)]))
    with from_frame(frame) as table:
        causes = {one.cause for one in check(learnt(), table).incidents}
    assert causes == {Cause.COLUMN_REMOVED, Cause.COLUMN_ADDED}


def test_a_key_is_no_name_that_comes_again() -> None:
    """A column with cells that come twice is not the key under another name, however it is built."""
    frame = named(1000, 5)
    twice = pl.Series("zz", frame["visit"].head(500).to_list() * 2)
    with from_frame(frame.drop("visit").with_columns(twice)) as table:
        causes = {one.cause for one in check(learnt(), table).incidents}
    assert {Cause.COLUMN_REMOVED, Cause.COLUMN_ADDED} <= causes
