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
