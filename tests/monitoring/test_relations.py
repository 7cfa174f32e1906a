"""Rules that are broken, and values on the wrong rows."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from tests.monitoring.conftest import visits
from tests.monitoring.made import month_of

from clientela.domain.incident import Cause
from clientela.monitoring.baseline import learn_baseline
from clientela.monitoring.checking import check
from clientela.monitoring.result import CheckResult
from clientela.tables.frames import from_frame

Checked = Callable[[pl.DataFrame], CheckResult]


def test_a_wider_label_breaks_the_rule_one_way(checked: Checked, clean: pl.DataFrame) -> None:
    """Buyers without an amount are another definition of the label, with the rule that it breaks."""
    wider = pl.when(pl.int_range(pl.len()) % 12 == 0).then(pl.lit(value=True)).otherwise("bought").alias("bought")
    found = checked(clean.with_columns(wider)).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.METRIC_DEFINITION, ("bought",))]
    assert found[0].evidence["rule"] == "where bought is true, paid > 0"


def test_a_column_that_agreed_with_the_time_and_froze_is_stuck(checked: Checked, clean: pl.DataFrame) -> None:
    """A part of the day that stands still breaks its rule with the time, and is told as frozen."""
    from_hour = pl.when(pl.col("at").dt.hour() < 12).then(pl.lit("early")).otherwise(pl.lit("late"))
    assert checked(clean.with_columns(from_hour.alias("part"))).incidents[0].cause is Cause.COLUMN_ADDED


def test_codes_that_changed_places_are_told_by_their_rules() -> None:
    """Where only the web has no version, web and phone changed places, in a later batch with another mix too."""

    def app(rows: int, seed: int, start: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        device = rng.choice(["phone", "tablet", "web"], rows, p=[0.4, 0.3, 0.3] if not start else [0.3, 0.3, 0.4])
        days = pl.Series(np.sort(rng.integers(start * 1440, (start + 50) * 1440, rows)) * 60_000_000)
        at = days.cast(pl.Duration("us")) + datetime.datetime.combine(datetime.date(2026, 1, 5), datetime.time())
        version = np.where(device == "web", "site", rng.choice(["5.1", "5.2"], rows))
        return pl.DataFrame({"at": at, "device": device, "version": version})

    with from_frame(app(3000, 0, 0)) as table:
        known = learn_baseline(table)
    turned = pl.col("device").replace({"web": "phone", "phone": "web"})
    with from_frame(app(800, 1, 70).with_columns(turned)) as table:
        found = check(known, table).incidents
    assert [(incident.cause, incident.columns) for incident in found] == [(Cause.CATEGORY_PERMUTED, ("device",))]


def _read(rows: int, seed: int, first: int = 0) -> pl.DataFrame:
    """Return visits of ninety days, or thirty later ones, to texts, which have a depth, and films, which have a speed.

    Buyers have an amount above 3; films come in waves.
    """
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(first, first + (30 if first else 90), rows))
    text, bought = rng.random(rows) < 0.45 + 0.3 * np.sin(day / 5), rng.random(rows) < 0.2
    held = pl.when(pl.lit(pl.Series(text)))
    visits = [f"v{seed}-{place:06d}" for place in range(rows)]
    at = np.datetime64("2026-01-01T00:00:00", "us") + day * 86_400_000_000 + rng.integers(0, 86_400_000_000, rows)
    plain = pl.DataFrame({"visit": visits, "at": at, "pages": rng.poisson(4, rows), "bought": bought})
    return plain.with_columns(
        depth=held.then(pl.lit(pl.Series(rng.random(rows).round(2)))),
        speed=held.then(None).otherwise(pl.lit(pl.Series(rng.lognormal(8, 1, rows).round(0)))),
        paid=pl.lit(pl.Series(np.where(bought, rng.lognormal(3, 0.7, rows).round(2) + 3, 0.0))),
    )


def test_a_rule_that_a_missing_cell_breaks_is_a_gap() -> None:
    """Where either of two columns is always there, rows that lack both miss a cell, though seasons move their share."""
    lost = pl.when(pl.int_range(pl.len()) % 5 > 0).then("speed").alias("speed")
    (found,) = check(
        learn_baseline(from_frame(_read(6000, 1)), "bought"), from_frame(_read(1000, 2, 94).with_columns(lost))
    ).incidents
    assert (found.cause, found.columns) == (Cause.MISSINGNESS, ("speed",))


def test_a_stricter_label_breaks_its_rules_one_way() -> None:
    """Buyers that no longer count keep their amount: what says that no amount means no buyer is no second rule."""
    some = pl.col("bought") & (pl.int_range(pl.len()) % 10 > 1)
    baseline = learn_baseline(from_frame(_read(6000, 1)), "bought")
    (found,) = check(baseline, from_frame(_read(1000, 2).with_columns(some.alias("bought")))).incidents
    assert (found.cause, found.columns) == (Cause.METRIC_DEFINITION, ("bought",))


def _customers(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of new and known customers, of whom only known ones have bought before."""
    rng = np.random.default_rng(seed)
    known = rng.random(rows) < 0.6
    before = np.where(known, rng.poisson(1.2, rows), 0)
    kind = pl.Series(np.where(known, "known", "new"))
    days = pl.Series(np.where(known, rng.integers(1, 90, rows), 0))
    return visits(rows, seed).with_columns(
        customer=kind, orders=pl.Series(before), days=pl.when(pl.Series(known)).then(days)
    )


