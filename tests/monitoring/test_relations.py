"""Rules that are broken, and values on the wrong rows."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import numpy as np
import polars as pl

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
