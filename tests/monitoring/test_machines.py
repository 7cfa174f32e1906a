"""Machine visits are told from people who came in another mix."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from tests.monitoring.conftest import visits

from clientela.domain.incident import Cause
from clientela.monitoring.result import CheckResult

Checked = Callable[[pl.DataFrame], CheckResult]


def _with_machines(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    machines = visits(rows, 8).with_columns(
        pl.lit("tablet").alias("device"),
        pl.lit(1).cast(pl.Int64).alias("pages"),
        pl.lit(0.0).alias("seconds"),
        pl.lit(value=False).alias("bought"),
        pl.lit(0.0).alias("paid"),
    )
    return pl.concat([frame, machines.cast(dict(frame.schema))])


def test_rows_that_all_look_alike_are_machines(checked: Checked, clean: pl.DataFrame) -> None:
    """Fifteen per cent of rows with one device, one page and no time are one incident that counts them."""
    found = checked(_with_machines(clean, 180)).incidents
    assert [incident.cause for incident in found] == [Cause.BOT_TRAFFIC]
    assert {"device", "pages", "seconds"} <= set(found[0].columns)
    assert abs(found[0].evidence["rows"] - 180) <= 10


def test_many_real_visits_of_one_device_are_no_machines(checked: Checked) -> None:
    """A campaign that brings people on tablets is a change of the mix."""
    frame = pl.concat([visits(900, 5), visits(2000, 7).filter(pl.col("device") == "tablet")])
    result = checked(frame)
    assert Cause.BOT_TRAFFIC not in {incident.cause for incident in result.incidents}


def test_columns_that_lost_their_values_together_are_no_machines(checked: Checked, clean: pl.DataFrame) -> None:
    """Zeros in several numbers of the same rows are lost values, for a machine has a way of its own."""
    lost = [
        pl.when(pl.int_range(pl.len()) < 150).then(0.0).otherwise(pl.col(name)).alias(name)
        for name in ("seconds", "paid")
    ]
    causes = {incident.cause for incident in checked(clean.with_columns(lost)).incidents}
    assert causes
    assert Cause.BOT_TRAFFIC not in causes
