"""What customers are worth, wherever a table says it, and only there."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from clientela.domain.column import Column, Role, Storage
from clientela.domain.roles import Roles
from clientela.models import customers as module
from clientela.models.customers import value_customers
from clientela.models.lifetime.purchases import Window, customers, open_ledger
from clientela.models.lifetime.result import LifetimeOptions, LifetimeResult
from clientela.tables.frames import from_frame
from clientela.tables.table import Table
from clientela.workspace.artifacts import decode, encode

Shop = Callable[..., tuple[pl.DataFrame, np.ndarray]]
COLUMNS = tuple(Column(name, Storage.TEXT, Role.FEATURE) for name in ("customer", "day", "amount"))
ROLES = Roles(COLUMNS, None, "day", "customer", None, "amount")


@dataclass
class Taken:
    """What `lifetime` was asked."""

    columns: tuple[str, ...] = ()
    options: LifetimeOptions = LifetimeOptions()


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Taken:
    """Keep what `lifetime` is asked, in its place."""
    kept = Taken()

    def lifetime(_: Table, *given: Any) -> SimpleNamespace:
        kept.columns, kept.options = given[:3], given[3]
        return SimpleNamespace(result="found")

    monkeypatch.setattr(module, "lifetime", lifetime)
    return kept


def visits_of(bought: pl.DataFrame) -> pl.DataFrame:
    """Return purchases among twice as many visits that bought nothing."""
    looked = pl.concat([bought.with_columns(amount=pl.lit(0.0), day=pl.col("day") + pl.duration(days=3))] * 2)
    looked = looked.filter(pl.col("day") <= bought["day"].max())
    return pl.concat([bought, looked]).sample(fraction=1, shuffle=True, seed=1)


def test_purchases_are_told_from_visits(shop: Shop, taken: Taken) -> None:
    """Where most rows brought nothing they are visits; the columns are those of the roles, the seed that of the run."""
    bought = shop(60, 1)[0]
    for frame, visits in ((bought, False), (visits_of(bought), True)):
        with from_frame(frame) as table:
            assert value_customers(table, ROLES, 3) == ("found", "")
        assert taken.columns == ("customer", "day", "amount")
        assert taken.options == LifetimeOptions(seed=3, visits=visits)


def test_visits_that_bought_nothing_are_no_purchases(shop: Shop) -> None:
    """Of a table of visits those without revenue count for nothing: the same customers, purchases and amounts."""
    bought = shop(200, 1)[0]
    with from_frame(bought) as table, from_frame(visits_of(bought)) as more:
        alone = open_ledger(table, "customer", "day", "amount")
        among = open_ledger(more, "customer", "day", "amount", visits=True)
        window = Window(alone.last, alone.last)
        (left,), right = customers(alone, [window])
        (found,), reckoned = customers(among, [window])
    assert reckoned == right
    assert_frame_equal(found, left)


def test_a_frame_is_valued(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is that of a year of purchases, and goes through JSON as part of model.json."""
    monkeypatch.setattr(module, "LifetimeOptions", partial(LifetimeOptions, resamples=5))
    with from_frame(shop(150, 1)[0]) as table:
        found, why = value_customers(table, ROLES, 3)
    assert why == ""
    assert found is not None
    assert found.customers == 150
    assert encode(decode(encode(found), LifetimeResult, "model.json")) == encode(found)


@pytest.mark.parametrize("role", ["visitor", "time", "revenue"])
def test_without_one_of_the_columns_nothing_is_said(shop: Shop, taken: Taken, role: str) -> None:
    """A missing role, or one of a kind that cannot serve, is passed over without a word."""
    kept = {name: None if name == role else getattr(ROLES, name) for name in ("visitor", "time", "revenue")}
    frame = shop(20, 1)[0]
    with from_frame(frame) as table, from_frame(frame.with_columns(pl.col("day", "amount").cast(pl.String))) as text:
        assert value_customers(table, Roles(COLUMNS, **kept), 0) == (None, "")
        assert value_customers(text, ROLES, 0) == (None, "")
    assert taken.columns == ()


def test_why_nothing_is_foretold_is_said(shop: Shop) -> None:
    """Where nobody came back, the note says so."""
    frame = shop(60, 1)[0].unique("customer", keep="first")
    with from_frame(frame) as table:
        found, why = value_customers(table, ROLES, 0)
    assert found is None
    assert why.startswith("No value of customers: ")