@pytest.mark.parametrize(("counted", "cause"), [(True, Cause.TRAIN_SERVE_SKEW), (False, Cause.ROW_MISALIGNMENT)])
def test_a_count_that_takes_in_this_order_is_no_count_of_others(counted: bool, cause: Cause) -> None:
    """Orders before that include the one just made were read after it: they break their rule only where one was."""
    with from_frame(_customers(5000, 0)) as table:
        baseline = learn_baseline(table, "bought")
    frame = _customers(1000, 5)
    one_more = frame["orders"] + (frame["bought"] & (pl.int_range(1000, eager=True) % 3 == 0)).cast(pl.Int64)
    orders = one_more if counted else frame["orders"].shuffle(seed=1)
    with from_frame(frame.with_columns(orders=orders)) as table:
        found = check(baseline, table).incidents
    assert found[0].cause is cause
    assert ("only where bought is true" in found[0].title) == counted


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_category_whose_value_stands_in_another_column_changed_places_with_it(share: float) -> None:
    """The city of a hall, which the hall gives, and that of the visitor, which is often the same, are exchanged."""
    cities = [f"city {n}" for n in range(9)]

    def halls(rows: int, seed: int) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        hall = rng.choice(27, rows)
        home = np.where(rng.random(rows) < 0.6, hall % 9, rng.integers(0, 9, rows))
        return visits(rows, seed).with_columns(
            hall=pl.Series([f"hall {n}" for n in hall]),
            city=pl.Series([cities[n] for n in hall % 9]),
            home=pl.Series([cities[n] for n in home]),
        )

    with from_frame(halls(5000, 0)) as table:
        baseline = learn_baseline(table)
    frame = halls(1000, 5)
    turned = pl.Series(np.random.default_rng(1).random(1000) < share)
    city, home = (pl.when(turned).then(a).otherwise(b) for a, b in (("home", "city"), ("city", "home")))
    with from_frame(frame.with_columns(city=city, home=home)) as table:
        found = check(baseline, table).incidents
    assert (found[0].cause, set(found[0].columns)) == (Cause.COLUMN_SWAP, {"city", "home"})
    wrong = pl.when(turned).then(pl.col("city").shuffle(seed=3)).otherwise("city")
    with from_frame(frame.with_columns(city=wrong)) as table:
        found = check(baseline, table).incidents
    assert found[0].cause is not Cause.COLUMN_SWAP


def _hired(rows: int, seed: int) -> pl.DataFrame:
    """Return rentals, of which those that were cancelled have no kilometres and no fuel."""
    rng = np.random.default_rng(seed)
    gone = rng.random(rows) < 0.14
    driven = pl.when(pl.lit(pl.Series(gone))).then(None)
    return pl.DataFrame(
        {"rental": [f"r{seed}-{n:06d}" for n in range(rows)], "price": rng.lognormal(4, 0.4, rows)}
    ).with_columns(
        km=driven.otherwise(pl.lit(pl.Series(rng.lognormal(5, 0.7, rows).round(1)))),
        fuel=driven.otherwise(pl.lit(pl.Series(rng.gamma(2, 20, rows).round(1)))),
        cancelled=pl.lit(pl.Series(np.where(gone, "yes", "no"))),
    )


def test_an_outcome_where_it_cannot_be_is_another_definition() -> None:
    """Rentals with kilometres that are cancelled break "never both" alone; those of other rows break "one of", too."""
    baseline = learn_baseline(from_frame(_hired(6000, 1)), "cancelled")
    clean = _hired(1000, 2)
    some = (pl.int_range(pl.len()) % 20 == 0) & pl.col("km").is_not_null()
    changes = {
        Cause.METRIC_DEFINITION: pl.when(some).then(pl.lit("yes")).otherwise("cancelled"),
        Cause.ROW_MISALIGNMENT: pl.col("cancelled").shuffle(3),
    }
    for cause, changed in changes.items():
        found = check(baseline, from_frame(clean.with_columns(changed.alias("cancelled")))).incidents
        assert [(item.cause, item.columns) for item in found] == [(cause, ("cancelled",))]
    assert check(baseline, from_frame(clean)).incidents == ()


