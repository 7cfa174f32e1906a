"""Rows alike in several columns that no machine made."""

from __future__ import annotations

import numpy as np
import polars as pl
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.tables.frames import from_frame

PLACES = {"Köln": ("EUR", "de"), "Paris": ("EUR", "fr"), "Rome": ("EUR", "it"), "Oslo": ("NOK", "nb")}


def _sold(rows: int, seed: int) -> pl.DataFrame:
    """Visits with a shop's currency and mostly its language, visitors who come again, and measures that go on."""
    rng = np.random.default_rng(seed)
    clicks = rng.poisson(6, rows) + 1
    return visits(rows, seed).with_columns(
        *(pl.col("shop").replace_strict({k: v[n] for k, v in PLACES.items()}).alias(name)
          for n, name in enumerate(("currency", "language"))),
        visitor=pl.Series([f"v{number}" for number in rng.integers(0, 3000, rows)]),
        clicks=clicks,
        scrolled=np.round(clicks * rng.lognormal(4, 0.4, rows)),
    ).with_columns(_english(pl.Series(rng.random(rows) < 0.15)))  # fmt: skip


def _english(rows: pl.Series) -> pl.Expr:
    return pl.when(rows).then(pl.lit("en")).otherwise("language").alias("language")


def _told(batch: pl.DataFrame) -> list[tuple[Cause, tuple[str, ...]]]:
    with from_frame(_sold(5000, 0)) as table:
        baseline = learn_baseline(table, "bought")
    with from_frame(batch) as table:
        return [(found.cause, found.columns) for found in check(baseline, table).incidents]


def _put(frame: pl.DataFrame, rows: pl.Expr, **values: object) -> pl.DataFrame:
    held = (pl.when(rows).then(pl.lit(value)).otherwise(name).alias(name) for name, value in values.items())
    return frame.with_columns(held)


def test_a_new_shop_with_its_currency_and_language_is_one_new_level() -> None:
    """Levels that were never seen, in the same rows of as many visitors as ever, are a launch and no machines."""
    started = pl.int_range(pl.len()) % 16 == 0
    batch = _put(_sold(1000, 5), started, shop="Lima", currency="PEN", language="es-PE")
    assert _told(batch) == [(Cause.CATEGORY_NEW, ("shop", "currency", "language"))]


def test_new_levels_of_few_rows_are_one_cause_beside_others_that_gained_more() -> None:
    """Two per cent of a new shop whose language is new are one incident, though another language gained as much."""
    started, other = pl.int_range(pl.len()) % 50 == 0, pl.int_range(pl.len()) % 25 == 1
    batch = _put(_put(_sold(1000, 5), other, language="en"), started, shop="Lima", language="es-PE")
    ((cause, columns),) = [one for one in _told(batch) if one[0] is Cause.CATEGORY_NEW]
    assert set(columns) == {"shop", "language"}


def test_one_visitor_from_a_new_place_is_a_machine() -> None:
    """The same levels from one visitor with one page and no time are machine visits."""
    started = pl.int_range(pl.len()) % 10 == 0
    machine = {"shop": "Lima", "currency": "PEN", "language": "es-PE", "visitor": "v-new", "pages": 1, "seconds": 0.0}
    ((cause, _),) = _told(_put(_sold(1000, 5), started, **machine, bought=False, paid=0.0))
    assert cause is Cause.BOT_TRAFFIC


def test_visits_read_at_their_beginning_are_no_machines() -> None:
    """Measures at their first value in rows that buy, and come from everywhere, were taken before the visit went on."""
    early = pl.int_range(pl.len()) % 4 == 0
    values = {"pages": 1, "clicks": 1, "scrolled": 0.0, "seconds": 0.0}
    (told,) = _told(_put(_sold(1000, 5), early, **values))
    assert told == (Cause.TRAIN_SERVE_SKEW, ("pages", "seconds", "clicks", "scrolled"))


def test_rows_with_the_same_measures_that_never_buy_are_machines() -> None:
    """The same rows without an outcome, from one device, are machines."""
    early = pl.int_range(pl.len()) % 6 == 0
    values = {"pages": 1, "clicks": 1, "scrolled": 0.0, "seconds": 0.0, "bought": False, "paid": 0.0}
    ((cause, _),) = _told(_put(_sold(1000, 5), early, **values, device="tablet"))
    assert cause is Cause.BOT_TRAFFIC


def test_one_of_two_times_that_machines_stay_hides_no_other_row_of_theirs() -> None:
    """Machines of three new visitors that stay for two or three seconds are one incident that counts them all."""
    rng = np.random.default_rng(3)
    robots = _put(
        _sold(200, 8), pl.lit(value=True), shop="Oslo", currency="NOK", language="nb", device="tablet",
        bought=False, paid=0.0, clicks=1, pages=1,
    ).with_columns(
        visitor=pl.Series([f"robot{number}" for number in rng.integers(0, 3, 200)]),
        seconds=pl.Series(np.where(np.arange(200) % 100 < 51, 2.0, 3.0)),
        scrolled=pl.lit(0.0),
    )  # fmt: skip
    frame = _sold(1000, 5)
    with from_frame(_sold(5000, 0)) as table:
        baseline = learn_baseline(table, "bought")
    batch = pl.concat([frame, robots.select(frame.columns).cast(dict(frame.schema))])
    with from_frame(batch) as table:
        (found,) = check(baseline, table).incidents
    assert found.cause is Cause.BOT_TRAFFIC
    assert abs(found.evidence["rows"] - 200) <= 10