def mailed(rows: int, seed: int, *, late: bool = False) -> pl.DataFrame:
    """Return visits of which those that gave leave an address, as do few others; of late ones more give."""
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(92, 107, rows) if late else rng.integers(0, 90, rows))
    gave = rng.random(rows) < 0.25 + 0.1 * np.sin(day / 15 * np.pi)
    there = gave | (rng.random(rows) < 0.12)
    at = np.datetime64("2026-01-01T00:00:00", "us") + day * 86_400_000_000 + rng.integers(0, 86_400_000_000, rows)
    made = {"visit": [f"v{seed}-{place:06d}" for place in range(rows)], "at": at, "pages": rng.poisson(4, rows)}
    mail = np.where(there, rng.choice(["post.example", "mail.example", "web.example"], rows), None)
    amount = np.where(gave, rng.lognormal(3, 0.7, rows).round(2) + 3, 0.0)
    device = rng.choice(["phone", "desk"], rows)
    return pl.DataFrame({**made, "mail": pl.Series(mail.tolist()), "device": device, "gave": gave, "amount": amount})


PHONE = pl.col("device") == "phone"
LATER_CELLS: dict[str, tuple[pl.Expr, list[Cause]]] = {
    "lost on phones": (pl.when(~PHONE | (pl.int_range(pl.len()) % 3 > 0)).then("mail"), [Cause.MISSINGNESS]),
    "on other rows": (pl.col("mail").shuffle(3), [Cause.ROW_MISALIGNMENT]),
    "as they were": (pl.col("mail"), []),
}


@pytest.mark.parametrize("name", LATER_CELLS)
def test_cells_that_are_missing_and_stand_nowhere_else_are_lost(name: str) -> None:
    """In a month in which more are there by itself, those that lack where they must be are lost or on other rows."""
    changed, causes = LATER_CELLS[name]
    batch = mailed(1000, 2, late=True).with_columns(changed.alias("mail"))
    found = check(learn_baseline(from_frame(mailed(6000, 1)), "gave"), from_frame(batch)).incidents
    assert [(item.cause, item.columns) for item in found] == [(cause, ("mail",)) for cause in causes]


def _shelved(rows: int, seed: int) -> pl.DataFrame:
    """Return visits to articles, each in one of eight aisles, which a season moves."""
    rng = np.random.default_rng(seed)
    article = rng.choice(80, rows, p=np.roll(np.arange(1, 81), 20 * seed) / 3240)
    made = {"visit": [f"v{seed}-{n:06d}" for n in range(rows)], "at": month_of(rng, rows, 1 + 2 * seed)}
    aisles = [f"aisle {one // 10}" for one in article]
    return pl.DataFrame({**made, "article": [f"a{one:03d}" for one in article], "aisle": aisles})


def test_a_level_that_is_another_one_now_is_told_by_what_gives_it() -> None:
    """Where no row of an aisle is left, and its articles are in one other one, the two are merged; no article is."""
    merged = pl.col("aisle").replace({"aisle 7": "aisle 3"})
    with from_frame(_shelved(6000, 0)) as table:
        baseline = learn_baseline(table)
    with from_frame(_shelved(1000, 1).with_columns(merged)) as table:
        found = check(baseline, table).incidents
    assert [(one.cause, one.columns) for one in found] == [(Cause.CATEGORY_MERGED, ("aisle",))]


def _returning(rows: int, seed: int) -> pl.DataFrame:
    """Return visits of customers in a month, half of them new, with their earlier visits and orders."""
    rng = np.random.default_rng(seed)
    before = np.where(rng.random(rows) < 0.5, 0, rng.geometric(0.02, rows))
    return pl.DataFrame(
        {
            "visit": [f"v{seed}-{n:06d}" for n in range(rows)],
            "at": month_of(rng, rows, seed),
            "visits_before": before,
            "orders_before": rng.binomial(before, 0.6),
            "returns_before": rng.binomial(before, 0.02),
            "bought": rng.random(rows) < 0.15,
        }
    )


def test_a_count_above_all_visits_before_took_in_its_own_row() -> None:
    """More orders than visits before in a later month, only in rows with an order, were counted after it."""
    with from_frame(_returning(6000, 1)) as table:
        baseline = learn_baseline(table, "bought")
    orders = pl.col("orders_before") + 2 * pl.col("bought").cast(pl.Int64)
    with from_frame(_returning(1000, 3).with_columns(orders)) as table:
        found = check(baseline, table).incidents
    assert [(one.cause, one.columns) for one in found] == [(Cause.TRAIN_SERVE_SKEW, ("orders_before",))]
